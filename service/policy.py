"""Who sees what, read from the declarations themselves: rows and fields by role, for ``keqi policy`` and the reference.

Decides nothing and knows no rule by name: ``authz/`` has the rules, ``schema/`` says which field follows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import EVERYONE, Rule, Verdict
from schema.declare import Column, Declared, Relation, Row, declared

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """Fields of one type that each role sees alike."""

    fields: tuple[str, ...]
    verdicts: tuple[Verdict | Predicate, ...]
    """By role, in the order of ``Role``."""


@dataclass(frozen=True, slots=True)
class TypePolicy:
    """One type: which rows each role gets, and what of each field."""

    name: str
    rows: tuple[tuple[Predicate, ...] | None, ...]
    """By role, in the order of ``Role``: the conditions that all hold, or None where the role gets no row at all."""
    fields: tuple[FieldPolicy, ...]


def policy(schema: GraphQLSchema) -> list[TypePolicy]:
    """The whole matrix, by type name."""
    kinds = [kind for _, kind in sorted(schema.type_map.items()) if isinstance(kind, GraphQLObjectType)]
    return [_type_policy(kind, row) for kind in kinds if (row := row_class(kind)) is not None]


def conditions(policies: Iterable[TypePolicy]) -> dict[str, str]:
    """Every condition that the matrix names, with its reason, by name."""
    named: dict[str, str] = {}
    for each in policies:
        found = [condition for rows in each.rows for condition in rows or ()]
        found += [verdict for field in each.fields for verdict in field.verdicts if isinstance(verdict, Predicate)]
        named.update({condition.name: condition.reason for condition in found})
    return dict(sorted(named.items()))


def row_class(kind: GraphQLNamedType) -> type[Row] | None:
    """The class behind a type that stands for rows; none for others."""
    definition = kind.extensions.get(_DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    return definition.origin if issubclass(definition.origin, Row) else None


def declaration(field: object) -> Declared | None:
    """What a GraphQL field was declared as; none where it is an ordinary one."""
    extensions = cast("Mapping[str, object]", getattr(field, "extensions", {}))
    definition = extensions.get(_DEFINITION)
    return declared(definition) if isinstance(definition, StrawberryField) else None


def rule_of(kind: GraphQLNamedType, field: object) -> Rule | None:
    """The rule a field follows: its own; else, for a value, its type's. None where the type is no row."""
    row, found = row_class(kind), declaration(field)
    if row is None or found is None:
        return None
    if isinstance(found, Column | Relation) and found.rule is not None:
        return found.rule
    return row.__row__.rule if isinstance(found, Column) else EVERYONE


def _type_policy(kind: GraphQLObjectType, row: type[Row]) -> TypePolicy:
    scope = row.__row__.scope
    rows = tuple(None if (found := scope.of(role)) is None else tuple(found) for role in Role)
    alike: dict[tuple[Verdict | Predicate, ...], list[str]] = {}
    for name, field in kind.fields.items():
        rule = rule_of(kind, field)
        if rule is not None:
            alike.setdefault(tuple(_verdict(row, field, rule, role) for role in Role), []).append(name)
    return TypePolicy(kind.name, rows, tuple(FieldPolicy(tuple(names), found) for found, names in alike.items()))


def _verdict(row: type[Row], field: GraphQLField, rule: Rule, role: Role) -> Verdict | Predicate:
    """What a role gets of a field, if it gets rows of its type, and of the type the field leads to, at all."""
    target = row_class(_leads_to(field))
    if any(each.__row__.scope.of(role) is None for each in (row, target) if each is not None):
        return Verdict.NEVER
    return rule.verdict(role)


def _leads_to(field: GraphQLField) -> GraphQLNamedType:
    """The type a field leads to, through a list or a connection."""
    named = cast("GraphQLNamedType", get_named_type(cast("Any", field).type))
    if isinstance(named, GraphQLObjectType) and row_class(named) is None and "nodes" in named.fields:
        return _leads_to(named.fields["nodes"])
    return named
