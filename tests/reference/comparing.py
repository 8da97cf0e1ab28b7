"""One operation, asked of the service and of the reference: do they say the same?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.reference.asked import Asked
from tests.reference.asking import Response
from tests.reference.difference import difference
from tests.reference.executor import Answer, Reference
from tests.reference.fixtures import Place
from tests.reference.lists import Cursors
from tests.reference.operations import Operation, Values
from tests.reference.redacted import Sight
from tests.reference.rows import World


@dataclass
class Tally:
    """How the examples of a test fell out, so that no test is green for having compared nothing."""

    asked: int = 0
    refused: int = 0
    empty: int = 0
    redacted: int = 0

    def assert_healthy(self, *, least_rows: int, least_redacted: int = 0) -> None:
        """At least so many per cent of the answers have rows, and so many have something hidden.

        Shares of what was answered, not of what was refused.
        """
        answered = self.asked - self.refused
        assert answered >= self.asked / 2, self
        assert (answered - self.empty) * 100 >= least_rows * answered, self
        assert self.redacted * 100 >= least_redacted * answered, self


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

    def catalogue(self) -> list[str]:
        """What the custom query offers."""
        response = self.place.service.ask(self.sight.principal, "{ exportFields { name } }")
        data: dict[str, list[dict[str, str]]] = response.json.get("data") or {}
        return [entry["name"] for entry in data.get("exportFields", [])] or ["name"]

    def reference(self, cursors: Cursors | None = None, *, whole_lists: bool = False) -> Reference:
        """The reference over this person's rows."""
        return Reference(self.world, self.sight, cursors or Cursors({}), whole_lists=whole_lists)

    def ask(self, operation: Operation, **how: Any) -> Response:
        """Ask the service."""
        return self.place.service.ask(self.sight.principal, operation.document, operation.variables, **how)

    def values(self) -> Values:
        """What filters are made of: everybody's values, seen or not."""
        return Values(self.place.full)


def compared(person: Person, operation: Operation, response: Response, tally: Tally) -> None:
    """The service's answer is the reference's, or the refusal that the rules want.

    Raises:
        AssertionError: it is not.
    """
    tally.asked += 1
    asked = Asked.of(operation.document, operation.variables, person.sight)
    if asked.refused:
        tally.refused += 1
        assert_refused(person, asked, response)
        return
    body = response.json
    assert "errors" not in body, body["errors"]
    assert response.status == 200
    answer = person.reference().answer(operation.document, operation.variables)
    assert difference(answer.data, body["data"]) is None, difference(answer.data, body["data"])
    hidden = expected_redactions(asked, answer)
    assert body.get("extensions", {}).get("redacted", []) == hidden, (body.get("extensions"), hidden)
    tally.empty += answer.rows == 0
    tally.redacted += bool(hidden)


def expected_redactions(asked: Asked, answer: Answer) -> list[str]:
    """Fields that a rule masks for the role, and those it hid in some row of the answer."""
    return sorted(asked.masked | answer.redacted)


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
