"""Connections: the one way to a pool, for the service, the command line and the tests.

A pool hands out connections that answer the same everywhere (time zone, date style) and that cost
no round trip when they are given back. For that, nobody may leave session state behind: SET, LISTEN,
temporary tables and advisory locks belong inside a transaction (SET LOCAL, pg_advisory_xact_lock).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Mapping

    Pool = asyncpg.Pool[asyncpg.Record]
    PooledConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    # asyncpg's classes take no parameter at run time.
    Pool = asyncpg.Pool
    PooledConnection = asyncpg.pool.PoolConnectionProxy
    _Connection = asyncpg.Connection

APPLICATION_NAME = "keqi"
TIME_ZONE = "Asia/Shanghai"
STATEMENTS_CACHED = 500
# A prepared statement must not fall out of asyncpg's cache by age: plans are meant to stay.
STATEMENT_LIFETIME_SECONDS = 0
# Our statements are long (a report has over a hundred columns), and asyncpg caches short ones only.
LONGEST_CACHED_STATEMENT_BYTES = 256 * 1024

_JSONB_VERSION = b"\x01"


class Connection(_Connection):
    """A connection without asyncpg's reset query: it saves one round trip each time it is released.

    An open transaction is still rolled back on release.
    """

    def get_reset_query(self) -> str:
        """No query at all."""
        return ""


def json_to_wire(value: bytes | str) -> bytes:
    """JSON text as PostgreSQL takes it in binary format."""
    return value.encode() if isinstance(value, str) else value


def json_from_wire(value: bytes) -> bytes:
    """JSON text untouched: it goes out as it came."""
    return bytes(value)


def jsonb_to_wire(value: bytes | str) -> bytes:
    """JSON text behind jsonb's version byte."""
    return _JSONB_VERSION + json_to_wire(value)


def jsonb_from_wire(value: bytes) -> bytes:
    """JSON text without jsonb's version byte."""
    return bytes(value[1:])


async def use_json_bytes(connection: Any) -> None:
    """Make a connection give json and jsonb as the bytes the server wrote, and take bytes or text."""
    for name, encoder, decoder in (
        ("json", json_to_wire, json_from_wire),
        ("jsonb", jsonb_to_wire, jsonb_from_wire),
    ):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="binary")


def session_settings(statement_timeout_seconds: float | None = None) -> dict[str, str]:
    """Settings of every session: what decides how values are written, and what a plan may cost."""
    settings = {
        "application_name": APPLICATION_NAME,
        "jit": "off",
        "timezone": TIME_ZONE,
        "datestyle": "ISO, YMD",
        "intervalstyle": "iso_8601",
        "bytea_output": "hex",
        "search_path": "public",
    }
    if statement_timeout_seconds is not None:
        settings["statement_timeout"] = str(max(1, round(statement_timeout_seconds * 1000)))
    return settings


async def create_pool(
    url: str,
    *,
    min_size: int = 1,
    max_size: int = 10,
    statement_timeout: float | None = None,
    settings: Mapping[str, str] | None = None,
) -> Pool:
    """Open a pool on ``url``. ``statement_timeout`` is in seconds, per statement; None: no limit.

    Raises:
        OSError, asyncpg.PostgresError: the database can't be reached.
    """
    return await asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        connection_class=Connection,
        init=use_json_bytes,
        statement_cache_size=STATEMENTS_CACHED,
        max_cached_statement_lifetime=STATEMENT_LIFETIME_SECONDS,
        max_cacheable_statement_size=LONGEST_CACHED_STATEMENT_BYTES,
        server_settings={**session_settings(statement_timeout), **(settings or {})},
    )


async def connect(url: str, *, statement_timeout: float | None = None) -> Connection:
    """Open one connection of the same kind, outside any pool. The caller closes it."""
    connection = await asyncpg.connect(
        url,
        connection_class=Connection,
        statement_cache_size=STATEMENTS_CACHED,
        max_cached_statement_lifetime=STATEMENT_LIFETIME_SECONDS,
        max_cacheable_statement_size=LONGEST_CACHED_STATEMENT_BYTES,
        server_settings=session_settings(statement_timeout),
    )
    await use_json_bytes(connection)
    return connection
