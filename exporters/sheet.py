"""What an export is made of: sheets of columns, each a finished SQL expression, and where they came from.

Nothing here touches a database or a file.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from schema.declare import ChartKind

ROWS_PER_SHEET = 1_048_575
"""Excel's 1,048,576 rows less the header."""

BYTES_PER_SHEET = (1 << 32) - (64 << 20)
"""Sheet XML kept under 4 GiB: a larger part needs ZIP64, which Excel and LibreOffice want in two
ways that exclude each other (COMPRESS-565, tdf#163384); so such rows go on in a further sheet."""

COLUMNS_PER_SHEET = 16_384
CHARACTERS_PER_CELL = 32_767
"""In UTF-16 units, as Excel counts."""


class CellKind(enum.Enum):
    """How a value is written: the cell's type and number format."""

    TEXT = "text"
    INTEGER = "integer"
    YEAR = "year"
    DECIMAL = "decimal"
    RATIO = "ratio"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    ENUM = "enum"
    LIST = "list"


@dataclass(frozen=True, eq=False)
class SheetColumn:
    """One column: its header and the SQL expression of the visible value.

    ``value`` is already masked or nulled by the rules. ``hidden`` is true in the rows where a rule
    hid it, so that the cell's style tells hidden from absent; ``redacted`` says so for every row.
    ``labels`` turns an ENUM's (or a LIST's) stored value into Chinese. ``plain`` promises that a
    CHECK in the database keeps a text to letters, digits and Chinese characters, or a number from
    being NaN, so that the column needs no look for escaping. ``width`` in characters overrides the
    one of the kind. ``path`` is the field's place in the query, by which redactions are named.
    """

    header: str
    kind: CellKind
    value: sa.ColumnElement[Any]
    hidden: sa.ColumnElement[bool] | None = None
    redacted: bool = False
    labels: Mapping[str, str] | None = None
    places: int = 3
    plain: bool = False
    width: float | None = None
    path: str = ""


@dataclass(frozen=True)
class SheetChart:
    """A chart beside a sheet's rows; ``categories`` and ``values`` are places of its columns, from 0."""

    title: str
    kind: ChartKind
    values: tuple[int, ...]
    categories: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet: columns over one select that has FROM, WHERE, ORDER BY and LIMIT but no columns yet.

    ``subject`` is the credit code of a row's enterprise, where the audit trail has to know whose rows these are.
    ``has_total``: the last row is the total of the others.
    """

    title: str
    columns: tuple[SheetColumn, ...]
    source: sa.Select[Any]
    subject: sa.ColumnElement[str] | None = None
    charts: tuple[SheetChart, ...] = ()
    has_total: bool = False

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError(f"sheet {self.title!r} has no columns")
        if len(self.columns) > COLUMNS_PER_SHEET:
            raise ValueError(f"sheet {self.title!r} has {len(self.columns)} columns, Excel takes {COLUMNS_PER_SHEET}")


@dataclass(frozen=True)
class Provenance:
    """Who took what, when and under which rules: the 说明 sheet and the document's properties."""

    title: str
    account: str
    role: str
    exported_at: dt.datetime
    units: tuple[str, ...] = ()
    filter_text: str = ""
    redacted: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.exported_at.tzinfo is None:
            raise ValueError("exported_at needs a time zone")


@dataclass(frozen=True)
class SheetLimits:
    """Where a sheet ends and goes on in a further one.

    ``bytes`` counts sheet XML; ``None`` lets a sheet grow without bound, in a ZIP64 part.
    """

    rows: int = ROWS_PER_SHEET
    bytes: int | None = BYTES_PER_SHEET


@dataclass(frozen=True)
class CutCell:
    """A text that was longer than a cell takes: where its beginning stands."""

    sheet: str
    row: int
    column: str


@dataclass
class Outcome:
    """What an export turned out to be, filled while it streams; true once the stream has ended.

    ``rows`` per sheet as given, ``parts`` the sheet names a workbook's rows went to (several where a
    sheet went on in a further one).
    """

    rows: list[int] = field(default_factory=list[int])
    parts: list[str] = field(default_factory=list[str])
    cut: list[CutCell] = field(default_factory=list[CutCell])
    cut_total: int = 0
    bytes: int = 0


def sheet_titles(wanted: Sequence[str]) -> list[str]:
    r"""Names Excel takes: no ``[]:*?/\``, no quote at an end, at most 31 UTF-16 units, each once.

    Two names that differ only in case are one to Excel.
    """
    taken: set[str] = {NOTE_TITLE.casefold()}
    names: list[str] = []
    for title in wanted:
        name = unique_title(title, taken)
        taken.add(name.casefold())
        names.append(name)
    return names


NOTE_TITLE = "说明"


def unique_title(wanted: str, taken: set[str]) -> str:
    """``wanted`` made into a sheet name that is not yet in ``taken`` (which holds casefolded names)."""
    clean = "".join(" " if ch in "[]:*?/\\" or not ch.isprintable() else ch for ch in wanted).strip(" '")
    base = clean if clean and clean.casefold() != "history" else "数据"
    name, number = _cut_utf16(base, 31), 1
    while name.casefold() in taken:
        number += 1
        suffix = f" ({number})"
        name = _cut_utf16(base, 31 - len(suffix)) + suffix
    return name


def _cut_utf16(text: str, units: int) -> str:
    encoded = text.encode("utf-16-le", "replace")[: units * 2]
    return encoded.decode("utf-16-le", "ignore")
