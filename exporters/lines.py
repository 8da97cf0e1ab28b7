"""A sheet as csv, written by PostgreSQL's own COPY: UTF-8 with byte order mark, lines ended by CRLF.

Text that a spreadsheet program could take for a formula gets a ``'`` in front, and so does text that
begins with ``'`` itself: a reader takes one ``'`` off wherever one leads, and has the value back.
NULL is an empty field, empty text is ``""``. Dates are ISO, times Asia/Shanghai, numbers plain.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from exporters.cells import TARGETS, Expression, Value, fenced, joined, literal
from exporters.copying import CSV, QUOTED_LINE, Connection, copy_chunks, snapshot
from exporters.sheet import CellKind, Sheet
from exporters.statement import finished_sql, statement_of

_GUARDED = "=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20"
_GUARDED_CODES = [sa.literal_column(str(ord(ch)), sa.Integer()) for ch in _GUARDED]
_LINE_QUOTE = re.compile(rb"\x01(\x01?)")
_QUOTED_OR_END = re.compile(rb'"[^"]*"|\n')


def guarded(text: str) -> str:
    """The same guard for texts that Python writes: headers."""
    return "'" + text if text[:1] and text[0] in _GUARDED else text


async def stream_csv(
    connection: Connection, sheet: Sheet, parameters: Mapping[str, object]
) -> AsyncGenerator[bytes, None]:
    """One sheet as csv, in chunks. The connection belongs to the stream until it ends or is closed."""
    yield _header(sheet).encode()
    wide = len(sheet.columns) > TARGETS
    statement = await statement_of(sheet, "csv", lambda: _statement(sheet, wide=wide))
    async with snapshot(connection):
        sql = await finished_sql(connection, statement, parameters)
        async with contextlib.aclosing(copy_chunks(connection, sql, QUOTED_LINE if wide else CSV)) as chunks:
            async for chunk in chunks:
                yield _crlf(_unquoted(chunk) if wide else chunk)


def _statement(sheet: Sheet, *, wide: bool) -> sa.Select[Any]:
    values, source = fenced(sheet)
    fields = [_field(value) for value in values]
    return source.with_only_columns(_line(fields)) if wide else source.with_only_columns(*fields)


def _header(sheet: Sheet) -> str:
    fields = ('"' + guarded(column.header).replace('"', '""') + '"' for column in sheet.columns)
    return "\N{BYTE ORDER MARK}" + ",".join(fields) + "\r\n"


def _crlf(chunk: bytes) -> bytes:
    """Line ends only: a line feed inside quotes belongs to the value."""
    if b'"' not in chunk:
        return chunk.replace(b"\n", b"\r\n")
    return _QUOTED_OR_END.sub(lambda found: b"\r\n" if found.group() == b"\n" else found.group(), chunk)


def _unquoted(chunk: bytes) -> bytes:
    return _LINE_QUOTE.sub(rb"\1", chunk) if b"\x01" in chunk else chunk


def _field(value: Value) -> Expression:
    content, labels = value.value, value.column.labels or {}
    kind = value.column.kind
    if value.is_text:
        return content if value.column.plain else _guard(content)
    if kind is CellKind.BOOLEAN:
        return sa.case((content.is_(True), literal("是")), (content.is_(False), literal("否")), else_=sa.null())
    if kind is CellKind.ENUM and labels:
        return sa.case(*((content == literal(v), literal(label)) for v, label in labels.items()), else_=content)
    return content


def _guard(content: Expression) -> Expression:
    leading = sa.func.ascii(content).in_(_GUARDED_CODES)  # ascii() gives the first character's code point
    return sa.case((leading, literal("'").concat(content)), else_=content)


def _line(fields: Sequence[Expression]) -> Expression:
    """More fields than PostgreSQL's target list takes, as one."""
    parts: list[Expression] = []
    for field in fields:
        text = sa.cast(field, sa.Text())
        marked = (
            literal('"')
            .concat(sa.func.replace(text, literal('"'), literal('""'), type_=sa.Text()))
            .concat(literal('"'))
        )
        special = sa.or_(text.op("~", is_comparison=True)(literal(r'[",\n\r]')), text == literal(""))
        parts += [sa.case((special, marked), else_=text), literal(",")]
    return joined(parts[:-1])
