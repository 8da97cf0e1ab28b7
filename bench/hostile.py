"""What refusing costs: CPU time of the server from a request's bytes to its refusal, for every hostile request we know.

The whole app runs in this process over a real database, called as the HTTP server calls it; its processor time is all
that is counted, the load client's is none of it. Run: ``python -m bench.hostile URL``; prints JSON.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import BaseModel, TypeAdapter

from authz.principal import Principal, Role
from bench.attacks import Attack, attacks
from bench.peers.commands import ROOT
from service import logs
from service.app import KeqiApp
from service.inside import bearer
from service.keys import KeyRing
from service.settings import Settings
from service.tokens import TokenAuthority

if TYPE_CHECKING:
    from starlette.types import Message, Scope

REACH_MS: Final = 50.0
WORST: Final = 10
ROUNDS: Final = 5
SECRET: Final = "a secret of the bench, and of nobody else 0123456789"  # noqa: S105 - signs tokens for the bench


class Refusal(BaseModel):
    """One hostile request: its size, the median CPU time of its refusal, and the code of it."""

    name: str
    bytes: int
    cpu_ms: float
    code: str


def measure(url: str) -> list[Refusal]:
    """Measure in a fresh process; the most expensive first."""
    command = [sys.executable, "-m", "bench.hostile", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    return TypeAdapter(list[Refusal]).validate_json(done.stdout)


async def _measured(url: str) -> list[Refusal]:
    settings = Settings.model_validate(
        {"database_url": url, "secret": SECRET, "access_log": False, "planning_seconds": 0, "log_level": "error"}
    )
    logs.configure(settings)
    app = KeqiApp(settings)
    await app.start()
    try:
        officer = Principal(role=Role.MUNICIPAL_OFFICER, subject="bench")
        token = bearer(TokenAuthority(KeyRing.of_secret(SECRET.encode())), officer)
        await _refused(app, token, Attack("warms up", b'{"query": "{ nope }"}', "BAD_USER_INPUT"))
        gc.collect()
        gc.freeze()  # as the server does once it has started
        found = [await _refused(app, token, attack) for attack in attacks()]
    finally:
        await app.stop()
    return sorted(found, key=lambda refusal: -refusal.cpu_ms)


async def _refused(app: KeqiApp, token: bytes, attack: Attack) -> Refusal:
    spent: list[float] = []
    body = b""
    for _ in range(ROUNDS):
        started = time.process_time()
        body = await _posted(app, token, attack.body)
        spent.append((time.process_time() - started) * 1000)
    answer: Any = orjson.loads(body)
    first: Any = answer if body.startswith(b"{") else answer[0]
    code: str = first["errors"][0]["extensions"]["code"]
    if code != attack.code:
        raise RuntimeError(f"{attack.name}: refused as {code}, not as {attack.code}")
    return Refusal(name=attack.name, bytes=len(attack.body), cpu_ms=median(spent), code=code)


async def _posted(app: KeqiApp, token: bytes, body: bytes) -> bytes:
    """The body of the answer to a POST."""
    parts: list[bytes] = []
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"authorization", token),
            (b"content-length", b"%d" % len(body)),
        ],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(parts)


if __name__ == "__main__":
    sys.stdout.buffer.write(TypeAdapter(list[Refusal]).dump_json(asyncio.run(_measured(sys.argv[1]))))
