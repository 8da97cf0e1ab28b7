"""Folding what changed into the roll-ups, and freezing months that closed, for as long as the service runs.

Answers are exact without it (the readers' views add what is not folded), only slower the more there is. It has a
connection of its own, so that no page waits for it; of several processes one folds at a time and the others look again
later.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import structlog

from db.engine import Connection, connect
from db.rollups.fold import VACUUM_AFTER, TurnTaken, fold, log_rows, tidy
from db.rollups.frozen import freeze_since
from service.logs import log_fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.metrics import Metrics
    from service.reserve import Reserve

APPLICATION_NAME = "keqi rollups"
"""What the connection is called in ``pg_stat_activity``."""
LOOK_SECONDS = 1.0
"""Between two looks whether there is something to fold."""
FREEZE_SECONDS = 60.0
"""Between two looks whether a month has closed; the first of them this long after the start."""
RETRY_SECONDS = 5.0
CLOSE_SECONDS = 1.0


@asynccontextmanager
async def kept_rollups(url: str, metrics: Metrics, reserve: Reserve | None = None) -> AsyncGenerator[None]:
    """Fold for as long as the context lasts. The start does not wait for it, nor the end for a fold in progress.

    Months are frozen with the sizes that ``reserve`` tells.
    """
    work = asyncio.create_task(_Keeper(url, metrics, reserve).run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait([work])


class _Keeper:
    """Folds for one process."""

    def __init__(self, url: str, metrics: Metrics, reserve: Reserve | None) -> None:
        self._url = url
        self._metrics = metrics
        self._reserve = reserve
        self._folded = 0
        """Enterprises since the log was tidied."""
        self._freeze_at = asyncio.get_running_loop().time() + FREEZE_SECONDS

    async def run(self) -> None:
        """Look and fold until cancelled; begin anew with another connection whenever something fails."""
        while True:
            try:
                await self._keep()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log: structlog.stdlib.BoundLogger = structlog.get_logger()
                log.warning("roll-ups not folded; tried again later", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - a keeper that ends for good would leave answers ever slower
                log_fault("roll-up keeper failed", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _keep(self) -> None:
        connection = await connect(self._url)
        try:
            await connection.execute(f"SET application_name = '{APPLICATION_NAME}'")
            while True:
                waiting = await log_rows(connection)
                self._metrics.rollup_backlog.set(waiting)
                await self._freeze(connection)
                if not waiting or not await self._fold(connection):
                    await asyncio.sleep(LOOK_SECONDS)
        finally:
            await _let_go(connection)

    async def _fold(self, connection: Connection) -> int:
        """Fold one batch; answers how many, 0 where it is another process's turn."""
        try:
            done = await fold(connection)
        except TurnTaken:
            return 0
        self._folded += done
        if self._folded >= VACUUM_AFTER:
            self._folded = 0
            await tidy(connection)
        return done

    async def _freeze(self, connection: Connection) -> None:
        """Freeze what closed, when it is time to look; whatever waits to be folded, for readings are exact."""
        now = asyncio.get_running_loop().time()
        if now < self._freeze_at:
            return
        self._freeze_at = now + FREEZE_SECONDS
        sizes = None if self._reserve is None else partial(self._reserve.sizes, connection)
        if months := await freeze_since(connection, sizes):
            log: structlog.stdlib.BoundLogger = structlog.get_logger()
            log.info("cultivation progress frozen", months=months)


async def _let_go(connection: Connection) -> None:
    try:
        await connection.close(timeout=CLOSE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()
