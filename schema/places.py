"""Tabs by district and zone (区县、开发区): one row for each district of the scope, broken down by zone (domain §2.8).

A row is a pair of district and zone; enterprises without a zone make the row with an empty one, so that the rows add up
to the total and none counts twice. Every district that was in force in the year has its row, even where there is
nothing (domain §3.10, §6.5). Nothing counts but what belongs to the city's units (``in_city``). Stored rows are opened
under the scopes of ``authz``: an officer's are the own units'.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import sqlalchemy as sa
import strawberry

from authz.scopes import TALLIES
from db.enums import UnitKind
from db.tables import unit
from db.tables.rollups import live_tally
from db.units import CHONGQING
from schema.declare import Row, field, one
from schema.tabs import NO_ZONE, ONE, TOTAL_LABEL, WEIGHT, Kinds, Query, TabRow, added_up, numbered, plain, worded
from schema.units import Unit
from schema.visible import Asked, View

ZONE_LABEL = "两江新区/高新区、经开区"
NO_DISTRICT = "未填区县"

AREAS = (
    sa.select(unit.c.code.label("unit_code"), unit.c.kind, unit.c.host_code, unit.c.valid_from, unit.c.valid_to)
    .where(unit.c.is_jurisdiction, unit.c.city == sa.literal(CHONGQING, sa.Text, literal_execute=True))
    .subquery("area")
)


@strawberry.type(description="统计区域")
class Area(Row, table=AREAS, scope=TALLIES, key=("unit_code",)):
    """A unit of the city whose bureau owns records; which of them have a row of their own."""

    unit_code: str = field("主管单位代码")


@strawberry.type(description="企业数汇总")
class Tally(Row, table=live_tally, scope=TALLIES, key=("series",)):
    """A contribution to a count (``db.tables.rollups``): always to be summed, within the caller's units.

    It is never shown, so its columns are read as they are.
    """

    series: str = field("统计项")


@strawberry.type(description="区县统计行")
class PlaceRow(TabRow):
    """A district and a zone in it. The row of enterprises without a zone has an empty one, the total row ``--``."""

    keys: ClassVar[Kinds] = dict.fromkeys(("district_code", "zone_code", "district_name", "zone_name"), sa.Text())

    no: int | None = field("序号")
    district_name: str = field("区县")
    zone_name: str = field(ZONE_LABEL)
    unit: Unit | None = one("区县", keys={"code": "district_code"})
    zone: Unit | None = one(ZONE_LABEL, keys={"code": "zone_code"})

    @classmethod
    def cells(cls, asked: Asked) -> list[Query]:
        """What the measures add up: selects of ``district_code``, ``zone_code``, columns of the kind and ``WEIGHT``.

        Cells are contributions, which may cancel out: a place is there where its weights do not add up to zero.
        """
        raise NotImplementedError

    @classmethod
    def made(cls, asked: Asked, *, rows: bool, total: bool) -> sa.FromClause:
        """Cells grouped by place, the places of the scope among them."""
        cells = aligned([*cls.cells(asked), places(asked)]).subquery(asked.frame.name())
        place = (cells.c.district_code, cells.c.zone_code)
        grouped = added_up(place, cls.totals(cells), rows=rows, total=total, weight=cells.c[WEIGHT])
        return _named(asked, grouped.subquery(asked.frame.name()))


def aligned(selects: Iterable[Query]) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """Selects with different columns as one: null where a select has no column of a name."""
    found = list(selects)
    kinds = {column.name: column.type for select in found for column in select.selected_columns}
    each = [
        select.with_only_columns(*(_column(select, name, kind) for name, kind in kinds.items())) for select in found
    ]
    return sa.union_all(*each)


def _column(select: Query, name: str, kind: sa.types.TypeEngine[Any]) -> Any:
    return select.selected_columns.get(name, sa.cast(sa.null(), kind).label(name))


def in_city(asked: Asked, tally: View) -> tuple[sa.FromClause, list[sa.ColumnElement[bool]]]:
    """Tallies of the city's units alone: another city's enterprises stand in no table of this one."""
    area, conditions = asked.open(Area)
    return tally.source.join(area.source, area.raw.unit_code == tally.raw.unit_code), conditions


def in_force(unit_row: Any, day: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a unit was in force on a day; without a date it always was, or still is."""
    return sa.and_(
        sa.func.coalesce(unit_row.valid_from <= day, sa.true()), sa.func.coalesce(unit_row.valid_to >= day, sa.true())
    )


def places(asked: Asked) -> Query:
    """The districts, and the zones with a bureau, that were in force when the year began."""
    area, conditions = asked.open(Area)
    is_zone = area.raw.kind == plain(UnitKind.ZONE)
    return (
        sa.select(
            sa.case((is_zone, area.raw.host_code), else_=area.raw.unit_code).label("district_code"),
            sa.case((is_zone, area.raw.unit_code), else_=plain("")).label("zone_code"),
            ONE.label(WEIGHT),
        )
        .select_from(area.source)
        .where(*conditions, in_force(area.raw, sa.func.make_date(asked.row.raw.year, ONE, ONE)))
        .correlate(asked.row.source)
    )


def _named(asked: Asked, grouped: sa.Subquery) -> sa.FromClause:
    """The rows as people read them: numbered, with the names of their places."""
    district, zone = asked.open(Unit)[0], asked.open(Unit)[0]
    row = grouped.c
    # The city's districts first; last the row of whatever has no district filled in.
    elsewhere = sa.not_(sa.func.coalesce(district.raw.is_jurisdiction, sa.false()))
    number = numbered(row.is_total, row.district_code == plain(""), elsewhere, row.district_code, row.zone_code)
    found = grouped.outerjoin(district.source, district.raw.code == row.district_code)
    return (
        sa.select(
            number,
            worded(row.is_total, district.raw.name, NO_DISTRICT, TOTAL_LABEL).label("district_name"),
            worded(row.is_total, zone.raw.name, "", NO_ZONE).label("zone_name"),
            *row,
        )
        .select_from(found.outerjoin(zone.source, zone.raw.code == row.zone_code))
        .correlate(asked.row.source)
        .lateral(asked.frame.name())
    )
