"""The libraries' entries in Python: who is a member of which library, and why, out of the rows in sight.

The rules are those of ``tests/libraries/oracle.py`` (domain §3.3, written without the declarations); here a principal's
rows become firms, and the findings become entries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from db.enums import LibraryKey
from schema.libraries.declare import Parameter
from schema.libraries.known import LIBRARIES as DECLARED
from tests.libraries import oracle
from tests.libraries.oracle import Firm, Found
from tests.reference.rows import Row, World
from tests.reference.tables import today

DEFAULT_YEAR = 2022
LIBRARIES = (
    "INCUBATION",
    "HNTE_RESERVE",
    "STAR_RESERVE",
    "LEADING_CULTIVATION",
    "HIGH_GROWTH",
    "NATIONAL_SME_RESERVE",
    "TECH_ENTERPRISE_REGISTER",
    "HNTE_REGISTER",
)
"""In their order."""
REGISTERS = ("TECH_ENTERPRISE_REGISTER", "HNTE_REGISTER")
CONFIGURED = ("HNTE_RESERVE", "NATIONAL_SME_RESERVE")
"""Libraries whose year is the settings' where none is named (domain C37, C45)."""
SETTABLE: Mapping[str, Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "HNTE_RESERVE": {
        "H1": {"minDaysRegistered": (0, 365, 3652)},
        "H2": {"minIpCount": (0, 1, 6), "minClassI": (0, 1)},
        "H3": {"fields": (["NEW_MATERIALS", "AEROSPACE"], ["ELECTRONIC_INFORMATION"])},
        "H4": {"minSciTechStaffRatio": ("0", "0.25", "0.5")},
        "H5": {"tier1Ratio": ("0", "0.06"), "requireDomesticData": (True, False)},
        "H6": {"minHighTechRevenueRatio": ("0", "0.61")},
        "H7": {"minInnovationScore": (0, 10, 50)},
        "HX2": {"excludeValidHnte": (True, False)},
    },
    "LEADING_CULTIVATION": {
        "L1": {"minOperatingRevenue": (0, 10000)},
        "L2": {"minRdIntensity": ("0", "0.02")},
        "L3": {"minInventionPatents": (0, 1)},
        "L4": {"minPlatformLevel": ("ENTERPRISE", "NATIONAL")},
        "L5": {"minRdStaffRatio": ("0", "0.3")},
        "L6": {"requireHnte": (True, False)},
    },
    "NATIONAL_SME_RESERVE": {
        "N1": {"maxStaff": (10, 5000), "maxSalesRevenue": (50000, 1000000000)},
        "N2": {"minScore": (0, 40), "allowDirectPass": (True, False)},
        "NX4": {"excludeValidTechSme": (True, False)},
    },
}
"""Parameters that may be asked for, with values that tell enterprises apart."""
FILING = ("tech_enterprise_no", "filed_on", "valid_until")
CERTIFICATE = ("certificate_no", "issued_on", "expires_on")
STATES = {True: "PASS", False: "FAIL", None: "UNKNOWN"}


class Rounded(Decimal):
    """A number that is told with however many places: compared to the sixth."""


@dataclass(frozen=True)
class Asked:
    """What a question says of a library's conditions: parameters by name, and the conditions that do not count."""

    parameters: tuple[tuple[str, Any], ...] = ()
    off: frozenset[str] = frozenset()

    @classmethod
    def of(cls, given: Sequence[Mapping[str, Any]] | None, saved: Sequence[Row]) -> Asked:
        """As the arguments have it; what they leave open as the unit saved it, or else the city."""
        found: dict[str, Any] = {}
        off: set[str] = set()
        for row in sorted(saved, key=lambda each: each["holder"] != "CITY"):
            if row["parameter"] == "":
                off = off - {row["condition"]} if row["number"] else off | {row["condition"]}
            else:
                found[row["parameter"]] = _saved(row)
        for condition in given or ():
            off = off | {condition["key"]} if condition.get("enabled") is False else off - {condition["key"]}
            for parameter in condition.get("parameters") or ():
                value, words = parameter.get("value"), parameter.get("values")
                name = parameter["name"]
                if words is not None:
                    found[name] = words[0] if name == "minPlatformLevel" else tuple(words)
                elif isinstance(oracle.DEFAULTS[name], bool):
                    found[name] = bool(value)
                else:
                    found[name] = str(value)
        return cls(tuple(sorted(found.items(), key=lambda each: each[0])), frozenset(off))


@dataclass
class Libraries:
    """The libraries of one principal's rows."""

    world: World
    firms: dict[str, Firm] = field(default_factory=dict[str, Firm])
    _judged: dict[Any, Any] = field(default_factory=dict[Any, Any])

    @classmethod
    def of(cls, world: World) -> Libraries:
        """Those of a world, which keeps them."""
        found: Libraries | None = world.kept.get("libraries")
        if found is None:
            found = world.kept["libraries"] = cls(world)
        return found

    def default_year(self, key: str) -> int | None:
        """The year of a library where none is named; a register has none."""
        if key in REGISTERS:
            return None
        if key == "INCUBATION":
            return today().year
        approved = [row["year"] for row in self.world.rows("AnnualReport") if row["status"] == "APPROVED"]
        return DEFAULT_YEAR if key in CONFIGURED or not approved else max(approved)

    def members(self, key: str, given: Mapping[str, Any]) -> list[Row]:
        """The members of a library."""
        entries = (self.entry(key, row, given) for row in self._population())
        # A register shows records that are past where that is asked for; members they are not.
        return [entry for entry in entries if entry is not None and entry.get("~listed", entry["is_member"])]

    def of_enterprise(self, row: Row, given: Mapping[str, Any]) -> list[Row]:
        """The libraries an enterprise is in, or lacks at most so many conditions for."""
        if row["operating_status"] != "ACTIVE":
            return []
        most = given.get("missingAtMost")
        named = {"year": given.get("year")}
        entries = [entry for key in LIBRARIES if (entry := self.entry(key, row, named)) is not None]
        return [entry for entry in entries if (entry["is_member"] if most is None else entry["missing"] <= most)]

    def saved(self, key: str) -> list[Row]:
        """What the own unit and the city saved for a library."""
        return [row for row in self.world.tables["library_setting"] if row["library"] == key]

    def known(self, key: str) -> Row:
        """A library as its declaration tells it, with the values that count now."""
        library, off = DECLARED[LibraryKey(key)], Asked.of(None, self.saved(key)).off
        return {
            "key": key,
            "name": library.key.label,
            "group": library.group.value,
            "basis": library.basis.text,
            "confidence": library.basis.confidence.value,
            "filters": [each.value for each in library.filters],
            "exports": library.exports,
            "settable": library.settable,
            "defaultYear": self.default_year(key),
            "conditions": [
                {
                    "key": each.key,
                    "order": order,
                    "text": each.text,
                    "source": each.source.text,
                    "confidence": each.source.confidence.value,
                    "isFixed": each in library.fixed,
                    "isAlternative": each in library.alternatives,
                    "enabledByDefault": True,
                    "enabled": each.key not in off,
                    "parameters": [self._parameter(key, each.key, one) for one in each.parameters],
                }
                for order, each in enumerate(library.every, start=1)
            ],
        }

    def _parameter(self, key: str, condition: str, declared: Parameter) -> Row:
        place = (condition, declared.name)
        saved = sorted(
            (row for row in self.saved(key) if (row["condition"], row["parameter"]) == place),
            key=lambda row: row["holder"] == "CITY",
        )
        is_words = isinstance(declared.default, tuple)
        default = None if is_words else Rounded(Decimal(cast("Any", declared.default)))
        defaults = list(cast("Any", declared.default)) if is_words else []
        return {
            "name": declared.name,
            "label": declared.label,
            "kind": declared.kind.value,
            "unit": declared.unit,
            "default": default,
            "defaults": defaults,
            "value": Rounded(saved[0]["number"]) if saved and not is_words else default,
            "values": saved[0]["words"] if saved and is_words else defaults,
            "min": None if is_words else Rounded(declared.least),
            "max": None if is_words else Rounded(declared.most),
            "choices": [each.value for each in declared.choices],
        }

    def _population(self) -> Iterator[Row]:
        return (row for row in self.world.rows("Enterprise") if row["operating_status"] == "ACTIVE")

    def entry(self, key: str, row: Row, given: Mapping[str, Any]) -> Row | None:
        """An enterprise's entry; None where there is nothing to look at."""
        if key in REGISTERS:
            return self._registered(key, row, given)
        year = given.get("year") or self.default_year(key)
        assert year is not None
        asked, firm = Asked.of(given.get("conditions"), self.saved(key)), self._firm(row)
        found = self._findings(key, row, year, asked)
        if found is None:
            return None
        first = self._first_year(key, row, firm)
        lacking = [each for each in _lacking(key, found) if each not in asked.off]
        return {
            **_firm_columns(row),
            "library": key,
            "year": year,
            "report_year": oracle.newest(firm, year) if key == "INCUBATION" else year,
            "is_member": oracle.is_member(key, found, asked.off),
            "first_qualified_year": first,
            "is_first_time": first == year,
            "category": oracle.category(found) if key == "HIGH_GROWTH" else None,
            "missing": len(lacking),
            "failed": lacking,
            **dict.fromkeys(("record_no", "record_from", "record_until", "record_status")),
            "results": [_result(name, each, asked.off) for name, each in found.items()],
        }

    def _findings(self, key: str, row: Row, year: int, asked: Asked) -> dict[str, Found] | None:
        known = (key, row["uscc"], year, asked.parameters)
        if known not in self._judged:
            self._judged[known] = oracle.judge(key, self._firm(row), year, today(), dict(asked.parameters))
        return self._judged[known]

    def _first_year(self, key: str, row: Row, firm: Firm) -> int | None:
        known = ("first", key, row["uscc"])
        if known not in self._judged:
            self._judged[known] = oracle.first_year(key, firm, today())
        return self._judged[known]

    # -- registers --------------------------------------------------------------------------------

    def _registered(self, key: str, row: Row, given: Mapping[str, Any]) -> Row | None:
        day: dt.date = given.get("asOf") or today()
        is_filing = key == "TECH_ENTERPRISE_REGISTER"
        kind = "TechEnterpriseRecord" if is_filing else "HnteCertificate"
        number, begun, ended = FILING if is_filing else CERTIFICATE
        records = [each for each in self.world.where(kind, {"uscc": row["uscc"]}) if each["status"] != "REVOKED"]
        valid = [each for each in records if _is_valid(each, day, is_filing=is_filing)]
        past = [each for each in records if each[begun] <= day] if given.get("includeExpired") else []
        # The newest of those that count; of several of one day, the one of the smallest number.
        by_number = sorted(valid or past, key=lambda record: record[number])
        chosen = max(by_number, key=lambda record: record[begun], default=None)
        if chosen is None:
            return None
        holds = {"T1": bool(valid), "T2": bool(row["in_library"])} if is_filing else {"C1": bool(valid)}
        needed = [name for name in holds if not (given.get("includeExpired") and name in ("T1", "C1"))]
        first = min((each[begun].year for each in records), default=None)
        failed = [name for name, state in holds.items() if not state]
        return {
            **_firm_columns(row),
            "library": key,
            "year": day.year,
            "report_year": None,
            "is_member": all(holds.values()),
            "~listed": all(holds[name] for name in needed),
            "first_qualified_year": first,
            "is_first_time": first == day.year,
            "category": None,
            "missing": len(failed),
            "failed": failed,
            "record_no": chosen[number],
            "record_from": chosen[begun],
            "record_until": chosen[ended],
            "record_status": chosen["status"],
            "results": [_result(name, (state, None, None), frozenset()) for name, state in holds.items()],
        }

    # -- firms ------------------------------------------------------------------------------------

    def _firm(self, row: Row) -> Firm:
        code: str = row["uscc"]
        if code not in self.firms:
            self.firms[code] = self._made(row)
        return self.firms[code]

    def _made(self, row: Row) -> Firm:
        mine = {"uscc": row["uscc"]}
        approved = [each for each in self.world.where("AnnualReport", mine) if each["status"] == "APPROVED"]
        forms = [each for each in self.world.where("BasicInfo", mine) if each["status"] == "APPROVED"]
        firm = Firm(row["established_on"], row["in_library"], row["hi_tech_field"])
        if forms:
            firm.tenant = max(forms, key=lambda each: each["version"])["is_incubator_tenant"]
        for report in sorted(approved, key=lambda each: each["year"]):
            year: int = report["year"]
            below = {"uscc": row["uscc"], "year": year}
            firm.reports[year] = {**report, "star_flags": report["star_flags"] or []}
            firm.platforms[year] = [each["level"] for each in self.world.where("ReportPlatform", below)]
            firm.standards[year] = [
                (each["level"], each["role"], each["published_on"].year if each["published_on"] else 0)
                for each in self.world.where("ReportStandard", below)
            ]
            firm.awards[year] = [
                (each["level"], each["rank"], each["award_year"] or 0)
                for each in self.world.where("ReportAward", below)
            ]
            firm.listings[year] = [(each["board"], each["status"]) for each in self.world.where("ReportListing", below)]
        firm.certificates = [
            (each["issued_on"], each["expires_on"], each["status"])
            for each in self.world.where("HnteCertificate", mine)
        ]
        firm.registrations = [
            (each["registered_on"], each["valid_until"]) for each in self.world.where("TechSmeRegistration", mine)
        ]
        return firm


def _saved(row: Row) -> Any:
    if row["words"] is not None:
        return row["words"][0] if row["parameter"] == "minPlatformLevel" else tuple(row["words"])
    return bool(row["number"]) if isinstance(oracle.DEFAULTS[row["parameter"]], bool) else str(row["number"])


def _firm_columns(row: Row) -> Row:
    names = ("uscc", "unit_code", "name", "district_code", "established_on", "industry_category", "hi_tech_field")
    return {name: row[name] for name in names}


def _lacking(key: str, found: Mapping[str, Found]) -> list[str]:
    """The conditions that keep a firm out, main ones first; none of those where another stands for them."""
    instead = oracle.INSTEAD.get(key, ())
    by_other = any(found[each][0] is True for each in instead)
    wanting = [each for each in found if each not in instead and found[each][0] is not True]
    return [each for each in wanting if not (by_other and each[1] != "X")]


def _result(key: str, found: Found, off: frozenset[str]) -> Row:
    state, actual, threshold = found
    return {
        "key": key,
        "enabled": key not in off,
        "state": STATES[state],
        "actual": _number(actual),
        "threshold": _number(threshold),
    }


def _number(value: Fraction | Decimal | None) -> Rounded | None:
    found = value if isinstance(value, Decimal) else oracle.rounded(value)
    return None if found is None else Rounded(found)


def _is_valid(record: Row, day: dt.date, *, is_filing: bool) -> bool:
    if is_filing:
        return record["filed_on"] <= day and record["status"] == "VALID"
    lasted = record["status"] == "EXPIRED" and day < today()
    return record["issued_on"] <= day <= record["expires_on"] and (record["status"] == "VALID" or lasted)
