"""Introspection takes graphql-core's own way; only its root fields run there, beside the plan's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import graphql
import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
)

from planner.select import INTROSPECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.select import Selector
    from service.plans import Operation


def introspected(
    schema: GraphQLSchema, operation: Operation, selector: Selector, variables: Mapping[str, Any], data: bytes
) -> bytes:
    """``data`` with the answers to the operation's introspection fields, in the order selected."""
    fields = selector.collect([operation.definition.selection_set])
    asked = [node for nodes in fields.values() for node in nodes if node.name.value in INTROSPECTION]
    definition = OperationDefinitionNode(
        operation=operation.definition.operation,
        variable_definitions=operation.definition.variable_definitions,
        selection_set=SelectionSetNode(selections=tuple(asked)),
    )
    document = DocumentNode(definitions=(definition, *operation.fragments.values()))
    result = cast("ExecutionResult", cast("Any", graphql).execute(schema, document, variable_values=dict(variables)))
    answered: dict[str, Any] = {**orjson.loads(data), **(result.data or {})}
    return orjson.dumps({key: answered[key] for key in fields if key in answered})
