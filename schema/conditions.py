"""Filters and orders as SQL over visible values, so that they answer as a redacted database would.

Three-valued, as SQL is: a missing (or hidden) value satisfies neither a condition on it nor its negation.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from authz.rules import Visibility
from schema.declare import Column, Part, Relation, Row, Search, declarations, targets
from schema.given import Given, ResponsePath
from schema.inputs import Direction, python_names
from schema.visible import View, correlated, equals, linked


def condition(view: View, given: Given, path: ResponsePath) -> sa.ColumnElement[bool]:
    """A filter as SQL over visible values; three-valued, as SQL is: a missing value satisfies no condition on it."""
    terms = [term for key, member in given.members() if (term := _term(view, key, member, path)) is not None]
    return sa.and_(sa.true(), *terms)


def _term(view: View, key: str, given: Given, path: ResponsePath) -> sa.ColumnElement[bool] | None:
    if given.absent:
        return None
    match key:
        case "and":
            return sa.and_(*(condition(view, element, path) for element in given.elements()))
        case "or":
            return sa.or_(*(condition(view, element, path) for element in given.elements()))
        case "not":
            return sa.not_(condition(view, given, path))
        case _:
            return _named(view, key, given, path)


def _named(view: View, key: str, given: Given, path: ResponsePath) -> sa.ColumnElement[bool] | None:
    kind, frame = view.kind, view.frame
    if key == "search":
        search = cast("Search", kind.__row__.search)
        return search(view.source, frame.binder.bind(given, sa.Text()))
    name = python_names(kind)[key]
    declared = declarations(kind)[name]
    if isinstance(declared, Part):
        return condition(view.part(targets(kind)[name]), given, path)
    if isinstance(declared, Relation):
        if not declared.paged and not _says(targets(kind)[name], given):
            return None  # a search form without a value: it must not ask for the related row either
        return _related(view, name, declared, given, path)
    return _compared(view, name, cast("Column", declared), given)


def _says(kind: type[Row], given: Given) -> bool:
    """Whether a filter has any condition in it: an entry without a value is none."""
    return any(_entry_says(kind, key, member) for key, member in given.members() if not member.absent)


def _entry_says(kind: type[Row], key: str, given: Given) -> bool:
    name = python_names(kind).get(key, "")
    declared = declarations(kind).get(name)
    if isinstance(declared, Part) or (isinstance(declared, Relation) and not declared.paged):
        return _says(targets(kind)[name], given)
    is_range = isinstance(declared, Column) and isinstance(given.value, Mapping)
    return not is_range or any(bound.value is not None for _, bound in given.members())


def _related(view: View, name: str, relation: Relation, given: Given, path: ResponsePath) -> sa.ColumnElement[bool]:
    """The related row, or some or none of the related rows, satisfies the inner filter."""

    def exists(inner: Given) -> sa.ColumnElement[bool]:
        target, conditions = linked(
            view.frame, view, relation, targets(view.kind)[name], {}, path, noted=False, asked=given.name
        )
        if relation.latest:
            target, conditions = _latest(target, conditions, relation), []
        found = sa.select(sa.literal_column("1", sa.Integer)).select_from(target.source)
        met = condition(target, inner, path)
        if target.is_recorded:
            view.frame.recording.sources.add(view.name)
        return sa.exists(correlated(found.where(*conditions, met), target.source))

    if not relation.paged:
        return exists(given)
    terms = [
        exists(inner) if key == "some" else sa.not_(exists(inner))
        for key, inner in given.members()
        if inner.value is not None
    ]
    return sa.and_(sa.true(), *terms)


def _latest(view: View, conditions: Sequence[sa.ColumnElement[bool]], relation: Relation) -> View:
    """The one row that the relation shows, before any filter looks at it."""
    query = sa.select(*view.source.c).select_from(view.source).where(*conditions)
    terms = order(view, relation.order, None)
    query = query.order_by(*(term.ordered(reverse=False) for term in terms)).limit(sa.literal_column("1"))
    first = correlated(query, view.source).lateral(view.frame.name())
    return View(view.frame, view.kind, first, view.established, view.path)


COMPARISONS: Mapping[str, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def _compared(view: View, name: str, column: Column, given: Given) -> sa.ColumnElement[bool]:
    value = view.value(name, column, asked=given.name)
    bind = view.frame.binder.bind
    if view.rule(column).visibility is Visibility.PERSONAL:
        view.frame.recording.private.add((view.path, given.name))
    if not isinstance(given.value, Mapping):
        return equals(view.frame, value, given)
    terms: list[sa.ColumnElement[bool]] = []
    for key, member in given.members():
        if key == "isNull" and member.value is not None:
            terms.append(value.is_(None) if view.frame.binder.fix(member) else value.is_not(None))
        elif not member.absent:
            # Without the column's own scale, to which the database would round what is compared.
            kind = sa.Numeric() if isinstance(value.type, sa.Numeric) else value.type
            terms.append(COMPARISONS[key](value, bind(member, kind)))
    return sa.and_(sa.true(), *terms)


@dataclass(frozen=True, slots=True)
class Term:
    """One step of an order. ``nullable`` values stand last, whichever the direction."""

    name: str
    value: sa.ColumnElement[Any]
    descending: bool
    nullable: bool

    @property
    def column(self) -> str:
        """The stored column that it goes by, where an index has the order."""
        return cast("sa.Column[Any]", self.value).name

    def ordered(self, *, reverse: bool) -> sa.ColumnElement[Any]:
        """The ORDER BY term; ``reverse`` for a page counted from the end."""
        down = self.descending != reverse
        step = self.value.desc() if down else self.value.asc()
        if not self.nullable:
            return step
        return step.nulls_first() if reverse else step.nulls_last()


def order(view: View, default: Sequence[str], given: Given | None, same: Collection[str] = ()) -> list[Term]:
    """The list's order, down to the row's key, so that it is total; without what is the ``same`` in every row."""
    steps: dict[str, bool] = {}
    if given is not None and not given.absent:
        for entry in cast("list[Mapping[str, Any]]", view.frame.binder.fix(given)):
            steps.setdefault(entry["field"].value, entry.get("direction") is Direction.DESC)
    key = view.kind.__row__.key
    fields = steps.keys() - set(key)
    steps = steps or {name.removeprefix("-"): name.startswith("-") for name in default}
    steps.update({name: False for name in key if name not in steps})
    kept = [name for name in steps if name not in same] or [key[-1]]
    return [_step(view, name, descending=steps[name], is_field=name in fields) for name in kept]


def _step(view: View, name: str, *, descending: bool, is_field: bool) -> Term:
    """The step of a declared field (through its part), or of a column of the row's own table."""
    if not is_field:
        column = view.raw[name]
        return Term(name, column, descending, nullable=getattr(column, "nullable", True))
    owner, names = view, name.split(".")
    for part in names[:-1]:
        owner = owner.part(targets(owner.kind)[part])
    value = owner.value(names[-1], cast("Column", declarations(owner.kind)[names[-1]]), asked="orderBy")
    return Term(name, value, descending, nullable=not isinstance(value, sa.Column) or bool(value.nullable))


Value = sa.ColumnElement[Any] | None
"""A sort value that rows are compared with; None is null."""


def beyond(terms: Sequence[Term], values: Sequence[Value], *, reverse: bool) -> sa.ColumnElement[bool]:
    """Rows that come after a cursor in the order (before it, with ``reverse``)."""
    return sa.or_(*ranges(terms, values, reverse=reverse))


def ranges(terms: Sequence[Term], values: Sequence[Value], *, reverse: bool) -> list[sa.ColumnElement[bool]]:
    """The same rows as stretches of the order, the nearest first, of which an index in that order finds each begin.

    After (a, b, c) come those that agree in a and b and have more than c, then those that agree in a and have more than
    b, then those with more than a. Neighbouring steps of one direction that are never null make one comparison of rows,
    and so one stretch.
    """
    found: list[sa.ColumnElement[bool]] = []
    runs = _runs(terms)
    for start, end in reversed(runs):
        before = [_same(term, value) for term, value in zip(terms[:start], values[:start], strict=True)]
        further = _further(terms[start:end], values[start:end], reverse=reverse)
        found += [sa.and_(*before, each) for each in further]
    return found or [sa.false()]


def stretches(
    terms: Sequence[Term], values: Sequence[sa.ColumnElement[Any]], *, reverse: bool
) -> list[sa.ColumnElement[bool]]:
    """``ranges`` after a row: once for each of its values that may be null being null, or not."""
    found: list[sa.ColumnElement[bool]] = []
    open_ = [place for place, term in enumerate(terms) if term.nullable]
    for nulls in itertools.product((False, True), repeat=len(open_)):
        null = dict(zip(open_, nulls, strict=True))
        known = [None if null.get(place) else value for place, value in enumerate(values)]
        given = [values[place].is_(None) if is_null else values[place].is_not(None) for place, is_null in null.items()]
        found += [sa.and_(*given, each) for each in ranges(terms, known, reverse=reverse)]
    return found


SCOPED = "unit_code"
"""The column that row scope goes by."""


def _runs(terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where the steps that one comparison of rows can tell begin and end."""
    found: list[tuple[int, int]] = []
    for place, term in enumerate(terms):
        # A scope says which unit: then PostgreSQL begins at that, and at no comparison of rows that has the unit in it.
        if found and not term.nullable and not terms[place - 1].nullable and terms[place - 1].name != SCOPED:
            start, _end = found[-1]
            if terms[start].descending == term.descending:
                found[-1] = (start, place + 1)
                continue
        found.append((place, place + 1))
    return found


def _same(term: Term, value: Value) -> sa.ColumnElement[bool]:
    return term.value.is_(None) if value is None else term.value == value


def _further(terms: Sequence[Term], values: Sequence[Value], *, reverse: bool) -> list[sa.ColumnElement[bool]]:
    """Rows that are further in one run of steps; null stands last."""
    if len(terms) == 1 and values[0] is None:
        return [terms[0].value.is_not(None)] if reverse else []
    left, right = sa.tuple_(*(term.value for term in terms)), sa.tuple_(*values)
    if len(terms) == 1:
        left, right = terms[0].value, cast("sa.ColumnElement[Any]", values[0])
    further = left < right if terms[0].descending != reverse else left > right
    return [further, terms[0].value.is_(None)] if terms[0].nullable and not reverse else [further]
