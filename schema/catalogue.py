"""The export catalogue: every value that the custom query may tick, read off the declarations (domain C34, C35).

A field's name is its path in the schema. A role's catalogue names what it may ask and no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from authz.errors import BadUserInput
from authz.principal import Role
from authz.refusals import refusal
from authz.rules import Rule, Verdict
from schema.declare import CatalogueEntry, Chosen, Column, Part, Relation, Row, declared, targets, type_name
from schema.inputs import graphql_name

TYPE_NAMES = {str: "String", int: "Int", bool: "Boolean", Decimal: "Decimal", dt.date: "Date", dt.datetime: "DateTime"}
REFERENCE = ("name", "code")
"""What is offered of a row that another one refers to, such as its unit."""


def ticked(chosen: Chosen, role: Role, name: str, path: tuple[str, ...]) -> CatalogueEntry:
    """The field of this name.

    Raises:
        Forbidden: other roles may tick it, this one never.
        BadUserInput: nobody may.
    """
    found = chosen.catalogue(role).get(name)
    if found is not None:
        return found
    if any(name in chosen.catalogue(other) for other in Role):
        raise refusal(role, name, name, path, "fields")
    message = f"没有名为“{name[:60]}”的导出字段，可用字段见 exportFields"
    raise BadUserInput("fields", message, detail="unknown export field", path=path)


def entries(row: type[Row], role: Role, group: str) -> Iterator[CatalogueEntry]:
    """The values one row of a type offers: its own, its parts', those of the one row a year names."""
    for name, entry in _walk(row, role, group, (), ""):
        yield replace(entry, name=".".join(name), owner=type_name(row))


_Found = tuple[tuple[str, ...], CatalogueEntry]


def _walk(row: type[Row], role: Role, group: str, prefix: tuple[str, ...], header: str) -> Iterator[_Found]:
    if row.__row__.scope.of(role) is None:
        return
    for described in cast("Any", row).__strawberry_definition__.fields:
        declaration, path = declared(described), (*prefix, graphql_name(described))
        if isinstance(declaration, Column):
            if declaration.exported and _by_year(declaration) and _allowed(declaration.rule or row.__row__.rule, role):
                label = header if header and path[-1] == "name" else header + declaration.label
                yield path, CatalogueEntry("", label, declaration.unit, group, _type_name(described.type), "")
        elif header:
            continue  # of a row that is only referred to, nothing further is offered
        elif isinstance(declaration, Part):
            yield from _walk(targets(row)[described.python_name], role, declaration.label, path, "")
        elif (
            isinstance(declaration, Relation) and _is_offered(declaration, role) and (declaration.header or not prefix)
        ):
            yield from _related(declaration, targets(row)[described.python_name], role, group, path)


def _related(relation: Relation, target: type[Row], role: Role, group: str, path: tuple[str, ...]) -> Iterator[_Found]:
    """Of a row that is only referred to, its name and code; of the one that a year names, everything."""
    if relation.header:
        found = _walk(target, role, group, path, relation.header)
        yield from ((name, entry) for name, entry in found if name[-1] in REFERENCE)
        return
    for name, entry in _walk(target, role, relation.label, path, ""):
        yield name, replace(entry, origin=relation.label)


def _is_offered(relation: Relation, role: Role) -> bool:
    is_one = not (relation.many or relation.paged or relation.latest) and _by_year(relation)
    return is_one and _allowed(relation.rule, role)


def _by_year(declaration: Column | Relation) -> bool:
    """Whether the custom query's year is all it needs to be told."""
    return set(declaration.arguments or ()) <= {"year"}


def _allowed(rule: Rule | None, role: Role) -> bool:
    return rule is None or rule.verdict(role) is not Verdict.NEVER


def _type_name(kind: Any) -> str:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return TYPE_NAMES.get(kind) or cast("str", getattr(kind, "name", None) or kind.__name__)
