"""Domain §3.3 once more, in plain Python over plain values: what the libraries' SQL is held against.

Written from the domain's tables, not from the declarations: thresholds stand here as numbers, shares are fractions, and
nothing is shared with the service. ``judge`` answers state, actual value and threshold of every condition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

Report = Mapping[str, Any]
Found = tuple[bool | None, Fraction | Decimal | None, Fraction | None]
"""Passes (None: unknown), what was measured, what was asked for."""
Params = Mapping[str, Any]

RANKS = {"NATIONAL": 5, "MINISTERIAL": 4, "MUNICIPAL": 3, "DISTRICT": 2, "ENTERPRISE": 1}
BIG_BOARDS = {"STAR", "MAIN_SSE", "MAIN_SZSE", "CHINEXT", "BSE"}


@dataclass
class Firm:
    """An enterprise with its approved reports by year, their lists, certificates and registrations."""

    established: dt.date
    in_library: bool = False
    hi_tech_field: str | None = None
    tenant: bool | None = None
    """What its approved basic information says of the incubator; None: there is none."""
    reports: dict[int, dict[str, Any]] = attribute(default_factory=dict[int, dict[str, Any]])
    platforms: dict[int, list[str]] = attribute(default_factory=dict[int, list[str]])
    standards: dict[int, list[tuple[str, str, int]]] = attribute(default_factory=dict[int, list[tuple[str, str, int]]])
    """Level, role, year of publication."""
    awards: dict[int, list[tuple[str, int | None, int]]] = attribute(
        default_factory=dict[int, list[tuple[str, int | None, int]]]
    )
    """Level, rank, year."""
    listings: dict[int, list[tuple[str, str]]] = attribute(default_factory=dict[int, list[tuple[str, str]]])
    certificates: list[tuple[dt.date, dt.date, str]] = attribute(default_factory=list[tuple[dt.date, dt.date, str]])
    registrations: list[tuple[dt.date, dt.date]] = attribute(default_factory=list[tuple[dt.date, dt.date]])


def exact(value: Any) -> Fraction | None:
    """A stored number as it is."""
    return None if value is None else Fraction(str(value))


def both(*states: bool | None) -> bool | None:
    """AND, as SQL knows it."""
    return False if False in states else None if None in states else True


def either(*states: bool | None) -> bool | None:
    """OR, as SQL knows it."""
    return True if True in states else None if None in states else False


def at_least(value: Fraction | None, least: Fraction | None) -> Found:
    return (None if value is None or least is None else value >= least), value, least


def at_most(value: Fraction | None, most: Fraction) -> Found:
    return (None if value is None else value <= most), value, most


def more(value: Fraction | None, than: Fraction | None) -> Found:
    return (None if value is None or than is None else value > than), value, than


def share(part: Fraction | None, of: Fraction | None) -> Fraction | None:
    return None if part is None or not of else part / of


def says(state: bool | None) -> Found:
    return state, None, None


def shown_of_all(*found: Found) -> Found:
    """All must pass; the first that does not is shown."""
    shown = next((each for each in found if each[0] is not True), found[0])
    return both(*(each[0] for each in found)), shown[1], shown[2]


def shown_of_any(*found: Found) -> Found:
    """One must pass; the first that does is shown."""
    shown = next((each for each in found if each[0] is True), found[0])
    return either(*(each[0] for each in found)), shown[1], shown[2]


def rounded(value: Fraction | None) -> Decimal | None:
    """Six decimals, half up."""
    if value is None:
        return None
    with localcontext() as context:
        context.prec = 60
        return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def growth(now: Fraction | None, base: Fraction | None, years: int) -> Decimal | None:
    """The compound rate as shown."""
    if now is None or base is None or base <= 0:
        return None
    with localcontext() as context:
        context.prec = 60
        ratio = (
            Decimal(now.numerator) / Decimal(now.denominator) / (Decimal(base.numerator) / Decimal(base.denominator))
        )
        rate = (ratio.ln() / years).exp() - 1 if ratio else Decimal(-1)
        return rate.quantize(Decimal("0.000001"), ROUND_HALF_UP)


@dataclass
class View:
    """A firm as a rule of year ``year`` sees it on ``day``."""

    firm: Firm
    year: int
    today: dt.date

    @property
    def day(self) -> dt.date:
        return min(dt.date(self.year, 12, 31), self.today)

    @property
    def months(self) -> Fraction:
        """Months begun since the establishment."""
        born, day = self.firm.established, self.day
        return Fraction((day.year - born.year) * 12 + day.month - born.month + (1 if day.day > born.day else 0))

    def value(self, name: str, back: int = 0) -> Fraction | None:
        report = self.firm.reports.get(self.year - back)
        return None if report is None else exact(report.get(name))

    def says(self, name: str, back: int = 0) -> bool:
        report = self.firm.reports.get(self.year - back)
        return bool(report and report.get(name))

    def sales(self, back: int = 0) -> Fraction | None:
        main, other = self.value("main_business_revenue", back), self.value("other_business_revenue", back)
        if main is None:
            return self.value(f"sales_revenue_prev{back}") if back in (1, 2) else None
        return main + (other or 0)

    def research(self, back: int = 0) -> Fraction | None:
        own = self.value("rd_expense", back)
        return self.value(f"rd_expense_prev{back}") if own is None and back in (1, 2) else own

    def three_years(self, of: Callable[[int], Fraction | None]) -> Fraction | None:
        """The sum of the years since the establishment, at most three."""
        total = Fraction(0)
        for back in range(3):
            if back and self.firm.established.year > self.year - back:
                continue
            value = of(back)
            if value is None:
                return None
            total += value
        return total

    @property
    def class_i(self) -> Fraction | None:
        return self._sum("valid_invention_patents", "ic_layouts", "plant_varieties", "other_class_i")

    @property
    def class_ii(self) -> Fraction | None:
        return self._sum("valid_utility_models", "valid_designs", "software_copyrights")

    def _sum(self, *names: str) -> Fraction | None:
        values = [value for name in names if (value := self.value(name)) is not None]
        return sum(values, Fraction(0)) if values else None

    @property
    def property_count(self) -> Fraction | None:
        if self.class_i is None and self.class_ii is None:
            return None
        return (self.class_i or Fraction(0)) + (self.class_ii or Fraction(0))

    @property
    def technology(self) -> str | None:
        report = self.firm.reports.get(self.year)
        return (report.get("hi_tech_field") if report else None) or self.firm.hi_tech_field

    @property
    def is_hnte(self) -> bool:
        return any(
            issued <= self.day <= expires and (status == "VALID" or (status == "EXPIRED" and self.day < self.today))
            for issued, expires, status in self.firm.certificates
        )

    @property
    def is_sme(self) -> bool:
        return any(begun <= self.day <= until for begun, until in self.firm.registrations)

    @property
    def rank(self) -> Fraction:
        return Fraction(max((RANKS[level] for level in self.firm.platforms.get(self.year, [])), default=0))

    @property
    def flags(self) -> int:
        report = self.firm.reports.get(self.year)
        return len(report["star_flags"]) if report else 0

    @property
    def main_patents(self) -> Fraction | None:
        main = self.value("of_which_main_business")
        return self.value("valid_invention_patents") if main is None else main

    @property
    def pre_score(self) -> Fraction | None:
        if self.year not in self.firm.reports:
            return None
        one, two = self.class_i or 0, self.class_ii or 0
        rights = 24 if one >= 1 else 18 if two >= 5 else 12 if two >= 3 else 6 if two >= 1 else 0
        rights += 3 if self.says("ip_self_developed") else 0
        levels = {level for level, _, _ in self.firm.standards.get(self.year, [])}
        rights += 2 if levels & {"NATIONAL", "INDUSTRY"} else 0
        three = self.value("conversions_last3_years")
        if three is None:
            three = self.three_years(lambda back: self.value("achievement_conversions", back))
        yearly = Fraction(0) if three is None else three / 3
        converted = next(
            (points for least, points in ((5, 30), (4, 24), (3, 18), (2, 12), (1, 6)) if yearly >= least), 0
        )
        managed = 5 * (self.says("has_rd_department") or self.rank > 0)
        for name in ("has_rd_management_system", "has_rd_expense_ledger", "has_industry_university_cooperation"):
            managed += 5 * self.says(name)
        begin = self.value("net_assets_begin")
        begin = self.value("net_assets", 1) if begin is None else begin
        grown = _growth_points(self.value("net_assets"), begin) + _growth_points(self.sales(), self.sales(1))
        return Fraction(min(30, rights) + converted + managed + grown)

    @property
    def staff_score(self) -> Fraction:
        part = share(self.value("sci_tech_staff"), self.value("staff_total"))
        return _banded(part, ((30, 20), (25, 16), (20, 12), (15, 8), (10, 4)))

    @property
    def sme_score(self) -> Fraction:
        spent = self.value("rd_expense")
        of_sales = _banded(share(spent, self.sales()), ((6, 50), (5, 40), (4, 30), (3, 20), (2, 10)))
        costs = share(spent, self.value("total_cost_expense"))
        of_costs = _banded(costs, ((30, 50), (25, 40), (20, 30), (15, 20), (10, 10)))
        one, two = self.class_i or 0, self.class_ii or 0
        results = 30 if one >= 1 else 24 if two >= 4 else 18 if two == 3 else 12 if two == 2 else 6 if two == 1 else 0
        return self.staff_score + max(of_sales, of_costs) + results

    @property
    def direct_pass(self) -> bool:
        lately = range(self.year - 4, self.year + 1)
        award = any(
            level == "NATIONAL" and rank is not None and 1 <= rank <= 3 and when in lately
            for level, rank, when in self.firm.awards.get(self.year, [])
        )
        led = any(
            role == "LEAD" and level in ("INTERNATIONAL", "NATIONAL", "INDUSTRY") and when in lately
            for level, role, when in self.firm.standards.get(self.year, [])
        )
        return self.is_hnte or award or led or self.rank >= 3


def _banded(value: Fraction | None, bands: tuple[tuple[int, int], ...]) -> Fraction:
    if value is None:
        return Fraction(0)
    return Fraction(next((points for least, points in bands if value >= Fraction(least, 100)), 0))


def _growth_points(now: Fraction | None, base: Fraction | None) -> int:
    if now is None or base is None or base <= 0:
        return 0
    rate = now / base - 1
    for least, points in ((35, 10), (25, 8), (15, 6), (5, 4)):
        if rate >= Fraction(least, 100):
            return points
    return 2 if rate > 0 else 0


# ── the libraries ───────────────────────────────────────────────────────────────────────────────

DEFAULTS: dict[str, Any] = {
    "minDaysRegistered": 365, "minIpCount": 1, "minClassI": 0, "minClassII": 0, "fields": None,
    "minSciTechStaffRatio": "0.10", "tier1Max": 50000, "tier1Ratio": "0.05", "tier2Max": 200000, "tier2Ratio": "0.04",
    "tier3Ratio": "0.03", "minDomesticRdShare": "0.60", "requireDomesticData": False,
    "minHighTechRevenueRatio": "0.60", "minInnovationScore": 70, "excludeValidHnte": True,
    "minOperatingRevenue": 400000, "minRdIntensity": "0.05", "minInventionPatents": 15,
    "minPlatformLevel": "MUNICIPAL", "minRdStaffRatio": "0.10", "requireHnte": True,
    "maxStaff": 500, "maxSalesRevenue": 200000, "maxTotalAssets": 200000, "minScore": 60, "allowDirectPass": True,
    "excludeValidTechSme": True,
}  # fmt: skip
"""Parameters of the libraries that have some; ``fields`` None: all eight."""


def newest(firm: Firm, year: int) -> int | None:
    """The year of the newest report up to ``year``: what a library looks at that needs no report of the year."""
    return max((each for each in firm.reports if each <= year), default=None)


def incubation(x: View, _p: Params) -> dict[str, Found]:
    told = View(x.firm, newest(x.firm, x.year) or x.year, x.today)
    reported = x.firm.reports.get(told.year, {}).get("is_incubator_tenant")
    age = at_most(x.months, Fraction(60))
    born = says(x.day >= x.firm.established)
    return {
        "I1": shown_of_all(age, born),
        "I2": shown_of_any(
            at_least(told.property_count, Fraction(1)),
            more(told.value("rd_expense"), Fraction(0)),
            at_least(told.value("sci_tech_staff"), Fraction(1)),
            says(x.firm.tenant if reported is None else reported),
        ),
        "I3": says(not x.firm.in_library),
    }


def hnte_reserve(x: View, p: Params) -> dict[str, Found]:
    sales, spent = x.three_years(x.sales), x.three_years(x.research)
    now = x.sales()
    tier = None
    if now is not None:
        tier = "tier1Ratio" if now <= p["tier1Max"] else "tier2Ratio" if now <= p["tier2Max"] else "tier3Ratio"
    home = x.three_years(lambda back: x.value("rd_expense_domestic", back))
    domestic = at_least(share(home, spent), Fraction(p["minDomesticRdShare"]))
    if home is None and not p["requireDomesticData"]:
        domestic = (True, domestic[1], domestic[2])
    ratio = at_least(share(spent, sales), None if tier is None else Fraction(p[tier]))
    income = x.value("total_income")
    income = x.value("operating_revenue") if income is None else income
    in_fields = None if x.technology is None else p["fields"] is None or x.technology in p["fields"]
    return {
        "H1": at_least(Fraction((x.day - x.firm.established).days), Fraction(p["minDaysRegistered"])),
        "H2": shown_of_all(
            at_least(x.property_count, Fraction(p["minIpCount"])),
            at_least(x.class_i or Fraction(0), Fraction(p["minClassI"])),
            at_least(x.class_ii or Fraction(0), Fraction(p["minClassII"])),
        ),
        "H3": says(in_fields),
        "H4": at_least(share(x.value("sci_tech_staff"), x.value("staff_total")), Fraction(p["minSciTechStaffRatio"])),
        "H5": shown_of_all(ratio, domestic),
        "H6": at_least(share(x.value("high_tech_product_revenue"), income), Fraction(p["minHighTechRevenueRatio"])),
        "H7": more(x.pre_score, Fraction(p["minInnovationScore"])),
        "HX1": says(not (x.says("major_safety_quality_accident") or x.says("serious_environmental_violation"))),
        "HX2": says(not (p["excludeValidHnte"] and x.is_hnte)),
    }


def star_reserve(x: View, _p: Params) -> dict[str, Found]:
    spent = x.three_years(x.research)
    revenue = x.three_years(lambda back: x.value("operating_revenue", back))
    now, base = x.value("operating_revenue"), x.value("operating_revenue", 2)
    rate, asked = growth(now, base, 2), Fraction(1, 4)
    grown = None if now is None or base is None or base <= 0 else now / base >= (1 + asked) ** 2
    listed = any(board in BIG_BOARDS and status == "LISTED" for board, status in x.firm.listings.get(x.year, []))
    outside = either(None if x.technology is None else x.technology != "HIGH_TECH_SERVICES", x.flags > 0)
    return {
        "S1": shown_of_any(at_least(share(spent, revenue), Fraction(1, 20)), at_least(spent, Fraction(80000))),
        "S2": at_least(share(x.value("rd_staff"), x.value("staff_total")), Fraction(1, 10)),
        "S3": at_least(x.main_patents, Fraction(7)),
        "S4": shown_of_any((grown, rate, asked), at_least(now, Fraction(300000))),
        "S5": shown_of_any(at_least(x.main_patents, Fraction(50)), says(x.flags > 0)),
        "SX1": says(not listed),
        "SX2": says(outside),
    }


def leading_cultivation(x: View, p: Params) -> dict[str, Found]:
    revenue = x.value("operating_revenue")
    return {
        "L1": at_least(revenue, Fraction(p["minOperatingRevenue"])),
        "L2": at_least(share(x.value("rd_expense"), revenue), Fraction(p["minRdIntensity"])),
        "L3": at_least(x.value("valid_invention_patents"), Fraction(p["minInventionPatents"])),
        "L4": at_least(x.rank, Fraction(RANKS[p["minPlatformLevel"]])),
        "L5": at_least(share(x.value("rd_staff"), x.value("staff_total")), Fraction(p["minRdStaffRatio"])),
        "L6": says(x.is_hnte or not p["requireHnte"]),
    }


def high_growth(x: View, _p: Params) -> dict[str, Found]:
    years = [share(x.research(back), x.value("operating_revenue", back)) for back in range(3)]
    known = [year for year in years if year is not None]
    spending = both(*(None if year is None else year >= Fraction(3, 100) for year in years))
    now, base = x.value("operating_revenue"), x.value("operating_revenue", 3)
    rate = None
    if base is not None and base >= 10000:
        rate = Fraction(15, 100) if base >= 100000 else Fraction(20, 100) if base >= 50000 else Fraction(30, 100)
    grown: bool | None
    if base is None or now is None:
        grown = None
    elif rate is None:
        grown = False
    else:
        grown = now / base >= (1 + rate) ** 3

    def unicorn(months: int, valuation: int, financing: int) -> Found:
        return shown_of_all(
            at_least(x.value("latest_valuation_usd"), Fraction(valuation)),
            at_least(x.value("total_financing_usd"), Fraction(financing)),
            at_most(x.months, Fraction(months)),
        )

    return {
        "G1": (spending, min(known) if known else None, Fraction(3, 100)),
        "G2": at_least(x.class_i, Fraction(1)),
        "G3": (grown, growth(now, base, 3), rate),
        "G4": more(now, x.value("operating_revenue", 1)),
        "G5": unicorn(120, 1000, 50),
        "G6": unicorn(108, 100, 5),
    }


def national_sme_reserve(x: View, p: Params) -> dict[str, Found]:
    bad = ("major_safety_quality_accident", "serious_environmental_violation", "serious_research_dishonesty")
    scored = shown_of_all(at_least(x.sme_score, Fraction(p["minScore"])), more(x.staff_score, Fraction(0)))
    return {
        "N1": shown_of_all(
            at_most(x.value("staff_total"), Fraction(p["maxStaff"])),
            at_most(x.sales(), Fraction(p["maxSalesRevenue"])),
            at_most(x.value("total_assets"), Fraction(p["maxTotalAssets"])),
        ),
        "N2": shown_of_any(scored, says(p["allowDirectPass"] and x.direct_pass)),
        "NX1": says(not x.says("restricted_industry")),
        "NX2": says(not any(x.says(name, back) for name in bad for back in (0, 1))),
        "NX3": says(not (x.says("in_abnormal_list") or x.says("in_serious_illegal_list"))),
        "NX4": says(not (p["excludeValidTechSme"] and x.is_sme)),
    }


RULES: dict[str, Callable[[View, Params], dict[str, Found]]] = {
    "INCUBATION": incubation,
    "HNTE_RESERVE": hnte_reserve,
    "STAR_RESERVE": star_reserve,
    "LEADING_CULTIVATION": leading_cultivation,
    "HIGH_GROWTH": high_growth,
    "NATIONAL_SME_RESERVE": national_sme_reserve,
}
INSTEAD = {"STAR_RESERVE": ("S5",), "HIGH_GROWTH": ("G5", "G6")}
"""Conditions that stand for the main ones."""


def judge(library: str, firm: Firm, year: int, today: dt.date, params: Params | None = None) -> dict[str, Found] | None:
    """Every condition's finding; None where there is nothing to look at."""
    if library != "INCUBATION" and year not in firm.reports:
        return None
    return RULES[library](View(firm, year, today), {**DEFAULTS, **(params or {})})


def is_member(library: str, found: Mapping[str, Found] | None, off: frozenset[str] = frozenset()) -> bool:
    """Whether the findings make a member; conditions in ``off`` do not count."""
    if found is None:
        return False
    instead = INSTEAD.get(library, ())
    fixed = [key for key in found if key[1] == "X"]
    main = [key for key in found if key not in instead and key not in fixed and key not in off]
    holds = all(found[key][0] is True for key in main) or any(found[key][0] is True for key in instead)
    return holds and all(found[key][0] is True for key in fixed)


def category(found: Mapping[str, Found]) -> str | None:
    """Of which kind a member of the high-growth library is."""
    if found["G5"][0] is True:
        return "UNICORN"
    if found["G6"][0] is True:
        return "POTENTIAL_UNICORN"
    return "GAZELLE" if all(found[key][0] is True for key in ("G1", "G2", "G3", "G4")) else None


def first_year(library: str, firm: Firm, today: dt.date) -> int | None:
    """The smallest year of membership under the default parameters."""
    years = range(firm.established.year, today.year + 1) if library == "INCUBATION" else sorted(firm.reports)
    return next((year for year in years if is_member(library, judge(library, firm, year, today))), None)
