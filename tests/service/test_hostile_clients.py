"""Clients that hold on to what they do not use: each is let go, and what it held is free for the next one.

Real sockets, small limits by settings; waits are for what the server does, never for time.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Generator
from contextlib import closing

import asyncpg
import httpx
import psutil
import pytest

from authz.principal import Role
from tests.service.conftest import PATIENCE_SECONDS, SECRET, Running, running, token_for

HEAD = b"POST /graphql HTTP/1.1\r\nHost: keqi\r\nContent-Type: application/json\r\n"
BODY = b'{"query": "{ __typename }"}'
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)


@pytest.fixture(scope="module")
def impatient(seeded_url: str) -> Generator[Running]:
    """The service with little patience and one export at a time."""
    settings = {
        "KEQI_DATABASE_URL": seeded_url,
        "KEQI_SECRET": SECRET,
        "KEQI_REQUEST_SECONDS": "0.5",
        "KEQI_STALL_SECONDS": "0.5",
        "KEQI_MAX_CONNECTIONS": "10",
        "KEQI_MAX_HEADER_BYTES": "4096",
        "KEQI_MAX_EXPORTS": "1",
    }
    with running("serve", **settings) as service:
        yield service


def connected(service: Running, receive_buffer: int | None = None) -> socket.socket:
    """A connection of our own, which reads no more at once than asked for."""
    client = socket.socket()
    client.settimeout(PATIENCE_SECONDS)
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(("127.0.0.1", service.port))
    return client


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    got = b""
    try:
        while part := client.recv(65_536):
            got += part
    except ConnectionResetError:
        pass
    return got


def told(answer: bytes) -> tuple[int, str]:
    """Status and code of a refusal."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head, answer
    return int(head.split()[1]), json.loads(body)["errors"][0]["extensions"]["code"]


def is_well(service: Running) -> None:
    """The service answers as if nothing had been."""
    with httpx.Client(base_url=service.url, timeout=PATIENCE_SECONDS) as http:
        assert http.get("/readyz").status_code == 200
        assert http.post("/graphql", json={"query": "{ __typename }"}).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "part", [HEAD, HEAD + LENGTH, HEAD + LENGTH + BODY[:-1], b"P", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"]
)
def test_a_request_that_stops_half_way_is_a_timeout(impatient: Running, part: bytes) -> None:
    with closing(connected(impatient)) as client:
        client.sendall(part)
        assert told(rest(client)) == (408, "TIMEOUT")
    is_well(impatient)


@pytest.mark.parametrize("begin", [HEAD, HEAD + b"X-Slow: ", HEAD + LENGTH])
def test_a_byte_now_and_then_gains_no_time(impatient: Running, begin: bytes) -> None:
    """Slowloris: each byte is progress, and none of them is a request."""
    with closing(connected(impatient)) as client:
        client.sendall(begin)
        client.settimeout(0.02)
        got = None
        while got is None:
            try:
                got = client.recv(65_536)
            except TimeoutError:
                client.sendall(b"a")
        client.settimeout(PATIENCE_SECONDS)
        assert told(got + rest(client)) == (408, "TIMEOUT")


def test_a_connection_without_a_request_is_closed_in_silence(impatient: Running) -> None:
    with closing(connected(impatient)) as client:
        assert rest(client) == b""


def test_an_empty_line_now_and_then_keeps_no_connection(impatient: Running) -> None:
    with closing(connected(impatient)) as client:
        client.sendall(HEAD + LENGTH + BODY)
        answer = b""
        while not answer.endswith(b"}}"):
            answer += client.recv(65_536)
        client.sendall(b"\r\n")
        assert rest(client) == b""


def test_a_second_request_has_its_own_time(impatient: Running) -> None:
    with closing(connected(impatient)) as client:
        client.sendall(HEAD + LENGTH + BODY + HEAD)
        answer = rest(client)
        assert answer.startswith(b"HTTP/1.1 200")
        assert told(answer[answer.rindex(b"HTTP/1.1 ") :]) == (408, "TIMEOUT")


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-Long: " + b"a" * 5000 + b"\r\n\r\n",
        HEAD + b"X-Many: a\r\n" * 1000 + b"\r\n",
        b"GET /graphql?query=" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_a_head_over_the_limit_is_431(impatient: Running, head: bytes) -> None:
    with closing(connected(impatient)) as client:
        client.sendall(head)
        assert told(rest(client)) == (431, "QUERY_TOO_COMPLEX")
    is_well(impatient)


def test_a_header_that_never_ends_is_431(impatient: Running) -> None:
    """The parser keeps an unfinished header to itself; what it keeps is bounded all the same."""
    with closing(connected(impatient)) as client:
        client.sendall(HEAD + b"X-Endless: ")
        try:
            while True:
                client.sendall(b"a" * 1000)
        except (ConnectionResetError, BrokenPipeError):
            pass
    is_well(impatient)


def test_more_connections_than_allowed_close_the_idlest(impatient: Running) -> None:
    clients = [connected(impatient) for _ in range(40)]
    try:
        with closing(connected(impatient)) as another:
            another.sendall(HEAD + LENGTH + BODY)
            assert another.recv(65_536).startswith(b"HTTP/1.1 200")
        assert rest(clients[0]) == b""
    finally:
        for client in clients:
            client.close()
    is_well(impatient)


EXPORTING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'copy%' AND state <> 'idle'
"""
LONG_NAMES = "UPDATE enterprise SET former_names = ARRAY[repeat('科技', 20000)]"


def asking_for_a_file(media: str) -> bytes:
    """A request for every enterprise with its former names, as the whole city sees them."""
    body = json.dumps({"query": "{ enterprises { nodes { uscc formerNames } } }"}).encode()
    token = token_for(Role.MUNICIPAL_OFFICER)
    return HEAD + b"Accept: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (
        media.encode(), token.encode(), len(body), body
    )  # fmt: skip


async def test_a_client_that_stops_reading_a_file_frees_its_connection_and_its_place(seeded_copy: str) -> None:
    """One export at a time: the second one would wait for ever if the first kept its place."""
    settings = {
        "KEQI_DATABASE_URL": seeded_copy,
        "KEQI_SECRET": SECRET,
        "KEQI_STALL_SECONDS": "2",
        "KEQI_MAX_EXPORTS": "1",
    }
    database = await asyncpg.connect(seeded_copy)
    await database.execute(LONG_NAMES)
    try:
        with running("serve", **settings) as service, closing(connected(service, receive_buffer=4096)) as stalled:
            stalled.sendall(asking_for_a_file("text/csv"))
            assert stalled.recv(1000).startswith(b"HTTP/1.1 200")
            while not await database.fetchval(EXPORTING):
                assert service.process.poll() is None
            before = psutil.Process(service.process.pid).memory_info().rss
            with closing(connected(service)) as another:
                another.sendall(asking_for_a_file("text/csv"))
                whole = rest_of_chunks(another)
            assert len(whole) > 70_000_000
            while await database.fetchval(EXPORTING):
                assert service.process.poll() is None
            assert psutil.Process(service.process.pid).memory_info().rss - before < 40_000_000
            assert not rest(stalled).endswith(b"0\r\n\r\n"), "a file that broke off must not look whole"
            is_well(service)
    finally:
        await database.close()


def rest_of_chunks(client: socket.socket) -> bytes:
    """A whole chunked answer on a connection that stays open."""
    got = bytearray()
    while not got.endswith(b"\r\n0\r\n\r\n"):
        part = client.recv(1 << 20)
        assert part, got[-200:]
        got += part
    return bytes(got)
