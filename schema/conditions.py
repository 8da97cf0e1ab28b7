"""Filters and orders as SQL over visible values, so that they answer as a redacted database would.

Three-valued, as SQL is: a missing (or hidden) value satisfies neither a condition on it nor its negation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from authz.rules import Visibility
from schema.declare import Column, Part, Relation, Search, declarations, targets
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


def _named(view: View, key: str, given: Given, path: ResponsePath) -> sa.ColumnElement[bool]:
    kind, frame = view.kind, view.frame
    if key == "search":
        search = cast("Search", kind.__row__.search)
        return search(view.source, frame.binder.bind(given, sa.Text()))
    name = python_names(kind)[key]
    declared = declarations(kind)[name]
    if isinstance(declared, Part):
        return condition(view.part(targets(kind)[name]), given, path)
    if isinstance(declared, Relation):
        return _related(view, name, declared, given, path)
    return _compared(view, name, cast("Column", declared), given)


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
    return Term(name, value, descending, nullable=True)


def beyond(
    terms: Sequence[Term], values: Sequence[sa.ColumnElement[Any] | None], *, reverse: bool
) -> sa.ColumnElement[bool]:
    """Rows that come after a cursor in the order (before it, with ``reverse``). A value None is null."""
    plain = not any(term.nullable for term in terms) and len({term.descending for term in terms}) == 1
    if plain:
        left = sa.tuple_(*(term.value for term in terms))
        right = sa.tuple_(*(value for value in values if value is not None))
        return left < right if terms[0].descending != reverse else left > right
    alternatives: list[sa.ColumnElement[bool]] = []
    for index, (term, value) in enumerate(zip(terms, values, strict=True)):
        same = [_same(t, v) for t, v in zip(terms[:index], values[:index], strict=True)]
        alternatives.append(sa.and_(*same, _after(term, value, reverse=reverse)))
    return sa.or_(*alternatives)


def _same(term: Term, value: sa.ColumnElement[Any] | None) -> sa.ColumnElement[bool]:
    return term.value.is_(None) if value is None else term.value == value


def _after(term: Term, value: sa.ColumnElement[Any] | None, *, reverse: bool) -> sa.ColumnElement[bool]:
    if value is None:
        # Null stands last: nothing comes after it, everything before.
        return term.value.is_not(None) if reverse else sa.false()
    further = term.value < value if term.descending != reverse else term.value > value
    return sa.or_(further, term.value.is_(None)) if term.nullable and not reverse else further
