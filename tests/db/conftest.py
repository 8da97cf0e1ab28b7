"""What the tests of the database share."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import asyncpg
import pytest

from db.engine import connect


@pytest.fixture
async def seeded(seeded_url: str) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to the shared seeded database."""
    connection = await connect(seeded_url)
    yield connection
    await connection.close()
