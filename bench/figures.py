"""What a part of the bench finds: figures with what they should reach, and tables to judge them by.

A part measures and returns these; printing and writing them is ``bench.report``'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. ``at_most`` or ``at_least`` is what it should reach; neither: told without a judgement."""

    title: str
    measured: float
    unit: str = " ×"
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_reached(self) -> bool | None:
        """Whether it is what it should be; None where nothing was said."""
        if self.at_most is not None:
            return self.measured <= self.at_most
        return None if self.at_least is None else self.measured >= self.at_least

    def row(self) -> Row:
        """The figure among the report's ratios."""
        reach = ""
        if self.at_most is not None:
            reach = f"≤ {self.at_most:g}{self.unit}"
        elif self.at_least is not None:
            reach = f"≥ {self.at_least:g}{self.unit}"
        judged = {None: "", True: "reached", False: "MISSED"}[self.is_reached]
        return (self.title, f"{self.measured:,.2f}{self.unit}", reach, judged)


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report."""

    title: str
    head: Row
    rows: list[Row]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one part found."""

    figures: list[Figure] = field(default_factory=list[Figure])
    sections: list[Section] = field(default_factory=list[Section])
