"""What an answer tells about itself on request: its plan explained, and why a value is hidden.

``extensions: {"reasons": true}`` is everybody's: one sentence for each path of ``redacted``, by role and rule, so it
says no more of the rows than ``redacted`` does. ``extensions: {"plan": true}`` is for roles that may
(``Action.EXPLAIN``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authz.actions import Action, require
from authz.errors import BadUserInput
from service.database_plan import plan_shape
from service.explanation import explained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authz.principal import Principal
    from service.graphql import GraphQLEndpoint
    from service.plans import Operation, Statement
    from service.request import GraphQLRequest


def check_plan(endpoint: GraphQLEndpoint, request: GraphQLRequest, principal: Principal, *, answers_data: bool) -> None:
    """Refuse a plan that nobody may have, or that there is none of: before anything runs.

    Raises:
        Forbidden, Unauthenticated: the role may not have a plan explained.
        BadUserInput: it is a mutation, or the answer is a file.
    """
    if not request.plan:
        return
    require(principal, Action.EXPLAIN, endpoint.state.settings.explain_roles)
    if not answers_data:
        message = "只有以 JSON 返回的查询可以附带查询计划，请去掉 extensions.plan"
        raise BadUserInput("extensions.plan", message, detail="only a query answered as JSON has a plan to explain")


def reasons(statement: Statement, bits: str | None) -> dict[str, str]:
    """Why each redacted field of an answer is hidden, by path."""
    found: dict[str, dict[str, None]] = {}
    for path, reason in zip(statement.redacted, statement.masks, strict=True):
        found.setdefault(".".join(path), {})[reason] = None
    if bits is not None:
        for index, (paths, reason) in enumerate(zip(statement.hidden, statement.conditions, strict=True)):
            if bits[-1 - index] == "1":
                for path in paths:
                    found.setdefault(".".join(path), {})[reason] = None
    return {path: "；".join(sentences) for path, sentences in sorted(found.items())}


async def told(
    endpoint: GraphQLEndpoint,
    request: GraphQLRequest,
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
    statement: Statement,
    bits: str | None,
    *,
    cached: bool,
) -> dict[str, Any]:
    """What a request asks to be told beside its data: entries of the answer's ``extensions``.

    ``bits`` are what the statement told of rows in which something is hidden.

    Raises:
        KeqiError: the database could not be asked for its plan.
    """
    why = reasons(statement, bits)
    extensions: dict[str, Any] = {"reasons": why} if request.reasons and why else {}
    if request.plan:
        explanation = explained(endpoint.planner, operation, variables, principal)
        shape = await plan_shape(endpoint.state.pool, explanation.sql, len(explanation.parameters))
        hidden = [{"path": path, "reason": reason} for path, reason in why.items()]
        extensions["plan"] = {**explanation.as_json(), "cached": cached, "hidden": hidden, "database": shape}
    return extensions
