"""Word of changed accounts and revoked tokens, from the database to this process, within a second.

A connection of its own listens. It is believed only after it has heard itself, and asked every second whether it is
still there: a connection that breaks in silence (a cable, a proxy) is as deaf as one that is closed. From the moment
that it may be deaf until it hears again, ``Identity`` remembers nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import asyncpg
import structlog

from db.engine import Connection, connect
from service.logs import log_fault

if TYPE_CHECKING:
    from service.identity import Identity

CHANNEL = "keqi_identity"
APPLICATION_NAME = "keqi watch"
"""What the connection is called in ``pg_stat_activity``."""
BEAT_SECONDS = 1.0
"""Between two questions whether the connection is still there, and how long an answer may take."""
CONNECT_SECONDS = 5.0
RETRY_SECONDS = 0.5
CLOSE_SECONDS = 1.0


class Watch:
    """Listens for one process, for as long as ``run`` runs."""

    def __init__(self, url: str, identity: Identity) -> None:
        self._url = url
        self._identity = identity
        self._heard_self = asyncio.Event()
        self._echo = secrets.token_hex(16)
        self._was_lost = False

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                self._tell_lost(error)
            except Exception as error:  # noqa: BLE001 - a watch that ends for good would leave every request slow
                log_fault("account watch failed", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        """Listen on one connection until it is lost.

        Raises:
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError: it is.
        """
        ended = asyncio.Event()
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await connect(self._url)
        try:
            connection.add_termination_listener(lambda _: self._end(ended))
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._subscribe(connection)
            self._identity.hears()
            self._tell_found()
            while not await _happens(ended, BEAT_SECONDS):
                await connection.fetchval("SELECT 1", timeout=BEAT_SECONDS)
            raise ConnectionResetError("the listening connection was closed")
        finally:
            self._identity.is_deaf()
            await _let_go(connection)

    async def _subscribe(self, connection: Connection) -> None:
        """Listen, and wait until a message to oneself has arrived: only then do others' arrive too."""
        self._heard_self.clear()
        await connection.execute(f"SET application_name = '{APPLICATION_NAME}'")
        await connection.add_listener(CHANNEL, self._hear)
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, self._echo)
        await self._heard_self.wait()

    def _hear(self, _connection: object, _pid: int, _channel: str, subject: object) -> None:
        if subject == self._echo:
            self._heard_self.set()
        elif subject == "":
            self._identity.forget_all()
        else:
            self._identity.forget(str(subject))

    def _end(self, ended: asyncio.Event) -> None:
        self._identity.is_deaf()
        ended.set()

    def _tell_lost(self, error: BaseException) -> None:
        if not self._was_lost:
            self._was_lost = True
            log: structlog.stdlib.BoundLogger = structlog.get_logger()
            log.warning("account watch lost; every token is checked in the database", error=type(error).__name__)

    def _tell_found(self) -> None:
        if self._was_lost:
            self._was_lost = False
            log: structlog.stdlib.BoundLogger = structlog.get_logger()
            log.warning("account watch back")  # whoever was told of the loss is told of its end


async def _let_go(connection: Connection) -> None:
    try:
        await connection.close(timeout=CLOSE_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()


async def _happens(event: asyncio.Event, within_seconds: float) -> bool:
    try:
        async with asyncio.timeout(within_seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
