"""What can be added up, and what it can be told apart by: both read off the declarations of enterprises and reports.

A number that is a quantity (it has a unit, or is a share) is a measure; an enumeration, a yes or no, a unit and the
year of a date are dimensions. A field that is declared is one or the other without another line. Contacts, codes and
keys are neither; lists are not, for an enterprise would count in several cells.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from schema.declare import Column, Format, Part, Relation, Row, declared, targets
from schema.enterprise import Enterprise
from schema.inputs import MADE_OF, plain_type
from schema.units import Unit

COUNTED = "uscc"
"""The field whose rows are counted: enterprises by their own, reports by theirs."""
UNITS, YEARS = 100, 100
"""How many units and years there may be; what a question may ask is counted from these."""
YES_OR_NO: Mapping[str, str] = {"true": "是", "false": "否"}


class Telling(enum.Enum):
    """What the values of a dimension are; of a date, its year tells."""

    WORDS = "WORDS"
    UNIT = "UNIT"
    YEAR = "YEAR"
    DATE = "DATE"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure: the field's path from an enterprise, in Python names."""

    path: tuple[str, ...]
    label: str
    unit: str | None

    is_share: bool
    """Whether its sum means nothing."""

    @property
    def is_count(self) -> bool:
        """Whether rows are counted rather than values added."""
        return self.path[-1] == COUNTED


@dataclass(frozen=True, slots=True)
class Dimensioned:
    """A dimension: the field's path from an enterprise, and what its values are; ``words`` by value, in order."""

    path: tuple[str, ...]
    label: str
    telling: Telling
    words: Mapping[str, str]

    @property
    def most(self) -> int:
        """At most so many values, with the missing one."""
        return {Telling.UNIT: UNITS, Telling.WORDS: len(self.words)}.get(self.telling, YEARS) + 1


_Field = tuple[tuple[str, ...], str, Column | Relation, Any]
"""A field's path, its label with what it stands under, its declaration and its type."""


def _fields(row: type[Row], prefix: tuple[str, ...], under: str) -> Iterator[_Field]:
    """The fields of a row, of its parts, and of the one row that a year names."""
    for described in cast("Any", row).__strawberry_definition__.fields:
        declaration, path = declared(described), (*prefix, described.python_name)
        if isinstance(declaration, Part) or (isinstance(declaration, Relation) and _is_by_year(declaration)):
            target = targets(row)[described.python_name]
            yield from _fields(target, path, f"{under}{declaration.label}：")
        elif isinstance(declaration, Column | Relation):
            yield path, under + declaration.label, declaration, described.type


def _is_by_year(relation: Relation) -> bool:
    """Whether a year names its one row, found by key: one that a source makes has no row to be joined."""
    is_one = not (relation.many or relation.paged or relation.latest or relation.source)
    return is_one and set(relation.arguments or ()) == {"year"}


def _measures() -> Iterator[Measured]:
    yield Measured((COUNTED,), "企业数", "家", is_share=False)
    yield Measured(("annual_report", COUNTED), "年报数", "份", is_share=False)
    for path, label, declaration, kind in _fields(Enterprise, (), ""):
        plain, is_list = plain_type(kind)
        if isinstance(declaration, Column) and plain in (int, Decimal) and not is_list:
            is_share = declaration.format is Format.PERCENT
            if is_share or declaration.unit is not None:
                yield Measured(path, label, declaration.unit, is_share)


def _dimensions() -> Iterator[Dimensioned]:
    for path, label, declaration, kind in _fields(Enterprise, (), ""):
        found = _dimension(path[-1], declaration, kind)
        if found is not None and (isinstance(declaration, Relation) or declaration.mask is None):
            yield Dimensioned(path, label, *found)


def _dimension(name: str, declaration: Column | Relation, kind: Any) -> tuple[Telling, Mapping[str, str]] | None:
    plain, is_list = plain_type(kind)
    if is_list:
        return None
    if isinstance(declaration, Relation):
        # A unit that the row itself names; its code stands in the row.
        refers = set(declaration.keys) == {"code"} and not declaration.arguments
        return (Telling.UNIT, {}) if plain is Unit and refers else None
    if isinstance(plain, StrawberryEnumDefinition):
        return Telling.WORDS, {value.name: value.description or value.name for value in plain.values}
    if plain is bool:
        return Telling.WORDS, YES_OR_NO
    if plain is dt.date:
        return Telling.DATE, {}
    # A number with a unit is a quantity, whatever it is called.
    is_year = plain is int and name.endswith("_year") and declaration.unit is None
    return (Telling.YEAR, {}) if is_year else None


def _name(path: tuple[str, ...], *, is_date: bool = False) -> str:
    """``("annual_report", "hnte", "issued_on")`` → ``REPORT_HNTE_ISSUED_YEAR``."""
    *owners, last = path
    year = f"{last.removesuffix('_on')}_year" if is_date else last
    return "_".join([*(owner.removeprefix("annual_") for owner in owners), year]).upper()


_COUNTS: Mapping[tuple[str, ...], str] = {(COUNTED,): "ENTERPRISES", ("annual_report", COUNTED): "REPORTS"}
MEASURES = {_COUNTS.get(each.path) or _name(each.path): each for each in _measures()}
"""Every measure by its name in the schema."""
DIMENSIONS = {_name(each.path, is_date=each.telling is Telling.DATE): each for each in _dimensions()}
"""Every dimension by its name in the schema."""


def _published(name: str, found: Mapping[str, Measured | Dimensioned], description: str) -> Any:
    """An enumeration of the schema, each value standing for a path whose every step has to be visible."""
    members = {
        key: strawberry.enum_value(".".join(each.path), description=_described(each)) for key, each in found.items()
    }
    MADE_OF[name] = Enterprise
    kind = cast("Any", enum.Enum)(name, members, module=__name__)
    return strawberry.enum(kind, name=name, description=description)


def _described(each: Measured | Dimensioned) -> str:
    if isinstance(each, Dimensioned):
        return f"{each.label}所在年份" if each.telling is Telling.DATE else each.label
    return f"{each.label}（{each.unit}）" if each.unit else each.label


if TYPE_CHECKING:
    Measure = enum.Enum
    Dimension = enum.Enum
else:
    Measure = _published("Measure", MEASURES, "统计指标：企业与年报的全部数值字段，以及企业数、年报数")
    Dimension = _published("Dimension", DIMENSIONS, "统计维度：企业与年报的枚举、是否、所属单位和日期所在年份")
