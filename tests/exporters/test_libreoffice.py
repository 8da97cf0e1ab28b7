"""LibreOffice opens the workbook as it is, without repair, and shows what was put in."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from exporters.copying import Connection
from exporters.sheet import CellKind, Sheet, SheetColumn, SheetLimits
from tests.exporters.test_texts import AWKWARD
from tests.exporters.workbooks import lines, workbook

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"


@pytest.fixture(scope="module", autouse=True)
def _needs_libreoffice() -> None:
    if SOFFICE is None:
        if os.environ.get("KEQI_REQUIRE_LIBREOFFICE") == "1":
            pytest.fail("LibreOffice is required here and was not found")
        pytest.skip("LibreOffice is not installed")


async def shown(content: bytes, folder: Path) -> list[list[str]]:
    """The first sheet's rows as LibreOffice writes them into a csv file; its log must not speak of repair."""
    assert SOFFICE is not None
    source = folder / "book.xlsx"
    source.write_bytes(content)
    profile = (folder / "profile").as_uri()
    process = await asyncio.create_subprocess_exec(
        SOFFICE,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--norestore",
        "--convert-to",
        AS_CSV,
        "--outdir",
        str(folder),
        str(source),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"repair" not in said.lower()
    written = folder / "book-文本.csv"
    written = written if written.exists() else folder / "book.csv"
    return list(csv.reader(io.StringIO(written.read_bytes().decode(), newline="")))


def book_sheet() -> Sheet:
    """Texts beside one value of each other kind."""
    table = lines("texts", sa.Text())
    hidden = table.c.n == sa.literal_column("3")
    columns = (
        SheetColumn("=文本", CellKind.TEXT, table.c.x, hidden=hidden),
        SheetColumn("金额（千元）", CellKind.DECIMAL, sa.literal_column("1234.5::numeric(18,3)", sa.Numeric(18, 3))),
        SheetColumn("日期", CellKind.DATE, sa.literal_column("date '2026-02-28'", sa.Date())),
        SheetColumn("空", CellKind.INTEGER, sa.null().cast(sa.Integer)),
    )
    return Sheet("文本", columns, sa.select().select_from(table).order_by(table.c.n))


async def test_awkward_workbook_opens_and_shows_every_cell(connection: Connection, tmp_path: Path) -> None:
    # LibreOffice itself knows no CR and no separators of lines and paragraphs inside a cell.
    texts = [text for text in AWKWARD if not set(text) & set("\r\u2028\u2029")]
    rows = await shown(await workbook(connection, [book_sheet()], {"texts": texts}), tmp_path)
    assert rows[0] == ["=文本", "金额（千元）", "日期", "空"]
    assert [row[0] for row in rows[1:]] == texts
    assert {tuple(row[1:]) for row in rows[1:]} == {("1234.5", "2026-02-28", "")}


async def test_a_sheet_that_goes_on_in_a_further_one_opens(connection: Connection, tmp_path: Path) -> None:
    texts = [f"第{n}行" for n in range(250)]
    content = await workbook(connection, [book_sheet()], {"texts": texts}, limits=SheetLimits(rows=100))
    rows = await shown(content, tmp_path)
    assert [row[0] for row in rows[1:]] == texts[:100]
