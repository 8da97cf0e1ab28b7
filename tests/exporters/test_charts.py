"""Native charts: they point at the sheet's own cells, cover none of them, and LibreOffice shows the right numbers."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from exporters.copying import Connection
from exporters.sheet import CellKind, Sheet, SheetChart, SheetColumn, SheetLimits
from schema.declare import ChartKind
from tests.exporters.test_libreoffice import SOFFICE
from tests.exporters.workbooks import by_calamine, numbered, opened, workbook

BARS = SheetChart("各区县", ChartKind.BARS, (2, 3), (0, 1))
STACKED = SheetChart("堆积", ChartKind.STACKED, (2, 3), (0,))
SHARES = SheetChart("结构", ChartKind.SHARES, (3,), (0,))
IN_TOTAL = SheetChart("合计结构", ChartKind.TOTAL_SHARES, (2, 3))


def table(*charts: SheetChart, rows: int = 4, has_total: bool = True, title: str = "年报 '22") -> Sheet:
    """Rows of a name, a zone and two numbers; the last of them stands for the total."""
    source = numbered(rows)
    n = source.c.n
    columns = (
        SheetColumn("区县", CellKind.TEXT, sa.func.concat("区", n, type_=sa.Text)),
        SheetColumn("开发区", CellKind.TEXT, sa.case((n == sa.literal_column("2"), "新区"), else_="").cast(sa.Text)),
        SheetColumn("企业(家)", CellKind.INTEGER, n * sa.literal_column("10")),
        SheetColumn("金额(万元)", CellKind.DECIMAL, sa.cast(n + sa.literal_column("0.5"), sa.Numeric(18, 2)), places=2),
    )
    return Sheet(title, columns, sa.select().select_from(source).order_by(n), charts=charts, has_total=has_total)


def charts(content: bytes, sheet: int = 0) -> list[Any]:
    page: Any = opened(content).worksheets[sheet]
    return page._charts


async def test_bars_are_of_the_rows_without_the_total(connection: Connection) -> None:
    content = await workbook(connection, [table(BARS, SHARES)])
    bars, shares = charts(content)
    assert [series.val.numRef.f for series in bars.series] == ["'年报 ''22'!$C$2:$C$4", "'年报 ''22'!$D$2:$D$4"]
    assert [series.tx.strRef.f for series in bars.series] == ["'年报 ''22'!$C$1", "'年报 ''22'!$D$1"]
    assert bars.series[0].cat.multiLvlStrRef.f == "'年报 ''22'!$A$2:$B$4"
    assert shares.series[0].cat.strRef.f == "'年报 ''22'!$A$2:$A$4"


async def test_shares_in_the_total_are_of_its_row(connection: Connection) -> None:
    (chart,) = charts(await workbook(connection, [table(IN_TOTAL)]))
    assert chart.series[0].val.numRef.f == "'年报 ''22'!$C$5:$D$5"
    assert chart.series[0].cat.strRef.f == "'年报 ''22'!$C$1:$D$1"


async def test_without_a_total_every_row_is_drawn(connection: Connection) -> None:
    (chart,) = charts(await workbook(connection, [table(STACKED, has_total=False)]))
    assert chart.series[1].val.numRef.f == "'年报 ''22'!$D$2:$D$5"


async def test_columns_that_do_not_touch_are_named_each(connection: Connection) -> None:
    apart = SheetChart("隔开", ChartKind.TOTAL_SHARES, (0, 3))
    (chart,) = charts(await workbook(connection, [table(apart)]))
    assert chart.series[0].val.numRef.f == "('年报 ''22'!$A$5,'年报 ''22'!$D$5)"


async def test_charts_stand_beside_the_columns_one_below_the_other(connection: Connection) -> None:
    first, second = (chart.anchor._from for chart in charts(await workbook(connection, [table(BARS, SHARES)])))
    assert first.col == second.col == 5  # one column is left free
    assert second.row > first.row


@pytest.mark.parametrize("rows", [0, 1])
async def test_a_sheet_without_rows_has_its_charts_too(connection: Connection, rows: int) -> None:
    content = await workbook(connection, [table(BARS, SHARES, rows=rows)])
    assert len(charts(content)) == 2
    assert len(by_calamine(content)) == rows


async def test_sheets_with_and_without_charts_stand_side_by_side(connection: Connection) -> None:
    sheets = [table(title="无图"), table(BARS, title="一"), table(title="也无图"), table(BARS, SHARES, title="二")]
    content = await workbook(connection, sheets)
    assert [len(charts(content, number)) for number in range(4)] == [0, 1, 0, 2]
    assert charts(content, 3)[0].series[0].val.numRef.f == "'二'!$C$2:$C$4"


async def test_a_sheet_that_goes_on_in_a_further_one_keeps_its_rows(connection: Connection) -> None:
    content = await workbook(connection, [table(STACKED, rows=25, has_total=False)], limits=SheetLimits(rows=10))
    assert [len(by_calamine(content, number)) for number in range(3)] == [10, 10, 5]
    assert [len(charts(content, number)) for number in range(3)] == [1, 1, 1]


async def test_sorting_leaves_the_total_where_it_is(connection: Connection) -> None:
    page: Any = opened(await workbook(connection, [table(BARS)])).worksheets[0]
    assert page.auto_filter.ref == "A1:D4"


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
async def test_libreoffice_draws_the_sheets_own_numbers(connection: Connection, tmp_path: Path) -> None:
    content = await workbook(connection, [table(BARS, IN_TOTAL)])
    bars, shares = await drawn(content, tmp_path)
    assert bars == [
        ["", "企业(家)", "金额(万元)"],
        ["区1", "10", "1.5"],
        ["区2 新区", "20", "2.5"],
        ["区3", "30", "3.5"],
    ]
    assert shares[0] == ["", "企业(家)", "金额(万元)"]
    assert shares[1][1:] == ["40", "4.5"]


async def drawn(content: bytes, folder: Path) -> list[list[list[str]]]:
    """The tables that LibreOffice draws a workbook's charts from, in their order, as it writes them into an ods."""
    assert SOFFICE is not None
    source = folder / "book.xlsx"
    source.write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    process = await asyncio.create_subprocess_exec(
        SOFFICE, profile, "--headless", "--norestore", "--convert-to", "ods", "--outdir", str(folder), str(source),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    with zipfile.ZipFile(io.BytesIO((folder / "book.ods").read_bytes())) as archive:
        names = sorted(name for name in archive.namelist() if re.fullmatch(r"Object \d+/content\.xml", name))
        return [_rows(archive.read(name).decode()) for name in names]


def _rows(content: str) -> list[list[str]]:
    """The rows of a chart's own table; where a cell says its range as well, only its value."""
    found: list[list[str]] = []
    for row in re.findall(r"<table:table-row>(.*?)</table:table-row>", content, re.DOTALL):
        cells = re.findall(r"<table:table-cell[^>]*?(?:/>|>(.*?)</table:table-cell>)", row, re.DOTALL)
        found.append([_shown(cell) for cell in cells])
    return found


def _shown(cell: str) -> str:
    first = re.search(r"<text:p>(.*?)</text:p>", cell, re.DOTALL)
    return re.sub("<[^>]+>", "", first.group(1)).strip() if first else ""
