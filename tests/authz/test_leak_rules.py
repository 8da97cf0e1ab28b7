"""Each rule is broken once, to see that the oracle would tell: whoever profits asks, and the answers no longer agree.

What is broken, by kind: scopes of rows, verdicts of fields, predicates, consents, masks, actions, the report of what is
hidden, cursors, filters, orders, counts, pages, the cache of plans, introspection. Each is asked first as it is, so
that what is noticed is the breaking and nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from authz import actions, predicates, rules, scopes
from authz.actions import Action
from authz.predicates import CONSENTED_TO
from authz.principal import Principal, Role
from authz.rules import FULL, MASKED
from db.enums import ConsentScope
from planner.page import Page
from resolvers.schema import core
from schema import signatures
from schema.basic_info import BasicInfo
from schema.enterprise import Enterprise
from schema.expressions import contains
from schema.report_tabs import ReportOperation
from service import graphql, workbooks
from tests.reference.asking import Response, Service
from tests.reference.breaking import (
    Breaking,
    always,
    always_is,
    answering,
    changed,
    consent_without,
    entry,
    one_row_too_many,
    reading_past_rules,
    related_out_of_scope,
    ruled,
    total_of_everything,
    unmasked,
)
from tests.reference.comparing import Expected, Person
from tests.reference.cover import Cover
from tests.reference.coverage import asked_for
from tests.reference.fixtures import Place
from tests.reference.operations import LEFT_OUT, Operation
from tests.reference.sheets import csv_rows
from tests.reference.values import Values

D, M, E, P, DEPT, BANK, AN = (
    Role.DISTRICT_OFFICER,
    Role.MUNICIPAL_OFFICER,
    Role.ENTERPRISE_USER,
    Role.PLATFORM_ADMIN,
    Role.DEPARTMENT_OFFICER,
    Role.BANK_USER,
    Role.ANALYST,
)


def many(selection: str, given: str = "") -> str:
    """All enterprises."""
    return f"{{ enterprises(first: 200{given}) {{ totalCount nodes {{ {selection} }} }} }}"


def reports(selection: str, given: str = "") -> str:
    """All annual reports."""
    return f"{{ annualReports(first: 300{given}) {{ totalCount nodes {{ {selection} }} }} }}"


CODES, YEARS = many("uscc"), reports("uscc year status")
CONTACTS = many("contactName contactMobile researchContactEmail")
FORM = many("basicInfoVersions { nodes { version status } }")
REVIEWS = reports("opinions { id reviewer }")
EXPORTS = "{ exports { totalCount nodes { id title } } }"
TRAIL = '{ auditLog(first: 200, filter: {at: {lte: "$MOMENT"}}) { totalCount nodes { no } } }'


@dataclass(frozen=True)
class Broken:
    """Who profits, by asking what, when what is broken."""

    person: str
    documents: tuple[str, ...]
    breaking: Breaking


def scope(table: scopes.Scope, role: Role, person: str, document: str, rows: Any = ()) -> Broken:
    """A scope that gives a role these rows instead of its own."""
    return Broken(person, (document,), lambda: entry(table.rows, role, rows))


def verdict(rule: rules.Rule, role: Role, person: str, document: str, given: Any = FULL) -> Broken:
    """A rule that gives a role another verdict."""
    return Broken(person, (document,), lambda: entry(rule.verdicts, role, given))


def consent(left_out: str, person: str = "bank_a") -> Broken:
    """A consent that one of its conditions is forgotten of."""
    return Broken(person, (CODES,), lambda: changed(predicates.CONSENTED, "sql", consent_without(left_out)))


def whole(value: Any) -> Any:
    """A mask that shows everything."""
    return value


def looked_up(row: Any, text: Any) -> Any:
    """A keyword's search that looks where it must not."""
    return contains(row.c.contact_name, text)


def half(value: Any) -> Any:
    """A mask that shows one character too many."""
    return sa.func.left(value, 2, type_=sa.Text).concat("*")


BROKEN: dict[str, Broken] = {
    # ── rows ──
    "officers see every enterprise": scope(scopes.ENTERPRISES, D, "yubei", CODES),
    "enterprises see each other": scope(scopes.ENTERPRISES, E, "enterprise", CODES),
    "banks see every enterprise": scope(scopes.ENTERPRISES, BANK, "bank_a", CODES),
    "officers see every report": scope(scopes.ANNUAL_REPORTS, D, "yubei", YEARS),
    "enterprises see each other's reports": scope(scopes.ANNUAL_REPORTS, E, "enterprise", YEARS),
    "banks see every report": scope(scopes.ANNUAL_REPORTS, BANK, "bank_a", YEARS),
    "analysts see drafts of reports": scope(scopes.ANNUAL_REPORTS, AN, "analyst", YEARS),
    "administrators see reports": scope(scopes.ANNUAL_REPORTS, P, "admin", YEARS),
    "the bureau sees drafts of forms": scope(scopes.BASIC_INFOS, M, "bureau", FORM),
    "officers see drafts of forms": scope(scopes.BASIC_INFOS, D, "yubei", FORM, (predicates.OWN_UNITS,)),
    "banks see forms before they are approved": scope(
        scopes.BASIC_INFOS, BANK, "bank_a", FORM, (predicates.CONSENTED,)
    ),
    "departments see forms": scope(scopes.BASIC_INFOS, DEPT, "department", FORM),
    "analysts see opinions": scope(scopes.REVIEWS, AN, "analyst", reports("opinions { id }")),
    "banks see opinions": scope(scopes.REVIEWS, BANK, "bank_a", reports("opinions { id }")),
    "departments see sizes not approved": scope(scopes.SIZES, DEPT, "department", many("size")),
    "banks see sizes not approved": scope(scopes.SIZES, BANK, "bank_a", many("size")),
    "everyone sees every export": scope(scopes.OWN_EXPORTS, AN, "analyst", EXPORTS),
    "officers read the whole trail": scope(scopes.AUDIT_LOG, D, "yubei", TRAIL),
    "the bureau reads the whole trail": scope(scopes.AUDIT_LOG, M, "bureau", TRAIL),
    "enterprises read the whole trail": scope(scopes.AUDIT_LOG, E, "enterprise", TRAIL),
    "banks read the whole trail": scope(scopes.AUDIT_LOG, BANK, "bank_a", TRAIL),
    "analysts read the trail": scope(scopes.AUDIT_LOG, AN, "analyst", TRAIL),
    # ── fields ──
    "analysts see contacts": verdict(rules.PERSONAL, AN, "analyst", CONTACTS),
    "the bureau sees contacts": verdict(rules.PERSONAL, M, "bureau", CONTACTS),
    "officers see masks": verdict(rules.PERSONAL, D, "yubei", CONTACTS, MASKED),
    "banks get masks": verdict(rules.PERSONAL, BANK, "bank_a", CONTACTS, MASKED),
    "departments see the registry": verdict(rules.REGISTRY, DEPT, "department", many("legalRepresentative")),
    "banks see the registry": verdict(rules.REGISTRY, BANK, "bank_a", many("businessScope")),
    "analysts see numbers of identity": verdict(rules.ID_NUMBER, AN, "analyst", many("contactIdNumber")),
    "enterprises see who reviewed": verdict(rules.REVIEWER, E, "enterprise", REVIEWS),
    "officers see who reviewed elsewhere": verdict(rules.REVIEWER, D, "yubei", REVIEWS),
    "enterprises see who read": verdict(rules.AUDITED_READER, E, "enterprise", TRAIL.replace("no ", "no subject ")),
    "officers see all that was read": verdict(rules.AUDITED_SUBJECTS, D, "yubei", TRAIL.replace("no ", "subjects ")),
    "forms show contacts to banks": verdict(
        rules.PERSONAL, BANK, "bank_a", many("basicInfo { fields { name value } }")
    ),
    "forms do not tell what they mask": verdict(
        rules.FORM_VALUE, BANK, "bank_a", many("basicInfo { fields { name value } }")
    ),
    "a computed field has no rule": Broken(
        "bank_a",
        (reports("operation { rdIntensity }"),),
        lambda: ruled(ReportOperation, "rd_intensity", rules.EVERYONE),
    ),
    "a tab has no rule": Broken(
        "bank_a",
        (reports("operation { netProfit }"),),
        lambda: changed(rules.FINANCIAL, "verdicts", {**rules.FINANCIAL.verdicts, BANK: FULL}),
    ),
    # ── predicates ──
    "drafts are seen": Broken("analyst", (YEARS,), lambda: always(predicates.NOT_DRAFT)),
    "what was not approved is seen": Broken("bank_a", (YEARS,), lambda: always(predicates.APPROVED)),
    "every unit is one's own": Broken("two_units", (CODES,), lambda: always(predicates.OWN_UNITS)),
    "every enterprise is one's own": Broken("enterprise", (CODES,), lambda: always(predicates.OWN_ENTERPRISE)),
    "every export is one's own": Broken("yubei", (EXPORTS,), lambda: always(predicates.OWN_REQUEST)),
    "every action is one's own": Broken("department", (TRAIL,), lambda: always(predicates.OWN_ACTIONS)),
    "every office is one's own": Broken("bureau", (TRAIL,), lambda: always(predicates.OF_OWN_OFFICE)),
    "every line names one's enterprise": Broken(
        "other_enterprise", (TRAIL,), lambda: always(predicates.NAMES_OWN_ENTERPRISE)
    ),
    "reviewers of other units are named": Broken("yubei", (REVIEWS,), lambda: always(predicates.REVIEWED_HERE)),
    # ── consents ──
    "banks need no consent": Broken("bank_a", (CODES,), lambda: always(predicates.CONSENTED)),
    "a consent that ended goes on": consent("expires"),
    "a consent that was taken back goes on": consent("revoked"),
    "a consent to one bank is one to all": consent("bank"),
    "a consent to all banks is one to nobody's": consent("no bank", "no_bank"),
    "banks need no consent to BASIC": Broken(
        "bank_a", (many("legalRepresentative"),), lambda: always(CONSENTED_TO[ConsentScope.BASIC])
    ),
    "banks need no consent to FINANCIAL": Broken(
        "bank_a", (reports("operation { netProfit }"),), lambda: always(CONSENTED_TO[ConsentScope.FINANCIAL])
    ),
    "banks need no consent to IP": Broken(
        "bank_a", (reports("standards { name }"),), lambda: always(CONSENTED_TO[ConsentScope.IP])
    ),
    # ── masks ──
    "a mobile is not masked": Broken("bureau", (CONTACTS,), lambda: unmasked(Enterprise, "contact_mobile", whole)),
    "a name is not masked enough": Broken("analyst", (CONTACTS,), lambda: unmasked(Enterprise, "contact_name", half)),
    "an address is not masked": Broken(
        "admin", (CONTACTS,), lambda: unmasked(Enterprise, "research_contact_email", whole)
    ),
    "a form is not masked": Broken(
        "bureau",
        (many("basicInfo { fields { value } }"),),
        lambda: unmasked(BasicInfo, "contact_mobile", whole),
    ),
    # ── what is asked, and how ──
    "filters read what is masked": Broken(
        "bureau",
        (many("uscc", ', filter: {contactMobile: ["$MOBILE"]}'),),
        lambda: reading_past_rules(lambda asked: asked != "orderBy"),
    ),
    "filters read what is hidden": Broken(
        "bank_a",
        (reports("uscc", ', filter: {operation: {netProfit: {lt: "0"}}}'),),
        lambda: reading_past_rules(lambda asked: asked != "orderBy"),
    ),
    "filters under not read what is hidden": Broken(
        "bank_a",
        (reports("uscc", ', filter: {not: {operation: {netProfit: {lt: "0"}}}}'),),
        lambda: reading_past_rules(lambda asked: asked != "orderBy"),
    ),
    "orders read what is masked": Broken(
        "bureau",
        (many("uscc", ", orderBy: {field: CONTACT_MOBILE}"),),
        lambda: reading_past_rules(lambda asked: asked == "orderBy"),
    ),
    "cursors hold what is masked": Broken(
        "analyst",
        ("{ enterprises(first: 60, orderBy: {field: CONTACT_NAME}) { edges { cursor } } }",),
        lambda: reading_past_rules(lambda asked: asked == "orderBy"),
    ),
    "filters reach rows out of sight": Broken(
        "analyst",
        (many("uscc", ", filter: {annualReports: {some: {status: [DRAFT]}}}"),),
        related_out_of_scope,
    ),
    "filters by none reach rows out of sight": Broken(
        "bank_a",
        (many("uscc", ", filter: {annualReports: {none: {year: [2021]}}}"),),
        related_out_of_scope,
    ),
    "a keyword looks into contacts": Broken(
        "bureau",
        (many("uscc", ', filter: {search: "$NAME"}'),),
        lambda: changed(Enterprise.__row__, "search", looked_up),
    ),
    "a total counts what is out of scope": Broken("yubei", (CODES,), total_of_everything),
    "a page holds one row too many": Broken(
        "yubei",
        ("{ enterprises(first: 2) { nodes { uscc } } }",),
        one_row_too_many,
    ),
    "what is hidden is not told": Broken(
        "bank_a", (many("legalRepresentative"),), lambda: changed(graphql, "redactions", answering([]))
    ),
    "what is masked is not told": Broken("bureau", (CONTACTS,), lambda: changed(graphql, "redactions", answering([]))),
}
"""By kind; each is found by the documents it names."""


def operations(place: Place, broken: Broken) -> list[Operation]:
    """The documents as they are asked, with values that stand in the database."""
    named = (
        row for row in place.full.rows("Enterprise") if row["contact_mobile"] and "zq" in (row["contact_name"] or "")
    )
    row = next(named)
    written = {
        "$MOMENT": Values(place.full).audited["at"]["lte"],
        "$MOBILE": row["contact_mobile"],
        "$NAME": row["contact_name"][-8:],
        "$OWN": next((each["uscc"] for each in Person(place, broken.person).world.rows("Enterprise")), ""),
    }
    found: list[Operation] = []
    for document in broken.documents:
        text = document
        for mark, value in written.items():
            text = text.replace(mark, value)
        found.append(Operation(text, {}))
    return found


def check(place: Place, service: Service, broken: Broken) -> None:
    person = Person(place, broken.person)
    for operation in operations(place, broken):
        Expected.of(person, operation).check(service.ask(person.sight.principal, operation.document))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_is_noticed(place: Place, broken: str) -> None:
    what = BROKEN[broken]
    check(place, place.service.without_cache(), what)
    with what.breaking(), pytest.raises(AssertionError):
        check(place, place.service.without_cache(), what)


EXEMPT = {
    "rules.REVEALED": "with its action: analysts reveal",
    "rules.IP": "by its predicate: banks need no consent to IP",
    "rules.BASIC": "by its predicate: banks need no consent to BASIC",
    "scopes.EVERYONE": "hides nothing",
    "scopes.SIGNED_IN": "hides nothing but from the public, whom test_leak_cover sees refused",
    "scopes.REPORT_PARTS": "reached through a report only, whose scope decides",
    "scopes.FORM_FIELDS": "reached through a form only, whose scope decides",
    "rules.SCORE": "by its scope: banks see ratings by any consent",
    "scopes.LIBRARY_INPUTS": "read beside an enterprise, whose scope decides",
    "scopes.LIBRARY_RESULTS": "reached through an entry only, whose relation carries the rule",
}
"""What need not be broken by itself, and why."""


def test_every_rule_scope_and_predicate_is_broken_somewhere() -> None:
    source = Path(__file__).read_text("utf-8").partition("EXEMPT = {")
    beside = Path(__file__).with_name("test_leak_rules_district.py").read_text("utf-8")
    written = source[0] + source[2].partition("def test_every_rule")[2] + beside
    kinds = ((rules, rules.Rule), (scopes, scopes.Scope), (predicates, predicates.Predicate))
    named = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module, kind in kinds
        for name, value in vars(module).items()
        if isinstance(value, kind) and name.isupper() and type(value).__module__ == module.__name__
    }
    assert {name for name in named if name not in written} == set(EXEMPT)


# ── what no single answer shows ─────────────────────────────────────────────────────────────────


def refusal(response: Response, told: str = "code") -> str | None:
    """What a refusal tells; None where the answer is none."""
    if response.body[:1] != b"{" or "errors" not in response.json:
        return None
    return response.json["errors"][0]["extensions"].get(told)


def banks_get_no_file(place: Place, service: Service) -> None:
    response = service.ask(place.people["bank_a"], "{ enterprises { nodes { name } } }", file_format="xlsx")
    assert refusal(response) == "FORBIDDEN"


# What they register is nobody else's to see.
PASSING_BANK = Principal(BANK, "bank-passing", bank="BANK_A")
PASSING_ANALYST = Principal(AN, "analyst-passing")


def banks_register_no_export(_place: Place, service: Service) -> None:
    asked = 'mutation { exportWorkbook(input: {query: "{ enterprises { nodes { name } } }"}) { id } }'
    assert refusal(service.ask(PASSING_BANK, asked)) == "FORBIDDEN"


def analysts_reveal_nothing(place: Place, service: Service) -> None:
    uscc = place.full.rows("Enterprise")[0]["uscc"]
    asked = f'mutation {{ revealContact(uscc: "{uscc}", reason: "核实联系方式") {{ uscc }} }}'
    assert refusal(service.ask(PASSING_ANALYST, asked)) == "FORBIDDEN"


def files_hold_what_is_on_screen(place: Place, service: Service) -> None:
    asked = "{ enterprises { nodes { uscc contactName } } }"
    seen = service.ask(place.people["yubei"], asked).json["data"]["enterprises"]["nodes"]
    file = service.ask(place.people["yubei"], asked, file_format="csv")
    assert int(file.headers["x-total-rows"]) == len(
        [row for row in place.full.rows("Enterprise") if row["unit_code"] == "500112"]
    )
    assert len(csv_rows(file.body)) >= len(seen)
    assert place.people["yubei"].role is Role.DISTRICT_OFFICER


def a_file_names_what_it_hides(place: Place, service: Service) -> None:
    asked = "{ enterprises { nodes { uscc annualReports { nodes { opinions { reviewer } } } } } }"
    file = service.ask(place.people["yubei"], asked, file_format="xlsx")
    assert file.headers.get("x-redacted") == "enterprises.nodes.annualReports.nodes.opinions.reviewer"


FIRST = """query ($by: EnterpriseOrderField!, $after: String) {
    enterprises(orderBy: [{field: $by}], first: 2, after: $after) { nodes { uscc } pageInfo { endCursor } } }"""


def a_cursor(place: Place, service: Service) -> str:
    response = service.ask(place.people["yubei"], FIRST, {"by": "NAME"})
    return response.json["data"]["enterprises"]["pageInfo"]["endCursor"]


def refused_cursor(place: Place, service: Service, by: str, cursor: str) -> None:
    response = service.ask(place.people["yubei"], FIRST, {"by": by, "after": cursor})
    assert refusal(response, "field") == "after"


def a_changed_cursor_is_refused(place: Place, service: Service) -> None:
    token, _, code = a_cursor(place, service).partition(".")
    hidden = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    hidden[-3] ^= 1  # the last letter of the credit code: what is hidden by a stream can be changed unread
    changed_token = base64.urlsafe_b64encode(hidden).decode().rstrip("=")
    refused_cursor(place, service, "NAME", f"{changed_token}.{code}")


def a_cursor_of_another_order_is_refused(place: Place, service: Service) -> None:
    refused_cursor(place, service, "INDUSTRY_CODE", a_cursor(place, service))


def each_gets_a_plan_of_its_own(place: Place, service: Service) -> None:
    for name in ("bureau", "yubei", "analyst", "bank_a", "enterprise"):
        person = Person(place, name)
        operation = Operation(many("uscc legalRepresentative"), {})
        Expected.of(person, operation).check(service.ask(person.sight.principal, operation.document))


def introspection_shows_what_may_be_asked(place: Place, service: Service) -> None:
    for name in ("bank_a", "department", "public"):
        person = Person(place, name)
        told = service.ask(person.sight.principal, "{ __schema { types { name fields { name } } } }").json["data"]
        shown = {(kind["name"], each["name"]) for kind in told["__schema"]["types"] for each in kind["fields"] or ()}
        cover = Cover(person, Values(place.full))
        own = {(kind, field) for kind, field in shown if kind in cover.routes}
        assert own == {
            (kind, field)
            for kind, field in asked_for(cover) | LEFT_OUT
            if kind in cover.routes and not person.sight.never(kind, field)
        }


Check = Callable[[Place, Service], None]
SPECIAL: dict[str, tuple[Check, Breaking]] = {
    "banks export": (banks_get_no_file, lambda: entry(actions.PERMISSIONS, Action.EXPORT, frozenset(Role))),
    "banks register exports": (
        banks_register_no_export,
        lambda: both(
            entry(actions.PERMISSIONS, Action.EXPORT, frozenset(Role)),
            entry(scopes.OWN_EXPORTS.rows, BANK, (predicates.OWN_REQUEST,)),
        ),
    ),
    "analysts reveal": (
        analysts_reveal_nothing,
        lambda: both(entry(actions.PERMISSIONS, Action.REVEAL, frozenset(Role)), entry(scopes.REVEALS.rows, AN, ())),
    ),
    "a file is asked with more rights": (files_hold_what_is_on_screen, lambda: planned_for("bureau")),
    "a file does not tell what it hides": (
        a_file_names_what_it_hides,
        lambda: changed(workbooks, "hidden_paths", nothing_hidden),
    ),
    "nobody looks at a cursor's signature": (
        a_changed_cursor_is_refused,
        lambda: changed(signatures, "is_signed", answering(True)),
    ),
    "a cursor fits every order": (
        a_cursor_of_another_order_is_refused,
        lambda: changed(Page, "signature", always_is("0" * 8)),
    ),
    "plans are cached for everybody": (
        each_gets_a_plan_of_its_own,
        lambda: changed(Principal, "shape", always_is(("", False))),
    ),
    "introspection shows everything": (
        introspection_shows_what_may_be_asked,
        lambda: changed(graphql, "contract", answering(core())),
    ),
}


@contextmanager
def both(one: AbstractContextManager[None], other: AbstractContextManager[None]) -> Generator[None]:
    with one, other:
        yield


def planned_for(_name: str) -> AbstractContextManager[None]:
    """Files that are planned for the bureau, whoever asks."""
    real = workbooks.planned
    bureau = Principal(Role.MUNICIPAL_OFFICER, "bureau")

    def planned(endpoint: Any, request: Any, _principal: Principal) -> Any:
        return real(endpoint, request, bureau)

    return changed(workbooks, "planned", planned)


async def nothing_hidden(*_: Any) -> set[str]:
    """A file in which no rule about rows seems to hide anything."""
    return set()


@pytest.mark.parametrize("broken", SPECIAL)
def test_what_is_broken_around_the_rules_is_noticed(place: Place, broken: str) -> None:
    special, breaking = SPECIAL[broken]
    special(place, place.service.without_cache())
    with breaking(), pytest.raises(AssertionError):
        special(place, place.service.without_cache())
