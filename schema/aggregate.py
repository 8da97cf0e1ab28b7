"""Aggregates: one measure by up to three dimensions, over the enterprises that a filter and the caller's scope leave.

A cell is made of visible values: what a rule hides counts as not reported, what the role may never see is refused.
The rows a client gets and the question they answer; the SQL that adds them up stands in ``cells``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import strawberry

from authz.rules import SINGLE_AMOUNT
from authz.scopes import AGGREGATES
from schema import inputs
from schema.cells import SHAPE, Question, added_up, keys_of
from schema.declare import Row, field, many, one
from schema.enterprise import Enterprise
from schema.inputs import filter_name
from schema.measures import Dimension, Measure
from schema.visible import Asked


@strawberry.type(description="统计维度的取值")
class AggregateKey(
    Row,
    table=sa.table(
        "aggregate_key",
        sa.column("no", sa.Integer),
        sa.column("dimension", sa.Text),
        sa.column("value", sa.Text),
        sa.column("label", sa.Text),
    ),
    scope=AGGREGATES,
    order=("no",),
    key=("no",),
):
    """Where a cell stands in one dimension: a unit's code, an enumeration's value, true or false, or a year."""

    dimension: Dimension = field("维度")
    value: str | None = field("取值")
    label: str | None = field("名称")


@strawberry.type(description="自选统计的一行")
class AggregateRow(Row, table=SHAPE, scope=AGGREGATES, order=("is_total", "no"), key=("no",)):
    """One cell, or the total of all. Not reported is not zero: a sum of nothing reported is null."""

    first: str | None = field("维度一")
    second: str | None = field("维度二")
    third: str | None = field("维度三")
    keys: list[AggregateKey] = many("维度取值", keys={}, source=keys_of)
    value: Decimal | None = field("合计值")
    enterprises: int = field("企业数", unit="家")
    reported_count: int = field("有数据的企业数", unit="家")
    average: Decimal | None = field("平均值")
    minimum: Decimal | None = field("最小值", visible=SINGLE_AMOUNT)
    maximum: Decimal | None = field("最大值", visible=SINGLE_AMOUNT)
    suppressed: bool = field("是否因企业过少隐去金额")


def _cells(asked: Asked) -> sa.FromClause:
    return added_up(Question.of(asked), by_key=True, total=asked.frame.totals)


def _total(asked: Asked) -> sa.FromClause:
    return added_up(Question.of(asked), by_key=False, total=True)


@strawberry.type(description="自选统计")
class AggregateTable(
    Row,
    table=sa.table("aggregate_table", sa.column("label", sa.Text), sa.column("unit", sa.Text)),
    scope=AGGREGATES,
):
    """The cells in the order of their keys, and the total, which is counted anew and not added up."""

    label: str = field("指标")
    unit: str | None = field("单位")
    rows: list[AggregateRow] = many("各项", keys={}, order=("is_total", "no"), source=_cells, total=False)
    total: AggregateRow = one("合计", keys={}, source=_total, total=True)


ARGUMENTS: dict[str, Any] = {
    "of": Measure,
    "by": list[Dimension],
    "filter": getattr(inputs, filter_name(Enterprise)) | None,
    "year": int | None,
}
"""What is asked: of what, by what, over which enterprises, by the reports of which year."""


DESCRIPTION = (
    "自选统计：一个指标，最多三个维度。年报指标按调用者可见的全部年报计算，含草稿、待审和退回的；"
    "只统计审核通过的，用 by: [REPORT_STATUS] 分列"
)
"""Officers see reports of any status (domain C18), and what they see is added up."""


def aggregate() -> Any:
    """Declare the field that answers one question."""
    made = one("自选统计", keys={}, arguments=ARGUMENTS, source=lambda asked: Question.asked_of(asked).described())
    made.description = DESCRIPTION
    return made
