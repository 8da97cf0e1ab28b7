"""Nothing leaves that a principal may not see: not in data, errors, cursors, or any byte of a file.

The oracle is the design's one sentence: the service over the full database answers as the reference does over the rows
that the principal may see. Every text and most amounts of the database are one of a kind, so that a leak shows even
where both sides agree; and each rule is broken once, to see that these tests would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from authz import predicates, rules, scopes
from authz.predicates import Predicate, Shape
from authz.principal import Role
from authz.rules import FULL, MASKED
from db.enums import ConsentScope
from tests.reference.asked import Asked
from tests.reference.asking import Response
from tests.reference.canaries import Canaries
from tests.reference.comparing import Person, Tally, compared
from tests.reference.examples import for_each_operation
from tests.reference.fixtures import Place
from tests.reference.operations import Operation, Values
from tests.reference.redacted import REGISTRY
from tests.reference.sheets import Flattener, csv_rows, everything, same_cell, same_field, workbook

HIDDEN_FROM = (
    "bureau",
    "yubei",
    "no_unit",
    "analyst",
    "enterprise",
    "admin",
    "department",
    "bank_a",
    "bank_b",
    "no_bank",
    "public",
)
EXPORTERS = ("bureau", "yubei", "two_units", "analyst", "enterprise", "admin", "department")


@pytest.fixture(scope="session")
def values(place: Place) -> Values:
    return Values(place.full)


def assert_keeps_secrets(canaries: Canaries, operation: Operation, text: str) -> None:
    leaked = canaries.leaked(text, operation.text)
    assert not leaked, leaked


@pytest.mark.parametrize("name", HIDDEN_FROM)
def test_answers_hold_nothing_unseen(place: Place, values: Values, name: str) -> None:
    person, tally = Person(place, name), Tally()
    canaries = Canaries.of(place.full, person.world)
    assert canaries.secret

    def check(operation: Operation) -> None:
        response = person.ask(operation)
        assert_keeps_secrets(canaries, operation, response.body.decode())
        compared(person, operation, response, tally)

    for_each_operation(check, person.sight, values, person.catalogue(), examples=25, daring=60)
    assert tally.refused or name in ("bureau", "yubei", "no_unit")


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", EXPORTERS)
def test_files_hold_the_rows_on_screen_and_nothing_unseen(place: Place, values: Values, name: str) -> None:
    person = Person(place, name)
    canaries = Canaries.of(place.full, person.world)
    filled: list[int] = []

    def check(operation: Operation) -> None:
        asked = Asked.of(operation.document, operation.variables, person.sight)
        response = person.ask(operation, file_format="xlsx")
        if asked.refused:
            assert response.json["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "BAD_USER_INPUT")
            assert_keeps_secrets(canaries, operation, response.body.decode())
            return
        flattener = Flattener(person.reference(whole_lists=True), asked)
        expected = flattener.flattened(operation.document)
        if response.status != 200:
            assert "nothing to export" in str(response.json) or "without nodes" in str(response.json), response.json
            return
        assert_same_sheets(expected, response)
        assert_keeps_secrets(canaries, operation, everything(response.body).decode("utf-8", "replace"))
        assert response.headers.get("x-redacted", "") == ",".join(sorted(asked.masked | flattener.hidden))
        filled.append(sum(map(len, expected)))
        if len(expected) == 1:
            assert_same_lines(expected[0], person.ask(operation, file_format="csv"))

    for_each_operation(check, person.sight, values, person.catalogue(), examples=25, exported=True)
    assert sum(rows > 0 for rows in filled) >= len(filled) / 3


def assert_same_sheets(expected: list[list[list[Any]]], response: Response) -> None:
    found = list(workbook(response.body).values())
    assert [len(sheet) for sheet in found] == [len(sheet) for sheet in expected]
    assert response.headers["x-total-rows"] == str(sum(map(len, expected)))
    for wanted, sheet in zip(expected, found, strict=True):
        for ours, theirs in zip(wanted, sheet, strict=True):
            assert len(ours) == len(theirs)
            assert all(map(same_cell, ours, theirs)), (ours, theirs)


def assert_same_lines(expected: list[list[Any]], response: Response) -> None:
    found = csv_rows(response.body)
    assert len(found) == len(expected)
    for ours, theirs in zip(expected, found, strict=True):
        assert len(ours) == len(theirs)
        assert all(map(same_field, ours, theirs)), (ours, theirs)


@pytest.mark.parametrize("name", ["bank_a", "public"])
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_who_may_not_export_gets_no_file(place: Place, name: str, file_format: str) -> None:
    response = Person(place, name).ask(Operation("{ units { code } }", {}), file_format=file_format)
    assert response.json["errors"][0]["extensions"]["code"] == ("UNAUTHENTICATED" if name == "public" else "FORBIDDEN")


# ── the tests can fail ──────────────────────────────────────────────────────────────────────────


def _of_every_row(_row: sa.FromClause, _shape: Shape) -> sa.ColumnElement[bool]:
    return sa.true()


@contextmanager
def always(predicate: Predicate) -> Generator[None]:
    """A predicate that is true of every row."""
    kept = predicate.sql
    object.__setattr__(predicate, "sql", _of_every_row)
    try:
        yield
    finally:
        object.__setattr__(predicate, "sql", kept)


@contextmanager
def entry(mapping: Any, key: Role, value: object) -> Generator[None]:
    """A table of rules or scopes with one entry changed."""
    kept = dict(mapping)
    mapping[key] = value
    try:
        yield
    finally:
        mapping.clear()
        mapping.update(kept)


CONTACTS = "contactName contactMobile researchContactName researchContactEmail basicInfo"
REPORTS = "annualReport annualReports status year basic operation"
REVIEWS = "opinions reviewer opinion basicInfo annualReport annualReports"

Breaking = tuple[str, str, Callable[[], AbstractContextManager[None]]]
BROKEN: dict[str, Breaking] = {
    "analysts see contacts": ("analyst", CONTACTS, lambda: entry(rules.PERSONAL.verdicts, Role.ANALYST, FULL)),
    "the bureau sees contacts": (
        "bureau",
        CONTACTS,
        lambda: entry(rules.PERSONAL.verdicts, Role.MUNICIPAL_OFFICER, FULL),
    ),
    "banks get masks": ("bank_a", CONTACTS, lambda: entry(rules.PERSONAL.verdicts, Role.BANK_USER, MASKED)),
    "departments see the registry": (
        "department",
        " ".join(REGISTRY),
        lambda: entry(rules.REGISTRY.verdicts, Role.DEPARTMENT_OFFICER, FULL),
    ),
    "enterprises see who reviewed": (
        "enterprise",
        REVIEWS,
        lambda: entry(rules.REVIEWER.verdicts, Role.ENTERPRISE_USER, FULL),
    ),
    "officers see every enterprise": (
        "yubei",
        "enterprises name",
        lambda: entry(scopes.ENTERPRISES.rows, Role.DISTRICT_OFFICER, ()),
    ),
    "officers see every report": (
        "yubei",
        REPORTS,
        lambda: entry(scopes.ANNUAL_REPORTS.rows, Role.DISTRICT_OFFICER, ()),
    ),
    "analysts see opinions": ("analyst", REVIEWS, lambda: entry(scopes.REVIEWS.rows, Role.ANALYST, ())),
    "everyone sees every export": (
        "analyst",
        "exports export title",
        lambda: entry(scopes.OWN_EXPORTS.rows, Role.ANALYST, ()),
    ),
    "drafts are seen": ("analyst", REPORTS, lambda: always(predicates.NOT_DRAFT)),
    "banks see what was not approved": ("bank_a", REPORTS, lambda: always(predicates.APPROVED)),
    "banks need no consent": ("bank_a", "name", lambda: always(predicates.CONSENTED)),
    "banks need no consent to BASIC": (
        "bank_a",
        " ".join(REGISTRY),
        lambda: always(predicates.CONSENTED_TO[ConsentScope.BASIC]),
    ),
    "banks need no consent to FINANCIAL": (
        "bank_a",
        REPORTS,
        lambda: always(predicates.CONSENTED_TO[ConsentScope.FINANCIAL]),
    ),
    "banks need no consent to IP": (
        "bank_a",
        "size standards achievements",
        lambda: always(predicates.CONSENTED_TO[ConsentScope.IP]),
    ),
    "reviewers of other units are named": ("yubei", REVIEWS, lambda: always(predicates.REVIEWED_HERE)),
}
"""Each rule broken once: who profits, by asking for what, and how it is broken."""


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_is_noticed(place: Place, values: Values, broken: str) -> None:
    name, liked, breaking = BROKEN[broken]
    person, tally = Person(place, name), Tally()
    catalogue = person.catalogue()
    service = place.service.without_cache()

    def check(operation: Operation) -> None:
        compared(person, operation, service.ask(person.sight.principal, operation.document, operation.variables), tally)

    with breaking(), pytest.raises(AssertionError):
        for_each_operation(
            check, person.sight, values, catalogue, examples=150, focus=frozenset(liked.split()), shrinking=False
        )
    assert tally.asked > 0
