"""``/exports/{id}.{xlsx|csv}``: a registered export, taken with its signed link.

The link stands for a principal; the export is asked anew as that principal, under today's rules, and streams. What is
stored is who asked for what, never the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import asyncpg
import orjson
import structlog

from authz.errors import NotFound
from db.enums import ExportStatus
from service.caller import link_holder
from service.faults import database_faults
from service.inside import ask, bearer
from service.record import record_of

if TYPE_CHECKING:
    import uuid

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.identity import ExportLink
    from service.state import AppState

_FIND = """
SELECT title, document, variables, lower(format) AS format FROM export
WHERE id = $1 AND requester_subject = $2 AND expires_at > now()
"""
_MARK = "UPDATE export SET status = $2, rows = coalesce($3, rows), bytes = coalesce($4, bytes) WHERE id = $1"


class Downloads:
    """The route, as an ASGI app of its own: it streams."""

    def __init__(self, state: AppState, graphql: ASGIApp) -> None:
        self._state = state
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream the export.

        Raises:
            Unauthenticated: the link is forged, expired, or of another export.
            NotFound: no such export of this principal, or another format.
            Unavailable: the database cannot be reached.
        """
        export_id: uuid.UUID = scope["path_params"]["id"]
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        link = await link_holder(self._state, record_of(scope), token, export_id)
        with database_faults():
            found = await self._state.pool.fetchrow(_FIND, export_id, link.principal.subject)
        if found is None or found["format"] != scope["path_params"]["format"]:
            raise NotFound("没有这份导出，或链接已过期", detail="no such export for this link")
        await self._stream(found, link, scope, receive, send)

    async def _stream(
        self, found: asyncpg.Record, link: ExportLink, scope: Scope, receive: Receive, send: Send
    ) -> None:
        record, size, is_whole = record_of(scope), 0, False
        record.title = found["title"]

        async def send_counted(message: Message) -> None:
            nonlocal size, is_whole
            if message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                is_whole = record.status == 200 and not message.get("more_body", False)
                if is_whole:  # before the last byte, so that whoever has the file finds it noted
                    await self._mark(link, ExportStatus.DONE, record.rows, size)
            await send(message)

        await self._mark(link, ExportStatus.RUNNING)
        try:
            await ask(
                self._graphql,
                send_counted,
                authorization=bearer(self._state.tokens, link.principal),
                file_format=found["format"],
                document=found["document"],
                variables=orjson.loads(found["variables"]),
                record=record,
                outer=receive,
            )
        finally:
            if not is_whole:
                await self._mark(link, ExportStatus.FAILED)

    async def _mark(self, link: ExportLink, status: ExportStatus, rows: int = -1, size: int | None = None) -> None:
        """Note how far the export got; a note that cannot be written does not spoil the download."""
        try:
            known_rows = rows if rows >= 0 else None
            await self._state.pool.execute(_MARK, link.export_id, status.value, known_rows, size)
        except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            log: structlog.stdlib.BoundLogger = structlog.get_logger()
            log.warning(
                "export not marked", export=str(link.export_id), status=status.value, error=type(error).__name__
            )
