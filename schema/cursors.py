"""Cursors: a row's sort values, written by the database, authenticated, and read back for the next page.

Shape: base64url of ``[order, value, …]`` as JSON, a dot, and its signature.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, cast

import orjson
import sqlalchemy as sa

from authz.errors import BadUserInput
from schema.given import ResponsePath
from schema.signatures import is_signed, signature

_CURSOR = re.compile(r"[A-Za-z0-9_-]{4,4096}\.[0-9a-f]{32}", re.ASCII)


def written(order: str, values: list[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """The cursor of a row as SQL. ``order`` names the list's order, so that no cursor fits another one."""
    texts = [sa.cast(value, sa.Text) for value in values]
    payload = sa.func.json_build_array(sa.literal_column(f"'{order}'"), *texts)
    encoded = sa.func.encode(
        sa.func.convert_to(sa.cast(payload, sa.Text), sa.literal_column("'UTF8'")), sa.literal_column("'base64'")
    )
    token = sa.func.translate(encoded, sa.literal_column(r"E'+/=\n'"), sa.literal_column("'-_'"), type_=sa.Text)
    return token.concat(sa.literal_column("'.'", sa.Text)).concat(signature(token))


def read(cursor: Any, order: str, key: bytes, name: str, path: ResponsePath) -> list[str | None]:
    """The sort values of a cursor, given as the argument ``name`` of the list at ``path``.

    Raises:
        BadUserInput: it was not written by this service for this list in this order.
    """
    if isinstance(cursor, str) and _CURSOR.fullmatch(cursor):
        token, code = cursor.split(".")
        payload = _opened(token) if is_signed(token, code, key) else []
        if payload and payload[0] == order:
            return payload[1:]
    message = "游标无效：请使用本列表以相同排序返回的游标，或从第一页重新开始"
    raise BadUserInput(name, message, detail="cursor not issued for this list and order", path=path)


def nulls(cursor: Any) -> list[bool]:
    """Which values of a cursor are null, whoever wrote it and for whichever order: the form of its comparison.

    It is asked before a plan is found, hence before its list and order are known; ``read`` decides.
    """
    if isinstance(cursor, str) and _CURSOR.fullmatch(cursor):
        return [value is None for value in _opened(cursor.split(".")[0])]
    return []


def _opened(token: str) -> list[str | None]:
    try:
        payload: object = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, orjson.JSONDecodeError):
        return []
    return cast("list[str | None]", payload) if isinstance(payload, list) else []
