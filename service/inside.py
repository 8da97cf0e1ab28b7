"""GraphQL asked from inside the process: download links and ``keqi query`` take the same way as everybody else.

There is no second path to data: what is asked here passes the same token check, limits, rules and plan as over HTTP.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from service.record import SCOPE_KEY, RequestRecord

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from authz.principal import Principal
    from service.tokens import TokenAuthority

JSON = "application/graphql-response+json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
ACCEPT = {"json": JSON, "xlsx": XLSX, "csv": CSV}
"""File format → what to accept."""

TOKEN_SECONDS = 60.0


async def ask(
    graphql: ASGIApp,
    send: Send,
    *,
    authorization: bytes,
    file_format: str,
    document: str,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
    record: RequestRecord | None = None,
    outer: Receive | None = None,
) -> RequestRecord:
    """Ask ``document`` and hand the answer's messages to ``send``, as they come.

    ``outer`` tells of a client that went away; without one, nobody can. The record says how it went.
    """
    asked = {"query": document, "variables": variables, "operationName": operation}
    body = orjson.dumps({name: value for name, value in asked.items() if value is not None})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"accept", ACCEPT[file_format].encode()),
        (b"authorization", authorization),
    ]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": None,
        "server": None,
    }
    if record is None:
        record = RequestRecord.of(scope)
    else:
        record.headers = dict(headers)
        scope[SCOPE_KEY] = record
    await graphql(scope, _receive(body, outer), send)
    return record


def bearer(tokens: TokenAuthority, principal: Principal) -> bytes:
    """An ``Authorization`` header for one request as ``principal``."""
    return b"Bearer " + tokens.issue(principal, TOKEN_SECONDS).encode()


def _receive(body: bytes, outer: Receive | None) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        if outer is None:
            await asyncio.Event().wait()  # nobody who could go away: a reader of this waits until it is cancelled
            raise AssertionError
        message = await outer()
        while message["type"] != "http.disconnect":  # the outer request's own body is none of the inner one's
            message = await outer()
        return message

    return receive
