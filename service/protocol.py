"""One HTTP connection: uvicorn's, with an end to patience.

A request has so long to arrive whole and so many bytes for its head; an answer that nobody reads is cut off, which
ends the work behind it; when there are too many connections, the one that idles longest makes room. Knows nothing of
what is asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from authz.errors import BadUserInput, KeqiError, TimedOut, TooComplex, Unavailable
from service.refusals import body_of, status_of

if TYPE_CHECKING:
    from uvicorn.server import ServerState


class SlowRequest(TimedOut):
    """A request that did not arrive whole in time; answered with 408."""

    http_status = 408


class HeadTooLarge(TooComplex):
    """An address and headers over the limit; answered with 431."""

    http_status = 431


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how much a connection may take.

    Seconds for a request to arrive whole, seconds in which an answer has to move on, bytes of a request's head,
    connections of a process.
    """

    request_seconds: float = 30.0
    stall_seconds: float = 60.0
    head_bytes: int = 65_536
    connections: int = 2_000


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration with our patience, which reaches the workers with it."""

    def __init__(self, *arguments: Any, patience: Patience, **named: Any) -> None:
        super().__init__(*arguments, http=PatientProtocol, **named)
        self.patience = patience


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits on time and size."""

    def __init__(self, config: uvicorn.Config, server_state: ServerState, *arguments: Any, **named: Any) -> None:
        super().__init__(config, server_state, *arguments, **named)
        self._patience = cast("ServerConfig", config).patience
        self._arriving: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = False
        self._refusal: KeqiError | None = None
        self.idle_since: float = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being asked or answered here."""
        return self._head_bytes == 0 and (self._cycle is None or self._cycle.response_complete)

    @property
    def _is_answering(self) -> bool:
        cycle = self._cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The request being answered or answered last."""
        return cast("RequestResponseCycle | None", self.cycle)

    # ── arriving ────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection; where there are too many, in the place of one that idles."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.idle_since = self.loop.time()
        if len(self.connections) > self._patience.connections and not self._make_room():
            self._refuse(Unavailable("连接数过多，请稍后再试", detail="too many connections"))
            return
        self._expect_request()

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest; False where every one is at work."""
        others = cast("set[PatientProtocol]", self.connections) - {self}
        idle = [each for each in others if each.is_idle]
        if idle:
            min(idle, key=lambda each: each.idle_since).transport.abort()
        return bool(idle)

    def data_received(self, data: bytes) -> None:
        """Take bytes; unless they are all of a request, the clock of its rest runs from here."""
        if self._refusal is not None:
            return
        began_before = self._in_head
        super().data_received(data)
        is_waited_for = self._arriving is not None or self.timeout_keep_alive_task is not None
        if not is_waited_for and (self._head_bytes or self.is_idle):
            self._expect_request()
        if began_before and self._in_head:  # a header that does not end is with the parser, and told to nobody
            self._head_bytes += len(data)
            if self._head_bytes > self._patience.head_bytes:
                self._refuse(self._too_large())

    def _expect_request(self) -> None:
        self._arriving = self.loop.call_later(self._patience.request_seconds, self._request_is_late)

    def _request_is_late(self) -> None:
        self._arriving = None
        if self.transport.is_closing():
            return
        if self.is_idle or self._is_answering:
            self.transport.close()
            return
        seconds = f"{self._patience.request_seconds:g}"
        self._refuse(SlowRequest(f"请求未在 {seconds} 秒内发送完整", detail=f"request took over {seconds} s to arrive"))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes, self._in_head = 1, True

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_bytes += size + 1
        if self._head_bytes > self._patience.head_bytes:
            self._refusal = self._too_large()
            raise self._refusal  # the parser stops, and ``send_400_response`` is next

    def _too_large(self) -> HeadTooLarge:
        limit = self._patience.head_bytes
        return HeadTooLarge(f"请求头过大，最多 {limit:,} 字节", detail=f"request head over {limit} bytes")

    def on_headers_complete(self) -> None:
        """The head is here; what follows is the body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is here, whole."""
        self._head_bytes = 0
        self._stop_waiting()
        super().on_message_complete()

    def _stop_waiting(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    # ── answering ───────────────────────────────────────────────────────────────────────────────

    def pause_writing(self) -> None:
        """The client does not read as fast as we write; from here on it has to."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._patience.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._stop_stalling()
        super().resume_writing()

    def _stop_stalling(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def on_response_complete(self) -> None:
        """The answer is written; the connection idles until the next request."""
        self.idle_since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, and so is whatever was asked on it."""
        self._stop_waiting()
        self._stop_stalling()
        super().connection_lost(exc)

    # ── refusing ────────────────────────────────────────────────────────────────────────────────

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it."""
        self._refuse(self._refusal or BadUserInput("request", "不是有效的 HTTP 请求", detail=msg))

    def _refuse(self, error: KeqiError) -> None:
        """Answer with an error in our one shape, and close."""
        self._refusal = error
        self._stop_waiting()
        if not self._is_answering:  # else what is sent now would be read as a part of that answer
            body = body_of(error)
            head = (
                b"content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\nconnection: close\r\n"
                b"x-content-type-options: nosniff\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            self.transport.write(STATUS_LINE[status_of(error)] + head + body)
        self.transport.close()
