"""Arguments with their origin: a value that stands in the document, or a path into the variables.

A plan is made once for all values of its variables, so SQL must be told apart from data: what is
*bound* becomes a parameter, what is *fixed* decides the SQL and therefore belongs to the plan's key.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)

from authz.errors import BadUserInput
from schema.kinds import element_type, literal_value, named_type

Path = tuple[str | int, ...]
ResponsePath = tuple[str, ...]
"""Where a field stands in the response, list indexes left out."""
Variables = Mapping[str, Any]
CHINA = dt.timezone(dt.timedelta(hours=8))
MAX_EXPONENT = 40
"""Decimal places or powers of ten of a number in a filter; no column comes near it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value with its origin: ``path`` into the variables, or None where it stands in the document.

    ``parts`` are the members of an object or a list that mixes both.
    """

    name: str
    value: Any
    path: Path | None = None
    parts: Mapping[str, Given] | Sequence[Given] | None = None

    @property
    def absent(self) -> bool:
        """Null, an empty list and an empty text all mean: no condition."""
        return self.value is None or self.value in ("", [])

    def members(self) -> Iterator[tuple[str, Given]]:
        """The entries of an input object that are present."""
        if isinstance(self.parts, Mapping):
            yield from self.parts.items()
        elif self.value is not None:
            for key, value in cast("Mapping[str, Any]", self.value).items():
                yield key, self._member(key, value)

    def elements(self) -> Iterator[Given]:
        """The elements of a list."""
        if isinstance(self.parts, Sequence):
            yield from self.parts
        else:
            for index, value in enumerate(cast("Sequence[Any]", self.value or ())):
                yield self._member(index, value)

    def resolved(self, variables: Variables) -> Any:
        """The value for these variables."""
        if self.path is None:
            return self.value
        value: Any = variables
        for key in self.path:
            value = value[key]
        return value

    def _member(self, key: str | int, value: Any) -> Given:
        return Given(f"{self.name}.{key}", value, None if self.path is None else (*self.path, key))


def arguments(definition: GraphQLField, node: FieldNode, variables: Variables) -> dict[str, Given]:
    """The arguments of a field, absent ones left out, defaults of the schema filled in."""
    written = {argument.name.value: argument.value for argument in node.arguments or ()}
    given: dict[str, Given] = {}
    for name, argument in definition.args.items():
        value = _read(name, written[name], cast("Any", argument).type, variables) if name in written else None
        if value is None and argument.default_value not in (Undefined, None):
            value = Given(name, argument.default_value)
        if value is not None:
            given[name] = value
    return given


def _read(name: str, node: ValueNode, kind: object, variables: Variables) -> Given | None:
    if isinstance(node, VariableNode):
        variable = node.name.value
        return Given(name, variables[variable], (variable,)) if variable in variables else None
    element = element_type(kind)
    if isinstance(node, ObjectValueNode):
        members = _members(name, node, cast("Any", named_type(kind)).fields, variables)
        single = Given(name, {key: member.value for key, member in members.items()}, parts=members)
        # A single object where a list is meant is a list of one.
        return Given(name, [single.value], parts=[single]) if element is not None else single
    if isinstance(node, ListValueNode) and element is not None:
        mixed = any(isinstance(item, VariableNode) for item in node.values)
        if mixed or isinstance(named_type(element), GraphQLInputObjectType):
            elements = [
                _read(f"{name}.{index}", item, element, variables) or Given(f"{name}.{index}", None)
                for index, item in enumerate(node.values)
            ]
            return Given(name, [element.value for element in elements], parts=elements)
    return Given(name, literal_value(node, kind))


def _members(name: str, node: ObjectValueNode, fields: Mapping[str, Any], variables: Variables) -> dict[str, Given]:
    """The entries of an object as written, then the defaults of those left out."""
    members: dict[str, Given] = {}
    for entry in node.fields:
        key = entry.name.value
        member = _read(f"{name}.{key}", entry.value, fields[key].type, variables)
        if member is not None:
            members[key] = member
    for key, field in fields.items():
        if key not in members and field.default_value not in (Undefined, None):
            members[key] = Given(f"{name}.{key}", field.default_value)
    return members


Extract = Callable[[Variables, Mapping[str, Any]], Any]
Structure = Callable[[Any], Any]


@dataclass(slots=True)
class Binder:
    """Collects the parameters of one statement, and which inputs decided its form."""

    extracts: dict[str, Extract] = attribute(default_factory=dict[str, Extract])
    fixed: dict[Path, Structure] = attribute(default_factory=dict[Path, Structure])

    def bind(
        self, given: Given, kind: sa.types.TypeEngine[Any], convert: Callable[[Any], Any] | None = None
    ) -> sa.BindParameter[Any]:
        """A parameter of the statement that takes its value from ``given`` at each execution."""
        name = f"v{len(self.extracts)}"
        self.extracts[name] = _extract(given, convert or _plain)
        return sa.bindparam(name, None, type_=kind)

    def fix(self, given: Given, structure: Structure = lambda value: value) -> Any:
        """The value itself, which becomes part of the plan's key."""
        for path in _paths(given):
            self.fixed[path] = structure
        return given.value


def _paths(given: Given) -> Iterator[Path]:
    if given.path is not None:
        yield given.path
    elif isinstance(given.parts, Mapping):
        for part in given.parts.values():
            yield from _paths(part)
    elif given.parts is not None:
        for part in given.parts:
            yield from _paths(part)


def _extract(given: Given, convert: Callable[[Any], Any]) -> Extract:
    def checked(value: Any) -> Any:
        try:
            return convert(value)
        except ValueError as problem:
            raise BadUserInput(
                given.name, f"参数“{given.name}”的值无法使用，请检查后重试", detail=str(problem)
            ) from None

    if isinstance(given.parts, Sequence):
        each = [_extract(part, convert) for part in given.parts]
        return lambda variables, facts: [value for extract in each if (value := extract(variables, facts)) is not None]
    if given.path is None:
        value = checked(given.value)
        return lambda _variables, _facts: value
    return lambda variables, _facts: checked(given.resolved(variables))


def _plain(value: Any) -> Any:
    """A value as the database driver takes it; refuses what no column can hold."""
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value) if item is not None]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT):
        raise ValueError("number out of range")
    return value


def _check_text(value: str) -> None:
    if "\x00" in value:
        raise ValueError("text contains a NUL character")
    value.encode()  # a lone surrogate is a ValueError


def storable(name: str, value: Any) -> Any:
    """An argument of a command, whose texts the database can keep.

    Raises:
        BadUserInput: a text in it holds what no column can hold.
    """
    pending = [value]
    while pending:
        entry = pending.pop()
        if isinstance(entry, Mapping):
            pending += [*cast("Mapping[str, Any]", entry).keys(), *cast("Mapping[str, Any]", entry).values()]
        elif isinstance(entry, list):
            pending += cast("list[Any]", entry)
        elif isinstance(entry, str):
            try:
                _check_text(entry)
            except ValueError as problem:
                raise BadUserInput(name, f"参数“{name}”含有无法保存的字符", detail=str(problem)) from None
    return value


def _moment(value: dt.datetime) -> dt.datetime:
    """A moment in UTC; one without an offset is meant as the clocks here show it, wherever the process runs."""
    try:
        return (value if value.tzinfo else value.replace(tzinfo=CHINA)).astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("moment out of range") from None


def shape(value: Any, fixed: Mapping[Path, Structure], path: Path = ()) -> Any:
    """What of the variables decides the statement's form: presence, structure, and the fixed values."""
    structure = fixed.get(path)
    if structure is not None:
        return repr(structure(value))
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return tuple((key, shape(member, fixed, (*path, key))) for key, member in members.items())
    if isinstance(value, list):
        elements = cast("list[Any]", value)
        if elements and isinstance(elements[0], dict):
            return tuple(shape(element, fixed, (*path, index)) for index, element in enumerate(elements))
        return len(elements) > 0
    return value is not None and value != ""
