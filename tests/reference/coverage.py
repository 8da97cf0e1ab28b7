"""What of the schema a person's operations have left out: fields, values, arguments, conditions, orders, refusals.

What there is comes from the schema, what may be seen from ``redacted.Sight``, and whether a value was there to be seen
from the rows; so a new field is missing here until the operations of ``cover`` reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from graphql import GraphQLInputObjectType, get_named_type

from tests.reference.asked import ROLES_BY_ARGUMENT
from tests.reference.comparing import Tally
from tests.reference.cover import COMBINING, Cover, Edge, conditions_of, filter_kind, orders_of
from tests.reference.kinds import field_of, fields_of, is_paged, named, row_kind, schema
from tests.reference.operations import LEFT_OUT
from tests.reference.rows import KINDS, PARTS, RELATIONS

OF_PAGES = {"Connection", "Edge"}


def missing(cover: Cover, tally: Tally) -> list[str]:
    """Everything of the schema that a person may ask and did not, or may not ask and was not refused."""
    used = tally.used
    return sorted(
        {
            *(f"{kind}.{name} was not asked" for kind, name in asked_for(cover) - used.fields),
            *(f"{kind}.{name} never had a value" for kind, name in valued(cover) - tally.seen),
            *(f"{kind}.{name}({argument}:) was not given" for kind, name, argument in given(cover) - used.arguments),
            *(f"no filter by {kind}.{name}" for kind, name in _pairs(conditions(cover)) - _pairs(used.conditions)),
            *(f"no order by {kind} {value}" for kind, value in orders(cover) - _pairs(used.orders)),
            *(f"{kind}.{name} as a {how} was not refused" for how, kind, name in forbidden(cover) - used.refused),
        }
    )


def _pairs(found: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {each[:2] for each in found}


def asked_for(cover: Cover) -> set[Edge]:
    """The fields that a person may ask for, those of pages included."""
    found: set[Edge] = set()
    for kind in cover.routes:
        names = [name for name in fields_of(kind) if not cover.person.sight.never(kind, name)]
        found |= {(kind, name) for name in names}
        for name in names:
            if is_paged(kind, name):
                connection = named(field_of(kind, name)).name
                found |= {(each, inner) for each in _of_page(connection) for inner in fields_of(each)}
    return found - LEFT_OUT


def _of_page(connection: str) -> tuple[str, ...]:
    return connection, named(field_of(connection, "edges")).name, "PageInfo"


def valued(cover: Cover) -> set[Edge]:
    """The fields of rows that have a value in some row that the person sees."""
    return {
        (kind, name)
        for kind, name in asked_for(cover)
        if kind in KINDS.keys() | PARTS and kind != "CustomQueryRow" and _has_value(cover, kind, name)
    }


def _has_value(cover: Cover, kind: str, name: str) -> bool:
    reference = cover.person.reference()
    rows = cover.reached(kind)
    if (kind, name) in RELATIONS:
        return any(reference.related(kind, row, name) for row in rows)
    return any(reference.resolve(kind, row, name, {}, None) not in (None, []) for row in rows)


def given(cover: Cover) -> set[tuple[str, str, str]]:
    """The arguments of those fields."""
    found = {(kind, name, argument) for kind, name in asked_for(cover) for argument in field_of(kind, name).args}
    role = cover.person.sight.role
    # A library's parameters are given by whoever has one with parameters and members.
    needless = {
        (*place, argument)
        for place, (argument, roles) in ROLES_BY_ARGUMENT.items()
        if role not in roles or (argument == "conditions" and cover.library != "HNTE_RESERVE")
    }
    return found - needless


def listed(cover: Cover) -> Iterator[str]:
    """The row types that a person may page through."""
    for kind in cover.routes:
        for name in fields_of(kind):
            if is_paged(kind, name) and not cover.person.sight.never(kind, name):
                target = row_kind(kind, name)
                yield "Enterprise" if target == "CustomQueryRow" else target


def filtered(cover: Cover) -> set[str]:
    """The row types whose conditions a filter of a list can hold, at whatever depth."""
    found: set[str] = set()
    pending = list(listed(cover))
    while pending:
        kind = pending.pop()
        if kind not in found:
            found.add(kind)
            pending += [target for name in _may_filter(cover, kind) if (target := filter_kind(kind, name))]
    return found


def _may_filter(cover: Cover, kind: str) -> list[str]:
    return [name for name in conditions_of(kind) if name in COMBINING or not cover.person.sight.never(kind, name)]


def conditions(cover: Cover) -> set[tuple[str, str]]:
    """The conditions that a person may ask by."""
    return {(kind, name) for kind in filtered(cover) for name in _may_filter(cover, kind)}


def orders(cover: Cover) -> set[tuple[str, ...]]:
    """The orders that a person may ask for."""
    never = cover.person.sight.never
    return {(kind, value) for kind in listed(cover) for value, owner in orders_of(kind).items() if not never(*owner)}


def forbidden(cover: Cover) -> set[tuple[str, str, str]]:
    """What has to be refused: fields of what is reached, conditions and orders of what is listed."""
    never = cover.person.sight.never
    fields = {("field", kind, name) for kind in cover.routes for name in fields_of(kind) if never(kind, name)}
    filters = {
        ("filter", kind, name)
        for kind in filtered(cover)
        for name in conditions_of(kind)
        if name not in COMBINING and never(kind, name)
    }
    ordered = {("order", *owner) for kind in listed(cover) for owner in orders_of(kind).values() if never(*owner)}
    return fields | filters | ordered


def ways() -> set[tuple[str, str]]:
    """The ways to ask about a range, by the type of its filter."""
    kinds = [kind for kind in schema().type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    return {(kind.name, way) for kind in kinds if kind.name.endswith("Range") for way in kind.fields}


def ways_used(tally: Tally) -> set[tuple[str, str]]:
    """Those that some condition used."""
    found: set[tuple[str, str]] = set()
    for kind, name, way in tally.used.conditions:
        described = cast("Any", get_named_type(conditions_of(kind)[name].type)).name
        if described.endswith("Range"):
            found.add((described, way))
    return found
