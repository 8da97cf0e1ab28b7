"""What surrounds the rows, built by openpyxl: styles, widths, frozen header, filter, properties, 说明.

The workbook is built without rows; each sheet's XML is then cut open where the rows go. What may not
be done here: see a data row. Style numbers are the same in every build of one export.
"""

from __future__ import annotations

import datetime as dt
import enum
import io
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from exporters.charts import draw
from exporters.note import NoteLine, write_note
from exporters.sheet import NOTE_TITLE, CellKind, Provenance, Sheet, SheetColumn
from exporters.xmltext import display_width, escaped, starts_formula, visible

_TEXT_FORMAT = "@"
_FORMATS = {
    CellKind.INTEGER: "#,##0",
    CellKind.YEAR: "0",
    CellKind.RATIO: "0.00%",
    CellKind.DATE: "yyyy-mm-dd",
    CellKind.DATETIME: "yyyy-mm-dd hh:mm:ss",
}

# Wide enough that no number of the columns' database types shows as ###.
_WIDTHS = {
    CellKind.INTEGER: 16.0,
    CellKind.YEAR: 9.0,
    CellKind.RATIO: 12.0,
    CellKind.DATE: 12.0,
    CellKind.DATETIME: 21.0,
    CellKind.BOOLEAN: 9.0,
    CellKind.ENUM: 14.0,
    CellKind.LIST: 24.0,
    CellKind.TEXT: 22.0,
}
_FILTER_BUTTON = 4
_WIDEST_HEADER = 44.0
_LINE_HEIGHT = 16

_HEADER_FILL = PatternFill("solid", fgColor="FFDDEBF7")
_HIDDEN_FILL = PatternFill("lightUp", fgColor="FFBFBFBF", bgColor="FFF2F2F2")
_UNDERLINE = Border(bottom=Side("thin", color="FF9DB7D5"))


class Variant(enum.Enum):
    """The looks one kind of cell can have."""

    NORMAL = "normal"
    HIDDEN = "hidden"
    QUOTED = "quoted"
    HEADER = "header"
    QUOTED_HEADER = "quoted header"


@dataclass(frozen=True)
class CellStyles:
    """Style numbers of one column: as usual, hidden by a rule, and text that begins like a formula."""

    normal: int
    hidden: int
    quoted: int


@dataclass(frozen=True)
class Part:
    """One worksheet of the file: which sheet's rows it holds, under which name, how many."""

    sheet: int
    title: str
    rows: int


@dataclass(frozen=True)
class SheetShell:
    """A sheet's XML around its rows."""

    before: bytes
    header: bytes
    after: bytes
    columns: int
    has_total: bool = False

    def head(self, rows: int | None, *, first: bool) -> bytes:
        """Everything up to the first data row; ``rows`` unknown leaves the dimension out."""
        extent = b"" if rows is None else b'<dimension ref="%s" />' % self._range(rows)
        before = re.sub(rb"<dimension [^>]*/>", extent, self.before)
        if not first:
            before = before.replace(b' tabSelected="1"', b"")
        return before + b"<sheetData>" + self.header

    def tail(self, rows: int) -> bytes:
        """Everything after the last data row."""
        filtered = self._range(_filtered(rows, has_total=self.has_total))
        fitted = re.sub(rb'<autoFilter ref="[^"]*"', b'<autoFilter ref="%s"' % filtered, self.after)
        return b"</sheetData>" + fitted

    def _range(self, rows: int) -> bytes:
        return f"A1:{get_column_letter(self.columns)}{rows + 1}".encode()


@dataclass(frozen=True)
class _Skeleton:
    """What the frames of one plan's exports have in common, however often it is exported."""

    of: list[int | str]
    styles: list[list[CellStyles]]
    shells: list[SheetShell]
    opening: dict[str, bytes]


_skeletons: WeakKeyDictionary[Sheet, _Skeleton] = WeakKeyDictionary()
_PROPERTIES = "docProps/core.xml"


class Frame:
    """The frame of one export; ``parts`` of a build may differ, the styles never do."""

    def __init__(self, sheets: Sequence[Sheet], titles: Sequence[str], provenance: Provenance) -> None:
        self._sheets = tuple(sheets)
        self._provenance = provenance
        known = _skeletons.get(self._sheets[0])
        if known is None or known.of != [*map(id, self._sheets), *titles]:
            known = _skeletons[self._sheets[0]] = self._skeleton(titles)
        self.styles, self.shells = known.styles, known.shells
        properties: object = tostring(self._properties().to_tree())
        self.opening = known.opening | {_PROPERTIES: cast("bytes", properties)}

    def _skeleton(self, titles: Sequence[str]) -> _Skeleton:
        files, styles, headers = self._build([Part(n, title, 0) for n, title in enumerate(titles)], ())
        shells = [_opened(files[_sheet_path(n)], headers[n], sheet) for n, sheet in enumerate(self._sheets)]
        opening = {name: files[name] for name in files if name.startswith(("_rels/", "docProps/", "xl/theme/"))}
        return _Skeleton([*map(id, self._sheets), *titles], styles, shells, opening)

    def closing(self, parts: Sequence[Part], note: Sequence[NoteLine]) -> dict[str, bytes]:
        """All files but the opening ones and the data sheets, true for the parts as they came out."""
        files, styles, _ = self._build(parts, note)
        if styles != self.styles:
            raise RuntimeError("style numbers moved between two builds of one frame")
        written = set(self.opening) | {_sheet_path(n) for n in range(len(parts))}
        return {name: content for name, content in files.items() if name not in written}

    def _build(
        self, parts: Sequence[Part], note: Sequence[NoteLine]
    ) -> tuple[dict[str, bytes], list[list[CellStyles]], list[bytes]]:
        book = Workbook()
        book.remove(book.worksheets[0])
        pages = [book.create_sheet(part.title) for part in parts]
        pages[0].sheet_view.tabSelected = True
        palette = _Palette(pages[0])
        styles = [[palette.of(column) for column in sheet.columns] for sheet in self._sheets]
        headers = [_header_row(sheet.columns, palette) for sheet in self._sheets]
        for page, part in zip(pages, parts, strict=True):
            sheet = self._sheets[part.sheet]
            _lay_out(page, sheet.columns, _filtered(part.rows, has_total=sheet.has_total))
            draw(page, sheet, part.rows)
        page = book.create_sheet(NOTE_TITLE)
        write_note(page, self._provenance, note, palette.dress_hidden)
        book.properties = self._properties()
        return _saved(book), styles, headers

    def _properties(self) -> DocumentProperties:
        moment = self._provenance.exported_at.astimezone(dt.UTC).replace(tzinfo=None)
        title = visible(self._provenance.title)
        return DocumentProperties(creator="keqi", title=title, created=moment, modified=moment)


class _Palette:
    """Style numbers by kind and look. Each is made on a scratch cell, which is cut away with the rows."""

    def __init__(self, page: Worksheet) -> None:
        self._page = page
        self._numbers: dict[tuple[str, Variant], int] = {}

    def of(self, column: SheetColumn) -> CellStyles:
        code = number_format(column)
        normal, hidden, quoted = (self.number(code, look) for look in (Variant.NORMAL, Variant.HIDDEN, Variant.QUOTED))
        return CellStyles(normal, hidden, quoted)

    def number(self, code: str, look: Variant) -> int:
        key = (code, look)
        if key not in self._numbers:
            cell = self._page.cell(row=len(self._numbers) + 1, column=1)
            if not isinstance(cell, Cell):
                raise TypeError("a scratch cell cannot be merged")
            cell.number_format = code
            _dress(cell, look)
            self._numbers[key] = cell.style_id
        return self._numbers[key]

    @staticmethod
    def dress_hidden(cell: Cell) -> None:
        _dress(cell, Variant.HIDDEN)


def number_format(column: SheetColumn) -> str:
    """Excel's number format of a column; text everywhere else, so that codes of 18 digits stay whole."""
    if column.kind is CellKind.DECIMAL:
        return "#,##0" + ("." + "0" * column.places if column.places else "")
    return _FORMATS.get(column.kind, _TEXT_FORMAT)


def column_width(column: SheetColumn) -> float:
    """Width in characters: the kind's, or the header's with its filter button where that is wider."""
    if column.width is not None:
        return column.width
    content = _WIDTHS.get(column.kind, 17.0 + column.places)
    return max(content, min(display_width(column.header) + _FILTER_BUTTON, _WIDEST_HEADER))


def _dress(cell: Cell, look: Variant) -> None:
    cell.quotePrefix = look in {Variant.QUOTED, Variant.QUOTED_HEADER}
    if look in {Variant.HEADER, Variant.QUOTED_HEADER}:
        cell.font = Font(bold=True)
        cell.fill = _HEADER_FILL
        cell.border = _UNDERLINE
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    elif look is Variant.HIDDEN:
        cell.font = Font(color="FF7F7F7F")
        cell.fill = _HIDDEN_FILL


def _header_row(columns: Sequence[SheetColumn], palette: _Palette) -> bytes:
    lines = 1
    cells: list[str] = []
    for column in columns:
        look = Variant.QUOTED_HEADER if starts_formula(column.header) else Variant.HEADER
        style = palette.number(_TEXT_FORMAT, look)
        text = escaped(column.header)
        cells.append(f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
        room = column_width(column) - _FILTER_BUTTON
        lines = max(lines, math.ceil(display_width(column.header) / max(room, 1)), column.header.count("\n") + 1)
    height = _LINE_HEIGHT * min(lines, 20) + 4
    return f'<row r="1" ht="{height}" customHeight="1">{"".join(cells)}</row>\n'.encode()


def _filtered(rows: int, *, has_total: bool) -> int:
    """Rows that filtering and sorting may move: the total stays where it is."""
    return rows - 1 if has_total and rows else rows


def _lay_out(page: Worksheet, columns: Sequence[SheetColumn], rows: int) -> None:
    for number, column in enumerate(columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = column_width(column)
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{rows + 1}"


def _sheet_path(number: int) -> str:
    return f"xl/worksheets/sheet{number + 1}.xml"


def _saved(book: Workbook) -> dict[str, bytes]:
    target = io.BytesIO()
    book.save(target)
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _opened(content: bytes, header: bytes, sheet: Sheet) -> SheetShell:
    found = re.search(rb"<sheetData ?/>|<sheetData>.*</sheetData>", content, re.DOTALL)
    if found is None:
        raise RuntimeError("openpyxl wrote a sheet without sheetData")
    before, after = content[: found.start()], content[found.end() :]
    return SheetShell(before, header, after, len(sheet.columns), sheet.has_total)
