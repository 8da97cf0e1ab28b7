"""csv: the same values, read back equal; what begins like a formula is guarded and given back."""

from __future__ import annotations

import csv
import io

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.copying import Connection
from exporters.sheet import CellKind, Sheet, SheetColumn
from tests.exporters.test_texts import AWKWARD, texts
from tests.exporters.workbooks import csv_file, numbered, one_row, text_sheet

STARTS = "=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20"


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def taken_off(text: str) -> str:
    """What the import does: one leading ' off."""
    return text.removeprefix("'")


@given(st.lists(st.one_of(texts, st.sampled_from(AWKWARD)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_is_guarded_and_comes_back_equal(connection: Connection, given_texts: list[str]) -> None:
    read = rows(await csv_file(connection, text_sheet(), {"texts": given_texts}))[1:]
    assert [taken_off(row[0] if row else "") for row in read] == given_texts
    assert not any(row and row[0].startswith(tuple(STARTS.replace("'", ""))) for row in read)


async def test_values_as_on_the_screen(connection: Connection) -> None:
    sheet = one_row(
        SheetColumn("=编号", CellKind.TEXT, sa.literal_column("'911101080000000000'", sa.Text())),
        SheetColumn("金额（千元）", CellKind.DECIMAL, sa.literal_column("-1234.500::numeric(18,3)", sa.Numeric(18, 3))),
        SheetColumn("年份", CellKind.YEAR, sa.literal_column("2025", sa.Integer())),
        SheetColumn("占比", CellKind.RATIO, sa.literal_column("0.125", sa.Numeric())),
        SheetColumn("日期", CellKind.DATE, sa.literal_column("date '2026-02-28'", sa.Date())),
        SheetColumn(
            "时间",
            CellKind.DATETIME,
            sa.literal_column("timestamptz '2026-02-28 16:30Z'", sa.DateTime(timezone=True)),
        ),
        SheetColumn("是否", CellKind.BOOLEAN, sa.literal_column("true", sa.Boolean())),
        SheetColumn("状态", CellKind.ENUM, sa.literal_column("'DRAFT'", sa.Text()), labels={"DRAFT": "草稿"}),
        SheetColumn("标签", CellKind.LIST, sa.literal_column("ARRAY['甲','乙']", sa.ARRAY(sa.Text()))),
        SheetColumn("空", CellKind.TEXT, sa.null().cast(sa.Text)),
        SheetColumn("空文", CellKind.TEXT, sa.literal_column("''", sa.Text())),
    )
    content = await csv_file(connection, sheet)
    assert content.startswith(b"\xef\xbb\xbf")
    head, line, end = content.decode("utf-8-sig").split("\r\n")
    assert head.startswith('"\'=编号","金额（千元）"')
    assert line == '911101080000000000,-1234.500,2025,0.125,2026-02-28,2026-03-01 00:30:00,是,草稿,甲、乙,,""'
    assert end == ""


async def test_line_ends_inside_a_value_stay_as_they_are(connection: Connection) -> None:
    content = await csv_file(connection, text_sheet(), {"texts": ["a\nb", "c\r\nd", 'say "x"', "e"]})
    assert content.decode("utf-8-sig") == '"名称"\r\n"a\nb"\r\n"c\r\nd"\r\n"say ""x"""\r\ne\r\n'


async def test_more_columns_than_a_target_list_takes(connection: Connection) -> None:
    table = numbered(2)
    values = ["x", "=1", "a,b", 'q"q', "l\nl", "", "\x01", "\x01\x01y", "back\\slash"]
    columns = [
        SheetColumn(f"列{n}", CellKind.TEXT, sa.literal(values[n % len(values)], sa.Text())) for n in range(1_700)
    ]
    sheet = Sheet("宽", (*columns, SheetColumn("数", CellKind.INTEGER, table.c.n)), sa.select().select_from(table))
    read = rows(await csv_file(connection, sheet))
    assert len(read) == 3
    assert [taken_off(text) for text in read[1][:-1]] == [values[n % len(values)] for n in range(1_700)]
    assert [row[-1] for row in read[1:]] == ["1", "2"]


async def test_labels_without_number_and_odd_states(connection: Connection) -> None:
    many = {f"V{n}": f"第{n}类" for n in range(40)}
    sheet = one_row(
        SheetColumn("甲", CellKind.ENUM, sa.literal_column("'V39'", sa.Text()), labels=many),
        SheetColumn("乙", CellKind.ENUM, sa.literal_column("'NEW'", sa.Text()), labels=many),
        SheetColumn("丙", CellKind.BOOLEAN, sa.literal_column("NULL::boolean", sa.Boolean())),
    )
    assert rows(await csv_file(connection, sheet))[1] == ["第39类", "NEW", ""]
