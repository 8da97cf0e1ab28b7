"""Firms drawn around every threshold of domain §3.3, and the rows they are stored as."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from tests.fixtures.rows import Columns, basic_info, enterprise, report, uscc
from tests.libraries.oracle import Firm

YEARS = (2019, 2020, 2021, 2022)
FIELDS = ("ELECTRONIC_INFORMATION", "HIGH_TECH_SERVICES", "NEW_MATERIALS", "AEROSPACE", None)
MONEY = (0, 1, 9999.999, 10000, 20000, 49999.999, 50000, 50000.001, 100000, 150000, 200000, 200000.001, 299999.999,
         300000, 399999.999, 400000, 1000000)  # fmt: skip
RATES = ("0", "0.0199", "0.02", "0.03", "0.0299", "0.04", "0.05", "0.0499", "0.06", "0.15", "0.2", "0.3", "0.9")
SHARES = (0, 9, 10, 14, 15, 20, 24, 25, 29, 30, 60, 59, 100)
GROWTH = ("0.9", "1", "1.04", "1.05", "1.15", "1.2", "1.25", "1.3", "1.35", "1.5", "2.2")
COUNTS = (None, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 14, 15, 49, 50)
FLAGS = (False, False, False, False, True)
STANDARD = {"standard_no": "GB 1", "name": "标准"}
DAYS = (dt.date(2022, 12, 31), dt.date(2021, 12, 31), dt.date(2020, 12, 31))


def drawn(dice: Random) -> Firm:
    """One firm with reports of some years."""
    firm = Firm(
        established=_established(dice),
        in_library=dice.random() < 0.3,
        hi_tech_field=dice.choice(FIELDS),
        tenant=dice.choice((None, False, True)),
    )
    years = [year for year in YEARS if dice.random() < 0.85]
    revenue = float(dice.choice(MONEY))
    for year in years:
        revenue = round(revenue * float(dice.choice(GROWTH)), 3) if dice.random() < 0.7 else float(dice.choice(MONEY))
        _add_report(dice, firm, year, revenue)
    for _ in range(dice.choice((0, 0, 1, 2))):
        begun = dice.choice((dt.date(2019, 11, 30), dt.date(2020, 1, 1), dt.date(2022, 12, 31), dt.date(2023, 1, 1)))
        status = dice.choice(("VALID", "EXPIRED", "REVOKED"))
        firm.certificates.append((begun, dice.choice((*DAYS, begun.replace(year=begun.year + 3))), status))
        firm.certificates = [each for each in firm.certificates if each[0] <= each[1]]
    if dice.random() < 0.3:
        begun = dice.choice((dt.date(2021, 6, 1), dt.date(2022, 12, 31)))
        firm.registrations.append((begun, dice.choice((dt.date(2022, 12, 31), dt.date(2022, 12, 30)))))
        firm.registrations = [each for each in firm.registrations if each[0] <= each[1]]
    return firm


def _established(dice: Random) -> dt.date:
    year = dice.choice((2005, 2010, 2012, 2013, 2014, 2016, 2017, 2018, 2019, 2020, 2021, 2022))
    return dice.choice((dt.date(year, 12, 31), dt.date(year, 1, 1), dt.date(year, 6, 15), dt.date(year, 12, 30)))


def _add_report(dice: Random, firm: Firm, year: int, revenue: float) -> None:
    main = round(revenue * dice.choice((1, 0.9, 0.5)), 3)
    other = dice.choice((None, 0, round(revenue - main, 3)))
    sales = main + (other or 0)
    spent = round(dice.choice((revenue, sales)) * float(dice.choice(RATES)), 3) + dice.choice((0, 0, 0.001))
    staff = dice.choice((0, 1, 10, 100, 500, 501))
    income = dice.choice((None, revenue, round(revenue * 0.8, 3)))
    most = revenue if income is None else income
    inventions = dice.choice(COUNTS)

    def some(value: Any, often: float = 0.7) -> Any:
        return value if dice.random() < often else None

    def people() -> int:
        return staff * dice.choice(SHARES) // 100

    firm.reports[year] = {
        "operating_revenue": revenue, "main_business_revenue": main, "other_business_revenue": other,
        "total_income": income, "high_tech_product_revenue": some(round(most * dice.choice((0.59, 0.6, 0.61, 1)), 3)),
        "total_cost_expense": some(dice.choice((0, round(spent / 0.3, 3), round(spent * 5, 3)))),
        "rd_expense": round(spent, 3), "rd_expense_domestic": some(round(spent * dice.choice((0.5, 0.6, 1)), 3)),
        "rd_expense_prev1": some(dice.choice(MONEY), 0.5), "rd_expense_prev2": some(dice.choice(MONEY), 0.5),
        "sales_revenue_prev1": some(dice.choice(MONEY), 0.5), "sales_revenue_prev2": some(dice.choice(MONEY), 0.5),
        "total_assets": dice.choice(MONEY), "net_assets": dice.choice((-1, 0, 100, 105, 115, 125, 135)),
        "net_assets_begin": some(dice.choice((-1, 0, 100)), 0.6),
        "latest_valuation_usd": some(dice.choice((99, 100, 999.999999, 1000))),
        "total_financing_usd": some(dice.choice((4, 5, 50, 49))),
        "valid_invention_patents": inventions,
        "of_which_main_business": None if inventions is None else some(dice.choice((0, inventions)), 0.5),
        "ic_layouts": some(dice.choice((0, 1)), 0.2), "valid_utility_models": dice.choice(COUNTS),
        "valid_designs": some(dice.choice((0, 1)), 0.2), "software_copyrights": some(dice.choice((0, 1, 6)), 0.3),
        "ip_self_developed": dice.choice((None, False, True)),
        "achievement_conversions": dice.choice((None, 1, 3, 5, 6)),
        "conversions_last3_years": some(dice.choice((0, 2, 3, 9, 14, 15)), 0.5),
        "staff_total": staff, "sci_tech_staff": people(), "rd_staff": some(people()),
        "star_flags": dice.choice(([], [], [], ["NATIONAL_AWARD"])),
        "hi_tech_field": dice.choice(FIELDS), "is_incubator_tenant": dice.choice((None, False, True)),
        **{name: dice.choice(FLAGS) for name in (
            "major_safety_quality_accident", "serious_environmental_violation", "serious_research_dishonesty",
            "in_abnormal_list", "in_serious_illegal_list", "restricted_industry")},
        **{name: dice.choice((None, False, True, True)) for name in (
            "has_rd_department", "has_rd_management_system", "has_rd_expense_ledger",
            "has_industry_university_cooperation")},
    }  # fmt: skip
    if dice.random() < 0.4:
        firm.platforms[year] = [dice.choice(("NATIONAL", "MINISTERIAL", "MUNICIPAL", "DISTRICT", "ENTERPRISE"))]
    if dice.random() < 0.3:
        level = dice.choice(("INTERNATIONAL", "NATIONAL", "INDUSTRY", "LOCAL", "GROUP"))
        firm.standards[year] = [(level, dice.choice(("LEAD", "PARTICIPATE")), year - dice.choice((0, 4, 5)))]
    if dice.random() < 0.3:
        rank = dice.choice((None, 1, 3, 4))
        firm.awards[year] = [(dice.choice(("NATIONAL", "MUNICIPAL")), rank, year - dice.choice((0, 4, 5)))]
    if dice.random() < 0.3:
        board = dice.choice(("STAR", "NEEQ", "BSE", "MAIN_SSE"))
        firm.listings[year] = [(board, dice.choice(("LISTED", "PLANNED", "DELISTED")))]


def rows(number: int, unit: str, firm: Firm) -> list[tuple[str, Columns]]:
    """The firm as rows of the database."""
    code = uscc(number)
    made: list[tuple[str, Columns]] = [
        (
            "enterprise",
            {
                **enterprise(number, f"企业{number:04d}", unit)[1],
                "established_on": firm.established.isoformat(),
                "in_library": firm.in_library,
                "hi_tech_field": firm.hi_tech_field,
                "research_contact_mobile": None,
                "contact_mobile": None,
                "contact_id_masked": None,
            },
        )
    ]
    if firm.tenant is not None:
        info = basic_info(number, f"企业{number:04d}", unit, 1, is_incubator_tenant=firm.tenant)[1]
        info |= {
            "established_on": firm.established.isoformat(),
            "contact_mobile": None,
            "research_contact_mobile": None,
        }
        made.append(("basic_info", info))
    for year, columns in firm.reports.items():
        of = {"uscc": code, "year": year, "no": 1}
        base = report(number, unit, year)[1] | {"reporter_mobile": None}
        made.append(("annual_report", base | {name: _stored(value) for name, value in columns.items()}))
        made += [
            ("report_platform", {**of, "name": "平台", "kind": "OTHER", "level": level})
            for level in firm.platforms.get(year, [])
        ]
        made += [
            ("report_standard", {**of, **STANDARD, "level": level, "role": role, "published_on": f"{when}-07-01"})
            for level, role, when in firm.standards.get(year, [])
        ]
        made += [
            ("report_award", {**of, "level": level, "name": "奖", "rank": rank, "award_year": when})
            for level, rank, when in firm.awards.get(year, [])
        ]
        made += [
            ("report_listing", {**of, "board": board, "status": status})
            for board, status in firm.listings.get(year, [])
        ]
    owner = {"uscc": code, "unit_code": unit}
    for serial, (begun, until, status) in enumerate(firm.certificates):
        dates = {"issued_on": begun.isoformat(), "expires_on": until.isoformat(), "status": status}
        made.append(("hnte_certificate", {"certificate_no": f"GR{number}-{serial}", **owner, **dates}))
    for serial, (begun, until) in enumerate(firm.registrations):
        dates = {"registered_on": begun.isoformat(), "valid_until": until.isoformat()}
        made.append(("tech_sme_registration", {"registration_no": f"SME{number}-{serial}", **owner, **dates}))
    return made


def _stored(value: Any) -> Any:
    """A drawn amount as the column keeps it."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
