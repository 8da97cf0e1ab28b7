"""Introspection takes graphql-core's own way; only its root fields run there, beside the plan's data.

A pure function of the role's schema and of what is asked: nothing of any row or principal is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import graphql
import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
)

from planner.select import INTROSPECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.select import Selector
    from service.plans import Operation


def introspected(
    schema: GraphQLSchema, operation: Operation, selector: Selector, variables: Mapping[str, Any], data: bytes
) -> bytes:
    """``data`` with the answers of ``schema``, a role's own, to the operation's introspection fields, as selected."""
    fields = selector.collect([operation.definition.selection_set])
    asked = [node for nodes in fields.values() for node in nodes if node.name.value in INTROSPECTION]
    definition = OperationDefinitionNode(
        operation=operation.definition.operation,
        variable_definitions=tuple(
            each for each in operation.definition.variable_definitions or () if _is_plain(each.type)
        ),
        selection_set=SelectionSetNode(selections=tuple(asked)),
    )
    document = DocumentNode(definitions=(definition, *operation.fragments.values()))
    result = cast("ExecutionResult", cast("Any", graphql).execute(schema, document, variable_values=dict(variables)))
    answered: dict[str, Any] = {**orjson.loads(data), **(result.data or {})}
    return orjson.dumps({key: answered[key] for key in fields if key in answered})


def _is_plain(kind: TypeNode) -> bool:
    """Whether a variable can be an introspection field's at all; another's type may be hidden from the role."""
    named = kind.type if isinstance(kind, NonNullTypeNode) else kind
    return isinstance(named, NamedTypeNode) and named.name.value in ("String", "Boolean")
