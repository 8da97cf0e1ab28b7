"""What the schema says of types and fields, for whoever answers, asks or compares without the service.

The schema is made from the service's SDL and scalars alone; whoever answers stands in the context of a query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    parse,
    print_schema,
    validate,
)

from resolvers.schema import build
from tests.reference.derived import as_text
from tests.reference.difference import ROUGHLY
from tests.reference.filters import TABS
from tests.reference.libraries import Rounded
from tests.reference.rows import KINDS, Row, snake

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
OF_NO_ROW = ("Connection", "Edge", "PageInfo")


def identifier(kind: str, row: Row) -> str:
    """What names a record in a list: the parts of its key."""
    return "/".join(str(row[name]) for name in KINDS[kind].key)


@cache
def made_kinds() -> frozenset[str]:
    """The types of rows that are made for an answer: they stand in it as they are."""
    found: set[str] = {"Neighbors", "Library", "LibraryCondition", "ConditionParameter", "ConditionResult"}
    pending = ["Statistics"]
    while pending:
        for described in cast("GraphQLObjectType", schema().type_map[pending.pop()]).fields.values():
            target = named(described)
            if isinstance(target, GraphQLObjectType) and target.name not in KINDS.keys() | found:
                found.add(target.name)
                pending.append(target.name)
    return frozenset(found)


def next_kind(kind: str, name: str) -> str:
    """The type a field leads to."""
    return named(field_of(kind, name)).name


def field_of(kind: str, name: str) -> GraphQLField:
    """A field of the schema."""
    return cast("GraphQLObjectType", schema().type_map[kind]).fields[name]


def fields_of(kind: str) -> list[str]:
    """The names of a type's fields."""
    return list(cast("GraphQLObjectType", schema().type_map[kind]).fields)


def is_paged(kind: str, name: str) -> bool:
    """Whether a field is a list with pages."""
    return named(field_of(kind, name)).name.endswith("Connection")


def is_row(kind: str, name: str) -> bool:
    """Whether a field leads to rows, and is not about a page of them."""
    return isinstance(named(field_of(kind, name)), GraphQLObjectType)


def row_kind(kind: str, name: str) -> str:
    """The type of the rows that a field leads to."""
    target = named(field_of(kind, name)).name
    return named(field_of(target, "nodes")).name if target.endswith("Connection") else target


def listed_kind(kind: str, name: str) -> str | None:
    """The type of the rows that a field pages through: what its filter and its order are about; None if it does not."""
    target = named(field_of(kind, name)).name
    if not target.endswith("Connection"):
        return None
    rows = named(field_of(target, "nodes")).name
    return "Enterprise" if rows == "CustomQueryRow" else rows


def named(described: GraphQLField) -> GraphQLNamedType:
    """The type behind a field's lists and non-nulls."""
    return cast("GraphQLNamedType", get_named_type(cast("Any", described).type))


def label(kind: str, name: str, value: str) -> str:
    """The Chinese word of an enumeration's value."""
    enumeration = cast("GraphQLEnumType", named(field_of(kind, name)))
    return enumeration.values[value].description or value


def shown(kind: str, name: str, value: Any) -> str | None:
    """A value as people read it on the custom query's page."""
    if value is None:
        return None
    if isinstance(value, list):
        return "、".join(shown(kind, name, each) or "" for each in cast("list[Any]", value)) or None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(named(field_of(kind, name)), GraphQLEnumType):
        return label(kind, name, value)
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return as_text(value)


@cache
def ordered_fields(kind: str) -> dict[str, tuple[str, str]]:
    """What a list can be ordered by: the enumeration's value → type and field; tabs of a report included."""
    found: dict[str, tuple[str, str]] = {}
    for name, described in cast("GraphQLObjectType", schema().type_map[kind]).fields.items():
        if kind == "AnnualReport" and name in TABS:
            prefix = snake(name).upper()
            found.update({f"{prefix}_{key}": value for key, value in ordered_fields(TABS[name]).items()})
        elif not (isinstance(named(described), GraphQLObjectType) or _is_list(described) or described.args):
            found[snake(name).upper()] = (kind, name)
    return found


def _is_list(described: GraphQLField) -> bool:
    return is_list(cast("Any", described).type)


def nullable(kind: Any) -> Any:
    """A type without its exclamation mark."""
    return cast("Any", kind).of_type if isinstance(kind, GraphQLNonNull) else kind


def is_list(kind: Any) -> bool:
    """Whether a type is a list, be it required or not."""
    return isinstance(nullable(kind), GraphQLList)


@lru_cache(maxsize=2048)
def valid(document: str) -> DocumentNode:
    """A document, parsed; it must be valid."""
    parsed = parse(document)
    problems = validate(schema(), parsed)
    assert not problems, problems
    return parsed


@cache
def schema() -> GraphQLSchema:
    """An executable schema of its own, made from the service's SDL and scalars."""
    original = cast("GraphQLSchema", cast("Any", build())._schema)
    made = build_schema(print_schema(original))
    for kind in made.type_map.values():
        if isinstance(kind, GraphQLScalarType):
            theirs = cast("GraphQLScalarType", original.type_map[kind.name])
            kind.coerce_input_value, kind.coerce_input_literal = theirs.coerce_input_value, theirs.coerce_input_literal
            kind.parse_value, kind.parse_literal = theirs.parse_value, theirs.parse_literal
            kind.coerce_output_value = SERIALIZED.get(kind.name, theirs.coerce_output_value)
        elif isinstance(kind, GraphQLObjectType) and kind.name.endswith(OF_NO_ROW):
            continue
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, described in kind.fields.items():
                described.resolve = _resolver(kind.name, name)
    return made


def _decimal(value: Decimal) -> str:
    # Told apart for whoever compares: such a number has however many places.
    return f"{ROUGHLY}{value:f}" if isinstance(value, Rounded) else format(value, "f")


def _moment(value: dt.datetime) -> str:
    return value.astimezone(SHANGHAI).replace(microsecond=0).isoformat()


SERIALIZED: Mapping[str, Any] = {"Decimal": _decimal, "DateTime": _moment}


def _resolver(kind: str, name: str) -> Any:
    def resolve(row: Row, info: Any, **given: Any) -> Any:
        reference: Any = info.context
        value = reference.resolve(kind, row, name, given, info.path)
        if value is not None and value != []:
            reference.seen.add((kind, name))
        return value

    return resolve
