"""What an HTTP request to ``/graphql`` may look like, and what its answer may be (GraphQL over HTTP)."""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

import orjson

from authz.errors import BadUserInput, TooComplex, Unavailable
from service.inside import CSV, JSON, XLSX
from service.refusals import WrongMethod
from service.values import ValueLimits, check_values

if TYPE_CHECKING:
    from starlette.types import Receive, Scope


class NotAcceptable(BadUserInput):
    """No media type of ours is accepted; answered with 406."""

    http_status = 406


class UnsupportedMedia(BadUserInput):
    """The body is not JSON in UTF-8; answered with 415."""

    http_status = 415


MAX_PUNCTUATION = 50_000
"""Commas and opening brackets of a body: each may become a value, and making them is what reading JSON costs."""
MAX_NAME = 200
"""Characters of ``operationName``."""
MAX_URL_FIELDS = 20
"""Parameters of a request by GET."""
GIVEN_ONCE = frozenset(
    {b"authorization", b"content-type", b"content-encoding", b"content-length", b"host", b"origin", b"accept"}
)
"""Headers of which two would leave open which one counts; what stands in front of us may take the other."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one HTTP request may bring: operations of a batch, values of each."""

    batch: int = 10
    values: ValueLimits = field(default_factory=ValueLimits)


class Accepted(enum.Enum):
    """What the client wants back."""

    LEGACY = "application/json"
    GRAPHQL = JSON
    XLSX = XLSX
    CSV = CSV

    def __init__(self, media: str) -> None:
        self.is_file = media in (XLSX, CSV)
        self.content_type = f"{media}; charset=utf-8".encode()


_BY_MEDIA: dict[str, Accepted] = {
    **{wanted.value: wanted for wanted in Accepted},
    "*/*": Accepted.LEGACY,
    "application/*": Accepted.LEGACY,
    "text/*": Accepted.CSV,
}


@functools.lru_cache(maxsize=256)
def accepted(header: bytes) -> Accepted:
    """The best of our media types for an ``Accept`` header; none named means JSON.

    Raises:
        NotAcceptable: none of ours is accepted.
    """
    if not header.strip():
        return Accepted.LEGACY
    best: tuple[float, Accepted] | None = None
    for entry in header.decode("latin-1").split(","):
        media, *parameters = (part.strip().lower() for part in entry.split(";"))
        wanted, quality = _BY_MEDIA.get(media), _quality(parameters)
        charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
        if wanted is not None and quality > 0 and charset in ("utf-8", "utf8") and (best is None or quality > best[0]):
            best = (quality, wanted)
    if best is None:
        offers = "、".join(wanted.value for wanted in Accepted)
        raise NotAcceptable("accept", f"只能以下列格式返回：{offers}", detail="not acceptable")
    return best[1]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation as asked. ``by_get``: only queries may run.

    ``plan`` and ``reasons`` are what its ``extensions`` ask for beside the data: the plan explained, and why each
    redacted value is hidden. ``size`` is what reading it cost: characters of the document and values beside it.
    """

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    by_get: bool = False
    plan: bool = False
    reasons: bool = False
    size: int = 0


async def parsed(
    scope: Scope, receive: Receive, headers: Mapping[bytes, bytes], limits: RequestLimits
) -> GraphQLRequest | list[GraphQLRequest]:
    """The request, or the requests of a batch.

    Raises:
        WrongMethod, UnsupportedMedia, BadUserInput, TooComplex: it is not a GraphQL request.
    """
    if len(scope["headers"]) != len(headers):
        _check_given_once(scope["headers"])
    if scope["method"] == "GET":
        return _from_url(scope["query_string"], limits)
    if scope["method"] != "POST":
        raise WrongMethod(scope["method"], "GET, POST")
    _check_content_type(headers.get(b"content-type", b""))
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise UnsupportedMedia("content-encoding", "请求正文请不要压缩", detail="compressed bodies are not taken")
    if headers.get(b"transfer-encoding", b"chunked").strip().lower() != b"chunked":
        raise UnsupportedMedia(
            "transfer-encoding", "请求正文请不要压缩", detail="no transfer coding but chunked is taken"
        )
    body = _json(await _body(receive))
    if isinstance(body, list):
        entries = cast("list[object]", body)
        if not entries:
            raise BadUserInput("body", "批量请求至少包含一个操作", detail="empty batch")
        if len(entries) > limits.batch:
            raise TooComplex(f"一批最多 {limits.batch} 个操作", detail=f"batch of {len(entries)}")
        return [_from_object(entry, limits) for entry in entries]
    return _from_object(body, limits)


def _json(body: bytes) -> object:
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_PUNCTUATION:
        raise TooComplex("请求正文包含的值过多，请分批发送", detail=f"more than {MAX_PUNCTUATION} values in the body")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "depth limit" in str(error):
            raise TooComplex("请求正文嵌套过深", detail="JSON nested too deeply") from None
        raise BadUserInput("body", "请求正文不是有效的 JSON", detail=f"malformed JSON: {error}") from None


def _check_given_once(headers: Iterable[tuple[bytes, bytes]]) -> None:
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in GIVEN_ONCE and name in seen:
            text = name.decode("latin-1")
            raise BadUserInput(text, f"请求头 {text} 只能出现一次", detail=f"duplicate header {text}")
        seen.add(name)


@functools.lru_cache(maxsize=64)
def _check_content_type(header: bytes) -> None:
    media, *parameters = (part.strip().lower() for part in header.decode("latin-1").split(";"))
    charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if media not in ("application/json", "application/graphql-response+json") or charset not in ("utf-8", "utf8"):
        raise UnsupportedMedia(
            "content-type", "请以 Content-Type: application/json（UTF-8）发送请求", detail="unsupported media type"
        )


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    chunks = [body]
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("请求未发送完整", detail="client went away")
        chunks.append(message.get("body", b""))
    return b"".join(chunks)


def _from_url(query_string: bytes, limits: RequestLimits) -> GraphQLRequest:
    if query_string.count(b"&") >= MAX_URL_FIELDS:
        raise TooComplex(f"网址参数最多 {MAX_URL_FIELDS} 个", detail=f"more than {MAX_URL_FIELDS} parameters")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise BadUserInput("query", "网址参数不是有效的 UTF-8", detail="malformed query string") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise BadUserInput("query", "网址参数不能重复", detail="a parameter is given twice")
    fields: dict[str, object] = {"query": given.get("query"), "operationName": given.get("operationName") or None}
    for name in ("variables", "extensions"):
        if given.get(name):
            try:
                fields[name] = orjson.loads(given[name])
            except orjson.JSONDecodeError:
                raise BadUserInput(name, f"参数 {name} 不是有效的 JSON", detail="malformed JSON") from None
    return _from_object(fields, limits, by_get=True)


def _from_object(body: object, limits: RequestLimits, *, by_get: bool = False) -> GraphQLRequest:
    if not isinstance(body, dict):
        raise BadUserInput("body", "请求正文应为 JSON 对象", detail="request must be a JSON object")
    fields = cast("dict[str, Any]", body)
    query, variables, name = fields.get("query"), fields.get("variables"), fields.get("operationName")
    if not isinstance(query, str) or not query:
        raise BadUserInput("query", "请求缺少 query（查询文本）", detail="query must be a string")
    if variables is not None and not isinstance(variables, dict):
        raise BadUserInput("variables", "variables 应为 JSON 对象", detail="variables must be an object")
    if name is not None and not isinstance(name, str):
        raise BadUserInput("operationName", "operationName 应为文本", detail="operationName must be a string")
    if name is not None and len(name) > MAX_NAME:
        raise BadUserInput("operationName", f"operationName 最多 {MAX_NAME} 个字符", detail="operationName too long")
    extensions = fields.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadUserInput("extensions", "extensions 应为 JSON 对象", detail="extensions must be an object")
    asked = cast("dict[str, Any]", extensions or {})
    plan, reasons = _flag(asked, "plan"), _flag(asked, "reasons")
    values = cast("dict[str, Any]", variables or {})
    size = len(query) + (check_values(values, limits.values) if values else 0)
    return GraphQLRequest(query, values, name, by_get, plan, reasons, size)


def _flag(extensions: Mapping[str, Any], name: str) -> bool:
    """Whether an extension is asked for. What else a client sends there is its own business."""
    value = extensions.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadUserInput(f"extensions.{name}", f"extensions.{name} 应为 true 或 false", detail="must be a boolean")
    return bool(value)
