"""Rules made wrong on purpose, each for as long as a context lasts: what the tests must notice.

A kind of rule that stands here is one that the tests hold; how it is broken says what a leak of it would look like.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import sqlalchemy as sa

from authz.predicates import BANK, Predicate, Shape
from db.tables import data_sharing_consent as consent
from planner.page import Page
from schema import conditions, custom_query
from schema.declare import Column, Row, declarations
from schema.visible import View, correlated
from service import contract

Breaking = Callable[[], AbstractContextManager[None]]


@contextmanager
def changed(owner: Any, name: str, value: object) -> Generator[None]:
    """An attribute with another value, frozen or not; what was worked out from the rules is worked out anew."""
    kept: Any = inspect.getattr_static(owner, name) if isinstance(owner, type) else getattr(owner, name)
    _forget()
    _set(owner, name, value)
    try:
        yield
    finally:
        _set(owner, name, kept)
        _forget()


def _set(owner: Any, name: str, value: object) -> None:
    if isinstance(owner, type) or type(owner).__name__ == "module":
        setattr(owner, name, value)
    else:
        object.__setattr__(owner, name, value)


def _forget() -> None:
    for cached in (custom_query.catalogue, contract.contract, contract._verdicts):  # pyright: ignore[reportPrivateUsage]
        cached.cache_clear()


def answering(value: object) -> Callable[..., Any]:
    """A function that always says the same."""

    def answer(*_: object) -> object:
        return value

    return answer


def always_is(value: object) -> property:
    """A property that is always the same."""
    return property(answering(value))


@contextmanager
def entry(mapping: Mapping[Any, Any], key: object, value: object) -> Generator[None]:
    """A table of rules, scopes or permissions with one entry changed."""
    table, kept = cast("dict[Any, Any]", mapping), dict(mapping)
    _forget()
    table[key] = value
    try:
        yield
    finally:
        table.clear()
        table.update(kept)
        _forget()


def always(predicate: Predicate) -> AbstractContextManager[None]:
    """A predicate that is true of every row."""

    def of_every_row(_row: sa.FromClause, _shape: Shape) -> sa.ColumnElement[bool]:
        return sa.true()

    return changed(predicate, "sql", of_every_row)


def unmasked(row: type[Row], name: str, mask: Callable[[Any], Any]) -> AbstractContextManager[None]:
    """A field with another mask."""
    return changed(_column(row, name), "mask", mask)


def ruled(row: type[Row], name: str, rule: object) -> AbstractContextManager[None]:
    """A field under another rule."""
    return changed(_column(row, name), "rule", rule)


def _column(row: type[Row], name: str) -> Column:
    return cast("Column", declarations(row)[name])


def consent_without(left_out: str) -> Callable[[sa.FromClause, Shape], sa.ColumnElement[bool]]:
    """The predicate of a consent with one of its conditions forgotten."""

    def sql(row: sa.FromClause, _shape: Shape) -> sa.ColumnElement[bool]:
        given = consent.alias()
        parts = {
            "key": given.c.uscc == row.c.uscc,
            "bank": sa.or_(given.c.bank_code == BANK, given.c.bank_code.is_(None)),
            "no bank": BANK.is_not(None),
            "revoked": given.c.revoked_at.is_(None),
            "expires": given.c.expires_at > sa.func.now(),
        }
        kept = [part for name, part in parts.items() if name != left_out]
        found = sa.select(sa.literal_column("1", sa.Integer)).select_from(given).where(*kept)
        return sa.exists(found.correlate(row))

    return sql


def reading_past_rules(asks: Callable[[str], bool]) -> AbstractContextManager[None]:
    """Values read as they are where an argument of such a name reads them."""
    real = View.value

    def value(self: View, name: str, column: Column, *given: Any, asked: str | None = None, **more: Any) -> Any:
        if asked is not None and asks(asked):
            return self._value(name, column, {})  # pyright: ignore[reportPrivateUsage]
        return real(self, name, column, *given, asked=asked, **more)

    return changed(View, "value", value)


def related_out_of_scope() -> AbstractContextManager[None]:
    """Filters that look at related rows whoever may see them: joined by their key, and no more."""
    real = conditions.linked

    def linked(frame: Any, parent: Any, relation: Any, *given: Any, **more: Any) -> Any:
        view, found = real(frame, parent, relation, *given, **more)
        return view, found[: len(relation.keys)]

    return changed(conditions, "linked", linked)


def total_of_everything() -> AbstractContextManager[None]:
    """A count that forgets scope and filter."""

    def total(self: Page) -> sa.ColumnElement[int]:
        query = sa.select(sa.func.count()).select_from(self.view.source)
        return correlated(query, self.view.source).scalar_subquery()

    return changed(Page, "total", total)


def one_row_too_many() -> AbstractContextManager[None]:
    """Pages a row longer than asked."""
    real = Page.select

    def select(self: Page, columns: Any, *, limit: int | None, source: Any = None) -> Any:
        return real(self, columns, limit=None if limit is None else limit + 1, source=source)

    return changed(Page, "select", select)
