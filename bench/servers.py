"""Server processes under measurement: started on a free port, waited for, watched, stopped.

Every peer runs as one process with the same number of database connections. Only processes started here are ended.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

#: Database connections of each server.
POOL_SIZE = 8
PATIENCE_SECONDS = 90.0


class ServerFailed(RuntimeError):
    """A server under measurement did not start or went away."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def memory(self) -> psutil.Process:
        """The process, for its memory; a launcher that starts another process would be followed."""
        return psutil.Process(self.process.pid)


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(
    name: str, command: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Generator[Server]:
    """Run ``command``, which must listen on ``port``, until the block ends; its words go to ``log``.

    Raises:
        ServerFailed: it ended early or did not listen in time.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command), stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
        )
    try:
        _wait_until_listening(name, process, port, log)
        yield Server(name, port, process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_listening(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerFailed(f"{name} ended with {process.returncode}: {_tail(log)}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise ServerFailed(f"{name} does not listen on its port after {PATIENCE_SECONDS:.0f} s: {_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


class MemoryWatch:
    """The highest resident memory of a process while the block runs, sampled every 20 ms."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.before = self.highest = process.memory_info().rss

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def growth_mib(self) -> float:
        """How far it rose above where it stood before."""
        return (self.highest - self.before) / 2**20

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            with contextlib.suppress(psutil.NoSuchProcess):
                self.highest = max(self.highest, self._process.memory_info().rss)
