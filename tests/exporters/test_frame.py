"""The frame: names Excel takes, columns wide enough, a frozen header with a filter, and nothing leaked."""

from __future__ import annotations

import getpass
import io
import socket
import zipfile
from dataclasses import replace

import pytest
import sqlalchemy as sa

from exporters.copying import Connection
from exporters.frame import column_width, number_format
from exporters.sheet import CellKind, Outcome, Sheet, SheetColumn, SheetLimits, sheet_titles
from tests.exporters.workbooks import PROVENANCE, by_openpyxl, numbered, one_row, opened, text_sheet, workbook

LARGEST = {
    CellKind.INTEGER: "-2,147,483,648",
    CellKind.YEAR: "2035",
    CellKind.DECIMAL: "-99,999,999,999.999",  # 千元: a hundred trillion yuan
    CellKind.RATIO: "-99,999.99%",
    CellKind.DATE: "2026-02-28",
    CellKind.DATETIME: "2026-02-28 16:30:15",
}


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["企业"], ["企业"]),
        (["企业", "企业", "企业"], ["企业", "企业 (2)", "企业 (3)"]),
        (["Report", "REPORT"], ["Report", "REPORT (2)"]),
        (["a/b\\c?d*e[f]g:h"], ["a b c d e f g h"]),
        (["'quoted'"], ["quoted"]),
        (["", "History", "说明"], ["数据", "数据 (2)", "说明 (2)"]),
        (["长" * 40], ["长" * 31]),
        (["长" * 40, "长" * 40], ["长" * 31, "长" * 27 + " (2)"]),
        (["😀" * 20], ["😀" * 15]),
        (["a\x01\nb"], ["a  b"]),
    ],
)
def test_sheet_names_are_ones_excel_takes(wanted: list[str], given: list[str]) -> None:
    assert sheet_titles(wanted) == given


async def test_a_long_name_goes_on_under_a_name_of_its_own(connection: Connection) -> None:
    table = numbered(3)
    columns = (SheetColumn("n", CellKind.INTEGER, table.c.n),)
    one = one_row(SheetColumn("n", CellKind.TEXT, sa.literal("x", sa.Text())))
    sheets = [Sheet("长" * 31, columns, sa.select().select_from(table)), replace(one, title="长" * 27 + " (2)")]
    content = await workbook(connection, sheets, limits=SheetLimits(rows=2))
    assert opened(content).sheetnames == ["长" * 31, "长" * 27 + " (3)", "长" * 27 + " (2)", "说明"]


def numbers(rows: int) -> sa.Select[tuple[()]]:
    return sa.select().select_from(numbered(rows))


@pytest.mark.parametrize(("kind", "text"), list(LARGEST.items()))
def test_no_number_is_shown_as_hashes(kind: CellKind, text: str) -> None:
    column = SheetColumn("数", kind, sa.null())
    assert column_width(column) >= len(text) + 1


def test_a_header_has_room_for_itself_and_its_filter_button() -> None:
    assert column_width(SheetColumn("主营业务收入（千元）", CellKind.DATE, sa.null())) >= 20 + 4
    assert column_width(SheetColumn("很长" * 40, CellKind.TEXT, sa.null())) < 60
    assert column_width(SheetColumn("x", CellKind.TEXT, sa.null(), width=7)) == 7
    assert number_format(SheetColumn("x", CellKind.DECIMAL, sa.null(), places=4)) == "#,##0.0000"


async def test_header_is_frozen_and_filtered(connection: Connection) -> None:
    page = opened(await workbook(connection, [text_sheet()], {"texts": ["a", "b"]})).worksheets[0]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:A3"
    assert page["A1"].font.b is True


async def test_a_sheet_without_rows_is_a_sheet_with_its_header(connection: Connection) -> None:
    content = await workbook(connection, [text_sheet()], {"texts": []})
    assert by_openpyxl(content) == []
    assert opened(content).worksheets[0]["A1"].value == "名称"


async def test_note_says_who_what_when_and_what_was_held_back(connection: Connection) -> None:
    content = await workbook(connection, [text_sheet()], {"texts": ["a"] * 1_234})
    note = {str(row[0].value): str(row[1].value) for row in opened(content)["说明"].iter_rows()}
    assert note["标题"] == "企业列表"
    assert note["导出账号"] == "yubei"
    assert note["角色"] == "区县科技局"
    assert note["所属单位"] == "渝北区"
    assert note["导出时间"].startswith("2026-03-01 16:30:00")
    assert note["查询条件"] == "年份 = 2025"
    assert note["受限字段"] == "无"
    assert note["数据行数"] == "文本：1,234 行"


async def test_the_file_names_neither_machine_nor_user(connection: Connection) -> None:
    content = await workbook(connection, [text_sheet()], {"texts": ["a"]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (socket.gethostname(), f"/{getpass.getuser()}"):
        assert secret.encode() not in whole
    properties = opened(content).properties
    assert (properties.creator, properties.lastModifiedBy) == ("keqi", None)
    assert properties.created is not None
    assert properties.created.isoformat() == "2026-03-01T08:30:00"


async def test_a_sheet_taken_again_with_other_values(connection: Connection) -> None:
    sheet, outcome = text_sheet(), Outcome()
    first = await workbook(connection, [sheet], {"texts": ["a", "$1"]})
    second = await workbook(
        connection,
        [sheet, one_row(SheetColumn("b", CellKind.TEXT, sa.literal("<", sa.Text())))],
        {"texts": ["c'd"]},
        outcome=outcome,
    )
    assert by_openpyxl(first) == [["a"], ["$1"]]
    assert [by_openpyxl(second, number) for number in (0, 1)] == [[["c'd"]], [["<"]]]
    assert outcome.rows == [1, 1]


def test_a_sheet_needs_columns_and_a_moment_its_zone() -> None:
    with pytest.raises(ValueError, match="no columns"):
        Sheet("空", (), numbers(1))
    with pytest.raises(ValueError, match="16384"):
        Sheet("宽", (SheetColumn("n", CellKind.INTEGER, sa.null()),) * 16_385, numbers(1))
    naive = PROVENANCE.exported_at.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        type(PROVENANCE)(title="t", account="a", role="r", exported_at=naive)
