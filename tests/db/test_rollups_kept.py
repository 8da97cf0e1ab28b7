"""Roll-ups: writers never wait for them, nothing is lost in a fold, what was tampered with is found, months freeze."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator

import asyncpg
import orjson
import pytest

from authz.errors import BadUserInput
from db.engine import Connection, connect
from db.migrations.script import sql_text
from db.rollups.facts import STANDING_UNTIL, views
from db.rollups.fold import TurnTaken, fold, fold_all, log_rows, tidy, turn
from db.rollups.frozen import freeze_closed, freeze_since
from db.rollups.rebuild import anew, check, rebuild
from schema.cultivation import LAST_MONTH, month_told
from schema.tabs import LAST_YEAR, year_told
from tests.db.recount import DIFFERENCES
from tests.fixtures.rows import enterprise

REGISTERED = "SELECT sum(entities) FROM live_tally WHERE series = 'REGISTERED' AND bucket = 2022"
ANY_TWO = "SELECT array_agg(uscc) FROM (SELECT uscc FROM enterprise ORDER BY uscc LIMIT 2) AS t"
CANCEL = "UPDATE enterprise SET operating_status = 'CANCELLED' WHERE uscc = $1"
HIRE_A_DOCTOR = "UPDATE annual_report SET doctors = coalesce(doctors, 0) + 1 WHERE uscc = $1"


def silent(_done: int, _total: int) -> None:
    """Nobody looks."""


async def equal_a_recount(connection: Connection) -> None:
    for differences in DIFFERENCES:
        assert not await connection.fetch(differences)


@pytest.fixture
async def db(seeded_copy: str) -> AsyncGenerator[Connection]:
    connection = await connect(seeded_copy)
    yield connection
    await connection.close()


@pytest.fixture
async def other(seeded_copy: str) -> AsyncGenerator[Connection]:
    connection = await connect(seeded_copy)
    yield connection
    await connection.close()


def test_the_revision_has_the_declared_views() -> None:
    assert sql_text("0007_views.sql") == views()


async def test_a_seeded_database_equals_a_recount(db: Connection) -> None:
    assert await log_rows(db) == 0
    assert await db.fetchval("SELECT count(*) FROM cube_tally") > 1_000
    await equal_a_recount(db)
    assert not await check(db, silent, batch=250)


async def test_counting_all_anew_comes_to_what_folding_everybody_does(db: Connection) -> None:
    await db.execute("INSERT INTO touched SELECT uscc FROM enterprise")
    assert await fold_all(db, most=250) == await db.fetchval("SELECT count(*) FROM enterprise")
    folded = await db.fetch("SELECT * FROM cube_tally WHERE entities <> 0 ORDER BY 1, 2, 3, 4, 5, 6")
    async with db.transaction():
        await anew(db)
    assert await db.fetch("SELECT * FROM cube_tally ORDER BY 1, 2, 3, 4, 5, 6") == folded
    await equal_a_recount(db)


# ── writers, folders, readers side by side ──────────────────────────────────────────────────────


async def test_writers_in_opposite_order_neither_wait_nor_deadlock(db: Connection, other: Connection) -> None:
    """They write other rows of the same two enterprises, which counters kept in place would make them fight for."""
    first, second = await db.fetchval(ANY_TWO)
    async with asyncio.timeout(20), db.transaction(), other.transaction():
        await db.execute(CANCEL, first)
        await other.execute(HIRE_A_DOCTOR, second)
        await db.execute(CANCEL, second)
        await other.execute(HIRE_A_DOCTOR, first)
    await equal_a_recount(db)
    await fold_all(db)
    await equal_a_recount(db)


async def test_nobody_waits_for_a_fold_and_a_fold_waits_for_nobody(db: Connection, other: Connection) -> None:
    first, second = await db.fetchval(ANY_TWO)
    before = await db.fetchval(REGISTERED)
    await db.execute(CANCEL, first)
    async with asyncio.timeout(20), other.transaction():
        await other.execute(CANCEL, second)
        assert await fold_all(db) == 1
        assert await db.fetchval(REGISTERED) == before - 1
        assert await other.fetchval(REGISTERED) == before - 2
    async with asyncio.timeout(20), turn(other, wait=True):
        with pytest.raises(TurnTaken):
            await fold(db)
        await db.execute(CANCEL, await db.fetchval("SELECT max(uscc) FROM enterprise"))
        assert await db.fetchval(REGISTERED) == before - 3
    await fold_all(db)
    await equal_a_recount(db)


async def test_what_commits_during_a_fold_is_folded_by_the_next(db: Connection, other: Connection) -> None:
    first, _ = await db.fetchval(ANY_TWO)
    await db.execute(HIRE_A_DOCTOR, first)
    async with turn(db, wait=False):
        assert await db.fetchval("SELECT count(*) FROM touched") == 1
        await other.execute(CANCEL, first)
        await db.execute("DELETE FROM touched WHERE uscc = $1", first)
    assert await log_rows(db) == 1
    await equal_a_recount(db)


async def test_an_older_snapshot_keeps_its_answer_while_others_fold(db: Connection, other: Connection) -> None:
    first, _ = await db.fetchval(ANY_TWO)
    async with other.transaction(isolation="repeatable_read"):
        before = await other.fetchval(REGISTERED)
        await db.execute(CANCEL, first)
        await fold_all(db)
        await tidy(db)
        assert await other.fetchval(REGISTERED) == before
        await equal_a_recount(other)


async def test_an_emptied_table_is_counted_as_empty(db: Connection) -> None:
    await db.execute("TRUNCATE voucher_application, hnte_certificate")
    await equal_a_recount(db)
    await fold_all(db, most=250)
    await equal_a_recount(db)
    assert await db.fetchval("SELECT count(*) FROM fact_voucher") == 0


# ── counted anew ────────────────────────────────────────────────────────────────────────────────

SILENCED = "ALTER TABLE enterprise DISABLE TRIGGER USER; UPDATE enterprise SET zone_code = NULL"
TAMPERED = (
    "UPDATE cube_tally SET entities = entities + 1 WHERE series = 'REGISTERED' AND bucket = 2010",
    "DELETE FROM cube_report WHERE year = 2021",
    "INSERT INTO cube_tally SELECT series, 2034, 'nobody', '', '', '', 7, 0, 0, 0 FROM cube_tally LIMIT 1",
    "UPDATE fact_report SET rd_staff = 99 WHERE uscc = (SELECT min(uscc) FROM fact_report)",
    "DELETE FROM fact_enterprise WHERE uscc = (SELECT max(uscc) FROM fact_enterprise)",
    f"{SILENCED}; ALTER TABLE enterprise ENABLE TRIGGER USER",
)


async def test_what_was_tampered_with_is_found_and_put_right(db: Connection) -> None:
    done: list[tuple[int, int]] = []

    def tell(step: int, total: int) -> None:
        done.append((step, total))

    for tampering in TAMPERED:
        await db.execute(tampering)
        found = await check(db, silent, batch=250)
        assert found, tampering
        done.clear()
        put_right = await rebuild(db, tell, batch=250)
        assert put_right, tampering
        assert put_right.enterprises == found.enterprises
        assert done == sorted(done)
        assert done[-1] == (600, 600)
        assert not await check(db, silent)
    await equal_a_recount(db)


async def test_what_is_not_folded_yet_is_no_difference(db: Connection) -> None:
    first, _ = await db.fetchval(ANY_TWO)
    await db.execute(CANCEL, first)
    assert not await check(db, silent)
    assert not await rebuild(db, silent)
    assert await log_rows(db) == 0
    await equal_a_recount(db)


# ── frozen months ───────────────────────────────────────────────────────────────────────────────

PROGRESS = "SELECT * FROM cultivation_progress($1) ORDER BY unit_code"


async def test_a_frozen_month_stays_as_it_was_and_an_open_one_moves(db: Connection) -> None:
    frozen, open_one = 202206, 202207
    before = await db.fetch(PROGRESS, frozen), await db.fetch(PROGRESS, open_one)
    assert sum(row["total_hnte"] for row in before[0]) > 10
    assert await db.fetchval("SELECT cultivation_freeze($1)", frozen) == len(before[0])
    assert await db.fetchval("SELECT cultivation_freeze($1)", frozen) == 0
    await db.execute("UPDATE hnte_certificate SET status = 'REVOKED'")
    after = await db.fetch(PROGRESS, frozen), await db.fetch(PROGRESS, open_one)
    assert all(row["is_frozen"] for row in after[0])
    assert [dict(row, is_frozen=False) for row in after[0]] == [dict(row) for row in before[0]]
    assert sum(row["total_hnte"] for row in after[1]) == 0
    for change in ("UPDATE cultivation_snapshot SET total_hnte = 0", "DELETE FROM cultivation_snapshot"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(change)


@pytest.mark.parametrize("month", [202212, 202201, 202002])
async def test_a_months_progress_is_what_the_rows_say(db: Connection, month: int) -> None:
    last = (dt.date(month // 100, month % 100, 28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    rows = {row["unit_code"]: row for row in await db.fetch("SELECT * FROM live_cultivation($1)", month)}
    for measure, query in {
        "total_tech_enterprise": "in_library AND in_library_on <= $1",
        "ytd_new_tech_enterprise": "in_library AND in_library_on BETWEEN date_trunc('year', $1) AND $1",
        "month_new_tech_enterprise": "in_library AND in_library_on BETWEEN date_trunc('month', $1) AND $1",
        "total_hnte": "EXISTS (SELECT FROM hnte_certificate AS c WHERE c.uscc = e.uscc AND c.status <> 'REVOKED'"
        " AND $1 BETWEEN c.issued_on AND c.expires_on)",
        "total_tech_sme": "EXISTS (SELECT FROM tech_sme_registration AS c WHERE c.uscc = e.uscc"
        " AND $1 BETWEEN c.registered_on AND c.valid_until)",
    }.items():
        counted = await db.fetch(
            f"SELECT unit_code, count(*) FROM enterprise AS e WHERE {query.replace('$1', '$1::date')} GROUP BY 1", last
        )
        figures = {code: row[measure] for code, row in rows.items() if row[measure]}
        assert figures == {row["unit_code"]: row["count"] for row in counted}


async def test_valid_today_is_told_to_the_day(db: Connection) -> None:
    today: dt.date = await db.fetchval("SELECT rollup_today()")
    month = today.year * 100 + today.month
    uscc, unit = await db.fetchrow("SELECT uscc, unit_code FROM enterprise ORDER BY uscc LIMIT 1") or ("", "")
    await db.execute("DELETE FROM hnte_certificate WHERE uscc = $1", uscc)
    counts: list[int] = []
    for ends in (today - dt.timedelta(days=1), today):
        await db.execute("DELETE FROM hnte_certificate WHERE certificate_no = 'GR-TODAY'")
        await db.execute(
            "INSERT INTO hnte_certificate (certificate_no, uscc, unit_code, issued_on, expires_on, status) "
            "VALUES ('GR-TODAY', $1, $2, '2020-01-01', $3, 'VALID')",
            uscc,
            unit,
            ends,
        )
        rows = {row["unit_code"]: row["total_hnte"] for row in await db.fetch(PROGRESS, month)}
        counts.append(rows[unit])
    assert counts[1] == counts[0] + 1


async def test_only_closed_months_are_frozen_each_once(db: Connection) -> None:
    today: dt.date = await db.fetchval("SELECT rollup_today()")
    this_month = today.year * 100 + today.month
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await db.fetchval("SELECT cultivation_freeze($1)", this_month)
    latest = await freeze_since(db)
    assert len(latest) == 1
    assert latest[0] < this_month
    assert await freeze_since(db) == []
    earlier = await freeze_closed(db, silent)
    assert earlier
    assert earlier == sorted(earlier)
    assert latest[0] not in earlier
    assert await freeze_closed(db, silent) == []


async def test_years_of_which_no_standing_is_kept_are_refused(db: Connection) -> None:
    """They would be counted as zero, and be frozen so for good."""
    assert LAST_YEAR <= STANDING_UNTIL
    assert LAST_MONTH // 100 - 1 == LAST_YEAR
    later = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    assert month_told("2036-12", later) == LAST_MONTH
    for value in ("2037-01", None):
        with pytest.raises(BadUserInput):
            month_told(value, later)
    with pytest.raises(BadUserInput):
        year_told(STANDING_UNTIL + 1)
    with pytest.raises(asyncpg.InvalidParameterValueError, match=f"{LAST_MONTH + 89} 超出"):
        await db.fetchval("SELECT cultivation_freeze($1)", LAST_MONTH + 89)


async def test_nothing_is_frozen_before_there_is_an_enterprise(empty_copy: str) -> None:
    """Zeros of a new installation would stay on the page for good."""
    connection = await connect(empty_copy)
    assert await connection.fetchval("SELECT count(*) FROM unit WHERE is_jurisdiction") > 0
    assert await freeze_since(connection) == []
    assert await freeze_closed(connection, silent) == []
    assert await connection.fetchval("SELECT count(*) FROM cultivation_snapshot") == 0
    table, columns = enterprise(1, "首家企业", "500112", in_library=True, in_library_on=dt.date(2022, 1, 31))
    names = ", ".join(columns)
    await connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)",
        orjson.dumps(columns).decode(),
    )
    (month,) = await freeze_since(connection)
    progress = await connection.fetch(PROGRESS, month)
    assert sum(row["total_tech_enterprise"] for row in progress) == 1
    assert all(row["is_frozen"] for row in progress)
    await connection.close()
