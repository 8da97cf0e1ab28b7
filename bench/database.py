"""The bench's databases: made once by the seed in a server of their own, and kept for the next run.

A database that has its final name is complete: it is seeded under another one first. What may not be
done here: change what a peer would find different from keqi, save the one thing said in ``_prepare``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import asyncpg

from bench.peers.commands import ROOT
from db.embedded import EmbeddedServer
from db.engine import connect
from db.migrate import upgrade
from db.rollups.fold import fold_all, log_rows
from db.rollups.rebuild import anew
from db.seed import seed

HOME = ROOT / ".keqi-bench"
YEARS = 5
SEED = 20
MANY_WAITING = 200_000
"""Changes that are counted anew sooner than folded."""


@dataclass(frozen=True, slots=True)
class Data:
    """A filled database."""

    url: str
    enterprises: int
    reports: int
    bytes: int


@contextlib.contextmanager
def bench_server() -> Generator[EmbeddedServer]:
    """The bench's own embedded server, under ``.keqi-bench``."""
    server = EmbeddedServer(HOME / "server")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def filled(server: EmbeddedServer, enterprises: int, say: Callable[[str], None], years: int = YEARS) -> Data:
    """The database of so many enterprises with their reports of these last years; made if it is not there."""
    return _filled(server, f"bench_{enterprises}x{years}", enterprises, None, say, years)


def filled_rows(server: EmbeddedServer, reports: int, say: Callable[[str], None]) -> Data:
    """A database of exactly so many reports, for exports; made if it is not there."""
    # An enterprise has 3.9 reports in five years, since not everyone is old enough or files every year.
    return _filled(server, f"bench_{reports}_reports", reports * 262 // 1000, reports, say)


def _filled(
    server: EmbeddedServer,
    name: str,
    enterprises: int,
    reports: int | None,
    say: Callable[[str], None],
    years: int = YEARS,
) -> Data:
    if not asyncio.run(_exists(server.url(), name)):
        say(f"filling {name}: {enterprises:,} enterprises × {years} years, once")
        making = f"{name}_making"
        server.drop_database(making)
        url = server.create_database(making)
        asyncio.run(upgrade(url))
        _seed(url, enterprises, years, say)
        asyncio.run(_prepare(url, reports))
        asyncio.run(_execute(server.url(), f'alter database "{making}" rename to "{name}"'))
    asyncio.run(upgrade(server.url(name)))  # one that was filled by an earlier version
    asyncio.run(_fold(server.url(name)))
    return asyncio.run(_described(server.url(name)))


def _seed(url: str, enterprises: int, years: int, say: Callable[[str], None]) -> None:
    stages: set[str] = set()

    def tell(stage: str, done: int, total: int) -> None:
        del done, total
        if stage not in stages:
            stages.add(stage)
            say(f"  {stage}")

    asyncio.run(seed(url, enterprises=enterprises, years=years, seed=SEED, progress=tell))


async def _prepare(url: str, reports: int | None) -> None:
    """Take drafts out and reports beyond the number wanted, then vacuum.

    Nobody but their writer sees drafts, and PostGraphile has no rule to hide them.

    Raises:
        RuntimeError: there are fewer reports than wanted.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("delete from annual_report where status = 'DRAFT'")
        there: int = await connection.fetchval("select count(*) from annual_report")
        if reports is not None:
            if there < reports:
                raise RuntimeError(f"the seed made {there} reports, fewer than the {reports} of the export bench")
            await connection.execute(
                """delete from annual_report as r using (
                       select uscc, year from annual_report order by uscc desc, year desc limit $1) as surplus
                   where (r.uscc, r.year) = (surplus.uscc, surplus.year)""",
                there - reports,
            )
        await connection.execute("vacuum (freeze, analyze)")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def _fold(url: str) -> None:
    """Fold what waits for the roll-ups, so that no service does it while it is measured."""
    connection = await connect(url)
    try:
        if await log_rows(connection, MANY_WAITING) == MANY_WAITING:
            async with connection.transaction():
                await anew(connection)
        else:
            await fold_all(connection)
        await connection.execute("vacuum (analyze) touched")
    finally:
        await connection.close()


async def _described(url: str) -> Data:
    connection = await asyncpg.connect(url)
    try:
        enterprises: int = await connection.fetchval("select count(*) from enterprise")
        reports: int = await connection.fetchval("select count(*) from annual_report")
        size: int = await connection.fetchval("select pg_database_size(current_database())")
    finally:
        await connection.close()
    return Data(url, enterprises, reports, size)


async def codes(url: str, count: int) -> list[str]:
    """So many credit codes from all over the table, always the same."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("select uscc from enterprise order by md5(uscc) limit $1", count)
    finally:
        await connection.close()
    return [row["uscc"] for row in rows]


async def _exists(url: str, name: str) -> bool:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        return await connection.fetchval("select exists (select from pg_database where datname = $1)", name)
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
