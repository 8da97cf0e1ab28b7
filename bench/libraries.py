"""The libraries: a page of members with its explanations, one firm's libraries, a whole library as a file.

keqi is asked over HTTP by one connection; beside it stands the best statement we could write by hand for the same rows
with the default parameters, reading the same narrow facts and leaving out what nobody asked. Members as a file stand
beside a plain list of as many enterprises with the same columns. What may not be done here: compare pages whose rows
differ.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg
import httpx

from bench import database
from bench.figures import Figure, Found, Row, Section
from bench.peers import commands
from bench.search import OFFICER, Asker

SIZES: Final = (10_000, 100_000)
QUICK: Final = (2_000, 10_000)
YEARS: Final = 5
ASKED: Final = 31
WARM_UP: Final = 8
FILES: Final = 5

#: Issue 5, Figures.
REACH_PAGE: Final = 2.0
REACH_FILE: Final = 0.7

EXPLAINED: Final = "uscc name year results { key state actual threshold }"
PAGE: Final = f"{{ library(key: HNTE_RESERVE) {{ members(first: 20) {{ nodes {{ {EXPLAINED} }} }} }} }}"
ONE: Final = (
    "query ($of: ID!) { enterprise(uscc: $of) { libraries(missingAtMost: 1) { library isMember failed"
    " results { key state actual threshold gap } } } }"
)
COLUMNS: Final = "uscc name unit { name } district { name } establishedOn industryCategory hiTechField"
MEMBERS: Final = f"{{ library(key: %s) {{ members {{ nodes {{ {COLUMNS} }} }} }} }}"
PLAIN: Final = f"{{ enterprises(first: %d) {{ nodes {{ {COLUMNS} }} }} }}"

HAND: Final = """
SELECT json_agg(row_to_json(x)) FROM (
    SELECT e.uscc, e.name, 2022 AS year, json_build_array(
        json_build_object('key', 'H1', 'state', 'PASS', 'actual', date '2022-12-31' - e.established_on,
            'threshold', 365),
        json_build_object('key', 'H2', 'state', 'PASS', 'actual', f.ip_total, 'threshold', 1),
        json_build_object('key', 'H3', 'state', 'PASS', 'actual', null, 'threshold', null),
        json_build_object('key', 'H4', 'state', 'PASS',
            'actual', round(f.sci_tech_staff::numeric / f.staff_total, 6), 'threshold', 0.10),
        json_build_object('key', 'H5', 'state', 'PASS', 'actual', round(f.rd_expense_sum / f.sales_revenue_sum, 6),
            'threshold', CASE WHEN f.sales_revenue <= 50000 THEN 0.05 WHEN f.sales_revenue <= 200000 THEN 0.04
                ELSE 0.03 END),
        json_build_object('key', 'H6', 'state', 'PASS', 'actual', round(f.high_tech_revenue / f.total_income, 6),
            'threshold', 0.60),
        json_build_object('key', 'H7', 'state', 'PASS', 'actual', f.pre_score, 'threshold', 70),
        json_build_object('key', 'HX1', 'state', 'PASS', 'actual', null, 'threshold', null),
        json_build_object('key', 'HX2', 'state', 'PASS', 'actual', null, 'threshold', null)) AS results
    FROM enterprise AS e
    CROSS JOIN LATERAL (SELECT * FROM library_fact AS f WHERE f.uscc = e.uscc AND f.year = 2022 OFFSET 0) AS f
    WHERE e.operating_status = 'ACTIVE' {scope}
        AND date '2022-12-31' - e.established_on >= 365 AND f.ip_total >= 1
        AND coalesce(f.hi_tech_field, e.hi_tech_field) IS NOT NULL
        AND f.sci_tech_staff >= 0.10 * f.staff_total AND f.staff_total > 0
        AND f.rd_expense_sum >= nullif(f.sales_revenue_sum, 0) * CASE WHEN f.sales_revenue <= 50000 THEN 0.05
            WHEN f.sales_revenue <= 200000 THEN 0.04 ELSE 0.03 END
        AND (f.rd_domestic_sum IS NULL OR f.rd_domestic_sum >= 0.6 * nullif(f.rd_expense_sum, 0))
        AND f.high_tech_revenue >= 0.6 * nullif(f.total_income, 0) AND f.pre_score > 70
        AND NOT f.accident_or_violation AND NOT f.is_hnte_at_end
    ORDER BY e.unit_code, e.name, e.uscc LIMIT 20) AS x
"""


def measure(server: database.EmbeddedServer, logs: Path, say: Callable[[str], None], *, quick: bool) -> Found:
    """Pages and files at every size."""
    figures: list[Figure] = []
    rows: list[Row] = []
    for size in QUICK if quick else SIZES:
        data = database.filled(server, size, say, YEARS)
        for who, words, scope in (("city", (), ""), ("unit", OFFICER, "AND e.unit_code = '500112'")):
            say(f"libraries, {who}, {size:,}")
            with commands.keqi(data.url, logs, *words, name=f"keqi-{size}") as keqi:
                page, hand, one = asyncio.run(_pages(Asker(keqi), data.url, scope))
                rows.append((f"{size:,}", who, f"{page:.1f}", f"{hand:.1f}", f"{page / hand:.2f}", f"{one:.1f}"))
                figures.append(Figure(f"Library page, {who}, {size:,}: against hand-written SQL", page / hand,
                                      at_most=REACH_PAGE))  # fmt: skip
                if not words:
                    figures += _files(keqi, f"{size:,}", say)
    head = ("enterprises", "who", "page ms", "by hand ms", "×", "one firm's libraries ms")
    note = "20 members of 高企后备库 with nine results each; by hand: without HTTP, parameters, saved values, scopes."
    return Found(figures, [Section("Libraries: first page with explanations", head, rows, note)])


async def _pages(asker: Asker, url: str, scope: str) -> tuple[float, float, float]:
    """Medians in milliseconds of the page, of the statement by hand, and of one firm's libraries, asked in turns."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    statement = HAND.format(scope=scope)
    took: tuple[list[float], ...] = ([], [], [])
    try:
        rows = asker.ask(PAGE, {})["library"]["members"]["nodes"]
        if [row["uscc"] for row in rows] != await _codes(connection, statement):
            raise ValueError("the pages differ")
        for round_ in range(-WARM_UP, ASKED):
            times = [
                _timed(lambda: asker.ask(PAGE, {})),
                await _timed_statement(connection, statement),
                _timed(lambda: asker.ask(ONE, {"of": rows[0]["uscc"]})),
            ]
            if round_ >= 0:
                for each, ms in zip(took, times, strict=True):
                    each.append(ms)
    finally:
        await connection.close()
    return median(took[0]), median(took[1]), median(took[2])


async def _codes(connection: Any, statement: str) -> list[str]:
    found = await connection.fetchval("SELECT array_agg(r ->> 'uscc') FROM json_array_elements($1) AS r",
                                      await connection.fetchval(statement))  # fmt: skip
    return found or []


def _timed(question: Callable[[], Any]) -> float:
    started = time.perf_counter()
    question()
    return (time.perf_counter() - started) * 1000


async def _timed_statement(connection: Any, statement: str) -> float:
    started = time.perf_counter()
    await connection.fetchval(statement)
    return (time.perf_counter() - started) * 1000


def _files(keqi: commands.Keqi, size: str, say: Callable[[str], None]) -> list[Figure]:
    """All members of a library as csv, in rows a second, against as many enterprises with the same columns."""
    found: list[Figure] = []
    address = f"http://127.0.0.1:{keqi.server.port}/graphql"
    with httpx.Client(headers={"Authorization": f"Bearer {keqi.token}", "Accept": "text/csv"}, timeout=300) as client:

        def rate(query: str) -> tuple[int, float]:
            best, rows = 0.0, 0
            for _ in range(FILES):
                started = time.perf_counter()
                answer = client.post(address, json={"query": query}).raise_for_status()
                rows = answer.content.count(b"\n") - 1
                best = max(best, rows / (time.perf_counter() - started))
            return rows, best

        for key in ("HNTE_RESERVE", "NATIONAL_SME_RESERVE"):
            members, of_members = rate(MEMBERS % key)
            _, of_plain = rate(PLAIN % members)
            say(f"{key}: {members:,} members, {of_members:,.0f} rows/s; plain {of_plain:,.0f} rows/s")
            title = f"{key}, {size}: {members:,} members as a file against as many plain rows"
            found.append(Figure(title, of_members / of_plain, at_least=REACH_FILE))
    return found
