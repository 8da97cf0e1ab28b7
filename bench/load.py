"""The load client: a process of its own that keeps a few connections busy, and costs as little as it can.

Closed loop: each connection sends its next request when the last byte of the answer is there. The servers to be
compared are visited in turns, round after round (A B C A B C …), so that a machine that gets slower meanwhile
slows all of them. What may not be done here: look into an answer (that was done before the first round).

Run: ``python -m bench.load`` with an order as JSON on its standard input; the figures come as JSON on its output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import cast

import httptools
import uvloop
from pydantic import TypeAdapter

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Target:
    """One server and the requests, as they go over the wire, that are sent to it in turn."""

    name: str
    port: int
    requests: list[str]


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure: ``rounds`` visits of ``seconds`` to each target after a warm-up of ``warm_up_seconds``."""

    targets: list[Target]
    rounds: int
    seconds: float
    warm_up_seconds: float
    connections: int = CONNECTIONS


@dataclass(frozen=True, slots=True)
class Visit:
    """One round at one target: answers a second, and latencies in milliseconds."""

    per_second: float
    median_ms: float
    p99_ms: float


@dataclass(slots=True)
class Counter:
    """What the connections to one target have in common during a visit."""

    requests: list[bytes]
    until: float
    latencies: list[float] = field(default_factory=list[float])
    failure: str | None = None

    def open(self) -> bool:
        """Whether the visit goes on."""
        return self.failure is None and time.perf_counter() < self.until


class Connection(asyncio.Protocol):
    """One keep-alive connection that asks again as soon as it was answered."""

    def __init__(self, counter: Counter, offset: int, closed: asyncio.Future[None]) -> None:
        self._counter = counter
        self._requests = cycle(counter.requests[offset:] + counter.requests[:offset])
        self._closed = closed
        self._sent = 0.0
        self._transport: asyncio.WriteTransport
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Let the parser find the end of the answer."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Note the time and ask again, or leave when the visit is over."""
        counter = self._counter
        if self._parser.get_status_code() != 200:
            counter.failure = f"status {self._parser.get_status_code()}"
        counter.latencies.append(time.perf_counter() - self._sent)
        self._parser = httptools.HttpResponseParser(self)
        if counter.open():
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that the server closed early is a failure of the visit."""
        if self._counter.open():
            self._counter.failure = f"connection closed by the server: {exc}"
        if not self._closed.done():
            self._closed.set_result(None)

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))


async def visit(target: Target, seconds: float, connections: int) -> Visit:
    """Keep ``connections`` busy with one target for ``seconds``.

    Raises:
        RuntimeError: an answer other than 200, or a connection closed.
    """
    loop = asyncio.get_running_loop()
    requests = [request.encode("latin-1") for request in target.requests]
    started = time.perf_counter()
    counter = Counter(requests, started + seconds)
    closed = [loop.create_future() for _ in range(connections)]
    for place, future in enumerate(closed):
        offset = place * len(requests) // connections
        await loop.create_connection(lambda o=offset, f=future: Connection(counter, o, f), "127.0.0.1", target.port)
    await asyncio.gather(*closed)
    if counter.failure is not None:
        raise RuntimeError(f"{target.name}: {counter.failure}")
    took = time.perf_counter() - started
    times = sorted(counter.latencies)
    return Visit(
        per_second=len(times) / took,
        median_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
    )


async def carry_out(order: Order) -> dict[str, list[Visit]]:
    """Warm every target up, then visit them in turns."""
    for target in order.targets:
        await visit(target, order.warm_up_seconds, order.connections)
    visits: dict[str, list[Visit]] = {target.name: [] for target in order.targets}
    for number in range(order.rounds):
        # Every other round in the opposite order: nobody always follows the same neighbour.
        for target in order.targets if number % 2 == 0 else reversed(order.targets):
            visits[target.name].append(await visit(target, order.seconds, order.connections))
    return visits


def main() -> None:
    """Read the order, carry it out, write the figures."""
    visits = uvloop.run(carry_out(TypeAdapter(Order).validate_json(sys.stdin.read())))
    json.dump({name: [asdict(visit) for visit in of_target] for name, of_target in visits.items()}, sys.stdout)


if __name__ == "__main__":
    main()
