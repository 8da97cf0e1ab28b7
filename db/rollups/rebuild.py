"""Counting all anew: after a load that told nobody, and to be sure.

``anew`` is for a loader's own transaction: quick, and readers wait for it to commit. ``rebuild`` and ``check`` run
beside a working service; they go through the enterprises in batches and then through the cubes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from db.engine import Connection
from db.rollups.facts import KEPT, summed
from db.rollups.fold import FOR_MANY, all_gifts, fold_these, turn
from db.tables.rollups import cube_report, cube_tally

BATCH = 20_000
"""Enterprises that are compared at a time; a step of the progress told."""

#: Told how many enterprises are done, and of how many.
Progress = Callable[[int, int], None]

_TABLES = ", ".join(["touched", cube_tally.name, cube_report.name, *(fact.name for fact in KEPT)])

# Whoever has a row that is counted or a fact of one; a fact may be left of an enterprise that is not there any more.
_EVERYBODY = " UNION ".join(f"SELECT uscc FROM {table}" for table in ("enterprise", *(fact.name for fact in KEPT)))

_NEXT = " UNION ".join(
    f"(SELECT uscc FROM {table} WHERE uscc > $1 GROUP BY uscc ORDER BY uscc LIMIT $2)"
    for table in ("enterprise", *(fact.name for fact in KEPT))
)


@dataclass(slots=True)
class Differences:
    """What a recount found otherwise than it was kept, though nobody had said that it changed."""

    enterprises: list[str] = field(default_factory=list[str])
    """Enterprises whose stored facts are not what their rows say."""
    sums: dict[str, int] = field(default_factory=dict[str, int])
    """By cube: keys whose sum is not that of the facts."""

    def __bool__(self) -> bool:
        return bool(self.enterprises) or any(self.sums.values())


async def anew(connection: Connection) -> None:
    """Throw all facts and sums away and count again, in the caller's transaction.

    For loads that silence triggers. Frozen months are not touched. Readers of statistics wait until the caller
    commits; beside a running service, ``rebuild`` is the one to use.
    """
    await connection.execute(FOR_MANY)
    await connection.execute(f"TRUNCATE {_TABLES}")
    for fact in KEPT:
        await connection.execute(f"INSERT INTO {fact.name} ({fact.columns}) SELECT {fact.columns} FROM {fact.name}_now")
        await connection.execute(f"ANALYZE {fact.name}")
    for cube, gifts in all_gifts():
        await connection.execute(f"INSERT INTO {cube.name} {summed(cube, gifts)}")
        await connection.execute(f"ANALYZE {cube.name}")
    await connection.execute("ANALYZE touched")


async def rebuild(connection: Connection, progress: Progress, batch: int = BATCH) -> Differences:
    """Count everything anew and put right what differs; readers, writers and other folders go on meanwhile.

    Answers what was wrong. What was changed and not folded yet is folded, and is not wrong.
    """
    found = Differences()
    total = await _everybody(connection)
    done, last = 0, ""
    while True:
        async with turn(connection, wait=True):
            codes = await _codes_after(connection, last, batch)
            if not codes:
                break
            differing = await _differing(connection, codes)
            if differing:
                found.enterprises += await _untouched(connection, differing)
                await fold_these(connection, differing)
        done, last = done + len(codes), codes[-1]
        progress(min(done, total), total)
    async with turn(connection, wait=True):
        for cube, gifts in all_gifts():
            found.sums[cube.name] = await _put_right(connection, cube, gifts)
    progress(total, total)
    return found


async def check(connection: Connection, progress: Progress, batch: int = BATCH) -> Differences:
    """Hold what is kept against a recount, all in one snapshot; nothing is written."""
    found = Differences()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        total, done = await _everybody(connection), 0
        async for codes in _batches(connection, batch):
            found.enterprises += await _untouched(connection, await _differing(connection, codes))
            done += len(codes)
            progress(min(done, total), total)
        for cube, gifts in all_gifts():
            found.sums[cube.name] = await connection.fetchval(_wrong(cube, summed(cube, gifts)))
    progress(total, total)
    return found


async def _batches(connection: Connection, batch: int) -> AsyncGenerator[list[str]]:
    last = ""
    while codes := await _codes_after(connection, last, batch):
        yield codes
        last = codes[-1]


async def _everybody(connection: Connection) -> int:
    return await connection.fetchval(f"SELECT count(*) FROM ({_EVERYBODY}) AS e")


async def _codes_after(connection: Connection, last: str, most: int) -> list[str]:
    found: list[str] | None = await connection.fetchval(
        f"SELECT array_agg(uscc) FROM (SELECT uscc FROM ({_NEXT}) AS n ORDER BY uscc LIMIT $2) AS c", last, most
    )
    return found or []


async def _differing(connection: Connection, codes: list[str]) -> list[str]:
    """Those of these enterprises whose stored facts are not what their rows say now."""
    differing: set[str] = set()
    for fact in KEPT:
        now = f"SELECT {fact.columns} FROM {fact.name}_now WHERE uscc = ANY($1)"
        kept = f"SELECT {fact.columns} FROM {fact.name} WHERE uscc = ANY($1)"
        rows = await connection.fetch(
            f"SELECT DISTINCT uscc FROM (({now} EXCEPT {kept}) UNION ALL ({kept} EXCEPT {now})) AS d", codes
        )
        differing.update(row["uscc"] for row in rows)
    return sorted(differing)


async def _untouched(connection: Connection, codes: list[str]) -> list[str]:
    """Those of these enterprises that are not known to have changed."""
    rows = await connection.fetch(
        "SELECT uscc FROM unnest($1::text[]) AS u (uscc) WHERE uscc NOT IN (SELECT uscc FROM touched_uscc) ORDER BY 1",
        codes,
    )
    return [row["uscc"] for row in rows]


async def _put_right(connection: Connection, cube: sa.Table, gifts: str) -> int:
    """Make a cube the sum of the facts; answers how many keys were wrong."""
    counted = f"counted_{cube.name}"
    columns = ", ".join(cube.columns.keys())
    await connection.execute(f"CREATE TEMPORARY TABLE {counted} ON COMMIT DROP AS {summed(cube, gifts)}")
    wrong: int = await connection.fetchval(_wrong(cube, f"SELECT {columns} FROM {counted}"))
    if wrong:
        await connection.execute(f"DELETE FROM {cube.name}")
        await connection.execute(f"INSERT INTO {cube.name} ({columns}) SELECT {columns} FROM {counted}")
    return wrong


def _wrong(cube: sa.Table, counted: str) -> str:
    """How many keys of a cube differ from what was counted; sums of zero are none."""
    columns = ", ".join(cube.columns.keys())
    keys = ", ".join(cube.primary_key.columns.keys())
    some = " OR ".join(f"{column.name} <> 0" for column in cube.columns if not column.primary_key)
    return f"""
        WITH counted AS MATERIALIZED ({counted}), kept AS (SELECT {columns} FROM {cube.name} WHERE {some})
        SELECT count(*) FROM (
            SELECT {keys} FROM ((TABLE kept EXCEPT TABLE counted) UNION ALL (TABLE counted EXCEPT TABLE kept)) AS d
            GROUP BY {keys}
        ) AS w"""
