"""Cursors: what is written by the database is read back, by this key alone, and shows nobody what stands in it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.errors import BadUserInput
from schema import cursors
from schema.signatures import opened, signed
from tests.fixtures.service import Service
from tests.fixtures.town import PEOPLE

KEY = b"k" * 32
ORDER = "0a1b2c3d"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)


async def sealed(url: str, text: str, key: bytes = KEY) -> str:
    """A text as the database seals it."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT keqi_sealed($1, $2)", text, key)
    finally:
        await connection.close()


def read(cursor: Any, order: str = ORDER, key: bytes = KEY) -> list[str | None]:
    return cursors.read(cursor, order, key, "after", ("enterprises",))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.none() | TEXTS, max_size=4))
async def test_what_was_written_is_read_back(database_url: str, values: list[str | None]) -> None:
    cursor = await sealed(database_url, orjson.dumps([ORDER, *values]).decode())
    assert read(cursor) == values
    assert cursors.nulls(cursor, KEY) == [False, *(value is None for value in values)]


@pytest.mark.parametrize("size", [0, 1, 16, 17, 18, 19, 50, 51, 52, 200, 2900])
async def test_texts_of_every_length_are_read_back(database_url: str, size: int) -> None:
    text = "x" * size
    assert read(await sealed(database_url, f'["{ORDER}", "{text}"]')) == [text]


async def test_the_same_row_has_the_same_cursor_and_another_key_another(database_url: str) -> None:
    text = f'["{ORDER}", "13900000003"]'
    first, again = await sealed(database_url, text), await sealed(database_url, text)
    other = await sealed(database_url, text, b"o" * 32)
    assert first == again
    assert set(first.split(".")).isdisjoint(other.split("."))
    assert opened(other, KEY) is None
    assert cursors.nulls(other, KEY) == []


async def test_two_texts_share_no_key_stream(database_url: str) -> None:
    one = await sealed(database_url, f'["{ORDER}", "13900000003"]')
    two = await sealed(database_url, f'["{ORDER}", "13900000004"]')
    assert one[:8] != two[:8]


async def test_every_changed_cursor_is_refused(database_url: str) -> None:
    cursor = await sealed(database_url, f'["{ORDER}", "重庆", null]')
    assert read(cursor) == ["重庆", None]
    for at, letter in enumerate(cursor):
        for changed in (cursor[:at] + ("A" if letter != "A" else "B") + cursor[at + 1 :], cursor[:at]):
            with pytest.raises(BadUserInput) as refused:
                read(changed)
            assert refused.value.path == ("enterprises",)
            assert cursors.nulls(changed, KEY) == []


async def test_what_is_only_signed_is_refused(database_url: str) -> None:
    """The form that cursors had before they were opaque."""
    token = base64.urlsafe_b64encode(f'["{ORDER}", "x"]'.encode()).decode().rstrip("=")
    for old in (f"{token}.{signed(token, KEY)}", f"{token}.{hashlib.sha256(token.encode()).hexdigest()[:32]}"):
        with pytest.raises(BadUserInput):
            read(old)
    with pytest.raises(BadUserInput):
        read(await sealed(database_url, f'["{ORDER}", "x"]'), "another0")


@pytest.mark.parametrize("order", ["CONTACT_MOBILE", "CONTACT_NAME", "NAME", "USCC"])
async def test_no_value_of_a_row_can_be_read_in_its_cursor(town: Service, order: str) -> None:
    fields = "uscc name contactName contactMobile"
    query = f"{{ enterprises(orderBy: [{{field: {order}}}]) {{ edges {{ cursor node {{ {fields} }} }} }} }}"
    looked_at = 0
    for who in PEOPLE.values():
        answer = await town.ask(query, as_=who)
        for edge in answer.json.get("data", {}).get("enterprises", {}).get("edges", ()):
            looked_at += 1
            token = edge["cursor"].partition(".")[0]
            content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            for value in filter(None, edge["node"].values()):
                for plain in {value, value.strip("*")}:
                    shown = plain.encode()
                    assert len(shown) < 3 or (shown not in content and plain not in edge["cursor"])
                    assert len(shown) < 3 or shown.hex() not in edge["cursor"]
                    assert len(shown) < 3 or _base64_core(shown) not in token
    assert looked_at > len(PEOPLE)


def _base64_core(value: bytes) -> str:
    """A value's letters in base64 that do not depend on what follows it."""
    return base64.urlsafe_b64encode(value[: len(value) // 3 * 3]).decode()
