"""The record before and the one after in the list that one came from, its place there, and how long the list is.

The record itself is looked up under its own type's scope, for it may have left the list; its neighbours are rows of the
list, as the list itself would show them. All in one statement, and of it only what is selected.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from authz.errors import BadUserInput
from planner.page import Page
from planner.plan import Pages
from schema.conditions import stretches
from schema.given import storable
from schema.neighbors import LISTS
from schema.visible import Asked, View, correlated, named_in, opened

MOST_DIGITS = 9
"""Of a number in an identifier; every such number is an integer of four bytes."""


def neighbors(asked: Asked) -> sa.FromClause:
    """One row if the record is there for whoever asks, else none.

    Raises:
        BadUserInput: what is given as ``of`` cannot be the identifier of a record of this list.
    """
    name, context = next(asked.given["in"].members())
    relation, kind = LISTS[name]
    given = {key: member for key, member in context.members() if not member.absent}
    page = Page.of(asked.frame, None, Pages(name, asked.path, relation, kind, given, (), 1))
    record, conditions = opened(asked.frame, kind, asked.path, label=relation.label)
    values = [term.value for term in page.order(record)]
    before, after = (_identifier(page, values, reverse=reverse) for reverse in (True, False))
    position = sa.case((_is_in(page, record), _before(page, values) + sa.literal_column("1", sa.Integer)))
    told = {"previous_id": before, "next_id": after, "position": position, "total": page.total()}
    source = asked.frame.name()
    if page.view.is_recorded or record.is_recorded:
        asked.frame.recording.sources.add(source)
        comma = sa.literal_column("','", sa.Text)
        told["uscc"] = sa.func.concat_ws(comma, record.raw.uscc, named_in(page.view, page.conditions), type_=sa.Text)
    found = sa.select(*(value.label(column) for column, value in told.items())).select_from(record.source)
    return found.where(*conditions, *_asked_for(asked, record)).subquery(source)


def _identifier(page: Page, values: list[sa.ColumnElement[Any]], *, reverse: bool) -> sa.ColumnElement[str]:
    """The key of the row nearest to these sort values, its parts joined by ``/``."""
    found = _nearest(page, values, reverse=reverse).subquery(page.frame.name())
    joined = sa.func.concat_ws(sa.literal_column("'/'", sa.Text), *found.c, type_=sa.Text)
    return correlated(sa.select(joined).select_from(found), found).scalar_subquery()


def _nearest(page: Page, values: Sequence[sa.ColumnElement[Any]], *, reverse: bool) -> sa.Select[Any]:
    """The key of the list's row after these sort values; with ``reverse`` of the one before."""
    names = page.item.target.__row__.key
    found = stretches(page.terms, values, reverse=reverse)
    if page.is_indexed:
        return page.sought(names, found, 1, reverse=reverse)
    rows = page.view.source
    query = sa.select(*(rows.c[name] for name in names)).where(*page.conditions, sa.or_(*found))
    query = query.order_by(*(term.ordered(reverse=reverse) for term in page.terms))
    return correlated(query.limit(sa.literal_column("1")), rows)


def _before(page: Page, values: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[int]:
    """How many of the list's rows stand before these sort values."""
    found = stretches(page.terms, values, reverse=True)
    parts = found if page.is_indexed else [sa.or_(*found)]
    rows = sa.select(sa.func.count()).select_from(page.view.source).where(*page.conditions)
    counts = [correlated(rows.where(part), page.view.source).scalar_subquery() for part in parts]
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    return total


def _is_in(page: Page, record: View) -> sa.ColumnElement[bool]:
    """Whether the record is a row of the list."""
    same = [page.view.raw[name] == record.raw[name] for name in record.kind.__row__.key]
    rows = sa.select(sa.literal_column("1", sa.Integer)).select_from(page.view.source)
    return sa.exists(correlated(rows.where(*page.conditions, *same), page.view.source))


def _asked_for(asked: Asked, record: View) -> list[sa.ColumnElement[bool]]:
    """The record's key is what the identifier says."""
    given, names = asked.given["of"], record.kind.__row__.key
    bind = asked.frame.binder.bind
    return [
        record.raw[name]
        == bind(given, record.raw[name].type, _part(asked, [record.raw[each].type for each in names], at))
        for at, name in enumerate(names)
    ]


def _part(asked: Asked, kinds: list[sa.types.TypeEngine[object]], at: int) -> Callable[[str], object]:
    """Reads one part of an identifier; all of it must be one of this list, so that nothing malformed is unknown."""

    def read(identifier: str) -> object:
        parts = storable("of", identifier).split("/")
        if len(parts) != len(kinds):
            raise _malformed(asked, f"{len(kinds)} parts joined by '/'")
        return [_read(asked, kind, part) for kind, part in zip(kinds, parts, strict=True)][at]

    return read


def _read(asked: Asked, kind: sa.types.TypeEngine[object], part: str) -> object:
    if isinstance(kind, sa.Integer):
        if not (part.isascii() and part.isdigit() and len(part) <= MOST_DIGITS):
            raise _malformed(asked, "a whole number")
        return int(part)
    if isinstance(kind, sa.Uuid):
        try:
            return str(uuid.UUID(part))
        except ValueError:
            raise _malformed(asked, "a UUID") from None
    if not part:
        raise _malformed(asked, "no empty part")
    return part


def _malformed(asked: Asked, expected: str) -> BadUserInput:
    message = "of 不是该列表中记录的标识，请使用列表返回的标识（多个部分以 / 连接）"
    return BadUserInput("of", message, detail=f"not an identifier of this list: expected {expected}", path=asked.path)
