"""Connections: JSON as bytes, no reset query, settings of every session."""

from __future__ import annotations

import asyncpg
import pytest

from db.engine import connect, create_pool


async def test_json_comes_as_the_bytes_the_server_wrote(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1) as pool:
        assert await pool.fetchval("""SELECT '{"b": 1,  "a": "科"}'::json""") == '{"b": 1,  "a": "科"}'.encode()
        assert await pool.fetchval("""SELECT '{"b": 1,  "a": "科"}'::jsonb""") == '{"a": "科", "b": 1}'.encode()


@pytest.mark.parametrize("kind", ["json", "jsonb"])
@pytest.mark.parametrize("value", [b'{"a": [1, 2]}', '{"a": [1, 2]}'])
async def test_json_goes_in_as_bytes_or_text(server_url: str, kind: str, value: bytes | str) -> None:
    async with await create_pool(server_url, max_size=1) as pool:
        assert await pool.fetchval(f"SELECT $1::{kind}", value) == b'{"a": [1, 2]}'
        assert await pool.fetchval(f"SELECT $1::{kind} IS NULL", None) is True


async def test_rows_as_json_are_the_same_in_every_time_zone(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1) as pool:
        found = await pool.fetchval(
            "SELECT row_to_json(r) FROM (SELECT '2022-06-01T00:00:00Z'::timestamptz AS t, '2022-06-01'::date AS d) r"
        )
        assert found == b'{"t":"2022-06-01T08:00:00+08:00","d":"2022-06-01"}'


async def test_giving_back_costs_no_statement(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1) as pool:
        backend = await pool.fetchval("SELECT pg_backend_pid()")
        async with await create_pool(server_url, max_size=1) as other:
            last = await other.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", backend)
        assert last == "SELECT pg_backend_pid()"


async def test_an_open_transaction_is_rolled_back_when_given_back(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1) as pool:
        async with pool.acquire() as connection:
            await connection.execute("BEGIN; CREATE TABLE half_done (x int)")
        assert await pool.fetchval("SELECT to_regclass('half_done')") is None


async def test_statements_stay_prepared(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1) as pool:
        long_one = "SELECT 1 AS " + ", 1 AS ".join(f"column_{number}" for number in range(1000))
        await pool.fetchrow(long_one)
        held = await pool.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", long_one)
        assert held == 1


async def test_settings_of_a_session(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1, settings={"work_mem": "7MB"}) as pool:
        assert await pool.fetchval("SHOW jit") == "off"
        assert await pool.fetchval("SHOW application_name") == "keqi"
        assert await pool.fetchval("SHOW work_mem") == "7MB"
        assert await pool.fetchval("SHOW statement_timeout") == "0"


async def test_a_statement_over_its_time_is_cut_off(server_url: str) -> None:
    async with await create_pool(server_url, max_size=1, statement_timeout=0.02) as pool:
        assert await pool.fetchval("SHOW statement_timeout") == "20ms"
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.fetchval("SELECT pg_sleep(60)")


async def test_a_single_connection_is_of_the_same_kind(server_url: str) -> None:
    connection = await connect(server_url, statement_timeout=5)
    try:
        assert await connection.fetchval("SELECT '[1]'::json") == b"[1]"
        assert await connection.fetchval("SHOW statement_timeout") == "5s"
        assert await connection.fetchval("SHOW timezone") == "Asia/Shanghai"
    finally:
        await connection.close()
