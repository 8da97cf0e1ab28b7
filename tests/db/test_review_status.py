"""An enterprise's review status follows its basic information, whatever is written in whatever order (domain C9)."""

from __future__ import annotations

import asyncio
import random

import asyncpg

from db.engine import Pool, connect
from tests.fixtures.rows import uscc
from tests.fixtures.town import UNIT_OF

EXPECTED = """
SELECT e.uscc, e.review_status, b.status
FROM enterprise AS e
LEFT JOIN LATERAL (
    SELECT status FROM basic_info WHERE uscc = e.uscc AND status <> 'DRAFT' ORDER BY version DESC LIMIT 1
) AS b ON true
WHERE e.review_status IS DISTINCT FROM b.status
"""
INSERT = """
INSERT INTO basic_info (uscc, version, unit_code, status, submitted_at, name, established_on, operating_status)
VALUES ($1, $2, $3, $4, now(), '名称', '2020-01-01', 'ACTIVE')
ON CONFLICT (uscc, version) DO UPDATE SET status = excluded.status, submitted_at = excluded.submitted_at,
    name = excluded.name, established_on = excluded.established_on, operating_status = excluded.operating_status
"""
STATUSES = ("DRAFT", "PENDING_DISTRICT", "REJECTED_DISTRICT", "APPROVED")


async def test_it_is_that_of_the_latest_submitted_version(town_copy: str) -> None:
    connection = await connect(town_copy)
    chance = random.Random(5)
    try:
        assert await connection.fetchval("SELECT count(*) FROM enterprise WHERE review_status IS NOT NULL") == 4
        for _ in range(120):
            number, version = chance.randint(1, 12), chance.randint(1, 4)
            if chance.random() < 0.25:
                await connection.execute(
                    "DELETE FROM basic_info WHERE uscc = $1 AND version = $2", uscc(number), version
                )
            else:
                unit = await connection.fetchval("SELECT unit_code FROM enterprise WHERE uscc = $1", uscc(number))
                await connection.execute(INSERT, uscc(number), version, unit, chance.choice(STATUSES))
            if chance.random() < 0.1:
                unit = chance.choice(list(UNIT_OF.values()))
                await connection.execute("UPDATE enterprise SET unit_code = $2 WHERE uscc = $1", uscc(number), unit)
            assert await connection.fetch(EXPECTED) == []
    finally:
        await connection.close()


async def test_two_writers_about_one_enterprise_leave_it_right(town_copy: str) -> None:
    first, second = await connect(town_copy), await connect(town_copy)
    try:
        running = first.transaction()
        await running.start()
        await first.execute(INSERT, uscc(9), 2, UNIT_OF[9], "PENDING_DISTRICT")
        waiting = asyncio.create_task(second.execute(INSERT, uscc(9), 1, UNIT_OF[9], "APPROVED"))
        async with asyncio.timeout(30):
            while not await first.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                pass
        await running.commit()
        await waiting
        assert await second.fetch(EXPECTED) == []
    finally:
        await first.close()
        await second.close()


async def test_writers_about_many_never_wait_in_a_ring(town_copy: str) -> None:
    pool: Pool
    async with asyncpg.create_pool(town_copy, min_size=4, max_size=4) as pool:

        async def write(order: list[int]) -> None:
            rows = [(uscc(number), UNIT_OF[number]) for number in order]
            for status in STATUSES * 3:
                await pool.execute(
                    "INSERT INTO basic_info (uscc, version, unit_code, status, submitted_at, name, established_on,"
                    " operating_status) SELECT code, $3, unit, $4, now(), '名称', '2020-01-01', 'ACTIVE'"
                    " FROM unnest($1::text[], $2::text[]) AS t (code, unit)"
                    " ON CONFLICT (uscc, version) DO UPDATE SET status = excluded.status",
                    [row[0] for row in rows],
                    [row[1] for row in rows],
                    order[0],
                    status,
                )

        ascending = list(UNIT_OF)
        await asyncio.gather(*(write(order) for order in (ascending, ascending[::-1], ascending[5:] + ascending[:5])))
        assert await pool.fetch(EXPECTED) == []


async def test_seeded_rows_have_it_from_the_start(seeded_url: str) -> None:
    connection = await connect(seeded_url)
    try:
        assert await connection.fetch(EXPECTED) == []
        assert await connection.fetchval("SELECT count(DISTINCT review_status) FROM enterprise") == 3
    finally:
        await connection.close()
