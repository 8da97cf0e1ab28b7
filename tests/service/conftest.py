"""A running service for tests: real processes, real HTTP, the seeded database."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from authz.principal import Principal, Role
from service.keys import KeyRing
from service.tokens import TokenAuthority

SECRET = "a secret of the tests, and of nobody else 0123456789"
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


@dataclass
class Running:
    """One process of the service and what it wrote to standard error."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])
    url: str = ""
    _reader: threading.Thread | None = None

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line from here on that matches; fails when the process ends before."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        pytest.fail(f"ended with {self.process.wait()} before {pattern!r}:\n{''.join(self.lines)}")

    def read_on(self) -> None:
        """Go on reading in the background, so that the process never waits for us."""
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _drain(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def ended(self) -> int:
        """Wait for the end; answer the exit code."""
        code = self.process.wait(PATIENCE_SECONDS)
        if self._reader is not None:
            self._reader.join(PATIENCE_SECONDS)
        return code

    def stop(self) -> int:
        """Stop it as an operator would; answer the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.ended()

    @property
    def log(self) -> str:
        """All that was logged so far."""
        return "".join(self.lines)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])


def environment(**settings: str) -> dict[str, str]:
    """This environment with none of its own ``KEQI_`` settings, but those given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KEQI_")}
    return {**inherited, "PYTHONUTF8": "1", **settings}


@contextmanager
def running(*arguments: str, **settings: str) -> Generator[Running]:
    """``keqi`` with a service inside, ready; stopped at the end if it still runs."""
    command = [sys.executable, "-m", "service.cli", *arguments, "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    service = Running(process)
    try:
        service.url = service.wait_for(r"(http://[\d.]+:\d+)")[1] if "demo" not in arguments else ""
        service.wait_for("service ready")
        service.read_on()
        yield service
    finally:
        service.stop()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def run_keqi(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """A ``keqi`` command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        cwd=ROOT,
        env={**environment(**settings), "COLUMNS": "200"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 3,
        check=False,
    )


def token_for(role: Role, *units: str, subject: str = "tests", **scope: str) -> str:
    """A bearer token of the test service."""
    return TokenAuthority(KeyRing.of_secret(SECRET.encode())).issue(
        Principal(role, subject=subject, units=units, **scope), 3600
    )


def as_(role: Role, *units: str, **scope: str) -> dict[str, str]:
    """The header of a request in a role."""
    return {"Authorization": f"Bearer {token_for(role, *units, **scope)}"}


def is_refused(port: int) -> bool:
    """Whether nobody listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it was closed while we waited to be taken
        return False
    return False


@pytest.fixture(scope="session")
def served(seeded_url: str) -> Generator[Running]:
    """The service on the shared seeded database, with JSON logs."""
    with running("serve", KEQI_DATABASE_URL=seeded_url, KEQI_SECRET=SECRET, KEQI_LOG_FORMAT="json") as service:
        yield service


@pytest.fixture(scope="session")
def service(served: Running) -> str:
    """Its base URL."""
    return served.url


@pytest.fixture(scope="session")
def http(service: str) -> Generator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=service, timeout=PATIENCE_SECONDS) as client:
        yield client
