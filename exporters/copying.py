"""Rows out of PostgreSQL as chunks of bytes: ``COPY … TO STDOUT``, with backpressure and cancellation.

Nothing here looks into a chunk. A chunk is always a whole number of rows, each ended by a newline.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"

_CHUNKS_WAITING = 2
_ROLLBACK_SECONDS = 10.0


@dataclass(frozen=True)
class CopyForm:
    """COPY's way of writing rows."""

    format: Literal["text", "csv"]
    delimiter: str | None = None
    quote: str | None = None


RAW = CopyForm("text", delimiter="\x02")
"""One column without backslash or control character but U+0001: handed over as it is."""

CSV = CopyForm("csv")

QUOTED_LINE = CopyForm("csv", delimiter="\x02", quote="\x01")
"""One column; a value with a line end or U+0001 stands between U+0001, with its own doubled."""


@contextlib.asynccontextmanager
async def snapshot(connection: Connection) -> AsyncGenerator[None]:
    """One consistent, read-only view for everything read inside; joins a transaction that is open.

    After a failure the connection is usable again, or closed.
    """
    if connection.is_in_transaction():
        yield
        return
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    await transaction.start()
    try:
        yield
    except BaseException:
        await _roll_back(connection, transaction)
        raise
    await transaction.commit()


async def _roll_back(connection: Connection, transaction: Any) -> None:
    """Wait for the cancelled statement to end; a server that does not answer loses the connection."""
    try:
        async with asyncio.timeout(_ROLLBACK_SECONDS):
            await transaction.rollback()
    except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


async def copy_chunks(connection: Connection, statement: str, form: CopyForm) -> AsyncGenerator[bytes, None]:
    """The rows of ``statement``, in chunks as they arrive.

    A reader that stops stops the query too (at most two chunks wait); closing the generator cancels it.
    """
    arrived: asyncio.Queue[bytes | None] = asyncio.Queue()
    free = asyncio.Semaphore(_CHUNKS_WAITING)

    async def accept(chunk: bytes) -> None:
        await free.acquire()
        arrived.put_nowait(chunk)

    async def run() -> None:
        try:
            await connection.copy_from_query(
                statement, output=accept, format=form.format, delimiter=form.delimiter, quote=form.quote
            )
        finally:
            arrived.put_nowait(None)

    copying = asyncio.create_task(run())
    try:
        while (chunk := await arrived.get()) is not None:
            free.release()
            yield chunk
        await copying
    finally:
        if not copying.done():
            copying.cancel()
            await asyncio.wait([copying])
