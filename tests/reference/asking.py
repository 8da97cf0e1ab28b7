"""Asking the real service from a test that is not a coroutine: its event loop runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Generator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import orjson
from pydantic import SecretStr

from authz.errors import KeqiError
from authz.principal import Principal, Role
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
    ) -> Response:
        """One request as ``principal``."""
        return _run(self.loop, self._asked(principal, document, dict(variables or {}), file_format, by_get=by_get))

    async def _asked(
        self, principal: Principal, document: str, variables: dict[str, Any], file_format: str, *, by_get: bool
    ) -> Response:
        body, query = b"", b""
        if by_get:
            query = urlencode({"query": document, "variables": orjson.dumps(variables).decode()}).encode()
        else:
            body = orjson.dumps({"query": document, "variables": variables})
        headers = [
            (b"accept", ACCEPT[file_format].encode()),
            (b"content-type", b"application/json"),
            (b"authorization", bearer(self.state.tokens, principal)),
        ]
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET" if by_get else "POST",
            "path": "/graphql",
            "query_string": query,
            "headers": headers if principal.role is not Role.PUBLIC else headers[:2],
        }
        RequestRecord.of(scope)
        return await _answer(self.endpoint, scope, body)


async def _answer(endpoint: GraphQLEndpoint, scope: dict[str, Any], body: bytes) -> Response:
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
    settings = Settings(database_url=SecretStr(url), secret=SecretStr(SECRET), log_level="warning", pool_size=4)
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
