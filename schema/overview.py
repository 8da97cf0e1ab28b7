"""The city's overview (全市概况图, domain C33, §2.8): two charts, of the districts and of the zones.

They are the whole city's for everyone who may ask, a district officer too [M]: published aggregates with a rule of
their own. The page has no filter: it shows how things stand today. A year may be asked for all the same; the day then
is its last, or today in the current one.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
import strawberry

from authz.scopes import STATISTICS
from db.enums import UnitKind
from db.tables.rollups import live_tally
from db.units import CHONGQING
from schema.declare import Chart, ChartKind, Row, field, one
from schema.enums import ZoneType
from schema.places import AREAS, NO_DISTRICT, ZONE_LABEL, aligned, in_force
from schema.tabs import (
    ONE,
    TOTAL_LABEL,
    WEIGHT,
    ZERO,
    Kinds,
    Page,
    Query,
    Table,
    TabRow,
    added_up,
    numbered,
    plain,
    summed,
    tab,
    worded,
)
from schema.units import Unit
from schema.visible import Asked, opened

STANDING = sa.table(
    "live_standing",
    *(sa.column(name, sa.Text) for name in ("kind", "unit_code", "district_code", "zone_code")),
    sa.column("entities", sa.BigInteger),
)
TECH_ENTERPRISE, HNTE, TECH_SME = "TECH_ENTERPRISE", "HNTE", "TECH_SME"
SERIES = {
    "IN_LIBRARY": TECH_ENTERPRISE,
    "HNTE_FROM": HNTE,
    "HNTE_TO": HNTE,
    "TECH_SME_FROM": TECH_SME,
    "TECH_SME_TO": TECH_SME,
}
"""The series of each kind; one that ends in ``_TO`` tells of those that are no longer valid."""


@strawberry.type(description="全市企业数汇总")
class CityTally(Row, table=live_tally, scope=STATISTICS, key=("series",)):
    """A contribution to a count, in the whole city. It is never shown."""

    series: str = field("统计项")


@strawberry.type(description="全市企业数")
class CityStanding(Row, table=STANDING, scope=STATISTICS, key=("kind",)):
    """How many there are on a day, in the whole city: contributions, to be summed. It is never shown."""

    kind: str = field("类别")


@strawberry.type(description="全市区域")
class CityArea(Row, table=AREAS, scope=STATISTICS, key=("unit_code",)):
    """The units of the city whose bureaus own records, whoever asks."""

    unit_code: str = field("主管单位代码")


def standing(label: str, kind: str) -> Any:
    """Declare a count of the enterprises of a kind."""
    return summed(
        label,
        lambda cells: sa.func.coalesce(sa.func.sum(cells.entities).filter(cells.kind == plain(kind)), ZERO),
        reads=kind,
    )


def _in_city(asked: Asked, kinds: list[str]) -> Query:
    """The enterprises of the city's units at the end of the year, or today where that is still to come."""
    year = asked.row.raw.year
    end = sa.func.make_date(year, sa.literal_column("12"), sa.literal_column("31"))
    today = sa.func.rollup_today(type_=sa.Date)
    found = sa.union_all(_at_its_end(asked, kinds, end <= today), _today(asked, kinds, end > today))
    counted = found.subquery(asked.frame.name())
    area, theirs = asked.open(CityArea)
    cell = counted.c
    return (
        sa.select(cell.district_code, cell.zone_code, cell.kind, cell.entities, cell.entities.label(WEIGHT))
        .select_from(counted.join(area.source, area.raw.unit_code == cell.unit_code))
        .where(*theirs)
        .correlate(asked.row.source)
    )


def _at_its_end(asked: Asked, kinds: list[str], is_past: sa.ColumnElement[bool]) -> Query:
    """A year that is over is told by its own bucket alone."""
    series = {name: kind for name, kind in SERIES.items() if kind in kinds}
    view, conditions = asked.open(CityTally)
    tally = view.raw
    gone = [(tally.series == plain(name), -tally.entities) for name in series if name.endswith("_TO")]
    return (
        sa.select(
            sa.case(*((tally.series == plain(name), plain(kind)) for name, kind in series.items())).label("kind"),
            *(tally.unit_code, tally.district_code, tally.zone_code),
            (sa.case(*gone, else_=tally.entities) if gone else tally.entities).label("entities"),
        )
        .select_from(view.source)
        .where(*conditions, tally.series.in_([plain(name) for name in series]))
        .where(tally.bucket == asked.row.raw.year, is_past)
        .correlate(asked.row.source)
    )


def _today(asked: Asked, kinds: list[str], is_running: sa.ColumnElement[bool]) -> Query:
    """Of the current year the days count, too."""
    listed = [sa.column(column.name, column.type) for column in STANDING.c]
    function = sa.func.live_standing(sa.func.rollup_today(type_=sa.Date))
    source = function.table_valued(*listed, name=asked.frame.name())
    view, conditions = opened(asked.frame, CityStanding, asked.path, source=source)
    return (
        sa.select(*(view.raw[column.name] for column in STANDING.c))
        .select_from(view.source)
        .where(*conditions, view.raw.kind.in_([plain(kind) for kind in kinds]), is_running)
        .correlate(asked.row.source)
    )


COUNTS = ("in_library_count", "valid_hnte_count", "tech_sme_count")


@strawberry.type(description="区县科技型企业数据统计图")
class OverviewDistrictRow(
    TabRow, charts=(Chart("区县科技型企业数据统计图", ChartKind.BARS, COUNTS, ("district_name",)),)
):
    """A district with all that is in it, zones included."""

    keys: ClassVar[Kinds] = {"district_code": sa.Text(), "district_name": sa.Text()}

    no: int | None = field("序号")
    district_name: str = field("区县")
    unit: Unit | None = one("区县", keys={"code": "district_code"})
    in_library_count: int = standing("入库科企数", TECH_ENTERPRISE)
    valid_hnte_count: int = standing("有效高新技术企业数", HNTE)
    tech_sme_count: int = standing("科技型中小企业数", TECH_SME)

    @classmethod
    def made(cls, asked: Asked, *, rows: bool, total: bool) -> sa.FromClause:
        """The city's districts, all that were in force when the year began."""
        area, conditions = asked.open(CityArea)
        began = sa.func.make_date(asked.row.raw.year, ONE, ONE)
        districts = (
            sa.select(area.raw.unit_code.label("district_code"), ONE.label(WEIGHT))
            .select_from(area.source)
            .where(*conditions, area.raw.kind != plain(UnitKind.ZONE), in_force(area.raw, began))
            .correlate(asked.row.source)
        )
        cells = aligned([_in_city(asked, cls.reads()), districts]).subquery(asked.frame.name())
        keys = (cells.c.district_code,)
        added = added_up(keys, cls.totals(cells), rows=rows, total=total, weight=cells.c[WEIGHT])
        grouped = added.subquery(asked.frame.name())
        row, district = grouped.c, asked.open(Unit)[0]
        return (
            sa.select(
                numbered(row.is_total, row.district_code == plain(""), row.district_code),
                worded(row.is_total, district.raw.name, NO_DISTRICT, TOTAL_LABEL).label("district_name"),
                *row,
            )
            .select_from(grouped.outerjoin(district.source, district.raw.code == row.district_code))
            .correlate(asked.row.source)
            .lateral(asked.frame.name())
        )


@strawberry.type(description="开发区科技型企业数量统计图")
class OverviewZoneRow(
    TabRow, charts=(Chart("开发区科技型企业数量统计图", ChartKind.BARS, ("in_library_count",), ("zone_name",)),)
):
    """A zone: the new area, high-tech zones, economic-technological zones. Enterprises in none are in no row."""

    keys: ClassVar[Kinds] = {"zone_code": sa.Text(), "zone_name": sa.Text(), "zone_type": sa.Text()}

    no: int | None = field("序号")
    zone_name: str = field(ZONE_LABEL)
    zone: Unit | None = one(ZONE_LABEL, keys={"code": "zone_code"})
    zone_type: ZoneType | None = field("开发区类型")
    in_library_count: int = standing("入库科企数", TECH_ENTERPRISE)

    @classmethod
    def made(cls, asked: Asked, *, rows: bool, total: bool) -> sa.FromClause:
        """The city's zones, by kind."""
        zone, conditions = asked.open(Unit)
        counted = _in_city(asked, cls.reads()).subquery(asked.frame.name())
        cells = (
            sa.select(
                zone.raw.code.label("zone_code"),
                zone.raw.name.label("zone_name"),
                zone.raw.zone_type,
                counted.c.kind,
                counted.c.entities,
            )
            .select_from(zone.source.outerjoin(counted, counted.c.zone_code == zone.raw.code))
            .where(
                *conditions,
                zone.raw.kind == plain(UnitKind.ZONE),
                zone.raw.city == plain(CHONGQING),
            )
            .correlate(asked.row.source)
            .subquery(asked.frame.name())
        )
        keys = (cells.c.zone_code, cells.c.zone_name, cells.c.zone_type)
        grouped = added_up(keys, cls.totals(cells), rows=rows, total=total).subquery(asked.frame.name())
        row = grouped.c
        others = [column for column in row if column.name != "zone_name"]
        name = worded(row.is_total, row.zone_name, "", TOTAL_LABEL).label("zone_name")
        return sa.select(numbered(row.is_total, _place(row.zone_type), row.zone_code), name, *others).lateral(
            asked.frame.name()
        )


def _place(zone_type: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Kinds of zones in the order of their enumeration: the new area first, municipal zones last."""
    return sa.func.array_position(sa.func.string_to_array(plain(",".join(ZoneType)), plain(",")), zone_type)


@strawberry.type(description="全市概况图")
class CityOverview(Page):
    """The page: both charts of one year."""

    districts: Table = tab(OverviewDistrictRow)
    zones: Table = tab(OverviewZoneRow)
