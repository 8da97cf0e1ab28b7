"""Migrations: all or nothing, once, and the reference data of the units."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
import pytest

from db.migrate import current_revision, head_revision, script, upgrade
from db.units import JURISDICTIONS, UNITS
from tests.conftest import Databases


@pytest.fixture
async def bare_url(databases: Databases) -> str:
    """An empty database that was never migrated."""
    return databases.url(await databases.create("bare"))


async def revision(url: str) -> str | None:
    connection = await asyncpg.connect(url)
    try:
        return await current_revision(connection)
    finally:
        await connection.close()


async def test_second_run_does_nothing(bare_url: str) -> None:
    assert await revision(bare_url) is None
    assert await upgrade(bare_url) is True
    assert await revision(bare_url) == head_revision()
    assert await upgrade(bare_url) is False


async def test_two_services_that_start_at_once_migrate_once(bare_url: str) -> None:
    assert sorted(await asyncio.gather(upgrade(bare_url), upgrade(bare_url))) == [False, True]


async def test_a_failed_migration_leaves_nothing_behind(bare_url: str) -> None:
    connection = await asyncpg.connect(bare_url)
    await connection.execute("CREATE TABLE review_record ()")
    with pytest.raises(asyncpg.DuplicateTableError):
        await upgrade(bare_url)
    assert await current_revision(connection) is None
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    assert [row["relname"] for row in tables] == ["review_record"]
    await connection.close()


def test_nothing_is_left_to_do_at_the_head() -> None:
    assert script(head_revision()).strip() == ""
    assert "CREATE TABLE enterprise" in script()


async def test_units_are_those_of_the_domain(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    rows = {row["code"]: dict(row) for row in await connection.fetch("SELECT * FROM unit")}
    await connection.close()
    assert len(rows) == len(UNITS) == 38 + 18 + 10 + 1
    assert {code: (row["name"], row["kind"], row["city"], row["is_jurisdiction"]) for code, row in rows.items()} == {
        unit.code: (unit.name, unit.kind, unit.city, unit.is_jurisdiction) for unit in UNITS
    }
    assert len(JURISDICTIONS) == 38 + 3 + 1
    groups = [row["group_code"] for row in rows.values()]
    assert {group: groups.count(group) for group in ("CORE", "NEW", "NE", "SE")} == {
        "CORE": 9,
        "NEW": 12,
        "NE": 11,
        "SE": 6,
    }
    kinds = [row["kind"] for row in rows.values() if row["city"] == "重庆市"]
    assert (kinds.count("DISTRICT"), kinds.count("COUNTY")) == (26, 12)


async def test_abolished_districts_end_with_their_successors(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    ended = await connection.fetch(
        "SELECT code, valid_to, successors FROM unit WHERE valid_to IS NOT NULL ORDER BY code"
    )
    await connection.close()
    last_day = date(2025, 11, 5)
    assert [tuple(row) for row in ended] == [
        ("500105", last_day, ["LIANGJIANG"]),
        ("500112", last_day, ["LIANGJIANG", "500109"]),
    ]
