"""Nothing leaves that a principal may not see: not in data, errors, cursors, or any byte of a file.

The oracle is the design's one sentence: the service over the full database answers as the reference does over the rows
that the principal may see. Every text and most amounts of the database are one of a kind, so that a leak shows even
where both sides agree. Beside this file: every field and condition (``test_leak_cover``), every way of asking
(``test_leak_entries``), every rule broken once (``test_leak_rules``), what hidden rows cost (``test_leak_cost``); by
the hundred thousand: ``make leak``.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.asked import Asked
from tests.reference.asking import Response
from tests.reference.canaries import Canaries
from tests.reference.comparing import Person, Tally, compared
from tests.reference.examples import for_each_operation
from tests.reference.fixtures import Place
from tests.reference.operations import Operation
from tests.reference.sheets import Flattener, csv_rows, everything, same_cell, same_field, workbook
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


def assert_keeps_secrets(canaries: Canaries, operation: Operation, text: str) -> None:
    leaked = canaries.leaked(text, operation.text)
    assert not leaked, leaked


@pytest.mark.parametrize("name", HIDDEN_FROM)
def test_answers_hold_nothing_unseen(place: Place, values: Values, name: str) -> None:
    person, tally = Person(place, name), Tally()
    assert person.canaries.secret

    def check(operation: Operation) -> None:
        compared(person, operation, person.ask(operation), tally)

    for_each_operation(check, person.sight, values, person.catalogue(), examples=25, daring=60)
    assert tally.refused or name in ("bureau", "yubei", "no_unit", "enterprise")


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
