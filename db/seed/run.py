"""Seeding, step by step, in one transaction: a failure leaves the database as it was.

Indexes and keys are taken away before the load and built after it, user triggers are silent
meanwhile; the same transaction brings them back, so nobody ever sees the tables without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from db.engine import Connection, connect
from db.rollups.rebuild import anew
from db.seed.functions import definitions, draws, tables

LAST_YEAR = 2022
ENTERPRISES_PER_BATCH = 5_000

#: Told what is being made, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]

_SQL = Path(__file__).parent / "sql"
_WORKPLACE = "keqi_seed"

#: What is filled; every table that points at these is emptied and rebuilt with them.
_ROOTS = ("enterprise", "account")
#: What is filled as well, and points at none of them.
_BESIDE = ("cultivation_target", "cultivation_snapshot")
#: The files whose statements are run for each batch of enterprises, in this order.
_FILINGS = ("basic_info", "reports", "lists", "reviews", "ratings", "vouchers", "registers")


class DatabaseNotEmpty(Exception):
    """There are enterprises or accounts already, and replacing them was not asked for."""

    def __init__(self) -> None:
        super().__init__("数据库中已有企业或账号，不会覆盖；确认要清空重建请使用 --replace (tables are not empty)")


class _Schema(NamedTuple):
    """What has to be taken away for the load and put back after it."""

    tables: list[str]
    drop: list[str]
    restore: list[tuple[str, str]]


async def seed(
    url: str,
    *,
    enterprises: int,
    years: int = 5,
    seed: int = 1,
    progress: Progress | None = None,
    replace: bool = False,
    today: date | None = None,
) -> None:
    """Fill the migrated database at ``url`` with ``enterprises`` and their reports of ``years`` years.

    The last year is 2022. Consents to banks are counted from ``today`` (default: the date), since a
    consent lasts a year at most; nothing else depends on the date. ``replace`` empties what is there.

    Raises:
        DatabaseNotEmpty: there are rows, and ``replace`` is false.
        ValueError: fewer than one enterprise, or a number of years outside 1 to 20.
    """
    if enterprises < 1 or not 1 <= years <= 20:
        raise ValueError("enterprises must be at least 1, years 1 to 20")
    tell = progress or _silent
    connection = await connect(url)
    try:
        async with connection.transaction():
            schema = await _schema(connection)
            await _refuse_unless_empty(connection, replace=replace)
            await _clear(connection, schema)
            await _draw(connection, enterprises, seed, tell)
            await _load(connection, enterprises, years, today or date.today(), tell)  # noqa: DTZ011 (a day is enough)
            await connection.execute(f"DROP SCHEMA {_WORKPLACE} CASCADE")
            await _restore(connection, schema, tell)
            tell("汇总", 0, 1)
            await connection.execute("SET LOCAL search_path = public")
            await anew(connection)
            tell("汇总", 1, 1)
        tell("整理与统计", 0, 1)
        await connection.execute(f"VACUUM (FREEZE, ANALYZE) {', '.join(schema.tables)}")
        tell("整理与统计", 1, 1)
    finally:
        await connection.close()


# -- the tables ---------------------------------------------------------------------------------

_TABLES = """
WITH RECURSIVE reached AS (
    SELECT oid FROM unnest($1::text[]) AS root, to_regclass('public.' || root) AS oid
    UNION SELECT conrelid FROM pg_constraint JOIN reached ON confrelid = reached.oid WHERE contype = 'f'
)
SELECT oid::regclass::text FROM reached ORDER BY 1
"""

_CONSTRAINTS = """
SELECT conrelid::regclass::text AS owner, quote_ident(conname) AS name, contype::text AS kind,
    pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE conrelid = ANY($1::regclass[]) AND contype IN ('p', 'u', 'f')
ORDER BY position(contype::text IN 'puf'), 1, 2
"""

_INDEXES = """
SELECT indexrelid::regclass::text AS name, concat_ws('; ', pg_get_indexdef(indexrelid), (
    -- What an index says of its statistics is no part of its definition.
    SELECT string_agg(
        format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', indexrelid::regclass, attnum, attstattarget), '; '
    )
    FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >= 0
)) AS definition
FROM pg_index
WHERE indrelid = ANY($1::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
ORDER BY 1
"""


async def _schema(connection: Connection) -> _Schema:
    found = [row[0] for row in await connection.fetch(_TABLES, [*_ROOTS, *_BESIDE])]
    # Held to the end: nobody writes while keys are away, and a second seed waits and then sees rows.
    await connection.execute(f"LOCK TABLE {', '.join(found)} IN ACCESS EXCLUSIVE MODE")
    constraints = await connection.fetch(_CONSTRAINTS, found)
    indexes = await connection.fetch(_INDEXES, found)
    drop = [f"ALTER TABLE {row['owner']} DROP CONSTRAINT {row['name']}" for row in reversed(constraints)]
    drop += [f"DROP INDEX {row['name']}" for row in indexes]
    added = [
        (row["kind"], f"ALTER TABLE {row['owner']} ADD CONSTRAINT {row['name']} {row['definition']}")
        for row in constraints
    ]
    restore = [item for item in added if item[0] != "f"]
    restore += [("i", row["definition"]) for row in indexes]
    restore += [item for item in added if item[0] == "f"]
    return _Schema(found, drop, restore)


async def _refuse_unless_empty(connection: Connection, *, replace: bool) -> None:
    for root in _ROOTS:
        if not replace and await connection.fetchval(f"SELECT EXISTS (SELECT FROM {root})"):  # noqa: S608 (our own names)
            raise DatabaseNotEmpty


async def _clear(connection: Connection, schema: _Schema) -> None:
    for table in schema.tables:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    # Emptied in this transaction even when empty: what is loaded then needs no write-ahead log.
    await connection.execute(f"TRUNCATE {', '.join(schema.tables)} RESTART IDENTITY")
    for statement in schema.drop:
        await connection.execute(statement)


async def _restore(connection: Connection, schema: _Schema, tell: Progress) -> None:
    await connection.execute("SET LOCAL maintenance_work_mem = '1GB'")
    for done, (_, statement) in enumerate(schema.restore):
        tell("索引与约束", done, len(schema.restore))
        await connection.execute(statement)
    for table in schema.tables:
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    tell("索引与约束", len(schema.restore), len(schema.restore))


# -- the rows -----------------------------------------------------------------------------------


async def _draw(connection: Connection, enterprises: int, number: int, tell: Progress) -> None:
    await connection.execute(f"CREATE SCHEMA {_WORKPLACE}")
    await connection.execute(f"SET LOCAL search_path = {_WORKPLACE}, public")
    await connection.execute("SET LOCAL work_mem = '256MB'")
    await connection.execute(definitions(number))
    await connection.execute(_read("basis"))
    await connection.execute(_read("draws"))
    await connection.execute(draws())
    await connection.execute(_read("functions"))
    await connection.execute(tables())
    drawn, coded, named, _ = _statements("enterprises")
    for first, last in _batches(enterprises, 20 * ENTERPRISES_PER_BATCH):
        tell("抽取企业", first - 1, enterprises)
        await connection.execute(drawn, first, last)
    tell("抽取企业", enterprises, enterprises)
    await connection.execute(coded)
    await connection.execute(named)
    await connection.execute("CREATE UNIQUE INDEX ON enterprise_drawn (by_uscc)")
    await connection.execute("CREATE UNIQUE INDEX ON enterprise_drawn (by_name)")
    await connection.execute("ANALYZE enterprise_drawn")
    await connection.execute(_read("form"))


async def _load(connection: Connection, enterprises: int, years: int, today: date, tell: Progress) -> None:
    _, _, _, insert = _statements("enterprises")
    for first, last in _batches(enterprises):
        tell("企业", first - 1, enterprises)
        await connection.execute(insert, first, last)
    tell("企业", enterprises, enterprises)
    filings = [statement for name in _FILINGS for statement in _statements(name)]
    bounds = (LAST_YEAR - years + 1, LAST_YEAR)
    for first, last in _batches(enterprises):
        tell("年报与审核", first - 1, enterprises)
        await connection.execute("TRUNCATE basic_info_drawn, report_drawn, report_filed")
        for statement in filings:
            arguments = (first, last, *bounds)
            await connection.execute(statement, *arguments[: _parameters(statement)])
    tell("年报与审核", enterprises, enterprises)
    for statement in (*_statements("accounts"), *_statements("targets")):
        await connection.execute(statement, *(today,)[: _parameters(statement)])


def _batches(count: int, size: int = ENTERPRISES_PER_BATCH) -> list[tuple[int, int]]:
    return [(first, min(first + size - 1, count)) for first in range(1, count + 1, size)]


def _statements(name: str) -> list[str]:
    """The statements of one file, parted by ``-- ==``."""
    return re.split(r"^-- == .*$", _read(name), flags=re.MULTILINE)


def _parameters(statement: str) -> int:
    return max(map(int, re.findall(r"\$(\d)", statement)), default=0)


def _read(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _silent(_stage: str, _done: int, _total: int) -> None:
    """No progress asked for."""
