"""Pages: keqi beside the limit, plain Strawberry and PostGraphile, in requests a second.

Each answer is compared with keqi's before the first round. What may not be done here: time a peer
whose answer differs.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter

from bench import cases
from bench.cases import Case, Json
from bench.load import Order, Target, Visit
from bench.peers import commands

_VISITS = TypeAdapter(dict[str, list[Visit]])

#: Enterprises that are asked for in turn where one is asked for.
CODES = 997

#: At least so many times the peer's requests a second, by case and peer (issue 3, Bench 1).
REACH: dict[str, dict[str, float]] = {
    "one enterprise by USCC": {"handwritten": 0.8},
    "page of 20 with unit and reports": {"handwritten": 0.85, "postgraphile": 1.6, "plain_strawberry": 10},
    "page of 100 with unit and reports": {"handwritten": 0.9, "postgraphile": 2.2, "plain_strawberry": 18},
    "1,000 enterprises flat": {},
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server and how it is asked."""

    name: str
    port: int
    request: Callable[[Case, str], bytes]


@dataclass(frozen=True, slots=True)
class Rate:
    """What one peer did in one case: medians over the rounds."""

    peer: str
    per_second: float
    median_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class PageResult:
    """One case: every peer's rate, keqi's first."""

    title: str
    bytes: int
    rates: list[Rate]

    def ratio(self, peer: str) -> float | None:
        """How many times the peer's rate keqi reaches."""
        rates = {rate.peer: rate.per_second for rate in self.rates}
        return rates["keqi"] / rates[peer] if peer in rates and "keqi" in rates else None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to measure."""

    rounds: int
    seconds: float
    warm_up_seconds: float


CAREFUL = Pace(rounds=7, seconds=3.0, warm_up_seconds=3.0)
QUICK = Pace(rounds=3, seconds=0.7, warm_up_seconds=0.7)


@contextlib.contextmanager
def peers(url: str, logs: Path, say: Callable[[str], None]) -> Generator[list[Peer]]:
    """All peers on one database; one that can't be had here is left out, loudly."""
    with contextlib.ExitStack() as stack:
        keqi = stack.enter_context(commands.keqi(url, logs))
        token = keqi.token
        running = [Peer("keqi", keqi.server.port, lambda case, uscc: cases.keqi_request(case, uscc, token))]
        handwritten = stack.enter_context(commands.python_peer("handwritten", url, logs))
        running.append(Peer("handwritten", handwritten.port, cases.handwritten_request))
        plain = stack.enter_context(commands.python_peer("plain_strawberry", url, logs))
        running.append(Peer("plain_strawberry", plain.port, cases.strawberry_request))
        try:
            postgraphile = stack.enter_context(commands.postgraphile(url, logs))
        except commands.PeerMissing as missing:
            say(f"without PostGraphile: {missing}")
        else:
            running.append(Peer("postgraphile", postgraphile.port, cases.postgraphile_request))
        yield running


def measure(url: str, codes: list[str], logs: Path, pace: Pace, say: Callable[[str], None]) -> list[PageResult]:
    """Every case in turn, after its answers were found equal."""
    results: list[PageResult] = []
    with peers(url, logs, say) as running:
        for case in cases.CASES:
            size = check_equal(running, case, codes)
            say(f"{case.title}: equal content, {size:,} bytes; measuring")
            results.append(_measure(running, case, codes, size, pace))
    return results


def _measure(running: list[Peer], case: Case, codes: list[str], size: int, pace: Pace) -> PageResult:
    asked = codes if case.kind == "one" else codes[:1]
    targets = [
        Target(peer.name, peer.port, [peer.request(case, code).decode("latin-1") for code in asked]) for peer in running
    ]
    order = Order(targets, pace.rounds, pace.seconds, pace.warm_up_seconds)
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(asdict(order)).encode(), capture_output=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"the load client failed: {done.stderr.decode(errors='replace')[-2000:]}")
    visits = _VISITS.validate_json(done.stdout)
    return PageResult(case.title, size, [_rate(peer.name, visits[peer.name]) for peer in running])


def _rate(name: str, visits: list[Visit]) -> Rate:
    return Rate(
        name,
        median(visit.per_second for visit in visits),
        median(visit.median_ms for visit in visits),
        median(visit.p99_ms for visit in visits),
    )


def check_equal(running: list[Peer], case: Case, codes: list[str]) -> int:
    """Compare each peer's answer with the first one's; answer the size of the first one's body.

    Raises:
        ValueError: a peer answers something else.
    """
    size = 0
    for code in codes[::100] if case.kind == "one" else codes[:1]:
        expected: Json = None
        for peer in running:
            body = _fetch(peer, case, code)
            answer = cases.as_keqi_says(json.loads(body))
            if expected is None:
                expected, size = answer, len(body)
            elif (difference := cases.first_difference(expected, answer)) is not None:
                raise ValueError(f"{case.title}: {peer.name} answers otherwise than {running[0].name}: {difference}")
    return size


def _fetch(peer: Peer, case: Case, code: str) -> bytes:
    """One answer, asked with the very bytes that the load client sends."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=60)
    try:
        connection.connect()
        connection.sock.sendall(peer.request(case, code))
        response = http.client.HTTPResponse(connection.sock)
        response.begin()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ValueError(f"{peer.name} answers {response.status}: {body[:1000].decode(errors='replace')}")
    return body
