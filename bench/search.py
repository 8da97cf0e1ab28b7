"""Search by kind of term at three sizes, pages deep in a list, and neighbours: what one officer waits for.

keqi is asked over HTTP by one connection, question by question; medians. Beside it stands PostgreSQL alone, reading the
whole table with ``ILIKE`` for the same page. What may not be done here: compare pages whose rows differ.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg

from bench import database
from bench.figures import Figure, Found, Row, Section
from bench.peers import commands

SIZES: Final = (10_000, 100_000, 1_000_000)
QUICK: Final = (2_000, 10_000)
PAGE: Final = 20
ASKED: Final = 31
#: PostgreSQL plans a prepared statement anew until it has been asked five times.
WARM_UP: Final = 6
DEEP: Final = 500_000
STEP: Final = 1_000
OFFICER: Final = ("--role", "DISTRICT_OFFICER", "--district", "500112")

#: Issue 5, Figures.
REACH_GROWTH: Final = 3.0
REACH_ILIKE: Final = 20.0
REACH_DEEP: Final = 1.2

SHARES: Final = {"5,000": 0.0002, "1,000": 0.001, "300": 0.0033, "100": 0.01, "10": 0.1, "3": 0.35}
#: From here on a pass over the table is what nobody waits for.
JUDGED: Final = 1_000_000
SEARCH: Final = (
    "query ($s: String) { enterprises(filter: {search: $s}, first: 20) {"
    " nodes { uscc name } pageInfo { hasNextPage } } }"
)
ILIKE: Final = """
SELECT uscc, name FROM enterprise WHERE search_text ILIKE '%' || $1 || '%' ORDER BY unit_code, name, uscc LIMIT 20
"""
LISTS: Final = {"enterprises": "uscc name", "annualReports": "uscc year status"}
NEIGHBORS: Final = "query ($of: ID!, $in: ListContext!) { neighbors(of: $of, in: $in) { %s } }"


@dataclass(frozen=True, slots=True)
class Waited:
    """What one question took at one size, in milliseconds, and what the pass over the table took."""

    enterprises: int
    who: str
    kind: str
    term: str
    rows: int
    ms: float
    ilike_ms: float | None


class Asker:
    """One officer at one service, on one connection."""

    def __init__(self, keqi: commands.Keqi) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", keqi.server.port, timeout=120)
        self._headers = {"Authorization": f"Bearer {keqi.token}", "Content-Type": "application/json"}

    def ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        """The data of an answer.

        Raises:
            ValueError: the answer has errors.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        self._connection.request("POST", "/graphql", body, self._headers)
        answer = json.loads(self._connection.getresponse().read())
        if "errors" in answer:
            raise ValueError(str(answer["errors"])[:1000])
        return answer["data"]


Question = tuple[Asker, str, Mapping[str, Any]]


def in_turn(questions: list[Question], times: int = ASKED) -> list[float]:
    """The median milliseconds of each question, asked in turns: a machine that gets slower slows all of them."""
    took: list[list[float]] = [[] for _ in questions]
    for round_ in range(-WARM_UP, times):
        for place, (asker, query, variables) in enumerate(questions):
            started = time.perf_counter()
            asker.ask(query, variables)
            if round_ >= 0:
                took[place].append((time.perf_counter() - started) * 1000)
    return [median(each) for each in took]


def measure(server: database.EmbeddedServer, logs: Path, say: Callable[[str], None], *, quick: bool) -> Found:
    """Every kind of term at every size; pages deep in lists and neighbours at the largest."""
    sizes = QUICK if quick else SIZES
    datas = [database.filled(server, size, say) for size in sizes]
    terms = asyncio.run(_terms(datas[-1].url))
    waited: list[Waited] = []
    for who, words in (("city", ()), ("unit", OFFICER)):
        say(f"search, {who}")
        with contextlib.ExitStack() as stack:
            askers = [
                Asker(stack.enter_context(commands.keqi(data.url, logs, *words, name=f"keqi-{data.enterprises}")))
                for data in datas
            ]
            waited += [each for kind, term in terms.items() for each in _searched(askers, datas, who, kind, term)]
    with commands.keqi(datas[-1].url, logs) as keqi:
        say("pages deep in lists, neighbours")
        asker = Asker(keqi)
        deep = [_deep(asker, root, min(DEEP, datas[-1].enterprises // 2)) for root in LISTS]
        beside = _neighbours(asker, datas[-1].url)
    return Found(
        [*_search_figures(waited), *(figure for _, figure in deep)],
        [
            _search_table(waited),
            Section("Pages deep in a list", ("list", "first page ms", "deep ms"), [row for row, _ in deep]),
            beside,
        ],
    )


async def _terms(url: str) -> dict[str, str]:
    """A pair of Chinese characters for each share of the names; one that is in every name, and one that is in none."""
    connection = await asyncpg.connect(url)
    try:
        pairs = await connection.fetch(
            """select gram, count(*) / (select count(*)::float from enterprise) as share
               from enterprise, unnest(keqi_grams(search_text)) as gram
               where gram ~ '^[一-鿿]{2}$' group by 1"""
        )
    finally:
        await connection.close()
    found = {
        f"one name in {kind}": min(pairs, key=lambda pair: (abs(pair["share"] - share), pair["gram"]))["gram"]
        for kind, share in SHARES.items()
    }
    return {**found, "every name": "有限", "no name": "龘龘"}


def _searched(askers: list[Asker], datas: list[database.Data], who: str, kind: str, term: str) -> list[Waited]:
    """One term at every size, in turns."""
    took = in_turn([(asker, SEARCH, {"s": term}) for asker in askers])
    found: list[Waited] = []
    for asker, data, ms in zip(askers, datas, took, strict=True):
        rows = [(row["uscc"], row["name"]) for row in asker.ask(SEARCH, {"s": term})["enterprises"]["nodes"]]
        ilike = None
        if who == "city":
            expected, ilike = asyncio.run(_passed_over(data.url, term))
            if rows != expected:
                raise ValueError(f"{term}: keqi's page is not that of a pass over the table")
        found.append(Waited(data.enterprises, who, kind, term, len(rows), ms, ilike))
    return found


async def _passed_over(url: str, term: str) -> tuple[list[tuple[str, str]], float]:
    """The page as a pass over the table finds it, and its median milliseconds."""
    connection = await asyncpg.connect(url, server_settings={"enable_indexscan": "off", "enable_bitmapscan": "off"})
    try:
        await connection.execute("SET enable_indexonlyscan = off; SET jit = off")
        rows: list[Any] = []
        took: list[float] = []
        for _ in range(5):
            started = time.perf_counter()
            rows = await connection.fetch(ILIKE, term)
            took.append((time.perf_counter() - started) * 1000)
    finally:
        await connection.close()
    return [(row["uscc"], row["name"]) for row in rows], median(took)


def _deep(asker: Asker, root: str, row: int) -> tuple[Row, Figure]:
    """The first page beside the one after ``row`` rows, in the list's own order."""
    page = f"nodes {{ {LISTS[root]} }} pageInfo {{ hasNextPage endCursor }}"
    query = f"query ($n: Int, $a: String) {{ {root}(first: $n, after: $a) {{ {page} }} }}"
    after, done = None, 0
    while done < row:
        info = asker.ask(query, {"n": min(STEP, row - done), "a": after})[root]["pageInfo"]
        if not info["hasNextPage"]:
            break
        after, done = info["endCursor"], done + min(STEP, row - done)
    first, deep = in_turn([(asker, query, {"n": PAGE, "a": None}), (asker, query, {"n": PAGE, "a": after})])
    figure = Figure(f"{root}: page after row {done:,} ÷ first page", deep / first, at_most=REACH_DEEP)
    return (root, f"{first:.2f}", f"{deep:.2f}"), figure


def _neighbours(asker: Asker, url: str) -> Section:
    """Neighbours of a record in the middle of a list, and with its place and the list's length."""
    cases = asyncio.run(_records(url))
    rows: list[Row] = []
    for root, of in cases.items():
        variables: dict[str, Any] = {"of": of, "in": {root: {}}}
        (bare,) = in_turn([(asker, NEIGHBORS % "previousId nextId", variables)])
        (counted,) = in_turn([(asker, NEIGHBORS % "previousId nextId position total", variables)], times=7)
        rows.append((root, f"{bare:.2f}", f"{counted:.2f}"))
    return Section("Neighbours of a record", ("list", "previous and next ms", "with position and total ms"), rows)


async def _records(url: str) -> dict[str, str]:
    """A record of each list, the same each time."""
    connection = await asyncpg.connect(url)
    try:
        code: str = await connection.fetchval("select uscc from enterprise order by md5(uscc) limit 1")
        report: str = await connection.fetchval(
            "select concat_ws('/', uscc, year) from annual_report order by md5(uscc), year limit 1"
        )
    finally:
        await connection.close()
    return {"enterprises": code, "annualReports": report}


def _search_figures(waited: list[Waited]) -> list[Figure]:
    sizes = sorted({each.enterprises for each in waited})
    at = {(each.enterprises, each.who, each.kind): each for each in waited}
    found: list[Figure] = []
    for who, kind in dict.fromkeys((each.who, each.kind) for each in waited):
        small, large = at[sizes[0], who, kind], at[sizes[-1], who, kind]
        title = f"search ({who}), a term in {kind}: {sizes[-1]:,} ÷ {sizes[0]:,} enterprises"
        found.append(Figure(title, large.ms / small.ms, at_most=REACH_GROWTH))
        if large.ilike_ms is not None:
            title = f"search ({who}), a term in {kind}, {sizes[-1]:,} enterprises: sequential ILIKE ÷ keqi"
            found.append(
                Figure(title, large.ilike_ms / large.ms, at_least=REACH_ILIKE if large.enterprises >= JUDGED else None)
            )
    return found


def _search_table(waited: list[Waited]) -> Section:
    rows = [
        (
            f"{each.enterprises:,}",
            each.who,
            f"{each.kind} ({each.term})",
            str(each.rows),
            f"{each.ms:.2f}",
            "" if each.ilike_ms is None else f"{each.ilike_ms:.1f}",
        )
        for each in waited
    ]
    head = ("enterprises", "who", "term in", "rows", "keqi ms", "sequential ILIKE ms")
    note = "One connection, question by question, over HTTP; ILIKE is PostgreSQL alone, without HTTP, roles or JSON."
    return Section("First page of 20 of a search", head, rows, note)
