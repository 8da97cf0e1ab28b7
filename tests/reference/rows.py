"""Every row of a database in plain dictionaries, and how the types of the schema stand on them.

Written by hand from the domain, not read off the declarations: what the service plans into SQL, this
looks up in Python. Nothing here knows who asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import asyncpg

Row = dict[str, Any]

TABLES = (
    "unit",
    "enterprise",
    "basic_info",
    "annual_report",
    "report_standard",
    "report_platform",
    "report_listing",
    "report_product",
    "report_award",
    "report_project",
    "review_record",
    "credit_rating",
    "credit_loan",
    "voucher_application",
    "tech_enterprise_record",
    "hnte_certificate",
    "tech_sme_registration",
    "cultivation_target",
    "library_setting",
    "cultivation_snapshot",
    "data_sharing_consent",
    "export",
    "audit_entry",
)


@dataclass(frozen=True)
class Kind:
    """A row type: its table, its key, the order of its lists (``-``: descending)."""

    table: str
    key: tuple[str, ...]
    order: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    "Unit": Kind("unit", ("code",), ("code",)),
    "Enterprise": Kind("enterprise", ("uscc",), ("unit_code", "name", "uscc")),
    "CustomQueryRow": Kind("enterprise", ("uscc",), ("unit_code", "name", "uscc")),
    "BasicInfo": Kind("basic_info", ("uscc", "version"), ("unit_code", "uscc", "-version")),
    "Size": Kind("size", ("uscc", "year"), ("year",)),
    "AnnualReport": Kind("annual_report", ("uscc", "year"), ("unit_code", "-year", "uscc")),
    "ReviewRecord": Kind("review_record", ("id",), ("decided_at", "id")),
    "CreditRating": Kind("credit_rating", ("uscc", "year"), ("unit_code", "-year", "uscc")),
    "CreditLoan": Kind("credit_loan", ("id",), ("unit_code", "loan_on", "id")),
    "VoucherApplication": Kind("voucher_application", ("id",), ("unit_code", "-year", "uscc", "id")),
    "TechEnterpriseRecord": Kind(
        "tech_enterprise_record", ("tech_enterprise_no",), ("unit_code", "-filed_on", "tech_enterprise_no")
    ),
    "HnteCertificate": Kind("hnte_certificate", ("certificate_no",), ("unit_code", "-issued_on", "certificate_no")),
    "TechSmeRegistration": Kind(
        "tech_sme_registration", ("registration_no",), ("unit_code", "-registered_on", "registration_no")
    ),
    "LibraryEntry": Kind("library_entry", ("uscc",), ("unit_code", "name", "uscc")),
    "Export": Kind("export", ("id",), ("-created_at", "id")),
    "AuditEntry": Kind("audit_entry", ("no",), ("-no",)),
    **{
        f"Report{name}": Kind(f"report_{name.lower()}", ("uscc", "year", "no"), ("no",))
        for name in ("Standard", "Platform", "Listing", "Product", "Award", "Project")
    },
}

PARTS = frozenset(f"Report{name}" for name in ("Basic", "Operation", "Achievements", "Personnel", "Research", "Hnte"))
"""Groups of fields of an annual report's own row."""


@dataclass(frozen=True)
class Relation:
    """Rows of ``kind`` whose columns equal columns of this row; ``only`` must equal constants."""

    kind: str
    match: Mapping[str, str]
    only: Mapping[str, str] = field(default_factory=dict[str, str])
    order: tuple[str, ...] = ()
    many: bool = False
    latest: bool = False

    def of(self, row: Row) -> dict[str, Any]:
        """What the columns of a row's related rows equal."""
        return {**{theirs: row[ours] for theirs, ours in self.match.items()}, **self.only}


_REPORT = {"uscc": "uscc", "year": "year"}


def _one(kind: str, theirs: str, ours: str) -> Relation:
    return Relation(kind, {theirs: ours})


def _listed(kind: str) -> Relation:
    return Relation(kind, _REPORT, order=("no",), many=True)


def _of_enterprise(kind: str, *order: str) -> Relation:
    return Relation(kind, {"uscc": "uscc"}, order=order, many=True)


OWNED = ("CreditRating", "VoucherApplication", "TechEnterpriseRecord", "HnteCertificate", "TechSmeRegistration")
"""Row types that lead to their enterprise; loans are only reached from it."""


RELATIONS: Mapping[tuple[str, str], Relation] = {
    ("Unit", "host"): _one("Unit", "code", "host_code"),
    ("Enterprise", "unit"): _one("Unit", "code", "unit_code"),
    ("Enterprise", "district"): _one("Unit", "code", "district_code"),
    ("Enterprise", "zone"): _one("Unit", "code", "zone_code"),
    ("Enterprise", "basicInfo"): Relation("BasicInfo", {"uscc": "uscc"}, order=("-version",), latest=True),
    ("Enterprise", "basicInfoVersions"): Relation("BasicInfo", {"uscc": "uscc"}, many=True),
    ("Enterprise", "annualReport"): _one("AnnualReport", "uscc", "uscc"),
    ("Enterprise", "annualReports"): Relation("AnnualReport", {"uscc": "uscc"}, many=True),
    ("BasicInfo", "enterprise"): _one("Enterprise", "uscc", "uscc"),
    ("BasicInfo", "district"): _one("Unit", "code", "district_code"),
    ("BasicInfo", "zone"): _one("Unit", "code", "zone_code"),
    ("BasicInfo", "opinions"): Relation(
        "ReviewRecord",
        {"uscc": "uscc", "target_version": "version"},
        only={"target_type": "BASIC_INFO"},
        order=("decided_at", "id"),
        many=True,
    ),
    ("AnnualReport", "enterprise"): _one("Enterprise", "uscc", "uscc"),
    ("ReportBasic", "district"): _one("Unit", "code", "district_code"),
    ("ReportBasic", "zone"): _one("Unit", "code", "zone_code"),
    ("AnnualReport", "standards"): _listed("ReportStandard"),
    ("AnnualReport", "platforms"): _listed("ReportPlatform"),
    ("AnnualReport", "listings"): _listed("ReportListing"),
    ("AnnualReport", "hiTechProducts"): _listed("ReportProduct"),
    ("ReportAchievements", "scienceAwards"): _listed("ReportAward"),
    ("ReportAchievements", "sciTechProjects"): _listed("ReportProject"),
    ("AnnualReport", "opinions"): Relation(
        "ReviewRecord",
        {"uscc": "uscc", "target_year": "year"},
        only={"target_type": "ANNUAL_REPORT"},
        order=("decided_at", "id"),
        many=True,
    ),
    ("ReviewRecord", "reviewerUnit"): _one("Unit", "code", "reviewer_unit"),
    ("Viewer", "enterprise"): _one("Enterprise", "uscc", "uscc"),
    ("LibraryEntry", "unit"): _one("Unit", "code", "unit_code"),
    ("LibraryEntry", "district"): _one("Unit", "code", "district_code"),
    ("LibraryEntry", "enterprise"): _one("Enterprise", "uscc", "uscc"),
    ("LibraryEntry", "report"): Relation("AnnualReport", {"uscc": "uscc", "year": "report_year"}),
    ("Enterprise", "creditRatings"): _of_enterprise("CreditRating", "-year", "uscc"),
    ("Enterprise", "creditLoans"): _of_enterprise("CreditLoan", "-loan_on", "id"),
    ("Enterprise", "vouchers"): _of_enterprise("VoucherApplication", "-year", "-applied_on", "id"),
    ("Enterprise", "techEnterpriseRecords"): _of_enterprise("TechEnterpriseRecord", "-filed_on", "tech_enterprise_no"),
    ("Enterprise", "certificates"): _of_enterprise("HnteCertificate", "-issued_on", "certificate_no"),
    ("Enterprise", "techSmeRegistrations"): _of_enterprise("TechSmeRegistration", "-registered_on", "registration_no"),
    **{(kind, "enterprise"): _one("Enterprise", "uscc", "uscc") for kind in OWNED},
}

_IRREGULAR = {"classII": "class_ii"}
_COLUMNS = {
    ("Enterprise", "contactIdNumber"): "contact_id_masked",
    ("Unit", "group"): "group_code",
}


@cache
def snake(name: str) -> str:
    """The column's spelling of a field's name."""
    return _IRREGULAR.get(name) or re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


@cache
def column(kind: str, name: str) -> str:
    """The column a field of a type is stored in."""
    return _COLUMNS.get((kind, name)) or snake(name)


@dataclass(repr=False)
class World:
    """All rows by table, found by the value of a column without searching them all."""

    tables: Mapping[str, list[Row]]
    kept: dict[str, Any] = field(default_factory=dict[str, Any])
    """What is worked out of the rows once."""
    _found: dict[tuple[str, str], dict[Any, list[Row]]] = field(
        default_factory=dict[tuple[str, str], dict[Any, list[Row]]]
    )

    def __repr__(self) -> str:
        return f"World({sum(map(len, self.tables.values()))} rows)"

    def rows(self, kind: str) -> list[Row]:
        """All rows of a type."""
        return self.tables[KINDS[kind].table]

    def where(self, kind: str, match: Mapping[str, Any]) -> list[Row]:
        """Rows of a type whose columns equal these values; null equals nothing."""
        if any(value is None for value in match.values()):
            return []
        table, (name, wanted) = KINDS[kind].table, next(iter(match.items()))
        if (table, name) not in self._found:
            found = self._found[(table, name)] = {}
            for row in self.tables[table]:
                found.setdefault(row[name], []).append(row)
        rows = self._found[(table, name)].get(wanted, [])
        return [row for row in rows if all(row[key] == value for key, value in match.items())]


PLANTED = "planted"
"""Begins the request ids of the audit lines that stand in the database before anybody asks."""
_AUDITED = f"""
SELECT entry.*, (SELECT coalesce(array_agg(uscc), '{{}}') FROM audit_subjects AS part, unnest(part.usccs) AS uscc
                 WHERE part.roll = entry.roll) AS "~rolled"
FROM audit_entry AS entry WHERE at <= (SELECT max(at) FROM audit_entry WHERE request_id LIKE '{PLANTED}%')
"""
_SIZES = "SELECT uscc, year, unit_code, status, enterprise_size FROM annual_report"
"""An enterprise's size in a year: of its identity (domain §4.2), apart from the report it is computed from."""


async def loaded(url: str) -> World:
    """The rows of a database as it is now; of the audit trail, which grows with each question, the planted lines."""
    connection = await asyncpg.connect(url)
    try:
        select = {**{name: f"SELECT * FROM {name}" for name in TABLES}, "audit_entry": _AUDITED, "size": _SIZES}
        tables = {name: _plain(await connection.fetch(query)) for name, query in select.items()}
    finally:
        await connection.close()
    return World({**tables, "library_entry": []})


def _plain(records: Iterable[asyncpg.Record]) -> list[Row]:
    return [dict(record.items()) for record in records]
