"""Values and requests at their edges: a clear code, in words for people, and nothing of the inside."""

from __future__ import annotations

import gzip
import re
import socket
from contextlib import closing
from typing import Any

import orjson
import pytest

from service.inside import JSON
from tests.fixtures.service import Service
from tests.fixtures.town import MUNICIPAL
from tests.service.conftest import PATIENCE_SECONDS, Running
from tests.service.fuzzing import Told, check

TYPENAME = b'{"query": "{ __typename }"}'
OK = b'{"data":{"__typename":"Query"}}'
FILTERED = """
query ($f: EnterpriseFilter, $r: AnnualReportFilter, $n: Int, $a: String, $u: ID = "x") {
  enterprises(filter: $f, first: $n, after: $a) { totalCount }
  annualReports(filter: $r) { totalCount }
  enterprise(uscc: $u) { name }
}
"""


async def told(town: Service, body: bytes, **headers: str) -> tuple[int, str]:
    """Status and code of the answer; ``ok`` where there is data."""
    sent = {"Content-Type": "application/json", "Accept": JSON, "Authorization": town.token(MUNICIPAL)}
    answer = await town.post(body, {**sent, **{name.replace("_", "-"): value for name, value in headers.items()}})
    check(Told(answer.status, answer.body), body)
    return answer.status, "ok" if "data" in answer.json else answer.code


def range_of(name: str, value: object) -> dict[str, Any]:
    """A filter on reports by an amount, or a moment, at least ``value``."""
    return {"r": {"operation": {"rdExpense": {"gte": value}}} if name == "amount" else {name: {"gte": value}}}


WRONG: dict[str, dict[str, Any]] = {
    "NUL in a search": {"f": {"search": "a\0b"}},
    "NUL in a list": {"f": {"uscc": ["x", "\0"]}},
    "NUL in an id": {"u": "\0"},
    "NUL in a cursor": {"a": "\0"},
    "an Int of 2 to the 31st": {"n": 2**31},
    "an Int below minus 2 to the 31st": {"n": -(2**31) - 1},
    "an Int of 63 bits": {"n": 2**63 - 1},
    "an Int with a fraction": {"n": 1.5},
    "an Int as text": {"n": "1"},
    "an Int as truth": {"n": True},
    "an Int as a list": {"n": [1]},
    "an Int as an object": {"n": {}},
    "a page of less than nothing": {"n": -1},
    "an id with a fraction": {"u": 1.5},
    "an id as a list": {"u": ["x"]},
    "an id as truth": {"u": True},
    "a cursor of nobody": {"a": "e30.e30"},
    "a cursor of 90,000 letters": {"a": "x" * 90_000},
    "a filter as text": {"f": "x"},
    "a filter as a list": {"f": [{}]},
    "a range as a list": {"f": {"establishedOn": ["2023-01-01"]}},
    "the zeroth day": {"f": {"establishedOn": {"gte": "0000-00-00"}}},
    "February 30th": {"f": {"establishedOn": {"gte": "2023-02-30"}}},
    "the year 10000": {"f": {"establishedOn": {"gte": "10000-01-01"}}},
    "a day before Christ": {"f": {"establishedOn": {"gte": "-0001-01-01"}}},
    "a day as a number": {"f": {"establishedOn": {"gte": 5}}},
    "a moment after the last one": range_of("submittedAt", "9999-12-31T23:59:59-14:00"),
    "a moment before the first one": range_of("submittedAt", "0001-01-01T00:00:00+14:00"),
    "an amount that is none": range_of("amount", "NaN"),
    "an amount that signals": range_of("amount", "sNaN"),
    "an infinite amount": range_of("amount", "-Infinity"),
    "an amount of a million digits": range_of("amount", "1e999999"),
    "an amount beyond its exponent": range_of("amount", "1e999999999999999999999"),
    "an amount of 5,000 digits": range_of("amount", "9" * 5_000),
    "the largest binary number": range_of("amount", 1.7e308),
    "the smallest binary number": range_of("amount", 5e-324),
    "an amount as truth": range_of("amount", True),
    "an amount as a list": range_of("amount", [1]),
    "an amount as an object": range_of("amount", {}),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_value_that_cannot_be_used_is_bad_input(town: Service, what: str) -> None:
    town.statements.clear()
    body = orjson.dumps({"query": FILTERED, "variables": WRONG[what]})
    assert await told(town, body) == (400, "BAD_USER_INPUT")
    assert town.statements == []


RIGHT: dict[str, dict[str, Any]] = {
    "the first day": {"f": {"establishedOn": {"gte": "0001-01-01"}}},
    "the last day": {"f": {"establishedOn": {"lte": "9999-12-31"}}},
    "the last moment": range_of("submittedAt", "9999-12-31T23:59:59+14:00"),
    "the largest Int": {"f": {"and": [{"not": {"inLibrary": True}}]}, "n": 0},
    "an amount with every digit": range_of("amount", "0.1234567890123456789012345678901234567"),
    "a negative zero": range_of("amount", "-0"),
    "an emoji": {"f": {"search": "\U0001f600"}},
    "signs of LIKE": {"f": {"search": "%_\\'\";--"}},
    "letters that turn around": {"f": {"search": "\u202e\u2066"}},
    "a number for an id": {"u": 12},
    "no value at all": {"f": None, "n": None, "a": None, "r": None},
    "a variable that is not asked for": {"zzz": {"deep": [1, 2, 3]}},
}


@pytest.mark.parametrize("what", RIGHT)
async def test_a_value_at_the_edge_is_a_value(town: Service, what: str) -> None:
    body = orjson.dumps({"query": FILTERED, "variables": RIGHT[what]})
    assert await told(town, body) == (200, "ok")


@pytest.mark.parametrize("text", [b"\\ud800", b"\\udc00\\ud800", b"\\ud83d", b"\xed\xa0\x80", b"\xff", b"\xc0\xae"])
async def test_half_a_character_is_no_text(town: Service, text: bytes) -> None:
    """Lone surrogates, escaped or as bytes; overlong forms."""
    for body in (
        b'{"query": "{ __typename } # %s"}',
        b'{"query": "{ __typename }", "variables": {"x": "%s"}}',
        b'{"query": "{ __typename }", "operationName": "%s"}',
        b'{"query": "{ __typename }", "%s": 1}',
    ):
        assert await told(town, body % text) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    "document",
    [
        *("", " ", "\n", "#", "# only a comment", ",", "{", "query", "query A", "\x00", "{ __typename \x00 }"),
        *("subscription { __typename }", "subscription { a }", "type A { b: Int }", "schema { query: A }"),
        *("fragment A on Query { __typename }", "{ __typename } \u202e", "query ($a: Nope) { __typename }"),
        *('{ enterprises(filter: {search: "\\u{110000}"}) { totalCount } }', "extend type Query { a: Int }"),
        *(
            '{ enterprises(filter: {search: "\\u0000"}) { totalCount } }',
            "{ enterprises(first: 2147483648) { totalCount } }",
        ),
        *(
            '{ enterprises(filter: {search: "\\ud800"}) { totalCount } }',
            "{ enterprises(first: 1e400000) { totalCount } }",
        ),
        *(
            "{ annualReports(filter: {operation: {rdExpense: {gte: 1e400000}}}) { totalCount } }",
            "{ units(kind: 1) { code } }",
        ),
        *(
            '{ enterprise(uscc: "\\u0000") { name } }',
            "query A { __typename } query A { __typename }",
            "{ ...A }",
            "{ ...on Nope { a } }",
        ),
    ],
)
async def test_what_is_no_query_is_bad_input(town: Service, document: str) -> None:
    town.statements.clear()
    assert await told(town, orjson.dumps({"query": document})) == (400, "BAD_USER_INPUT")
    assert town.statements == []


@pytest.mark.parametrize(
    "document", ["{ }", "query A { }", "{ settings { } }", "{ enterprises { } }", "{ units { } ... { } }"]
)
async def test_an_empty_selection_is_an_empty_answer(town: Service, document: str) -> None:
    """The language allows it by now; nothing may break over a plan without columns."""
    assert (await told(town, orjson.dumps({"query": document})))[1] in ("ok", "BAD_USER_INPUT")


@pytest.mark.parametrize("name", ["Nope", "", "a b", "\0", "x" * 201, "__proto__"])
async def test_an_operation_that_is_not_there(town: Service, name: str) -> None:
    body = orjson.dumps({"query": "query A { __typename } query B { __typename }", "operationName": name})
    assert await told(town, body) == (400, "BAD_USER_INPUT")


BODIES: dict[str, tuple[bytes, dict[str, str], int]] = {
    "UTF-16": (TYPENAME.decode().encode("utf-16"), {}, 400),
    "UTF-16, said to be": (
        TYPENAME.decode().encode("utf-16"),
        {"Content_Type": "application/json; charset=utf-16"},
        415,
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + TYPENAME, {}, 400),
    "Latin-1": ('{"query": "{ __typename } # \xe9"}'.encode("latin-1"), {}, 400),
    "GBK": ('{"query": "{ __typename } # 科技"}'.encode("gbk"), {}, 400),
    "gzip": (gzip.compress(TYPENAME), {"Content_Encoding": "gzip"}, 415),
    "gzip, not said to be": (gzip.compress(TYPENAME), {}, 400),
    "brotli": (TYPENAME, {"Content_Encoding": "br"}, 415),
    "two codings": (TYPENAME, {"Content_Encoding": "identity, gzip"}, 415),
    "another transfer coding": (TYPENAME, {"Transfer_Encoding": "gzip, chunked"}, 415),
    "keys twice": (b'{"query": "{ a }", "query": 1}', {}, 400),
    "two values": (TYPENAME + TYPENAME, {}, 400),
    "a comment": (TYPENAME + b"// hello", {}, 400),
    "single quotes": (TYPENAME.replace(b'"', b"'"), {}, 400),
    "no number": (b'{"query": "{ __typename }", "variables": {"a": NaN}}', {}, 400),
    "an infinite number": (b'{"query": "{ __typename }", "variables": {"a": 1e400}}', {}, 400),
}


@pytest.mark.parametrize("what", BODIES)
async def test_a_body_that_is_not_json_in_utf8(town: Service, what: str) -> None:
    body, headers, status = BODIES[what]
    assert await told(town, body, **headers) == (status, "BAD_USER_INPUT")


async def test_the_last_of_equal_keys_counts_as_in_every_json(town: Service) -> None:
    assert await told(town, b'{"query": "{ nope }", "query": "{ __typename }"}') == (200, "ok")


ADDRESSES = {
    "": "BAD_USER_INPUT",
    "?": "BAD_USER_INPUT",
    "?query": "BAD_USER_INPUT",
    "?query=%": "BAD_USER_INPUT",
    "?query=%zz": "BAD_USER_INPUT",
    "?query=%00": "BAD_USER_INPUT",
    "?query=%C0%AE": "BAD_USER_INPUT",
    "?query=%ED%A0%80": "BAD_USER_INPUT",
    "?query=%2525": "BAD_USER_INPUT",
    "?query=%7B__typename%7D&query=%7B__typename%7D": "BAD_USER_INPUT",
    "?query=%7B__typename%7D&variables=1&variables=%7B%7D": "BAD_USER_INPUT",
    "?query=%7B__typename%7D;x=1": "BAD_USER_INPUT",
    "?query=%7B__typename%7D&operationName=%00": "BAD_USER_INPUT",
    "?query=%7B__typename%7D&variables=%7B%22a%22:1e999%7D": "BAD_USER_INPUT",
    "?query=%7B__typename%7D&variables=" + "[" * 2000: "BAD_USER_INPUT",
    "?" + "&".join(f"a{number}=1" for number in range(30)): "QUERY_TOO_COMPLEX",
    "?query=" + "%7Ba" * 3000: "QUERY_TOO_COMPLEX",
}


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_that_asks_nothing_we_know(town: Service, address: str) -> None:
    answer = await town.get(f"/graphql{address}", Accept=JSON)
    check(Told(answer.status, answer.body), address)
    assert (answer.status, answer.code) == (400, ADDRESSES[address])


# ── HTTP itself, on a socket ────────────────────────────────────────────────────────────────────

HEAD = b"POST /graphql HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(TYPENAME)
REFUSED = {
    "two lengths": (HEAD + LENGTH + b"Content-Length: 5\r\n\r\n" + TYPENAME, 400),
    "a length and chunks": (HEAD + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a negative length": (HEAD + b"Content-Length: -5\r\n\r\n", 400),
    "a length beyond all numbers": (HEAD + b"Content-Length: %s\r\n\r\n" % (b"9" * 30), 400),
    "a length over the limit": (HEAD + b"Content-Length: 99999999\r\n\r\n", 413),
    "a chunk without a length": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "two tokens": (HEAD + LENGTH + b"Authorization: a\r\nAuthorization: b\r\n\r\n" + TYPENAME, 400),
    "two content types": (HEAD + LENGTH + b"Content-Type: text/plain\r\n\r\n" + TYPENAME, 400),
    "a folded header": (HEAD + LENGTH + b"X-A: a\r\n b\r\n\r\n" + TYPENAME, 400),
    "a NUL in a header": (HEAD + LENGTH + b"X-A: a\0b\r\n\r\n" + TYPENAME, 400),
    "no ASCII in the address": ("GET /企业 HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\n\r\n".encode(), 400),
    "an unknown method": (b"NOPE /graphql HTTP/1.1\r\nHost: keqi\r\n\r\n", 400),
    "a tunnel": (b"CONNECT keqi:80 HTTP/1.1\r\nHost: keqi\r\n\r\n", 400),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40, 400),
    "TRACE": (b"TRACE /graphql HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\n\r\n", 405),
    "OPTIONS without a preflight": (b"OPTIONS /graphql HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\n\r\n", 405),
    "HEAD": (b"HEAD /graphql HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\n\r\n", 405),
    "bytes that are no path": (b"GET /%ff%fe%00 HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\n\r\n", 404),
}
WHOLE = LENGTH + b"\r\n" + TYPENAME
AGAIN = HEAD.replace(b"close", b"keep-alive") + WHOLE
GET = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\n"
TAKEN = {
    "HTTP/1.0": (HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + WHOLE, 1),
    "three in a pipeline": (AGAIN + AGAIN + HEAD + WHOLE, 3),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1b\r\n" + TYPENAME + b"\r\n0\r\n\r\n", 1),
    "100-continue": (HEAD + b"Expect: 100-continue\r\n" + WHOLE, 1),
    "another expectation": (HEAD + b"Expect: nonsense\r\n" + WHOLE, 1),
    "a GET with a body": (GET + b"Content-Length: 3\r\n\r\nabc", 1),
}


def exchanged(service: Running, sent: bytes) -> bytes:
    """All that comes back until the server closes."""
    got = b""
    with closing(socket.create_connection(("127.0.0.1", service.port), PATIENCE_SECONDS)) as client:
        client.sendall(sent)
        try:
            while part := client.recv(65_536):
                got += part
        except ConnectionResetError:
            pass
    return got


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_hardly_http_is_refused(served: Running, what: str) -> None:
    sent, status = REFUSED[what]
    head, _, body = exchanged(served, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    check(Told(status, body), sent)


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_odd_but_http_is_answered(served: Running, what: str) -> None:
    sent, times = TAKEN[what]
    got = exchanged(served, sent)
    assert len(re.findall(re.escape(OK), got)) == times, got
