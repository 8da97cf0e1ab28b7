"""What the audit trail is told of a plan: the fields it has to record, and what narrowed the rows.

Known when the plan is made, but for the values of variables. No personal value is ever told: an argument that compares
personal data stands as ``***``, and so does a cursor, which may hold one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from planner.plan import Facet, Group, Item, Link, Pages, Plan, Values
from schema.declare import type_name
from schema.given import Given, ResponsePath, Variables
from schema.visible import Frame

PRIVATE = "***"
CURSORS = ("after", "before")
_MOBILE = re.compile(r"(?<!\d)1\d{10}(?!\d)")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a plan's frame has noted, by the schema's names, not by those that a reader gives.

    ``fields`` leave an audit line (none: none does); ``selected`` are all that is read. ``arguments`` are those of each
    list or record asked for, with the type of its rows and its place.
    """

    fields: tuple[str, ...]
    selected: tuple[str, ...]
    arguments: tuple[tuple[str, ResponsePath, Mapping[str, Given]], ...]
    private: frozenset[tuple[ResponsePath, str]]

    @classmethod
    def of(cls, plan: Plan, frame: Frame) -> Recorded:
        """What is known of a plan that was made into a statement on this frame."""
        items = [item for item in _every(plan.roots) if isinstance(item, Link | Pages)]
        given = tuple((type_name(item.target), item.path, item.given) for item in items if item.given)
        notes = frame.recording
        return cls(notes.fields, tuple(notes.read), given, frozenset(notes.private))

    def filter_text(self, variables: Variables) -> str:
        """What narrowed the rows, as JSON: by type the arguments of each of its lists, personal values left out."""
        told: dict[str, list[dict[str, Any]]] = {}
        for kind, path, given in self.arguments:
            arguments = {name: self._told(path, each, variables) for name, each in given.items()}
            told.setdefault(kind, []).append(arguments)
        return orjson.dumps(told, default=str).decode() if told else ""

    def _told(self, path: ResponsePath, given: Given, variables: Variables) -> Any:
        if (path, given.name) in self.private:
            return PRIVATE
        if isinstance(given.parts, Mapping):
            return {key: self._told(path, part, variables) for key, part in given.parts.items()}
        if given.parts is not None:
            return [self._told(path, part, variables) for part in given.parts]
        return self._without_private(path, given.name, given.resolved(variables))

    def _without_private(self, path: ResponsePath, name: str, value: Any) -> Any:
        if value is not None and ((path, name) in self.private or name in CURSORS):
            return PRIVATE
        if isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            return {key: self._without_private(path, f"{name}.{key}", member) for key, member in members.items()}
        if isinstance(value, list):
            elements = cast("list[Any]", value)
            return [self._without_private(path, f"{name}.{index}", each) for index, each in enumerate(elements)]
        # A number that somebody looked for in a search, which covers names and credit codes only.
        return _MOBILE.sub(PRIVATE, value) if isinstance(value, str) else value


NOTHING = Recorded((), (), (), frozenset())


def _every(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        if isinstance(item, Link | Group):
            yield from _every(item.items)
        elif isinstance(item, Values):
            yield from _every(item.columns)
        elif isinstance(item, Pages):
            for facet in item.facets:
                yield from _below(facet)


def _below(facet: Facet) -> Iterator[Item]:
    yield from _every(facet.items)
    for inner in facet.facets:
        yield from _below(inner)
