"""Scalars of our own. What PostgreSQL writes is already their wire form: nothing is serialised here."""

from __future__ import annotations

import re
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

YearMonth = NewType("YearMonth", str)
"""A month as ``2023-05``."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def _parse_month(value: object) -> str:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return value
    message = "月份应写作 2023-05 的形式"
    raise ValueError(message)


SCALARS: dict[object, ScalarDefinition] = {
    YearMonth: strawberry.scalar(name="YearMonth", description="月份，形如 2023-05", parse_value=_parse_month),
}
"""For ``StrawberryConfig(scalar_map=…)``."""
