"""What goes wrong behind a query: time runs out, the database goes away; told by code, and over by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.fixtures.service import Answer, Service, serving

COUNT = "{ enterprises { totalCount } }"
NAMES = "{ enterprises { nodes { name } } }"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextlib.asynccontextmanager
async def nobody_reads_enterprises(url: str) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record]]:
    """Whoever reads the table waits until the end of the context; gives a connection to look on."""
    lock, looking_on = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        async with lock.transaction():
            await lock.execute("LOCK TABLE enterprise IN ACCESS EXCLUSIVE MODE")
            yield looking_on
    finally:
        await lock.close()
        await looking_on.close()


def timed_out(answer: Answer) -> None:
    """Refused for its time, in words for people, with no data."""
    assert (answer.status, answer.code) == (504, "TIMEOUT"), answer.body
    assert "超时" in answer.errors[0]["message"]
    assert "data" not in answer.json


async def test_a_query_over_its_time_is_a_timeout(town_copy: str) -> None:
    async with serving(town_copy, statement_timeout_seconds=0.2) as service:
        async with nobody_reads_enterprises(town_copy):
            timed_out(await service.ask(COUNT))
        assert (await service.ask(COUNT)).data


async def test_an_export_over_its_time_is_a_timeout(town_copy: str) -> None:
    async with serving(town_copy, export_timeout_seconds=0.2) as service:
        async with nobody_reads_enterprises(town_copy):
            timed_out(await service.ask(NAMES, accept="xlsx"))
            timed_out(await service.ask(NAMES, accept="csv"))
        assert (await service.ask(NAMES, accept="csv")).status == 200


async def test_an_export_may_take_longer_than_any_page(town_copy: str) -> None:
    async with serving(town_copy, statement_timeout_seconds=0.2) as service:
        async with nobody_reads_enterprises(town_copy) as database:
            export = asyncio.create_task(service.ask(NAMES, accept="csv"))
            while not await database.fetchval(WAITING):
                assert not export.done(), export.result()
            timed_out(await service.ask(COUNT))
            assert not export.done()
        assert (await export).status == 200


async def gone(url: str, *, for_good: bool = True) -> None:
    """End every connection to the database, as a restart does; ``for_good``: nobody may connect any more."""
    name = urlsplit(url).path[1:]
    elsewhere = await asyncpg.connect(url.replace(f"/{name}", "/postgres"))
    if for_good:
        await elsewhere.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await elsewhere.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", name)
    await elsewhere.close()


async def test_a_database_that_came_back_is_used_again(town_copy: str) -> None:
    async with serving(town_copy, pool_size=2) as service:
        assert (await service.ask(COUNT)).data
        await gone(town_copy, for_good=False)
        answers = [await service.ask(COUNT) for _ in range(3)]
        assert answers[-1].data == {"enterprises": {"totalCount": 12}}
        assert {answer.code for answer in answers if "errors" in answer.json} <= {"UNAVAILABLE"}


@pytest.mark.parametrize("accept", ["json", "xlsx", "csv"])
async def test_a_database_that_is_gone_is_unavailable(town_copy: str, accept: str) -> None:
    async with serving(town_copy, pool_size=2) as service:
        await gone(town_copy)
        for _ in range(3):
            answer = await service.ask(NAMES, accept=accept)
            assert (answer.status, answer.code) == (503, "UNAVAILABLE")
            assert "稍后" in answer.errors[0]["message"]
            assert urlsplit(town_copy).path[1:] not in answer.body.decode()


async def test_a_mutation_without_a_database_is_unavailable(town_copy: str) -> None:
    async with serving(town_copy, pool_size=2) as service:
        await gone(town_copy)
        for _ in range(3):
            assert (await service.ask("mutation { exportWorkbook(input: {}) { id } }")).code == "UNAVAILABLE"


async def test_more_queries_than_connections_leave_some_for_exports(town_url: str) -> None:
    """Readers keep their connections; commands and exports must not wait for them for ever."""
    async with serving(town_url, pool_size=2) as service:
        answers = await asyncio.gather(*(service.ask(COUNT) for _ in range(8)))
        assert all(answer.data for answer in answers)
        assert (await service.ask(NAMES, accept="csv")).status == 200
        assert (await service.ask("mutation { exportWorkbook(input: {}) { rows } }")).data


async def test_a_refusal_stops_nothing_else(town: Service) -> None:
    refusal, answer = await asyncio.gather(town.ask("{ enterprises(first: 2000) { totalCount } }"), town.ask(COUNT))
    assert refusal.status == 400
    assert answer.data
