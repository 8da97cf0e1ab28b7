"""Who sees what, read from the declarations themselves: rows and fields by role, mutations by role.

For ``keqi policy``, each role's own schema and the reference. Decides nothing and knows no rule by name: ``authz/`` has
the rules, ``schema/`` says which field follows which.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from authz import rules
from authz.actions import PERMISSIONS, Action
from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import EVERYONE, Rule, Verdict
from schema.declare import Chosen, Column, Command, Declared, Part, Relation, Row, declared

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
PLACES: Mapping[Role, int] = {role: place for place, role in enumerate(Role)}
"""Where a role stands in the matrix's rows."""


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """Fields of one type that follow one rule and that each role sees alike."""

    fields: tuple[str, ...]
    rule: str
    """The rule's name in ``authz/rules.py``."""
    verdicts: tuple[Verdict | Predicate, ...]
    """By role, in the order of ``Role``."""
    reasons: tuple[str, ...]
    """Why each role gets that, as a person would say it."""


@dataclass(frozen=True, slots=True)
class TypePolicy:
    """One type: which rows each role gets, and what of each field."""

    name: str
    label: str
    scope: str
    """The row scope's name; the root has none."""
    rows: tuple[tuple[Predicate, ...] | None, ...]
    """By role, in the order of ``Role``: the conditions that all hold, or None where the role gets no row at all."""
    fields: tuple[FieldPolicy, ...]

    def verdict(self, field: str, role: Role) -> Verdict | Predicate:
        """What a role gets of a field."""
        return next(each for each in self.fields if field in each.fields).verdicts[PLACES[role]]


@dataclass(frozen=True, slots=True)
class MutationPolicy:
    """One mutation: the action it needs, and who has that."""

    name: str
    action: Action
    allowed: tuple[bool, ...]
    """By role, in the order of ``Role``."""


def policy(schema: GraphQLSchema) -> list[TypePolicy]:
    """The whole matrix of rows and fields, the query's root first, then by type name."""
    root = cast("GraphQLObjectType", schema.query_type)
    kinds = [kind for _, kind in sorted(schema.type_map.items()) if isinstance(kind, GraphQLObjectType)]
    return [_type_policy(root, None), *(_type_policy(kind, row) for kind in kinds if (row := row_class(kind)))]


def mutations(schema: GraphQLSchema) -> list[MutationPolicy]:
    """Who may do what, as the schema lists it."""
    commands = {name: command for name, field in _fields(schema.mutation_type) if (command := command_of(field))}
    return [
        MutationPolicy(name, command.action, tuple(role in PERMISSIONS[command.action] for role in Role))
        for name, command in commands.items()
    ]


def _fields(kind: GraphQLObjectType | None) -> Iterable[tuple[str, GraphQLField]]:
    return kind.fields.items() if kind is not None else ()


def conditions(policies: Iterable[TypePolicy], roles: Iterable[Role] = Role) -> dict[str, str]:
    """Every condition that the matrix names for these roles, with its reason, by name."""
    places = [PLACES[role] for role in roles]
    named: dict[str, str] = {}
    for each in policies:
        found = [condition for place in places for condition in each.rows[place] or ()]
        verdicts = [field.verdicts[place] for field in each.fields for place in places]
        found += [verdict for verdict in verdicts if isinstance(verdict, Predicate)]
        named.update({condition.name: condition.reason for condition in found})
    return dict(sorted(named.items()))


def rules_of(policies: Iterable[TypePolicy]) -> dict[str, str]:
    """Every rule that the matrix names, with its reason, by name."""
    named = {field.rule for each in policies for field in each.fields}
    return {name: rule.reason for name, rule in sorted(_rules().items()) if name in named}


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


def command_of(field: GraphQLField) -> Command | None:
    """The command behind a mutation's field; none behind another."""
    found = declaration(field)
    return found if isinstance(found, Command) else None


def rule_of(kind: GraphQLNamedType, field: object) -> Rule | None:
    """The rule a field follows: its own; else, for a value, its type's. None where nothing was declared."""
    row, found = row_class(kind), declaration(field)
    if isinstance(found, Column | Relation) and found.rule is not None:
        return found.rule
    if isinstance(found, Column) and row is not None:
        return row.__row__.rule
    return EVERYONE if isinstance(found, Relation | Part | Chosen) else None


def rule_name(rule: Rule) -> str:
    """What ``authz/rules.py`` calls a rule."""
    return next(name for name, known in _rules().items() if known is rule)


@functools.cache
def _rules() -> Mapping[str, Rule]:
    return {name: value for name, value in vars(rules).items() if isinstance(value, Rule)}


def _type_policy(kind: GraphQLObjectType, row: type[Row] | None) -> TypePolicy:
    scope = row.__row__.scope if row is not None else None
    rows = tuple(() if scope is None else scope.of(role) for role in Role)
    alike: dict[tuple[str, tuple[tuple[Verdict | Predicate, str], ...]], list[str]] = {}
    for name, field in kind.fields.items():
        rule = rule_of(kind, field)
        if rule is not None:
            cells = tuple(_cell(kind, field, rule, role) for role in Role)
            alike.setdefault((rule_name(rule), cells), []).append(name)
    fields = tuple(
        FieldPolicy(tuple(names), rule, tuple(cell[0] for cell in cells), tuple(cell[1] for cell in cells))
        for (rule, cells), names in alike.items()
    )
    return TypePolicy(kind.name, kind.description or "", scope.name if scope is not None else "", rows, fields)


def _cell(kind: GraphQLObjectType, field: GraphQLField, rule: Rule, role: Role) -> tuple[Verdict | Predicate, str]:
    """What a role gets of a field, if it gets rows of all types that it takes to show it at all; and why."""
    there, through = [row_class(kind), row_class(_leads_to(field))], _through(field)
    for row in (*there, through):
        if row is not None and row.__row__.scope.of(role) is None:
            return Verdict.NEVER, f"{role.label}看不到任何“{_label(row)}”"
    found = declaration(field)
    if isinstance(found, Relation) and found.scope is not None and found.scope.of(role) is None:
        return Verdict.NEVER, f"{role.label}看不到“{found.label}”"
    verdict = rule.verdict(role)
    if verdict is Verdict.NEVER:
        return verdict, f"{role.label}不在可见范围内（{rule.reason}）"
    reason = verdict.reason if isinstance(verdict, Predicate) else rule.reason
    conditions = (through.__row__.scope.of(role) or ()) if through is not None else ()
    return verdict, "；".join((reason, *(each.reason for each in conditions)))


def _through(field: GraphQLField) -> type[Row] | None:
    """The type of the row that a value is taken from, where it is not the field's own."""
    found = declaration(field)
    return found.through.row if isinstance(found, Column) and found.through is not None else None


def _label(row: type[Row]) -> str:
    return cast("Any", row).__strawberry_definition__.description


def _leads_to(field: GraphQLField) -> GraphQLNamedType:
    """The type a field leads to, through a list or a connection."""
    named = cast("GraphQLNamedType", get_named_type(cast("Any", field).type))
    if isinstance(named, GraphQLObjectType) and row_class(named) is None and "nodes" in named.fields:
        return _leads_to(named.fields["nodes"])
    return named
