"""The database's own EXPLAIN of a statement: its shape for whoever may ask over HTTP, everything at the command line.

Over HTTP it tells neither estimates nor values. The plan is the generic one, made for no value in particular, so it is
the same for every principal of a role; estimates and worker counts, from which the size of what lies out of scope could
be read, are left out. A list says what is told: what a later PostgreSQL adds stays untold until somebody looks at it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import orjson

from service.faults import database_faults

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    import asyncpg

    from db.engine import Pool, PooledConnection

TOLD = frozenset({
    "Alias", "CTE Name", "Cache Key", "Cache Mode", "Command", "Filter", "Function Name", "Group Key", "Grouping Sets",
    "Hash Cond", "Hash Key", "Index Cond", "Index Name", "Inner Unique", "Join Filter", "Join Type", "Merge Cond",
    "Node Type", "One-Time Filter", "Order By", "Parent Relationship", "Partial Mode", "Presorted Key", "Recheck Cond",
    "Relation Name", "Run Condition", "Scan Direction", "Sort Key", "Strategy", "Subplan Name", "TID Cond", "Window",
})  # fmt: skip
"""Properties of a plan's node that say how rows are found, and nothing of how many there are."""

PREPARED = "keqi_explain"


async def plan_shape(pool: Pool, sql: str, parameters: int) -> dict[str, Any]:
    """The plan's nodes: how rows are found, without estimates and without values.

    Raises:
        KeqiError: as ``database_faults`` does.
    """
    async with _prepared(pool, sql) as connection:
        answer = await connection.fetchval(_execute("COSTS OFF, FORMAT JSON", parameters))
    return _told(cast("list[dict[str, Any]]", orjson.loads(answer))[0]["Plan"])


async def generic_plan(pool: Pool, sql: str, parameters: int, form: str) -> str:
    """The generic plan with its estimates, as PostgreSQL writes it; ``form`` is ``TEXT`` or ``JSON``.

    Raises:
        KeqiError: as ``database_faults`` does.
    """
    async with _prepared(pool, sql) as connection:
        return _written(await connection.fetch(_execute(f"FORMAT {form}", parameters)))


async def measured_plan(pool: Pool, sql: str, values: Sequence[object], form: str) -> str:
    """The plan for these values with what running it took: it is run, and its answer thrown away.

    Raises:
        KeqiError: as ``database_faults`` does.
    """
    with database_faults():
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            return _written(await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT {form}) {sql}", *values))


@asynccontextmanager
async def _prepared(pool: Pool, sql: str) -> AsyncGenerator[PooledConnection]:
    """A connection where ``sql`` is prepared and planned for no value (15 has no ``GENERIC_PLAN`` yet)."""
    with database_faults():
        async with pool.acquire() as connection:
            await connection.execute(f"PREPARE {PREPARED} AS {sql}")
            try:
                async with connection.transaction(readonly=True):
                    await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                    yield connection
            finally:
                await connection.execute(f"DEALLOCATE {PREPARED}")


def _execute(options: str, parameters: int) -> str:
    values = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    return f"EXPLAIN ({options}) EXECUTE {PREPARED}{values}"


def _told(node: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in node.items() if name in TOLD}
    below = cast("list[dict[str, Any]]", node.get("Plans", []))
    return {**told, "Plans": [_told(each) for each in below]} if below else told


def _written(lines: Sequence[asyncpg.Record]) -> str:
    """What EXPLAIN wrote: lines of text, or one value of type json."""
    texts: list[str | bytes] = [line[0] for line in lines]
    return "\n".join(text.decode() if isinstance(text, bytes) else text for text in texts)
