"""Numbers are numbers, dates are dates, codes stay text, and hidden is told apart from absent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from exporters.copying import Connection
from exporters.sheet import CellKind, Sheet, SheetColumn
from tests.exporters.workbooks import by_calamine, by_openpyxl, cells, lines, one_row, workbook

LABELS = {"DRAFT": "草稿", "SUBMITTED": "已提交 <&> '是'"}


def column(kind: CellKind, expression: str, of: sa.types.TypeEngine[Any], **more: Any) -> SheetColumn:
    return SheetColumn(kind.value, kind, sa.literal_column(expression, of), **more)


async def test_numbers_are_numbers_with_the_kinds_format(connection: Connection) -> None:
    sheet = one_row(
        column(CellKind.INTEGER, "2147483647", sa.Integer()),
        column(CellKind.YEAR, "2025", sa.Integer()),
        column(CellKind.DECIMAL, "-123456789.125::numeric(18,3)", sa.Numeric(18, 3)),
        column(CellKind.DECIMAL, "1.5::numeric(18,4)", sa.Numeric(18, 4), places=4),
        column(CellKind.DECIMAL, "7::numeric", sa.Numeric(), places=0),
        column(CellKind.RATIO, "0.1234", sa.Numeric()),
        column(CellKind.RATIO, "1e-7::float8", sa.Float()),
    )
    row = cells(await workbook(connection, [sheet]))[0]
    assert [cell.value for cell in row] == [2147483647, 2025, -123456789.125, 1.5, 7, 0.1234, 1e-7]
    assert [cell.number_format for cell in row] == [
        "#,##0",
        "0",
        "#,##0.000",
        "#,##0.0000",
        "#,##0",
        "0.00%",
        "0.00%",
    ]
    assert {cell.data_type for cell in row} == {"n"}


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("kind", ["numeric", "float8"])
async def test_no_number_that_excel_does_not_know(connection: Connection, odd: str, kind: str) -> None:
    of = sa.Numeric() if kind == "numeric" else sa.Float()
    sheet = one_row(
        column(CellKind.DECIMAL, f"'{odd}'::{kind}", of),
        column(CellKind.DECIMAL, "1.5::numeric(18,3)", sa.Numeric(18, 3)),
        column(CellKind.TEXT, "'<a>'", sa.Text()),
    )
    assert by_openpyxl(await workbook(connection, [sheet])) == [[odd, 1.5, "<a>"]]


async def test_not_a_number_in_a_column_with_precision(connection: Connection) -> None:
    sheet = one_row(column(CellKind.DECIMAL, "'NaN'::numeric(18,3)", sa.Numeric(18, 3)))
    assert by_openpyxl(await workbook(connection, [sheet])) == [["NaN"]]


async def test_dates_are_dates_and_what_excel_cannot_hold_is_text(connection: Connection) -> None:
    days = [
        dt.date(1900, 3, 1),
        dt.date(2026, 2, 28),
        dt.date(9999, 12, 30),
        dt.date(1900, 2, 28),
        dt.date(2, 1, 1),
        None,
    ]
    table = lines("days", sa.Date())
    sheet = Sheet(
        "日期", (SheetColumn("日期", CellKind.DATE, table.c.x),), sa.select().select_from(table).order_by(table.c.n)
    )
    content = await workbook(connection, [sheet], {"days": days})
    rows = cells(content)
    assert [row[0].value for row in rows[:3]] == [dt.datetime.combine(day, dt.time()) for day in days[:3] if day]
    assert {row[0].number_format for row in rows} == {"yyyy-mm-dd"}
    assert [row[0].value for row in rows[3:]] == ["1900-02-28", "0002-01-01", None]
    assert [row[0] for row in by_calamine(content)][:3] == days[:3]


async def test_infinite_dates_do_not_break_the_file(connection: Connection) -> None:
    sheet = one_row(column(CellKind.DATE, "'infinity'::date", sa.Date()))
    assert by_openpyxl(await workbook(connection, [sheet])) == [["infinity"]]


async def test_moments_are_beijing_time(connection: Connection) -> None:
    sheet = one_row(
        column(CellKind.DATETIME, "timestamptz '2026-02-28 16:30:15.5Z'", sa.DateTime(timezone=True)),
        column(CellKind.DATETIME, "timestamp '2026-02-28 16:30:15'", sa.DateTime()),
        column(CellKind.DATETIME, "NULL::timestamptz", sa.DateTime(timezone=True)),
    )
    row = cells(await workbook(connection, [sheet]))[0]
    shown = [cell.value.isoformat() if isinstance(cell.value, dt.datetime) else cell.value for cell in row]
    assert shown == ["2026-03-01T00:30:15.500000", "2026-02-28T16:30:15", None]


async def test_codes_of_eighteen_digits_stay_text(connection: Connection) -> None:
    sheet = one_row(column(CellKind.TEXT, "'123456789012345678'", sa.Text(), plain=True))
    cell = cells(await workbook(connection, [sheet]))[0][0]
    assert (cell.value, cell.number_format, cell.data_type) == ("123456789012345678", "@", "s")


async def test_labels_and_yes_no(connection: Connection) -> None:
    table = lines("codes", sa.Text())
    many = {f"V{n}": f"第{n}类<" for n in range(40)}
    sheet = Sheet(
        "状态",
        (
            SheetColumn("状态", CellKind.ENUM, table.c.x, labels=LABELS),
            SheetColumn("是否提交", CellKind.BOOLEAN, table.c.x == sa.literal_column("'SUBMITTED'")),
            SheetColumn("多值", CellKind.ENUM, sa.literal_column("'V' || n", sa.Text()), labels=many),
        ),
        sa.select().select_from(table).order_by(table.c.n),
    )
    content = await workbook(connection, [sheet], {"codes": ["DRAFT", "SUBMITTED", None, "NEW<&\x01"]})
    assert by_openpyxl(content) == [
        ["草稿", "否", "第1类<"],
        ["已提交 <&> '是'", "是", "第2类<"],
        [None, None, "第3类<"],
        ["NEW   ", "否", "第4类<"],
    ]


async def test_hidden_is_told_apart_from_absent_by_style(connection: Connection) -> None:
    table = lines("values", sa.Integer())
    hidden = table.c.n == sa.literal_column("2")
    sheet = Sheet(
        "规则",
        (
            SheetColumn("数", CellKind.DECIMAL, sa.cast(table.c.x, sa.Numeric(18, 3)), hidden=hidden),
            SheetColumn("电话", CellKind.TEXT, sa.cast(table.c.x, sa.Text()), hidden=hidden),
            SheetColumn("整列", CellKind.INTEGER, sa.null().cast(sa.Integer), redacted=True),
        ),
        sa.select().select_from(table).order_by(table.c.n),
    )
    rows = cells(await workbook(connection, [sheet], {"values": [1, None, None]}))
    dressed = [["lightUp" in repr(cell.fill) for cell in row] for row in rows]
    assert dressed == [[False, False, True], [True] * 3, [False, False, True]]
    assert [cell.value for cell in rows[1]] == [None, None, None]
    assert rows[1][0].number_format == "#,##0.000"


async def test_parameters_of_any_type_and_text_that_looks_like_one(connection: Connection) -> None:
    table = lines("texts", sa.Text())
    source = (
        sa.select()
        .select_from(table)
        .where(
            table.c.x.in_(["a'b", "$1", "\\"]),
            sa.literal(dt.date(2026, 1, 1)) < sa.bindparam("day", type_=sa.Date()),
            sa.bindparam("amount", type_=sa.Numeric()) > 1,
            sa.bindparam("missing", type_=sa.Text()).is_(None),
        )
        .order_by(table.c.n)
    )
    dollar = sa.literal_column("'$1'", sa.Text())
    array = sa.func.array_to_string(sa.bindparam("codes", type_=postgresql.ARRAY(sa.Text)), "-", type_=sa.Text())
    columns = (
        SheetColumn("甲", CellKind.TEXT, table.c.x),
        SheetColumn("乙", CellKind.TEXT, dollar),
        SheetColumn("丙", CellKind.TEXT, array),
    )
    parameters = {
        "texts": ["a'b", "$1", "no", "\\"],
        "day": dt.date(2026, 5, 1),
        "amount": Decimal("1.5"),
        "missing": None,
        "codes": ["x'", '"y"', "\\z"],
    }
    content = await workbook(connection, [Sheet("参数", columns, source)], parameters)
    joined = 'x\'-"y"-\\z'
    assert by_openpyxl(content) == [["a'b", "$1", joined], ["$1", "$1", joined], ["\\", "$1", joined]]
