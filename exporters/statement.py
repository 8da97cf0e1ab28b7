"""A select with named parameters becomes one text without parameters, as COPY needs it.

The server itself writes each value as a literal of the parameter's own type; no value is quoted here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from exporters.copying import Connection
from exporters.sheet import Sheet

_DIALECT = asyncpg_dialect.dialect()

# A parameter's place, or a quoted stretch in which "$1" is only text.
_PLACE = re.compile(r"""[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)""", re.DOTALL)


# A plan keeps its sheets, so a repeated export finds its statements here; they go when the plan goes.
_compiled: WeakKeyDictionary[Sheet, dict[Hashable, SQLCompiler]] = WeakKeyDictionary()


async def statement_of(sheet: Sheet, purpose: Hashable, build: Callable[[], sa.Select[Any]]) -> SQLCompiler:
    """What ``build`` makes for this purpose of the sheet, compiled once.

    A sheet of all fields takes a tenth of a second to compile; other requests go on meanwhile.
    """
    known = _compiled.setdefault(sheet, {})
    if purpose not in known:
        known[purpose] = await asyncio.to_thread(lambda: build().compile(dialect=_DIALECT))
    return known[purpose]


async def finished_sql(connection: Connection, statement: SQLCompiler, parameters: Mapping[str, object]) -> str:
    """The statement's text with every parameter written into it.

    Raises:
        sqlalchemy.exc.InvalidRequestError: a parameter of the statement has no value.
    """
    sql, values = with_values(statement, parameters)
    if not values:
        return sql
    literals = await _literals(connection, sql, values)

    def replaced(match: re.Match[str]) -> str:
        number = match.group(1)
        return match.group(0) if number is None else literals[int(number) - 1]

    return _PLACE.sub(replaced, sql)


def with_values(statement: SQLCompiler, parameters: Mapping[str, object]) -> tuple[str, list[object]]:
    """The statement's text with ``$1``, ``$2``, … and their values in order."""
    # IN (…) grows with its values, so only they and the statement together give the text.
    state = statement.construct_expanded_state(dict(parameters))
    return state.statement, list(state.positional_parameters)


async def _literals(connection: Connection, sql: str, values: list[object]) -> list[str]:
    prepared = await connection.prepare(sql)
    types = [_type_name(kind.schema, kind.name) for kind in prepared.get_parameters()]
    quoted = ", ".join(f"quote_nullable(${n}::{kind}::text)" for n, kind in enumerate(types, start=1))
    texts: list[str] = await connection.fetchval(f"SELECT ARRAY[{quoted}]", *values)
    return [f"{text}::{kind}" for text, kind in zip(texts, types, strict=True)]


def _type_name(schema: str, name: str) -> str:
    name = f"_{name[:-2]}" if name.endswith("[]") else name
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
