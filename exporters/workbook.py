"""A workbook as a stream of bytes: the frame's first files, each sheet's rows, the files that close it.

One snapshot serves the counts and every sheet. What may not be done here: finish the archive after a
failure. A stream that broke has no central directory, and no program opens it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from exporters.archive import Archive
from exporters.cells import CUT_MARK, row_statement
from exporters.copying import Connection, copy_texts, snapshot
from exporters.frame import Frame, Part, SheetShell
from exporters.note import CUTS_LISTED, SHANGHAI, facts
from exporters.sheet import (
    NOTE_TITLE,
    CellKind,
    CutCell,
    Outcome,
    Provenance,
    Sheet,
    SheetLimits,
    sheet_titles,
    unique_title,
)
from exporters.statement import finished_sql, statement_of, with_values

_PIECE_BYTES = 64 << 10
_MARK = CUT_MARK.encode()
_TEXT_BYTES, _OTHER_BYTES = 400, 45
_TAIL_BYTES = 1 << 20


class RowsChanged(Exception):
    """A sheet gave another number of rows than was counted: its select is not the same twice."""


async def count_rows(connection: Connection, sheets: Sequence[Sheet], parameters: Mapping[str, object]) -> list[int]:
    """Rows to come of each sheet. Within `snapshot` they are the ones the stream will have."""
    counts: list[int] = []
    for sheet in sheets:
        statement = await statement_of(sheet, "count", functools.partial(_count, sheet))
        sql, values = with_values(statement, parameters)
        counts.append(await connection.fetchval(sql, *values))
    return counts


def _count(sheet: Sheet) -> sa.Select[Any]:
    rows = sheet.source.with_only_columns(sa.literal_column("1", sa.Integer())).order_by(None).subquery("counted")
    return sa.select(sa.func.count()).select_from(rows)


async def hidden_paths(connection: Connection, sheets: Sequence[Sheet], parameters: Mapping[str, object]) -> set[str]:
    """The fields that a rule about the row hides in some row. Asks only of sheets with such a column."""
    paths: set[str] = set()
    for sheet in sheets:
        flags = [(c.path, c.hidden) for c in sheet.columns if c.hidden is not None and not c.redacted]
        if flags:
            statement = await statement_of(sheet, "hidden", functools.partial(_hidden, sheet, [f for _, f in flags]))
            sql, values = with_values(statement, parameters)
            found: Any = await connection.fetchrow(sql, *values)
            paths.update(path for (path, _), is_hidden in zip(flags, found, strict=True) if is_hidden)
    return paths


def _hidden(sheet: Sheet, flags: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    labelled = [flag.label(f"h{number}") for number, flag in enumerate(flags)]
    rows = sheet.source.with_only_columns(*labelled).order_by(None).subquery("looked_at")
    return sa.select(*(sa.func.bool_or(flag) for flag in rows.c))


async def subjects(connection: Connection, sheets: Sequence[Sheet], parameters: Mapping[str, object]) -> bytes:
    """Credit codes, comma-joined, of the enterprises whose data an export takes away where that is recorded."""
    found: list[bytes] = []
    for sheet in sheets:
        if sheet.subject is not None:
            statement = await statement_of(sheet, "subjects", functools.partial(_subjects, sheet, sheet.subject))
            sql, values = with_values(statement, parameters)
            found.append(await connection.fetchval(sql, *values) or b"")
    return b",".join(filter(None, found))


def _subjects(sheet: Sheet, subject: sa.ColumnElement[str]) -> sa.Select[Any]:
    rows = sheet.source.with_only_columns(subject.label("uscc")).order_by(None).subquery("taken")
    joined = sa.func.string_agg(rows.c.uscc.distinct(), sa.literal_column("','"))
    return sa.select(sa.func.convert_to(joined, sa.literal_column("'UTF8'"))).select_from(rows)


async def stream_workbook(
    connection: Connection,
    sheets: Sequence[Sheet],
    provenance: Provenance,
    parameters: Mapping[str, object],
    *,
    limits: SheetLimits | None = None,
    rows: Sequence[int] | None = None,
    outcome: Outcome | None = None,
) -> AsyncGenerator[bytes, None]:
    """The workbook's bytes, the first of them before any row is counted.

    The connection belongs to the stream until it ends or is closed (``aclose``), which cancels its
    query; afterwards it is usable again, or closed. ``rows`` are counts taken in the caller's own
    `snapshot`; ``outcome`` is filled while the stream runs.

    Raises:
        RowsChanged: a select that does not give the same rows twice.
    """
    if not sheets:
        raise ValueError("a workbook needs a sheet")
    book = _Book(sheets, provenance, limits or SheetLimits(), outcome or Outcome())
    pieces = book.stream(connection, parameters, rows)
    async with contextlib.aclosing(_gathered(pieces)) as gathered:
        async for piece in gathered:
            yield piece


class _Book:
    """One workbook on its way out."""

    def __init__(self, sheets: Sequence[Sheet], provenance: Provenance, limits: SheetLimits, outcome: Outcome) -> None:
        self.sheets = sheets
        self.titles = sheet_titles([sheet.title for sheet in sheets])
        self.taken = {title.casefold() for title in (*self.titles, NOTE_TITLE)}
        self.frame = Frame(sheets, self.titles, provenance)
        self.archive = Archive(provenance.exported_at.astimezone(SHANGHAI))
        self.limits = limits
        self.outcome = outcome
        self.parts: list[Part] = []

    async def stream(
        self, connection: Connection, parameters: Mapping[str, object], rows: Sequence[int] | None
    ) -> AsyncGenerator[bytes | None, None]:
        for name, content in self.frame.opening.items():
            yield self.archive.add(name, content)
        yield None
        async with snapshot(connection):
            counts = await count_rows(connection, self.sheets, parameters) if rows is None else rows
            for number, expected in enumerate(counts):
                pieces = self._sheet(connection, parameters, number, expected)
                async with contextlib.aclosing(pieces) as sheet:
                    async for piece in sheet:
                        yield piece
        for name, content in self.frame.closing(self.parts, facts(self.outcome, self.titles)).items():
            yield self.archive.add(name, content)
        yield self.archive.finish()
        self.outcome.bytes = self.archive.size

    async def _sheet(
        self, connection: Connection, parameters: Mapping[str, object], number: int, expected: int
    ) -> AsyncGenerator[bytes, None]:
        sheet, styles = self.sheets[number], self.frame.styles[number]
        statement = await statement_of(sheet, tuple(styles), lambda: row_statement(sheet, styles))
        sql = await finished_sql(connection, statement, parameters)
        writer = _SheetWriter(self, number, expected)
        for piece in writer.open():
            yield piece
        async with contextlib.aclosing(copy_texts(connection, sql)) as arriving:
            async for rows in arriving:
                for piece in writer.rows(rows):
                    yield piece
        for piece in writer.close():
            yield piece


class _SheetWriter:
    """The rows of one sheet, spread over as many worksheets as they need."""

    def __init__(self, book: _Book, number: int, expected: int) -> None:
        self._book = book
        self._number = number
        self._expected = expected
        self._shell: SheetShell = book.frame.shells[number]
        self._row_bytes = _bytes_likely(book.sheets[number])
        self._title = ""
        self._done = 0
        self._rows = 0
        self._bytes = 0

    def open(self) -> list[bytes]:
        """Begin the next worksheet."""
        book = self._book
        first = not self._title
        self._title = book.titles[self._number] if first else unique_title(self._title_of_sheet, book.taken)
        book.taken.add(self._title.casefold())
        self._rows = self._bytes = 0
        to_come = min(self._expected - self._done, book.limits.rows)
        surely = book.limits.bytes is None or self._row_bytes * to_come < book.limits.bytes
        path = f"xl/worksheets/sheet{len(book.parts) + 1}.xml"
        opened = book.archive.open(path, zip64=book.limits.bytes is None)
        return [opened, book.archive.write(self._shell.head(to_come if surely else None, first=not book.parts))]

    @property
    def _title_of_sheet(self) -> str:
        return self._book.titles[self._number]

    def rows(self, rows: list[memoryview]) -> list[bytes]:
        """The next rows, on as many worksheets as they need."""
        pieces: list[bytes] = []
        while self._rows + len(rows) > self._book.limits.rows:
            fitting = self._book.limits.rows - self._rows
            pieces += [*self._write(rows[:fitting]), *self._end_part(), *self.open()]
            rows = rows[fitting:]
        return pieces + self._write(rows)

    def close(self) -> list[bytes]:
        """End the last worksheet.

        Raises:
            RowsChanged: more or fewer rows came than were counted.
        """
        pieces = self._end_part()
        if self._done != self._expected:
            raise RowsChanged(f"{self._title_of_sheet}: {self._expected} rows counted, {self._done} came")
        self._book.outcome.rows.append(self._done)
        return pieces

    def _write(self, rows: list[memoryview]) -> list[bytes]:
        pieces: list[bytes] = []
        content = b"".join(rows)
        largest = self._book.limits.bytes
        if largest is not None and self._rows and self._bytes + len(content) + _TAIL_BYTES > largest:
            pieces = [*self._end_part(), *self.open()]
        if _MARK in content:
            content = self._without_marks(rows)
        self._rows += len(rows)
        self._bytes += len(content)
        return [*pieces, self._book.archive.write(content)]

    def _end_part(self) -> list[bytes]:
        book = self._book
        self._done += self._rows
        book.parts.append(Part(self._number, self._title, self._rows))
        book.outcome.parts.append(self._title)
        return [book.archive.write(self._shell.tail(self._rows)), book.archive.close()]

    def _without_marks(self, rows: list[memoryview]) -> bytes:
        """Rows in which a text was cut say so behind their end; note where, and take the mark off."""
        bare: list[bytes] = []
        for number, marked in enumerate(rows, start=self._rows + 2):
            row, _, columns = marked.tobytes().partition(_MARK)
            self._note_cuts(number, columns.decode())
            bare.append(row)
        return b"".join(bare)

    def _note_cuts(self, row: int, columns: str) -> None:
        outcome = self._book.outcome
        for column in filter(None, columns.split(",")):
            outcome.cut_total += 1
            if len(outcome.cut) < CUTS_LISTED:
                header = self._book.sheets[self._number].columns[int(column)].header
                outcome.cut.append(CutCell(self._title, row, header))


def _bytes_likely(sheet: Sheet) -> int:
    """A row's sheet XML, generously: whether a worksheet's end can be told before its rows are there."""
    long = {CellKind.TEXT, CellKind.LIST}
    return sum(_TEXT_BYTES if column.kind in long else _OTHER_BYTES for column in sheet.columns)


async def _gathered(pieces: AsyncGenerator[bytes | None, None]) -> AsyncGenerator[bytes, None]:
    """Larger pieces, since each costs the server a message; None sends what there is."""
    waiting: list[bytes] = []
    size = 0
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            if piece is not None:
                waiting.append(piece)
                size += len(piece)
            if size >= _PIECE_BYTES or piece is None:
                yield b"".join(waiting)
                waiting, size = [], 0
    if size:
        yield b"".join(waiting)
