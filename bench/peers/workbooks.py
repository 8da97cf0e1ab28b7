"""Three ways a service would write a workbook without keqi: openpyxl, XlsxWriter and a Rust writer.

Each is used as its manual says for large files (write-only, constant memory, a generator of rows), fed in batches
from a server-side cursor over one SQL statement, in a thread, so that the service stays awake; the file is sent when
it is complete, for none of them can be read before. The sheets are keqi's: headers, labels, number formats.

Run: ``python -m bench.peers.workbooks PORT DATABASE_URL POOL_SIZE``; then ``/openpyxl?rows=10000``.
"""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from asyncpg import Record
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from bench.exported import COLUMNS, DATE, HEADERS, Column, rows_sql
from db.engine import Pool, create_pool

BATCH = 2000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Rows = Iterator[Record]

# Neither says its types well enough for a strict reader: what is used of them is named here.
_XLSXWRITER: Any = importlib.import_module("xlsxwriter")
_RUSTPY: Any = importlib.import_module("rustpy_xlsxwriter")


def with_openpyxl(path: Path, rows: Rows) -> None:
    """Write-only mode: rows are written to a temporary file as they come.

    A number format needs a cell object; one a column is enough, for a row is written when it is appended.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("年报")
    sheet.freeze_panes = "A2"
    sheet.append([_header(sheet, column.header) for column in COLUMNS])
    cells = [_formatted(sheet, column) for column in COLUMNS]
    for row in rows:
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, str):
                # Text that openpyxl would refuse or take for a formula is to be plain text.
                cell.value = _FORBIDDEN.sub("", value)
                cell.data_type = "s"
            else:
                cell.value = value
        sheet.append(cells)
    book.save(path)


def _header(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _formatted(sheet: Any, column: Column) -> Any:
    """A cell that keeps its number format whatever is put into it; dates would set their own."""
    cell = WriteOnlyCell(sheet)
    cell.number_format = column.number_format
    return cell


def with_xlsxwriter(path: Path, rows: Rows) -> None:
    """Constant memory: a row is written when the next one begins."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with _XLSXWRITER.Workbook(str(path), {**options, "default_date_format": DATE}) as book:
        sheet = book.add_worksheet("年报")
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(COLUMNS):
            sheet.set_column(number, number, 16, book.add_format({"num_format": column.number_format}))
        sheet.write_row(0, 0, HEADERS, book.add_format({"bold": True}))
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)


def with_rust(path: Path, rows: Rows) -> None:
    """The Rust writer takes dictionaries from a generator."""
    formats = {column.header: _RUSTPY.Format().set_num_format(column.number_format) for column in COLUMNS}
    _RUSTPY.write_worksheet(
        map(dict, rows),
        str(path),
        sheet_name="年报",
        freeze_row=1,
        bold_headers=True,
        datetime_format=DATE,
        column_formats=formats,
    )


def _batches(loop: asyncio.AbstractEventLoop, fetch: Callable[[], Any]) -> Rows:
    """Rows of a cursor of the event loop's connection, for a thread."""
    while batch := asyncio.run_coroutine_threadsafe(fetch(), loop).result():
        yield from batch


async def _answer(request: Request, write: Callable[[Path, Rows], None]) -> FileResponse:
    loop = asyncio.get_running_loop()
    pool: Pool = request.app.state.pool
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    async with pool.acquire() as connection, connection.transaction():
        cursor = await connection.cursor(rows_sql(int(request.query_params["rows"])))
        await asyncio.to_thread(write, path, _batches(loop, lambda: cursor.fetch(BATCH)))
    return FileResponse(path, media_type=XLSX, background=BackgroundTask(path.unlink))


async def openpyxl_workbook(request: Request) -> FileResponse:
    """``/openpyxl?rows=N``."""
    return await _answer(request, with_openpyxl)


async def xlsxwriter_workbook(request: Request) -> FileResponse:
    """``/xlsxwriter?rows=N``."""
    return await _answer(request, with_xlsxwriter)


async def rust_workbook(request: Request) -> FileResponse:
    """``/rust?rows=N``."""
    return await _answer(request, with_rust)


def application(url: str, pool_size: int) -> Starlette:
    """The three routes over one pool."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with await create_pool(url, min_size=1, max_size=pool_size) as pool:
            app.state.pool = pool
            yield

    routes = [
        Route("/openpyxl", openpyxl_workbook),
        Route("/xlsxwriter", xlsxwriter_workbook),
        Route("/rust", rust_workbook),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[2], int(sys.argv[3])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
