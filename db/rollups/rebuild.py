"""Counting all anew: after a load that told nobody, and to be sure.

``anew`` is for a loader's own transaction: quick, and readers wait for it to commit.
"""

from __future__ import annotations

from db.engine import Connection
from db.rollups.facts import FACTS, REPORT, report_sums, summed, tallies
from db.tables.rollups import cube_report, cube_tally

_TABLES = ", ".join(["touched", cube_tally.name, cube_report.name, *(fact.name for fact in FACTS)])


async def anew(connection: Connection) -> None:
    """Throw all facts and sums away and count again, in the caller's transaction.

    For loads that silence triggers. Frozen months are not touched. Readers of statistics wait until the caller
    commits; beside a running service, ``rebuild`` is the one to use.
    """
    await connection.execute(f"TRUNCATE {_TABLES}")
    for fact in FACTS:
        await connection.execute(f"INSERT INTO {fact.name} ({fact.columns}) SELECT {fact.columns} FROM {fact.name}_now")
        await connection.execute(f"ANALYZE {fact.name}")
    stored = [f"(SELECT 1 AS sign, n.* FROM {fact.name} AS n)" for fact in FACTS]
    for cube, gifts in (
        (cube_tally, tallies(*stored)),
        (cube_report, report_sums(stored[FACTS.index(REPORT)])),
    ):
        await connection.execute(f"INSERT INTO {cube.name} {summed(cube, gifts)}")
        await connection.execute(f"ANALYZE {cube.name}")
