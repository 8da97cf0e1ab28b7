"""``keqi rebuild``, and the keeper that folds for as long as a service runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from db.engine import Connection, connect
from db.rollups.fold import log_rows, turn
from service.metrics import Metrics
from service.reserve import Reserve
from service.rollups import kept_rollups
from tests.service.conftest import SECRET, run_keqi

TOUCH = "UPDATE enterprise SET operating_status = 'CANCELLED' WHERE uscc = (SELECT min(uscc) FROM enterprise)"
TAMPER = "UPDATE cube_tally SET entities = entities + 1 WHERE series = 'REGISTERED' AND bucket = 2010"


@pytest.fixture
async def db(seeded_copy: str) -> AsyncGenerator[Connection]:
    connection = await connect(seeded_copy)
    yield connection
    await connection.close()


class Ear(Metrics):
    """Hears what a keeper says of its backlog: of looks that found nothing, and of folds before them."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: asyncio.Queue[float] = asyncio.Queue()
        self.rollup_backlog.set = self._hear

    def _hear(self, value: float) -> None:
        self.looked.put_nowait(value)

    async def heard(self, *backlogs: bool) -> None:
        """Wait for looks that found something, or nothing, in this order; others may come between."""
        async with asyncio.timeout(30):
            for backlog in backlogs:
                while bool(await self.looked.get()) is not backlog:
                    pass


async def test_rebuild_finds_and_puts_right_what_was_tampered_with(db: Connection, seeded_copy: str) -> None:
    settings = {"KEQI_DATABASE_URL": seeded_copy, "KEQI_SECRET": SECRET}
    await db.execute(TAMPER)
    ill = run_keqi("rebuild", "--check", **settings)
    assert ill.returncode == 1
    assert ill.stdout.startswith("cube_tally ")
    assert "600/600" in ill.stderr
    assert "keqi rebuild" in ill.stderr
    put_right = run_keqi("rebuild", "--freeze", **settings)
    assert put_right.returncode == 0
    assert put_right.stdout == ill.stdout
    assert "已封存" in put_right.stderr
    well = run_keqi("rebuild", "--check", **settings)
    assert (well.returncode, well.stdout) == (0, "")


async def test_a_service_folds_what_changed_however_many_run(db: Connection, seeded_copy: str) -> None:
    ear = Ear()
    async with kept_rollups(seeded_copy, ear), kept_rollups(seeded_copy, ear):
        await db.execute(TOUCH)
        await ear.heard(True, False)
        assert await log_rows(db) == 0


async def test_a_service_stops_while_another_folds(db: Connection, seeded_copy: str) -> None:
    ear, other = Ear(), await connect(seeded_copy)
    async with asyncio.timeout(30), turn(db, wait=True), kept_rollups(seeded_copy, ear):
        await other.execute(TOUCH)
        await ear.heard(True, True)
    assert await log_rows(other) == 1
    await other.close()


async def test_a_keeper_whose_connection_was_ended_begins_anew(
    db: Connection, seeded_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.rollups.RETRY_SECONDS", 0.05)
    ear = Ear()
    async with kept_rollups(seeded_copy, ear):
        await ear.heard(False)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keqi rollups'"
        assert await db.fetch(f"{ended} AND datname = current_database()")
        await db.execute(TOUCH)
        await ear.heard(True, False)
        assert await log_rows(db) == 0


async def test_a_month_is_frozen_though_something_always_waits(
    db: Connection, seeded_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is written to all the time has something in its log at every look."""
    monkeypatch.setattr("service.rollups.FREEZE_SECONDS", 0.0)
    ear, other = Ear(), await connect(seeded_copy)
    await db.execute(TOUCH)
    async with asyncio.timeout(30), turn(other, wait=True), kept_rollups(seeded_copy, ear):
        await ear.heard(True, True)
        assert await log_rows(db) == 1
        assert await db.fetchval("SELECT count(DISTINCT month) FROM cultivation_snapshot") == 1
    await other.close()


async def test_a_service_freezes_a_month_with_the_sizes_of_the_reserve(
    db: Connection, seeded_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.rollups.FREEZE_SECONDS", 0.0)
    ear, reserve = Ear(), Reserve(2022, SECRET.encode())
    sizes = await reserve.sizes(db)
    async with kept_rollups(seeded_copy, ear, reserve):
        await ear.heard(False, False)
    rows = await db.fetch("SELECT * FROM cultivation_snapshot WHERE reserve_hnte_count IS NOT NULL")
    assert {row["unit_code"]: row["reserve_hnte_count"] for row in rows} == sizes
    assert any(sizes.values())


async def test_a_month_that_closed_is_frozen(db: Connection, seeded_copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.rollups.FREEZE_SECONDS", 0.0)
    ear = Ear()
    async with kept_rollups(seeded_copy, ear):
        await ear.heard(False, False)
    assert await db.fetchval("SELECT max(month) < rollup_month(rollup_today()) FROM cultivation_snapshot")
