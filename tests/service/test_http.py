"""Everything over HTTP but what GraphQL answers: routes, headers, limits, errors, metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from authz.principal import Role
from tests.service.conftest import SECRET, Running, as_, running, token_for

PAGES = ("/", "/schema.graphql", "/healthz", "/readyz", "/metrics", "/nowhere")
TYPENAME = {"query": "{ __typename }"}


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_an_id_and_security_headers(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", answer.headers["x-request-id"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "http" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert "server" not in answer.headers


def test_data_is_never_kept_by_anybody(http: httpx.Client) -> None:
    answer = http.post("/graphql", json=TYPENAME, headers=as_(Role.ANALYST))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_a_wellformed_request_id_is_kept_and_another_is_not(http: httpx.Client) -> None:
    assert http.get("/healthz", headers={"X-Request-ID": "load-balancer.7_x"}).headers["x-request-id"] == (
        "load-balancer.7_x"
    )
    for bad in ("a b", "x" * 65, "<script>", ""):
        assert http.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"] != bad


def test_liveness_and_readiness(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json() == {"status": "ready", "database": "ok", "migrations": "head"}


def test_the_schema_can_be_downloaded(http: httpx.Client) -> None:
    answer = http.get("/schema.graphql")
    assert answer.headers["content-type"] == "application/graphql; charset=utf-8"
    assert "type Query {" in answer.text


def test_an_unknown_address_is_one_of_our_errors(http: httpx.Client) -> None:
    answer = http.get("/nowhere")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_a_wrong_method_names_the_right_ones(http: httpx.Client) -> None:
    answer = http.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("token", ["abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_bad_token_is_refused_everywhere_alike(http: httpx.Client, token: str) -> None:
    answer = http.post("/graphql", json=TYPENAME, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.json()
    assert token not in answer.text


def chunked(size: int) -> Iterator[bytes]:
    for _ in range(size // 1000):
        yield b" " * 1000


def test_a_body_over_the_limit_is_refused_announced_or_not(http: httpx.Client) -> None:
    for body in (b" " * 1_000_001, chunked(2_000_000)):
        answer = http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


def test_a_body_within_the_limit_is_read_announced_or_not(http: httpx.Client) -> None:
    body = json.dumps(TYPENAME).encode() + b" " * 500_000
    for content in (body, iter([body[:5], body[5:]])):
        answer = http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
        assert answer.json() == {"data": {"__typename": "Query"}}


def test_metrics_count_by_kind_and_outcome_and_know_no_client_words(http: httpx.Client) -> None:
    def count(text: str, kind: str, outcome: str) -> float:
        found = re.search(rf'^keqi_requests_total{{kind="{kind}",outcome="{outcome}"}} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    before = http.get("/metrics").text
    http.post("/graphql", json={"query": "query Canary { __typename }"})
    http.post("/graphql", json={"query": "{ canary }"})
    after = http.get("/metrics").text
    assert count(after, "query", "ok") == count(before, "query", "ok") + 1
    assert count(after, "other", "BAD_USER_INPUT") == count(before, "other", "BAD_USER_INPUT") + 1
    assert "anary" not in after
    for name in ("keqi_request_seconds_bucket", "keqi_pool_size", "keqi_pool_in_use", "keqi_plan_cache_total"):
        assert name in after


def test_the_log_has_a_line_a_request_without_token_variables_or_query_string(
    served: Running, http: httpx.Client
) -> None:
    token = token_for(Role.ANALYST)
    asked = {"query": "query Find($s: String) { enterprises(first: 1, filter: {search: $s}) { totalCount } }"}
    answer = http.post(
        "/graphql?canary-in-url=1",
        json={**asked, "variables": {"s": "canary-variable"}},
        headers={"Authorization": f"Bearer {token}", "X-Request-ID": "log-test"},
    )
    assert answer.status_code == 200
    http.get("/healthz")
    while '"id":"log-test"' not in served.log:
        assert served.process.poll() is None
        http.get("/healthz")
    told = next(json.loads(line) for line in served.lines if '"id":"log-test"' in line)
    assert told["role"] == "ANALYST"
    assert told["operation"] == "Find"
    assert told["path"] == "/graphql"
    assert "canary" not in served.log
    assert token not in served.log


def test_the_rate_limit_is_each_principals_own_and_says_when_to_come_back(seeded_url: str) -> None:
    settings = {"KEQI_DATABASE_URL": seeded_url, "KEQI_SECRET": SECRET, "KEQI_RATE_LIMIT": "2"}
    with running("serve", **settings) as service, httpx.Client(base_url=service.url, timeout=60) as limited:

        def ask(**headers: str) -> httpx.Response:
            return limited.post("/graphql", json=TYPENAME, headers=headers)

        analyst = as_(Role.ANALYST)
        answers = [ask(**analyst) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 30
        assert ask(**as_(Role.ANALYST, subject="another")).status_code == 200
        assert [ask().status_code for _ in range(3)] == [200, 200, 429]
        assert limited.get("/healthz").status_code == 200
