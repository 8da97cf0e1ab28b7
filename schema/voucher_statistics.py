"""Applications for innovation vouchers by four dimensions (科技创新券申领统计表, domain C23, §2.6).

A dimension is a class of a line or two: the enumeration, the series of the roll-up, and the word for a value that an
application does not have. Every value has its row, even at zero; the total counts enterprises anew, for one that
applied for two types is one. Size, industry and field are those of the application's year.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
import strawberry

from db.enums import Labelled
from db.tables.base import Wyuan
from schema.declare import WYUAN, Chart, ChartKind, field
from schema.enums import LABELS, EnterpriseSize, HiTechField, IndustryCategory, VoucherType
from schema.places import Tally, in_city
from schema.tabs import TOTAL_LABEL, ZERO, Kinds, Page, Query, Table, TabRow, plain, summed, tab
from schema.visible import Asked

SHEETS = "张"
NOT_FILLED_IN = "未填"
OF_ALL = "VOUCHER_ALL"


def added(label: str, column: str, unit: str, kind: sa.types.TypeEngine[Any] | None = None) -> Any:
    """Declare a sum of a roll-up's column."""
    return summed(label, lambda cells: sa.func.coalesce(sa.func.sum(cells[column]), ZERO), unit=unit, kind=kind)


@strawberry.type(description="创新券申领统计行")
class VoucherRow(TabRow):
    """A value of the dimension. ``name`` is its word, or 合计; ``value`` is null in the total and where unknown."""

    keys: ClassVar[Kinds] = {"name": sa.Text(), "value": sa.Text()}
    words: ClassVar[Mapping[str, str]] = {}
    """The values in their order, with their words."""
    by: ClassVar[type[Labelled]] = Labelled
    series: ClassVar[str] = ""

    no: int | None = field("序号")
    enterprises: int = added("申领企业数", "entities", "家")
    applications: int = added("申领笔数", "records", SHEETS)
    applied_amount: Decimal = added("申领金额", "applied", WYUAN, Wyuan)
    approved_amount: Decimal = added("核定金额", "approved", WYUAN, Wyuan)

    def __init_subclass__(cls, *, by: type[Labelled], series: str, unknown: str | None = None) -> None:
        """Declare a dimension; ``unknown`` is the series' word for a missing value, where ``by`` has none."""
        cls.words = {value.value: value.label for value in by} | ({unknown: NOT_FILLED_IN} if unknown else {})
        cls.by, cls.series = by, series
        label = LABELS[by]
        super().__init_subclass__(
            charts=(
                Chart(f"各{label}申领企业数与笔数", ChartKind.BARS, ("enterprises", "applications"), ("name",)),
                Chart(f"申领金额按{label}的结构", ChartKind.SHARES, ("applied_amount",), ("name",)),
            )
        )

    @classmethod
    def made(cls, asked: Asked, *, rows: bool, total: bool) -> sa.FromClause:
        """The values with what was applied for, and the total out of the series that tells none apart."""
        values = _values(cls.words, rows=rows, total=total)
        cells = _cells(asked, cls.series).subquery(asked.frame.name())
        line = values.c
        of_value = sa.and_(cells.c.is_all == line.is_total, cells.c.value == line.key)
        key = (line.no, line.name, line.key, line.is_total)
        known = sa.case((line.key.in_([plain(value.value) for value in cls.by]), line.key)).label("value")
        return (
            sa.select(line.no, line.name, known, line.is_total, *cls.totals(cells))
            .select_from(values.outerjoin(cells, of_value))
            .group_by(*key)
            .correlate(asked.row.source)
            .lateral(asked.frame.name())
        )


def _values(words: Mapping[str, str], *, rows: bool, total: bool) -> sa.Values:
    """Where the rows come from: each value with its word and its place, then the total."""
    columns = {"no": sa.Integer(), "key": sa.Text(), "name": sa.Text(), "is_total": sa.Boolean()}
    lines = [(no, key, word, False) for no, (key, word) in enumerate(words.items(), start=1)] if rows else []
    lines += [(None, "", TOTAL_LABEL, True)] if total else []
    constants = [
        tuple(sa.literal(value, kind, literal_execute=True) for value, kind in zip(line, columns.values(), strict=True))
        for line in lines
    ]
    return sa.values(*(sa.column(name, kind) for name, kind in columns.items()), name="dimension").data(constants)


def _cells(asked: Asked, series: str) -> Query:
    """The year's sums by value, and those of all values, in which an enterprise counts once."""
    view, conditions = asked.open(Tally)
    tally, (source, theirs) = view.raw, in_city(asked, view)
    sums = ("entities", "records", "applied", "approved")
    is_all = tally.series == plain(OF_ALL)
    return (
        sa.select(is_all.label("is_all"), tally.value, *(sa.func.sum(tally[name]).label(name) for name in sums))
        .select_from(source)
        .where(*conditions, *theirs, tally.series.in_([plain(series), plain(OF_ALL)]))
        .where(tally.bucket == asked.row.raw.year)
        .group_by(is_all, tally.value)
        .correlate(asked.row.source)
    )


@strawberry.type(description="创新券类型")
class VoucherTypeRow(VoucherRow, by=VoucherType, series="VOUCHER_TYPE"):
    """Tab 1 [P]."""

    name: str = field("创新券类型")
    value: VoucherType | None = field("创新券类型代码")


@strawberry.type(description="企业规模类型")
class VoucherSizeRow(VoucherRow, by=EnterpriseSize, series="VOUCHER_SIZE"):
    """Tab 2 [P]."""

    name: str = field("企业规模")
    value: EnterpriseSize | None = field("企业规模代码")


@strawberry.type(description="产业类型")
class VoucherIndustryRow(VoucherRow, by=IndustryCategory, series="VOUCHER_INDUSTRY", unknown="UNKNOWN"):
    """Tab 3 [P]."""

    name: str = field("产业类别")
    value: IndustryCategory | None = field("产业类别代码")


@strawberry.type(description="高新技术领域")
class VoucherFieldRow(VoucherRow, by=HiTechField, series="VOUCHER_FIELD", unknown="NONE"):
    """Tab 4 [P]."""

    name: str = field("高新技术领域")
    value: HiTechField | None = field("高新技术领域代码")


@strawberry.type(description="科技创新券申领统计表")
class VoucherTables(Page):
    """The page: its year is of every tab."""

    by_type: Table = tab(VoucherTypeRow, proposed=True)
    by_size: Table = tab(VoucherSizeRow, proposed=True)
    by_industry: Table = tab(VoucherIndustryRow, proposed=True)
    by_field: Table = tab(VoucherFieldRow, proposed=True)
