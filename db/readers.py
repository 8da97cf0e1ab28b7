"""Connections that stay out of their pool: for short reads, checking one out costs twice what the read does.

A reader takes part in no transaction and leaves no state behind; whatever needs either asks the pool itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from db.engine import Pool, PooledConnection


class Readers:
    """At most ``size`` connections of a pool, taken when first needed and lent for one statement each."""

    def __init__(self, pool: Pool, size: int) -> None:
        self._pool = pool
        self._free = size
        """Connections that may still be taken out of the pool."""
        self._idle: list[PooledConnection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def fetchrow(self, sql: str, values: Sequence[object]) -> asyncpg.Record | None:
        """The first row of a statement.

        Raises:
            asyncpg.PostgresError, asyncpg.InterfaceError, OSError: as the connection does.
        """
        connection = self._usable_idle() or await self._another()
        try:
            return await connection.fetchrow(sql, *values)
        finally:
            self._take_back(connection)

    def _usable_idle(self) -> PooledConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if _is_open(connection):
                return connection
            self._forget(connection)
        return None

    def _take_back(self, connection: PooledConnection) -> None:
        if _is_open(connection):
            self._idle.append(connection)
        else:
            self._forget(connection)
        self._wake()

    def _forget(self, connection: PooledConnection) -> None:
        """Leave a broken connection to the pool, which replaces it; here it only makes room."""
        self._free += 1
        task = asyncio.ensure_future(self._pool.release(connection))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _another(self) -> PooledConnection:
        while (idle := self._usable_idle()) is None:
            if self._free:
                self._free -= 1
                try:
                    return await self._pool.acquire()
                except BaseException:
                    self._free += 1
                    self._wake()
                    raise
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._wake()  # the turn was given, and nobody took it
                raise
        return idle

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def close(self) -> None:
        """Give the idle connections back, so that the pool can close."""
        idle, self._idle = self._idle, []
        for connection in idle:
            self._free += 1
            await self._pool.release(connection)


def _is_open(connection: PooledConnection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # the server ended it, and the pool has already let go
