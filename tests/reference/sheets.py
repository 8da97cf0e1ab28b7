"""Workbooks, twice: the reference's rows flattened into sheets, and what stands in a file that came back.

A sheet for each list, to-one relations as columns of the same row, each to-many list on a sheet of its own behind the
key of the row it belongs to (design, "Exports").
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, cast
from xml.etree import ElementTree as ET

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)
from graphql.execution.values import get_argument_values

from tests.reference.asked import Asked
from tests.reference.derived import SIX_PLACES
from tests.reference.executor import Reference
from tests.reference.kinds import SHANGHAI, field_of, is_list, label, named, schema
from tests.reference.libraries import Rounded
from tests.reference.rows import KINDS, PARTS, Row, snake

Path = tuple[str, ...]
Reach = Callable[[Row], Row | None]
Value = Callable[[Row], Any]
_EPOCH = dt.date(1899, 12, 30)
_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class Flat:
    """A sheet: its columns as functions of a row, and its rows, each behind its parent's key."""

    columns: list[Value] = field(default_factory=list[Value])
    lists: list[tuple[Reach, str, FieldNode, Path]] = field(default_factory=list[Any])
    cells: list[list[Any]] = field(default_factory=list[list[Any]])


@dataclass
class Flattener:
    """Makes the sheets of one operation out of one reference's rows; ``hidden``: what rules about rows hid in them."""

    reference: Reference
    asked: Asked
    sheets: list[Flat] = field(default_factory=list[Flat])
    hidden: set[str] = field(default_factory=set[str])
    _given: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def flattened(self, document: str) -> list[list[list[Any]]]:
        """The cells of each sheet, in the order of the workbook."""
        operation = next(each for each in parse(document).definitions if isinstance(each, OperationDefinitionNode))
        for key, nodes in self.asked.collect([operation.selection_set]).items():
            if nodes[0].name.value != "__typename":
                self._list([{}], lambda row: row, "Query", _merged(nodes), (key,))
        return [sheet.cells for sheet in self.sheets if sheet.columns]

    def _list(self, parents: Sequence[Row], reach: Reach, kind: str, node: FieldNode, path: Path) -> None:
        described = field_of(kind, node.name.value)
        given = get_argument_values(described, node, self.asked.variables)
        target, sets = named(described).name, [node.selection_set] if node.selection_set else []
        if target.endswith("Connection"):
            inner = self.asked.collect(sets)
            rows = [each for found in inner.values() for each in found if each.name.value == "nodes"]
            target = named(field_of(target, "nodes")).name
            sets = [each.selection_set for each in rows if each.selection_set]
            path = (*path, "nodes")
        self._given = given
        sheet = Flat()
        self.sheets.append(sheet)
        self._columns(sheet, target, sets, lambda row: row, path)
        found: list[tuple[Row, list[Any]]] = []
        for parent in parents:
            owner = reach(parent)
            if owner is not None:
                key = self._key("AnnualReport" if kind in PARTS else kind, owner)
                found += [(row, key) for row in self._rows(kind, owner, node.name.value, given)]
        keyed = kind != "Query"
        if keyed:
            sheet.columns.insert(0, lambda row: row)
        sheet.cells = [[*(key if keyed else []), *(each(row) for each in sheet.columns[keyed:])] for row, key in found]
        below = [row for row, _ in found]
        for reached, owner_kind, child, place in sheet.lists:
            self._list(below, reached, owner_kind, child, place)

    def _rows(self, kind: str, owner: Row, name: str, given: Mapping[str, Any]) -> list[Row]:
        answer = self.reference.resolve(kind, owner, name, given, None)
        if isinstance(answer, dict) and "nodes" in answer:
            return cast("list[Row]", answer["nodes"])
        if isinstance(answer, list):
            return cast("list[Row]", answer)
        return [] if answer is None else [cast("Row", answer)]

    @staticmethod
    def _key(kind: str, row: Row) -> list[Any]:
        """The key's values that are fields of the type."""
        if kind not in KINDS:
            return []
        fields = cast("GraphQLObjectType", schema().type_map[kind]).fields
        return [row[name] for name in KINDS[kind].key if name in {snake(each) for each in fields}]

    def _columns(self, sheet: Flat, kind: str, sets: Sequence[SelectionSetNode], reach: Reach, path: Path) -> None:
        for key, nodes in self.asked.collect(sets).items():
            node, here = nodes[0], (*path, key)
            name = node.name.value
            if name == "__typename":
                continue
            described = field_of(kind, name)
            given = get_argument_values(described, node, self.asked.variables)
            target = named(described)
            below = [each.selection_set for each in nodes if each.selection_set]
            if (kind, name) == ("CustomQueryRow", "values"):
                self._chosen(sheet)
            elif not isinstance(target, GraphQLObjectType):
                sheet.columns.append(self._value(kind, name, given, reach, here))
            elif is_list(cast("Any", described).type) or target.name.endswith("Connection"):
                sheet.lists.append((reach, kind, _merged(nodes), here))
            else:
                self._columns(sheet, target.name, below, self._step(kind, name, given, reach), here)

    def _chosen(self, sheet: Flat) -> None:
        """The custom query's fields, a column each."""
        for name in self.reference.chosen_names(self._given):
            sheet.columns.append(partial(self._reached, names=name.split(".")))

    def _reached(self, row: Row, names: Sequence[str]) -> Any:
        found = self.reference.chosen(row, names)
        return None if found is None else cell(*found)

    def _value(self, kind: str, name: str, given: Mapping[str, Any], reach: Reach, path: Path) -> Value:
        def value(row: Row) -> Any:
            owner = reach(row)
            if owner is None:
                return None
            if self.reference.hides(kind, owner, name):
                self.hidden.add(".".join(path))
            return cell(kind, name, self.reference.resolve(kind, owner, name, given, None))

        return value

    def _step(self, kind: str, name: str, given: Mapping[str, Any], reach: Reach) -> Reach:
        def step(row: Row) -> Row | None:
            owner = reach(row)
            if owner is None:
                return owner
            return cast("Row | None", self.reference.resolve(kind, owner, name, given, None))

        return step


def _merged(nodes: Sequence[FieldNode]) -> FieldNode:
    """One node with the selections of all that answer to one key."""
    if len(nodes) == 1:
        return nodes[0]
    selections = tuple(each for node in nodes if node.selection_set for each in node.selection_set.selections)
    first = nodes[0]
    return FieldNode(
        name=first.name,
        alias=first.alias,
        arguments=first.arguments,
        directives=first.directives,
        selection_set=SelectionSetNode(selections=selections),
    )


def cell(kind: str, name: str, value: Any) -> Any:
    """A value as a workbook shows it: words for enumerations, yes and no and lists; numbers and dates as they are."""
    if value is None:
        return None
    if isinstance(value, list):
        return "、".join(str(cell(kind, name, each)) for each in cast("list[Any]", value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(named(field_of(kind, name)), GraphQLEnumType):
        return label(kind, name, value)
    if named(field_of(kind, name)).name == "ID":
        return str(value)
    return value


# -- what came back -----------------------------------------------------------------------------


def workbook(content: bytes) -> dict[str, list[list[str | Decimal | None]]]:
    """The cells of each data sheet below its header; text is text, a number a number. The file must be whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = re.findall(r'<sheet [^>]*name="([^"]*)"', archive.read("xl/workbook.xml").decode())
        found: dict[str, list[list[str | Decimal | None]]] = {}
        for number, name in enumerate(names[:-1], start=1):
            rows = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{_SPREADSHEET}row")  # noqa: S314
            found[name] = [[_cell(each) for each in row] for row in rows][1:]
    return found


def _cell(element: ET.Element) -> str | Decimal | None:
    text = element.find(f"{_SPREADSHEET}v")
    inline = element.find(f"{_SPREADSHEET}is/{_SPREADSHEET}t")
    if inline is not None:
        return _unescaped(inline.text or "")
    if text is None or text.text is None:
        return None
    return _unescaped(text.text) if element.get("t") == "str" else Decimal(text.text)


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def csv_rows(content: bytes) -> list[list[str]]:
    """The fields of a csv file below its header, guards taken off."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [[each.removeprefix("'") for each in row or [""]] for row in rows[1:]]


def everything(content: bytes) -> bytes:
    """All bytes of a workbook, unzipped: sheets, styles, properties, the 说明 sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in archive.namelist())


def same_cell(expected: Any, found: str | Decimal | None) -> bool:
    """Whether a cell holds a value; text and numbers are told apart."""
    if expected is None or expected == "":
        return found is None or found == ""
    if isinstance(expected, dt.datetime):
        local = expected.astimezone(SHANGHAI).replace(tzinfo=None)
        if isinstance(found, str):
            return found[:19] == f"{local:%Y-%m-%d %H:%M:%S}"
        days = (local - dt.datetime.combine(_EPOCH, dt.time())) / dt.timedelta(days=1)
        return found is not None and abs(float(found) - days) < 1e-6
    if isinstance(expected, dt.date):
        return found == (Decimal((expected - _EPOCH).days) if isinstance(found, Decimal) else expected.isoformat())
    if isinstance(expected, int | Decimal):
        return isinstance(found, Decimal) and _shown(expected, found) == expected
    return found == expected


def _shown(expected: int | Decimal, found: Decimal) -> Decimal:
    return found.quantize(SIX_PLACES, ROUND_HALF_UP) if isinstance(expected, Rounded) else found


def same_field(expected: Any, found: str) -> bool:
    """Whether a csv field holds a value."""
    if isinstance(expected, int | Decimal):
        return found != "" and _shown(expected, Decimal(found)) == expected
    return same_cell(expected, found)
