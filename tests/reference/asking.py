"""Asking the real service from a test that is not a coroutine: its event loop runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Coroutine, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import orjson
from pydantic import SecretStr
from starlette.types import ASGIApp

from authz.errors import KeqiError
from authz.principal import PUBLIC, Principal, Role
from service.downloads import Downloads
from service.graphql import GraphQLEndpoint
from service.inside import ACCEPT, bearer
from service.lifecycle import opened
from service.record import RequestRecord
from service.settings import Settings
from service.state import AppState

T = TypeVar("T")
SECRET = "a secret of the tests, and of nobody else 0123456789"


@dataclass(frozen=True)
class Response:
    """What came back, whole. ``refusal`` stands for the body of a request that was refused outright."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        return cast("dict[str, Any]", orjson.loads(self.body))


@dataclass
class Service:
    """A service over one database, asked in process; every request passes its tokens, limits, rules and plans."""

    loop: asyncio.AbstractEventLoop
    state: AppState
    endpoint: GraphQLEndpoint = field(init=False)

    def __post_init__(self) -> None:
        self.endpoint = GraphQLEndpoint(self.state)

    def without_cache(self) -> Service:
        """The same service with no plan made yet."""
        return Service(self.loop, self.state)

    def ask(
        self,
        principal: Principal,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        file_format: str = "json",
        by_get: bool = False,
        operation: str | None = None,
    ) -> Response:
        """One request as ``principal``; ``file_format`` is one of ``ACCEPT``, or what to accept."""
        asked = {"query": document, "variables": dict(variables or {}), "operationName": operation}
        accept = ACCEPT.get(file_format, file_format)
        if not by_get:
            return self._run(principal, "POST", orjson.dumps(asked), b"", accept)
        given = {**asked, "variables": orjson.dumps(asked["variables"]).decode(), "operationName": operation or ""}
        return self._run(principal, "GET", b"", urlencode(given).encode(), accept)

    def batch(self, principal: Principal, operations: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Response]:
        """Several operations in one request; each one's answer by itself."""
        asked = [{"query": document, "variables": dict(variables)} for document, variables in operations]
        response = self._run(principal, "POST", orjson.dumps(asked), b"", ACCEPT["json"])
        bodies = cast("list[Any]", orjson.loads(response.body))
        return [Response(response.status, response.headers, orjson.dumps(body)) for body in bodies]

    def download(self, link: str, principal: Principal = PUBLIC) -> Response:
        """Follow a download link, with ``principal``'s token beside it."""
        path, _, query = link.partition("?")
        name, _, file_format = path.rpartition("/")[2].partition(".")
        scope = self._scope(principal, "GET", path, query.encode(), "*/*")
        scope["path_params"] = {"id": uuid.UUID(name), "format": file_format}
        return _run(self.loop, _answer(Downloads(self.state, self.endpoint), scope, b""))

    def _run(self, principal: Principal, method: str, body: bytes, query: bytes, accept: str) -> Response:
        return _run(self.loop, _answer(self.endpoint, self._scope(principal, method, "/graphql", query, accept), body))

    def _scope(self, principal: Principal, method: str, path: str, query: bytes, accept: str) -> dict[str, Any]:
        headers = [(b"accept", accept.encode()), (b"content-type", b"application/json")]
        if principal.role is not Role.PUBLIC:
            headers.append((b"authorization", bearer(self.state.tokens, principal)))
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}
        RequestRecord.of(scope)
        return scope


async def _answer(endpoint: ASGIApp, scope: dict[str, Any], body: bytes) -> Response:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    started: dict[str, Any] = {"status": 0, "headers": []}
    chunks: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            chunks.append(message.get("body", b""))

    try:
        await endpoint(cast("Any", scope), cast("Any", receive), send)
    except KeqiError as error:
        return Response(400, {}, orjson.dumps({"errors": [error.formatted()]}))
    headers = {name.decode(): value.decode() for name, value in started["headers"]}
    return Response(started["status"], headers, b"".join(chunks))


@contextmanager
def serving(url: str) -> Generator[Service]:
    """A service over the database at ``url``, for as long as the context lasts."""
    settings = Settings(
        database_url=SecretStr(url),
        secret=SecretStr(SECRET),
        log_level="warning",
        pool_size=4,
        rate_limit=0,
        planning_seconds=0,  # every operation is a new one here
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()
    try:
        yield Service(loop, _run(loop, stack.enter_async_context(opened(settings))))
    finally:
        _run(loop, stack.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=120)
