"""Shared expressions, as PostgreSQL works them out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from db.tables import basic_info
from schema.basic_info import BasicInfo
from schema.expressions import contains, month, ratio
from schema.form import FORM, form_rows


@pytest.fixture
async def connection(database_url: str) -> AsyncGenerator[Any]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


async def answer(connection: Any, statement: sa.Select[Any]) -> list[Any]:
    compiled = statement.compile(dialect=dialect.dialect(), compile_kwargs={"render_postcompile": True})
    positions = compiled.positiontup or []
    return await connection.fetch(str(compiled), *(compiled.params[name] for name in positions))


async def value(connection: Any, expression: sa.ColumnElement[Any]) -> Any:
    return (await answer(connection, sa.select(expression)))[0][0]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, Decimal("0.333333")), (2, 0, None), (2, None, None), (None, 2, None), (0, 5, Decimal("0.000000"))],
)
async def test_a_ratio_has_six_decimals_and_no_zero_below(
    connection: Any, part: int | None, whole: int | None, expected: Decimal | None
) -> None:
    found = ratio(sa.literal(part, sa.Integer), sa.literal(whole, sa.Integer))
    assert await value(connection, found) == expected


async def test_a_month_is_year_and_month(connection: Any) -> None:
    assert await value(connection, month(sa.cast(sa.literal("2023-05-31"), sa.Date))) == "2023-05"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("科技", True),
        ("\uff21\uff22\uff23", True),
        ("abc", True),
        ("50%", True),
        ("5%", False),
        ("_", False),
        ("\\", False),
        ("%", True),
        ("", True),
    ],
)
async def test_a_search_takes_its_text_as_it_stands(connection: Any, text: str, expected: bool) -> None:
    folded = sa.func.keqi_fold(sa.literal("重庆ABC科技50%有限公司"), type_=sa.Text)
    assert await value(connection, contains(folded, sa.literal(text))) is expected


async def test_a_form_has_a_row_per_entry_with_its_visible_value(connection: Any) -> None:
    shown = sa.select(
        *(sa.cast(_SHOWN.get(column.name, sa.null()), column.type).label(column.name) for column in basic_info.c)
    ).subquery("shown")
    form = form_rows(BasicInfo, basic_info, shown.c)
    rows = await answer(connection, sa.select(form).select_from(shown.join(form, sa.true())).order_by(form.c.no))
    assert [row["no"] for row in rows] == list(range(1, len(FORM) + 1))
    found = {row["name"]: row for row in rows}
    assert (found["name"]["label"], found["name"]["value"]) == ("企业名称", "甲公司")
    assert (found["name"]["read_only"], found["name"]["required"]) == (True, True)
    assert (found["isListed"]["value"], found["isListed"]["read_only"]) == ("true", False)
    assert found["qualificationTags"]["value"] == "HNTE,SRDI"
    assert found["registeredCapital"]["value"] == "12.5000"
    assert found["contactMobile"]["value"] is None
    assert {row["source"] for row in rows} == {"BUSINESS_REGISTRY", "SELF_FILLED"}


_SHOWN: dict[str, sa.ColumnElement[Any]] = {
    "name": sa.literal("甲公司"),
    "is_listed": sa.true(),
    "registered_capital": sa.literal(Decimal("12.5")),
    "qualification_tags": sa.literal_column("ARRAY['HNTE', 'SRDI']"),
}
