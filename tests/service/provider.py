"""A provider of log-ins that speaks real HTTP: discovery, keys, tokens; it rotates, lies and fails on demand."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
AUDIENCE = "keqi-tests"
BIND_SECONDS = 30.0

Answer = Callable[[Request], Awaitable[Response]]


@functools.cache
def rsa_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of this run of the tests; the same number, the same key."""
    assert number >= 0
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@dataclass(frozen=True)
class SigningKey:
    """One key of a provider: its id, its algorithm, its private half."""

    id: str | None
    algorithm: str
    private: Any = field(repr=False)

    @classmethod
    def rsa(cls, key_id: str | None, number: int = 0, algorithm: str = "RS256", bits: int = 2048) -> SigningKey:
        """An RSA key."""
        return cls(key_id, algorithm, rsa_key(number, bits))

    @classmethod
    def ec(cls, key_id: str | None) -> SigningKey:
        """A key on the curve P-256."""
        return cls(key_id, "ES256", ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def ed(cls, key_id: str | None) -> SigningKey:
        """A key on the curve Ed25519."""
        return cls(key_id, "EdDSA", ed25519.Ed25519PrivateKey.generate())

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half as published."""
        public = self.private.public_key()
        kind = {"R": RSAAlgorithm, "P": RSAAlgorithm, "E": ECAlgorithm}[self.algorithm[0]]
        written: Any = (OKPAlgorithm if self.algorithm == "EdDSA" else kind).to_jwk(public, as_dict=True)
        named = {} if self.id is None else {"kid": self.id}
        return {**written, **named, "use": "sig", "alg": self.algorithm}

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        """A token with these claims."""
        named = {} if self.id is None else {"kid": self.id}
        return jwt.encode(claims, self.private, algorithm=self.algorithm, headers={**named, **headers})


class FakeProvider:
    """One provider on a free port of this machine; ``answers`` replaces what an address answers."""

    def __init__(self, *keys: SigningKey) -> None:
        self.published = list(keys)
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.is_open = threading.Event()
        self.is_open.set()
        self.somebody_waits = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as sock:
            self.port = sock.getsockname()[1]
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; requests are taken from now on."""
        sock = socket.create_server(("127.0.0.1", self.port))
        app = Starlette(routes=[Route("/{path:path}", self._answer)])
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([sock],), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more: connections are refused."""
        if self._server is not None and self._thread is not None:
            self.is_open.set()
            self._server.should_exit = True
            self._thread.join(BIND_SECONDS)
            self._server = self._thread = None

    @contextmanager
    def closed(self) -> Generator[None]:
        """Whoever asks waits, until the context ends; ``somebody_waits`` is set when the first one does."""
        self.somebody_waits.clear()
        self.is_open.clear()
        try:
            yield
        finally:
            self.is_open.set()

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked[path] += 1
        if not self.is_open.is_set():
            self.somebody_waits.set()
            await _in_thread(self.is_open.wait)
        if path in self.answers:
            return await self.answers[path](request)
        if path == DISCOVERY:
            return JSONResponse({"issuer": self.issuer, "jwks_uri": self.issuer + KEYS})
        if path == KEYS:
            return JSONResponse({"keys": [key.jwk for key in self.published]})
        return Response(status_code=404)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a good token of ``person-1`` says, with changes; None takes a claim away."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": AUDIENCE, "sub": "person-1", "iat": now, "exp": now + 600}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, key: SigningKey | None = None, **changes: Any) -> str:
        """A token signed with the first published key, or another one."""
        return (key or self.published[0]).sign(self.claims(**changes))

    def setting(self, **more: Any) -> dict[str, Any]:
        """What the service has to be told to trust it."""
        return {"issuer": self.issuer, "audience": AUDIENCE, **more}

    @property
    def environment(self) -> str:
        """The same as ``KEQI_OPENID_ISSUERS`` has it."""
        return json.dumps([self.setting()])

    @property
    def fetches(self) -> int:
        """How often its keys were fetched."""
        return self.asked[KEYS]


async def _in_thread(wait: Callable[[float], bool]) -> None:

    await asyncio.to_thread(wait, BIND_SECONDS)


@contextmanager
def provider(*keys: SigningKey) -> Generator[FakeProvider]:
    """A provider that is listening."""
    running = FakeProvider(*(keys or (SigningKey.rsa("first"),)))
    running.start()
    try:
        yield running
    finally:
        running.stop()


# ── what a provider may answer instead ──────────────────────────────────────────────────────────


def says(body: bytes | str, status: int = 200, **headers: str) -> Answer:
    """Always the same."""

    async def answer(_: Request) -> Response:
        return Response(body, status, {"content-type": "application/json", **headers})

    return answer


def elsewhere(url: str) -> Answer:
    """A redirect."""

    async def answer(_: Request) -> Response:
        return RedirectResponse(url)

    return answer


def trickling(gate: threading.Event) -> Answer:
    """The beginning of an answer; the rest only when the gate opens."""

    async def pieces() -> AsyncGenerator[bytes]:
        yield b'{"issuer": '
        await _in_thread(gate.wait)

    async def answer(_: Request) -> Response:
        return StreamingResponse(pieces(), media_type="application/json")

    return answer


def lengthy(piece: bytes, times: int = 64) -> Answer:
    """The same piece many times over, announced with no length."""

    async def pieces() -> AsyncGenerator[bytes]:
        for _ in range(times):
            yield piece

    async def answer(_: Request) -> Response:
        return StreamingResponse(pieces(), media_type="application/json")

    return answer
