"""What the fuzz sends, and what no answer to it may hold."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st

from authz.errors import ErrorCode
from bench.attacks import FILTERED, asked

INNER_WORDS: Final = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|object at 0x|NoneType"
    r"|\b(asyncpg|sqlalchemy|psycopg|strawberry|starlette|uvicorn|httptools|orjson|pydantic|schemathesis)\b"
    r"|graphql-core|graphql\.error|row_to_json|LATERAL|\bpg_|SELECT .+ FROM|syntax error at or near"
)
"""Tracebacks, modules, addresses, SQL."""
CODES: Final = {code.value for code in ErrorCode} - {ErrorCode.INTERNAL.value}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its status and its body."""

    status: int
    body: bytes


def check(told: Told, sent: object) -> None:
    """An answer is data, or errors with codes of ours; nothing of the inside is in it."""
    text = told.body.decode("utf-8", "replace")
    assert told.status < 500, (told.status, text[:500], sent)
    assert not INNER_WORDS.search(text), (INNER_WORDS.search(text), text[:500], sent)
    if not text.startswith(("{", "[")):
        return
    answers: Any = json.loads(text)
    every: list[Any] = [answers] if text.startswith("{") else answers
    for answer in every:
        for error in answer.get("errors", ()):
            assert error["extensions"]["code"] in CODES, (error, sent)
            assert error["message"], sent


# ── operations from the schema ──────────────────────────────────────────────────────────────────

NODES: Final = schemathesis.graphql.nodes
DATES: Final = ("2023-01-01", "0000-00-00", "9999-12-31", "2023-02-30", "10000-01-01", "-1-01-01", "", "now", "12:00")
MOMENTS: Final = (
    "2023-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00-12:00",
    "2023-13-01T25:61:61Z",
)
AMOUNTS: Final = (
    "0",
    "-0.0",
    "1e40",
    "1e41",
    "1e-999",
    "NaN",
    "Infinity",
    "-1e999999",
    "9" * 900,
    "\uff11\uff12",
    "0x10",
    "1_000",
)
MONTHS: Final = ("2023-05", "0000-01", "2023-13", "9999-12", "2023-5")


def register_scalars() -> None:
    """Tell schemathesis what our scalars look like, and what only looks like them."""
    for name, texts in (("Date", DATES), ("DateTime", MOMENTS), ("YearMonth", MONTHS), ("Decimal", AMOUNTS)):
        schemathesis.graphql.scalar(name, st.sampled_from(texts).map(NODES.String))
    schemathesis.graphql.scalar("JSON", st.sampled_from(["{}", "x", ""]).map(NODES.String))


def operations(schema: Any) -> st.SearchStrategy[Any]:
    """Cases for every root field that a role's own schema has."""
    return st.one_of([operation.ok().as_strategy() for operation in schema.get_all_operations()])


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────

PIECES: Final = (
    *(bytes([letter]) for letter in b"{}[]\"\\#%_',: \n\x00\xff"),
    *(
        b"\\u0000",
        b"\\ud800",
        b"\\u202e",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xe4\xbc\x81",
        b"\xf0\x9f\x90\x98",
        b'"""',
    ),
    *(b"...", b"... on Enterprise", b"...F", b"fragment F on Enterprise { uscc }", b"@skip(if: true)", b"@column"),
    *(b"$f", b"$n", b"null", b"true", b"1e400", b"-0", b"2147483648", b"9" * 40, b"NaN", b"__typename", b"__schema"),
    *(b"query", b"mutation", b"subscription", b"'; DROP TABLE enterprise; --", b"$1", b"first", b"last", b"after"),
    *(b"search", b"and", b"not", b"some", b"isNull"),
)
"""What is worth putting into a request."""
SEEDS: Final = (
    asked(FILTERED, {"f": {"search": "科技", "and": [{"name": ["a"]}], "not": {"inLibrary": True}}, "n": 3}),
    asked(FILTERED, {"o": [{"field": "NAME", "direction": "DESC"}], "f": {"establishedOn": {"gte": "2020-01-01"}}}),
    asked(
        "{ enterprises(first: 2, after: null) { totalCount pageInfo { endCursor } edges { cursor node { uscc } } } }"
    ),
    asked("query A($u: ID!) { enterprise(uscc: $u) { ...F } } fragment F on Enterprise { name }", {"u": "x"}),
    asked("mutation { exportWorkbook(input: {}) { id rows } }"),
    asked('{ customQuery(fields: ["name", "uscc"], first: 1) { nodes { values } } }'),
    asked('{ __schema { types { name } } __type(name: "Unit") { fields { name } } }'),
    b'[{"query": "{ __typename }"}, {"query": "{ settings { maxPageSize } }", "operationName": null}]',
)


def mutants(seed: int, count: int) -> Iterator[bytes]:
    """Bodies that are nearly right; the same ones for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        body = bytearray(chance.choice(SEEDS))
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            _mutate(body, chance)
        yield bytes(body)


def _mutate(body: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(body) + 1)
    end = min(len(body), at + chance.choice((1, 1, 2, 5, 20)))
    match chance.randrange(6):
        case 0:
            body[at:end] = b""
        case 1:
            body[at:at] = chance.choice(PIECES)
        case 2:
            body[at:end] = chance.choice(PIECES)
        case 3:
            body[at:at] = bytes(body[at:end]) * chance.choice((1, 2, 50))
        case 4:
            other = chance.choice(SEEDS)
            start = chance.randrange(len(other))
            body[at:end] = other[start : start + chance.choice((3, 10, 40))]
        case _:
            if at < len(body):
                body[at] ^= 1 << chance.randrange(8)
