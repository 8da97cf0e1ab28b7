"""SQL expressions that several declarations share. They compose columns; none of them knows a table or a role."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

_RATIO = sa.Numeric(18, 6)
_TEXTS = ARRAY(sa.Text)


def ratio(part: sa.ColumnElement[Any], whole: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """``part / whole`` with six decimals (0.05 = 5 %); null where the denominator is null or zero."""
    exact = sa.cast(part, sa.Numeric) / sa.func.nullif(whole, 0)
    return sa.func.round(exact, 6, type_=_RATIO)


def month(date: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The month of a date as ``2023-05``."""
    return sa.func.to_char(date, sa.literal_column("'YYYY-MM'"), type_=sa.Text)


def closed_month() -> sa.ColumnElement[int]:
    """The latest closed month here, as a number: 202305 (domain §1.4 [P])."""
    before = sa.literal_column("(now() AT TIME ZONE 'Asia/Shanghai') - interval '1 month'", sa.DateTime)
    return sa.cast(sa.func.to_char(before, sa.literal_column("'YYYYMM'")), sa.Integer)


def current_year() -> sa.ColumnElement[int]:
    """The year it is here."""
    now = sa.literal_column("now() AT TIME ZONE 'Asia/Shanghai'", sa.DateTime)
    return sa.cast(sa.extract("year", now), sa.Integer)


def current_month() -> sa.ColumnElement[int]:
    """The month it is here, as a number: 202305."""
    now = sa.literal_column("now() AT TIME ZONE 'Asia/Shanghai'", sa.DateTime)
    return sa.cast(sa.func.to_char(now, sa.literal_column("'YYYYMM'")), sa.Integer)


def month_text(number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """A month that is kept as a number, as people write it: ``2023-05``."""
    written = sa.cast(number, sa.Text)
    year, rest = sa.func.left(written, sa.literal_column("4")), sa.func.right(written, sa.literal_column("2"))
    return sa.func.concat(year, sa.literal_column("'-'"), rest, type_=sa.Text)


def contains(column: sa.ColumnElement[str], text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """``text``, folded, stands anywhere in a column that is folded already.

    The first condition is for the index and never decides; the second does. It is written so that the planner takes it
    for true of nearly every row: the share of rows was estimated by the first, and would else be counted twice.
    """
    grams = sa.func.keqi_grams(column, type_=_TEXTS)
    found = grams.contains(sa.func.keqi_term_grams(text, type_=_TEXTS))
    place = sa.func.strpos(column, sa.func.keqi_term(text, type_=sa.Text), type_=sa.Integer)
    return sa.and_(found, place != sa.literal_column("0", sa.Integer))
