"""A client that leaves a download takes its query along: over real sockets, seen from the database."""

from __future__ import annotations

import asyncio
import socket

import asyncpg
import httpx

from authz.principal import Role
from service.inside import XLSX
from tests.service.conftest import PATIENCE_SECONDS, Running, as_

REGISTER = "mutation ($i: ExportInput!) { exportWorkbook(input: $i) { id downloadUrl } }"
MANY_COLUMNS = {"fields": ["name"] * 1900, "format": "CSV"}
"""Some 30 MB of the seeded enterprises: more than all buffers between the database and a client that does not read."""
HERE = "FROM pg_stat_activity WHERE datname = current_database()"
COPYING = f"SELECT count(*) {HERE} AND query LIKE 'COPY%' AND state = 'active'"
WAITING = f"SELECT count(*) {HERE} AND wait_event_type = 'Lock'"
STATUS = "SELECT status FROM export WHERE id = $1::text::uuid"


async def is_so(database: asyncpg.Connection[asyncpg.Record], count: str) -> bool:
    """Ask until something is counted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await database.fetchval(count):
            pass
    return True


async def is_over(database: asyncpg.Connection[asyncpg.Record], count: str) -> bool:
    """Ask until nothing is counted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await database.fetchval(count):
            pass
    return True


async def test_a_cancelled_download_stops_its_query(served: Running, seeded_url: str) -> None:
    small = httpx.AsyncHTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    database = await asyncpg.connect(seeded_url)
    async with httpx.AsyncClient(base_url=served.url, transport=small, timeout=PATIENCE_SECONDS) as http:
        asked = {"query": REGISTER, "variables": {"i": MANY_COLUMNS}}
        answer = await http.post("/graphql", json=asked, headers=as_(Role.MUNICIPAL_OFFICER, subject="leaves-early"))
        export = answer.json()["data"]["exportWorkbook"]
        async with http.stream("GET", export["downloadUrl"]) as response:
            assert response.headers["x-total-rows"] == "600"
            pieces = response.aiter_raw(1000)  # held on to: a generator that nobody holds closes the connection
            await anext(pieces)
            assert await is_so(database, COPYING)
            assert await database.fetchval(STATUS, export["id"]) == "RUNNING"
        assert await is_over(database, COPYING)
        assert await is_over(
            database, f"SELECT count(*) FROM export WHERE id = '{export['id']}' AND status = 'RUNNING'"
        )
        assert await database.fetchval(STATUS, export["id"]) == "FAILED"
    await database.close()


async def test_a_client_that_leaves_while_rows_are_counted_stops_the_count(served: Running, seeded_url: str) -> None:
    # Activity seen within a transaction stays as first seen, so another connection looks on.
    database, lock = await asyncpg.connect(seeded_url), await asyncpg.connect(seeded_url)
    async with lock.transaction(), httpx.AsyncClient(base_url=served.url, timeout=PATIENCE_SECONDS) as http:
        await lock.execute("LOCK TABLE review_record IN ACCESS EXCLUSIVE MODE")
        query = "{ annualReports { nodes { year opinions { opinion } } } }"
        headers = {**as_(Role.MUNICIPAL_OFFICER), "Accept": XLSX}
        leaving = asyncio.create_task(http.post("/graphql", json={"query": query}, headers=headers))
        assert await is_so(database, WAITING)
        leaving.cancel()
        assert await is_over(database, WAITING)
    await lock.close()
    await database.close()
