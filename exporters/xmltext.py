"""Text as sheet XML wants it, and the one list of characters that need care.

``cells`` says the same in SQL for the rows; here it is said in Python for the few texts that Python
writes itself (headers, labels, notes).
"""

from __future__ import annotations

import re
import unicodedata

FORBIDDEN = (*range(0x01, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF)
"""Characters that XML 1.0 forbids, written as ``_xHHHH_``."""

FORMULA_STARTS = "=+-@\t\r"
"""A spreadsheet program would take text that starts with one of these for a formula."""

_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPES = {code: f"_x{code:04X}_" for code in (*FORBIDDEN, *range(0xD800, 0xE000))} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("\t"): "&#9;",
    ord("\n"): "&#10;",
    ord("\r"): "&#13;",
    0: "_x0000_",
}
_PICTURES = dict.fromkeys((0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), "\N{REPLACEMENT CHARACTER}") | {
    code: chr(0x2400 + code) for code in range(0x20) if code != 0x0A
}


def escaped(text: str) -> str:
    """``text`` for an element of type ST_Xstring; readers give back exactly ``text``."""
    return _LOOKS_ESCAPED.sub("_x005F_", text).translate(_ESCAPES)


def visible(text: str) -> str:
    """``text`` with its control characters as their pictures (U+0001 as ␁), for texts only people read."""
    return text.translate(_PICTURES)


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet program could take this text for a formula."""
    return text != "" and text[0] in FORMULA_STARTS


def display_width(text: str) -> int:
    """Columns of the widest line on screen: a Chinese character takes two."""
    return max(
        (sum(2 if unicodedata.east_asian_width(ch) in "WFA" else 1 for ch in line) for line in text.split("\n")),
        default=0,
    )
