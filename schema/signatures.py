"""What the database signs (download links) and seals (cursors), and its twin in Python.

A sealed text is unreadable and signed at once: see ``keqi_sealed`` of revision 0004, which says how.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import sqlalchemy as sa

KEY = sa.bindparam("p_signing_key", None, type_=sa.LargeBinary)
HEX_DIGITS = 32
BLOCK = 32
"""Bytes of the key stream that one hash gives."""


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


def sealed(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A text that only the holder of the key can read or make: base64url, a dot, and the text's signature."""
    return sa.func.keqi_sealed(text, KEY, type_=sa.Text)


def opened(token: str, key: bytes) -> str | None:
    """The text that was sealed; None where this key did not seal it just so."""
    content, _, code = token.partition(".")
    try:
        hidden, tag = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)), bytes.fromhex(code)
        text = _crossed(hidden, tag, key).decode()
    except (binascii.Error, ValueError):
        return None
    # The same bytes can be written in several ways in base64: only the one that was given out counts.
    written = base64.urlsafe_b64encode(hidden).rstrip(b"=").decode()
    return text if is_signed(text, code, key) and written == content else None


def _crossed(content: bytes, tag: bytes, key: bytes) -> bytes:
    """Content and key stream, bit by bit: hides what is plain, shows what is hidden."""
    start = hashlib.sha256(b"keqi sealed" + key).digest() + tag
    blocks = (hashlib.sha256(start + at.to_bytes(4)).digest() for at in range(-(-len(content) // BLOCK)))
    stream = b"".join(blocks)[: len(content)]
    return (int.from_bytes(content) ^ int.from_bytes(stream)).to_bytes(len(content))
