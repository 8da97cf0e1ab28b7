"""Filters in three-valued logic over visible values: true, false, or None where a value is missing, as SQL has it."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

from tests.reference.rows import RELATIONS, Row

Truth = bool | None


class Values(Protocol):
    """What a filter reads: values and related rows of a row."""

    def value(self, kind: str, row: Row, name: str) -> Any:
        """A field's visible value."""
        ...

    def related(self, kind: str, row: Row, name: str) -> list[Row]:
        """The rows a relation leads to."""
        ...


TABS = {
    "basic": "ReportBasic",
    "operation": "ReportOperation",
    "achievements": "ReportAchievements",
    "personnel": "ReportPersonnel",
    "research": "ReportResearch",
    "hnte": "ReportHnte",
}

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def absent(value: Any) -> bool:
    """Null, an empty list and an empty text are no condition."""
    return value is None or value in ("", [])


def every(truths: Iterable[Truth]) -> Truth:
    """AND: false wins over unknown."""
    found = list(truths)
    return False if False in found else None if None in found else True


def some(truths: Iterable[Truth]) -> Truth:
    """OR: true wins over unknown."""
    found = list(truths)
    return True if True in found else None if None in found else False


def fold(text: str) -> str:
    """How search compares texts: full-width as half-width, ASCII letters in one case, no space around."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(ch.lower() if ch.isascii() else ch for ch in folded).strip(" \t\r\n")


def holds(values: Values, kind: str, row: Row, given: Mapping[str, Any]) -> Truth:
    """Whether a row satisfies a filter; all its entries must hold."""
    return every(_entry(values, kind, row, name, value) for name, value in given.items() if not absent(value))


def _entry(values: Values, kind: str, row: Row, name: str, given: Any) -> Truth:
    if name in ("and", "or", "not"):
        return _combined(values, kind, row, name, given)
    if name == "search":
        return fold(given) in searched(values, kind, row)
    if kind == "AnnualReport" and name in TABS:
        return holds(values, TABS[name], row, given)
    if (kind, name) in RELATIONS:
        return _related(values, kind, row, name, given)
    return _compared(values.value(kind, row, name), given)


def says(kind: str, given: Mapping[str, Any]) -> bool:
    """Whether a filter has any condition in it: an entry without a value is none, nor is one with none inside."""
    for name, value in given.items():
        if absent(value):
            continue
        inner = RELATIONS.get((kind, name))
        if name in ("and", "or", "not") or not isinstance(value, Mapping) or (inner is not None and inner.many):
            return True
        members = cast("Mapping[str, Any]", value)
        if inner is not None or (kind == "AnnualReport" and name in TABS):
            if says(inner.kind if inner is not None else TABS[name], members):
                return True
        elif any(bound is not None for bound in members.values()):
            return True
    return False


def _combined(values: Values, kind: str, row: Row, name: str, given: Any) -> Truth:
    if name == "not":
        inner = holds(values, kind, row, given)
        return None if inner is None else not inner
    inners = [holds(values, kind, row, member) for member in given]
    return every(inners) if name == "and" else some(inners)


def _compared(value: Any, given: Any) -> Truth:
    if isinstance(given, Mapping):
        return _within(value, cast("Mapping[str, Any]", given))
    if value is None:
        return None
    if not isinstance(given, list):
        return value == given
    # A key is text on the wire, whatever its column is.
    return value in given or (type(value) is int and str(value) in given)


def searched(values: Values, kind: str, row: Row) -> str:
    """What contains-search looks into: name, former names and code of the enterprise, a line each."""
    if kind != "Enterprise":
        return "\0".join(searched(values, "Enterprise", each) for each in values.related(kind, row, "enterprise"))
    return fold("\n".join([row["name"], *row["former_names"], row["uscc"]]))


def _related(values: Values, kind: str, row: Row, name: str, given: Mapping[str, Any]) -> Truth:
    relation = RELATIONS[(kind, name)]
    rows = values.related(kind, row, name)
    if not relation.many:
        if not says(relation.kind, given):
            return True
        return any(holds(values, relation.kind, each, given) is True for each in rows)
    terms: list[Truth] = []
    for quantifier, inner in given.items():
        if inner is not None:
            found = any(holds(values, relation.kind, each, inner) is True for each in rows)
            terms.append(found if quantifier == "some" else not found)
    return every(terms)


def _within(value: Any, given: Mapping[str, Any]) -> Truth:
    terms: list[Truth] = []
    for name, bound in given.items():
        if bound is None:
            continue
        if name == "isNull":
            terms.append((value is None) == bound)
        else:
            terms.append(None if value is None else COMPARISONS[name](value, bound))
    return every(terms)
