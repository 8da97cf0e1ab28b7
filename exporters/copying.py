"""Rows out of PostgreSQL as chunks of bytes: ``COPY … TO STDOUT``, with backpressure and cancellation.

Nothing here looks into a chunk. A chunk is always a whole number of rows, each ended by a newline.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"

_CHUNKS_WAITING = 2
_CHUNK_BYTES = 64 << 10
"""What arrives in smaller pieces waits for more: every piece on its way costs as much as its deflating."""

_ROLLBACK_SECONDS = 10.0

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_INTEGER = struct.Struct(">i")
_ROW = struct.Struct(">hi")

# Workers help to sort, for nothing can be sent before the sort is done. Where rows stream as they are
# read, handing each from a worker to the process that encodes it costs more than reading it there.
_SORTED = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather TO DEFAULT"
_STREAMED = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"


@dataclass(frozen=True)
class CopyForm:
    """COPY's way of writing rows."""

    format: Literal["binary", "csv"]
    delimiter: str | None = None
    quote: str | None = None


BINARY = CopyForm("binary")
"""Nothing is escaped, and nothing looked through for what needs it: the fastest for long rows."""

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
    try:
        await transaction.start()
    except BaseException:
        connection.terminate()  # whether it has begun is not known
        raise
    try:
        yield
    except BaseException:
        await _roll_back(connection, transaction)
        raise
    await transaction.commit()


async def _roll_back(connection: Connection, transaction: Any) -> None:
    """Wait until the server has the request to cancel; then close what cannot be used again.

    asyncpg takes rows that still arrive after the request for the cancelled statement's end, and cannot
    go on from there.
    """
    try:
        async with asyncio.timeout(_ROLLBACK_SECONDS):
            await transaction.rollback()
    except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
        connection.terminate()


async def copy_chunks(connection: Connection, statement: str, form: CopyForm) -> AsyncGenerator[bytes, None]:
    """The rows of ``statement``, in chunks as they arrive.

    A reader that stops stops the query too (at most three chunks wait); closing the generator cancels it.
    Runs inside a transaction.
    """
    await connection.execute(_SORTED if "ORDER BY" in statement else _STREAMED)
    arrived: asyncio.Queue[bytes | None] = asyncio.Queue()
    free = asyncio.Semaphore(_CHUNKS_WAITING)

    gathered: list[bytes] = []
    size = 0

    async def accept(chunk: bytes) -> None:
        nonlocal size
        gathered.append(chunk)
        size += len(chunk)
        if size >= _CHUNK_BYTES:
            await free.acquire()
            arrived.put_nowait(b"".join(gathered))
            gathered.clear()
            size = 0

    async def run() -> None:
        try:
            await connection.copy_from_query(
                statement, output=accept, format=form.format, delimiter=form.delimiter, quote=form.quote
            )
            arrived.put_nowait(b"".join(gathered))
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


async def copy_texts(connection: Connection, statement: str) -> AsyncGenerator[list[memoryview], None]:
    """The texts of a statement with one text column, which is never null, as lists of what arrived together."""
    first = True
    async with contextlib.aclosing(copy_chunks(connection, statement, BINARY)) as chunks:
        async for chunk in chunks:
            yield _texts(chunk, _after_header(chunk) if first else 0)
            first = False


def _after_header(chunk: bytes) -> int:
    """COPY's binary form begins with a signature, flags and an extension of a given length."""
    if not chunk.startswith(_SIGNATURE):
        raise RuntimeError("not COPY's binary form")
    (extension,) = _INTEGER.unpack_from(chunk, len(_SIGNATURE) + 4)
    return len(_SIGNATURE) + 8 + extension


def _texts(chunk: bytes, at: int) -> list[memoryview]:
    """Each row is a number of fields (-1 at the end of all) and its only field's length and bytes."""
    view, end, head = memoryview(chunk), len(chunk), _ROW.unpack_from
    texts: list[memoryview] = []
    while at + 6 <= end:
        length = head(chunk, at)[1]
        texts.append(view[at + 6 : at + 6 + length])
        at += 6 + length
    return texts
