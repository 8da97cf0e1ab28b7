"""Short signatures written by the database, for cursors and download links, and their twin in Python."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import sqlalchemy as sa

KEY = sa.bindparam("p_signing_key", None, type_=sa.LargeBinary)
HEX_DIGITS = 32


def signature(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The first half of a keyed SHA-256 in hex. The key stands at both ends, so that nothing can be appended."""
    data: sa.ColumnElement[Any] = sa.func.convert_to(text, sa.literal_column("'UTF8'"), type_=sa.LargeBinary)
    hexadecimal = sa.func.encode(sa.func.sha256(KEY.concat(data).concat(KEY)), sa.literal_column("'hex'"))
    return sa.func.left(hexadecimal, sa.literal_column(str(HEX_DIGITS)), type_=sa.Text)


def signed(text: str, key: bytes) -> str:
    """The same signature in Python."""
    return hashlib.sha256(key + text.encode() + key).hexdigest()[:HEX_DIGITS]


def is_signed(text: str, given: str, key: bytes) -> bool:
    """Whether ``given`` is the signature of ``text``; takes the same time either way."""
    return hmac.compare_digest(signed(text, key).encode(), given.encode())
