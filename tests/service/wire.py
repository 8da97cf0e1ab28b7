"""A wire to PostgreSQL that can be cut without a word, or swallow every notification as a pooler does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit, urlunsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Forwards connections to a database, each as long as the wire is whole."""

    def __init__(self, url: str, *, is_mute: bool = False) -> None:
        self._to = urlsplit(url)
        self._is_mute = is_mute
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    def cut(self) -> None:
        """Nothing passes any more; connections stay open at both ends."""
        self._is_whole.clear()

    def mend(self) -> None:
        """What was held back passes, and all that follows."""
        self._is_whole.set()

    async def opened(self) -> asyncio.Server:
        """Listen on a free port of this machine."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._to.username or "postgres"
        self.url = urlunsplit(("postgresql", f"{user}@127.0.0.1:{port}", self._to.path, "sslmode=disable", ""))
        return server

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await self._database()
        back = self._pump_muted if self._is_mute else self._pump
        await asyncio.gather(self._pump(reader, inner_writer), back(inner_reader, writer), return_exceptions=True)

    async def _database(self) -> Streams:
        folder = parse_qs(self._to.query).get("host")
        if folder:
            return await asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.{self._to.port or 5432}")
        return await asyncio.open_connection(self._to.hostname, self._to.port or 5432)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                await self._is_whole.wait()
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()

    async def _pump_muted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The server's messages (a letter, a length, a body) but notifications."""
        try:
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
                if head[:1] != b"A":
                    writer.write(head + body)
                    await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def wire(url: str, *, is_mute: bool = False) -> AsyncGenerator[Wire]:
    """A wire to the database at ``url``, for as long as the context lasts."""
    made = Wire(url, is_mute=is_mute)
    server = await made.opened()
    try:
        yield made
    finally:
        made.mend()
        server.close()
