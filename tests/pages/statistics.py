"""What the tests of the statistics pages share: who works with them, how a tab is asked, and how its rows are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from authz.principal import Principal, Role
from tests.fixtures.town import ANALYST, BEIBEI_UNIT, LIANGJIANG_UNIT, MUNICIPAL, YUBEI_UNIT

YUBEI = Principal(Role.DISTRICT_OFFICER, "district-500112", "渝北区科技局", units=(YUBEI_UNIT,))
BEIBEI = Principal(Role.DISTRICT_OFFICER, "district-500109", "北碚区科技局", units=(BEIBEI_UNIT,))
BOTH = Principal(Role.DISTRICT_OFFICER, "district-both", "两地", units=(YUBEI_UNIT, LIANGJIANG_UNIT))
READERS = (YUBEI, BEIBEI, BOTH, MUNICIPAL, ANALYST)
"""Officers of one unit, of another and of two, the bureau and an analyst."""

IN_CITY = "e.unit_code IN (SELECT code FROM unit WHERE is_jurisdiction AND city = '重庆市')"
"""In plain SQL, of an enterprise ``e``: it counts in the city's tables."""

Place = tuple[str, str]


def units_of(reader: Principal) -> list[str] | None:
    """The units whose enterprises somebody sees; None: all."""
    return list(reader.units) if reader.role is Role.DISTRICT_OFFICER else None


PLACED = ("no", "districtName", "zoneName", "unit { code }", "zone { code }")


def tab(page: str, name: str, fields: Sequence[str], keys: Sequence[str] = PLACED) -> str:
    """The query of one tab of a page, for a year: rows and total with the same fields."""
    row = " ".join([*keys, *fields])
    table = f"{name} {{ rows {{ {row} }} total {{ {row} }} }}"
    return f"query ($year: Int) {{ statistics {{ {page}(year: $year) {{ {table} }} }} }}"


def table_of(answer: Mapping[str, Any]) -> Any:
    """The one table in an answer."""
    (page,) = answer.values()
    (table,) = page.values()
    return table


def place_of(row: Mapping[str, Any]) -> Place:
    """A row's district and zone by code; empty where there is none."""
    unit, zone = ((row[name] or {"code": ""})["code"] for name in ("unit", "zone"))
    return unit, zone


def by_place(rows: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> dict[Place, list[Any]]:
    """The figures of each place where there is something."""
    found = {place_of(row): [number(row[name]) for name in fields] for row in rows}
    return {place: figures for place, figures in found.items() if any(figures)}


def number(value: Any) -> Any:
    """A figure that can be compared: what came as text is a decimal number."""
    return Decimal(value) if isinstance(value, str) else value


def charts_of(sheet: Any) -> list[Any]:
    """The charts on a sheet."""
    return sheet._charts


def is_beside(chart: Any, sheet: Any) -> bool:
    """Whether a chart begins right of the last column, so that it covers no cell."""
    return chart.anchor._from.col >= sheet.max_column
