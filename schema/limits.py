"""How much one operation may ask, and how much of it was asked so far.

Counted on the expanded plan, never on syntax: limits on syntax have been walked around by fragments and by fields named
like introspection (design, "Limits on by default").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from authz.errors import TooComplex
from schema.given import ResponsePath


@dataclass(frozen=True, slots=True)
class Limits:
    """What one operation may ask. Whole lists (exports) have no page size and no cost."""

    depth: int = 12
    aliases: int = 30
    root_fields: int = 20
    page_size: int = 1000
    default_page_size: int = 20
    cost: int = 1_000_000
    fields: int = 2_000
    conditions: int = 200
    list_length: int = 5_000


@dataclass(slots=True)
class Spent:
    """What one operation has asked so far. Each method counts one thing more.

    Raises:
        TooComplex: with that, a limit is passed.
    """

    limits: Limits
    whole_lists: bool = False
    aliases: int = 0
    fields: int = 0
    conditions: int = 0
    cost: int = 0

    def roots(self, count: int) -> None:
        """So many root fields."""
        if count > self.limits.root_fields:
            raise TooComplex(f"一次最多查询 {self.limits.root_fields} 个根字段", detail="too many root fields")

    def level(self, path: ResponsePath) -> None:
        """A selection at this place."""
        if len(path) >= self.limits.depth:
            raise TooComplex(f"查询嵌套超过 {self.limits.depth} 层", detail="selection too deep", path=path)

    def names(self, aliases: int, path: ResponsePath) -> None:
        """So many aliases more."""
        self.aliases += aliases
        if self.aliases > self.limits.aliases:
            raise TooComplex(f"一次查询最多使用 {self.limits.aliases} 个别名", detail="too many aliases", path=path)

    def field(self, path: ResponsePath, rows: int) -> None:
        """One more field, read in ``rows`` rows."""
        self.fields += 1
        self.cost += rows
        if self.fields > self.limits.fields:
            raise TooComplex(f"一次查询最多选择 {self.limits.fields} 个字段", detail="too many fields", path=path)
        if self.cost > self.limits.cost and not self.whole_lists:
            raise TooComplex(
                "查询的数据量过大，请减少字段、每页条数或嵌套列表",
                detail=f"cost over {self.limits.cost} (rows × fields)",
                path=path,
            )

    def argument(self, argument: object, path: ResponsePath) -> None:
        """What an argument says: each object of it is a condition, or a step of an order."""
        pending = [(argument, 1)]
        while pending:
            value, depth = pending.pop()
            if isinstance(value, dict):
                self.conditions += 1
                inner, depth = cast("dict[str, object]", value).values(), depth + 1
            elif isinstance(value, list):
                inner = cast("list[object]", value)
                self._check_length(len(inner), path)
            else:
                continue
            if self.conditions > self.limits.conditions:
                message = f"一次查询最多使用 {self.limits.conditions} 个条件，请简化或分批查询"
                raise TooComplex(message, detail="too many conditions", path=path)
            if depth > self.limits.depth + 1:
                raise TooComplex(f"筛选条件嵌套超过 {self.limits.depth} 层", detail="filter too deep", path=path)
            pending += [(each, depth) for each in inner if type(each) in (dict, list)]

    def _check_length(self, length: int, path: ResponsePath) -> None:
        if length > self.limits.list_length:
            message = f"列表最多 {self.limits.list_length:,} 个元素，请分批查询"
            raise TooComplex(message, detail=f"list of {length} elements", path=path)
