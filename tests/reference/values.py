"""Values to filter by: those of all rows, whoever may see them, and texts that nearly are one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from graphql import GraphQLEnumType, get_named_type

from tests.reference.dice import Dice
from tests.reference.executor import Reference
from tests.reference.filters import TABS, searched
from tests.reference.libraries import LIBRARIES, Libraries
from tests.reference.redacted import Sight
from tests.reference.rows import World

NO_SUCH = "没有这个值"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value of a field in an operation, where another value of the same field may stand the next time."""

    kind: str
    name: str
    described: Any
    value: Any


def plain(value: Any) -> Any:
    """A value of an operation with its slots filled."""
    if isinstance(value, Slot):
        return value.value
    if isinstance(value, list):
        return [plain(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in cast("dict[str, Any]", value).items()}
    return value


@dataclass(repr=False)
class Values:
    """The database's values by field."""

    full: World
    found: dict[tuple[str, str], list[Any]] = field(default_factory=dict[tuple[str, str], list[Any]])
    texts: list[str] = field(default_factory=list[str])

    def __repr__(self) -> str:
        return "Values()"

    def of(self, kind: str, name: str, sight: Sight) -> list[Any]:
        """Distinct values of a field over the full database, null excepted."""
        key = (kind, name)
        if key not in self.found:
            reference = Reference(self.full, sight)
            rows = self.full.rows("AnnualReport" if kind in TABS.values() else kind)
            if kind == "LibraryEntry":
                rows = [row for library in LIBRARIES for row in Libraries.of(self.full).members(library, {})]
            values = {reference.value(kind, row, name) for row in rows}
            self.found[key] = sorted((value for value in values if value is not None), key=str)
        return self.found[key]

    def searched(self, sight: Sight) -> list[str]:
        """Texts that search looks into."""
        if not self.texts:
            reference = Reference(self.full, sight)
            self.texts = [searched(reference, "Enterprise", row) for row in self.full.rows("Enterprise")]
        return self.texts

    @property
    def audited(self) -> dict[str, Any]:
        """The condition that keeps to the planted lines of the audit trail: each question adds another one."""
        return {"at": {"lte": max(row["at"] for row in self.full.rows("AuditEntry")).isoformat()}}

    def drawn(self, dice: Dice, slot: Slot, sight: Sight) -> Any:
        """Another value for a slot."""
        if slot.name == "search":
            return self.keyword(dice, sight)
        return self.one(dice, slot.kind, slot.name, slot.described, sight)

    def again(self, dice: Dice, value: Any, sight: Sight) -> Any:
        """A value of an operation with other values in its slots."""
        if isinstance(value, Slot):
            return self.drawn(dice, value, sight)
        if isinstance(value, list):
            return [self.again(dice, each, sight) for each in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {key: self.again(dice, each, sight) for key, each in cast("dict[str, Any]", value).items()}
        return value

    def one(self, dice: Dice, kind: str, name: str, described: Any, sight: Sight) -> Any:
        """A value to compare a field with, as JSON: one that it has, or one beside it."""
        enumeration = cast("Any", get_named_type(described)) if described is not None else None
        if isinstance(enumeration, GraphQLEnumType):
            return dice.one(list(enumeration.values))
        known = self.of(kind, name, sight)
        if not known:
            return None if described is None else NO_SUCH
        value = dice.one(known)
        if isinstance(value, Decimal):
            return format(value + dice.one([Decimal(0), Decimal("0.001"), Decimal(-1)]), "f")
        if isinstance(value, dt.date | dt.datetime):
            return value.isoformat()
        if isinstance(value, int):
            return max(value + dice.one([0, 1, -1]), 0)
        return value if name == "establishedMonth" or dice.chance(90) else f"{value} "

    def keyword(self, dice: Dice, sight: Sight) -> str:
        """A text to search for: a part of one that stands there, or what LIKE would misread."""
        text = dice.one(self.searched(sight))
        start = dice.number(0, len(text) - 1)
        part = text[start : start + dice.number(1, 8)]
        return dice.one([part, part.upper(), f" {part} ", part.replace("a", "\uff41"), "%", "_", "公司", "\\"])
