"""科技创新券申领统计表 (domain C23, C24): four tabs, counted again in plain SQL over the applications."""

from __future__ import annotations

import pytest

from authz.principal import Principal
from db.engine import Pool
from db.enums import EnterpriseSize, HiTechField, IndustryCategory, VoucherType
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, rows_of
from tests.pages.statistics import IN_CITY, MUNICIPAL, READERS, charts_of, is_beside, number, tab, table_of, units_of

FIGURES = ("enterprises", "applications", "appliedAmount", "approvedAmount")
KEYS = ("no", "name", "value")
TABS = {
    "byType": ("type", VoucherType, None),
    "bySize": ("coalesce(enterprise_size, 'UNCLASSIFIED')", EnterpriseSize, None),
    "byIndustry": ("coalesce(industry_category, 'UNKNOWN')", IndustryCategory, "UNKNOWN"),
    "byField": ("coalesce(hi_tech_field, 'NONE')", HiTechField, "NONE"),
}
COUNTED = """
SELECT {value}, count(DISTINCT uscc), count(*), sum(applied_amount), coalesce(sum(approved_amount), 0)
FROM voucher_application e WHERE year = $1 AND {city} AND ($2::text[] IS NULL OR unit_code = ANY($2)) GROUP BY 1"""


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.subject)
@pytest.mark.parametrize("name", TABS)
async def test_c23_figures_are_those_of_a_recount(
    city_desk_of: Desks, pool: Pool, reader: Principal, name: str
) -> None:
    value, values, unknown = TABS[name]
    table = table_of(city_desk_of(reader).see(tab("vouchers", name, FIGURES, KEYS), year=2022))
    counted = COUNTED.format(value=value, city=IN_CITY)
    recounted = {row[0]: list(row)[1:] for row in await pool.fetch(counted, 2022, units_of(reader))}
    shown = {row["value"] or unknown: [number(row[field]) for field in FIGURES] for row in table["rows"]}
    assert shown == {key: recounted.get(key, [0, 0, 0, 0]) for key in [*values, *([unknown] if unknown else [])]}
    counted = COUNTED.format(value="'all'", city=IN_CITY)
    (total,) = await pool.fetch(counted, 2022, units_of(reader)) or [["all", 0, 0, 0, 0]]
    assert [number(table["total"][field]) for field in FIGURES] == list(total)[1:]


def test_c23_enterprises_of_the_total_are_counted_anew(yubei: Desk) -> None:
    table = table_of(yubei.see(tab("vouchers", "byType", FIGURES, KEYS), year=2022))
    assert sum(row["enterprises"] for row in table["rows"]) == 4  # 启明 applied for two types
    assert table["total"] == {
        "no": None,
        "name": "合计",
        "value": None,
        "enterprises": 3,
        "applications": 5,
        "appliedAmount": "50.0000",
        "approvedAmount": "26.0000",
    }


def test_c23_every_value_has_its_row_in_the_enumerations_order(beibei: Desk) -> None:
    rows = table_of(beibei.see(tab("vouchers", "byType", FIGURES, KEYS), year=2020))["rows"]
    assert [(row["no"], row["name"], row["value"]) for row in rows] == [
        (no, value.label, value.value) for no, value in enumerate(VoucherType, start=1)
    ]
    assert {row["enterprises"] for row in rows} == {0}
    assert rows[0]["appliedAmount"] == "0.0000"


def test_c23_the_year_is_of_every_tab_and_has_a_default(yubei: Desk) -> None:
    tabs = "".join(f"{name} {{ total {{ applications }} }} " for name in TABS)
    page = f"{{ statistics {{ vouchers%s {{ year {tabs} }} }} }}"
    assert yubei.see(page % "")["vouchers"] == {"year": 2022, **{name: {"total": {"applications": 5}} for name in TABS}}
    earlier = yubei.see(page % "(year: 2021)")["vouchers"]
    assert earlier == {"year": 2021, **{name: {"total": {"applications": 1}} for name in TABS}}


EXPORTED = """query ($year: Int) { statistics { vouchers(year: $year) {
    byType { rows { no name enterprises applications appliedAmount approvedAmount } total { no } } } } }"""


def test_c24_the_open_tab_leaves_with_its_year(yubei: Desk) -> None:
    book = yubei.workbook(EXPORTED, year=2022)
    assert book.sheetnames == ["创新券类型", "说明"]
    header, *rows, total = rows_of(book.worksheets[0])
    assert header == ["序号", "创新券类型", "申领企业数(家)", "申领笔数(张)", "申领金额(万元)", "核定金额(万元)"]
    assert rows[3] == [4, "研发服务", 1, 2, 20, 8]
    assert total == [None, "合计", 3, 5, 50, 26]


def test_c24_charts_show_counts_and_the_structure_of_amounts(city_desk_of: Desks) -> None:
    sheet = city_desk_of(MUNICIPAL).workbook(EXPORTED, year=2022).worksheets[0]
    bars, shares = charts_of(sheet)
    assert is_beside(bars, sheet)
    assert is_beside(shares, sheet)
    assert shares.anchor._from.row > bars.anchor._from.row
    assert [series.val.numRef.f for series in bars.series] == ["'创新券类型'!$C$2:$C$9", "'创新券类型'!$D$2:$D$9"]
    assert shares.series[0].val.numRef.f == "'创新券类型'!$E$2:$E$9"
    assert shares.series[0].cat.strRef.f == "'创新券类型'!$B$2:$B$9"


def test_c24_banks_and_enterprises_have_none(bank: Desk, qiming: Desk) -> None:
    assert {desk.ask(EXPORTED, year=2022).code for desk in (bank, qiming)} == {"FORBIDDEN"}
