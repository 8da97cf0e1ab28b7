"""GraphQL over HTTP: what a request may look like, and what comes back when it is none."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from graphql import build_client_schema, get_introspection_query
from starlette.types import Message

from authz.principal import Role
from tests.fixtures.service import Service
from tests.service.conftest import as_

JSON, GRAPHQL = "application/json", "application/graphql-response+json"
TYPENAME = "{ __typename }"
OK = {"data": {"__typename": "Query"}}


def post(http: httpx.Client, body: Any, **headers: str) -> httpx.Response:
    """A body as JSON unless it is text already."""
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post("/graphql", content=content, headers={"Content-Type": JSON, **sent})


def refused(answer: httpx.Response, status: int, code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    """The one error of a request that could not run: a message for people, and no data."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert "data" not in body
    error: dict[str, Any] = body["errors"][0]
    assert error["extensions"]["code"] == code
    return error


# ── media types ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.8", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"text/event-stream, {JSON}", JSON),
        ("text/html, */*;q=0.1", JSON),
        ("APPLICATION/JSON", JSON),
    ],
)
def test_accept_picks_the_media_type(http: httpx.Client, accept: str, expected: str) -> None:
    answer = post(http, {"query": TYPENAME}, Accept=accept)
    assert (answer.status_code, answer.json()) == (200, OK)
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "image/png, text/plain", f"{JSON};q=0", f"{JSON}; charset=utf-16"])
def test_406_when_nothing_of_ours_is_accepted(http: httpx.Client, accept: str) -> None:
    assert "application/json" in refused(post(http, {"query": TYPENAME}, Accept=accept), 406)["message"]


@pytest.mark.parametrize(
    "media",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", f"{JSON}; charset=gbk"],
)
def test_415_for_a_body_a_foreign_page_could_send(http: httpx.Client, media: str) -> None:
    """A browser sends these without asking first (Apollo GHSA-hff2-gcpx-8f4p)."""
    refused(post(http, {"query": TYPENAME}, Content_Type=media), 415)


@pytest.mark.parametrize("media", [JSON, f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', GRAPHQL])
def test_json_in_utf8_is_taken(http: httpx.Client, media: str) -> None:
    assert post(http, {"query": TYPENAME}, Content_Type=media).json() == OK


# ── methods ─────────────────────────────────────────────────────────────────────────────────────


def test_get_takes_query_variables_and_operation_from_the_address(http: httpx.Client) -> None:
    asked = {
        "query": "query A($k: [UnitKind!]) { units(kind: $k) { kind } } query B { __typename }",
        "variables": json.dumps({"k": ["COUNTY"]}),
        "operationName": "A",
    }
    units = http.get("/graphql", params=asked, headers={"Accept": GRAPHQL}).json()["data"]["units"]
    assert {unit["kind"] for unit in units} == {"COUNTY"}
    assert http.get("/graphql", params={**asked, "operationName": "B", "variables": ""}).json() == OK


def test_a_mutation_by_get_is_405_and_says_post(http: httpx.Client) -> None:
    answer = http.get("/graphql", params={"query": "mutation { __typename }"}, headers={"Accept": GRAPHQL})
    refused(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_a_mutation_by_get_does_nothing(http: httpx.Client) -> None:
    headers = as_(Role.ANALYST, subject="mutates-by-get")
    asked = {"query": "mutation { exportWorkbook(input: {}) { id } }"}
    assert http.get("/graphql", params=asked, headers=headers).status_code == 405
    assert post(http, {"query": "{ exports { totalCount } }"}, **headers).json()["data"]["exports"]["totalCount"] == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_are_405(http: httpx.Client, method: str) -> None:
    answer = http.request(method, "/graphql")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "query", ["query=%FF", "query=%7B", "variables=%7B%7D", "", "query=%7B__typename%7D&variables=%5B%5D",
              "query=%7B__typename%7D&variables=%7B", "query=%7B__typename%7D&extensions=1"]
)  # fmt: skip
def test_a_malformed_address_is_400(http: httpx.Client, query: str) -> None:
    refused(http.get(f"/graphql?{query}", headers={"Accept": GRAPHQL}), 400)


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "1",
        '"{ __typename }"',
        "{}",
        '{"query": null}',
        '{"query": ""}',
        '{"query": ["{ __typename }"]}',
        '{"query": 1}',
        '{"query": "{ __typename }", "variables": []}',
        '{"query": "{ __typename }", "variables": "{}"}',
        '{"query": "{ __typename }", "variables": 0}',
        '{"query": "{ __typename }", "operationName": 1}',
        '{"query": "{ __typename }", "operationName": {}}',
        '{"query": "{ __typename }", "extensions": "x"}',
        '{"query": "{ __typename }"} x',
        '{"query": "\\ud800"}',
        b'{"query": "{ __typename } # \xff"}',
        "{'query': '{ __typename }'}",
        '{"query": "{ __typename }", "variables": {"x": NaN}}',
        '{"query": "{ __typename }", "variables": {"x": 1e999}}',
    ],
)
def test_a_malformed_body_is_400(http: httpx.Client, body: str | bytes) -> None:
    refused(post(http, body, Accept=GRAPHQL), 400)


@pytest.mark.parametrize("absent", [{}, {"variables": None, "operationName": None, "extensions": None}, {"extra": 1}])
def test_null_and_unknown_entries_are_as_good_as_none(http: httpx.Client, absent: dict[str, Any]) -> None:
    assert post(http, {"query": TYPENAME, **absent}).json() == OK


def test_a_batch_answers_in_order_each_on_its_own(http: httpx.Client) -> None:
    answer = post(http, [{"query": TYPENAME}, {"query": "{ nope }"}, {"query": "{ t: __typename }"}])
    assert answer.status_code == 200
    first, second, third = answer.json()
    assert (first, third) == (OK, {"data": {"t": "Query"}})
    assert "data" not in second


def test_a_batch_is_bounded_and_not_empty(http: httpx.Client) -> None:
    refused(post(http, [{"query": TYPENAME}] * 11), 400, "QUERY_TOO_COMPLEX")
    assert len(post(http, [{"query": TYPENAME}] * 10).json()) == 10
    assert post(http, []).status_code == 400
    refused(post(http, [{"query": TYPENAME}, 1]), 400)


def test_a_body_over_the_limit_is_413(http: httpx.Client) -> None:
    refused(post(http, {"query": TYPENAME, "variables": {"x": "x" * 1_000_000}}), 413, "QUERY_TOO_COMPLEX")


# ── refusals ────────────────────────────────────────────────────────────────────────────────────

CANNOT_RUN = {
    "syntax": {"query": "{"},
    "unknown field": {"query": "{ nope }"},
    "unknown argument": {"query": "{ units(nope: 1) { code } }"},
    "no such operation": {"query": "query A { __typename }", "operationName": "B"},
    "which operation": {"query": "query A { __typename } query B { __typename }"},
    "no operation": {"query": "fragment A on Query { __typename }"},
    "no subscriptions": {"query": "subscription { __typename }"},
    "missing variable": {"query": "query ($k: [UnitKind!]!) { units(kind: $k) { code } }"},
    "wrong variable": {"query": "query ($k: [UnitKind!]) { units(kind: $k) { code } }", "variables": {"k": "NOPE"}},
    "wrong literal": {"query": "{ units(kind: NOPE) { code } }"},
    "unused fragment": {"query": "{ __typename } fragment F on Query { __typename }"},
    "circle of fragments": {"query": "{ ...F } fragment F on Query { ...F }"},
    "conflicting fields": {"query": "{ a: units { code } a: settings { maxPageSize } }"},
    "leaf with fields": {"query": "{ units { code { x } } }"},
    "object without fields": {"query": "{ units }"},
}


@pytest.mark.parametrize("why", CANNOT_RUN)
def test_what_cannot_run_is_400_where_the_client_knows_graphql_and_200_elsewhere(http: httpx.Client, why: str) -> None:
    refused(post(http, CANNOT_RUN[why], Accept=GRAPHQL), 400)
    refused(post(http, CANNOT_RUN[why], Accept=JSON), 200)


def test_a_syntax_error_says_where(http: httpx.Client) -> None:
    error = refused(post(http, {"query": "{\n  units { code\n"}, Accept=GRAPHQL), 400)
    assert error["locations"] == [{"line": 3, "column": 1}]


def test_every_validation_error_is_told(http: httpx.Client) -> None:
    errors = post(http, {"query": "{ nope units { nope } }"}).json()["errors"]
    assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"] * 2


def test_what_the_role_may_never_see_is_forbidden_with_path_and_words(http: httpx.Client) -> None:
    asked = {"query": "{ all: enterprises { nodes { name id: contactIdNumber } } }"}
    error = refused(post(http, asked, Accept=GRAPHQL, **as_(Role.ANALYST)), 403, "FORBIDDEN")
    assert error["path"] == ["all", "nodes", "id"]
    assert "统计分析" in error["message"]
    assert error["extensions"]["detail"]


def test_who_is_not_signed_in_is_asked_to(http: httpx.Client) -> None:
    error = refused(post(http, {"query": "{ enterprises { totalCount } }"}, Accept=GRAPHQL), 401, "UNAUTHENTICATED")
    assert error["path"] == ["enterprises"]
    assert "登录" in error["message"]


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer a.b.c"])
def test_a_bad_token_is_never_the_public(http: httpx.Client, token: str) -> None:
    refused(post(http, {"query": TYPENAME}, Authorization=token), 401, "UNAUTHENTICATED")


# ── introspection and __typename ────────────────────────────────────────────────────────────────


def test_introspection_alone_beside_data_and_by_fragment(http: httpx.Client) -> None:
    query = """
        { a: __typename __schema { queryType { name } } settings { maxPageSize } ...F t: __type(name: "Unit") { kind } }
        fragment F on Query { __type(name: "Nope") { name } units(kind: [COUNTY]) { __typename } }
    """
    data = post(http, {"query": query}).json()["data"]
    assert list(data) == ["a", "__schema", "settings", "__type", "units", "t"]
    assert data["__schema"] == {"queryType": {"name": "Query"}}
    assert data["t"] == {"kind": "OBJECT"}
    assert data["__type"] is None
    assert data["settings"] == {"maxPageSize": 1000}
    assert data["units"][0] == {"__typename": "Unit"}


def test_introspection_takes_variables_and_directives(http: httpx.Client) -> None:
    query = "query ($n: String!, $no: Boolean!) { __type(name: $n) { name fields @include(if: $no) { name } } }"
    answer = post(http, {"query": query, "variables": {"n": "Unit", "no": False}})
    assert answer.json() == {"data": {"__type": {"name": "Unit"}}}


def test_the_introspection_query_of_every_tool_works(http: httpx.Client) -> None:
    answer = post(http, {"query": get_introspection_query()})
    assert build_client_schema(answer.json()["data"]).query_type is not None


def test_a_mutation_knows_its_typename(http: httpx.Client) -> None:
    assert post(http, {"query": "mutation { __typename }"}).json() == {"data": {"__typename": "Mutation"}}


# ── the same question, every way of asking ──────────────────────────────────────────────────────


def test_every_notation_of_a_request_gets_the_same_bytes(http: httpx.Client) -> None:
    query = "query Q($n: Int) { enterprises(first: $n) { totalCount nodes { uscc name } } }"
    headers, variables = as_(Role.MUNICIPAL_OFFICER), {"n": 3}
    answers = {
        post(http, {"query": query, "variables": variables}, **headers).content,
        post(http, {"variables": variables, "operationName": "Q", "query": query}, **headers).content,
        post(http, {"query": query.replace(" ", "\n, "), "variables": variables}, **headers).content,
        post(http, {"query": f"# a comment\n{query}", "variables": {"n": 3.0}}, **headers).content,
        post(http, {"query": query.replace("$n: Int", "$n: Int = 3")}, **headers).content,
        post(http, {"query": "{ enterprises(first: 3) { totalCount nodes { uscc name } } }"}, **headers).content,
        http.get("/graphql", params={"query": query, "variables": '{"n": 3}'}, headers=headers).content,
        post(http, [{"query": query, "variables": variables}], **headers).content[1:-1],
    }
    assert len(answers) == 1


async def test_strawberry_cve_2026_35523_there_is_no_websocket_to_skip_a_check_by(town: Service) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/graphql", "subprotocols": ["graphql-transport-ws"], "headers": []}
    await town.app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]
