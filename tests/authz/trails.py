"""Lines to write, and ways to see and to spoil what was written."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from authz.audit import AuditTrail, Line, opened_trail
from authz.audit_check import Check, Head, check
from authz.audit_keys import AuditKey
from db.engine import Connection, connect
from db.enums import AuditKind
from tests.fixtures.town import YUBEI

SECRET = b"a secret of the audit tests, long enough"
KEY = AuditKey.of_secret(SECRET)
CODES = (b"91500112MA00000X7D", b"91500109MA99999964", b"91500112MAA6FAGQ4K")


def line(operation: str = "Contacts", **changes: Any) -> Line:
    """A read of three enterprises' contacts."""
    plain = Line(
        kind=AuditKind.READ,
        principal=YUBEI,
        operation=operation,
        fields=("enterprises.nodes.contactMobile",),
        rows=3,
        subjects=b",".join(CODES),
        filter='{"enterprises": {"first": 3}}',
        client="10.1.2.3",
        request_id="r-1",
        outcome="ok",
    )
    return replace(plain, **changes)


async def entries(connection: Connection) -> list[Any]:
    """All lines, as a reader of the trail sees them."""
    return await connection.fetch("SELECT * FROM audit_entry ORDER BY no")


async def spread(connection: Connection) -> None:
    """Come back when every line is spread, by this connection or by the trail itself."""
    is_behind = "SELECT (SELECT batch FROM audit_spread) < (SELECT max(batch) FROM audit_seal)"
    while await connection.fetchval(is_behind):
        await connection.fetchval("SELECT audit_spread_on(64)")


async def checked(connection: Connection, *noted: str, first: int = 1, key: AuditKey = KEY) -> Check:
    """What a check says."""
    return await check(connection, {key.id: key}, first=first, noted=[Head.parse(each) for each in noted])


@asynccontextmanager
async def written(url: str, *batches: int) -> AsyncGenerator[tuple[AuditTrail, Connection]]:
    """A trail with batches of so many lines, and a connection beside it."""
    connection = await connect(url)
    try:
        async with opened_trail(url, KEY) as trail:
            for size in batches:
                async with connection.transaction():
                    await trail.within(connection, *(line(f"Line{number}") for number in range(size)))
            yield trail, connection
    finally:
        await connection.close()


@asynccontextmanager
async def past_the_triggers(connection: Connection) -> AsyncGenerator[None]:
    """As somebody who may switch triggers off writes."""
    await connection.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        await connection.execute("SET session_replication_role = origin")
