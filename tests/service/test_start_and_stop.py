"""Start and stop: running requests finish, refusals to start say what to do, a fault tells the client nothing."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import asyncpg
import httpx
import pytest

from authz.principal import Role
from tests.service.conftest import SECRET, Running, as_, is_refused, run_keqi, running

BODY = b'{"query":"{ __typename }"}'


@pytest.fixture
def settings(seeded_url: str) -> dict[str, str]:
    return {"KEQI_DATABASE_URL": seeded_url, "KEQI_SECRET": SECRET}


def begun(service: Running) -> socket.socket:
    """A request of which the service has the head and waits for the body."""
    connection = socket.create_connection(("127.0.0.1", service.port))
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(BODY))
    assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
    return connection


def wait_until_refused(service: Running) -> None:
    """Until no new connection is taken: the signal has arrived."""
    while not is_refused(service.port):
        assert service.process.poll() is None


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_running_request_is_finished_before_the_service_stops(settings: dict[str, str], asked: int) -> None:
    with running("serve", **settings) as service, begun(service) as connection:
        service.process.send_signal(asked)
        wait_until_refused(service)
        connection.sendall(BODY)
        answer = b""
        while part := connection.recv(10_000):
            answer += part
        assert b"200 OK" in answer
        assert b'{"data":{"__typename":"Query"}}' in answer
        assert service.ended() == 0
        assert "Traceback" not in service.log


def test_a_second_ctrl_c_stops_at_once(settings: dict[str, str]) -> None:
    with running("serve", **settings) as service, begun(service):
        service.process.send_signal(signal.SIGINT)
        wait_until_refused(service)
        service.process.send_signal(signal.SIGINT)
        assert service.ended() == 1
        assert "Traceback" not in service.log


def test_the_embedded_database_stops_with_the_service(data_dir: Path) -> None:
    with running("serve", KEQI_DATA_DIR=str(data_dir)) as service:
        assert httpx.get(f"{service.url}/readyz", timeout=60).status_code == 200
        server = int((data_dir / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(server, 0)
        assert service.stop() == 0
    assert not (data_dir / "pg" / "postmaster.pid").exists()


def test_several_workers_serve_one_address(settings: dict[str, str]) -> None:
    with running("serve", "--workers", "2", **settings) as service:
        for _ in range(20):
            assert httpx.post(f"{service.url}/graphql", json={"query": "{ __typename }"}, timeout=60).status_code == 200
        assert service.stop() == 0


def test_a_taken_port_is_told_before_anything_is_started(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run_keqi("serve", "--port", str(port), KEQI_DATA_DIR=str(data_dir))
    assert told.returncode == 1
    assert f"端口 {port} 已被占用" in told.stderr
    assert not data_dir.exists()


def test_an_unreachable_database_is_told_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = f"postgresql://me:hush-hush@127.0.0.1:{port}/keqi"
    told = run_keqi("serve", "--port", "0", KEQI_DATABASE_URL=url, KEQI_SECRET=SECRET)
    assert told.returncode == 1
    assert "数据库无法连接" in told.stderr
    assert "hush-hush" not in told.stderr
    assert "Traceback" not in told.stderr


async def test_a_database_of_another_revision_is_not_served(seeded_copy: str) -> None:
    connection = await asyncpg.connect(seeded_copy)
    await connection.execute("UPDATE alembic_version SET version_num = 'older'")
    told = run_keqi("serve", "--port", "0", KEQI_DATABASE_URL=seeded_copy, KEQI_SECRET=SECRET)
    assert told.returncode == 1
    assert "keqi migrate" in told.stderr
    await connection.close()


async def test_readiness_follows_the_database(seeded_copy: str) -> None:
    connection = await asyncpg.connect(seeded_copy)
    with running("serve", KEQI_DATABASE_URL=seeded_copy, KEQI_SECRET=SECRET) as service:
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
            assert (await http.get("/readyz")).status_code == 200
            await connection.execute("UPDATE alembic_version SET version_num = 'older'")
            answer = await http.get("/readyz")
            assert answer.status_code == 503
            assert "keqi migrate" in answer.json()["reason"]
            assert (await http.get("/healthz")).status_code == 200
            await connection.close()


async def test_a_fault_of_ours_tells_the_client_only_where_to_look_it_up(seeded_copy: str) -> None:
    connection = await asyncpg.connect(seeded_copy)
    with running("serve", KEQI_DATABASE_URL=seeded_copy, KEQI_SECRET=SECRET) as service:
        await connection.execute("ALTER TABLE enterprise RENAME COLUMN name TO canary_column")
        await connection.close()
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
            answer = await http.post(
                "/graphql",
                json={"query": "{ enterprises(first: 1) { nodes { name } } }"},
                headers={**as_(Role.ANALYST), "X-Request-ID": "fault-1"},
            )
        assert service.stop() == 0
    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "fault-1" in error["message"]
    assert "enterprise" not in answer.text
    assert "data" not in answer.json()
    assert "UndefinedColumnError" in service.log
    assert "fault-1" in service.log
    assert "canary_column" not in service.log
