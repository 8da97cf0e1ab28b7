"""Security headers of every answer. No address outside this service may appear in one."""

from __future__ import annotations

from typing import Final

Headers = list[tuple[bytes, bytes]]

_ALWAYS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

# CodeMirror writes its measured widths into style elements; styles cannot run anything.
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    b"style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

DATA: Final[Headers] = [
    *_ALWAYS,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
"""For data: nothing may run, frame or keep it."""

PAGE: Final[Headers] = [
    *_ALWAYS,
    (b"content-security-policy", _PAGE_POLICY),
    (b"cache-control", b"no-cache"),
]
"""For pages and their files: own scripts only, revalidated at each use."""
