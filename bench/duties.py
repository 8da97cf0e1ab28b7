"""What authorisation and audit cost: the same pages with them and without, and pages while an export runs.

What may not be done here: compare answers of different shapes. Without rules the same query answers as many rows of the
same fields, of other enterprises and unmasked.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter

from bench import cases, exported
from bench.database import Data
from bench.download import Ask, download
from bench.load import Order, Target, Visit
from bench.pages import Pace
from bench.peers import commands
from bench.steady import Latencies, Load
from service.inside import XLSX

_VISITS = TypeAdapter(dict[str, list[Visit]])
_LATENCIES = TypeAdapter(Latencies)

CONTACT = "researchContactMobile"
DISTRICT = "500112"
#: Enough to keep both cores busy while some wait for the disk: it is throughput that is compared.
CONNECTIONS = 64
STEADY_SECONDS = 8.0
STEADY_ROUNDS = 3
SHARE_OF_PEAK = 0.5

#: At most so many per cent slower (issue 4, Figures).
REACH_RULES_PERCENT = 10.0
REACH_AUDIT_PERCENT = 5.0
#: At most so many times the 99th percentile without an export beside.
REACH_P99_TIMES = 2.0


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty in one case: requests a second with it and without; ``reach`` in per cent slower, None: informative."""

    title: str
    with_it: float
    without: float
    reach: float | None

    @property
    def slower_percent(self) -> float:
        """How much slower with it."""
        return (1 - self.with_it / self.without) * 100


@dataclass(frozen=True, slots=True)
class Beside:
    """Pages at an even rate, alone and while exports of ``rows`` run one after the other."""

    rows: int
    per_second: float
    alone: Latencies
    beside: Latencies
    exports_done: int

    @property
    def times(self) -> float:
        """How many times the 99th percentile."""
        return self.beside.p99_ms / self.alone.p99_ms


@dataclass(frozen=True, slots=True)
class _Case:
    title: str
    size: int
    contact: bool
    token: tuple[str, ...]
    without: str
    reach: float | None


_OFFICER = ("--role", "DISTRICT_OFFICER", "--district", DISTRICT)
_BUREAU = ("--role", "MUNICIPAL_OFFICER")
_CASES = (
    _Case("rules, page of 100, district officer (own rows)", 100, False, _OFFICER, "rules", REACH_RULES_PERCENT),
    _Case("rules, page of 100, bureau (masked contact)", 100, True, _BUREAU, "rules", REACH_RULES_PERCENT),
    _Case("audit, page of 20 with a contact, district officer", 20, True, _OFFICER, "audit", REACH_AUDIT_PERCENT),
)


def measure(data: Data, logs: Path, pace: Pace, say: Callable[[str], None]) -> list[Duty]:
    """Every case: keqi as it is, and without the duty, visited in turns."""
    found: list[Duty] = []
    for case in _CASES:
        say(case.title)
        with _pair(data, case, logs) as targets:
            visits = _visited(targets, pace, CONNECTIONS)
        rates = {name: median(visit.per_second for visit in of_target) for name, of_target in visits.items()}
        found.append(Duty(case.title, rates["with"], rates["without"], case.reach))
    return found


@contextlib.contextmanager
def _pair(data: Data, case: _Case, logs: Path) -> Generator[list[Target]]:
    without = (sys.executable, "-m", "bench.peers.keqi_without", case.without)
    with (
        commands.keqi(data.url, logs, *case.token) as one,
        commands.keqi(data.url, logs, *case.token, program=without, name=f"without-{case.without}") as other,
    ):
        yield [
            _target("with", one, case.size, contact=case.contact),
            _target("without", other, case.size, contact=case.contact),
        ]


def _target(name: str, keqi: commands.Keqi, size: int, *, contact: bool) -> Target:
    return Target(name, keqi.server.port, [_request(keqi, size, contact=contact)])


def _request(keqi: commands.Keqi, size: int, *, contact: bool) -> str:
    query = cases.GRAPHQL["page"]
    if contact:
        query = query.replace("{ nodes { ", f"{{ nodes {{ {CONTACT} ", 1)
    headers = [f"Authorization: Bearer {keqi.token}"]
    return cases.graphql_request(query, {"first": size}, headers).decode("latin-1")


def _visited(targets: list[Target], pace: Pace, connections: int) -> dict[str, list[Visit]]:
    order = Order(targets, pace.rounds, pace.seconds, pace.warm_up_seconds, connections)
    return _VISITS.validate_json(_client("bench.load", asdict(order)))


def _client(module: str, order: dict[str, object]) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", module], input=json.dumps(order).encode(), capture_output=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def beside_export(data: Data, logs: Path, pace: Pace, say: Callable[[str], None]) -> Beside:
    """The page of 20 at half of its peak rate, alone and beside an export, in turns."""
    with commands.keqi(data.url, logs) as keqi:
        say(f"page of 20 beside an export of {data.reports:,} rows: finding the peak")
        target = _target("with", keqi, 20, contact=False)
        peak = median(visit.per_second for visit in _visited([target], pace, CONNECTIONS)["with"])
        load = Load(keqi.server.port, target.requests[0], peak * SHARE_OF_PEAK, STEADY_SECONDS, 1.0)
        alone: list[Latencies] = []
        beside: list[Latencies] = []
        exports = 0
        for _ in range(STEADY_ROUNDS):
            alone.append(_steady(load))
            with _exporting(keqi) as done:
                beside.append(_steady(load))
            exports += len(done)
    return Beside(data.reports, load.per_second, _middle(alone), _middle(beside), exports)


def _steady(load: Load) -> Latencies:
    return _LATENCIES.validate_json(_client("bench.steady", asdict(load)))


def _middle(found: list[Latencies]) -> Latencies:
    return sorted(found, key=lambda each: each.p99_ms)[len(found) // 2]


@contextlib.contextmanager
def _exporting(keqi: commands.Keqi) -> Generator[list[float]]:
    """Export after export while the block runs; gives the seconds of each that was finished."""
    body = json.dumps({"query": exported.QUERY}).encode()
    headers = {"Accept": XLSX, "Content-Type": "application/json", "Authorization": f"Bearer {keqi.token}"}
    ask = Ask(keqi.server.port, "POST", "/graphql", body, headers)
    over, done = threading.Event(), list[float]()

    def export() -> None:
        while not over.is_set():
            done.append(download(ask, keqi.server.memory).seconds)

    exporting = threading.Thread(target=export)
    exporting.start()
    try:
        yield done
    finally:
        over.set()
        exporting.join()
