"""Whatever is asked, the answer is data or one of our errors, and the service is as well afterwards as before.

Operations come from the schema that each role may introspect (schemathesis), bodies and whole requests from bytes that
are nearly right. Short here; ``make fuzz`` runs the same for minutes. ``KEQI_FUZZ_EXAMPLES`` says how many of each,
``KEQI_FUZZ_SEED`` which ones: the same seed sends the same.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Generator
from contextlib import closing
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from authz.principal import Role
from tests.service.conftest import PATIENCE_SECONDS, SECRET, Running, as_, running
from tests.service.fuzzing import Told, check, mutants, operations, register_scalars

EXAMPLES = int(os.environ.get("KEQI_FUZZ_EXAMPLES", "20"))
SEED = int(os.environ.get("KEQI_FUZZ_SEED", "1"))
ACCEPT = ("application/json", "application/graphql-response+json", "text/csv")
PLACES: dict[Role, tuple[str, ...]] = {Role.DISTRICT_OFFICER: ("500112",), Role.DEPARTMENT_OFFICER: ("500112",)}
SCOPES: dict[Role, dict[str, str]] = {Role.BANK_USER: {"bank": "bank-1"}}

register_scalars()


@pytest.fixture(scope="module")
async def own_url(databases: Any, seeded_template: str) -> str:
    """A seeded database of the module's own: mutations are among what is asked."""
    return databases.url(await databases.create("fuzzed", seeded_template))


@pytest.fixture(scope="module")
def fuzzed(own_url: str) -> Generator[Running]:
    """The service, with little patience for requests that do not end."""
    settings = {
        "KEQI_DATABASE_URL": own_url,
        "KEQI_SECRET": SECRET,
        "KEQI_REQUEST_SECONDS": "0.5",
        "KEQI_PLANNING_SECONDS": "0",
        "KEQI_ACCESS_LOG": "0",
        "KEQI_POOL_SIZE": "3",
    }
    with running("serve", **settings) as service:
        yield service
        assert "request failed" not in service.log, service.log[-5000:]


@pytest.fixture
def client(fuzzed: Running) -> Generator[httpx.Client]:
    with httpx.Client(base_url=fuzzed.url, timeout=PATIENCE_SECONDS) as opened:
        yield opened


def told(answer: httpx.Response) -> Told:
    return Told(answer.status_code, answer.content)


def headers_of(role: Role) -> dict[str, str]:
    """The role's token; none for the public."""
    if role is Role.PUBLIC:
        return {}
    return as_(role, *PLACES.get(role, ()), **SCOPES.get(role, {}))


@pytest.mark.parametrize("role", list(Role))
def test_operations_of_each_roles_own_schema(fuzzed: Running, client: httpx.Client, role: Role) -> None:
    headers = headers_of(role)
    schema = schemathesis.graphql.from_url(f"{fuzzed.url}/graphql", headers=headers)
    answered: list[bool] = []

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        phases=[Phase.generate],
    )
    @given(operations(schema))
    def asks(case: Any) -> None:
        for media in ACCEPT:
            answer = client.post("/graphql", json={"query": case.body}, headers={**headers, "Accept": media})
            check(told(answer), case.body)
            answered.append(answer.status_code == 200 and b'"errors"' not in answer.content)

    asks()
    assert any(answered), "a fuzz that is always refused shows nothing"


def test_bodies_that_are_nearly_right(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json", **headers_of(Role.MUNICIPAL_OFFICER)}
    for body in mutants(SEED, EXAMPLES * 20):
        check(told(client.post("/graphql", content=body, headers=headers)), body)


def test_addresses_that_are_nearly_right(client: httpx.Client) -> None:
    headers = headers_of(Role.MUNICIPAL_OFFICER)
    for body in mutants(SEED, EXAMPLES * 5):
        text = quote_from_bytes(body[:2000])
        for query in (
            f"query={text}",
            f"query=%7B__typename%7D&variables={text}",
            f"{text}&query=%7B__typename%7D",
            body[:200],
        ):
            target = query if isinstance(query, str) else re.sub(rb"[^!-~]", b"?", query).decode()
            check(told(client.get(f"/graphql?{target.replace('#', '%23')}", headers=headers)), query)


def test_requests_that_are_nearly_http(fuzzed: Running) -> None:
    """Each byte of a request may be wrong, its head included; some are never answered, none with a fault of ours."""
    token = headers_of(Role.MUNICIPAL_OFFICER)["Authorization"].encode()
    for body in mutants(SEED, EXAMPLES):
        head = b"POST /graphql HTTP/1.1\r\nHost: keqi\r\nConnection: close\r\nContent-Type: application/json\r\n"
        whole = head + b"Authorization: %s\r\nContent-Length: %d\r\n\r\n%s" % (token, len(body), body)
        spot = (len(body) * 7919) % len(head)
        sent = whole[:spot] + body[:3] + whole[spot + 1 :]
        check(exchanged(fuzzed, sent), sent)


def is_whole(got: bytes) -> bool:
    """Whether an answer is here with all of its body."""
    head, _, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return length is not None and len(body) >= int(length[1])


def exchanged(service: Running, sent: bytes) -> Told:
    """What comes back for bytes on a socket, until the server closes."""
    got = b""
    with closing(socket.create_connection(("127.0.0.1", service.port), PATIENCE_SECONDS)) as client:
        try:
            client.sendall(sent)
            while not is_whole(got) and (part := client.recv(65_536)):
                got += part
        except (ConnectionResetError, BrokenPipeError):
            pass
    status = re.match(rb"HTTP/1\.1 (\d{3}) ", got)
    return Told(int(status[1]) if status else 0, got.partition(b"\r\n\r\n")[2])


def test_the_service_is_as_well_as_before(fuzzed: Running, client: httpx.Client) -> None:
    """Last in this module: a pool of three connections still has them all."""
    assert client.get("/readyz").json()["status"] == "ready"
    headers = headers_of(Role.MUNICIPAL_OFFICER)
    for _ in range(4):
        for query in ("{ enterprises { totalCount } }", "mutation { exportWorkbook(input: {}) { rows } }"):
            assert "errors" not in client.post("/graphql", json={"query": query}, headers=headers).json()
        asked = {"query": "{ enterprises { nodes { uscc } } }"}
        assert client.post("/graphql", json=asked, headers={**headers, "Accept": "text/csv"}).status_code == 200
    assert fuzzed.process.poll() is None
