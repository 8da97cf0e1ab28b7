"""One page of a list as SQL: its rows in order, its ends, its cursors, whether there is more, its total."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from planner.plan import FacetKind, Pages
from schema import cursors
from schema.conditions import Term, beyond, condition, order
from schema.given import Given
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
        return page

    def order(self, view: View) -> list[Term]:
        """The list's order over the values of ``view``."""
        item = self.item
        default = item.relation.order or item.target.__row__.order
        terms = order(view, default, item.given.get("orderBy"))
        # What the relation joins by is the same in every row of the list, and so is the unit of one enterprise.
        same = {*item.relation.keys, "unit_code"} if "uscc" in item.relation.keys else set(item.relation.keys)
        return [term for term in terms if term.name not in same] or terms[-1:]

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

    def beyond_cursors(self) -> list[sa.ColumnElement[bool]]:
        """Conditions of ``after`` and ``before``."""
        found: list[sa.ColumnElement[bool]] = []
        for name, reverse in (("after", False), ("before", True)):
            if self._has(name):
                values = self._cursor_values(self.given[name])
                found.append(beyond(self.terms, values, reverse=reverse))
        return found

    def _cursor_values(self, given: Given) -> list[sa.ColumnElement[Any] | None]:
        read = partial(cursors.read, order=self.signature, key=self.frame.signing_key, name=given.name)
        # Which values are null decides the comparison's form, so it is part of the plan's key.
        self.frame.binder.fix(given, lambda cursor: [value is None for value in read(cursor)])
        return [
            None
            if value is None
            else sa.cast(
                self.frame.binder.bind(given, sa.Text(), lambda cursor, at=index: read(cursor)[at]), term.value.type
            )
            for index, (term, value) in enumerate(zip(self.terms, read(given.value), strict=True))
        ]

    def select(self, columns: Sequence[sa.ColumnElement[Any]], *, limit: int | None) -> sa.Select[Any]:
        """The page's rows in order."""
        query = sa.select(*columns).select_from(self.view.source).where(*self.conditions, *self.beyond_cursors())
        query = query.order_by(*(term.ordered(reverse=self.backwards) for term in self.terms))
        # A literal limit: with a parameter PostgreSQL would plan anew at every call.
        query = query if limit is None else query.limit(sa.literal_column(str(limit)))
        return correlated(query, self.view.source)

    def numbered(self, view: View) -> View:
        """The same rows, each knowing its place in the list."""
        place = sa.func.row_number().over(order_by=[term.ordered(reverse=False) for term in self.order(view)])
        return View(self.frame, view.kind, view.source, view.established, view.path, place)

    def rows(self, *, windowed: bool, lateral: bool = False) -> View:
        """The page as a row source; ``windowed``: with each row's number and their count, one row more than asked."""
        limit = self.item.size if self.item.size is None or not windowed else self.item.size + 1
        query = self.select(list(self.view.source.c), limit=limit)
        source = query.lateral(self.frame.name()) if lateral else query.subquery(self.frame.name())
        if windowed:
            number, count = sa.func.row_number().over().label("rn"), sa.func.count().over().label("cnt")
            source = sa.select(*source.c, number, count).subquery(self.frame.name())
        place = source.c.rn if windowed else None
        return View(self.frame, self.item.target, source, self.view.established, self.item.path, place)

    def within(self, rows: View, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """``value`` for the rows of the page, null for the one row more."""
        return value if self.item.size is None else sa.case((rows.raw.rn <= _number(self.item.size), value))

    def cursor(self, rows: View) -> sa.ColumnElement[str]:
        """The cursor of a row."""
        return cursors.written(self.signature, [term.value for term in self.order(rows)])

    def end(self, kind: FacetKind, rows: View) -> sa.ColumnElement[Any]:
        """The cursor of the page's first or last row, in that row and null elsewhere."""
        if self.item.size == 0:
            return sa.null()
        count = rows.raw.cnt if self.item.size is None else sa.func.least(rows.raw.cnt, _number(self.item.size))
        at = _number(1) if (kind is FacetKind.START) != self.backwards else count
        return sa.case((rows.raw.rn == at, self.cursor(rows)))

    def gathered(self, column: sa.ColumnElement[Any], listed: sa.FromClause) -> sa.ColumnElement[str]:
        """The texts of the page's rows, in the list's order."""
        comma = sa.literal_column("','")
        if not self.backwards:
            return sa.func.string_agg(column, comma, type_=sa.Text)
        return sa.func.string_agg(column, aggregate_order_by(comma, listed.c.rn.desc()), type_=sa.Text)

    def more(self, kind: FacetKind, listed: sa.FromClause) -> sa.ColumnElement[str]:
        """Whether the list goes on: counted where the page ends, known where a cursor starts it."""
        if (kind is FacetKind.HAS_NEXT) == self.backwards:
            given = self._has("before" if self.backwards else "after")
            return sa.literal_column(f"'{str(given).lower()}'", sa.Text)
        if self.item.size is None:
            return sa.literal_column("'false'", sa.Text)
        more = sa.func.coalesce(sa.func.bool_or(listed.c.cnt > _number(self.item.size)), sa.false())
        return sa.cast(more, sa.Text)

    def total(self) -> sa.ColumnElement[int]:
        """The number of rows of the whole list."""
        query = sa.select(sa.func.count()).select_from(self.view.source).where(*self.conditions)
        return correlated(query, self.view.source).scalar_subquery()


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(value), sa.Integer)
