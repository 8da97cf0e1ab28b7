"""One export as a client sees it: first byte, last byte, size. A process reads and forgets; it keeps nothing."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.servers import MemoryWatch

PATIENCE_SECONDS = 1800
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Download:
    """What came and when: seconds after the request was sent; growth of the server's memory in MiB."""

    bytes: int
    first_byte_seconds: float
    seconds: float
    growth_mib: float
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a file."""

    port: int
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] | None = None


def download(ask: Ask, server: psutil.Process, keep: Path | None = None) -> Download:
    """Read the answer to its end, watching the server's memory; ``keep`` writes the file, for checks outside timing.

    Raises:
        RuntimeError: the answer is not a whole file.
    """
    connection = http.client.HTTPConnection("127.0.0.1", ask.port, timeout=PATIENCE_SECONDS)
    with MemoryWatch(server) as memory:
        started = time.perf_counter()
        connection.request(ask.method, ask.path, ask.body, dict(ask.headers or {}))
        response = connection.getresponse()
        head = response.read(1)
        first = time.perf_counter() - started
        parts = [head]
        size = len(head)
        while chunk := response.read(CHUNK):
            size += len(chunk)
            if keep is not None:
                parts.append(chunk)
        took = time.perf_counter() - started
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{ask.path} answers {response.status}")
    if keep is not None:
        keep.write_bytes(b"".join(parts))
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Download(size, first, took, memory.growth_mib, headers)
