"""A value as people read it: the words of the custom query on screen, the same as in its workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from graphql import GraphQLEnumType, GraphQLNamedType, get_named_type

from planner.plan import Leaf


def labels(leaf: Leaf) -> Mapping[str, str] | None:
    """Chinese words by value, for an enumeration."""
    named = cast("GraphQLNamedType", get_named_type(leaf.kind))
    if not isinstance(named, GraphQLEnumType):
        return None
    return {name: value.description or name for name, value in named.values.items()}


def shown(value: sa.ColumnElement[Any], leaf: Leaf) -> sa.ColumnElement[str]:
    """The value as text: words for enumerations, 是 and 否, everything else as it stands."""
    words = labels(leaf)
    if words is not None:
        return sa.case(dict(words), value=value)
    named = cast("GraphQLNamedType", get_named_type(leaf.kind))
    if named.name == "Boolean":
        return sa.case((value.is_(True), "是"), (value.is_(False), "否"))
    if isinstance(value.type, sa.ARRAY):
        return sa.func.array_to_string(value, "、", type_=sa.Text)
    return sa.cast(value, sa.Text)
