"""区县科技型企业年报统计表 (domain C31, C32): three tabs, added up again in plain SQL over the approved reports."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest

from authz.principal import Principal
from db.engine import Pool
from resolvers.schema import core
from schema.tabs import PROPOSED
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, rows_of
from tests.pages.statistics import (
    IN_CITY,
    MUNICIPAL,
    READERS,
    charts_of,
    is_beside,
    number,
    place_of,
    tab,
    table_of,
    units_of,
)


def listed(table: str, condition: str = "true") -> str:
    """How many rows of a report's list meet a condition."""
    return f"sum((SELECT count(*) FROM {table} l WHERE l.uscc = r.uscc AND l.year = r.year AND {condition}))"


def by_level(level: str) -> str:
    """How many platforms of a level."""
    return listed("report_platform", f"l.level = '{level}'")


TABS: dict[str, dict[str, str]] = {
    "operation": {
        "enterprises": "count(*)",
        "operatingRevenue": "sum(operating_revenue)",
        "operatingRevenueReportedCount": "count(operating_revenue)",
        "mainBusinessRevenue": "sum(main_business_revenue)",
        "highTechProductRevenue": "sum(high_tech_product_revenue)",
        "highTechProductRevenueReportedCount": "count(high_tech_product_revenue)",
        "totalProfit": "sum(total_profit)",
        "taxPaid": "sum(tax_paid)",
        "rdExpense": "sum(rd_expense)",
        "rdIntensity": "round(sum(rd_expense) / nullif(sum(operating_revenue), 0), 6)",
        "totalAssets": "sum(total_assets)",
    },
    "peopleAndPlatforms": {
        "staffTotal": "sum(staff_total)",
        "sciTechStaff": "sum(sci_tech_staff)",
        "rdStaff": "sum(rd_staff)",
        "sciTechShare": "round(sum(sci_tech_staff)::numeric / nullif(sum(staff_total), 0), 6)",
        "doctors": "sum(doctors)",
        "masters": "sum(masters)",
        "newGraduatesHired": "sum(new_graduates_hired)",
        "platformsTotal": listed("report_platform"),
        "platformsNational": by_level("NATIONAL"),
        "platformsMinisterial": by_level("MINISTERIAL"),
        "platformsMunicipal": by_level("MUNICIPAL"),
        "platformsDistrict": by_level("DISTRICT"),
        "platformsEnterprise": by_level("ENTERPRISE"),
        "enterprisesWithPlatform": "count(*) FILTER (WHERE EXISTS ("
        "SELECT FROM report_platform l WHERE l.uscc = r.uscc AND l.year = r.year))",
    },
    "achievements": {
        "patentApplications": "sum(patent_applications)",
        "inventionApplications": "sum(invention_applications)",
        "grantedThisYear": "sum(granted_this_year)",
        "validInventionPatents": "sum(valid_invention_patents)",
        "softwareCopyrights": "sum(software_copyrights)",
        "standardsLed": listed("report_standard", "l.role = 'LEAD'"),
        "standardsParticipated": listed("report_standard", "l.role = 'PARTICIPATE'"),
        "achievementConversions": "sum(achievement_conversions)",
        "scienceAwards": listed("report_award"),
        "hiTechProducts": listed("report_product"),
    },
}
COUNTED = {"enterprises", "enterprisesWithPlatform", "standardsLed", "standardsParticipated", "scienceAwards"} | {
    name for fields in TABS.values() for name in fields if name.startswith(("platforms", "hiTech"))
}
"""What is never null: things that were counted, where there is no report there are none."""
ADDED_UP = """
SELECT {place} {measures}
FROM annual_report r JOIN enterprise e ON e.uscc = r.uscc
WHERE r.year = $1 AND r.status = 'APPROVED' AND {city} AND ($2::text[] IS NULL OR e.unit_code = ANY($2)) {group}"""
PLACE = "coalesce(e.district_code, ''), coalesce(e.zone_code, ''), "


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.subject)
@pytest.mark.parametrize("name", TABS)
async def test_c31_sums_are_those_of_a_recount(city_desk_of: Desks, pool: Pool, reader: Principal, name: str) -> None:
    fields = TABS[name]
    table = table_of(city_desk_of(reader).see(tab("annualReports", name, list(fields)), year=2022))
    measures = ", ".join(sql.replace("(SELECT count(*)", "(SELECT count(*)::int") for sql in fields.values())
    rows = await pool.fetch(
        ADDED_UP.format(place=PLACE, measures=measures, city=IN_CITY, group="GROUP BY 1, 2"), 2022, units_of(reader)
    )
    recounted = {(row[0], row[1]): list(row)[2:] for row in rows}
    assert recounted
    shown = {place_of(row): [number(row[field]) for field in fields] for row in table["rows"]}
    assert {place: figures for place, figures in shown.items() if place in recounted} == recounted
    for place in shown.keys() - recounted.keys():
        assert shown[place] == [0 if is_count(field) else None for field in fields]
    added_up = ADDED_UP.format(place="", measures=measures, city=IN_CITY, group="")
    (total,) = await pool.fetch(added_up, 2022, units_of(reader))
    assert [number(table["total"][field]) for field in fields] == list(total)


def is_count(field: str) -> bool:
    """Whether a figure is a count, and so zero where there is nothing."""
    return field in COUNTED - {"highTechProductRevenue"} or field.endswith("ReportedCount")


def test_c31_nothing_reported_is_not_zero_and_shares_of_nothing_are_null(yubei: Desk, bureau: Desk) -> None:
    fields = ["enterprises", "totalProfit", "totalProfitReportedCount", "operatingRevenue", "rdIntensity"]
    asked = tab("annualReports", "operation", fields)

    def total(desk: Desk, year: int) -> list[Any]:
        found = table_of(desk.see(asked, year=year))["total"]
        return [found[field] for field in fields]

    assert total(yubei, 2022) == [2, None, 0, "30000.000", "0.020000"]  # nobody said a profit
    assert total(yubei, 2021) == [2, "0.000", 1, "30000.000", "0.060000"]  # one said zero
    assert total(yubei, 2019) == [0, None, 0, None, None]
    assert Decimal(total(bureau, 2022)[4]) == Decimal("0.000000")  # little, of very much


def test_c31_reports_that_are_not_approved_are_left_out(yubei: Desk, beibei: Desk) -> None:
    asked = tab("annualReports", "operation", ["enterprises"])
    assert table_of(yubei.see(asked, year=2023))["total"]["enterprises"] == 0  # one waits for the district
    assert table_of(beibei.see(asked, year=2022))["total"]["enterprises"] == 1  # another was returned


def test_c31_what_is_proposed_says_so_in_the_schema() -> None:
    def proposed(page: str) -> set[str]:
        fields = cast("Any", core().type_map[page]).fields
        return {name for name, each in fields.items() if each.description.endswith(PROPOSED)}

    assert proposed("AnnualReportTables") == {"operation", "peopleAndPlatforms", "achievements"}
    assert proposed("EnrolmentTables") == {"sizes", "industries", "fields"}
    assert proposed("VoucherTables") == {"byType", "bySize", "byIndustry", "byField"}
    assert not proposed("CityOverview")


def test_c31_banks_do_not_see_it(bank: Desk) -> None:
    assert bank.ask(tab("annualReports", "operation", ["enterprises"]), year=2022).code == "FORBIDDEN"


EXPORTED = """query ($year: Int) { statistics { annualReports(year: $year) {
    operation { rows { no districtName zoneName enterprises operatingRevenue rdExpense rdIntensity } total { no } }
    peopleAndPlatforms { rows { no districtName zoneName staffTotal sciTechStaff rdStaff sciTechShare
        platformsNational platformsMinisterial platformsMunicipal platformsDistrict platformsEnterprise } total { no } }
    achievements { rows { no districtName zoneName patentApplications grantedThisYear } total { no } } } } }"""


def test_c32_headers_carry_units_and_shares_are_numbers(yubei: Desk) -> None:
    book = yubei.workbook(EXPORTED, year=2022)
    assert book.sheetnames == ["经营概况", "人员和研发平台概况", "科技成果概况", "说明"]
    header, *_, total = rows_of(book.worksheets[0])
    assert header[3:] == ["年报企业数(家)", "营业收入(千元)", "研发费用(千元)", "研发投入强度"]
    assert total == [None, "合计", "--", 2, 30000, 600.001, pytest.approx(0.02, abs=1e-6)]


def test_c32_charts_are_by_unit_and_by_level(city_desk_of: Desks) -> None:
    sheet = city_desk_of(MUNICIPAL).workbook(EXPORTED, year=2022).worksheets[1]
    bars, shares = charts_of(sheet)
    assert is_beside(bars, sheet)
    assert is_beside(shares, sheet)
    last = sheet.max_row
    assert bars.series[0].val.numRef.f == f"'人员和研发平台概况'!$E$2:$E${last - 1}"
    assert shares.series[0].val.numRef.f == f"'人员和研发平台概况'!$H${last}:$L${last}"  # the total row's
    assert shares.series[0].cat.strRef.f == "'人员和研发平台概况'!$H$1:$L$1"
