"""Unified social credit codes, GB 32100-2015 (domain §3.9).

The same rule as the SQL function ``keqi_uscc_ok``, for input that has not reached the database yet.
A code's region digits name the registering authority of its time, so nothing here says where an
enterprise belongs.
"""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 symbols; a symbol's value is its position."""

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def check_character(body: str) -> str:
    """Give the 18th character for the first 17.

    Raises:
        ValueError: ``body`` is not 17 of the alphabet's symbols.
    """
    if len(body) != len(_WEIGHTS) or not _VALUES.keys() >= set(body):
        raise ValueError(f"not 17 symbols of the credit code alphabet: {body!r}")
    total = sum(_VALUES[symbol] * weight for symbol, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether ``code``, already normalised, is a credit code with the right check character."""
    return len(code) == 18 and _VALUES.keys() >= set(code) and check_character(code[:17]) == code[17]


def normalised(code: str) -> str:
    """A code as people type it, made half-width, upper-case and trimmed; it may still be invalid."""
    return unicodedata.normalize("NFKC", code).strip().upper()
