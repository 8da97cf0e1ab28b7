"""The schema as one role may ask it: the fields it may ever see, what leads to them, and nothing more.

Introspection, suggestions and ``keqi schema --role`` read it. It decides nothing (``authz/`` does, by way of
``service/policy.py``) and nothing runs on it: what is asked is validated and planned on the whole schema, so that a
hidden field is refused as FORBIDDEN, with its path.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)

from authz.actions import PERMISSIONS
from authz.principal import Role
from authz.rules import Verdict
from resolvers.schema import DIRECTIVE_ACTIONS, core
from schema.declare import targets, type_name
from schema.inputs import MADE_OF, python_names
from schema.kinds import named_type
from service.policy import PLACES, TypePolicy, command_of, policy

Members = Mapping[str, Any]
"""A type's fields, entries or values, by name."""


@functools.cache
def contract(role: Role) -> GraphQLSchema:
    """The role's own schema."""
    return _Contract(core(), role).schema()


@functools.cache
def _verdicts(role: Role) -> Mapping[str, Mapping[str, bool]]:
    """Whether the role may ever see a field, by type and field."""
    return {
        each.name: {
            name: group.verdicts[PLACES[role]] is not Verdict.NEVER for group in each.fields for name in group.fields
        }
        for each in _matrix()
    }


@functools.cache
def _matrix() -> list[TypePolicy]:
    return policy(core())


class _Contract:
    """Copies of the whole schema's types, each with the members that the role may ask."""

    def __init__(self, whole: GraphQLSchema, role: Role) -> None:
        self._whole = whole
        self._role = role
        self._made: dict[str, GraphQLNamedType] = {}
        allowed = {name: self._allowed(kind) for name, kind in whole.type_map.items()}
        self._members = _leading_somewhere(allowed)

    def schema(self) -> GraphQLSchema:
        """All that can be reached from the roots."""
        return GraphQLSchema(
            query=self._root(self._whole.query_type),
            mutation=self._root(self._whole.mutation_type),
            directives=[each for each in self._whole.directives if self._is_for_role(each.name)],
            description=self._whole.description,
        )

    def _root(self, kind: GraphQLObjectType | None) -> GraphQLObjectType | None:
        return cast("GraphQLObjectType", self._named(kind)) if kind is not None and self._members[kind.name] else None

    def _is_for_role(self, directive: str) -> bool:
        action = DIRECTIVE_ACTIONS.get(directive)
        return action is None or self._role in PERMISSIONS[action]

    def _allowed(self, kind: GraphQLNamedType) -> Members | None:
        """The members that no rule hides; None for what has no members."""
        match kind:
            case GraphQLScalarType():
                return None
            case GraphQLObjectType():
                return {name: field for name, field in kind.fields.items() if self._may_ask(kind, name, field)}
            case GraphQLInputObjectType():
                return {name: field for name, field in kind.fields.items() if self._may_filter(kind, name)}
            case GraphQLEnumType():
                return {name: value for name, value in kind.values.items() if self._may_order(kind, value.value)}
            case _:
                message = f"{kind.name}: no role's schema knows this kind of type"
                raise TypeError(message)

    def _may_ask(self, kind: GraphQLObjectType, name: str, field: GraphQLField) -> bool:
        command = command_of(field)
        if command is not None:
            return self._role in PERMISSIONS[command.action]
        # What is not of a row (a page, an edge) is as visible as what leads to it.
        return _verdicts(self._role).get(kind.name, {}).get(name, True)

    def _may_filter(self, kind: GraphQLInputObjectType, entry: str) -> bool:
        """Whether the field that a filter's entry looks at may be asked; other inputs' entries always may."""
        row = MADE_OF.get(kind.name)
        return row is None or _verdicts(self._role)[type_name(row)].get(entry, True)

    def _may_order(self, kind: GraphQLEnumType, value: Any) -> bool:
        """Whether every field on the way to a sort value may be asked; an ordinary enumeration's values always may."""
        row = MADE_OF.get(kind.name)
        if row is None:
            return True
        for step in cast("str", value).split("."):
            name = next(name for name, own in python_names(row).items() if own == step)
            if not _verdicts(self._role)[type_name(row)][name]:
                return False
            row = targets(row).get(step, row)
        return True

    # ── copies ──────────────────────────────────────────────────────────────────────────────────

    def _named(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        if kind.name not in self._made:
            self._made[kind.name] = self._copied(kind)
        return self._made[kind.name]

    def _copied(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        members = self._members[kind.name] or {}
        match kind:
            case GraphQLObjectType():
                return GraphQLObjectType(
                    kind.name,
                    lambda: {name: self._field(field) for name, field in members.items()},
                    description=kind.description,
                    extensions=kind.extensions,
                )
            case GraphQLInputObjectType():
                return GraphQLInputObjectType(
                    kind.name,
                    lambda: {name: self._entry(field) for name, field in members.items()},
                    description=kind.description,
                    is_one_of=kind.is_one_of,
                    extensions=kind.extensions,
                )
            case GraphQLEnumType() if members.keys() != kind.values.keys():
                return GraphQLEnumType(kind.name, dict(members), description=kind.description)
            case _:
                return kind

    def _field(self, field: GraphQLField) -> GraphQLField:
        return GraphQLField(
            self._typed(field),
            {name: self._argument(each) for name, each in field.args.items() if self._is_there(each)},
            description=field.description,
            deprecation_reason=field.deprecation_reason,
            extensions=field.extensions,
        )

    def _argument(self, argument: GraphQLArgument) -> GraphQLArgument:
        return GraphQLArgument(
            self._typed(argument), default_value=argument.default_value, description=argument.description
        )

    def _entry(self, field: GraphQLInputField) -> GraphQLInputField:
        return GraphQLInputField(self._typed(field), default_value=field.default_value, description=field.description)

    def _is_there(self, typed: Any) -> bool:
        return self._members[named_type(typed.type).name] != {}

    def _typed(self, typed: Any) -> Any:
        return self._wrapped(typed.type)

    def _wrapped(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return GraphQLNonNull(self._wrapped(cast("Any", kind).of_type))
        if isinstance(kind, GraphQLList):
            return GraphQLList(self._wrapped(cast("Any", kind).of_type))
        return self._named(kind)


def _leading_somewhere(allowed: Mapping[str, Members | None]) -> dict[str, Members | None]:
    """The members that lead, by however long a way, to a value: a type without any of those is as good as hidden.

    Types lead to each other in circles, so it is counted from the values on: scalars, then what has one of them.
    """
    kept: dict[str, Members | None] = {name: members for name, members in allowed.items() if members is None}
    while True:
        more = {
            name: found
            for name, members in allowed.items()
            if members is not None
            and (found := {key: each for key, each in members.items() if _value_type(each) in {None, *kept}})
            and found != kept.get(name)
        }
        if not more:
            return {name: kept.get(name, {}) for name in allowed}
        kept.update(more)


def _value_type(member: Any) -> str | None:
    """The name of a member's type; None for the value of an enumeration."""
    kind = getattr(member, "type", None)
    return None if kind is None else named_type(kind).name
