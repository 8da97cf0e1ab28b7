"""Sheets built by hand from arrays, and two independent readers of what comes out."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import python_calamine
import sqlalchemy as sa
from openpyxl.cell import Cell
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.dialects import postgresql

from exporters.copying import Connection
from exporters.lines import stream_csv
from exporters.sheet import CellKind, Outcome, Provenance, Sheet, SheetColumn, SheetLimits
from exporters.workbook import stream_workbook

PROVENANCE = Provenance(
    title="企业列表",
    account="yubei",
    role="区县科技局",
    units=("渝北区",),
    exported_at=dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC),
    filter_text="年份 = 2025",
)


def lines(name: str, kind: sa.types.TypeEngine[Any]) -> Any:
    """Rows (n, x) of an array parameter, in its order."""
    array = sa.bindparam(name, type_=postgresql.ARRAY(kind))
    return sa.func.unnest(array).table_valued(sa.column("x", kind), with_ordinality="n", name="lines").render_derived()


def numbered(rows: int) -> Any:
    """Rows 1 … rows."""
    return (
        sa.func.generate_series(sa.literal_column("1"), sa.literal_column(str(rows)))
        .table_valued(sa.column("n", sa.Integer()), name="numbered")
        .render_derived()
    )


def text_sheet(title: str = "文本", header: str = "名称", **column: Any) -> Sheet:
    """One text column over the array parameter ``texts``."""
    table = lines("texts", sa.Text())
    source = sa.select().select_from(table).order_by(table.c.n)
    return Sheet(title, (SheetColumn(header, CellKind.TEXT, table.c.x, **column),), source)


def one_row(*columns: SheetColumn) -> Sheet:
    """A single row of given expressions."""
    return Sheet("一行", columns, sa.select().select_from(numbered(1)))


async def workbook(
    connection: Connection,
    sheets: Sequence[Sheet],
    parameters: Mapping[str, object] | None = None,
    *,
    provenance: Provenance = PROVENANCE,
    limits: SheetLimits | None = None,
    outcome: Outcome | None = None,
) -> bytes:
    """The whole file."""
    pieces = stream_workbook(connection, sheets, provenance, parameters or {}, limits=limits, outcome=outcome)
    return b"".join([piece async for piece in pieces])


async def csv_file(connection: Connection, sheet: Sheet, parameters: Mapping[str, object] | None = None) -> bytes:
    """The whole csv file."""
    return b"".join([piece async for piece in stream_csv(connection, sheet, parameters or {})])


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(content: bytes, sheet: int = 0) -> list[list[Cell]]:
    """Data rows (without header) as openpyxl's cells."""
    page = opened(content).worksheets[sheet]
    assert isinstance(page, Worksheet)
    return [[cell for cell in row if isinstance(cell, Cell)] for row in page.iter_rows(min_row=2)]


def by_openpyxl(content: bytes, sheet: int = 0) -> list[list[Any]]:
    """Data rows as openpyxl reads them; it leaves ``_xHHHH_`` to its caller. Empty text is None to it."""
    return [
        [unescape(cell.value) if isinstance(cell.value, str) else cell.value for cell in row]
        for row in cells(content, sheet)
    ]


def by_calamine(content: bytes, sheet: int = 0) -> list[list[Any]]:
    """Data rows as calamine reads them; NULL is empty text to it."""
    page = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet)
    return page.to_python(skip_empty_area=False)[1:]
