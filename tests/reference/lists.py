"""Orders and pages in Python: nulls last either way, always down to the key; Relay's arguments and answers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reference.rows import Row

DEFAULT_PAGE = 20
Label = tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step of an order: a value of the row, and its direction."""

    value: Callable[[Row], Any]
    descending: bool = False
    name: str = ""

    def compare(self, one: Any, other: Any) -> int:
        """Negative where ``one`` comes first. Missing values come last, whichever the direction."""
        if one is None or other is None:
            return (one is None) - (other is None)
        forward = (one > other) - (one < other)
        return -forward if self.descending else forward


@dataclass(frozen=True)
class Order:
    """Steps down to the row's key."""

    steps: Sequence[Step]
    kind: str = ""

    @property
    def label(self) -> Label:
        """What a cursor of this list fits: the rows' type, and what they are sorted by."""
        return (self.kind, *(f"{step.name}{'-' if step.descending else '+'}" for step in self.steps))

    def values(self, row: Row) -> list[Any]:
        """What the row is sorted by."""
        return [step.value(row) for step in self.steps]

    def compare(self, one: Sequence[Any], other: Sequence[Any]) -> int:
        """Which of two rows' values comes first."""
        for step, left, right in zip(self.steps, one, other, strict=True):
            found = step.compare(left, right)
            if found:
                return found
        return 0

    def sorted(self, rows: Sequence[Row]) -> list[Row]:
        """The rows in order."""
        return sorted(rows, key=functools.cmp_to_key(lambda a, b: self.compare(self.values(a), self.values(b))))


@dataclass(frozen=True, slots=True)
class Mark:
    """Where in which order a cursor stands."""

    label: Label
    values: list[Any]


@dataclass
class Cursors:
    """The cursors a reference knows: those it has given out, and the service's, once told what they stand for."""

    given: dict[str, Mark]

    def written(self, order: Order, row: Row) -> str:
        """A cursor for a row in an order."""
        name = f"cursor-{len(self.given)}"
        self.given[name] = Mark(order.label, order.values(row))
        return name

    def fits(self, cursor: str, label: Label) -> bool:
        """Whether a cursor was given out for this list in this order."""
        return cursor in self.given and self.given[cursor].label == label


@dataclass(frozen=True)
class Page:
    """A page: its rows, whether there is more, and how many rows the whole list has."""

    rows: list[Row]
    has_next: bool
    has_previous: bool
    total: int

    @classmethod
    def of(
        cls, rows: Sequence[Row], order: Order, given: Mapping[str, Any], cursors: Cursors, *, whole: bool = False
    ) -> Page:
        """The page that the arguments ask for; ``whole`` where a list without a size is the whole list."""
        found = order.sorted(rows)
        total = len(found)
        after, before = given.get("after"), given.get("before")
        if after is not None:
            place = cursors.given[after].values
            found = [row for row in found if order.compare(order.values(row), place) > 0]
        if before is not None:
            place = cursors.given[before].values
            found = [row for row in found if order.compare(order.values(row), place) < 0]
        first, last = given.get("first"), given.get("last")
        if first is None and last is None:
            first = len(found) if whole else DEFAULT_PAGE
        if last is not None:
            # What lies behind is counted where the page ends; what lies ahead is known by the cursor it came from.
            return cls(found[len(found) - min(last, len(found)) :], before is not None, len(found) > last, total)
        assert first is not None
        return cls(found[:first], len(found) > first, after is not None, total)
