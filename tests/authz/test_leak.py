"""Nothing leaves that a principal may not see: not in data, errors, cursors, or any byte of a file.

The oracle is the design's one sentence: the service over the full database answers as the reference does over the rows
that the principal may see. Every text and most amounts of the database are one of a kind, so that a leak shows even
where both sides agree. Beside this file: every field and condition (``test_leak_cover``), every way of asking
(``test_leak_entries``), every rule broken once (``test_leak_rules``), what hidden rows cost (``test_leak_cost``); by
the hundred thousand: ``make leak``.
"""

from __future__ import annotations

import pytest

from tests.reference.comparing import Person, Tally, compared
from tests.reference.examples import for_each_operation
from tests.reference.files import ExpectedFile
from tests.reference.fixtures import Place
from tests.reference.operations import Operation
from tests.reference.values import Values

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


@pytest.mark.parametrize("name", HIDDEN_FROM)
def test_answers_hold_nothing_unseen(place: Place, values: Values, name: str) -> None:
    person, tally = Person(place, name), Tally()
    assert person.canaries.secret

    def check(operation: Operation) -> None:
        compared(person, operation, person.ask(operation), tally)

    for_each_operation(check, person.sight, values, person.catalogue(), examples=12, daring=60)
    assert tally.asked == tally.refused + tally.empty + tally.whole + tally.telling


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", EXPORTERS)
def test_files_hold_the_rows_on_screen_and_nothing_unseen(place: Place, values: Values, name: str) -> None:
    person = Person(place, name)
    filled: list[int] = []

    def check(operation: Operation) -> None:
        expected = ExpectedFile.of(person, operation)
        if expected.check(person.ask(operation, file_format="xlsx"), "xlsx"):
            filled.append(expected.rows)
            if len(expected.sheets or ()) == 1:
                expected.check(person.ask(operation, file_format="csv"), "csv")

    for_each_operation(check, person.sight, values, person.catalogue(), examples=18, exported=True)
    assert sum(rows > 0 for rows in filled) >= len(filled) / 3


@pytest.mark.parametrize("name", ["bank_a", "public"])
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_who_may_not_export_gets_no_file(place: Place, name: str, file_format: str) -> None:
    response = Person(place, name).ask(Operation("{ units { code } }", {}), file_format=file_format)
    assert response.json["errors"][0]["extensions"]["code"] == ("UNAUTHENTICATED" if name == "public" else "FORBIDDEN")
