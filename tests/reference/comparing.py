"""One operation, asked of the service and of the reference: do they say the same?"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from tests.reference.asked import Asked, Used
from tests.reference.asking import Response
from tests.reference.canaries import Canaries
from tests.reference.difference import difference
from tests.reference.executor import Answer, Reference
from tests.reference.fixtures import Place
from tests.reference.lists import Cursors, Mark
from tests.reference.operations import Operation
from tests.reference.redacted import Sight
from tests.reference.rows import World
from tests.reference.values import Values


@dataclass
class Tally:
    """How the examples of a test fell out, so that no test is green for having compared nothing.

    An answer without a row is ``empty``; one that holds every row of its lists and hides nothing is ``whole``: what
    rules do shows in neither.
    """

    asked: int = 0
    refused: int = 0
    empty: int = 0
    whole: int = 0
    redacted: int = 0
    exported: int = 0
    used: Used = field(default_factory=Used)
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    @property
    def telling(self) -> int:
        """Answers that are neither empty nor whole."""
        return self.asked - self.refused - self.empty - self.whole

    def add(self, expected: Expected) -> None:
        """Count one operation that came out as expected."""
        self.asked += 1
        self.used.add(expected.asked.used)
        if expected.answer is None:
            self.refused += 1
            return
        self.seen |= expected.answer.seen
        self.empty += expected.is_empty
        self.whole += expected.is_whole
        self.redacted += bool(expected.hidden)

    def assert_healthy(self, *, least_rows: int, least_redacted: int = 0, least_telling: int = 0) -> None:
        """At least so many per cent of the answers have rows, have something hidden, tell what rules do.

        Shares of what was answered, not of what was refused.
        """
        answered = self.asked - self.refused
        assert answered >= self.asked / 2, self
        assert (answered - self.empty) * 100 >= least_rows * answered, self
        assert self.redacted * 100 >= least_redacted * answered, self
        assert self.telling * 100 >= least_telling * answered, self


@dataclass
class Person:
    """A principal with the rows that are theirs."""

    place: Place
    name: str
    sight: Sight = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.sight = self.place.sight(self.name)
        self.world = self.sight.world(self.place.full)

    @cached_property
    def canaries(self) -> Canaries:
        """What must never reach this person."""
        return Canaries.of(self.place.full, self.world)

    def catalogue(self) -> list[str]:
        """What the custom query offers."""
        response = self.place.service.ask(self.sight.principal, "{ exportFields { name } }")
        data: dict[str, list[dict[str, str]]] = response.json.get("data") or {}
        return [entry["name"] for entry in data.get("exportFields", [])] or ["name"]

    def reference(self, cursors: Cursors | None = None, *, whole_lists: bool = False) -> Reference:
        """The reference over this person's rows."""
        known = cursors or Cursors({})
        return Reference(self.world, self.sight, known, whole_lists=whole_lists, full=self.place.full)

    def ask(self, operation: Operation, **how: Any) -> Response:
        """Ask the service."""
        return self.place.service.ask(self.sight.principal, operation.document, operation.variables, **how)

    def values(self) -> Values:
        """What filters are made of: everybody's values, seen or not."""
        return Values(self.place.full)


@dataclass(frozen=True)
class Expected:
    """What one person has to be told when asking one operation; ``answer`` is None where it has to be refused."""

    person: Person
    operation: Operation
    asked: Asked
    cursors: Cursors
    answer: Answer | None

    @classmethod
    def of(cls, person: Person, operation: Operation, cursors: Cursors | None = None) -> Expected:
        """Ask the reference; ``cursors`` are those of the service's that it was told of."""
        known = Cursors(dict((cursors or Cursors({})).given))
        asked = Asked.of(operation.document, operation.variables, person.sight, known)
        answer = None
        if not asked.refused and not asked.strange:
            answer = person.reference(known).answer(operation.document, operation.variables)
        return cls(person, operation, asked, known, answer)

    @property
    def hidden(self) -> list[str]:
        """Fields that a rule masks for the role, and those it hid in some row of the answer."""
        return [] if self.answer is None else sorted(self.asked.masked | self.answer.redacted)

    @property
    def is_empty(self) -> bool:
        """Whether no row stands in the answer."""
        return self.answer is not None and self.answer.rows == 0

    @property
    def is_whole(self) -> bool:
        """Whether every row stands in it, with nothing hidden."""
        answer = self.answer
        return answer is not None and 0 < answer.of_all <= answer.rows and not self.hidden

    def check(self, response: Response) -> None:
        """The service's answer is the reference's, or the refusal that the rules want; nothing unseen is in it.

        Raises:
            AssertionError: it is not.
        """
        # A sum or an average over rows in sight may happen to be a number that stands in a hidden one.
        made = "" if self.answer is None else str(self.answer.data)
        leaked = self.person.canaries.leaked(response.body.decode(), self.operation.text + made)
        assert not leaked, leaked
        if self.answer is None:
            self._check_refused(response)
            return
        body = response.json
        assert "errors" not in body, body["errors"]
        assert response.status == 200
        differs = difference(self.answer.data, body["data"])
        assert differs is None, differs
        assert body.get("extensions", {}) == ({"redacted": self.hidden} if self.hidden else {}), self.hidden
        assert set(body) <= {"data", "extensions"}

    def _check_refused(self, response: Response) -> None:
        body = response.json
        assert body.get("data") is None, body
        error = body["errors"][0]
        assert set(error) <= {"message", "path", "locations", "extensions"}, error
        assert set(error["extensions"]) <= {"code", "detail", "field"}, error
        if self.asked.strange and error["extensions"].get("field") in ("after", "before"):
            assert error["extensions"]["code"] == "BAD_USER_INPUT", error
        else:
            assert_refused(self.person, self.asked, response)

    def harvest(self, response: Response) -> dict[str, Mark]:
        """The service's cursors in an answer that was checked, with what the reference knows of them."""
        return {} if self.answer is None else _cursors(self.answer.data, response.json["data"], self.cursors)


def compared(person: Person, operation: Operation, response: Response, tally: Tally) -> None:
    """The service's answer is the reference's, or the refusal that the rules want.

    Raises:
        AssertionError: it is not.
    """
    expected = Expected.of(person, operation)
    expected.check(response)
    tally.add(expected)


def assert_refused(person: Person, asked: Asked, response: Response) -> None:
    """Refused before anything ran, by the path of a field that may not be asked, or of the list that filters by it."""
    body = response.json
    assert body.get("data") is None, body
    error = body["errors"][0]
    path = tuple(step for step in error["path"] if isinstance(step, str))
    named_wrongly = error["extensions"]["code"] == "BAD_USER_INPUT" and error["extensions"]["field"] == "fields"
    if not named_wrongly:  # a field that the catalogue does not offer is no field of it
        code = "UNAUTHENTICATED" if person.name == "public" else "FORBIDDEN"
        assert error["extensions"]["code"] == code, error
    assert any(path[: len(refused)] == refused for refused in asked.refused), (path, asked.refused)


def _cursors(ours: Any, theirs: Any, known: Cursors) -> dict[str, Mark]:
    """Cursors that stand at the same place of two answers: the service's text, the reference's meaning."""
    if isinstance(ours, dict):
        left, right = cast("dict[str, Any]", ours), cast("dict[str, Any]", theirs)
        pairs = [(left[key], right[key]) for key in left]
    elif isinstance(ours, list):
        pairs = list(zip(cast("list[Any]", ours), cast("list[Any]", theirs), strict=True))
    else:
        is_cursor = isinstance(ours, str) and ours in known.given
        return {str(theirs): known.given[ours]} if is_cursor else {}
    found: dict[str, Mark] = {}
    for one, two in pairs:
        found |= _cursors(one, two, known)
    return found
