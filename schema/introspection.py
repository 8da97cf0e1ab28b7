"""What an introspection would cost, counted before it runs: graphql-core resolves it value by value.

Lists count as long as they are in this schema on average. The query that every tool sends is the measure: what costs
half as much again is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_introspection_query,
    parse,
)

from authz.errors import TooComplex
from schema.given import ResponsePath

MAX_DEPTH: Final = 20
"""The query that every tool sends has 14: a type within nine others."""
WRAPPED: Final = 0.4
"""Types that are made of another one (lists and required ones), in every one of them."""
ALLOWED: Final = 1.5
"""Times the cost of the query that every tool sends."""

Collect = Callable[[Iterable[SelectionSetNode]], Mapping[str, list[FieldNode]]]


@dataclass(slots=True)
class IntrospectionCost:
    """Counts the values of one operation's introspection."""

    lengths: Mapping[str, float]
    collect: Collect
    limit: float
    cost: float = 0.0

    def add(self, nodes: list[FieldNode], path: ResponsePath, rows: float = 1.0) -> int:
        """Count a field and what is selected below it; gives how many of them have an alias.

        Raises:
            TooComplex: too deep, or it would cost too much.
        """
        self.cost += rows if rows > 1 else 1.0
        if self.cost > self.limit:
            message = "内省查询的代价过高，请分几次查询，或下载 /schema.graphql"
            raise TooComplex(message, detail="introspection costs too much; see /schema.graphql", path=path)
        if len(path) > MAX_DEPTH:
            raise TooComplex("内省查询嵌套过深", detail=f"introspection over {MAX_DEPTH} deep", path=path)
        rows *= self.lengths.get(nodes[0].name.value, 1.0)
        inner = [node.selection_set for node in nodes if node.selection_set]
        aliases = int(nodes[0].alias is not None)
        return aliases + sum(self.add(below, (*path, key), rows) for key, below in self.collect(inner).items())


def introspection_cost(schema: GraphQLSchema, collect: Collect) -> IntrospectionCost:
    """A counter for one operation."""
    return IntrospectionCost(_lengths(schema), collect, ALLOWED * _usual_cost(schema))


@lru_cache(maxsize=16)
def _lengths(schema: GraphQLSchema) -> Mapping[str, float]:
    """How many elements each list of introspection has on average."""
    types = cast("list[Any]", list(schema.type_map.values()))
    fields = [field for kind in types for field in getattr(kind, "fields", {}).values()]
    arguments = sum(len(getattr(field, "args", {})) for field in fields)
    values = sum(len(getattr(kind, "values", {})) for kind in types)
    each = len(fields) / len(types)
    return {
        "types": float(len(types)),
        "fields": each,
        "inputFields": each,
        "enumValues": values / len(types),
        "args": arguments / len(fields),
        "directives": float(len(schema.directives)),
        "ofType": WRAPPED,
    }


@lru_cache(maxsize=16)
def _usual_cost(schema: GraphQLSchema) -> float:
    """The cost of the query that every tool sends."""
    document = parse(get_introspection_query(input_value_deprecation=True, schema_description=True))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))

    def collect(sets: Iterable[SelectionSetNode]) -> Mapping[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        pending = [selection for chosen in sets for selection in chosen.selections]
        for selection in pending:
            if isinstance(selection, FieldNode):
                found.setdefault(selection.name.value, []).append(selection)
            else:  # the query spreads fragments by name, and each once
                pending.extend(fragments[cast("Any", selection).name.value].selection_set.selections)
        return found

    counted = IntrospectionCost(_lengths(schema), collect, float("inf"))
    for key, nodes in collect([operation.selection_set]).items():
        counted.add(nodes, (key,))
    return counted.cost
