"""A steady load: requests are due at even intervals, whether or not earlier ones were answered.

A request's time counts from when it was due, so a server that stalls is charged for all that waited meanwhile (a closed
loop would ask less while it waits, and see less). Run: ``python -m bench.steady`` with an order as JSON on its standard
input; the figures come as JSON on its output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import cast

import httptools
import uvloop
from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Load:
    """``per_second`` requests for ``seconds``, over at most ``connections``; those of the warm-up don't count."""

    port: int
    request: str
    per_second: float
    seconds: float
    warm_up_seconds: float
    connections: int = 32


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from due to answered."""

    answered: int
    median_ms: float
    p99_ms: float
    highest_ms: float


class Connection(asyncio.Protocol):
    """One keep-alive connection, free or waiting for one answer."""

    def __init__(self, load: Steady) -> None:
        self._load = load
        self._due = 0.0
        self._transport: asyncio.WriteTransport
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is due yet."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Let the parser find the end of the answer."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Note the time; take what is due meanwhile, or be free."""
        if self._parser.get_status_code() != 200:
            self._load.failed(f"status {self._parser.get_status_code()}")
        self._load.answered(self._due)
        self._parser = httptools.HttpResponseParser(self)
        self._load.freed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server closed it."""
        self._load.failed(f"connection closed: {exc}")

    def ask(self, due: float, request: bytes) -> None:
        """Send the request that is due since ``due``."""
        self._due = due
        self._transport.write(request)

    def close(self) -> None:
        """Leave."""
        self._transport.close()


class Steady:
    """One load on one server."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._request = load.request.encode("latin-1")
        self._free: deque[Connection] = deque()
        self._due: deque[float] = deque()
        self._counts_from = 0.0
        self._times: list[float] = []
        self._idle = asyncio.Event()
        """No request is under way."""
        self.failure: str | None = None

    async def run(self) -> Latencies:
        """Keep it up for as long as ordered.

        Raises:
            RuntimeError: an answer other than 200, or a connection closed.
        """
        loop, load = asyncio.get_running_loop(), self._load
        made = [
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", load.port)
            for _ in range(load.connections)
        ]
        connections = [protocol for _, protocol in made]
        self._free.extend(connections)
        started = time.perf_counter()
        self._counts_from = started + load.warm_up_seconds
        count = int(load.per_second * (load.seconds + load.warm_up_seconds))
        for number in range(count):
            due = started + number / load.per_second
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            if self.failure is not None:
                break
            self._due.append(due)
            if self._free:
                self.freed(self._free.popleft())
        if self.failure is None:
            await self._idle.wait()
        if self.failure is not None:
            raise RuntimeError(self.failure)
        for connection in connections:
            connection.close()
        times = sorted(self._times)
        return Latencies(
            len(times), times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000, times[-1] * 1000
        )

    def freed(self, connection: Connection) -> None:
        """A connection may ask again."""
        if self._due:
            self._idle.clear()
            connection.ask(self._due.popleft(), self._request)
            return
        self._free.append(connection)
        if len(self._free) == self._load.connections:
            self._idle.set()

    def failed(self, why: str) -> None:
        """Something went wrong: stop asking."""
        self.failure = self.failure or why
        self._idle.set()

    def answered(self, due: float) -> None:
        """A request was answered."""
        if due >= self._counts_from:
            self._times.append(time.perf_counter() - due)


def main() -> None:
    """Read the order, carry it out, write the figures."""
    load = TypeAdapter(Load).validate_json(sys.stdin.read())
    json.dump(asdict(uvloop.run(Steady(load).run())), sys.stdout)


if __name__ == "__main__":
    main()
