"""区县入库企业情况统计表 (domain C29, C30): four tabs, counted again in plain SQL over the enterprises themselves."""

from __future__ import annotations

import pytest

from authz.principal import Principal
from db.engine import Pool
from db.enums import EnterpriseSize, HiTechField, IndustryCategory
from tests.fixtures.town import BANK_A, BEIBEI_UNIT, LIANGJIANG_UNIT, QIMING, YUBEI_UNIT
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, rows_of
from tests.pages.statistics import (
    IN_CITY,
    MUNICIPAL,
    READERS,
    YUBEI,
    by_place,
    charts_of,
    is_beside,
    place_of,
    tab,
    table_of,
    units_of,
)

REPORTS = ("registeredCount", "inLibraryCount", "reportedCount", "aboveScaleIndustrialCount")
COUNTED = """
SELECT coalesce(e.district_code, ''), coalesce(e.zone_code, ''),
    count(*) FILTER (WHERE e.operating_status <> 'CANCELLED' AND extract(year FROM e.established_on) <= $1),
    count(*) FILTER (WHERE {library}),
    count(*) FILTER (WHERE {library} AND EXISTS (
        SELECT FROM annual_report r WHERE r.uscc = e.uscc AND r.year = $1 AND r.status <> 'DRAFT')),
    count(*) FILTER (WHERE {library} AND EXISTS (
        SELECT FROM annual_report r WHERE r.uscc = e.uscc AND r.year = $1 AND r.status = 'APPROVED'
        AND r.is_above_scale_industrial))
FROM enterprise e WHERE {city} AND ($2::text[] IS NULL OR e.unit_code = ANY($2)) GROUP BY 1, 2"""
IN_LIBRARY = "e.in_library AND extract(year FROM coalesce(e.in_library_on, e.established_on)) <= $1"
BY_VALUE = """
SELECT coalesce(e.district_code, ''), coalesce(e.zone_code, ''), {value}, count(*)
FROM enterprise e WHERE {city} AND ($2::text[] IS NULL OR e.unit_code = ANY($2)) AND {library} GROUP BY 1, 2, 3"""
SIZE = """coalesce((SELECT r.enterprise_size FROM annual_report r
    WHERE r.uscc = e.uscc AND r.year = $1 AND r.status = 'APPROVED'), 'UNCLASSIFIED')"""
DIVIDED = {
    "sizes": (SIZE, [*EnterpriseSize]),
    "industries": ("coalesce(e.industry_category, 'UNKNOWN')", [*IndustryCategory, "UNKNOWN"]),
    "fields": ("coalesce(e.hi_tech_field, 'NONE')", [*HiTechField, "NONE"]),
}


def count_of(value: str) -> str:
    """The measure of a value of an enumeration."""
    first, *others = value.lower().split("_")
    return first + "".join(word.capitalize() for word in others) + "Count"


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.subject)
@pytest.mark.parametrize("year", [2019, 2022, 2025])
async def test_c29_counts_are_those_of_a_recount(city_desk_of: Desks, pool: Pool, reader: Principal, year: int) -> None:
    table = table_of(city_desk_of(reader).see(tab("enrolment", "reports", REPORTS), year=year))
    found = await pool.fetch(COUNTED.format(library=IN_LIBRARY, city=IN_CITY), year, units_of(reader))
    recounted = {(row[0], row[1]): list(row)[2:] for row in found if any(list(row)[2:])}
    assert recounted
    assert by_place(table["rows"], REPORTS) == recounted
    assert [table["total"][name] for name in REPORTS] == [
        sum(column) for column in zip(*recounted.values(), strict=True)
    ]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.subject)
@pytest.mark.parametrize("name", DIVIDED)
async def test_c29_every_value_is_counted_and_they_add_up(
    city_desk_of: Desks, pool: Pool, reader: Principal, name: str
) -> None:
    value, values = DIVIDED[name]
    fields = [*map(count_of, values), "inLibraryCount"]
    table = table_of(city_desk_of(reader).see(tab("enrolment", name, fields), year=2022))
    recounted: dict[tuple[str, str], list[int]] = {}
    for row in await pool.fetch(BY_VALUE.format(value=value, library=IN_LIBRARY, city=IN_CITY), 2022, units_of(reader)):
        counts = recounted.setdefault((row[0], row[1]), [0] * len(fields))
        counts[values.index(row[2])] += row[3]
        counts[-1] += row[3]
    assert recounted
    assert by_place(table["rows"], fields) == recounted
    total = [table["total"][field] for field in fields]
    assert total == [sum(column) for column in zip(*recounted.values(), strict=True)]
    assert sum(total[:-1]) == total[-1]


def test_c29_the_last_row_is_the_total_with_two_dashes_for_its_zone(yubei: Desk) -> None:
    table = table_of(yubei.see(tab("enrolment", "reports", REPORTS), year=2022))
    total = table["total"]
    assert (total["no"], total["districtName"], total["zoneName"]) == (None, "合计", "--")
    assert (total["unit"], total["zone"]) == (None, None)
    assert [row["no"] for row in table["rows"]] == list(range(1, len(table["rows"]) + 1))


def test_c29_every_district_has_its_row_and_zones_break_it_down(bureau: Desk, yubei: Desk, two_units: Desk) -> None:
    rows = table_of(bureau.see(tab("enrolment", "reports", REPORTS), year=2022))["rows"]
    names = [row["districtName"] for row in rows if row["unit"] and not row["zone"]]
    assert len(names) == 38
    assert {"渝中区", "江北区", "彭水苗族土家族自治县"} <= set(names)  # nothing there, and their rows all the same
    assert (YUBEI_UNIT, LIANGJIANG_UNIT) in map(place_of, rows)
    # A district officer has the own district's row, and what of the own units has no district filled in.
    assert {row["districtName"] for row in table_of(yubei.see(tab("enrolment", "reports", REPORTS)))["rows"]} == {
        "渝北区",
        "未填区县",
    }
    both = table_of(two_units.see(tab("enrolment", "reports", REPORTS), year=2022))["rows"]
    assert {(YUBEI_UNIT, ""), (YUBEI_UNIT, LIANGJIANG_UNIT)} <= set(map(place_of, both))


IN_LIBRARY_BY_PAGE = """{ statistics {
    enrolment(year: 2022) { reports { rows { districtName zone { name } } total { inLibraryCount } } }
    overview(year: 2022) { districts { total { inLibraryCount } } }
    cultivationProgress(month: "2022-12") { total { totalTechEnterprise } } } }"""


@pytest.mark.parametrize("reader", READERS[3:], ids=lambda reader: reader.subject)
async def test_c29_another_citys_enterprises_stand_in_no_table_of_this_one(
    city_desk_of: Desks, pool: Pool, reader: Principal
) -> None:
    elsewhere = "SELECT count(*) FROM enterprise e WHERE in_library AND NOT " + IN_CITY
    assert (await pool.fetch(elsewhere))[0][0] > 0
    seen = city_desk_of(reader).see(IN_LIBRARY_BY_PAGE)
    table, overview = seen["enrolment"]["reports"], seen["overview"]["districts"]
    assert not {"甘井子区"} & {row["districtName"] for row in table["rows"]}
    assert not {"大连高新区"} & {row["zone"]["name"] for row in table["rows"] if row["zone"]}
    assert table["total"] == overview["total"]
    assert table["total"]["inLibraryCount"] == seen["cultivationProgress"]["total"]["totalTechEnterprise"] > 0


@pytest.mark.parametrize(("year", "there"), [(2025, True), (2026, False)])
def test_c29_districts_are_those_in_force_when_the_year_began(bureau: Desk, year: int, there: bool) -> None:
    rows = table_of(bureau.see(tab("enrolment", "reports", REPORTS), year=year))["rows"]
    assert ("江北区" in {row["districtName"] for row in rows}) is there


def test_c29_the_year_is_of_every_tab_and_has_a_default(bureau: Desk) -> None:
    tabs = "year reports { total { inLibraryCount } } sizes { total { inLibraryCount } }"
    page = f"{{ statistics {{ enrolment%s {{ {tabs} }} }} }}"
    assert bureau.see(page % "")["enrolment"] == bureau.see(page % "(year: 2022)")["enrolment"]
    earlier = bureau.see(page % "(year: 2020)")["enrolment"]
    assert earlier == {
        "year": 2020,
        "reports": {"total": {"inLibraryCount": 1}},
        "sizes": {"total": {"inLibraryCount": 1}},
    }


@pytest.mark.parametrize("year", [1999, 2036, -1])
def test_c29_a_year_out_of_range_is_refused_by_name(yubei: Desk, year: int) -> None:
    refused = yubei.ask(tab("enrolment", "reports", REPORTS), year=year).errors[0]
    assert (refused["extensions"]["code"], refused["extensions"]["field"]) == ("BAD_USER_INPUT", "year")


@pytest.mark.parametrize("reader", [QIMING, BANK_A], ids=lambda reader: reader.subject)
def test_c29_enterprises_and_banks_have_no_statistics(desk_of: Desks, reader: Principal) -> None:
    assert desk_of(reader).ask(tab("enrolment", "reports", REPORTS), year=2022).code == "FORBIDDEN"


def test_c29_the_second_unit_sees_its_own(beibei: Desk) -> None:
    table = table_of(beibei.see(tab("enrolment", "reports", REPORTS), year=2022))
    assert [place_of(row) for row in table["rows"]] == [(BEIBEI_UNIT, "")]
    assert [table["total"][name] for name in REPORTS] == [3, 0, 0, 0]


COLUMNS = "no districtName zoneName registeredCount inLibraryCount reportedCount aboveScaleIndustrialCount"
EXPORTED = f"""query ($year: Int) {{ statistics {{ enrolment(year: $year) {{
    reports {{ rows {{ {COLUMNS} }} total {{ no }} }} }} }} }}"""


def test_c30_the_open_tab_leaves_with_its_year_and_the_total_last(yubei: Desk) -> None:
    book = yubei.workbook(EXPORTED, year=2022)
    assert book.sheetnames == ["年报数量", "说明"]
    header, *rows = rows_of(book.worksheets[0])
    assert header == [
        "序号",
        "区县",
        "两江新区/高新区、经开区",
        "注册企业数(家)",
        "入库科企数(家)",
        "年报科企数(家)",
        "规上工业企业(家)",
    ]
    assert rows == [
        [1, "渝北区", None, 4, 2, 2, 0],
        [2, "未填区县", None, 1, 0, 0, 0],
        [None, "合计", "--", 5, 2, 2, 0],
    ]


def test_c30_all_tabs_are_a_sheet_each(bureau: Desk) -> None:
    tabs = "".join(
        f"{name} {{ rows {{ no districtName zoneName inLibraryCount }} total {{ no }} }} "
        for name in ("reports", "sizes", "industries", "fields")
    )
    book = bureau.workbook(f"{{ statistics {{ enrolment {{ {tabs} }} }} }}")
    assert book.sheetnames == ["年报数量", "企业规模", "产业类别", "高新技术领域", "说明"]
    assert {rows_of(sheet)[-1][1] for sheet in book.worksheets[:-1]} == {"合计"}


def test_c30_a_workbook_has_a_chart_beside_its_rows(city_desk_of: Desks) -> None:
    book = city_desk_of(MUNICIPAL).workbook(EXPORTED, year=2022)
    sheet = book.worksheets[0]
    (chart,) = charts_of(sheet)
    last = sheet.max_row - 1
    assert is_beside(chart, sheet)
    assert [series.val.numRef.f for series in chart.series] == [
        f"'年报数量'!${column}$2:${column}${last}" for column in "DEF"
    ]
    assert chart.series[0].cat.multiLvlStrRef.f == f"'年报数量'!$B$2:$C${last}"


def test_c30_a_tab_is_a_csv_file_too(city_desk_of: Desks) -> None:
    rows = city_desk_of(YUBEI).ask(EXPORTED, accept="csv", year=2022).body.decode("utf-8-sig").splitlines()
    assert rows[0].startswith('"序号","区县"')
    assert rows[-1].split(",")[1] == "合计"
