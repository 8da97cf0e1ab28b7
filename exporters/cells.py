"""A row as sheet XML, written by PostgreSQL: SQL expressions and nothing else.

A row whose texts need no care (one regular expression over all of them tells) is a mere
concatenation. Any other row is written the careful way: markup escaped, forbidden characters as
``_xHHHH_``, long texts cut, what begins like a formula marked ``quotePrefix``. Cells carry no ``r=``
(readers count), so empty cells are written too. No value is ever looked at in Python.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from exporters.frame import CellStyles
from exporters.sheet import CHARACTERS_PER_CELL, CellKind, Sheet, SheetColumn
from exporters.xmltext import FORBIDDEN, escaped

Expression = sa.ColumnElement[Any]

CUT_MARK = "\x01"
"""Stands after a row in which texts were cut, followed by their column numbers; no XML holds it."""

TARGETS = 1_600
"""PostgreSQL's target list takes 1,664 entries; a wider sheet does without the inner select."""

_ARGUMENTS = 90
"""PostgreSQL's functions take 100 arguments."""

_MANY_LABELS = 12
_MOMENTS = {CellKind.DATE, CellKind.DATETIME}
_TEXTS = {CellKind.TEXT, CellKind.LIST}
_NUMBERS = {CellKind.INTEGER, CellKind.YEAR, CellKind.DECIMAL, CellKind.RATIO}

_UNSAFE = r"\u0001-\u001f&<>\ufffe\uffff"
_NEEDS_CARE = rf"[{_UNSAFE}]|_x|[|][-=+@ ]| [|]"
"""Over all texts of a row between bars; a hit may be a false alarm, a miss may not."""

_FIRST_DATE, _LAST_DATE = "1900-03-01", "9999-12-31"
"""Excel believes in 29 February 1900 and knows no other century; other dates are written as text."""


def quoted(text: str) -> str:
    """A literal of SQL (standard_conforming_strings is on)."""
    return "'" + text.replace("'", "''") + "'"


def literal(text: str) -> sa.ColumnElement[str]:
    """Text that is part of the statement, not a parameter."""
    return sa.literal_column(quoted(text), sa.Text())


def joined(parts: Sequence[Expression]) -> sa.ColumnElement[str]:
    """All parts after one another, NULL as nothing, whatever their number."""
    while len(parts) > _ARGUMENTS:
        parts = [_concat(parts[at : at + _ARGUMENTS]) for at in range(0, len(parts), _ARGUMENTS)]
    return _concat(parts)


def _concat(parts: Sequence[Expression]) -> sa.ColumnElement[str]:
    return sa.func.concat(*parts, type_=sa.Text())


@dataclass(frozen=True)
class Value:
    """A column with its value (and flag) where the row's expression can name them."""

    column: SheetColumn
    number: int
    value: Expression
    hidden: Expression | None

    @property
    def is_text(self) -> bool:
        """Whether the value is free text, which may need escaping."""
        return self.column.kind in _TEXTS

    @property
    def is_inexact(self) -> bool:
        """Whether the database type knows NaN."""
        return self.column.kind in _NUMBERS and not isinstance(self.value.type, sa.Integer)


def fenced(sheet: Sheet) -> tuple[list[Value], sa.Select[Any]]:
    """The sheet's values and the select they come from.

    An inner select computes each value once and sorts rows before they grow into XML; PostgreSQL does
    not flatten it because of ``OFFSET 0``.
    """
    outputs: list[Expression] = []
    places: list[tuple[SheetColumn, int, int | None]] = []
    for column in sheet.columns:
        outputs.append(_prepared(column).label(f"v{len(outputs)}"))
        flag = None
        if column.hidden is not None and not column.redacted:
            flag = len(outputs)
            outputs.append(column.hidden.label(f"h{flag}"))
        places.append((column, len(outputs) - (1 if flag is None else 2), flag))
    if len(outputs) > TARGETS:
        inline = [
            Value(column, number, _prepared(column), None if column.redacted else column.hidden)
            for number, (column, _, _) in enumerate(places)
        ]
        return inline, sheet.source
    inner = sheet.source.with_only_columns(*outputs).subquery("s")
    fence = sa.select(inner).offset(sa.literal_column("0")).subquery("r")
    named = list(fence.c)
    values = [
        Value(column, number, named[at], None if flag is None else named[flag])
        for number, (column, at, flag) in enumerate(places)
    ]
    return values, sa.select().select_from(fence)


def row_statement(sheet: Sheet, styles: Sequence[CellStyles]) -> sa.Select[Any]:
    """A select of one text column: each row of the sheet as ``<row>…</row>``."""
    values, source = fenced(sheet)
    fast = joined([literal("<row>"), *(_cell(v, styles[v.number], careful=False) for v in values), literal("</row>")])
    doubts = _doubts(values)
    if not doubts:
        return source.with_only_columns(fast)
    slow = joined([literal("<row>"), *(_cell(v, styles[v.number], careful=True) for v in values), literal("</row>")])
    careful = _escaped_row(slow)
    texts = [v for v in values if v.is_text]
    if texts:
        careful = careful.concat(_cut_marks(texts))
    return source.with_only_columns(sa.case((sa.or_(*doubts), careful), else_=fast))


def _prepared(column: SheetColumn) -> Expression:
    """The value in a type the cell's expression knows."""
    value = column.value
    if column.kind is CellKind.LIST:
        return listed(value, column.labels)
    if column.kind in {CellKind.TEXT, CellKind.ENUM}:
        return value if isinstance(value.type, sa.Text) else sa.cast(value, sa.Text())
    if column.kind in _NUMBERS and isinstance(value.type, sa.types.NullType):
        return sa.cast(value, sa.Numeric())
    if column.kind is CellKind.DATETIME and getattr(value.type, "timezone", True):
        return sa.func.timezone(literal("Asia/Shanghai"), value, type_=sa.DateTime())
    return value


def listed(value: Expression, labels: Mapping[str, str] | None) -> sa.ColumnElement[str]:
    """An array's elements (or their labels) joined by ``、``."""
    if not labels:
        return sa.func.array_to_string(value, literal("、"), type_=sa.Text())
    one = (
        sa.func.unnest(value)
        .table_valued(sa.column("one", sa.Text()), with_ordinality="place", name="element")
        .render_derived()
    )
    shown = sa.func.coalesce(_label_map(labels, mark=False).op("->>")(one.c.one), one.c.one)
    together = postgresql.aggregate_order_by(literal("、"), one.c.place)
    text = sa.select(sa.func.string_agg(shown, together, type_=sa.Text())).scalar_subquery()
    return sa.case((value.is_not(None), text), else_=sa.null())


def _label_map(labels: Mapping[str, str], *, mark: bool) -> Expression:
    shown = {value: escaped(label) if mark else label for value, label in labels.items()}
    return sa.cast(literal(json.dumps(shown, ensure_ascii=False)), postgresql.JSONB())


def _doubts(values: Sequence[Value]) -> list[sa.ColumnElement[bool]]:
    """What sends a row the careful way."""
    doubts: list[sa.ColumnElement[bool]] = []
    texts = [v.value for v in values if v.is_text and not v.column.plain]
    if texts:
        doubts.append(_between_bars(texts).op("~", is_comparison=True)(literal(_NEEDS_CARE)))
        longest = sa.func.greatest(*(sa.func.octet_length(text) for text in texts), type_=sa.Integer())
        doubts.append(longest > sa.literal_column(str(CHARACTERS_PER_CELL), sa.Integer()))
    return doubts + [_is_odd(v.value) for v in values if v.is_inexact and not v.column.plain]


def _is_odd(number: Expression) -> sa.ColumnElement[bool]:
    """NaN or an infinity. A numeric that is one has no digits, which its size tells without unpacking it."""
    odd = number.in_([literal("NaN"), literal("Infinity"), literal("-Infinity")])
    if isinstance(number.type, sa.Float):
        return odd
    return sa.and_(sa.func.pg_column_size(number) < sa.literal_column("7", sa.Integer()), odd)


def _between_bars(texts: Sequence[Expression]) -> sa.ColumnElement[str]:
    chunks = [
        sa.func.concat_ws(literal("|"), literal(""), *texts[at : at + _ARGUMENTS], literal(""), type_=sa.Text())
        for at in range(0, len(texts), _ARGUMENTS)
    ]
    return chunks[0] if len(chunks) == 1 else joined(chunks)


def _cell(value: Value, style: CellStyles, *, careful: bool) -> sa.ColumnElement[str]:
    if value.column.redacted:
        return _filled(value, style, style.hidden, careful=careful)
    shown = _filled(value, style, style.normal, careful=careful)
    if value.hidden is None:
        return shown
    return sa.case((value.hidden, _filled(value, style, style.hidden, careful=careful)), else_=shown)


def _filled(value: Value, style: CellStyles, number: int, *, careful: bool) -> sa.ColumnElement[str]:
    kind, content = value.column.kind, value.value
    if value.is_text:
        return _careful_text(content, style, number) if careful else _text(content, number)
    if kind is CellKind.ENUM:
        return _enum(content, value.column.labels or {}, number)
    if kind is CellKind.BOOLEAN:
        return _boolean(content, number)
    if kind in _MOMENTS:
        return _date(content, number) if kind is CellKind.DATE else _datetime(content, number)
    if careful and value.is_inexact:
        odd = _text(sa.cast(content, sa.Text()), number)
        return sa.case((_is_odd(content), odd), else_=_number(content, number))
    return _number(content, number)


def _blank(style: int) -> sa.ColumnElement[str]:
    return literal(f'<c s="{style}"/>')


def _wrapped(before: str, content: Expression, after: str, style: int) -> sa.ColumnElement[str]:
    whole = literal(before).concat(content).concat(literal(after))
    return sa.func.coalesce(whole, _blank(style), type_=sa.Text())


def _number(content: Expression, style: int) -> sa.ColumnElement[str]:
    return _wrapped(f'<c s="{style}"><v>', sa.cast(content, sa.Text()), "</v></c>", style)


def _text(content: Expression, style: int) -> sa.ColumnElement[str]:
    return _wrapped(f'<c s="{style}" t="str"><v>', content, "</v></c>", style)


def _careful_text(content: Expression, style: CellStyles, number: int) -> sa.ColumnElement[str]:
    """Markup is escaped here; characters that XML forbids are, for the whole row at once, in `_escaped_row`."""
    marked: Expression = literal(f'<c s="{number}')
    if number == style.normal:
        formula = content.op("~", is_comparison=True)(literal(r"^[-=+@\t\r]"))
        marked = sa.case((formula, literal(f'<c s="{style.quoted}')), else_=marked)
    safe = _cut(content)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        safe = sa.func.replace(safe, literal(character), literal(entity), type_=sa.Text())
    opened = marked.concat(literal('" t="inlineStr"><is><t xml:space="preserve">'))
    return sa.func.coalesce(opened.concat(safe).concat(literal("</t></is></c>")), _blank(number), type_=sa.Text())


def _escaped_row(row: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Markup holds none of these characters, so they can be replaced in the whole row."""
    row = sa.func.regexp_replace(
        row, literal("_(?=x[0-9A-Fa-f]{4}_)"), literal("_x005F_"), literal("g"), type_=sa.Text()
    )
    entities = {0x09: "&#9;", 0x0A: "&#10;", 0x0D: "&#13;"} | {code: f"_x{code:04X}_" for code in FORBIDDEN}
    for code, entity in entities.items():
        row = sa.func.replace(row, literal(chr(code)), literal(entity), type_=sa.Text())
    return row


def _cut(content: Expression) -> sa.ColumnElement[str]:
    """The beginning that a cell takes. A character beyond U+FFFF counts twice, so U+FFFF stands before it meanwhile."""
    limit = sa.literal_column(str(CHARACTERS_PER_CELL), sa.Integer())
    units = sa.func.regexp_replace(
        content, literal(r"([\U00010000-\U0010ffff])"), literal("\uffff\\1"), literal("g"), type_=sa.Text()
    )
    beginning = sa.func.replace(sa.func.left(units, limit), literal("\uffff"), literal(""), type_=sa.Text())
    too_long = sa.and_(sa.func.octet_length(content) > limit, sa.func.length(units) > limit)
    return sa.case((too_long, beginning), else_=content)


def _cut_marks(texts: Sequence[Value]) -> sa.ColumnElement[str]:
    length = sa.func.octet_length
    marks = [
        sa.case((length(_cut(text.value)) < length(text.value), literal(f"{text.number},")), else_=sa.null())
        for text in texts
    ]
    found = sa.func.nullif(joined(marks), literal(""), type_=sa.Text())
    return sa.func.coalesce(literal(CUT_MARK).concat(found), literal(""), type_=sa.Text())


def _enum(content: Expression, labels: Mapping[str, str], style: int) -> sa.ColumnElement[str]:
    """The label's whole cell at once; a value without label (no CHECK lets one in) is shown as it is."""
    before, after = f'<c s="{style}" t="str"><v>', "</v></c>"
    bare = sa.func.regexp_replace(content, literal(f"[{_UNSAFE}]"), literal(" "), literal("g"), type_=sa.Text())
    other = _wrapped(before, bare, after, style)
    if not labels:
        return other
    if len(labels) > _MANY_LABELS:
        shown = _label_map(labels, mark=True).op("->>")(content)
        return sa.func.coalesce(literal(before).concat(shown).concat(literal(after)), other, type_=sa.Text())
    cells = {value: literal(before + escaped(label) + after) for value, label in labels.items()}
    whens = [(content == literal(value), cell) for value, cell in cells.items()]
    return sa.case((content.is_(None), _blank(style)), *whens, else_=other)


def _boolean(content: Expression, style: int) -> sa.ColumnElement[str]:
    yes, no = (literal(f'<c s="{style}" t="str"><v>{word}</v></c>') for word in ("是", "否"))
    return sa.case((content, yes), (sa.not_(content), no), else_=_blank(style))


def _date(content: Expression, style: int) -> sa.ColumnElement[str]:
    known = content.between(
        sa.literal_column(f"date {quoted(_FIRST_DATE)}"), sa.literal_column(f"date {quoted(_LAST_DATE)}")
    )
    days = content - sa.literal_column("date '1899-12-30'", sa.Date())
    return sa.case((known, _number(days, style)), else_=_text(sa.cast(content, sa.Text()), style))


def _datetime(content: Expression, style: int) -> sa.ColumnElement[str]:
    known = sa.and_(
        content >= sa.literal_column(f"timestamp {quoted(_FIRST_DATE)}"),
        content < sa.literal_column(f"timestamp {quoted(_LAST_DATE)}"),
    )
    seconds = sa.extract("epoch", content - sa.literal_column("timestamp '1899-12-30'"))
    days = sa.func.round(seconds / sa.literal_column("86400.0"), sa.literal_column("11"))
    return sa.case((known, _number(days, style)), else_=_text(sa.cast(content, sa.Text()), style))
