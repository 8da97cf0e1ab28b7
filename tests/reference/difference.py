"""Where two answers differ: the first place, with both values, so that a failure can be read."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

ROUGHLY = "≈"
"""Begins a number that is compared to the sixth place."""
SIX_PLACES = Decimal("0.000001")
_CURSOR = re.compile(r"(cursor-\d+|[A-Za-z0-9_-]{4,}\.[0-9a-f]{32})")


def difference(ours: Any, theirs: Any, path: str = "data") -> str | None:
    """The first place where two JSON values differ, members' order included; cursors only have to be there."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        left, right = cast("dict[str, Any]", ours), cast("dict[str, Any]", theirs)
        if list(left) != list(right):
            return f"{path}: keys {list(left)} != {list(right)}"
        return next((found for key in left if (found := difference(left[key], right[key], f"{path}.{key}"))), None)
    if isinstance(ours, list) and isinstance(theirs, list):
        ones, others = cast("list[Any]", ours), cast("list[Any]", theirs)
        if len(ones) != len(others):
            return f"{path}: {len(ones)} entries != {len(others)}"
        pairs = enumerate(zip(ones, others, strict=True))
        return next((found for at, (one, two) in pairs if (found := difference(one, two, f"{path}[{at}]"))), None)
    return None if _is_same(ours, theirs) else f"{path}: {ours!r} != {theirs!r}"


def _is_same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, str) and isinstance(theirs, str) and ours.startswith(ROUGHLY):
        return Decimal(theirs).quantize(SIX_PLACES, ROUND_HALF_UP) == Decimal(ours[1:]).quantize(SIX_PLACES)
    if _is_cursor(ours) and _is_cursor(theirs):
        return True
    return isinstance(ours, bool) == isinstance(theirs, bool) and ours == theirs


def _is_cursor(value: Any) -> bool:
    return isinstance(value, str) and _CURSOR.fullmatch(value) is not None
