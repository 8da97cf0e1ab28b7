"""What the audit trail has to be told of a plan, noted while the plan is made: whatever reads, passes by here.

Fields go by their names in the schema (``Enterprise.contactMobile``), which nobody who asks can choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute

from schema.given import ResponsePath


@dataclass(slots=True)
class Recording:
    """The notes of one plan.

    ``read`` are all fields read, in order; one that an argument reads has the argument in brackets. ``personal`` are
    those of them that show personal data in clear. ``sources`` are the rows, by their names in the statement, whose
    enterprises a line must name; ``private`` the arguments that compare personal data, by the field they stand at.
    """

    read: dict[str, None] = attribute(default_factory=dict[str, None])
    personal: dict[str, None] = attribute(default_factory=dict[str, None])
    sources: set[str] = attribute(default_factory=set[str])
    private: set[tuple[ResponsePath, str]] = attribute(default_factory=set[tuple[ResponsePath, str]])
    is_consented: bool = False
    """Whether a consent opened some of the rows: then everything read leaves a line, be it a count."""

    def rows(self, source: str, kind: str) -> None:
        """Rows that a consent opened, whatever is asked of them."""
        self.is_consented = True
        self.read.setdefault(kind)
        self.sources.add(source)

    def field(self, source: str, name: str, asked: str | None, *, is_personal: bool) -> None:
        """A field of some rows; ``asked`` is the argument that reads it, if it is not selected."""
        said = name if asked is None else f"{name}({asked.split('.')[0]})"
        self.read.setdefault(said)
        if is_personal:
            self.personal.setdefault(said)
            self.sources.add(source)

    @property
    def fields(self) -> tuple[str, ...]:
        """What a read has to be recorded with; empty: it leaves no line."""
        return tuple(self.read if self.is_consented else self.personal)
