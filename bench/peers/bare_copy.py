"""The limit of a csv export: ``COPY … TO STDOUT`` into a sink that only counts. Nothing is sent anywhere.

Run: ``python -m bench.peers.bare_copy DATABASE_URL ROWS``; prints bytes and seconds as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

from bench.exported import rows_sql
from db.engine import connect


async def copy(url: str, rows: int) -> tuple[int, float]:
    """Copy so many rows; answer bytes and seconds."""
    connection = await connect(url)
    copied = 0

    async def sink(chunk: bytes) -> None:
        nonlocal copied
        copied += len(chunk)

    started = time.perf_counter()
    await connection.copy_from_query(rows_sql(rows), output=sink, format="csv", header=True)
    took = time.perf_counter() - started
    await asyncio.shield(connection.close())
    return copied, took


if __name__ == "__main__":
    count, seconds = uvloop.run(copy(sys.argv[1], int(sys.argv[2])))
    print(json.dumps({"bytes": count, "seconds": seconds}))
