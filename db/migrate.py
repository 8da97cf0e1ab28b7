"""Migrations: bring a database to the newest revision, and tell whether it is there.

Alembic keeps the order of the revisions and renders them as SQL; asyncpg runs that text in one
transaction under a lock, so no second database driver is needed and two services that start at once
do not collide. Nothing here decides what a table looks like.
"""

from __future__ import annotations

import asyncio
import io
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

__all__ = ["current_revision", "head_revision", "migrate", "script", "upgrade"]

# Any number that nobody else locks; it spells "keqi".
_LOCK = 0x6B657169


def migrate(url: str) -> bool:
    """Bring the database at ``url`` to the newest revision; for callers outside an event loop.

    Returns whether anything was done.
    """
    return asyncio.run(upgrade(url))


async def upgrade(url: str) -> bool:
    """Bring the database at ``url`` to the newest revision, all of it or nothing.

    Returns whether anything was done. Raises what asyncpg raises when the server cannot be reached
    or the account may not create tables.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            current = await current_revision(connection)
            if current == head_revision():
                return False
            await connection.execute(script(current))
            return True
    finally:
        await connection.close()


async def current_revision(connection: asyncpg.Connection[Any]) -> str | None:
    """The revision the database is at; None where it was never migrated."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    return await connection.fetchval("SELECT version_num FROM alembic_version")


def head_revision() -> str:
    """The newest revision of this code."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("db/migrations has no revision")
    return head


def script(current: str | None = None) -> str:
    """The SQL that leads from revision ``current`` (None: an empty database) to the newest one."""
    text = io.StringIO()
    command.upgrade(_config(text), f"{current or 'base'}:head", sql=True)
    return text.getvalue()


def _config(output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", "db:migrations")
    config.set_main_option("path_separator", "os")
    return config
