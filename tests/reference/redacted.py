"""Who sees what, stated once more in Python: a database holding only what one principal may see.

Written from domain §4.1, §4.2 and the design's amendments ("Where the files differ", "Contacts"), not from
``authz/``: the two are compared by tests, so nothing of ``authz`` but the principal may be imported here.
Where neither says how two rules meet, the strictest reading stands: what is computed from a hidden value is hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authz.principal import Principal, Role
from tests.reference.rows import KINDS, PARTS, RELATIONS, Row, World, column

HIDDEN = "~hidden"
"""Where a redacted row keeps the names of the rules that hid something in it."""

D, M, E, P, DEPT, BANK, AN, PUB = (
    Role.DISTRICT_OFFICER,
    Role.MUNICIPAL_OFFICER,
    Role.ENTERPRISE_USER,
    Role.PLATFORM_ADMIN,
    Role.DEPARTMENT_OFFICER,
    Role.BANK_USER,
    Role.ANALYST,
    Role.PUBLIC,
)
SIGNED_IN = frozenset(Role) - {PUB}

REPORT_KINDS = frozenset(f"Report{name}" for name in ("Standard", "Platform", "Listing", "Product", "Award", "Project"))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


REGISTERS = ("TechEnterpriseRecord", "HnteCertificate", "TechSmeRegistration")
LIBRARY_KINDS = ("Library", "LibraryCondition", "ConditionParameter", "LibraryEntry", "ConditionResult")
AGGREGATES = ("AggregateTable", "AggregateRow", "AggregateKey")
_PAGES = {
    "enrolment": "EnrolmentTables",
    "annualReports": "AnnualReportTables",
    "vouchers": "VoucherTables",
    "overview": "CityOverview",
    "cultivationProgress": "CultivationProgressTable",
    "aggregate": "AggregateTable",
}
_TABS = _names(
    """
    EnrolmentReport EnrolmentSize EnrolmentIndustry EnrolmentField ReportOperation ReportPeople ReportAchievement
    VoucherType VoucherSize VoucherIndustry VoucherField OverviewDistrict OverviewZone CultivationProgress
    """
)
STATISTICS_PAGES = {*_PAGES.values(), *(f"{tab}{kind}" for tab in _TABS for kind in ("Row", "Table"))} - {*AGGREGATES}
SHARED_ROWS: Mapping[str, str] = {"credit_rating": "SCORE", **{KINDS[kind].table: "BASIC" for kind in REGISTERS}}
"""Tables whose rows themselves a bank sees by consent of this kind only."""

ACCESS: Mapping[str, frozenset[Role]] = {
    "Query": frozenset(Role),
    "Unit": frozenset(Role),
    "Settings": frozenset(Role),
    "Viewer": SIGNED_IN,
    "Export": SIGNED_IN - {BANK},  # who registers none sees none (domain §4.3), whatever §4.2 says
    "ExportField": SIGNED_IN,
    "CustomQueryRow": SIGNED_IN,
    "Enterprise": SIGNED_IN,
    "BasicInfo": SIGNED_IN - {DEPT},
    "FormField": SIGNED_IN - {DEPT},
    "ReviewRecord": frozenset({D, M, E, P}),
    "AuditEntry": SIGNED_IN - {AN},
    "RevealedContact": frozenset({M, P}),
    # What waits for one's own decision: basic information has no level but the district's (domain C4, §4.3).
    "BasicInfoQueue": frozenset({D}),
    "AnnualReportQueue": frozenset({D, M}),
    "VoucherApplication": frozenset({D, M, E, AN}),
    "Neighbors": frozenset({D, M, P, DEPT, AN}),
    **dict.fromkeys(LIBRARY_KINDS, frozenset({D, M, E, AN})),
    # Any question may be put to statistics over rows in sight; the pages are the officials' (domain §4.2).
    **dict.fromkeys(("Statistics", *AGGREGATES), frozenset({D, M, AN, BANK})),
    **dict.fromkeys(STATISTICS_PAGES, frozenset({D, M, AN})),
    **dict.fromkeys({"CreditRating", "CreditLoan", *REGISTERS}, frozenset({D, M, E, BANK, AN})),
    **dict.fromkeys({"AnnualReport"} | PARTS | REPORT_KINDS, frozenset({D, M, E, BANK, AN})),
}
"""Who may ask for a kind of record at all (domain §4.1, §4.2: a dash in every row means never)."""

REGISTRY = (
    "registrationType",
    "legalRepresentative",
    "registeredCapital",
    "registeredAddress",
    "businessAddress",
    "businessScope",
)
PEOPLE = ("researchContactName", "contactName", "reporterName")
MOBILES = ("researchContactMobile", "contactMobile", "reporterMobile")
EMAILS = ("researchContactEmail",)
READER = ("subject", "operation", "rows", "filter", "client", "requestId")
CONTACTS = frozenset((*PEOPLE, *MOBILES, *EMAILS))
MASKING = frozenset({M, P, AN})
"""The bureau, administrators and analysts get masks; banks, departments and the public nothing (design, Contacts)."""


_CONTACT_COLUMNS = frozenset(column("", name) for name in CONTACTS)
_ENTERPRISE_REGISTRY = frozenset(column("", name) for name in REGISTRY)
_BASIC_INFO_OPEN = frozenset({"uscc", "version", "unit_code", "status", "submitted_at", "review_due_at"})
_REPORT_OPEN = frozenset({"uscc", "year", "unit_code", "status", "version", "submitted_at"})
_FINANCIAL = _names(
    """
    gross_output operating_revenue main_business_revenue other_business_revenue total_income
    high_tech_product_revenue technology_revenue total_cost_expense total_profit net_profit tax_paid
    tax_relief_total super_deduction_relief rd_expense rd_expense_domestic rd_expense_prev1 rd_expense_prev2
    sales_revenue_prev1 sales_revenue_prev2 total_assets total_assets_begin net_assets net_assets_begin
    total_liabilities export_value venture_capital latest_valuation_usd total_financing_usd
    """
)
_PERSONNEL = _names(
    """
    staff_total sci_tech_staff rd_staff doctors masters bachelors associate_degree senior_titles
    intermediate_titles new_graduates_hired foreign_experts high_level_talents
    """
)
_BASIC_INFO_FIELDS = frozenset({"uscc", "version", "status", "submittedAt", "reviewDueAt", "enterprise", "opinions"})
_REPORT_IP_FIELDS = frozenset(
    {"standards", "platforms", "listings", "equityFinancing", "hiTechProducts", "hiTechProductCount"}
)
_TAB_CONSENT = {"ReportOperation": "FINANCIAL", "ReportPersonnel": "BASIC"}


def person(value: str) -> str:
    """A person's name: its first character and one star."""
    return value[:1] + "*"


def mobile(value: str) -> str:
    """``138****0000``; a number too short for that shows nothing."""
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 8 else "****"


def email(value: str) -> str:
    """``a***@example.com``."""
    _, at, domain = value.rpartition("@")
    return f"{value[:1]}***{at}{domain if at else ''}"


MASKS: Mapping[str, Callable[[str], str]] = {
    **{column("", name): person for name in PEOPLE},
    **{column("", name): mobile for name in MOBILES},
    **{column("", name): email for name in EMAILS},
}


_RATED = ("score", "factorIp", "factorRd", "factorTalent", "factorProduct", "factorEnterprise", "factorOperation")
_HIDDEN_FROM: Mapping[tuple[str, str], frozenset[Role]] = {
    **{("", name): frozenset({BANK, DEPT}) for name in CONTACTS},
    **{("Enterprise", name): frozenset({DEPT}) for name in REGISTRY},
    ("", "contactIdNumber"): frozenset(Role) - {E, P},
    ("Enterprise", "reviewStatus"): frozenset({BANK, DEPT}),  # as the submitted form's own status
    **{("CreditRating", name): frozenset({BANK}) for name in _RATED},
    # One enterprise's, however many are counted.
    **{("AggregateRow", name): frozenset({BANK}) for name in ("minimum", "maximum")},
    # The reviewer's account: the bureau, administrators, and officers of the reviewer's own unit.
    # An enterprise sees what it is a member of, not what was measured (domain §4.2, LibraryEntry).
    **{("LibraryEntry", name): frozenset({E}) for name in ("missing", "failed", "results")},
    ("ReviewRecord", "reviewer"): frozenset(Role) - {D, M, P},
    # An enterprise learns which office read its data, not who, nor what else was read.
    **{("AuditEntry", name): frozenset({E}) for name in READER},
    ("AuditEntry", "subjects"): frozenset(Role) - {M, P},
}
"""Values that some roles may never ask for, though they may ask for the row; by name alone where of any row."""


@dataclass(frozen=True)
class Sight:
    """What one principal may see, at a moment (consents end)."""

    principal: Principal
    now: dt.datetime

    @property
    def role(self) -> Role:
        """The principal's role."""
        return self.principal.role

    def never(self, kind: str, name: str) -> bool:
        """Whether asking for a field is refused, whatever the row."""
        if name == "__typename":
            return False
        if kind == "Query" and name in _ROOTS:
            return self.role not in ACCESS[_ROOTS[name]]
        target = RELATIONS.get((kind, name))
        needed = target.kind if target else "FormField" if (kind, name) == ("BasicInfo", "fields") else kind
        if kind == "Statistics":
            needed = _PAGES[name]
        if (kind, name) == ("Enterprise", "libraries"):
            needed = "LibraryEntry"
        return self.role not in ACCESS[kind] & ACCESS[needed] or self._never_value(kind, name)

    def _never_value(self, kind: str, name: str) -> bool:
        hidden_from = _HIDDEN_FROM.get((kind, name)) or _HIDDEN_FROM.get(("", name), ())
        return self.role in hidden_from

    def masks(self, kind: str, name: str) -> bool:
        """Whether the role gets a mask of the field in every row."""
        del kind
        return name in CONTACTS and self.role in MASKING

    def guard(self, kind: str, name: str) -> str | None:
        """The rule that may hide the field in some rows: a consent's scope, or REVIEWER."""
        if (kind, name) == ("ReviewRecord", "reviewer") and self.role is D:
            return "REVIEWER"
        if self.role is not BANK:
            return None
        if kind == "Enterprise":
            return "BASIC" if name in REGISTRY else None
        if kind == "BasicInfo":
            return None if name in _BASIC_INFO_FIELDS else "BASIC"
        if kind == "AnnualReport":
            return "IP" if name in _REPORT_IP_FIELDS else None
        return _TAB_CONSENT.get(kind, "IP") if kind in PARTS else None

    def world(self, full: World) -> World:
        """The database holding only what this principal may see."""
        consents = self._consents(full)
        tables: dict[str, list[Row]] = {
            "unit": full.tables["unit"],
            "library_setting": [row for row in full.tables["library_setting"] if self._is_kept_here(row)],
            "library_entry": full.tables["library_entry"],
            "cultivation_target": full.tables["cultivation_target"],
            "cultivation_snapshot": full.tables["cultivation_snapshot"],
            "export": [row for row in full.tables["export"] if row["requester_subject"] == self.principal.subject],
            "audit_entry": [row for row in full.tables["audit_entry"] if self._audited(row)],
        }
        for table in ("enterprise", "basic_info", "annual_report", "review_record"):
            tables[table] = [
                self._redacted(table, row, consents.get(row["uscc"], frozenset()))
                for row in full.tables[table]
                if self._in_scope(table, row, consents)
            ]
        tables |= {table: self._seen_rows(table, full, consents) for table in _OF_ENTERPRISES}
        tables["size"] = [row for row in full.tables["size"] if self._is_sized(row, consents)]
        whole = {(row["uscc"], row["year"]) for row in tables["annual_report"] if "IP" not in row[HIDDEN]}
        for table in full.tables:
            if table.startswith("report_"):
                tables[table] = [row for row in full.tables[table] if (row["uscc"], row["year"]) in whole]
        return World(tables)

    def _seen_rows(self, table: str, full: World, consents: Mapping[str, frozenset[str]]) -> list[Row]:
        """Ratings, loans, vouchers and register entries: whole rows or none; factor scores are no bank's."""
        if self.role not in ACCESS[_OF_ENTERPRISES[table]]:
            return []
        found = full.tables[table]
        if self.role is D:
            return [row for row in found if row["unit_code"] in self.principal.units]
        if self.role is E:
            return [row for row in found if row["uscc"] == self.principal.uscc]
        if self.role is not BANK:
            return found
        if table == "credit_loan":
            return [row for row in found if row["bank_code"] == self.principal.bank]
        shared = [row for row in found if SHARED_ROWS[table] in consents.get(row["uscc"], ())]
        return [
            {name: None if name == "score" or name.startswith("factor_") else value for name, value in row.items()}
            for row in shared
        ]

    def _is_kept_here(self, row: Row) -> bool:
        """Whether saved parameters are the city's, or those of the one unit of an officer."""
        own = self.principal.units if self.role is D and len(self.principal.units) == 1 else ()
        return row["holder"] == "CITY" or row["holder"] in own

    def _audited(self, row: Row) -> bool:
        """Whether a line of the trail is this principal's to read (domain §4.2, AuditLog)."""
        if self.role not in ACCESS["AuditEntry"]:
            return False
        if self.role is E:
            return self.principal.uscc in (*row["subjects"], *row["~rolled"])
        if self.role is M:
            return row["role"] == M.value
        return self.role is P or row["subject"] == self.principal.subject

    def _consents(self, full: World) -> dict[str, frozenset[str]]:
        """Scopes that each enterprise shares with this bank now."""
        found: dict[str, frozenset[str]] = {}
        bank = self.principal.bank
        for given in full.tables["data_sharing_consent"] if bank is not None else ():
            in_force = given["revoked_at"] is None and given["expires_at"] > self.now
            if in_force and given["bank_code"] in (None, bank):
                found[given["uscc"]] = found.get(given["uscc"], frozenset()) | frozenset(given["scopes"])
        return found

    def _in_scope(self, table: str, row: Row, consents: Mapping[str, frozenset[str]]) -> bool:
        kind = {"enterprise": "Enterprise", "basic_info": "BasicInfo", "annual_report": "AnnualReport"}
        if self.role not in ACCESS[kind.get(table, "ReviewRecord")]:
            return False
        status: str | None = row.get("status")
        if status == "DRAFT" and (table == "basic_info" or self.role is AN) and self.role is not E:
            return False
        if self.role is D:
            return row["unit_code"] in self.principal.units
        if self.role is E:
            return row["uscc"] == self.principal.uscc
        if self.role is BANK:
            return row["uscc"] in consents and status in (None, "APPROVED")
        return True

    def _is_sized(self, row: Row, consents: Mapping[str, frozenset[str]]) -> bool:
        """Whether an enterprise's size in a year is seen: of reports in sight; of approved ones by who sees none."""
        if self.role in (P, DEPT):
            return row["status"] == "APPROVED"
        return self._in_scope("annual_report", row, consents)

    def _redacted(self, table: str, row: Row, scopes: frozenset[str]) -> Row:
        hidden: set[str] = set()
        if self.role is BANK:
            hidden = {"BASIC", "FINANCIAL", "IP"} - scopes
        if table == "review_record" and self.role is D and row["reviewer_unit"] not in self.principal.units:
            hidden.add("REVIEWER")
        seen: Row = {name: self._value(table, name, value, hidden) for name, value in row.items()}
        seen[HIDDEN] = frozenset(hidden)
        return seen

    def _value(self, table: str, name: str, value: Any, hidden: set[str]) -> Any:
        if name in _CONTACT_COLUMNS:
            if self.role in (BANK, DEPT):
                return None
            return MASKS[name](value) if value is not None and self.role in MASKING else value
        if name == "contact_id_masked":
            return value if self.role in (E, P) else None
        if table == "review_record":
            unseen = name == "reviewer" and (self.role not in (D, M, P) or "REVIEWER" in hidden)
            return None if unseen else value
        if table == "enterprise" and self.role is DEPT and name in _ENTERPRISE_REGISTRY:
            return None
        needed = _consent_of(table, name) if self.role is BANK else None
        return None if needed is not None and needed in hidden else value


def _consent_of(table: str, name: str) -> str | None:
    if table == "enterprise":
        return "BASIC" if name in _ENTERPRISE_REGISTRY else None
    if table == "basic_info":
        return None if name in _BASIC_INFO_OPEN else "BASIC"
    if name in _REPORT_OPEN:
        return None
    return "FINANCIAL" if name in _FINANCIAL else "BASIC" if name in _PERSONNEL else "IP"


_OF_ENTERPRISES = {KINDS[kind].table: kind for kind in ("CreditRating", "CreditLoan", "VoucherApplication", *REGISTERS)}
_ROOTS = {
    "statistics": "Statistics",
    "neighbors": "Neighbors",
    "library": "Library",
    "libraries": "Library",
    "basicInfoReviewQueue": "BasicInfoQueue",
    "annualReportReviewQueue": "AnnualReportQueue",
    "creditRatings": "CreditRating",
    "vouchers": "VoucherApplication",
    "viewer": "Viewer",
    "settings": "Settings",
    "units": "Unit",
    "enterprise": "Enterprise",
    "enterprises": "Enterprise",
    "annualReport": "AnnualReport",
    "annualReports": "AnnualReport",
    "exportFields": "ExportField",
    "customQuery": "CustomQueryRow",
    "export": "Export",
    "exports": "Export",
    "auditLog": "AuditEntry",
}
