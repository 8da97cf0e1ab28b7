"""SQL expressions that several declarations share. They compose columns; none of them knows a table or a role."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_RATIO = sa.Numeric(18, 6)


def ratio(part: sa.ColumnElement[Any], whole: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """``part / whole`` with six decimals (0.05 = 5 %); null where the denominator is null or zero."""
    exact = sa.cast(part, sa.Numeric) / sa.func.nullif(whole, 0)
    return sa.func.round(exact, 6, type_=_RATIO)


def month(date: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The month of a date as ``2023-05``."""
    return sa.func.to_char(date, sa.literal_column("'YYYY-MM'"), type_=sa.Text)


def contains(column: sa.ColumnElement[str], text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """``text``, folded, stands anywhere in a column that is folded already; ``%`` and ``_`` mean themselves."""
    folded: sa.ColumnElement[str] = sa.func.keqi_fold(text, type_=sa.Text)
    for special in ("\\", "%", "_"):
        folded = sa.func.replace(folded, _constant(special), _constant("\\" + special), type_=sa.Text)
    return column.like(_constant("%").concat(folded).concat(_constant("%")))


def _constant(text: str) -> sa.ColumnElement[str]:
    """A text of ours in the statement itself: it is no parameter of the caller's."""
    return sa.literal(text, sa.Text, literal_execute=True)
