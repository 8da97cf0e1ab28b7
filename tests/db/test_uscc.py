"""Credit codes: Python and SQL follow the same rule (domain §3.9)."""

from __future__ import annotations

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.uscc import ALPHABET, check_character, is_valid, normalised

VALID = ["91500112MA00000X7D", "91500109MA99999964", "91210231MA11111124"]
NEAR_CODES = [
    "",
    "9",
    "91500112MA00000X7",
    "91500112MA00000X7D0",
    "91500112MA00000X7d",
    "91500112MA00000X7I",
    "9150011\uff12MA00000X7D",
    "91500112MA0000\\X7D",
    "91500112MA00000X\x7f7",
    "科" * 18,
    " 91500112MA00000X7D",
    "YYYYYYYYYYYYYYYYYY",
]

bodies = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", VALID)
def test_codes_of_the_domain_are_valid_and_no_other_check_character_is(code: str) -> None:
    assert [symbol for symbol in ALPHABET if is_valid(code[:17] + symbol)] == [code[17]]


@given(bodies, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, symbol: str) -> None:
    code = body + check_character(body)
    changed = code[:place] + symbol + code[place + 1 :]
    assert is_valid(changed) == (changed == code)


@given(bodies, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_found(body: str, place: int) -> None:
    code = body + check_character(body)
    changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_valid(changed) == (changed == code)


@pytest.mark.parametrize("body", ["", "9150011", "91500112MA00000XI", "91500112MA00000X7D"])
def test_no_check_character_for_what_is_no_code(body: str) -> None:
    with pytest.raises(ValueError, match="17 symbols"):
        check_character(body)


def test_a_code_as_typed_is_normalised() -> None:
    assert normalised("\u3000\uff19\uff11500112ma00000x7d ") == VALID[0]


async def test_sql_agrees_with_python(database_url: str) -> None:
    every_symbol_in_every_place = [
        VALID[0][:place] + symbol + VALID[0][place + 1 : 17] for place in range(17) for symbol in ALPHABET
    ]
    right = [body + check_character(body) for body in every_symbol_in_every_place]
    wrong = [code[:17] + symbol for code in right[::7] for symbol in ALPHABET if symbol != code[17]]
    codes = VALID + NEAR_CODES + right + wrong
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "SELECT keqi_uscc_ok(code) AS ok FROM unnest($1::text[]) WITH ORDINALITY AS t(code, no) ORDER BY no", codes
        )
        expected = [True] * len(VALID) + [False] * len(NEAR_CODES) + [True] * len(right) + [False] * len(wrong)
        assert [is_valid(code) for code in codes] == expected
        assert [row["ok"] for row in rows] == expected
        assert await connection.fetchval("SELECT keqi_uscc_ok(NULL)") is None
    finally:
        await connection.close()
