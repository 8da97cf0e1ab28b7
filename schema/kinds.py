"""What the project reads of GraphQL's types; graphql-core's wrappers are typed loosely, and only here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import graphql
from graphql import GraphQLEnumType, GraphQLNamedType, ValueNode

_graphql = cast("Any", graphql)


@dataclass(frozen=True, slots=True)
class Kind:
    """A leaf's type: its name, whether it may be null, whether it is a list, and an enumeration's Chinese words."""

    name: str
    required: bool
    is_list: bool
    labels: Mapping[str, str] | None

    @classmethod
    def of(cls, declared: object) -> Kind:
        """The kind of a field's type."""
        named = named_type(declared)
        labels = None
        if isinstance(named, GraphQLEnumType):
            labels = {name: value.description or name for name, value in named.values.items()}
        return cls(named.name, _graphql.is_non_null_type(declared), element_type(declared) is not None, labels)


def named_type(kind: object) -> GraphQLNamedType:
    """The type without lists and requirements."""
    return cast("GraphQLNamedType", _graphql.get_named_type(kind))


def element_type(kind: object) -> object | None:
    """What a list holds; None where the type is no list."""
    nullable = _graphql.get_nullable_type(kind)
    return cast("object", nullable.of_type) if _graphql.is_list_type(nullable) else None


def literal_value(node: ValueNode, kind: object) -> Any:
    """The value a literal of the document stands for."""
    return _graphql.value_from_ast(node, kind)
