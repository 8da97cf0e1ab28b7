"""What registered exports asked: kept while their links work, and forgotten after (domain §4.4).

A question may hold a mobile number in clear, in its text or its variables. Who took what and when stays: only the
question goes. Nothing here decides how long a link works; the row says it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from db.engine import Pool

PAUSE_SECONDS = 600.0
"""How long after its link a question may still be there."""

_FORGET = """
UPDATE export SET document = '', variables = '{}'
WHERE expires_at < now() AND (document <> '' OR variables <> '{}')
"""


@asynccontextmanager
async def forgetting(pool: Pool) -> AsyncGenerator[None]:
    """Forget what is past its time: at once, and every few minutes for as long as the context lasts."""
    await forget(pool)
    work = asyncio.create_task(_forget_again(pool))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait([work])


async def forget(pool: Pool) -> None:
    """Forget the questions of links that work no longer; a database that is away is asked again later."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger()
    try:
        done = await pool.execute(_FORGET)
    except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
        log.warning("questions of expired exports not forgotten", error=type(error).__name__)
    else:
        if done != "UPDATE 0":
            log.info("questions of expired exports forgotten", exports=int(done.rpartition(" ")[2]))


async def _forget_again(pool: Pool) -> None:
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        await forget(pool)
