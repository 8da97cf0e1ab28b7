"""The small hostile database, the service over it, and the people who ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authz.principal import PUBLIC, Principal, Role
from db.engine import connect
from db.rollups.frozen import freeze_since
from db.rollups.rebuild import anew
from db.seed import seed
from tests.reference.asking import SECRET, Service, serving
from tests.reference.redacted import Sight
from tests.reference.rows import World, loaded
from tests.reference.trail import planted

ENTERPRISES = 78
YEARS = 3
_MADE: dict[str, str] = {}
"""Databases made by server, so that two folders of tests share one."""


@dataclass(frozen=True)
class Place:
    """A database's rows, the service over it, and who may ask."""

    service: Service
    full: World
    people: dict[str, Principal]
    now: dt.datetime

    def sight(self, person: str) -> Sight:
        """What a person may see."""
        return Sight(self.people[person], self.now)


@pytest.fixture(scope="session")
async def small_url(databases: Any, migrated_template: str) -> str:
    """A small hostile database; nobody writes to it."""
    if databases.server_url not in _MADE:
        url = databases.url(await databases.create("small", migrated_template))
        await filled(url)
        _MADE[databases.server_url] = url
    return _MADE[databases.server_url]


async def filled(url: str) -> None:
    """Make a migrated database the small hostile one."""
    await seed(url, enterprises=ENTERPRISES, years=YEARS, seed=7)
    await hostile(url)
    await planted(url, people(await loaded(url)), SECRET)


async def opened_place(url: str, service: Service) -> Place:
    """The place of a service over the small database."""
    full = await loaded(url)
    return Place(service, full, people(full), dt.datetime.now(dt.UTC))


async def hostile(url: str) -> None:
    """Plant tokens, awkward texts, consents of every kind."""
    connection = await connect(url)
    try:
        async with connection.transaction():
            await connection.execute((Path(__file__).parent / "small.sql").read_text(encoding="utf-8"))
            # Triggers were silent.
            await anew(connection)
        await connection.execute("ANALYZE")
        await freeze_since(connection)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def full_world(small_url: str) -> World:
    """All rows of the small database."""
    return await loaded(small_url)


@pytest.fixture(scope="session")
def place(small_url: str, full_world: World) -> Generator[Place]:
    """The small database with a service over it."""
    with serving(small_url) as service:
        yield Place(service, full_world, people(full_world), dt.datetime.now(dt.UTC))


def people(full: World) -> dict[str, Principal]:
    """Everyone who asks."""
    reports = full.tables["annual_report"]
    enterprises = sorted({row["uscc"] for row in reports if row["status"] == "DRAFT"})
    return {
        "bureau": Principal(Role.MUNICIPAL_OFFICER, "bureau"),
        "yubei": Principal(Role.DISTRICT_OFFICER, "yubei", units=("500112",)),
        "wanzhou": Principal(Role.DISTRICT_OFFICER, "wanzhou", units=("500101",)),
        "two_units": Principal(Role.DISTRICT_OFFICER, "two", units=("500112", "LIANGJIANG")),
        "no_unit": Principal(Role.DISTRICT_OFFICER, "none"),
        "analyst": Principal(Role.ANALYST, "analyst"),
        "enterprise": Principal(Role.ENTERPRISE_USER, "enterprise", uscc=enterprises[0]),
        "other_enterprise": Principal(Role.ENTERPRISE_USER, "other", uscc=enterprises[-1]),
        "admin": Principal(Role.PLATFORM_ADMIN, "admin"),
        "department": Principal(Role.DEPARTMENT_OFFICER, "department", department="IP"),
        "bank_a": Principal(Role.BANK_USER, "bank-a", bank="BANK_A"),
        "bank_b": Principal(Role.BANK_USER, "bank-b", bank="BANK_B"),
        "no_bank": Principal(Role.BANK_USER, "bank-none"),
        "public": PUBLIC,
    }
