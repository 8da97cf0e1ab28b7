"""A library is its declaration: another one with other kinds or records needs no other query."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from schema.enums import GrowthCategory
from schema.libraries.declare import Library
from schema.libraries.findings import holds
from schema.libraries.high_growth import HIGH_GROWTH
from schema.libraries.known import LIBRARIES
from schema.libraries.members import Judged
from schema.libraries.parameters import declared_values
from schema.libraries.star_reserve import STAR_RESERVE


def kinds(library: Library) -> list[str]:
    """The kinds that a member may be of, as the statement tries them."""
    findings = {each.key: holds(each.key, sa.column(each.key, sa.Boolean)) for each in library.every}
    text = str(Judged(library, declared_values(library), findings).category())
    return [part.split("'")[1] for part in text.split("THEN")[1:]]


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        (HIGH_GROWTH, ["UNICORN", "POTENTIAL_UNICORN", "GAZELLE"]),
        (replace(HIGH_GROWTH, alternatives=HIGH_GROWTH.alternatives[1:]), ["POTENTIAL_UNICORN", "GAZELLE"]),
        (replace(HIGH_GROWTH, alternatives=()), ["GAZELLE"]),
        (replace(STAR_RESERVE, category=GrowthCategory.GAZELLE), ["GAZELLE"]),
        (STAR_RESERVE, []),
    ],
)
def test_conditions_say_of_which_kind_a_member_is(library: Library, expected: list[str]) -> None:
    assert kinds(library) == expected


def test_a_register_names_fields_of_its_records_and_the_condition_that_asks_for_one() -> None:
    for library in LIBRARIES.values():
        asks = [each.key for each in library.every if each.of_record]
        assert len(asks) == (1 if library.register else 0)
        if library.register:
            fields = set(library.register.kind.__annotations__)
            assert {library.register.number, library.register.begun, library.register.until, "status"} <= fields
