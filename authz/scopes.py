"""Which rows: for each kind of record and role, the predicates a row must satisfy (domain §4.1, design).

A role without an entry has no access to the kind of record at all: asking for it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from authz.actions import PERMISSIONS, Action
from authz.predicates import (
    APPROVED,
    AWAITS_DISTRICT,
    AWAITS_MUNICIPAL,
    CONSENTED,
    CONSENTED_TO,
    LATEST_SUBMITTED,
    NAMES_OWN_ENTERPRISE,
    NOT_DRAFT,
    OF_OWN_OFFICE,
    OWN_ACTIONS,
    OWN_BANK,
    OWN_ENTERPRISE,
    OWN_REQUEST,
    OWN_UNITS,
    SAVED_HERE,
    Predicate,
)
from authz.principal import Role
from db.enums import ConsentScope

ALL: tuple[Predicate, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows of one kind of record, by role; deny by default."""

    name: str
    rows: Mapping[Role, tuple[Predicate, ...]]

    def of(self, role: Role) -> tuple[Predicate, ...] | None:
        """Predicates for ``role``; None where the role has no access to this kind of record."""
        return self.rows.get(role)


EVERYONE = Scope("everyone", dict.fromkeys(Role, ALL))
"""Reference data: units, settings, help."""

SIGNED_IN = Scope("signed_in", {role: ALL for role in Role if role is not Role.PUBLIC})
"""What every signed-in principal may ask about the service itself."""

ENTERPRISES = Scope(
    "enterprises",
    {
        Role.DISTRICT_OFFICER: (OWN_UNITS,),
        Role.MUNICIPAL_OFFICER: ALL,
        Role.ANALYST: ALL,
        Role.PLATFORM_ADMIN: ALL,
        Role.DEPARTMENT_OFFICER: ALL,
        Role.ENTERPRISE_USER: (OWN_ENTERPRISE,),
        Role.BANK_USER: (CONSENTED,),
    },
)

BASIC_INFOS = Scope(
    "basic_infos",
    {
        Role.DISTRICT_OFFICER: (OWN_UNITS, NOT_DRAFT),
        Role.MUNICIPAL_OFFICER: (NOT_DRAFT,),
        Role.ANALYST: (NOT_DRAFT,),
        Role.PLATFORM_ADMIN: (NOT_DRAFT,),
        Role.ENTERPRISE_USER: (OWN_ENTERPRISE,),
        Role.BANK_USER: (CONSENTED, APPROVED),
    },
)
"""Draft versions are the enterprise's alone (domain §4.2); a bank sees what was approved."""

ANNUAL_REPORTS = Scope(
    "annual_reports",
    {
        Role.DISTRICT_OFFICER: (OWN_UNITS,),
        Role.MUNICIPAL_OFFICER: ALL,
        Role.ANALYST: (NOT_DRAFT,),
        Role.ENTERPRISE_USER: (OWN_ENTERPRISE,),
        Role.BANK_USER: (CONSENTED, APPROVED),
    },
)
"""Officers list reports of any status (domain C18); analysts see no drafts (design)."""

SIZES = Scope(
    "sizes",
    {**ANNUAL_REPORTS.rows, Role.PLATFORM_ADMIN: (APPROVED,), Role.DEPARTMENT_OFFICER: (APPROVED,)},
)
"""The size an enterprise has in a year is a fact of its identity, whoever may see the report (domain §4.2)."""

REPORT_PARTS = Scope("report_parts", dict.fromkeys(ANNUAL_REPORTS.rows, ALL))
"""Rows of a report's lists; they are reached through their report only, whose scope they share."""

REVIEWS = Scope(
    "reviews",
    {
        Role.DISTRICT_OFFICER: (OWN_UNITS,),
        Role.MUNICIPAL_OFFICER: ALL,
        Role.PLATFORM_ADMIN: ALL,
        Role.ENTERPRISE_USER: (OWN_ENTERPRISE,),
    },
)
"""Review opinions: never for banks, departments, analysts (design) and the public."""

BASIC_INFO_QUEUE = Scope("basic_info_queue", {Role.DISTRICT_OFFICER: (OWN_UNITS, AWAITS_DISTRICT, LATEST_SUBMITTED)})
"""What waits for one's own decision: basic information has the district's level only (domain C4, §4.3).

Whoever only looks finds waiting versions in the list of enterprises, by their review status.
"""

ANNUAL_REPORT_QUEUE = Scope(
    "annual_report_queue",
    {Role.DISTRICT_OFFICER: (OWN_UNITS, AWAITS_DISTRICT), Role.MUNICIPAL_OFFICER: (AWAITS_MUNICIPAL,)},
)
"""What waits for one's own decision: the district's first, then the bureau's (domain C13, C14, §4.3)."""

CREDIT_RATINGS = Scope(
    "credit_ratings",
    {
        Role.DISTRICT_OFFICER: (OWN_UNITS,),
        Role.MUNICIPAL_OFFICER: ALL,
        Role.ANALYST: ALL,
        Role.ENTERPRISE_USER: (OWN_ENTERPRISE,),
        Role.BANK_USER: (CONSENTED_TO[ConsentScope.SCORE],),
    },
)
"""That there is a rating of a year is itself shared by consent to SCORE only (domain §4.2: grade, limit, year)."""

CREDIT_LOANS = Scope("credit_loans", {**CREDIT_RATINGS.rows, Role.BANK_USER: (OWN_BANK,)})
"""A bank sees the loans it gave itself, no other bank's (domain §4.2)."""

VOUCHERS = Scope(
    "vouchers",
    {
        Role.DISTRICT_OFFICER: (OWN_UNITS,),
        Role.MUNICIPAL_OFFICER: ALL,
        Role.ANALYST: ALL,
        Role.ENTERPRISE_USER: (OWN_ENTERPRISE,),
    },
)
"""Never for banks (domain §4.2)."""

REGISTERS = Scope("registers", {**VOUCHERS.rows, Role.BANK_USER: (CONSENTED_TO[ConsentScope.BASIC],)})
"""Who is filed, certified or registered, and until when (domain §4.2, C48, C49): a bank by consent to BASIC."""

LIBRARIES = Scope("libraries", dict.fromkeys(VOUCHERS.rows, ALL))
"""Which libraries there are, and by which conditions: whoever sees members (domain §4.2, LibraryEntry)."""

LIBRARY_ENTRIES = Scope("library_entries", dict(VOUCHERS.rows))
"""An enterprise sees what it is a member of; never banks, departments and the public (domain §4.2, LibraryEntry)."""

LIBRARY_INPUTS = Scope("library_inputs", dict(VOUCHERS.rows))
"""What approved reports come to, for the rules of the libraries: as the reports are seen."""

LIBRARY_RESULTS = Scope("library_results", dict.fromkeys(VOUCHERS.rows, ALL))
"""Rows of an entry, whose scope they share; the relation's rule says who sees them."""

LIBRARY_SETTINGS = Scope("library_settings", dict.fromkeys(VOUCHERS.rows, (SAVED_HERE,)))
"""Saved parameters: the own unit's and the city's."""

FORM_FIELDS = Scope("form_fields", dict.fromkeys(BASIC_INFOS.rows, ALL))
"""Rows of a form are made from one basic information, whose scope they share."""

REVEALS = Scope("reveals", {Role.MUNICIPAL_OFFICER: ALL, Role.PLATFORM_ADMIN: ALL})
"""Whose contacts may be revealed, by those whose enterprises' contacts are masked with a right to reveal."""

NEIGHBORS = Scope(
    "neighbors",
    {
        Role.DISTRICT_OFFICER: ALL,
        Role.MUNICIPAL_OFFICER: ALL,
        Role.ANALYST: ALL,
        Role.PLATFORM_ADMIN: ALL,
        Role.DEPARTMENT_OFFICER: ALL,
    },
)
"""Who goes from record to record; which records there are to go to, the list's own scope says."""

AUDIT_LOG = Scope(
    "audit_log",
    {
        Role.DISTRICT_OFFICER: (OWN_ACTIONS,),
        Role.MUNICIPAL_OFFICER: (OF_OWN_OFFICE,),
        Role.ENTERPRISE_USER: (NAMES_OWN_ENTERPRISE,),
        Role.PLATFORM_ADMIN: ALL,
        Role.DEPARTMENT_OFFICER: (OWN_ACTIONS,),
        Role.BANK_USER: (OWN_ACTIONS,),
    },
)
"""Own actions; the bureau those of its own; an enterprise the entries about it (domain §4.2, AuditLog)."""

OWN_EXPORTS = Scope("own_exports", {role: (OWN_REQUEST,) for role in Role if role in PERMISSIONS[Action.EXPORT]})
"""Whoever may export sees the exports they asked for (domain §4.2); a bank has none to see (§4.3)."""

AGGREGATES = Scope(
    "aggregates",
    {
        Role.DISTRICT_OFFICER: ALL,
        Role.MUNICIPAL_OFFICER: ALL,
        Role.ANALYST: ALL,
        Role.BANK_USER: ALL,
    },
)
"""Cells are made of rows under scopes of their own: an officer's units, the enterprises that consented to a bank."""

STATISTICS = Scope("statistics", {Role.DISTRICT_OFFICER: ALL, Role.MUNICIPAL_OFFICER: ALL, Role.ANALYST: ALL})
"""Statistics pages, and the city's overview in them (domain §4.2): what they add up has a scope of its own."""

TALLIES = Scope("tallies", {**STATISTICS.rows, Role.DISTRICT_OFFICER: (OWN_UNITS,)})
"""What statistics add up: a district officer's are of the own units."""
