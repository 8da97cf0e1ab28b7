"""Aggregates counted in Python over the rows that a principal may see; what there is to ask is read off the SDL.

Written from the issue ("any measure by up to three dimensions under any filter, inside the caller's scope, with
small-cell suppression") and domain §4.4: every number of an enterprise or its report is a measure but years and
versions; every enumeration, yes or no, unit and day is a dimension.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import graphql
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema

from authz.principal import Role
from resolvers.schema import core
from tests.reference.derived import SIX_PLACES
from tests.reference.filters import TABS, holds
from tests.reference.rows import Row, snake

if TYPE_CHECKING:
    from tests.reference.executor import Reference

SMALLEST = 3
COUNTED = "~counted"
"""Where a table keeps the enterprises that its cells count."""
SEE_ALL_CELLS = frozenset({Role.DISTRICT_OFFICER, Role.MUNICIPAL_OFFICER, Role.ANALYST})
NO_QUANTITIES = frozenset({"year", "version", "planYear"})
MANY = ("Unit", "Date", "Int")
"""Dimensions of so many values that no three of them may be asked at once."""


@dataclass(frozen=True)
class Asked:
    """A measure or a dimension: where its value stands (in an enterprise, its report, or a tab of that), its type."""

    kind: str
    name: str
    label: str
    type: str


@cache
def sdl() -> GraphQLSchema:
    """The schema as its text has it."""
    return graphql.build_schema(graphql.print_schema(core()))


def _fields(kind: str, prefix: str, label: str) -> Iterator[tuple[str, Asked]]:
    for name, described in cast("GraphQLObjectType", sdl().type_map[kind]).fields.items():
        type_ = described.type
        said, plain = label + (described.description or ""), cast("Any", graphql).get_named_type(type_).name
        if "[" not in str(type_) and set(described.args) <= {"year"}:
            yield prefix + snake(name).upper(), Asked(kind, name, said, plain)
        if (kind, name) == ("Enterprise", "annualReport"):
            yield from _fields("AnnualReport", "REPORT_", f"{said}：")
        elif kind == "AnnualReport" and name in TABS:
            yield from _fields(TABS[name], f"{prefix}{snake(name).upper()}_", f"{said}：")


@cache
def measures() -> Mapping[str, Asked]:
    """Everything that can be added up."""
    counts = {
        "ENTERPRISES": Asked("Enterprise", "uscc", "企业数", "ID"),
        "REPORTS": Asked("AnnualReport", "uscc", "年报数", "ID"),
    }
    found = {name: each for name, each in _fields("Enterprise", "", "") if each.type in ("Int", "Decimal")}
    return {**counts, **{name: each for name, each in found.items() if each.name not in NO_QUANTITIES}}


@cache
def dimensions() -> Mapping[str, Asked]:
    """Everything that cells can be told apart by."""
    found: dict[str, Asked] = {}
    for name, each in _fields("Enterprise", "", ""):
        if each.type == "Date":
            found[f"{name.removesuffix('_ON')}_YEAR"] = each
        elif each.type in ("Boolean", "Unit") or each.name == "planYear" or _words(each.type):
            found[name] = each
    return found


def is_wide(name: str) -> bool:
    """Whether a dimension may have more than a few values."""
    return dimensions()[name].type in MANY


Value = Callable[[Row, Row | None], Any]
Key = tuple[str | None, ...]


def table(reference: Reference, given: Mapping[str, Any]) -> Row:
    """The answer to one question."""
    measure, names = measures()[given["of"]], list(given["by"])
    pairs = chosen(reference, given)
    cells: dict[Key, list[Any]] = {}
    for row, report in pairs:
        key = tuple(_key(reference, dimensions()[name], row, report) for name in names)
        cells.setdefault(key, []).append(_value(reference, measure, row, report))
    ordered = sorted(cells, key=lambda key: [_place(name, part) for name, part in zip(names, key, strict=True)])
    rows = [_cell(reference, names, key, given["of"], cells[key]) for key in ordered] if names else []
    total = _cell(reference, names, None, given["of"], [_value(reference, measure, *pair) for pair in pairs])
    if reference.sight.role not in SEE_ALL_CELLS and measure.type != "ID":
        _suppress(rows, total)
    unit = re.search(r"（([^（）]*)）$", _measure_text(given["of"]))
    counted = [row for row, _ in pairs]
    return {"label": measure.label, "unit": unit and unit[1], "rows": rows, "total": total, COUNTED: counted}


def chosen(reference: Reference, given: Mapping[str, Any]) -> list[tuple[Row, Row | None]]:
    """The enterprises that are counted, each with its report of the year."""
    rows = reference.world.rows("Enterprise")
    kept = [row for row in rows if holds(reference, "Enterprise", row, given.get("filter") or {}) is True]
    return [(row, reference.report_of(row, given.get("year"))) for row in kept]


def _measure_text(name: str) -> str:
    return cast("GraphQLEnumType", sdl().type_map["Measure"]).values[name].description or ""


def _raw(reference: Reference, asked: Asked, row: Row, report: Row | None) -> Any:
    owner = row if asked.kind == "Enterprise" else report
    if owner is None:
        return None
    if asked.type == "Unit":
        code: str | None = owner[f"{snake(asked.name)}_code"]
        return code
    return reference.value(asked.kind, owner, asked.name)


def _value(reference: Reference, asked: Asked, row: Row, report: Row | None) -> Any:
    found = _raw(reference, asked, row, report)
    return Decimal(found) if isinstance(found, int) else found


def _key(reference: Reference, asked: Asked, row: Row, report: Row | None) -> str | None:
    if asked.name == "size":
        return reference.size_of(row, reference.year_of_question)
    found = _raw(reference, asked, row, report)
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, dt.date):
        return str(found.year)
    return None if found is None else str(found)


@cache
def _words(kind: str) -> Mapping[str, str]:
    if kind == "Boolean":
        return {"true": "是", "false": "否"}
    enumeration = sdl().type_map[kind]
    if not isinstance(enumeration, GraphQLEnumType):
        return {}
    return {name: value.description or name for name, value in enumeration.values.items()}


def _place(name: str, part: str | None) -> tuple[bool, int, str]:
    """Where a value stands: words as they are declared, else by code; a missing one last."""
    words = list(_words(dimensions()[name].type))
    return part is None, words.index(part) if part in words else 0, part or ""


def _cell(reference: Reference, names: Sequence[str], key: Key | None, of: str, values: Sequence[Any]) -> Row:
    labels: list[str | None] = []
    for at, name in enumerate(names):
        if key is None:
            labels.append("合计" if at == 0 else "--")
            continue
        part, kind = key[at], dimensions()[name].type
        if kind == "Unit":
            units = reference.world.where("Unit", {"code": part})
            labels.append(units[0]["name"] if units else None)
        else:
            labels.append(_words(kind).get(part or "", part))
    shown = [*labels, None, None, None]
    first = "合计" if key is None else shown[0]
    keys = [
        {"dimension": name, "value": None if key is None else key[at], "label": labels[at]}
        for at, name in enumerate(names)
    ]
    places = {"first": first, "second": shown[1], "third": shown[2]}
    return {**places, "keys": keys, **_amounts(measures()[of], values), "suppressed": False}


def _amounts(measure: Asked, values: Sequence[Any]) -> Row:
    said = [value for value in values if value is not None]
    found: Row = {"enterprises": len(values), "reportedCount": len(said)}
    if measure.type == "ID":
        return {**found, "value": Decimal(len(said)), "average": None, "minimum": None, "maximum": None}
    if not said:
        return {**found, "value": None, "average": None, "minimum": None, "maximum": None}
    is_share = measure.name.endswith(("Share", "Intensity"))
    with localcontext() as context:
        context.prec = 80
        total = sum(said, Decimal(0))
        average = (total / len(said)).quantize(SIX_PLACES, ROUND_HALF_UP)
    extremes = {"minimum": min(said), "maximum": max(said)}
    return {**found, "value": None if is_share else total, "average": average, **extremes}


def _suppress(rows: Sequence[Row], total: Row) -> None:
    """Hide what fewer than three enterprises make up, and one cell more where the total would tell it."""
    small = [row for row in rows if 0 < row["reportedCount"] < SMALLEST]
    others = [row for row in rows if row["reportedCount"] >= SMALLEST]
    hidden = [*small, *([total] if 0 < total["reportedCount"] < SMALLEST else [])]
    if small and others and sum(row["reportedCount"] for row in small) < SMALLEST:
        # Of equally many enterprises, the first in the order of the answer.
        hidden.append(min(others, key=lambda row: row["reportedCount"]))
    for row in hidden:
        row.update(dict.fromkeys(("value", "average", "minimum", "maximum")), suppressed=True)
