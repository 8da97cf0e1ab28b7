"""The outermost ASGI app: a record for each request, ``/graphql`` straight to its endpoint, the rest to Starlette.

Nothing here may cost the hot path more than a few microseconds, and nothing that escapes below may reach a client as
anything but ``INTERNAL`` with a request id.
"""

from __future__ import annotations

import gc
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog

from authz.errors import KeqiError, Unavailable
from service.graphql import GraphQLEndpoint
from service.lifecycle import opened
from service.logs import AccessLog, configure, log_fault
from service.origins import Origins, is_preflight
from service.pages import wants_console
from service.proxies import Proxies
from service.record import RequestRecord
from service.refusals import BodyTooLarge, internal, send_refusal
from service.routes import OtherRoutes
from service.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.state import AppState

GRAPHQL_PATH = "/graphql"


def create_app(settings: Settings | None = None) -> KeqiApp:
    """The service as an ASGI app; without settings (a worker process), with those of the environment."""
    if settings is None:
        settings = Settings()
        configure(settings)
    return KeqiApp(settings)


class KeqiApp:
    """One process of the service.

    Opens its state in the lifespan; ``failure`` says why it could not, for whoever started the server.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state: AppState | None = None
        self.failure: Exception | None = None
        self._access = AccessLog(settings)
        self._graphql: ASGIApp | None = None
        self._others: ASGIApp | None = None
        self._max_body = settings.max_body_bytes
        self._origins = Origins(settings.allowed_origins)
        self._proxies = Proxies(settings.trusted_proxies)
        self._open = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection of any kind."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003, "reason": "no WebSocket here"})

    # ── one request ─────────────────────────────────────────────────────────────────────────────

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        record = RequestRecord.of(scope, self._proxies)

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                own_id = (b"x-request-id", record.request_id.encode())
                readable = self._origins.headers_for(record.headers)
                message["headers"] = [*message.get("headers", ()), own_id, *record.answer_headers, *readable]
            await send(message)

        state = self.state
        if state is not None:
            state.requests_running += 1
        try:
            await self._guarded(scope, self._limited(record, receive), send_recorded, record)
        finally:
            seconds = time.perf_counter() - started
            if state is not None:
                state.requests_running -= 1
                state.requests_answered += 1
                state.metrics.observe(record.kind, record.outcome, seconds)
            if self._access.is_on:
                self._access.write(record, scope["method"], scope["path"], seconds)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, record: RequestRecord) -> None:
        try:
            await self._dispatch(scope, receive, send, record)
        except KeqiError as error:
            record.outcome = error.code.value
            if record.status:
                raise  # the answer has begun: the server cuts the connection, and no client takes it for whole
            await send_refusal(send, error)
        except Exception as error:
            log_fault("request failed", error, id=record.request_id, path=scope["path"])
            record.outcome = "INTERNAL"
            if record.status:
                raise
            await send_refusal(send, internal(record.request_id))

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send, record: RequestRecord) -> None:
        if self._graphql is None or self._others is None:
            raise Unavailable("服务正在启动，请稍后再试", detail="starting")
        is_get = scope["method"] == "GET"
        if is_preflight(scope, record.headers):
            await self._origins.answer_preflight(record.headers, send)
        elif scope["path"] == GRAPHQL_PATH and not (is_get and wants_console(record)):
            if is_get:
                self._origins.check_get(record.headers)
            await self._graphql(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    def _limited(self, record: RequestRecord, receive: Receive) -> Receive:
        """``receive`` that refuses a body over the limit: by its announced length at once, else while it is read."""
        announced = record.headers.get(b"content-length")
        limit = self._max_body
        if announced is not None and announced.isdigit() and int(announced) <= limit:
            return receive  # the server reads no more than was announced
        if announced is None and b"transfer-encoding" not in record.headers:
            return receive  # no body
        seen = int(announced) if announced is not None and announced.isdigit() else 0

        async def receive_limited() -> Message:
            nonlocal seen
            if seen > limit:
                raise BodyTooLarge(limit)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(limit)
            return message

        return receive_limited

    # ── start and stop ──────────────────────────────────────────────────────────────────────────

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except Exception as error:  # noqa: BLE001 - whoever started the server reports it
            self.failure = error
            if not isinstance(error, KeqiError):
                log_fault("start failed", error)
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        # Schema, routes and rules stay for good: a full collection in the midst of a request need not walk them.
        gc.collect()
        gc.freeze()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> None:
        """Open the state and the routes that use it.

        Raises:
            Unavailable, BadUserInput: see ``lifecycle.opened``.
        """
        state = await self._open.enter_async_context(opened(self.settings))
        graphql = GraphQLEndpoint(state)
        self._graphql, self._others = graphql, OtherRoutes(state, graphql)
        self.state = state
        log: structlog.stdlib.BoundLogger = structlog.get_logger()
        log.info("service ready", embedded=self.settings.is_embedded)

    async def stop(self) -> None:
        """Close what ``start`` opened, the embedded server last."""
        if self.state is not None:
            self.state.is_stopping = True
        self._access.flush()
        await self._open.aclose()
        self.state = self._graphql = self._others = None
