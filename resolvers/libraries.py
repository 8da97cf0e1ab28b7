"""Saving a library's parameters for the own unit or the city, and going back to the declared ones (domain C38, C42).

What is saved counts from the next question on, wherever a query names no parameters of its own. The whole setting of a
library is written at once: what is not given any more is not saved any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import orjson
import strawberry

from authz.errors import BadUserInput
from authz.holders import holder_of
from db.enums import AuditKind, LibraryKey
from resolvers.commands import CommandContext
from resolvers.exports import plain
from schema.enums import ParameterKind
from schema.libraries.declare import Library
from schema.libraries.known import LIBRARIES
from schema.libraries.parameters import (
    SWITCH,
    ConditionInput,
    check_settable,
    check_switch,
    checked,
    missing_value,
    named_condition,
    named_parameter,
)

CLEAR = "DELETE FROM library_setting WHERE holder = $1 AND library = $2"
KEEP = """\
INSERT INTO library_setting (holder, library, condition, parameter, number, words, saved_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
TURN = "SELECT pg_advisory_xact_lock(8243113, hashtext($1))"
"""Two who save for the same holder do so one after the other; the later one stands."""

Setting = tuple[str, str, Decimal | None, Sequence[str] | None]
"""A condition, its parameter (or the switch), and the value as a number or as words."""


@strawberry.input(description="保存科企库条件参数：整体替换本单位（市局为全市）原来保存的参数")
class LibraryConditionsInput:
    """What to keep; an officer of several units says for which."""

    library: LibraryKey
    conditions: list[ConditionInput]
    unit: strawberry.ID | None = strawberry.UNSET


@strawberry.input(description="恢复科企库条件参数的默认值")
class LibraryResetInput:
    """Whose saved parameters are to go: an officer of several units says for which."""

    library: LibraryKey
    unit: strawberry.ID | None = strawberry.UNSET


async def save_library_conditions(context: CommandContext, *, input: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: A002
    """Keep the given conditions of a library for the own unit or the city, instead of what was kept.

    Raises:
        BadUserInput: the library takes no parameters, or one of them cannot be used.
        NotFound: the unit is none of the officer's.
    """
    library = _library(input)
    check_settable(library)
    settings = list(_settings(library, cast("Sequence[Mapping[str, Any]]", input["conditions"])))
    _each_once(settings)
    await _written(context, library, input, settings)
    return {"key": library.key.value}


async def reset_library_conditions(context: CommandContext, *, input: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: A002
    """Forget what was kept of a library: an officer's unit is back to the city's, the city to the declared values.

    Raises:
        BadUserInput: the library takes no parameters.
        NotFound: the unit is none of the officer's.
    """
    library = _library(input)
    check_settable(library)
    await _written(context, library, input, [])
    return {"key": library.key.value}


async def _written(
    context: CommandContext, library: Library, given: Mapping[str, Any], settings: Sequence[Setting]
) -> None:
    principal = context.principal
    holder = holder_of(principal, given.get("unit"))
    key = library.key.value
    async with context.pool.acquire() as connection, connection.transaction():
        await connection.execute(TURN, f"{holder}/{key}")
        await connection.execute(CLEAR, holder, key)
        await connection.executemany(KEEP, [(holder, key, *setting, principal.subject) for setting in settings])
        told = orjson.dumps({"LibrarySetting": [{"holder": holder, **plain(given)}]}).decode()
        fields = ("LibrarySetting",)
        line = context.line(AuditKind.WRITE, fields=fields, told=told, rows=len(settings))
        await context.trail.within(connection, line)


def _library(given: Mapping[str, Any]) -> Library:
    return LIBRARIES[LibraryKey(given["library"])]


def _settings(library: Library, conditions: Sequence[Mapping[str, Any]]) -> Iterator[Setting]:
    for each in conditions:
        condition = named_condition(library, each["key"])
        enabled = each.get("enabled") is not False
        check_switch(library, condition, enabled=enabled)
        if condition not in library.fixed:
            yield condition.key, SWITCH, Decimal(enabled), None
        for given in cast("Sequence[Mapping[str, Any]]", each.get("parameters") or ()):
            parameter = named_parameter(library, condition, given["name"])
            is_words = parameter.kind is ParameterKind.WORDS
            value = given.get("values" if is_words else "value")
            if value is None:
                raise missing_value(library, condition, parameter)
            kept = checked(library, condition, parameter, value)
            yield condition.key, parameter.name, None if is_words else Decimal(kept), kept if is_words else None


def _each_once(settings: Sequence[Setting]) -> None:
    names = [".".join(part for part in setting[:2] if part) for setting in settings]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadUserInput("input.conditions", f"“{twice}”重复设置，请只保留一个", detail=f"{twice} is given twice")
