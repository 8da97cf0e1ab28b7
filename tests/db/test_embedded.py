"""The embedded server: starts, is joined, outlives a killed service, stops with its last user."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import asyncpg
import pytest

from db.embedded import EmbeddedServer, EmbeddedServerError
from db.embedded_cluster import LONGEST_SOCKET_PATH, Cluster, server_settings

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(asyncpg.__file__).parents[1])}
# Starts or joins the server, says so, and stays its user until its input ends.
USER = """
import sys
from pathlib import Path
from db.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def other_user(data_dir: Path, *before: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Another process that uses the server, and the URL it got; ``before`` is its interpreter."""
    process = subprocess.Popen(
        [*(before or [sys.executable]), "-c", USER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "pg" / "postmaster.pid").read_text().split()[0])


def is_running(data_dir: Path) -> bool:
    return (data_dir / "pg" / "postmaster.pid").exists()


def wait_for_watcher(data_dir: Path) -> None:
    """Wait for the watcher's lock, which it gives back when it has stopped the server."""
    subprocess.run(["flock", str(data_dir / "watch.lock"), "true"], check=True, timeout=60)


async def test_database_has_the_builtin_locale(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as url:
        row = await ask(
            url, "SELECT (datlocprovider, datlocale)::text FROM pg_database WHERE datname = current_database()"
        )
        assert row == "(b,C.UTF-8)"
        assert (
            await ask(url, "SELECT array_agg(x ORDER BY x)::text FROM unnest('{重,a,B,庆}'::text[]) x") == "{B,a,庆,重}"
        )
        assert await ask(url, "SHOW jit") == "off"
        assert await ask(url, "SHOW listen_addresses") == ""
    assert not is_running(data_dir)


async def test_data_is_there_after_a_restart(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as url:
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with EmbeddedServer(data_dir) as url:
        assert await ask(url, "SELECT answer FROM kept") == 42


async def test_second_user_joins_and_last_user_stops(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    url = server.start()
    with other_user(data_dir) as (_, other_url):
        assert other_url == url
        first = postmaster(data_dir)
        server.stop()
        assert postmaster(data_dir) == first
        assert await ask(other_url, "SELECT 1") == 1
    assert not is_running(data_dir)


async def test_killed_service_does_not_keep_the_server(data_dir: Path) -> None:
    with other_user(data_dir) as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    wait_for_watcher(data_dir)
    assert not is_running(data_dir)
    with EmbeddedServer(data_dir) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_killed_server_is_started_anew(data_dir: Path) -> None:
    with other_user(data_dir) as (process, url):
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postmaster(data_dir), signal.SIGKILL)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    with EmbeddedServer(data_dir) as url:
        assert await ask(url, "SELECT answer FROM kept") == 42


async def test_a_pid_file_whose_pid_belongs_to_another_process(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.start()
    pid_file = data_dir / "pg" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    owner = (data_dir / "pg").stat()
    with subprocess.Popen(  # noqa: ASYNC220
        ["cat"],
        stdin=subprocess.PIPE,
        user=owner.st_uid,
        group=owner.st_gid,
    ) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        with EmbeddedServer(data_dir) as url:
            assert await ask(url, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.communicate()


async def test_a_cluster_cut_off_while_being_made_is_made_again(data_dir: Path) -> None:
    (data_dir / "pg.new").mkdir(parents=True)
    (data_dir / "pg.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedServer(data_dir) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_long_path_gets_a_short_socket(data_dir: Path) -> None:
    deep = data_dir / ("科技型企业" * 8) / "a b'c"
    assert len(os.fsencode(deep)) > LONGEST_SOCKET_PATH
    with EmbeddedServer(deep) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_databases_on_the_side(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    with server as url:
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        copy = server.create_database("copy", template="keqi")
        assert await ask(copy, "SELECT answer FROM kept") == 42
        server.drop_database("copy")
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await ask(copy, "SELECT 1")
        with pytest.raises(EmbeddedServerError, match="小写字母"):
            server.create_database('x"; DROP DATABASE keqi; --')


def test_other_major_version_is_refused(data_dir: Path) -> None:
    with EmbeddedServer(data_dir):
        pass
    (data_dir / "pg" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL 17"):
        EmbeddedServer(data_dir).start()


def test_settings_fit_small_and_big_machines() -> None:
    assert server_settings(512 * 1024**2, 1)["shared_buffers"] == "128MB"
    assert server_settings(4 * 1024**3, 2)["shared_buffers"] == "1024MB"
    assert server_settings(256 * 1024**3, 64)["shared_buffers"] == "2048MB"
    assert server_settings(256 * 1024**3, 64)["synchronous_commit"] == "on"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
class TestAsPlainUser:
    """The same as a user who may not do anything special."""

    @pytest.fixture
    def plain(self) -> tuple[str, ...]:
        nobody = pwd.getpwnam("nobody")
        # Ours may stand in root's home.
        version = f"python3.{sys.version_info.minor}"
        python = next((p for p in (f"/usr/bin/{version}", f"/usr/local/bin/{version}") if Path(p).exists()), None)
        if python is None:
            pytest.skip("no interpreter that a plain user may run")
        return ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", python)

    @pytest.fixture
    def plain_dir(self) -> Generator[Path]:
        with tempfile.TemporaryDirectory(prefix="keqi-tests-") as folder:
            os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
            yield Path(folder) / "keqi"

    async def test_starts_and_root_joins(self, plain: tuple[str, ...], plain_dir: Path) -> None:
        with other_user(plain_dir, *plain) as (_, url):
            assert Cluster(plain_dir).pgdata.stat().st_uid == pwd.getpwnam("nobody").pw_uid
            with EmbeddedServer(plain_dir) as same:
                assert same == url
                assert await ask(same, "SELECT 1") == 1
        assert not is_running(plain_dir)

    async def test_is_refused_on_a_directory_of_root(self, plain: tuple[str, ...], data_dir: Path) -> None:
        with EmbeddedServer(data_dir):
            command = [*plain, "-c", USER, str(data_dir)]
            refused = subprocess.run(  # noqa: ASYNC221 (ourselves)
                command, cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=False
            )
        assert refused.returncode != 0
        assert "KEQI_DATA_DIR" in refused.stderr
