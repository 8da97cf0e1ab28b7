"""``python -m bench``: prepare the data, measure, print the table, write ``docs/bench.md``."""

from __future__ import annotations

import asyncio
import shlex
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from bench import cpu, database, duties, exports, hostile, imports, libraries, pages, report, search, tables
from bench.peers.commands import ROOT

FULL = 200_000
#: Rows of the exports; a rehearsal takes the smallest.
EXPORTS = (10_000, 100_000, 1_000_000)
QUICK = 2_000
LOGS = database.HOME / "logs"

REMARKS = (
    "Drafts are taken out of the bench's data, for PostGraphile has no rule to hide them; keqi still tests for them.",
    "keqi verifies a bearer token, and knows the caller's role, with each request; the peers ask for none.",
    "PostGraphile's reports are flat: two JSON objects a report fewer.",
)


class Part(StrEnum):
    """What to measure."""

    PAGES = "pages"
    EXPORTS = "exports"
    CPU = "cpu"
    DUTIES = "duties"
    HOSTILE = "hostile"
    SEARCH = "search"
    STATISTICS = "statistics"
    LIBRARIES = "libraries"
    IMPORTS = "imports"


FINDING = {Part.SEARCH: search, Part.STATISTICS: tables, Part.LIBRARIES: libraries, Part.IMPORTS: imports}
"""Parts that tell figures with what they should reach."""


def bench(
    enterprises: Annotated[int, typer.Option(help="Enterprises of the pages' data, five reports each.")] = FULL,
    quick: Annotated[bool, typer.Option(help="Small data and short rounds: a rehearsal, not a figure.")] = False,
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part only; may be repeated.")] = None,
    write: Annotated[bool, typer.Option(help="Write docs/bench.md (a quick or partial run never does).")] = True,
) -> None:
    """Measure keqi beside its peers and print one table of ratios."""
    parts = set(only or Part)
    size = min(enterprises, QUICK) if quick else enterprises
    with database.bench_server() as server:
        data = database.filled(server, size, _say)
        findings = report.Findings(
            data=data,
            pages=_pages(data, quick=quick) if Part.PAGES in parts else [],
            exports=_exports(server, quick=quick) if Part.EXPORTS in parts else [],
            cpu=cpu.measure() if Part.CPU in parts else None,
            duties=_duties(data, quick=quick) if Part.DUTIES in parts else [],
            beside=_beside(server, quick=quick) if Part.DUTIES in parts else None,
            refusals=hostile.measure(data.url) if Part.HOSTILE in parts else [],
            found=[each.measure(server, LOGS, _say, quick=quick) for part, each in FINDING.items() if part in parts],
            remarks=list(REMARKS),
            command=shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        )
    report.show(findings)
    if write and not quick and parts == set(Part):
        report.write(findings, ROOT / "docs" / "bench.md")


def _pages(data: database.Data, *, quick: bool) -> list[pages.PageResult]:
    codes = asyncio.run(database.codes(data.url, pages.CODES))
    return pages.measure(data.url, codes, LOGS, pages.QUICK if quick else pages.CAREFUL, _say)


def _exports(server: database.EmbeddedServer, *, quick: bool) -> list[exports.ExportResult]:
    datas = [database.filled_rows(server, rows, _say) for rows in (EXPORTS[:1] if quick else EXPORTS)]
    return [exports.measure(data, LOGS, 1 if quick else exports.ROUNDS, _say) for data in datas]


def _duties(data: database.Data, *, quick: bool) -> list[duties.Duty]:
    return duties.measure(data, LOGS, pages.QUICK if quick else pages.CAREFUL, _say)


def _beside(server: database.EmbeddedServer, *, quick: bool) -> duties.Beside:
    data = database.filled_rows(server, EXPORTS[0] if quick else EXPORTS[-1], _say)
    return duties.beside_export(data, LOGS, pages.QUICK if quick else pages.CAREFUL, _say)


def _say(words: str) -> None:
    Console(stderr=True).print(words, markup=False, highlight=False)


if __name__ == "__main__":
    typer.run(bench)
