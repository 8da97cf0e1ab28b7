"""What the roll-ups cost whoever imports: the same rows by COPY with their triggers and the folding after, and without.

What may not be done here: leave anything out of the import with roll-ups that it causes. Time runs until nothing waits
to be folded. Everything else (keys, checks, generated columns, the search index) stands on both sides.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.database import Data, filled
from bench.figures import Figure, Found, Row, Section
from db.embedded import EmbeddedServer
from db.engine import Connection, connect
from db.migrate import upgrade
from db.rollups.fold import fold_all, tidy

FULL: Final = 1_000_000
QUICK: Final = 2_000

REACH_TIMES: Final = 1.5
"""Issue 5, Figures."""

#: Every table that is counted, and what its rows need; in an order that keys allow.
TABLES: Final = (
    "enterprise",
    "annual_report",
    "report_standard",
    "report_platform",
    "report_listing",
    "report_product",
    "report_award",
    "report_project",
    "hnte_certificate",
    "tech_sme_registration",
    "voucher_application",
)

_COLUMNS: Final = """
SELECT attname FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""

_TRIGGERS: Final = """
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger
WHERE tgname LIKE 'touched\\_%' AND NOT tgisinternal
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """How long it took, in seconds."""

    rows: int
    copying: float
    folding: float


def measure(server: EmbeddedServer, logs: Path, say: Callable[[str], None], *, quick: bool) -> Found:
    """Import the rows of a filled database twice, each time into one that has only its tables."""
    del logs
    return of(server, filled(server, QUICK if quick else FULL, say), say)


def of(server: EmbeddedServer, data: Data, say: Callable[[str], None]) -> Found:
    """Import the rows of this database."""
    with tempfile.TemporaryDirectory(prefix="keqi-bench-") as folder:
        say(f"rows of {data.enterprises:,} enterprises, to be imported")
        columns = asyncio.run(_written(data.url, Path(folder)))
        took = {
            name: _imported(server, Path(folder), columns, say, with_rollups=with_rollups)
            for name, with_rollups in (("without", False), ("with", True))
        }
    without, kept = took["without"], took["with"]
    title = f"import of {data.enterprises:,} enterprises by COPY: with roll-ups, folding included ÷ without"
    figure = Figure(title, (kept.copying + kept.folding) / (without.copying + without.folding), at_most=REACH_TIMES)
    head = ("roll-ups", "rows", "COPY s", "folding s")
    rows: list[Row] = [
        (name, f"{each.rows:,}", f"{each.copying:.1f}", f"{each.folding:.1f}") for name, each in took.items()
    ]
    return Found([figure], [Section(f"Import of {data.enterprises:,} enterprises", head, rows)])


async def _written(url: str, folder: Path) -> dict[str, list[str]]:
    """The rows as files, and the columns that are in them."""
    connection = await connect(url)
    found: dict[str, list[str]] = {}
    try:
        for table in TABLES:
            names = [row["attname"] for row in await connection.fetch(_COLUMNS, table)]
            found[table] = names
            await connection.copy_from_table(table, columns=names, output=folder / table, format="binary")
    finally:
        await connection.close()
    return found


def _imported(
    server: EmbeddedServer,
    folder: Path,
    columns: dict[str, list[str]],
    say: Callable[[str], None],
    *,
    with_rollups: bool,
) -> Imported:
    name = "bench_import"
    server.drop_database(name)
    url = server.create_database(name)
    try:
        asyncio.run(upgrade(url))
        found = asyncio.run(_timed(url, folder, columns, with_rollups=with_rollups))
    finally:
        server.drop_database(name)
    say(f"  {'with' if with_rollups else 'without'} roll-ups: {found.copying:.1f} s, folding {found.folding:.1f} s")
    return found


async def _timed(url: str, folder: Path, columns: dict[str, list[str]], *, with_rollups: bool) -> Imported:
    connection = await connect(url)
    try:
        if not with_rollups:
            for row in await connection.fetch(_TRIGGERS):
                await connection.execute(row[0])
        await connection.execute("CHECKPOINT")
        started = time.perf_counter()
        rows = 0
        for table, names in columns.items():
            done: Any = await connection.copy_to_table(table, columns=names, source=folder / table, format="binary")
            rows += int(str(done).rpartition(" ")[2])
        copied = time.perf_counter()
        await _folded(connection)
        return Imported(rows, copied - started, time.perf_counter() - copied)
    finally:
        await connection.close()


async def _folded(connection: Connection) -> None:
    if await fold_all(connection):
        await tidy(connection)
