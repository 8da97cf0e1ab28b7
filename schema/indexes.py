"""Which orders of a table's rows an index has ready, read off the tables as they are declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import cast

import sqlalchemy as sa

from schema.conditions import Term

Step = tuple[str, bool]
"""A column and whether it descends."""


def is_ready(source: sa.FromClause, terms: Sequence[Term], key: Sequence[str]) -> bool:
    """Whether an index of the table behind ``source`` begins with these steps, in this direction or the other one.

    Only the steps of the row's own ``key`` that end the order may be missing: few rows agree in all the others. A value
    that is worked out or masked stands in no index, and a null descends first in one but last in a list.
    """
    table = getattr(source, "element", source)
    if not isinstance(table, sa.Table):
        return False
    steps: list[Step] = []
    for term in terms:
        value = term.value
        if not isinstance(value, sa.Column) or value.table is not source or (term.nullable and term.descending):
            return False
        steps.append((value.name, term.descending))
    asked = max((place for place, (name, _) in enumerate(steps, start=1) if name not in key), default=len(steps))
    one = tuple(steps[:asked])
    other = tuple((name, not descending) for name, descending in one)
    return any(order[:asked] in (one, other) for order in _orders(cast("sa.Table", table)))


@cache
def _orders(table: sa.Table) -> tuple[tuple[Step, ...], ...]:
    keys = [tuple((column.name, False) for column in table.primary_key)]
    return (*keys, *(tuple(_steps(index)) for index in table.indexes))


def _steps(index: sa.Index) -> Iterator[Step]:
    for expression in index.expressions:
        name, _, direction = str(getattr(expression, "text", getattr(expression, "name", expression))).partition(" ")
        yield name, direction.upper() == "DESC"
