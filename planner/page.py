"""One page of a list as SQL: its rows in order, its ends, its cursors, whether there is more, its total."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import sqlalchemy as sa

from planner.plan import FacetKind, Pages
from schema import cursors
from schema.conditions import Term, beyond, condition, order, ranges
from schema.given import Given
from schema.indexes import is_ready
from schema.source import Narrowed
from schema.visible import Frame, View, correlated, linked


@dataclass(slots=True)
class Page:
    """A page of ``size`` rows (None: the whole list) of the rows of ``view`` that satisfy ``conditions``."""

    frame: Frame
    item: Pages
    view: View
    conditions: list[sa.ColumnElement[bool]]
    terms: list[Term]

    @classmethod
    def of(cls, frame: Frame, parent: View | None, item: Pages) -> Page:
        """The page a plan asks for."""
        view, conditions = linked(frame, parent, item.relation, item.target, item.given, item.path)
        if "filter" in item.given and not item.given["filter"].absent:
            conditions.append(condition(view, item.given["filter"], item.path))
        page = cls(frame, item, view, conditions, [])
        page.terms = page.order(view)
        page.beyond_cursors()  # what is no cursor of this list is refused, whatever is asked of the page
        return page

    def order(self, view: View) -> list[Term]:
        """The list's order over the values of ``view``."""
        item = self.item
        default = item.relation.order or item.target.__row__.order
        # What the relation joins by is the same in every row of the list, and so is the unit of one enterprise.
        same = {*item.relation.keys, "unit_code"} if "uscc" in item.relation.keys else set(item.relation.keys)
        terms = order(view, default, item.given.get("orderBy"), same)
        # A derived table does not say which of its columns can be null; the list's own rows do.
        return [replace(term, nullable=own.nullable) for term, own in zip(terms, self.terms or terms, strict=True)]

    @property
    def given(self) -> Mapping[str, Given]:
        """The list's arguments."""
        return self.item.given

    @property
    def backwards(self) -> bool:
        """Whether the page is counted from the end."""
        return self._has("last")

    def _has(self, name: str) -> bool:
        return name in self.given and self.given[name].value is not None

    @property
    def signature(self) -> str:
        """Names the list and its order; part of every cursor."""
        steps = [f"{term.name}{'-' if term.descending else '+'}" for term in self.terms]
        return hashlib.sha256("|".join([self.item.target.__name__, *steps]).encode()).hexdigest()[:8]

    @property
    def size(self) -> int:
        """Rows of the page; a whole list has none and is never asked."""
        return cast("int", self.item.size)

    def beyond_cursors(self, *names: str) -> list[sa.ColumnElement[bool]]:
        """Conditions of ``after`` and ``before``, or of these of them."""
        return [
            beyond(self.terms, self._cursor_values(self.given[name]), reverse=name == "before")
            for name in names or ("after", "before")
            if self._has(name)
        ]

    def _cursor_values(self, given: Given) -> list[sa.ColumnElement[Any] | None]:
        key, path = self.frame.signing_key, self.item.path
        read = partial(cursors.read, order=self.signature, key=key, name=given.name, path=path)
        # Which values are null decides the comparison's form, so it is part of the plan's key.
        self.frame.binder.fix(given, partial(cursors.nulls, key=key))
        return [
            None
            if value is None
            else sa.cast(
                self.frame.binder.bind(given, sa.Text(), lambda cursor, at=index: read(cursor)[at]), term.value.type
            )
            for index, (term, value) in enumerate(zip(self.terms, read(given.value), strict=True))
        ]

    def select(
        self, columns: Sequence[sa.ColumnElement[Any]], *, limit: int | None, source: sa.FromClause | None = None
    ) -> sa.Select[Any]:
        """The page's rows in order, out of the list's rows or of ``source``, which has them with others beside."""
        found = self.view.source if source is None else source
        query = sa.select(*columns).select_from(found).where(*self.conditions, *self.beyond_cursors())
        query = query.order_by(*(term.ordered(reverse=self.backwards) for term in self.terms))
        # A literal limit: with a parameter PostgreSQL would plan anew at every call.
        return query if limit is None else query.limit(sa.literal_column(str(limit)))

    def numbered(self, view: View) -> View:
        """The same rows, each knowing its place in the list."""
        place = sa.func.row_number().over(order_by=[term.ordered(reverse=False) for term in self.order(view)])
        return View(self.frame, view.kind, view.source, view.established, view.path, place)

    def rows(self) -> tuple[View, Narrowed]:
        """The page as a row source."""
        source = Narrowed(self.frame.name(), self.view.source.c, lambda names: self._named(names, self.item.size))
        return View(self.frame, self.item.target, source, self.view.established, self.item.path), source

    def numbered_rows(self) -> tuple[View, Narrowed]:
        """The page with each row's number, and one row more than asked."""
        columns = [*self.view.source.c, sa.column("rn", sa.Integer()), sa.column("cnt", sa.Integer())]
        source = Narrowed(self.frame.name(), columns, self._numbered)
        # A page counted from the end is numbered from its top all the same.
        last = sa.func.least(source.c.cnt, _number(self.size), type_=sa.Integer)
        place = last - source.c.rn + _number(1) if self.backwards else source.c.rn
        view = View(self.frame, self.item.target, source, self.view.established, self.item.path, place)
        return view, source

    def _named(self, names: Sequence[str], limit: int | None) -> sa.Select[Any]:
        near, far = ("before", "after") if self.backwards else ("after", "before")
        if self._has(near) and limit is not None and not self.item.relation.keys:
            stretches = ranges(self.terms, self._cursor_values(self.given[near]), reverse=self.backwards)
            if len(stretches) > 1 and self.is_indexed:
                found = self.beyond_cursors(far)
                return self.sought(names, [sa.and_(each, *found) for each in stretches], limit, reverse=self.backwards)
        query = self.select([self.view.source.c[name] for name in names] or [_number(1)], limit=limit)
        return correlated(query, self.view.source)

    @property
    def is_indexed(self) -> bool:
        """Whether an index has the list's order ready."""
        return is_ready(self.view.source, self.terms, self.item.target.__row__.key)

    def sought(
        self, names: Sequence[str], stretches: Sequence[sa.ColumnElement[bool]], limit: int, *, reverse: bool
    ) -> sa.Select[Any]:
        """The first rows out of several stretches of an order that an index has ready.

        Each is sought on its own: as alternatives of one condition they would have every row up to there looked at.
        """
        rows = self.view.source.c
        columns = [rows[name] for name in dict.fromkeys([*names, *(term.column for term in self.terms)])]
        steps = [term.ordered(reverse=reverse) for term in self.terms]
        each = sa.select(*columns).where(*self.conditions).order_by(*steps).limit(_number(limit))
        parts = [correlated(each.where(stretch), self.view.source) for stretch in stretches]
        found = sa.union_all(*parts).subquery(self.frame.name())
        again = [replace(term, value=found.c[term.column]).ordered(reverse=reverse) for term in self.terms]
        query = sa.select(*(found.c[name] for name in names)) if names else sa.select(_number(1)).select_from(found)
        return correlated(query.order_by(*again).limit(_number(limit)), found)

    def _numbered(self, names: Sequence[str]) -> sa.Select[Any]:
        # The limit stands below the window, so that a sort need only keep the page's rows. The window says the
        # order again, or PostgreSQL would not know that it still holds.
        query = self._named([name for name in names if name not in ("rn", "cnt")], self.size + 1)
        rows = query.subquery(self.frame.name())
        view = View(self.frame, self.item.target, rows, self.view.established, self.item.path)
        view.grantor = self.view.grantor
        steps = [term.ordered(reverse=self.backwards) for term in self.order(view)]
        made = {
            "rn": sa.func.row_number().over(order_by=steps).label("rn"),
            "cnt": sa.func.count().over().label("cnt"),
        }
        return correlated(sa.select(*(made[name] if name in made else rows.c[name] for name in names)), rows)

    def within(self, rows: View, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """``value`` for the rows of the page, null for the one row more."""
        return sa.case((rows.raw.rn <= _number(self.size), value))

    def cursor(self, rows: View) -> sa.ColumnElement[str]:
        """The cursor of a row."""
        return cursors.written(self.signature, [term.value for term in self.order(rows)])

    def at_end(self, kind: FacetKind, rows: View) -> sa.ColumnElement[Any]:
        """The cursor of the page's first or last row, in that row and null elsewhere; a short page has no last row."""
        first = (kind is FacetKind.START) != self.backwards
        return sa.case((rows.raw.rn == _number(1 if first else self.size), self.cursor(rows)))

    def end(self, kind: FacetKind, found: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The cursor of the page's end out of what its rows found; a page that is not full ends where the list does."""
        if self.size == 0:
            return sa.null()
        cursor = sa.func.max(found)
        if (kind is FacetKind.START) != self.backwards:
            return cursor
        last = sa.select(self.cursor(self.view)).select_from(self.view.source)
        last = last.where(*self.conditions, *self.beyond_cursors()).limit(sa.literal_column("1"))
        last = last.order_by(*(term.ordered(reverse=not self.backwards) for term in self.terms))
        short = correlated(last, self.view.source).scalar_subquery()
        return sa.case((sa.func.count() >= _number(self.size), cursor), else_=short)

    def steps(self, rows: View) -> list[sa.ColumnElement[Any]]:
        """The list's order said again over ``rows``: no join may be trusted to keep it."""
        return [term.ordered(reverse=False) for term in self.order(rows)]

    def more(self, kind: FacetKind) -> sa.ColumnElement[str]:
        """Whether the list goes on: counted where the page ends, known where a cursor starts it."""
        if (kind is FacetKind.HAS_NEXT) == self.backwards:
            given = self._has("before" if self.backwards else "after")
            return sa.literal_column(f"'{str(given).lower()}'", sa.Text)
        return sa.cast(sa.func.count() > _number(self.size), sa.Text)

    def total(self) -> sa.ColumnElement[int]:
        """The number of rows of the whole list."""
        query = sa.select(sa.func.count()).select_from(self.view.source).where(*self.conditions)
        return correlated(query, self.view.source).scalar_subquery()


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(value), sa.Integer)
