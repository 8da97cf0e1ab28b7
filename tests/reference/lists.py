"""Orders and pages in Python: nulls last either way, always down to the key; Relay's arguments and answers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reference.rows import Row

DEFAULT_PAGE = 20


@dataclass(frozen=True)
class Step:
    """One step of an order: a value of the row, and its direction."""

    value: Callable[[Row], Any]
    descending: bool = False

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


@dataclass
class Cursors:
    """The cursors a reference has given out, and where in an order they stand."""

    given: dict[str, list[Any]]

    def written(self, values: list[Any]) -> str:
        """A cursor for a row with these values."""
        name = f"cursor-{len(self.given)}"
        self.given[name] = values
        return name


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
            found = [row for row in found if order.compare(order.values(row), cursors.given[after]) > 0]
        if before is not None:
            found = [row for row in found if order.compare(order.values(row), cursors.given[before]) < 0]
        first, last = given.get("first"), given.get("last")
        if first is None and last is None:
            first = len(found) if whole else DEFAULT_PAGE
        if last is not None:
            # What lies behind is counted where the page ends; what lies ahead is known by the cursor it came from.
            return cls(found[len(found) - min(last, len(found)) :], before is not None, len(found) > last, total)
        assert first is not None
        return cls(found[:first], len(found) > first, after is not None, total)
