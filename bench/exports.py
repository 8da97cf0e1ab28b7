"""Exports: 20 columns from the database to the last byte over HTTP, keqi beside three writers and a bare COPY.

Peers write a whole file before its first byte can leave. What may not be done here: compare files of different rows.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median

from pydantic import BaseModel
from python_calamine import CalamineWorkbook

from bench import exported
from bench.database import Data
from bench.download import Ask, Download, download
from bench.peers import commands
from bench.peers.workbooks import XLSX
from bench.servers import Server

#: Rows that the slow writers get at most; a rate over so many rows is what the table shows for them.
SLOW_ROWS = 100_000
ROUNDS = 3

#: Times the peer's rows a second (issue 3, Bench 2), and the other promises.
REACH = {"openpyxl": 30.0, "rust": 2.0, "bare COPY": 0.8}
REACH_FIRST_BYTE_SECONDS = 0.5
REACH_GROWTH_MIB = 64.0

#: A sheet of up to so many rows is read back and compared before anything is timed.
COMPARED_ROWS = 10_000
WARM_UP_ROWS = 1_000

Cell = int | float | str | bool | time | date | datetime | timedelta

_CONTROLS = re.compile(r"[\x00-\x1f\ufffe\uffff]")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class Copied(BaseModel):
    """What the bare COPY did."""

    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ExportRate:
    """One writer at one size; medians over the rounds, the highest memory of all."""

    writer: str
    rows: int
    rows_per_second: float
    first_byte_seconds: float | None
    growth_mib: float | None
    bytes: int


@dataclass(frozen=True, slots=True)
class ExportResult:
    """All writers at one size."""

    rows: int
    rates: list[ExportRate]

    def ratio(self, writer: str) -> float | None:
        """How many times the peer's rows a second keqi reaches, its csv against the bare COPY."""
        rates = {rate.writer: rate.rows_per_second for rate in self.rates}
        own = rates["keqi csv" if writer == "bare COPY" else "keqi xlsx"]
        return own / rates[writer] if writer in rates else None


def measure(data: Data, logs: Path, rounds: int, say: Callable[[str], None]) -> ExportResult:
    """Every writer on all reports of one database, in turns; the slow ones on the first 100,000 rows only.

    The first file of each is not timed: up to 10,000 rows the sheets are compared, beyond it only warms up.
    """
    say(f"export of {data.reports:,} rows × {len(exported.COLUMNS)} columns")
    done: dict[str, list[Download]] = {}
    copies: list[Copied] = []
    with commands.keqi(data.url, logs) as keqi, commands.python_peer("workbooks", data.url, logs) as books:
        if data.reports <= COMPARED_ROWS:
            check_equal(keqi, books, data.reports)
        for writer, ask, server in _asks(keqi, books, min(data.reports, WARM_UP_ROWS), slow=True):
            say(f"  {writer}, warming up")
            download(ask, server.memory)
        for number in range(rounds):
            for writer, ask, server in _asks(keqi, books, data.reports, slow=number == 0):
                say(f"  {writer}")
                done.setdefault(writer, []).append(download(ask, server.memory))
            say("  bare COPY")
            copies.append(_bare_copy(data))
    rates = [_rate(writer, downloads, data.reports) for writer, downloads in done.items()]
    seconds = median(copy.seconds for copy in copies)
    rates.append(ExportRate("bare COPY", data.reports, data.reports / seconds, None, None, copies[0].bytes))
    return ExportResult(data.reports, rates)


def check_equal(keqi: commands.Keqi, books: Server, rows: int) -> None:
    """Read each writer's sheet back and compare it with keqi's, header and every cell.

    Raises:
        ValueError: a sheet differs.
    """
    expected: list[list[Cell]] | None = None
    for writer, ask, server in _asks(keqi, books, rows, slow=True):
        if writer == "keqi csv":
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sheet.xlsx"
            download(ask, server.memory, keep=file)
            sheet = CalamineWorkbook.from_filelike(BytesIO(file.read_bytes())).get_sheet_by_index(0).to_python()
        read = [[_comparable(cell) for cell in row] for row in sheet]
        if expected is None:
            expected = read
        elif len(read) != len(expected):
            raise ValueError(f"{writer} writes {len(read)} rows, keqi {len(expected)}")
        for number, (one, other) in enumerate(zip(expected, read, strict=True), 1):
            if one != other:
                raise ValueError(f"{writer} differs from keqi in row {number}: {other} is not {one}")


def _comparable(cell: Cell) -> Cell:
    """Text without what writers differ in: the characters XML forbids, and text that looks like their escapes."""
    if not isinstance(cell, str):
        return cell
    return _CONTROLS.sub("", _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), cell))


def _asks(keqi: commands.Keqi, books: Server, rows: int, *, slow: bool) -> Iterator[tuple[str, Ask, Server]]:
    body = json.dumps({"query": exported.QUERY}).encode()
    for kind, accept in (("xlsx", XLSX), ("csv", "text/csv")):
        headers = {"Accept": accept, "Content-Type": "application/json", "Authorization": f"Bearer {keqi.token}"}
        yield f"keqi {kind}", Ask(keqi.server.port, "POST", "/graphql", body, headers), keqi.server
    yield "rust", Ask(books.port, "GET", f"/rust?rows={rows}"), books
    if slow or rows <= 10_000:
        for writer in ("xlsxwriter", "openpyxl"):
            yield writer, Ask(books.port, "GET", f"/{writer}?rows={min(rows, SLOW_ROWS)}"), books


def _rate(writer: str, downloads: list[Download], reports: int) -> ExportRate:
    rows = min(reports, SLOW_ROWS) if writer in ("xlsxwriter", "openpyxl") else reports
    return ExportRate(
        writer,
        rows,
        rows / median(one.seconds for one in downloads),
        median(one.first_byte_seconds for one in downloads),
        max(one.growth_mib for one in downloads),
        downloads[0].bytes,
    )


def _bare_copy(data: Data) -> Copied:
    """In a process of its own, as a server would be."""
    words = [sys.executable, "-m", "bench.peers.bare_copy", data.url, str(data.reports)]
    done = subprocess.run(words, check=True, capture_output=True, cwd=commands.ROOT)
    return Copied.model_validate_json(done.stdout)
