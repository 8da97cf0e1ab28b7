"""The databases every test shares: one server a session, and databases copied from templates.

``database_url`` and ``seeded_url`` are shared by the whole session: a test that writes there rolls
back. A test that must commit takes ``empty_copy`` or ``seeded_copy``, a database of its own.
``KEQI_TEST_DATABASE_URL`` names a server to use instead of the embedded one (databases are made there).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db.embedded import EmbeddedServer
from db.engine import Pool, create_pool
from db.migrate import upgrade
from db.seed import seed

pytest_plugins = ["tests.fixtures.service"]

SEED_ENTERPRISES = 600
SEED_YEARS = 5
SEED = 1
# Consents are counted from this day, so that some are in force now.
SEED_DAY = datetime.now(UTC).date()


@dataclass
class Databases:
    """Makes databases on the session's server and drops them at its end."""

    server_url: str
    made: list[str] = field(default_factory=list[str])

    def url(self, name: str) -> str:
        """URL of a database of the server."""
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))

    async def create(self, label: str, template: str | None = None) -> str:
        """Make an empty database, or a copy of one made here; answer its name."""
        name = f"keqi_test_{os.getpid()}_{len(self.made)}_{label}"
        origin = f'"{template}"' if template else "template0"
        locale = "" if template else " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8'"
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE {origin}{locale}')
        self.made.append(name)
        return name

    async def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        await self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def server_url() -> Generator[str]:
    """The server of this session.

    Not under pytest's own folder: another session closes that one to the user a server of root's runs as.
    """
    given = os.environ.get("KEQI_TEST_DATABASE_URL")
    if given:
        yield given
        return
    settings = {"fsync": "off", "shared_buffers": "256MB", "max_connections": "300"}
    with (
        tempfile.TemporaryDirectory(prefix="keqi-tests-") as folder,
        EmbeddedServer(Path(folder), settings=settings) as url,
    ):
        yield url


@pytest.fixture(scope="session")
async def databases(server_url: str) -> AsyncGenerator[Databases]:
    """Where tests get databases from."""
    here = Databases(server_url)
    yield here
    for name in here.made:
        await here.drop(name)


@pytest.fixture(scope="session")
async def migrated_template(databases: Databases) -> str:
    """Name of a migrated, empty database that nobody connects to."""
    name = await databases.create("migrated")
    await upgrade(databases.url(name))
    return name


@pytest.fixture(scope="session")
async def seeded_template(databases: Databases, migrated_template: str) -> str:
    """Name of a migrated and seeded database that nobody connects to."""
    name = await databases.create("seeded", migrated_template)
    await seed(databases.url(name), enterprises=SEED_ENTERPRISES, years=SEED_YEARS, seed=SEED, today=SEED_DAY)
    return name


@pytest.fixture(scope="session")
async def database_url(databases: Databases, migrated_template: str) -> str:
    """A migrated, empty database, shared by the session."""
    return databases.url(await databases.create("shared", migrated_template))


@pytest.fixture(scope="session")
async def seeded_url(databases: Databases, seeded_template: str) -> str:
    """A seeded database, shared by the session."""
    return databases.url(await databases.create("shared_seeded", seeded_template))


@pytest.fixture(scope="session")
async def pool(seeded_url: str) -> AsyncGenerator[Pool]:
    """A pool on the shared seeded database."""
    opened = await create_pool(seeded_url, min_size=1, max_size=8)
    yield opened
    await opened.close()


@pytest.fixture
async def empty_copy(databases: Databases, migrated_template: str) -> AsyncGenerator[str]:
    """A migrated, empty database of the test's own."""
    name = await databases.create("own", migrated_template)
    yield databases.url(name)
    await databases.drop(name)


@pytest.fixture
async def seeded_copy(databases: Databases, seeded_template: str) -> AsyncGenerator[str]:
    """A seeded database of the test's own."""
    name = await databases.create("own_seeded", seeded_template)
    yield databases.url(name)
    await databases.drop(name)


@pytest.fixture
def data_dir() -> Generator[Path]:
    """A data directory that does not exist yet."""
    with tempfile.TemporaryDirectory(prefix="keqi-tests-") as folder:
        yield Path(folder) / "keqi"
