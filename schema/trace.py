"""What took part in a plan: row sources with their scopes, fields with their rules; for whoever may have it explained.

Only written to while a statement is made. Nothing here decides anything, and no plan that runs is made with one.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute

from authz.predicates import Predicate
from authz.rules import Rule, Verdict
from schema.declare import Row
from schema.given import ResponsePath


@dataclass(frozen=True, slots=True)
class Opened:
    """A row source: rows of ``kind``, named ``source`` in the statement, that satisfy ``predicates``.

    ``folded`` are those of them that the rows it was reached from satisfy already: they cost nothing. ``path`` is where
    the rows stand in the response, or the field whose argument ``asked`` reads them.
    """

    source: str
    kind: type[Row]
    label: str
    path: ResponsePath
    asked: str | None
    predicates: tuple[Predicate, ...]
    folded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ruled:
    """A field that was read: its rule, what the role gets by it, and whether the scope implies that (``folded``).

    ``path`` is where it stands in the response; None where an argument (``asked``) or another field reads it. ``at`` is
    where the rows stand that it was read of.
    """

    kind: type[Row]
    name: str
    at: ResponsePath
    path: ResponsePath | None
    asked: str | None
    rule: Rule
    verdict: Verdict | Predicate
    folded: bool


@dataclass(slots=True)
class Trace:
    """All of it, in the order the statement was made."""

    opened: list[Opened] = attribute(default_factory=list[Opened])
    ruled: list[Ruled] = attribute(default_factory=list[Ruled])
