"""Which value a parameter has: the query's own, else the unit's saved, else the city's saved, else the declared one.

What is saved is read inside the statement that uses it, as one row beside the enterprises; what the query says is
bound. A value out of its range is refused by name; a library without parameters of its own refuses all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
import strawberry

from authz.errors import BadUserInput
from authz.refusals import refusal
from authz.rules import LIBRARY_PARAMETERS, Verdict
from authz.scopes import LIBRARY_SETTINGS
from db.tables import library_setting
from db.tables.libraries import CITY
from schema.declare import Row
from schema.declare import field as declared_field
from schema.enums import LibraryKey, ParameterKind
from schema.given import Given
from schema.libraries.declare import SQL_TYPES, Condition, Library, Parameter
from schema.libraries.findings import word
from schema.visible import Asked, View, correlated, opened

ARGUMENT = "conditions"
SWITCH = ""
"""The parameter under which is saved whether a condition counts at all."""


@strawberry.input(description="一个参数的取值：数值和是否类（1、0）用 value，选项类用 values")
class ParameterInput:
    """A parameter by name; nothing given leaves it as it would be."""

    name: str
    value: Decimal | None = strawberry.UNSET
    values: list[str] | None = strawberry.UNSET


@strawberry.input(description="一条入库条件的设置；未列出的条件按已保存的参数或默认值")
class ConditionInput:
    """A condition by key: whether it counts, and with which parameters."""

    key: strawberry.ID
    enabled: bool | None = True
    parameters: list[ParameterInput] | None = strawberry.UNSET


@strawberry.type(description="已保存的科企库条件参数")
class LibrarySetting(
    Row, table=library_setting, scope=LIBRARY_SETTINGS, key=("holder", "library", "condition", "parameter")
):
    """One saved value. It is no type of the schema: a library's conditions show what counts."""

    holder: str = declared_field("保存单位")
    library: LibraryKey = declared_field("科企库")
    condition: str = declared_field("条件代码")
    parameter: str = declared_field("参数名")
    number: Decimal | None = declared_field("参数值")
    words: list[str] | None = declared_field("选项")


@dataclass(slots=True)
class Chosen:
    """What a query says of a library's conditions, by condition and parameter."""

    values: dict[tuple[str, str], sa.ColumnElement[Any]] = field(default_factory=dict[tuple[str, str], Any])


def chosen(asked: Asked, library: Library) -> Chosen:
    """The conditions that a query gives.

    Raises:
        Forbidden: the role may not ask with parameters.
        BadUserInput: no such condition or parameter, a value out of range, or the library takes none.
    """
    found = Chosen()
    given = asked.given.get(ARGUMENT)
    if given is None or given.absent:
        return found
    role = asked.frame.role
    if LIBRARY_PARAMETERS.verdict(role) is Verdict.NEVER:
        raise refusal(role, "条件参数", "LibraryEntry", asked.path, ARGUMENT)
    check_settable(library)
    binder = asked.frame.binder
    for element in given.elements():
        members = dict(element.members())
        condition = named_condition(library, cast("str", binder.fix(members["key"])))
        _once((condition.key, SWITCH), found)
        enabled = binder.fix(members["enabled"]) if "enabled" in members else True
        check_switch(library, condition, enabled=enabled is not False)
        found.values[condition.key, SWITCH] = sa.true() if enabled is not False else sa.false()
        listed = members.get("parameters")
        for each in () if listed is None or listed.value is None else listed.elements():
            parts = dict(each.members())
            parameter = named_parameter(library, condition, binder.fix(parts["name"]))
            _once((condition.key, parameter.name), found)
            value = parts.get("values" if parameter.kind is ParameterKind.WORDS else "value")
            if value is None or value.value is None:
                raise missing_value(library, condition, parameter)
            convert = partial(checked, library, condition, parameter)
            found.values[condition.key, parameter.name] = binder.bind(value, SQL_TYPES[parameter.kind], convert)
    return found


def _once(key: tuple[str, str], found: Chosen) -> None:
    if key in found.values:
        name = ".".join(part for part in key if part)
        raise BadUserInput(ARGUMENT, f"“{name}”重复设置，请只保留一个", detail=f"{name} is given twice")


def check_settable(library: Library) -> None:
    """Refuse parameters where a library has none of its own.

    Raises:
        BadUserInput: it has none.
    """
    if not library.settable:
        message = f"{library.key.label}不能设置条件参数，请去掉 conditions"
        raise BadUserInput(ARGUMENT, message, detail=f"{library.key} takes no parameters")


def named_condition(library: Library, key: str) -> Condition:
    """The condition of this key.

    Raises:
        BadUserInput: there is none.
    """
    found = library.condition(key)
    if found is None:
        known = "、".join(each.key for each in library.every)
        message = f"{library.key.label}没有条件“{key[:20]}”，可设置的条件：{known}"
        raise BadUserInput(ARGUMENT, message, detail=f"unknown condition of {library.key}")
    return found


def named_parameter(library: Library, condition: Condition, name: str) -> Parameter:
    """The parameter of this name.

    Raises:
        BadUserInput: there is none.
    """
    found = condition.parameter(name)
    if found is None:
        known = "、".join(each.name for each in condition.parameters) or "无"
        message = f"{library.key.label}的条件 {condition.key} 没有参数“{name[:40]}”，可设置的参数：{known}"
        raise BadUserInput(ARGUMENT, message, detail=f"unknown parameter of {library.key}.{condition.key}")
    return found


def check_switch(library: Library, condition: Condition, *, enabled: bool) -> None:
    """Refuse to leave out what is fixed.

    Raises:
        BadUserInput: it is.
    """
    if not enabled and condition in library.fixed:
        message = f"{library.key.label}的条件 {condition.key} 是固定条件，不能停用"
        raise BadUserInput(ARGUMENT, message, detail=f"{condition.key} is fixed")


def missing_value(library: Library, condition: Condition, parameter: Parameter) -> BadUserInput:
    """The refusal of a parameter that is named without a value of its kind."""
    entry = "values" if parameter.kind is ParameterKind.WORDS else "value"
    message = f"{library.key.label}的参数“{parameter.label}”（{condition.key}.{parameter.name}）需要填写 {entry}"
    return BadUserInput(ARGUMENT, message, detail=f"{parameter.name} needs {entry}")


def checked(library: Library, condition: Condition, parameter: Parameter, value: Any) -> Any:
    """A parameter's value as the database takes it.

    Raises:
        BadUserInput: it is out of range, or no word that it may be.
    """
    fits = _words_fit(parameter, value) if parameter.kind is ParameterKind.WORDS else _number_fits(parameter, value)
    if not fits:
        where = f"{library.key.label}的参数“{parameter.label}”（{condition.key}.{parameter.name}）"
        raise BadUserInput(ARGUMENT, f"{where}{_range(parameter)}", detail=f"{parameter.name} is out of range")
    if parameter.kind is ParameterKind.INTEGER:
        return int(value)
    return bool(value) if parameter.kind is ParameterKind.FLAG else value


def _number_fits(parameter: Parameter, value: Any) -> bool:
    if not isinstance(value, Decimal) or not value.is_finite() or not parameter.least <= value <= parameter.most:
        return False
    return parameter.kind is ParameterKind.DECIMAL or value == value.to_integral_value()


def _words_fit(parameter: Parameter, value: Any) -> bool:
    known = {each.value for each in parameter.choices}
    given = cast("list[Any]", value)
    return 0 < len(given) <= (1 if parameter.single else len(known)) and set(given) <= known


def _range(parameter: Parameter) -> str:
    match parameter.kind:
        case ParameterKind.WORDS:
            known = "、".join(f"{each.value}（{each.label}）" for each in parameter.choices)
            return f"应为以下{'之一' if parameter.single else '一个或多个'}：{known}"
        case ParameterKind.FLAG:
            return "应为 1（是）或 0（否）"
        case _:
            kind = "整数" if parameter.kind is ParameterKind.INTEGER else "数值"
            return f"应为 {parameter.least:,} 至 {parameter.most:,} 之间的{kind}（{parameter.unit or '比例'}）"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A library's parameter values and switches as SQL, and the one row they are read from, where there is one.

    A row beside the others, measured against a sub-select for each value: planned in a tenth of the time.
    """

    values: Mapping[tuple[str, str], sa.ColumnElement[Any]]
    source: sa.FromClause | None

    def of(self, condition: Condition) -> Mapping[str, sa.ColumnElement[Any]]:
        """A condition's values by parameter."""
        return {each.name: self.values[condition.key, each.name] for each in condition.parameters}

    def enabled(self, condition: Condition) -> sa.ColumnElement[bool] | None:
        """Whether the condition counts; None: always."""
        return self.values.get((condition.key, SWITCH))


def declared_values(library: Library) -> Resolved:
    """The declared defaults, as constants of the statement."""
    found = {(condition.key, each.name): declared(each) for condition in library.every for each in condition.parameters}
    return Resolved(found, None)


def resolved(asked: Asked, library: Library, given: Chosen) -> Resolved:
    """The values that count for a query."""
    if not library.settable:
        return declared_values(library)
    view, conditions = asked.open(LibrarySetting)
    columns: dict[tuple[str, str], sa.ColumnElement[Any]] = {}

    def column(key: tuple[str, str], kind: ParameterKind, default: sa.ColumnElement[Any]) -> None:
        value = given.values.get(key)
        if value is None:
            stored = view.words if kind is ParameterKind.WORDS else view.number
            value = saved(view, key, stored, kind, default)
        columns[key] = sa.type_coerce(value, SQL_TYPES[kind])

    for condition in library.every:
        if condition not in library.fixed:
            column((condition.key, SWITCH), ParameterKind.FLAG, sa.true())
        for each in condition.parameters:
            column((condition.key, each.name), each.kind, declared(each))
    labelled = [value.label(f"p{index}") for index, value in enumerate(columns.values())]
    # One row whatever is saved, also where everything is given and nothing of it is looked up.
    query = sa.select(*labelled).select_from(view.source).having(sa.true())
    row = query.where(view.library == word(library.key.value), *conditions).subquery(asked.frame.name())
    return Resolved({key: row.c[f"p{index}"] for index, key in enumerate(columns)}, row)


def is_saved(asked: Asked, library: Library) -> sa.ColumnElement[bool]:
    """Whether anything is saved of the library that counts for who asks."""
    view, conditions = asked.open(LibrarySetting)
    found = sa.select(sa.literal_column("1", sa.Integer)).select_from(view.source)
    found = found.where(view.library == word(library.key.value), *conditions)
    return sa.exists(correlated(found, view.source))


def saved(
    view: Any, key: tuple[str, str], stored: sa.ColumnElement[Any], kind: ParameterKind, default: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """What the unit saved, else what the city did, else the ``default``; an aggregate of all that is saved."""
    is_it = sa.and_(view.condition == word(key[0]), view.parameter == word(key[1]))
    of_city = view.holder == word(CITY)

    def only(whose: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
        return as_kind(sa.func.max(stored, type_=stored.type).filter(sa.and_(is_it, whose)), kind)

    return sa.func.coalesce(only(sa.not_(of_city)), only(of_city), default, type_=SQL_TYPES[kind])


def as_kind(value: sa.ColumnElement[Any], kind: ParameterKind) -> sa.ColumnElement[Any]:
    """A stored value as its kind."""
    match kind:
        case ParameterKind.INTEGER:
            return sa.cast(value, sa.Integer)
        case ParameterKind.FLAG:
            return value != sa.literal_column("0", sa.Integer)
        case _:
            return value


def declared(parameter: Parameter) -> sa.ColumnElement[Any]:
    """The declared default as part of the statement."""
    match parameter.default:
        case bool():
            return sa.literal_column(str(parameter.default).lower(), sa.Boolean)
        case tuple():
            listed = ",".join(f"'{each}'" for each in parameter.default)
            return sa.literal_column(f"ARRAY[{listed}]::text[]", SQL_TYPES[ParameterKind.WORDS])
        case Decimal():
            return sa.literal_column(str(parameter.default), SQL_TYPES[parameter.kind])


Convert = Callable[[Any], Any]


def year_given(given: Given) -> Convert:
    """A report year, or a refusal that names its range."""

    def convert(value: Any) -> Any:
        if value is not None and not 2000 <= value <= 2100:
            message = "年份应在 2000 至 2100 之间"
            raise BadUserInput(given.name, message, detail=f"year out of range: {value}")
        return value

    return convert


def saved_value(row: View, stored: str) -> sa.ColumnElement[Any]:
    """What was saved of a condition's row or a parameter's, the unit's before the city's; null where nothing was."""
    view, conditions = opened(row.frame, LibrarySetting, row.path)
    of_condition = stored == "switch"
    conditions += [
        view.library == row.raw.library,
        view.condition == (row.raw.key if of_condition else row.raw.condition),
        view.parameter == (word(SWITCH) if of_condition else row.raw.name),
    ]
    found = sa.select(view.words if stored == "words" else view.number).select_from(view.source).where(*conditions)
    found = found.order_by(view.holder == word(CITY)).limit(sa.literal_column("1"))
    return correlated(found, view.source).scalar_subquery()
