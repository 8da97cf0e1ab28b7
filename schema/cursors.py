"""Cursors: a row's sort values, written by the database, authenticated and opaque, and read back for the next page.

Shape: ``[order, value, …]`` as JSON, sealed: cursors stand in addresses and logs, and a sort value may be a telephone
number. Equal rows have equal cursors.
"""

from __future__ import annotations

import re
from typing import Any, cast

import orjson
import sqlalchemy as sa

from authz.errors import BadUserInput
from schema.given import ResponsePath
from schema.signatures import opened, sealed

_CURSOR = re.compile(r"[A-Za-z0-9_-]{4,4096}\.[0-9a-f]{32}", re.ASCII)


def written(order: str, values: list[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """The cursor of a row as SQL. ``order`` names the list's order, so that no cursor fits another one."""
    texts = [sa.cast(value, sa.Text) for value in values]
    payload = sa.func.json_build_array(sa.literal_column(f"'{order}'"), *texts)
    return sealed(sa.cast(payload, sa.Text))


def read(cursor: Any, order: str, key: bytes, name: str, path: ResponsePath) -> list[str | None]:
    """The sort values of a cursor, given as the argument ``name`` of the list at ``path``.

    Raises:
        BadUserInput: it was not written by this service for this list in this order.
    """
    payload = _opened(cursor, key)
    if payload and payload[0] == order:
        return payload[1:]
    message = "游标无效：请使用本列表以相同排序返回的游标，或从第一页重新开始"
    raise BadUserInput(name, message, detail="cursor not issued for this list and order", path=path)


def nulls(cursor: Any, key: bytes) -> list[bool]:
    """Which values of a cursor are null, for whichever list and order it was written: the form of its comparison.

    It is asked before a plan is found, hence before its list and order are known; ``read`` decides.
    """
    return [value is None for value in _opened(cursor, key)]


def _opened(cursor: Any, key: bytes) -> list[str | None]:
    if not (isinstance(cursor, str) and _CURSOR.fullmatch(cursor)):
        return []
    text = opened(cursor, key)
    return [] if text is None else cast("list[str | None]", orjson.loads(text))
