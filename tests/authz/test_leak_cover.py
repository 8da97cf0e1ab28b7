"""Every field, condition, order and argument of the schema, for each role: seen where it may be, refused where not.

``tests/reference/cover.py`` asks by reading the schema, ``coverage.py`` says what was left out: a field that is added
and not reached by these operations, or that nobody decided about, makes this fail.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import GraphQLObjectType

from authz.principal import Role
from tests.reference.comparing import Expected, Person, Tally
from tests.reference.cover import Cover, Turns
from tests.reference.coverage import asked_for, missing, valued, ways, ways_used
from tests.reference.fixtures import Place
from tests.reference.kinds import schema
from tests.reference.lists import Cursors
from tests.reference.operations import LEFT_OUT, Operation
from tests.reference.values import Values

ONE_OF_EACH = ("bureau", "yubei", "analyst", "enterprise", "admin", "department", "bank_a", "public")
FEW = ("department", "admin", "public")
"""Who may ask by so few conditions that not every way of asking is among them."""
BEYOND = {"bank_a": {("DateTimeRange", "gt")}}
"""Ways whose turn comes with a list that the role may not have: a bank has no exports."""
TELLING = {"department": 20, "admin": 25, "public": 0}
"""At least so many operations of each must have an answer that is neither empty nor everything; 60 otherwise."""


@pytest.fixture(scope="module")
def values(place: Place) -> Values:
    return Values(place.full)


@pytest.fixture(scope="module")
def covers(place: Place, values: Values) -> dict[str, Cover]:
    return {name: Cover(Person(place, name), values) for name in ONE_OF_EACH}


def checked(person: Person, operation: Operation, tally: Tally) -> Expected:
    """Ask an operation and hold the answer against the reference's."""
    expected = Expected.of(person, operation)
    expected.check(person.ask(operation))
    tally.add(expected)
    return expected


def turned(person: Person, turns: Turns, tally: Tally) -> None:
    """Ask for the first pages of some lists, and for what lies beyond them by the cursors that they gave."""
    first = Expected.of(person, turns.first)
    response = person.ask(turns.first)
    first.check(response)
    tally.add(first)
    onward = turns.onward(response.json["data"])
    second = Expected.of(person, onward, Cursors(first.harvest(response)))
    second.check(person.ask(onward))
    tally.add(second)


def operations(cover: Cover) -> Iterator[Operation]:
    yield from cover.selections()
    yield from cover.conditions()
    yield from cover.refusals()


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_field_is_seen_as_it_may_be_or_refused(covers: dict[str, Cover], name: str) -> None:
    cover, tally = covers[name], Tally()
    for operation in operations(cover):
        checked(cover.person, operation, tally)
    for turns in (*cover.pages(), *cover.orders()):
        turned(cover.person, turns, tally)
    for operation in cover.narrowed(valued(cover) - tally.seen):
        checked(cover.person, operation, tally)
    assert missing(cover, tally) == []
    assert tally.telling >= TELLING.get(name, 60), tally.telling
    assert name in FEW or ways_used(tally) | BEYOND.get(name, set()) == ways()


def test_the_town_has_a_value_for_every_field(covers: dict[str, Cover]) -> None:
    asked = set[tuple[str, str]]().union(*(asked_for(cover) for cover in covers.values()))
    seen = set[tuple[str, str]]().union(*(valued(cover) for cover in covers.values()))
    of_rows = {kind for kind, _ in seen}
    assert {(kind, name) for kind, name in asked if kind in of_rows} - seen == set()


OF_THEIR_OWN = {"ExportField", "Mutation", "PageDefault", "PageFilter", "PageSettings", "RevealedContact"}
"""Asked by tests of their own: the catalogue, what changes something (``test_leak_entries``), what pages begin with."""


def test_no_field_is_out_of_everybodys_sight(covers: dict[str, Cover]) -> None:
    reached = set[tuple[str, str]]().union(*(asked_for(cover) for cover in covers.values()))
    kinds = [kind for kind in schema().type_map.values() if isinstance(kind, GraphQLObjectType)]
    fields = {(kind.name, name) for kind in kinds if not kind.name.startswith("__") for name in kind.fields}
    assert {kind for kind, _ in fields - reached - LEFT_OUT} == OF_THEIR_OWN


def test_one_of_each_role_asks(place: Place) -> None:
    assert {place.people[name].role for name in ONE_OF_EACH} == set(Role)
