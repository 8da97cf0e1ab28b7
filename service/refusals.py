"""Errors as HTTP answers: one status per code, one body shape (GraphQL's), never a traceback."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from authz.errors import BadUserInput, ErrorCode, KeqiError, TooComplex
from service.limits import TooManyRequests, TooMuchPlanning

if TYPE_CHECKING:
    from starlette.types import Send

STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.VERSION_CONFLICT: 409,
    ErrorCode.INVALID_STATE: 409,
    ErrorCode.QUERY_TOO_COMPLEX: 400,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}


class BodyTooLarge(TooComplex):
    """A request body over ``KEQI_MAX_BODY_BYTES``."""

    http_status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"请求内容过大，最多 {limit:,} 字节", detail=f"request body over {limit} bytes")


class WrongMethod(BadUserInput):
    """An address asked with a method it does not know; ``allowed`` are those it does."""

    http_status = 405

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__("method", f"此地址不支持 {method} 请求", detail=f"method not allowed; allowed: {allowed}")
        self.allowed = allowed


def status_of(error: KeqiError) -> int:
    """The HTTP status of an error that stands for a whole request: its class's own, or its code's."""
    status: int = getattr(error, "http_status", STATUS[error.code])
    return status


def internal(request_id: str) -> KeqiError:
    """What a client learns of a fault of ours: where to look it up, and nothing else."""
    return KeqiError(
        f"系统繁忙，请稍后再试；如仍出现请提供编号 {request_id}", detail=f"internal error, request id {request_id}"
    )


def body_of(error: KeqiError) -> bytes:
    """The error as a response body of GraphQL's shape, without ``data``: nothing ran."""
    return json.dumps({"errors": [error.formatted()]}, ensure_ascii=False).encode()


async def send_refusal(send: Send, error: KeqiError, *, status: int | None = None) -> None:
    """Answer a request with an error and nothing else."""
    body = body_of(error)
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    status = status or status_of(error)
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, WrongMethod):
        headers.append((b"allow", error.allowed.encode()))
    if isinstance(error, TooManyRequests | TooMuchPlanning):
        headers.append((b"retry-after", b"%d" % math.ceil(error.wait_seconds)))
    if isinstance(error, BodyTooLarge):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
