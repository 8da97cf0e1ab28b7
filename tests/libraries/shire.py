"""A handful of firms that a reader can keep in mind, each made for one library, in 渝北 but for two in 北碚."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.fixtures.rows import Columns, uscc
from tests.fixtures.town import BEIBEI_UNIT, YUBEI_UNIT
from tests.libraries.firms import rows
from tests.libraries.oracle import Firm

RESERVE, RESERVE_BEIBEI, STAR, LEADING, GAZELLE, YOUNG, REGISTERED, NEARLY, LAPSED, NEWBORN, RECENT = range(1, 12)
YEARS = (2019, 2020, 2021, 2022)
TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()

SOUND: dict[str, Any] = {
    "operating_revenue": 40000, "main_business_revenue": 40000, "rd_expense": 2400, "rd_expense_domestic": 2400,
    "high_tech_product_revenue": 30000, "total_income": 40000, "total_assets": 50000, "net_assets": 13500,
    "net_assets_begin": 10000, "staff_total": 100, "sci_tech_staff": 30, "rd_staff": 9,
    "valid_invention_patents": 2, "ip_self_developed": True, "conversions_last3_years": 15,
    "has_rd_department": True, "has_rd_management_system": True, "has_rd_expense_ledger": True,
    "has_industry_university_cooperation": True, "hi_tech_field": "NEW_MATERIALS", "star_flags": [],
    "major_safety_quality_accident": False, "serious_environmental_violation": False,
    "serious_research_dishonesty": False, "in_abnormal_list": False, "in_serious_illegal_list": False,
    "restricted_industry": False,
}  # fmt: skip
"""Year after year: a candidate for HNTE, and for a tech SME."""

PLAIN: dict[str, Any] = {
    **SOUND, "sci_tech_staff": 1, "rd_expense": 0, "rd_expense_domestic": 0, "valid_invention_patents": None,
    "conversions_last3_years": 0,
}  # fmt: skip
"""Nothing that any library looks for."""


def _each_year(**changed: Any) -> dict[int, dict[str, Any]]:
    return {year: {**SOUND, **changed} for year in YEARS}


def firms() -> dict[int, Firm]:
    """The firms by number."""
    growing = {year: {**PLAIN, "operating_revenue": revenue, "main_business_revenue": revenue, "total_income": revenue,
                      "rd_expense": revenue // 20, "valid_invention_patents": 1}
               for year, revenue in zip(YEARS, (30000, 40000, 52000, 70000), strict=True)}  # fmt: skip
    large = {"operating_revenue": 400000, "main_business_revenue": 400000, "total_income": 400000, "rd_expense": 20000,
             "rd_expense_domestic": 20000, "valid_invention_patents": 15, "rd_staff": 10}  # fmt: skip
    old = dt.date(2010, 5, 4)
    lately, last_year = TODAY - dt.timedelta(days=20), TODAY.year - 1
    return {
        RESERVE: Firm(old, reports=_each_year()),
        RESERVE_BEIBEI: Firm(old, reports=_each_year()),
        STAR: Firm(old, reports={2022: {**PLAIN, "star_flags": ["IMPORT_SUBSTITUTION"]}}),
        LEADING: Firm(
            old,
            reports={2022: {**PLAIN, **large}},
            platforms={2022: ["MUNICIPAL"]},
            certificates=[(dt.date(2021, 1, 1), dt.date(2023, 12, 31), "EXPIRED")],
        ),
        GAZELLE: Firm(old, reports=growing),
        YOUNG: Firm(dt.date(2020, 3, 1), tenant=True),
        REGISTERED: Firm(
            old, in_library=True, certificates=[(TODAY, TODAY.replace(day=1).replace(year=TODAY.year + 3), "VALID")]
        ),
        NEARLY: Firm(old, reports=_each_year(rd_expense=1999, rd_expense_domestic=1999)),
        NEWBORN: Firm(lately, tenant=True),
        RECENT: Firm(
            dt.date(last_year, 1, 2), tenant=False, reports={last_year: {**PLAIN, "valid_invention_patents": 1}}
        ),
        LAPSED: Firm(old, in_library=True, certificates=[(dt.date(2015, 1, 1), dt.date(2018, 1, 1), "EXPIRED")]),
    }


def unit_of(number: int) -> str:
    """Whose firm it is."""
    return BEIBEI_UNIT if number in (RESERVE_BEIBEI, RECENT) else YUBEI_UNIT


def shire() -> list[tuple[str, Columns]]:
    """All firms as rows, with the filings of two of them."""
    made = [row for number, firm in firms().items() for row in rows(number, unit_of(number), firm)]
    for number, status in ((REGISTERED, "VALID"), (LAPSED, "LAPSED")):
        filing = {"tech_enterprise_no": f"CQ{number}", "uscc": uscc(number), "unit_code": unit_of(number)}
        made.append(("tech_enterprise_record", {**filing, "filed_on": "2021-05-06", "status": status}))
    return made


def named(number: int) -> str:
    """A firm's name."""
    return f"企业{number:04d}"
