"""A headless Chromium for tests, driven over its own pipe: no driver, no further package."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
# Chromium's pipe is on 3 and 4, whatever numbers ours have.
ON_3_AND_4 = """
import fcntl, os, sys
ours = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for theirs, number in zip(ours, (3, 4)):
    os.dup2(theirs, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE_MILLISECONDS = 60_000
NAMES = ("chromium", "chromium-browser", "google-chrome")


def installed() -> str | None:
    """Where a browser is, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One page of one browser. ``events`` are all that it reported, in order."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out = os.fdopen(to_browser, "wb", buffering=0)
        self._in = os.fdopen(from_browser, "rb")
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._buffer = b""
        self.events: list[dict[str, Any]] = []

    def open(self) -> None:
        """Open an empty page and listen to all that it does."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask the browser; its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session is not None and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != number:
            self.events.append(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event, past or to come, that ``is_it``."""
        for event in self.events:
            if is_it(event):
                return event
        while True:
            event = self._read()
            self.events.append(event)
            if is_it(event):
                return event

    def run(self, script: str) -> Any:
        """Run a script in the page; its value, waited for if it is a promise."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until a condition in JavaScript holds in the page."""
        look = (
            f"const end = Date.now() + {PATIENCE_MILLISECONDS}; const look = () => ({condition}) ? done(true)"
            " : Date.now() > end ? done(false) : setTimeout(look, 20); look();"
        )
        assert self.run(f"new Promise((done) => {{ {look} }})"), f"never: {condition}"

    def close(self) -> None:
        """Close the pipe, which ends the browser."""
        self._out.close()
        self._in.close()

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._in.fileno(), 1 << 16)
            assert part, "the browser ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


@contextmanager
def browser(path: str) -> Generator[Browser]:
    """A fresh browser with an empty profile."""
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    with tempfile.TemporaryDirectory(prefix="keqi-browser-", ignore_cleanup_errors=True) as profile:
        command = [sys.executable, "-c", ON_3_AND_4, str(their_in), str(their_out), path]
        process = subprocess.Popen(
            [*command, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(their_in, their_out),
            env={**os.environ, "HOME": profile, "XDG_CONFIG_HOME": profile},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(profile),
        )
        os.close(their_in)
        os.close(their_out)
        page = Browser(our_out, our_in)
        try:
            page.open()
            yield page
        finally:
            page.close()
            process.kill()
            process.wait()
