"""One connection for the room's tests: nothing here writes to a table, so nothing needs cleaning up."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import asyncpg
import pytest

from exporters.copying import Connection


@pytest.fixture
async def connection(server_url: str) -> AsyncGenerator[Connection]:
    opened = await asyncpg.connect(server_url, server_settings={"application_name": "keqi-export-test"})
    yield opened
    await opened.close()
