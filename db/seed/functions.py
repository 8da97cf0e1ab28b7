"""The word lists and weights as SQL functions and tables, so that one statement can draw from them.

Nothing here runs: it gives SQL text for ``run``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate

from db import enums
from db.seed.words import AWKWARD, BANKS, INDUSTRIES, LONG_TEXT, ODD_REGIONS, PLACES, WORDS

#: Enumerations that rows draw from evenly; a value added to one of them is drawn without a change here.
_DRAWN: tuple[type[enums.Labelled], ...] = (
    enums.HiTechField,
    enums.StarFlag,
    enums.StandardLevel,
    enums.PlatformKind,
    enums.ListingBoard,
    enums.ListingStatus,
    enums.GovernmentLevel,
    enums.AwardGrade,
    enums.VoucherType,
)
#: Draws of seed n use salts from n times this on, so that two seeds share none.
_SALTS_PER_SEED = 1_000_003


def definitions(seed: int) -> str:
    """Functions and tables made from the lists, for the given seed."""
    parts = [_function("seed_offset", "", "bigint", str(seed * _SALTS_PER_SEED))]
    parts.append(_function("long_text_enterprise", "", "bigint", str(LONG_TEXT)))
    parts.append(_function("bank_code", "n int", "text", f"({_texts(code for code, _, _ in BANKS)})[n]"))
    return "\n".join(parts)


def draws() -> str:
    """Functions that pick a word, a place or an industry; they stand on ``r`` of ``functions.sql``."""
    regions = sorted({place.district for place in PLACES if place.district and place.district.startswith("50")})
    lists = {**{f"word_{name}": words for name, words in WORDS.items()}}
    lists |= {"word_region": tuple(regions), "word_odd_region": ODD_REGIONS}
    lists |= {f"any_{_snake(kind.__name__)}": tuple(value.value for value in kind) for kind in _DRAWN}
    parts = [
        _function(name, "key bigint, salt int", "text", f"({_texts(words)})[1 + r(key, salt, {len(words)})]")
        for name, words in lists.items()
    ]
    parts.append(_weighted("place_no", [place.weight for place in PLACES]))
    parts.append(_weighted("industry_no", [industry.weight for industry in INDUSTRIES]))
    return "\n".join(parts)


def tables() -> str:
    """The lists that are joined, not indexed."""
    places = ((no, p.unit, p.district, p.zone) for no, p in enumerate(PLACES, 1))
    industries = ((no, d.code, d.words, len(d.words.split(" ")), d.field) for no, d in enumerate(INDUSTRIES, 1))
    awkward = ((no, text, is_whole) for no, (text, is_whole) in enumerate(AWKWARD, 1))
    return "\n".join(
        (
            _table("place", "no bigint, unit text, district text, zone text", places),
            _table("industry", "no bigint, code text, words text, word_count int, field text", industries),
            _table("awkward", "no bigint, text text, is_whole boolean", awkward),
            f"INSERT INTO partner_bank (code, name, contact_phone) VALUES {_rows(BANKS)} ON CONFLICT DO NOTHING;",  # noqa: S608
        )
    )


def _function(name: str, arguments: str, returns: str, expression: str) -> str:
    return f"CREATE FUNCTION {name}({arguments}) RETURNS {returns} IMMUTABLE PARALLEL SAFE RETURN {expression};"


def _weighted(name: str, weights: Sequence[int]) -> str:
    """A number from 1 on, each as often as its weight says."""
    *bounds, total = accumulate(weights)
    thresholds = ",".join(map(str, bounds))
    draw = f"1 + width_bucket(r(key, salt, {total}), '{{{thresholds}}}'::int[])"
    return _function(name, "key bigint, salt int", "int", draw)


def _table(name: str, columns: str, rows: Iterable[Sequence[object]]) -> str:
    return f"CREATE UNLOGGED TABLE {name} ({columns});\nINSERT INTO {name} VALUES {_rows(rows)};"


def _rows(rows: Iterable[Sequence[object]]) -> str:
    return ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)


def _texts(values: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(map(_literal, values))}]"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
