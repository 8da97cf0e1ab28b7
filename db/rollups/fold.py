"""Folding: what touched enterprises give now goes into the cubes, and the log of them is taken away.

Everything of one fold happens in one snapshot: the touched codes it picks, their facts, the sums. What commits later
has left a code of its own in the log, which this snapshot does not see and so does not take away. Only one folds at a
time; readers and writers never wait for it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import sqlalchemy as sa

from db.engine import Connection
from db.rollups.facts import FACTS, KEPT, Fact, condensed, report_sums, spread, summed, tallies
from db.tables.rollups import cube_report, cube_tally

MOST = 250_000
"""Enterprises of one fold at most: they share the sums they change, so that an import changes each but a few times."""
VACUUM_AFTER = 10_000
"""Folded enterprises after which the log, which every read looks through, is to be rid of what is gone."""

# Held by whoever changes facts and cubes. It stops neither readers nor the triggers' inserts.
_TURN = f"LOCK TABLE {cube_tally.name} IN SHARE UPDATE EXCLUSIVE MODE"

#: Each enterprise is looked up once, so remembering look-ups only costs; the sums of a batch stay in memory.
FOR_MANY = "SET LOCAL enable_memoize = off; SET LOCAL work_mem = '128MB'"

_PICK = "SELECT array_agg(uscc) FROM (SELECT DISTINCT uscc FROM touched ORDER BY uscc LIMIT $1) AS t"


class TurnTaken(Exception):
    """Another process is folding."""


async def fold(connection: Connection, most: int = MOST) -> int:
    """Fold up to ``most`` touched enterprises, in a transaction of its own; answers how many, 0 for nothing to do.

    Raises:
        TurnTaken: another process is folding.
    """
    async with turn(connection, wait=False):
        await _spell_out(connection)
        codes: list[str] | None = await connection.fetchval(_PICK, most)
        if not codes:
            return 0
        await fold_these(connection, codes)
        return len(codes)


async def fold_all(connection: Connection, most: int = MOST) -> int:
    """Fold until nothing is left; answers how many enterprises.

    Raises:
        TurnTaken: another process is folding.
    """
    total = 0
    while done := await fold(connection, most):
        total += done
    return total


async def log_rows(connection: Connection, most: int = 100_000) -> int:
    """How many changes wait to be folded, counted up to ``most``; a TRUNCATE counts as one."""
    return await connection.fetchval("SELECT count(*) FROM (SELECT FROM touched LIMIT $1) AS t", most)


async def tidy(connection: Connection) -> None:
    """Give back the room of folded log rows, which every read would step over; outside transactions."""
    await connection.execute("VACUUM (ANALYZE) touched")


@asynccontextmanager
async def turn(connection: Connection, *, wait: bool) -> AsyncGenerator[None]:
    """A transaction of one snapshot, taken after it became this one's turn: what earlier folds did is in it.

    Raises:
        TurnTaken: another process is folding, and ``wait`` is false.
    """
    try:
        async with connection.transaction(isolation="repeatable_read"):
            # Before the first query, which takes the snapshot; a lock takes none.
            await connection.execute(_TURN if wait else f"{_TURN} NOWAIT")
            await connection.execute(FOR_MANY)
            yield
    except asyncpg.LockNotAvailableError as error:
        raise TurnTaken from error


async def fold_these(connection: Connection, codes: Sequence[str]) -> None:
    """Take off what these enterprises gave, put in what they give now. Within ``turn`` only."""
    for cube, gifts in _GIFTS:
        await connection.execute(_added(cube, gifts(-1)), codes)
    for fact in KEPT:
        await connection.execute(f"DELETE FROM {fact.name} WHERE uscc = ANY($1)", codes)
        await connection.execute(
            f"INSERT INTO {fact.name} ({fact.columns}) SELECT {fact.columns} FROM {fact.name}_now WHERE uscc = ANY($1)",
            codes,
        )
    for cube, gifts in _GIFTS:
        await connection.execute(_added(cube, gifts(1)), codes)
    await connection.execute("DELETE FROM touched WHERE uscc = ANY($1)", codes)


def stored(fact: Fact, sign: int = 1, where: str = "true") -> str:
    """The stored facts with a sign, as a relation."""
    return f"(SELECT {sign} AS sign, n.* FROM {fact.name} AS n WHERE {where})"


def all_gifts() -> list[tuple[sa.Table, str]]:
    """What all stored facts together give to each cube."""
    facts = [stored(fact) for fact in FACTS]
    return [(cube_tally, spread(condensed(tallies(*facts)))), (cube_report, report_sums(facts[1]))]


def _tally_gifts(sign: int) -> str:
    return spread(condensed(tallies(*(stored(fact, sign, "n.uscc = ANY($1)") for fact in FACTS))))


def _report_gifts(sign: int) -> str:
    return report_sums(stored(FACTS[1], sign, "n.uscc = ANY($1)"))


_GIFTS = ((cube_tally, _tally_gifts), (cube_report, _report_gifts))


def _added(cube: sa.Table, gifts: str) -> str:
    keys = ", ".join(cube.primary_key.columns.keys())
    sums = ", ".join(
        f"{column.name} = c.{column.name} + excluded.{column.name}" for column in cube.columns if not column.primary_key
    )
    return f"INSERT INTO {cube.name} AS c {summed(cube, gifts)} ON CONFLICT ({keys}) DO UPDATE SET {sums}"


async def _spell_out(connection: Connection) -> None:
    """Turn the mark for everybody, which a TRUNCATE leaves, into everybody's code."""
    if await connection.fetchval("DELETE FROM touched WHERE uscc = '' RETURNING true"):
        await connection.execute("INSERT INTO touched (uscc) SELECT uscc FROM fact_enterprise")
