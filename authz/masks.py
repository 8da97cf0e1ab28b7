"""Masks for personal data (domain §4.2), as SQL over the real column; nothing of them happens in Python."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from authz.predicates import constant

Mask = Callable[[sa.ColumnElement[str]], sa.ColumnElement[str]]
"""Turns the real value into what may be shown; NULL stays NULL. It is text to SQLAlchemy too, which filters compare."""


def in_the_row(value: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The value as it is: whoever made the row has masked it."""
    return value


def mobile(value: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """``138****0000``; anything shorter than eight characters shows nothing of itself."""
    long_enough = sa.func.char_length(value) >= _number(8)
    shown = _first(value, 3).concat(constant("****")).concat(sa.func.right(value, _number(4), type_=sa.Text))
    return sa.type_coerce(sa.case((value.is_(None), sa.null()), (long_enough, shown), else_=constant("****")), sa.Text)


def person(value: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """First character and one star, whatever the name's length."""
    return _first(value, 1).concat(constant("*"))


def email(value: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """``a***@example.com``; text without an ``@`` shows its first character only."""
    domain = sa.func.substring(value, constant("@[^@]*$"), type_=sa.Text)
    return _first(value, 1).concat(constant("***")).concat(sa.func.coalesce(domain, constant(""), type_=sa.Text))


def _first(value: sa.ColumnElement[str], characters: int) -> sa.ColumnElement[str]:
    return sa.func.left(value, _number(characters), type_=sa.Text)


def _number(value: int) -> sa.ColumnElement[int]:
    """Part of the statement, as ``constant`` makes a text."""
    return sa.literal_column(str(value), sa.Integer)
