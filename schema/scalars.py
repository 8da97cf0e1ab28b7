"""Scalars of our own. What PostgreSQL writes is already their wire form: nothing is serialised here."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any, NewType, cast

import strawberry
from graphql import FloatValueNode, IntValueNode, StringValueNode, ValueNode, print_ast
from strawberry.schema.types.base_scalars import DecimalDefinition
from strawberry.types.scalar import ScalarDefinition

YearMonth = NewType("YearMonth", str)
"""A month as ``2023-05``."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def _parse_month(value: object) -> str:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return value
    message = "月份应写作 2023-05 的形式"
    raise ValueError(message)


def _parse_amount(node: ValueNode, _variables: object = None) -> object:
    """A number as it is written; by way of a binary one its last digits would change."""
    written = node.value if isinstance(node, IntValueNode | FloatValueNode | StringValueNode) else print_ast(node)
    return cast("Any", DecimalDefinition).parse_value(written)


SCALARS: dict[object, ScalarDefinition] = {
    YearMonth: strawberry.scalar(name="YearMonth", description="月份，形如 2023-05", parse_value=_parse_month),
    Decimal: replace(DecimalDefinition, parse_literal=_parse_amount),
}
"""For ``StrawberryConfig(scalar_map=…)``."""
