"""Mutations: one command after the other, each payload read back by a plan, under the rules of every other read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import FieldNode, GraphQLObjectType, get_named_type

from authz.actions import require
from authz.errors import KeqiError, NotFound
from planner.plan import Link, Plan
from schema.declare import Command, Relation, declaration_of, row_type
from schema.given import Given, arguments, storable
from schema.visible import Frame
from service.faults import database_faults
from service.plans import Statement, json_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.select import Selector
    from service.graphql import GraphQLEndpoint
    from service.plans import Operation
    from service.record import RequestRecord

ROW_KEY = "row_key"
"""Where the payload's statement finds the key that the command answered with."""


async def mutated(
    endpoint: GraphQLEndpoint, operation: Operation, variables: Mapping[str, Any], record: RequestRecord
) -> tuple[bytes, KeqiError | None]:
    """The response of a mutation; the first command that refuses ends it, and its error names the field."""
    selector = endpoint.planner.selector(operation, variables, record.principal)
    root = cast("GraphQLObjectType", endpoint.planner.schema.mutation_type)
    selector.check_roots(operation.definition)
    parts: list[bytes] = []
    for key, nodes in selector.collect([operation.definition.selection_set]).items():
        if nodes[0].name.value == "__typename":
            parts.append(orjson.dumps({key: root.name})[1:-1])
            continue
        try:
            parts.append(await _field(endpoint, selector, root, key, nodes, record))
        except KeqiError as error:
            error.path = error.path or (key,)
            return orjson.dumps({"errors": [error.formatted()], "data": None}), error
    return b'{"data":{' + b",".join(parts) + b"}}", None


async def _field(
    endpoint: GraphQLEndpoint,
    selector: Selector,
    root: GraphQLObjectType,
    key: str,
    nodes: list[FieldNode],
    record: RequestRecord,
) -> bytes:
    """``"key":payload`` of one root field."""
    principal = record.principal
    definition = root.fields[nodes[0].name.value]
    command = cast("Command", declaration_of(definition)[1])
    require(principal, command.action)
    # Planned before it runs: a payload that is refused must not have changed anything.
    payload = _payload(selector, cast("GraphQLObjectType", get_named_type(definition.type)), key, nodes)
    frame = Frame(principal.role, principal.shape, selector.binder, endpoint.planner.signing_key)
    statement: Statement = json_statement(Plan((payload,)), frame)
    asked = arguments(definition, nodes[0], selector.variables)
    given = {name: storable(name, value.value) for name, value in asked.items()}
    with database_faults():
        row_key = await command.run(endpoint.commands(record, statement.recorded.selected), **given)
    variables = {**selector.variables, ROW_KEY: row_key}
    endpoint.state.readers.wrote(principal.subject)
    values = statement.values(variables, endpoint.planner.facts(principal))
    row = await endpoint.fetched(endpoint.state.readers.primary, statement, values)
    if row[0] == b"null":
        raise NotFound("没有这条记录，或不在您的权限范围内", detail="no such record in scope")
    if statement.recorded.fields:
        await endpoint.state.recorder.read(record, statement.recorded, variables, row.get("subjects"))
    return statement.data(row)[1:-1]


def _payload(selector: Selector, named: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Link:
    target = row_type(named)
    relation = Relation("", {}, arguments=dict.fromkeys(target.__row__.key, str))
    given = {name: Given(name, name, (ROW_KEY, name)) for name in target.__row__.key}
    sets = [node.selection_set for node in nodes if node.selection_set]
    return Link(key, (key,), relation, target, selector.items(named, sets, (key,), 1), given, many=False)
