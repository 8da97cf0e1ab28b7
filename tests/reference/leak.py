"""``make leak``: a hundred thousand operations, each answered by the service and by the oracle; nothing may differ.

``python -m tests.reference.leak --operations N --seed S`` asks the same operations in every run. A case that fails is
told with its number; ``--case NUMBER`` asks that one alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import queue
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from authz.principal import Role
from db.embedded import EmbeddedServer
from db.migrate import upgrade
from tests.reference.asking import serving
from tests.reference.fixtures import filled, opened_place
from tests.reference.runs import Leak, Run

console = Console(width=120)
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}
REPORT_EVERY = 20
LEAST_TELLING = 25
"""Per cent of a role's answers that must be neither empty nor everything."""
COLUMNS = ("asked", "telling", "empty", "whole", "redacted", "refused", "exported")


@dataclass(frozen=True)
class Share:
    """What one process asks: every ``step``th case from ``first`` on, until it has asked ``operations``."""

    url: str
    seed: int
    first: int
    step: int
    operations: int


Counts = dict[str, dict[str, int]]
"""Figures by role."""


def work(share: Share, told: Any) -> None:
    """One process: ask cases, tell how many operations are done, and at the end the figures or the leak."""
    try:
        with serving(share.url) as service:
            run = Run(asyncio.run(opened_place(share.url, service)), share.seed)
            case, before = share.first, 0
            while run.asked < share.operations:
                run.case(case)
                case += share.step
                if run.asked - before >= REPORT_EVERY:
                    told.put(("asked", run.asked - before))
                    before = run.asked
        told.put(("done", counted(run)))
    except Leak as leak:
        told.put(("leak", leak.told))
    except BaseException:
        told.put(("leak", traceback.format_exc()))
        raise


def counted(run: Run) -> Counts:
    """The figures of a run by role."""
    figures: Counts = {}
    for name, tally in run.tallies.items():
        own = figures.setdefault(run.people[name].sight.role.value, dict.fromkeys(COLUMNS, 0))
        for column in COLUMNS:
            own[column] += getattr(tally, column)
    return figures


def together(shares: list[Share]) -> tuple[Counts, list[str]]:
    """Run the shares, each in its process, and show how far they are. Figures by role, and what leaked."""
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    workers = [context.Process(target=work, args=(share, told), daemon=True) for share in shares]
    for worker in workers:
        worker.start()
    figures: Counts = {}
    leaks: list[str] = []
    done = 0
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=sum(share.operations for share in shares))
        while done < len(workers) and not leaks:
            try:
                kind, value = told.get(timeout=1)
            except queue.Empty:
                if not any(worker.is_alive() for worker in workers) and told.empty():
                    leaks.append("a process ended without a word")
                continue
            if kind == "asked":
                progress.advance(task, value)
            elif kind == "leak":
                leaks.append(value)
            else:
                done += 1
                _add(figures, value)
    for worker in workers:
        worker.terminate() if leaks else worker.join()
    return figures, leaks


def _add(figures: Counts, more: Counts) -> None:
    for role, counts in more.items():
        own = figures.setdefault(role, dict.fromkeys(COLUMNS, 0))
        for column, count in counts.items():
            own[column] += count


def summary(figures: Counts) -> Table:
    """The figures as people read them."""
    table = Table("role", *COLUMNS)
    for column in table.columns[1:]:
        column.justify = "right"
    for role in Role:
        if role.value in figures:
            table.add_row(role.value, *(f"{figures[role.value][column]:,}" for column in COLUMNS))
    totals = (f"{sum(counts[column] for counts in figures.values()):,}" for column in COLUMNS)
    table.add_row("all", *totals, style="bold")
    return table


def silent(figures: Counts) -> list[str]:
    """Roles whose answers tell too little to prove anything."""
    found: list[str] = []
    for role, counts in figures.items():
        answered = counts["asked"] - counts["refused"]
        if role != Role.PUBLIC.value and counts["asked"] > 200 and counts["telling"] * 100 < LEAST_TELLING * answered:
            found.append(role)
    return found


def main(
    operations: Annotated[int, typer.Option(help="how many operations to ask")] = 100_000,
    seed: Annotated[int, typer.Option(help="which ones")] = 1,
    processes: Annotated[int, typer.Option(help="how many processes ask")] = 2,
    case: Annotated[int | None, typer.Option(help="ask this case alone")] = None,
) -> None:
    """Ask, compare, and tell. Exit code 1 where an answer differed, or where the answers of a role tell nothing."""
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="keqi-leak-") as folder,
        EmbeddedServer(Path(folder), settings=SETTINGS) as url,
    ):
        asyncio.run(_town(url))
        if case is not None:
            shares = [Share(url, seed, case, 1, 1)]
        else:
            shares = [Share(url, seed, at, processes, operations // processes) for at in range(processes)]
        figures, leaks = together(shares)
    for leak in leaks:
        console.print(leak, style="red", markup=False, highlight=False)
    if leaks:
        sys.exit(1)
    console.print(summary(figures))
    seconds = time.monotonic() - started
    asked = sum(counts["asked"] for counts in figures.values())
    console.print(f"seed {seed}: {asked:,} operations in {seconds:,.0f} s, every answer as the oracle's")
    if case is None and silent(figures):
        console.print(f"too few telling answers: {', '.join(silent(figures))}", style="red")
        sys.exit(1)


async def _town(url: str) -> None:
    await upgrade(url)
    await filled(url)


if __name__ == "__main__":
    typer.run(main)
