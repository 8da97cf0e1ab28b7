"""全市概况图 (domain C33): two charts, the same for everyone who may ask, counted again in plain SQL."""

from __future__ import annotations

import datetime as dt

import pytest

from db.engine import Pool
from schema.given import CHINA
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, rows_of
from tests.pages.statistics import MUNICIPAL, READERS, charts_of, is_beside

DISTRICTS = "no districtName unit { code } inLibraryCount validHnteCount techSmeCount"
ZONES = "no zoneName zone { code } zoneType inLibraryCount"
PAGE = f"""query ($year: Int) {{ statistics {{ overview(year: $year) {{ year
    districts {{ rows {{ {DISTRICTS} }} total {{ {DISTRICTS} }} }} zones {{ rows {{ {ZONES} }} total {{ {ZONES} }} }}
}} }} }}"""
STANDING = """
SELECT coalesce(e.{place}, ''),
    count(*) FILTER (WHERE e.in_library AND coalesce(e.in_library_on, e.established_on) <= $1::date),
    count(*) FILTER (WHERE EXISTS (SELECT FROM hnte_certificate c WHERE c.uscc = e.uscc AND c.status <> 'REVOKED'
        AND $1 BETWEEN c.issued_on AND c.expires_on)),
    count(*) FILTER (WHERE EXISTS (SELECT FROM tech_sme_registration r WHERE r.uscc = e.uscc
        AND $1 BETWEEN r.registered_on AND r.valid_until))
FROM enterprise e JOIN unit u ON u.code = e.unit_code WHERE u.city = '重庆市' GROUP BY 1"""

THIS_YEAR = dt.datetime.now(CHINA).year
"""Of which what stands today counts."""


@pytest.mark.parametrize("year", [2021, 2022, THIS_YEAR])
async def test_c33_counts_are_those_of_a_recount(city_desk_of: Desks, pool: Pool, year: int) -> None:
    seen = city_desk_of(MUNICIPAL).see(PAGE, year=year)["overview"]
    day = min(dt.date(year, 12, 31), dt.datetime.now(CHINA).date())
    counts = ("inLibraryCount", "validHnteCount", "techSmeCount")
    districts = {row[0]: list(row)[1:] for row in await pool.fetch(STANDING.format(place="district_code"), day)}
    shown = {(row["unit"] or {"code": ""})["code"]: [row[name] for name in counts] for row in seen["districts"]["rows"]}
    assert {code: row for code, row in shown.items() if any(row)} == {c: r for c, r in districts.items() if any(r)}
    assert [seen["districts"]["total"][name] for name in counts] == [
        sum(c) for c in zip(*districts.values(), strict=True)
    ]
    zones = {row[0]: row[1] for row in await pool.fetch(STANDING.format(place="zone_code"), day) if row[0]}
    in_zones = {row["zone"]["code"]: row["inLibraryCount"] for row in seen["zones"]["rows"]}
    assert in_zones == {code: zones.get(code, 0) for code in in_zones}
    assert seen["zones"]["total"]["inLibraryCount"] == sum(zones.values()) > 0


def test_c33_a_district_officer_sees_the_whole_city_as_the_bureau_does(city_desk_of: Desks, desk_of: Desks) -> None:
    for desks in (city_desk_of, desk_of):
        first, *others = [desks(reader).see(PAGE, year=2022) for reader in READERS]
        assert all(other == first for other in others)


def test_c33_all_districts_and_zones_of_the_city_stand_there(yubei: Desk) -> None:
    seen = yubei.see(PAGE, year=2022)["overview"]
    assert seen["year"] == 2022
    assert len(seen["districts"]["rows"]) == 38
    assert [row["zoneName"] for row in seen["zones"]["rows"]][:1] == ["两江新区"]
    assert len(seen["zones"]["rows"]) == 18
    assert {row["zoneType"] for row in seen["zones"]["rows"]} >= {"NATIONAL_NEW_AREA", "NATIONAL_HTZ", "MUNICIPAL_HTZ"}


def test_c33_without_a_year_it_is_as_it_stands_today(city_desk_of: Desks) -> None:
    desk = city_desk_of(MUNICIPAL)
    today = desk.see(PAGE)["overview"]
    assert today["year"] == THIS_YEAR
    assert today == desk.see(PAGE, year=THIS_YEAR)["overview"] == desk.see(PAGE, year=None)["overview"]
    assert today["districts"]["total"] != desk.see(PAGE, year=2022)["overview"]["districts"]["total"]
    pages = desk.see("{ settings { pages { key filters { argument } defaults { name value } } } }")["pages"]
    (page,) = [page for page in pages if page["key"] == "CITY_OVERVIEW"]
    assert (page["filters"], page["defaults"]) == ([], [{"name": "year", "value": str(THIS_YEAR)}])


def test_c33_banks_enterprises_and_the_public_do_not_see_it(bank: Desk, qiming: Desk, public: Desk) -> None:
    assert {desk.ask(PAGE).code for desk in (bank, qiming)} == {"FORBIDDEN"}
    assert public.ask(PAGE).code == "UNAUTHENTICATED"


def test_c33_a_workbook_of_it_has_both_charts(city_desk_of: Desks) -> None:
    book = city_desk_of(MUNICIPAL).workbook(
        "{ statistics { overview { districts { rows { no districtName inLibraryCount validHnteCount techSmeCount } }"
        " zones { rows { no zoneName zoneType inLibraryCount } } } } }"
    )
    assert book.sheetnames == ["区县科技型企业数据统计图", "开发区科技型企业数量统计图", "说明"]
    notes = " ".join(str(cell) for row in rows_of(book.worksheets[2]) for cell in row)
    assert f"未指定年份时为今天：{dt.datetime.now(CHINA).date()}" in notes
    for sheet, columns in zip(book.worksheets, (3, 1), strict=False):
        (chart,) = charts_of(sheet)
        assert is_beside(chart, sheet)
        assert len(chart.series) == columns
        assert chart.series[0].cat.strRef.f == f"'{sheet.title}'!$B$2:$B${sheet.max_row}"  # no total was asked for
    assert rows_of(book.worksheets[1])[1] == [1, "两江新区", "国家级新区", rows_of(book.worksheets[1])[1][3]]
