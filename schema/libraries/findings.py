"""What a condition finds of an enterprise: whether it passes, what was measured, against what, and how far off.

Three-valued as SQL is: true passes, false fails, null is unknown. Shares are compared by multiplication, so that no
rounding decides; what is shown is rounded to six decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from schema.expressions import ratio

Value = sa.ColumnElement[Any]
NOTHING: Value = sa.cast(sa.null(), sa.Numeric)


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition's outcome as SQL. ``gap`` is how much is missing to pass, or is too much; null without a number."""

    passes: sa.ColumnElement[bool]
    actual: Value
    threshold: Value
    gap: Value
    measure: Value


def number(value: Value) -> Value:
    """A value among numbers of all kinds."""
    return sa.cast(value, sa.Numeric)


def word(text: str) -> sa.ColumnElement[str]:
    """A word of the declarations as part of the statement."""
    return sa.literal(text, sa.Text, literal_execute=True)


def at_least(measure: str, actual: Value, threshold: Value) -> Finding:
    """``actual`` ≥ ``threshold``."""
    return Finding(actual >= threshold, number(actual), number(threshold), threshold - actual, word(measure))


def at_most(measure: str, actual: Value, threshold: Value) -> Finding:
    """``actual`` ≤ ``threshold``."""
    return Finding(actual <= threshold, number(actual), number(threshold), actual - threshold, word(measure))


def more_than(measure: str, actual: Value, threshold: Value) -> Finding:
    """``actual`` > ``threshold``."""
    return Finding(actual > threshold, number(actual), number(threshold), threshold - actual, word(measure))


def share_at_least(measure: str, part: Value, of: Value, threshold: Value) -> Finding:
    """``part / of`` ≥ ``threshold``; unknown where ``of`` is zero."""
    shown = ratio(part, of)
    return Finding(
        part >= threshold * sa.func.nullif(of, 0), shown, number(threshold), threshold - shown, word(measure)
    )


def holds(measure: str, statement: sa.ColumnElement[bool]) -> Finding:
    """A statement that is true or not; there is nothing to measure."""
    return Finding(statement, NOTHING, NOTHING, NOTHING, word(measure))


def all_of(first: Finding, *others: Finding) -> Finding:
    """Each of them; the first that does not pass is shown, else the first."""
    each = (first, *others)
    return _shown(sa.and_(*(one.passes for one in each)), each, lambda one: one.passes.is_not(sa.true()))


def any_of(first: Finding, *others: Finding) -> Finding:
    """One of them; the first that passes is shown, else the first."""
    each = (first, *others)
    return _shown(sa.or_(*(one.passes for one in each)), each, lambda one: one.passes.is_(sa.true()))


def _shown(
    passes: sa.ColumnElement[bool],
    each: Sequence[Finding],
    chosen: Callable[[Finding], sa.ColumnElement[bool]],
) -> Finding:
    def pick(of: Callable[[Finding], Value]) -> Value:
        return sa.case(*((chosen(one), of(one)) for one in each), else_=of(each[0]))

    return Finding(
        passes,
        pick(lambda one: one.actual),
        pick(lambda one: one.threshold),
        pick(lambda one: one.gap),
        pick(lambda one: one.measure),
    )
