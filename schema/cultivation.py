"""Cultivation progress by month (培育进度统计表, domain C27, §2.7): a row for each unit that owns records.

A closed month is shown as it was frozen, the current one as it stands (``cultivation_progress`` in the database). The
rank is among all units of the city, whoever asks: it is published like a figure of its own; the rows are the caller's
units'. A completion rate is null where the target is zero or was never set.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
import strawberry

from authz.errors import BadUserInput
from authz.scopes import STATISTICS, TALLIES
from db.enums import LibraryKey
from db.tables.libraries import CITY
from db.tables.rollups import CULTIVATED, cultivation_snapshot
from schema.declare import Chart, ChartKind, Format, Row, field, one
from schema.expressions import closed_month, current_month, month_text, ratio
from schema.given import CHINA
from schema.libraries.known import LIBRARIES
from schema.libraries.members import Branch
from schema.libraries.parameters import Chosen, LibrarySetting
from schema.places import AREAS, in_force
from schema.scalars import YearMonth
from schema.tabs import (
    FIRST_YEAR,
    LAST_YEAR,
    ONE,
    TOTAL_LABEL,
    ZERO,
    Kinds,
    TabRow,
    added_up,
    numbered,
    plain,
    rows_of_tab,
    summed,
    total_of_tab,
    worded,
)
from schema.units import Unit
from schema.visible import Asked, View, correlated, opened

FIGURES = [f"{figure}_{kind}" for kind in CULTIVATED for figure in ("target", "month_new", "ytd_new", "total")]
RESERVE = "reserve_hnte_count"
PROGRESS = sa.table(
    "cultivation_progress",
    sa.column("unit_code", sa.Text),
    sa.column("is_frozen", sa.Boolean),
    *(sa.column(name, sa.Integer) for name in [*FIGURES, RESERVE]),
)
RANK = sa.column("rank", sa.Integer)


@strawberry.type(description="各单位培育进度")
class CityProgress(Row, table=PROGRESS, scope=STATISTICS, key=("unit_code",)):
    """What the rank is taken from: every unit's figures of a month. It is never shown."""

    unit_code: str = field("主管单位代码")


@strawberry.type(description="本单位培育进度")
class OwnProgress(Row, table=sa.table("ranked", sa.column("unit_code", sa.Text)), scope=TALLIES, key=("unit_code",)):
    """What the rows are made of: the figures and the ranks of the caller's units."""

    unit_code: str = field("主管单位代码")


@strawberry.type(description="封存的培育进度")
class FrozenProgress(Row, table=cultivation_snapshot, scope=STATISTICS, key=("month",)):
    """Tells which months are frozen."""

    month: int = field("月份")


def target(label: str, kind: str) -> Any:
    """Declare the sum of a year's targets; null where no unit has one."""
    return summed(label, lambda cells: sa.func.sum(cells[f"target_{kind}"]))


def progress(label: str, column: str) -> Any:
    """Declare the sum of a figure."""
    return summed(label, lambda cells: sa.func.coalesce(sa.func.sum(cells[column]), ZERO))


class _ForTheCity(Asked):
    """Asks with what the city saved: a figure that is compared must not depend on who looks at it."""

    def open(self, kind: type[Row]) -> tuple[View, list[sa.ColumnElement[bool]]]:
        """Rows of ``kind``; of saved parameters the city's alone."""
        view, conditions = super().open(kind)
        return view, [*conditions, view.raw.holder == plain(CITY)] if kind is LibrarySetting else conditions


def _reserve(row: View) -> sa.ColumnElement[int]:
    """The size of the reserve library: as it was frozen; in the current month as it is now, by the city's parameters.

    How large it was in a month that nobody froze is not known. Members are sought only where this is selected: it is
    the one figure of the page that no roll-up holds.
    """
    branch = Branch(_ForTheCity(row.frame, row, {}, row.path), LIBRARIES[LibraryKey.HNTE_RESERVE], Chosen())
    members = branch.select(only_members=True)
    own = members.get_final_froms()
    unit, area = branch.enterprise.raw.unit_code, AREAS.alias(row.frame.name())
    in_city = sa.and_(row.raw.is_total, unit.in_(sa.select(area.c.unit_code)))
    counted = members.with_only_columns(sa.func.count()).where(sa.or_(unit == row.raw.unit_code, in_city))
    found = correlated(counted, *own).scalar_subquery()
    return sa.case((row.raw.is_frozen, row.raw[RESERVE]), (row.raw.is_current, found))


def rate(label: str, kind: str) -> Any:
    """Declare a completion rate: what the year brought so far, out of the year's target."""
    return field(
        label,
        format=Format.PERCENT,
        expr=lambda r: ratio(getattr(r, f"ytd_new_{kind}"), getattr(r, f"annual_target_{kind}")),
    )


NEW = ("ytd_new_tech_enterprise", "ytd_new_hnte", "ytd_new_tech_sme")
RATES = ("tech_completion_rate", "hnte_completion_rate", "sme_completion_rate")


@strawberry.type(description="培育进度统计表")
class CultivationProgressRow(
    TabRow,
    charts=(
        Chart("各单位本年新增", ChartKind.BARS, NEW, ("unit_name",)),
        Chart("各单位年度目标完成率", ChartKind.BARS, RATES, ("unit_name",)),
    ),
):
    """A unit's month, for technology-based enterprises, high-tech enterprises and technology-based SMEs."""

    keys: ClassVar[Kinds] = {"unit_code": sa.Text(), "unit_name": sa.Text(), "rank": sa.Integer()}

    no: int | None = field("序号")
    unit_name: str = field("区县")
    unit: Unit | None = one("区县", keys={"code": "unit_code"})
    annual_target_tech_enterprise: int | None = target("科技型企业年度目标", "tech_enterprise")
    month_new_tech_enterprise: int = progress("科技型企业当月新增", "month_new_tech_enterprise")
    ytd_new_tech_enterprise: int = progress("科技型企业本年新增", "ytd_new_tech_enterprise")
    total_tech_enterprise: int = progress("科技型企业总数", "total_tech_enterprise")
    tech_completion_rate: Decimal | None = rate("科技型企业完成率", "tech_enterprise")
    annual_target_hnte: int | None = target("高新技术企业年度目标", "hnte")
    month_new_hnte: int = progress("高新技术企业当月新增", "month_new_hnte")
    ytd_new_hnte: int = progress("高新技术企业本年新增", "ytd_new_hnte")
    total_hnte: int = progress("高新技术企业总数", "total_hnte")
    hnte_completion_rate: Decimal | None = rate("高新技术企业完成率", "hnte")
    annual_target_tech_sme: int | None = target("科技型中小企业年度目标", "tech_sme")
    month_new_tech_sme: int = progress("科技型中小企业当月新增", "month_new_tech_sme")
    ytd_new_tech_sme: int = progress("科技型中小企业本年新增", "ytd_new_tech_sme")
    total_tech_sme: int = progress("科技型中小企业总数", "total_tech_sme")
    sme_completion_rate: Decimal | None = rate("科技型中小企业完成率", "tech_sme")
    reserve_hnte_count: int | None = summed(
        "高企后备库企业数", lambda cells: sa.func.sum(cells[RESERVE]), expr=_reserve
    )
    rank: int | None = field("科技型企业完成率排名")

    @classmethod
    def made(cls, asked: Asked, *, rows: bool, total: bool) -> sa.FromClause:
        """The figures of the caller's units, and their sums."""
        ranked = _ranked(asked)
        own, conditions = opened(asked.frame, OwnProgress, asked.path, source=ranked)
        keys = (ranked.c.unit_code, ranked.c.unit_name, ranked.c.rank)
        frozen = sa.func.coalesce(sa.func.bool_or(ranked.c.is_frozen), sa.false()).label("is_frozen")
        added = added_up(keys, [*cls.totals(ranked), frozen], rows=rows, total=total)
        grouped = added.select_from(own.source).where(*conditions).subquery(asked.frame.name())
        row = grouped.c
        name = worded(row.is_total, row.unit_name, "", TOTAL_LABEL).label("unit_name")
        others = [column for column in row if column.name != "unit_name"]
        current = (asked.row.raw.month == current_month()).label("is_current")
        shown = sa.select(numbered(row.is_total, row.unit_code), name, *others, current)
        return shown.select_from(grouped).correlate(asked.row.source).lateral(asked.frame.name())


def _ranked(asked: Asked) -> sa.Subquery:
    """Every unit of the city with its figures of the month and its rank; equal rates share one."""
    month = asked.row.raw.month
    listed = [sa.column(column.name, column.type) for column in PROGRESS.c]
    function = sa.func.cultivation_progress(month).table_valued(*listed, name=asked.frame.name())
    city, conditions = opened(asked.frame, CityProgress, asked.path, source=function)
    unit, _ = asked.open(Unit)
    area = AREAS.alias(asked.frame.name())
    figures = city.raw
    rated = ratio(figures.ytd_new_tech_enterprise, figures.target_tech_enterprise)
    rank = sa.case((rated.is_not(None), sa.func.rank().over(order_by=rated.desc().nulls_last())))
    began = sa.func.to_date(sa.cast(month, sa.Text), plain("YYYYMM"))
    counted = figures.total_tech_enterprise + figures.total_hnte + figures.total_tech_sme
    return (
        sa.select(
            *figures,
            unit.raw.name.label("unit_name"),
            sa.cast(rank, sa.Integer).label("rank"),
        )
        .select_from(
            city.source.join(area, area.c.unit_code == figures.unit_code).join(
                unit.source, unit.raw.code == figures.unit_code
            )
        )
        .where(*conditions, sa.or_(in_force(area.c, began), counted > ZERO))
        .correlate(asked.row.source)
        .subquery(asked.frame.name())
    )


def _is_frozen(row: View) -> sa.ColumnElement[bool]:
    frozen, conditions = opened(row.frame, FrozenProgress, row.path)
    found = sa.select(ONE).select_from(frozen.source).where(frozen.raw.month == row.raw.month, *conditions)
    return sa.exists(correlated(found, frozen.source))


@strawberry.type(description="培育进度统计表")
class CultivationProgressTable(
    Row, table=sa.table("cultivation_month", sa.column("month", sa.Integer)), scope=STATISTICS
):
    """A month. ``is_frozen``: it is closed, and shown as it stood when it was."""

    month: YearMonth = field("月份", expr=lambda r: month_text(r.raw.month))
    is_frozen: bool = field("是否已封存", expr=_is_frozen)
    rows: list[CultivationProgressRow] = rows_of_tab()
    total: CultivationProgressRow = total_of_tab()


LAST_MONTH = (LAST_YEAR + 1) * 100 + 12
"""A month stands on the year before its own."""
MONTH: Mapping[str, Any] = {"month": YearMonth | None}


def monthly(label: str) -> Any:
    """Declare the page of a month; without one the latest closed month is meant [P] (domain §1.4)."""
    return one(label, keys={}, header="", arguments=MONTH, source=_of_month)


def _of_month(asked: Asked) -> sa.FromClause:
    given = asked.given.get("month")
    asked.frame.meant.add("month")
    default = closed_month()
    if given is None:
        _checked_month(None)  # refused past what is kept, like one that is given
    month = (
        default
        if given is None
        else sa.func.coalesce(asked.frame.binder.bind(given, sa.Integer(), _checked_month), default, type_=sa.Integer)
    )
    return sa.select(month.label("month")).lateral(asked.frame.name())


def _checked_month(value: Any) -> int | None:
    """A month as a number: 202305; none where none is given."""
    month = month_told(value, dt.datetime.now(CHINA))
    return None if value is None else month


def month_told(value: str | None, now: dt.datetime) -> int:
    """The month that is asked for, the latest closed one without ``value``, as a number.

    Raises:
        BadUserInput: it has not begun, or what is kept does not reach to it.
    """
    closed = now.replace(day=1) - dt.timedelta(days=1)
    month = closed.year * 100 + closed.month if value is None else int(value.replace("-", ""))
    last = min(now.year * 100 + now.month, LAST_MONTH)
    if not FIRST_YEAR * 100 <= month <= last:
        message = f"月份应在 {FIRST_YEAR}-01 至 {last // 100}-{last % 100:02} 之间"
        raise BadUserInput("month", message, detail=f"month out of range: {value or month}")
    return month
