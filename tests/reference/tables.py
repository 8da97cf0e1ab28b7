"""The statistics tables counted in Python, straight from the rows that a principal may see (domain §2.6 to §2.8).

Written from the domain and from what the pages promise, not from the roll-ups: each measure is counted anew for each
place, value or unit. What is published for the whole city (the overview, the rank) is counted from all rows.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from authz.principal import Principal, Role
from tests.reference.derived import ratio
from tests.reference.rows import Row, World, snake

CITY = "重庆市"
TOTAL, NO_ZONE, NO_DISTRICT = "合计", "--", "未填区县"
CHINA = dt.timezone(dt.timedelta(hours=8))
ONE_DAY = dt.timedelta(days=1)
Place = tuple[str, str]
Interval = tuple[dt.date, dt.date]

SIZES = ("LARGE", "MEDIUM", "SMALL", "MICRO")
INDUSTRIES = {"PRIMARY": "primaryCount", "SECONDARY": "secondaryCount", "TERTIARY": "tertiaryCount"}
FIELDS = (
    "ELECTRONIC_INFORMATION",
    "BIOLOGY_NEW_MEDICINE",
    "AEROSPACE",
    "NEW_MATERIALS",
    "HIGH_TECH_SERVICES",
    "NEW_ENERGY_SAVING",
    "RESOURCES_ENVIRONMENT",
    "ADVANCED_MANUFACTURING",
)
MONEY = ("operatingRevenue", "mainBusinessRevenue", "highTechProductRevenue", "totalProfit", "taxPaid", "rdExpense")
OPERATION = (*MONEY, "totalAssets")
PEOPLE = ("staffTotal", "sciTechStaff", "rdStaff", "doctors", "masters", "newGraduatesHired")
ACHIEVEMENTS = (
    "patentApplications",
    "inventionApplications",
    "grantedThisYear",
    "validInventionPatents",
    "softwareCopyrights",
    "achievementConversions",
)
LEVELS = ("NATIONAL", "MINISTERIAL", "MUNICIPAL", "DISTRICT", "ENTERPRISE")
KINDS_OF_PROGRESS = {
    "TechEnterprise": ("TECH_ENTERPRISE", "techCompletionRate"),
    "Hnte": ("HNTE", "hnteCompletionRate"),
    "TechSme": ("TECH_SME", "smeCompletionRate"),
}
ZONE_TYPES = (
    "NATIONAL_NEW_AREA",
    "NATIONAL_HTZ",
    "NATIONAL_ETDZ",
    "MUNICIPAL_HTZ",
    "MUNICIPAL_ETDZ",
)


def camel(name: str) -> str:
    """``LARGE`` or ``large_count`` as the schema spells a field."""
    first, *others = name.lower().split("_")
    return first + "".join(map(str.capitalize, others))


def enrolled_on(row: Row) -> dt.date | None:
    """The day an enterprise came into the library; without one, the day it was founded."""
    return (row["in_library_on"] or row["established_on"]) if row["in_library"] else None


def _is_enrolled(row: Row, last: dt.date) -> bool:
    day = enrolled_on(row)
    return day is not None and day <= last


def in_force(unit: Row, day: dt.date) -> bool:
    """Whether a unit was there on a day."""
    return (unit["valid_from"] or day) <= day <= (unit["valid_to"] or day)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Days on which one of several entries is in force: those that touch or overlap are one."""
    found: list[Interval] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1] + ONE_DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


@dataclass(frozen=True)
class Tables:
    """The tables of one principal: ``world`` are the rows in sight, ``city`` all of them."""

    world: World
    city: World
    principal: Principal

    # -- pages ------------------------------------------------------------------------------------

    def page(self, name: str, year: int) -> Row:
        """A page of tabs for a year."""
        tabs: Mapping[str, Mapping[str, Callable[[int], Row]]] = {
            "enrolment": {
                "reports": self._reports,
                "sizes": self._sizes,
                "industries": self._industries,
                "fields": self._fields,
            },
            "annualReports": {
                "operation": self._operation,
                "peopleAndPlatforms": self._people,
                "achievements": self._achievements,
            },
            "vouchers": {
                "byType": lambda at: self._vouchers(at, "type"),
                "bySize": lambda at: self._vouchers(at, "enterprise_size"),
                "byIndustry": lambda at: self._vouchers(at, "industry_category"),
                "byField": lambda at: self._vouchers(at, "hi_tech_field"),
            },
            "overview": {"districts": self._city_districts, "zones": self._city_zones},
        }
        return {"year": year, **{tab: made(year) for tab, made in tabs[name].items()}}

    def _unit(self, code: str | None) -> Row | None:
        return next((row for row in self.world.rows("Unit") if row["code"] == code), None)

    def _areas(self, *, city: bool = False) -> list[Row]:
        """The units of the city whose bureaus own records; an officer's own ones."""
        areas = [row for row in self.world.rows("Unit") if row["is_jurisdiction"] and row["city"] == CITY]
        if city or self.principal.role is not Role.DISTRICT_OFFICER:
            return areas
        return [row for row in areas if row["code"] in self.principal.units]

    def _of_city(self, kind: str) -> list[Row]:
        """What in sight belongs to the city's bureaus."""
        own = {area["code"] for area in self._areas(city=True)}
        return [row for row in self.world.rows(kind) if row["unit_code"] in own]

    # -- by district and zone ---------------------------------------------------------------------

    def _placed(self, year: int, count: Callable[[Sequence[Row]], Row], relevant: Callable[[Row], bool]) -> Row:
        """A table by place: ``count`` says the measures of some enterprises, all those that are ``relevant``."""
        chosen = [row for row in self._of_city("Enterprise") if relevant(row)]
        by_place: dict[Place, list[Row]] = {}
        for area in self._areas():
            if in_force(area, dt.date(year, 1, 1)):
                is_zone = area["kind"] == "ZONE"
                by_place[((area["host_code"] if is_zone else area["code"]), area["code"] if is_zone else "")] = []
        for row in chosen:
            by_place.setdefault((row["district_code"] or "", row["zone_code"] or ""), []).append(row)
        rows = [
            {**self._names(place), "no": no, **count(by_place[place])}
            for no, place in enumerate(sorted(by_place, key=self._place_order), start=1)
        ]
        total = {"no": None, "districtName": TOTAL, "zoneName": NO_ZONE, "unit": None, "zone": None, **count(chosen)}
        return {"rows": rows, "total": total}

    def _place_order(self, place: Place) -> tuple[bool, bool, str, str]:
        """The city's districts first; last the row of whatever has no district filled in."""
        unit = self._unit(place[0])
        return place[0] == "", unit is None or not unit["is_jurisdiction"], *place

    def _names(self, place: Place) -> Row:
        unit, zone = self._unit(place[0]), self._unit(place[1])
        return {
            "districtName": unit["name"] if unit else NO_DISTRICT,
            "zoneName": zone["name"] if zone else "",
            "unit": unit,
            "zone": zone,
        }

    def _report(self, row: Row, year: int) -> Row | None:
        return next(iter(self.world.where("AnnualReport", {"uscc": row["uscc"], "year": year})), None)

    def _approved(self, row: Row, year: int) -> Row | None:
        report = self._report(row, year)
        return report if report is not None and report["status"] == "APPROVED" else None

    def _reports(self, year: int) -> Row:
        last = dt.date(year, 12, 31)

        def count(rows: Sequence[Row]) -> Row:
            enrolled = [row for row in rows if _is_enrolled(row, last)]
            reports = [report for row in enrolled if (report := self._report(row, year)) is not None]
            approved = [report for report in reports if report["status"] == "APPROVED"]
            return {
                "registeredCount": sum(_is_registered(row, last) for row in rows),
                "inLibraryCount": len(enrolled),
                "reportedCount": sum(report["status"] != "DRAFT" for report in reports),
                "aboveScaleIndustrialCount": sum(bool(report["is_above_scale_industrial"]) for report in approved),
            }

        return self._placed(year, count, lambda row: _is_registered(row, last) or _is_enrolled(row, last))

    def _enrolled(self, year: int, count: Callable[[Sequence[Row]], Row]) -> Row:
        last = dt.date(year, 12, 31)
        return self._placed(
            year, lambda rows: {**count(rows), "inLibraryCount": len(rows)}, lambda row: _is_enrolled(row, last)
        )

    def _sizes(self, year: int) -> Row:
        def count(rows: Sequence[Row]) -> Row:
            reports = [report for row in rows if (report := self._approved(row, year)) is not None]
            sizes = Counter(report["enterprise_size"] for report in reports)
            known = {f"{camel(size)}Count": sizes[size] for size in SIZES}
            return {**known, "unclassifiedCount": len(rows) - sum(known.values())}

        return self._enrolled(year, count)

    def _industries(self, year: int) -> Row:
        def count(rows: Sequence[Row]) -> Row:
            found = Counter(row["industry_category"] for row in rows)
            return {**{name: found[value] for value, name in INDUSTRIES.items()}, "unknownCount": found[None]}

        return self._enrolled(year, count)

    def _fields(self, year: int) -> Row:
        def count(rows: Sequence[Row]) -> Row:
            found = Counter(row["hi_tech_field"] for row in rows)
            return {**{f"{camel(value)}Count": found[value] for value in FIELDS}, "noneCount": found[None]}

        return self._enrolled(year, count)

    # -- out of approved reports ------------------------------------------------------------------

    def _summed(self, year: int, count: Callable[[Sequence[Row]], Row]) -> Row:
        def counted(rows: Sequence[Row]) -> Row:
            reports = [report for row in rows if (report := self._approved(row, year)) is not None]
            return {"enterprises": len(reports), **count(reports)}

        return self._placed(year, counted, lambda row: self._approved(row, year) is not None)

    def _operation(self, year: int) -> Row:
        def count(reports: Sequence[Row]) -> Row:
            found = _sums(reports, OPERATION)
            return {**found, "rdIntensity": ratio(found["rdExpense"], found["operatingRevenue"])}

        return self._summed(year, count)

    def _people(self, year: int) -> Row:
        def count(reports: Sequence[Row]) -> Row:
            found = _sums(reports, PEOPLE)
            platforms = [self._below("ReportPlatform", report) for report in reports]
            levels = Counter(row["level"] for rows in platforms for row in rows)
            by_level = {f"platforms{level.capitalize()}": levels[level] for level in LEVELS}
            return {
                **found,
                "sciTechShare": ratio(found["sciTechStaff"], found["staffTotal"]),
                "platformsTotal": sum(by_level.values()),
                **by_level,
                "enterprisesWithPlatform": sum(bool(rows) for rows in platforms),
            }

        return self._summed(year, count)

    def _achievements(self, year: int) -> Row:
        def count(reports: Sequence[Row]) -> Row:
            roles = Counter(row["role"] for report in reports for row in self._below("ReportStandard", report))
            return {
                **_sums(reports, ACHIEVEMENTS),
                "standardsLed": roles["LEAD"],
                "standardsParticipated": roles["PARTICIPATE"],
                "scienceAwards": sum(len(self._below("ReportAward", report)) for report in reports),
                "hiTechProducts": sum(report["hi_tech_product_count"] or 0 for report in reports),
            }

        return self._summed(year, count)

    def _below(self, kind: str, report: Row) -> list[Row]:
        return self.world.where(kind, {"uscc": report["uscc"], "year": report["year"]})

    # -- vouchers ---------------------------------------------------------------------------------

    def _vouchers(self, year: int, by: str) -> Row:
        words, unknown = VOUCHER_WORDS[by]
        rows = [row for row in self._of_city("VoucherApplication") if row["year"] == year]
        values = [*words, *([None] if unknown else [])]
        missing = None if unknown else "UNCLASSIFIED"
        lines = [
            {
                "no": no,
                "name": unknown if value is None else words[value],
                "value": value,
                **_applied([row for row in rows if (row[by] or missing) == value]),
            }
            for no, value in enumerate(values, start=1)
        ]
        return {"rows": lines, "total": {"no": None, "name": TOTAL, "value": None, **_applied(rows)}}

    # -- the city ---------------------------------------------------------------------------------

    def _standing(self, day: dt.date, kind: str) -> list[Row]:
        """The enterprises of the city's bureaus that are of a kind on a day, whoever asks."""
        own = {area["code"] for area in self._areas(city=True)}
        found = [row for row in self.city.rows("Enterprise") if row["unit_code"] in own]
        if kind == "TECH_ENTERPRISE":
            month_end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
            return [row for row in found if _is_enrolled(row, month_end)]
        return [row for row in found if _is_valid(_validity(self.city, row, kind), day)]

    def _city_districts(self, year: int) -> Row:
        day = min(dt.date(year, 12, 31), today())
        names = {"inLibraryCount": "TECH_ENTERPRISE", "validHnteCount": "HNTE", "techSmeCount": "TECH_SME"}
        counts = {
            name: Counter(row["district_code"] or "" for row in self._standing(day, kind))
            for name, kind in names.items()
        }
        areas = [area for area in self._areas(city=True) if area["kind"] != "ZONE"]
        places = {area["code"] for area in areas if in_force(area, dt.date(year, 1, 1))}.union(*counts.values())
        rows = [
            {
                "no": no,
                "districtName": self._names((code, ""))["districtName"],
                "unit": self._unit(code),
                **{name: found[code] for name, found in counts.items()},
            }
            for no, code in enumerate(sorted(places, key=lambda code: (code == "", code)), start=1)
        ]
        totals = {name: sum(found.values()) for name, found in counts.items()}
        return {"rows": rows, "total": {"no": None, "districtName": TOTAL, "unit": None, **totals}}

    def _city_zones(self, year: int) -> Row:
        day = min(dt.date(year, 12, 31), today())
        counts = Counter(row["zone_code"] for row in self._standing(day, "TECH_ENTERPRISE"))
        zones = [row for row in self.world.rows("Unit") if row["kind"] == "ZONE" and row["city"] == CITY]
        rows = [
            {
                "no": no,
                "zoneName": zone["name"],
                "zone": zone,
                "zoneType": zone["zone_type"],
                "inLibraryCount": counts[zone["code"]],
            }
            for no, zone in enumerate(
                sorted(zones, key=lambda row: (ZONE_TYPES.index(row["zone_type"]), row["code"])), start=1
            )
        ]
        total = sum(counts[zone["code"]] for zone in zones)
        return {
            "rows": rows,
            "total": {"no": None, "zoneName": TOTAL, "zone": None, "zoneType": None, "inLibraryCount": total},
        }

    # -- progress ---------------------------------------------------------------------------------

    def progress(self, month: str | None) -> Row:
        """The table of a month; without one, of the latest that is closed."""
        year, number = map(int, (month or closed_month()).split("-"))
        lines = [self._progress(area, year, number) for area in self._areas(city=True)]
        first = dt.date(year, number, 1)
        lines = [
            line
            for line in lines
            if in_force(line["unit"], first) or any(line[f"total{kind}"] for kind in KINDS_OF_PROGRESS)
        ]
        rates = sorted((rate for line in lines if (rate := line["techCompletionRate"]) is not None), reverse=True)
        for line in lines:
            rate = line["techCompletionRate"]
            line["rank"] = None if rate is None else rates.index(rate) + 1
        own = {area["code"] for area in self._areas()}
        rows = sorted((line for line in lines if line["unit"]["code"] in own), key=lambda line: line["unit"]["code"])
        for no, row in enumerate(rows, start=1):
            row["no"] = no
        total: Row = {"no": None, "unitName": TOTAL, "unit": None, "rank": None, "reserveHnteCount": None}
        for kind, (_, rate) in KINDS_OF_PROGRESS.items():
            targets = [row[f"annualTarget{kind}"] for row in rows if row[f"annualTarget{kind}"] is not None]
            total[f"annualTarget{kind}"] = sum(targets) if targets else None
            for figure in ("monthNew", "ytdNew", "total"):
                total[f"{figure}{kind}"] = sum(row[f"{figure}{kind}"] for row in rows)
            total[rate] = ratio(total[f"ytdNew{kind}"], total[f"annualTarget{kind}"])
        frozen = {row["month"] for row in self.city.tables["cultivation_snapshot"]}
        is_frozen = year * 100 + number in frozen
        return {"month": f"{year}-{number:02}", "isFrozen": is_frozen, "rows": rows, "total": total}

    def _progress(self, area: Row, year: int, number: int) -> Row:
        first = dt.date(year, number, 1)
        month_end = first.replace(day=calendar.monthrange(year, number)[1])
        last, january = min(month_end, today()), dt.date(year, 1, 1)
        rows = [row for row in self.city.rows("Enterprise") if row["unit_code"] == area["code"]]
        line: Row = {"unit": area, "unitName": area["name"], "reserveHnteCount": None}
        for kind, (name, rate) in KINDS_OF_PROGRESS.items():
            if name == "TECH_ENTERPRISE":  # told by the month: the whole of it counts
                began = [day for row in rows if (day := enrolled_on(row)) is not None and day <= month_end]
                total = len(began)
            else:
                valid = [_validity(self.city, row, name) for row in rows]
                began = [first for intervals in valid for first, _ in intervals if first <= last]
                total = sum(_is_valid(intervals, last) for intervals in valid)
            target = next(
                (
                    row["target"]
                    for row in self.city.tables["cultivation_target"]
                    if (row["unit_code"], row["year"], row["kind"]) == (area["code"], year, name)
                ),
                None,
            )
            line |= {
                f"annualTarget{kind}": target,
                f"monthNew{kind}": sum(day >= first for day in began),
                f"ytdNew{kind}": sum(day >= january for day in began),
                f"total{kind}": total,
            }
            line[rate] = ratio(line[f"ytdNew{kind}"], target)
        return line


def _is_registered(row: Row, last: dt.date) -> bool:
    return row["operating_status"] != "CANCELLED" and row["established_on"] <= last


def _sums(reports: Sequence[Row], names: Iterable[str]) -> Row:
    """Sums of what reports say, null where none says it; and how many say it."""
    found: Row = {}
    for name in names:
        said = [report[snake(name)] for report in reports if report[snake(name)] is not None]
        found[name] = sum(said[1:], said[0]) if said else None
        found[f"{name}ReportedCount"] = len(said)
    return found


def _applied(rows: Sequence[Row]) -> Row:
    zero = Decimal("0.0000")
    return {
        "enterprises": len({row["uscc"] for row in rows}),
        "applications": len(rows),
        "appliedAmount": sum((row["applied_amount"] for row in rows), zero),
        "approvedAmount": sum((row["approved_amount"] or zero for row in rows), zero),
    }


def _validity(world: World, row: Row, kind: str) -> list[Interval]:
    """The days on which an enterprise is recognised: certificates that were not revoked, registrations."""
    mine = {"uscc": row["uscc"]}
    if kind == "HNTE":
        entries = [each for each in world.where("HnteCertificate", mine) if each["status"] != "REVOKED"]
        return merged((each["issued_on"], each["expires_on"]) for each in entries)
    return merged((each["registered_on"], each["valid_until"]) for each in world.where("TechSmeRegistration", mine))


def _is_valid(intervals: Sequence[Interval], day: dt.date) -> bool:
    return any(first <= day <= last for first, last in intervals)


def today() -> dt.date:
    """The day it is where the clocks of the service hang."""
    return dt.datetime.now(CHINA).date()


def closed_month() -> str:
    """The latest month that is over."""
    return f"{today().replace(day=1) - ONE_DAY:%Y-%m}"


VOUCHER_WORDS: Mapping[str, tuple[Mapping[str, str], str | None]] = {
    "type": (
        {
            "TECH_ENTERPRISE": "科技型企业培育",
            "HNTE": "高新技术企业培育",
            "RESOURCE_SHARING": "科技资源(仪器)共享",
            "RD_SERVICE": "研发服务",
            "TESTING": "检验检测",
            "TECH_TRANSFER": "技术转移",
            "IP_SERVICE": "知识产权服务",
            "OTHER": "其他",
        },
        None,
    ),
    "enterprise_size": (
        {"LARGE": "大型", "MEDIUM": "中型", "SMALL": "小型", "MICRO": "微型", "UNCLASSIFIED": "未划型"},
        None,
    ),
    "industry_category": ({"PRIMARY": "第一产业", "SECONDARY": "第二产业", "TERTIARY": "第三产业"}, "未填"),
    "hi_tech_field": (
        {
            "ELECTRONIC_INFORMATION": "电子信息",
            "BIOLOGY_NEW_MEDICINE": "生物与新医药",
            "AEROSPACE": "航空航天",
            "NEW_MATERIALS": "新材料",
            "HIGH_TECH_SERVICES": "高技术服务",
            "NEW_ENERGY_SAVING": "新能源与节能",
            "RESOURCES_ENVIRONMENT": "资源与环境",
            "ADVANCED_MANUFACTURING": "先进制造与自动化",
        },
        "未填",
    ),
}
