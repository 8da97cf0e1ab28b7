"""Choices of a generated example: thrown by a seed, so that every run throws the same ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
SIZES = (1, 2, 2, 3, 3)


class Dice:
    """A seeded generator with the few throws that examples need. ``size`` is how big the example may grow."""

    def __init__(self, seed: int | str, size: int | None = None) -> None:
        self._random = random.Random(seed)
        self.size = self.one(SIZES) if size is None else size

    @classmethod
    def drawn(cls, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Dice:
        """Hypothesis throws a seed and a size, so that examples differ, and shrinks both."""
        size: int = draw(st.sampled_from(SIZES))
        return cls(draw(st.integers(0, 2**32 - 1)), size)

    def number(self, least: int, most: int) -> int:
        """A whole number."""
        return self._random.randint(least, most)

    def chance(self, percent: int) -> bool:
        """Whether something happens."""
        return self.number(0, 99) >= 100 - percent

    def one(self, choices: Sequence[T]) -> T:
        """One of several."""
        return choices[self.number(0, len(choices) - 1)]

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """A few of several, each once, in their order."""
        chosen = {self.number(0, len(choices) - 1) for _ in range(min(most, len(choices)))} if choices else set[int]()
        return [choices[at] for at in sorted(chosen)]
