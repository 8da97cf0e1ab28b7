"""``keqi audit verify``: the head on standard output alone, what is wrong in Chinese, exit codes 0, 1 and 2."""

from __future__ import annotations

import pytest

from authz.audit import opened_trail
from authz.audit_keys import AuditKey
from db.engine import connect
from tests.authz.trails import line
from tests.conftest import Databases
from tests.service.conftest import SECRET, run_keqi

OLD = "the secret before this one, long enough"


async def write(url: str, secret: str = SECRET, lines: int = 1) -> str:
    """Write lines, a batch each, as a service with this secret; answer the head."""
    async with opened_trail(url, AuditKey.of_secret(secret.encode())) as trail:
        for _ in range(lines):
            await trail.promise(line())
        return str(trail.head)


@pytest.fixture
def settings(empty_copy: str) -> dict[str, str]:
    return {"KEQI_DATABASE_URL": empty_copy, "KEQI_SECRET": SECRET}


async def test_a_whole_chain_prints_its_head_and_nothing_else(empty_copy: str, settings: dict[str, str]) -> None:
    empty = run_keqi("audit", "verify", **settings)
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "尚无审计记录" in empty.stderr
    head = await write(empty_copy, lines=3)
    told = run_keqi("audit", "verify", **settings)
    assert (told.returncode, told.stdout) == (0, f"{head}\n"), told.stderr
    assert "3 批，共 3 行" in told.stderr
    again = run_keqi("audit", "verify", "--from", "2", "--head", head, **settings)
    assert (again.returncode, again.stdout) == (0, f"{head}\n"), again.stderr


async def test_tampering_is_told_with_its_place(empty_copy: str, settings: dict[str, str]) -> None:
    head = await write(empty_copy, lines=3)
    connection = await connect(empty_copy)
    await connection.execute("SET session_replication_role = replica; DELETE FROM audit_seal WHERE batch = 2")
    told = run_keqi("audit", "verify", **settings)
    assert told.returncode == 1
    assert "缺少批次 2" in told.stderr
    await connection.execute("DELETE FROM audit_seal WHERE batch > 1")
    await connection.execute("DELETE FROM audit_line WHERE no > 1; UPDATE audit_spread SET batch = 1 WHERE batch > 1")
    await connection.close()
    assert run_keqi("audit", "verify", **settings).returncode == 0
    cut = run_keqi("audit", "verify", "--head", head, **settings)
    assert cut.returncode == 1
    assert "记下的链头 3 已不在链中" in cut.stderr


async def test_a_secret_that_was_changed_is_still_known(empty_copy: str, settings: dict[str, str]) -> None:
    await write(empty_copy, OLD)
    await write(empty_copy)
    told = run_keqi("audit", "verify", **settings)
    assert told.returncode == 1
    assert "KEQI_PREVIOUS_SECRETS" in told.stderr
    assert run_keqi("audit", "verify", KEQI_PREVIOUS_SECRETS=f'["{OLD}"]', **settings).returncode == 0


@pytest.mark.parametrize("arguments", [["--from", "0"], ["--from", "7"], ["--head", "3"], ["--head", "3:beef"]])
def test_misuse_exits_with_2(settings: dict[str, str], arguments: list[str]) -> None:
    told = run_keqi("audit", "verify", *arguments, **settings)
    assert (told.returncode, told.stdout) == (2, "")
    assert "Traceback" not in told.stderr


async def test_a_database_that_has_no_trail_is_told_what_to_do(databases: Databases) -> None:
    bare = databases.url(await databases.create("bare"))
    for url, remedy in ((bare, "keqi migrate"), ("postgresql:///keqi?host=/nowhere", "KEQI_DATABASE_URL")):
        told = run_keqi("audit", "verify", KEQI_DATABASE_URL=url, KEQI_SECRET=SECRET)
        assert (told.returncode, told.stdout) == (1, "")
        assert remedy in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("arguments", [[], ["verify"]])
def test_help_speaks_to_both_readers(arguments: list[str]) -> None:
    told = run_keqi("audit", *arguments, "--help")
    assert told.returncode == 0
    assert "核对" in told.stdout
    assert "whole" in told.stdout
