"""Operations nobody would think of: random selections, filters, orders and pages over the schema, valid by making."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)
from hypothesis import strategies as st

from tests.reference import questions
from tests.reference.dice import Dice
from tests.reference.filters import TABS
from tests.reference.kinds import OF_NO_ROW, field_of, is_list, listed_kind, named, nullable, ordered_fields, schema
from tests.reference.redacted import Sight
from tests.reference.rows import RELATIONS
from tests.reference.values import Slot, Values, plain

MOST_ALIASES = 26
MOST_TOKENS = 1600
LEFT_OUT = frozenset(
    {
        ("Export", "downloadUrl"),
        ("Query", "exportFields"),
        ("Settings", "pages"),
        ("ConditionResult", "condition"),
        ("ConditionResult", "measure"),
        ("ConditionResult", "gap"),
        ("CultivationProgressRow", "reserveHnteCount"),
    }
)
"""A link is different each time it is written; the catalogue and the pages' settings are tests of their own. What else
a condition's result says is worked out from what is asked here; the reserve's size is a count of members.
"""


@dataclass(frozen=True)
class Operation:
    """A document with its variables. ``slots`` are the variables with what may be filled in anew."""

    document: str
    variables: dict[str, Any]
    slots: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def text(self) -> str:
        """All that the caller wrote."""
        return self.document + json.dumps(self.variables, ensure_ascii=False)

    def again(self, dice: Dice, values: Values, sight: Sight) -> Operation:
        """The same document with other values of the same form."""
        return Operation(self.document, values.again(dice, self.slots, sight), self.slots)


@dataclass
class Writer:
    """Writes one operation.

    ``daring``: it may ask, once, for something the role may never see. ``focus``: fields it likes to ask for.
    ``loose``: of a hundred values so many stand in variables. ``cursors``: what it pages from, wherever they are from.
    """

    dice: Dice
    values: Values
    sight: Sight
    catalogue: Sequence[str]
    daring: bool = False
    exported: bool = False
    focus: frozenset[str] = frozenset()
    loose: int = 12
    cursors: Sequence[str] = ()
    library: str | None = None
    """The library whose members are being asked for, where it is one."""
    aliases: int = 0
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    declared: list[str] = field(default_factory=list[str])
    fragments: list[str] = field(default_factory=list[str])

    def operation(self) -> Operation:
        """A whole operation."""
        roots = [name for name in cast("Any", schema().query_type).fields if self.may("Query", name)]
        lists = [name for name in roots if listed_kind("Query", name)]
        others = [name for name in roots if name not in lists]
        chosen = [self.dice.one(lists)] if lists and (self.exported or self.dice.chance(85)) else []
        if not self.exported and self.dice.size > 1:
            chosen += self.dice.some([*others, *lists], 2 if chosen else 3)
        chosen = list(dict.fromkeys(chosen or ["units"]))
        entries = [self._field("Query", name, self.dice.size, bound=False) for name in chosen]
        if self.dice.chance(10):
            entries.append("__typename")
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        document = f"query Q{declared} {{ {' '.join(entries)} }}\n" + "\n".join(self.fragments)
        return Operation(document, plain(self.variables), self.variables)

    def may(self, kind: str, name: str) -> bool:
        """Whether to ask for a field: one that the role may see, or, daring, another one."""
        if (kind, name) in LEFT_OUT:
            return False
        return not self.sight.never(kind, name) or self.dares(10)

    def dares(self, percent: int) -> bool:
        """Whether to ask, this once, for what the role may not."""
        if not self.daring or not self.dice.chance(percent):
            return False
        self.daring = False
        return True

    # -- selections -----------------------------------------------------------------------------

    def selection(self, kind: str, depth: int, *, bound: bool) -> str:
        """A selection set. ``bound``: it may meet others, so what has arguments needs a name of its own."""
        if kind.endswith(OF_NO_ROW):
            return self._of_list(kind, depth, bound=bound)
        fields = cast("GraphQLObjectType", schema().type_map[kind]).fields
        names = [name for name in fields if self.may(kind, name)]
        leaves = [name for name in names if not isinstance(named(fields[name]), GraphQLObjectType)]
        rows = [name for name in names if name not in leaves]
        if not leaves:  # what only leads to rows is asked for them, however deep they are
            depth = max(depth, 1)
        chosen = leaves if self.dice.chance(6) else self.dice.some(leaves, self.dice.number(1, 2 * self.dice.size))
        if depth > 0 and (not leaves or self.dice.chance(75)):
            chosen = [*chosen, *self.dice.some(rows, 2)]
        forbidden = [name for name in fields if self.daring and self.sight.never(kind, name)]
        liked = [name for name in fields if name in self.focus]
        if forbidden and self.dares(50):
            liked = [self.dice.one(forbidden)]
        if liked and self.dice.chance(70):
            chosen = list(dict.fromkeys([*chosen, self.dice.one(liked)]))
        entries = [text for name in chosen if (text := self._field(kind, name, depth - 1, bound=bound))]
        entries += self._repeated(kind, [name for name in chosen if name in leaves], rows, depth)
        return "{ " + " ".join(self._grouped(kind, entries or ["__typename"])) + " }"

    def _repeated(self, kind: str, leaves: list[str], rows: list[str], depth: int) -> list[str]:
        """Fields once more, to be merged, and a named fragment."""
        entries: list[str] = []
        if leaves and self.dice.chance(15):
            name = self.dice.one(leaves)
            if not field_of(kind, name).args:
                entries.append(name)
        if self.dice.chance(8):
            entries.append("__typename")
        plain = [name for name in rows if not field_of(kind, name).args]
        if plain and depth > 0 and self.dice.chance(10):
            entries.append(self._field(kind, self.dice.one(plain), depth - 1, bound=True))
        if self.dice.chance(10) and leaves and not self.exported:
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            at = len(self.fragments) - 1
            body = self.selection(kind, min(depth - 1, 1), bound=True)
            self.fragments[at] = f"fragment {name} on {kind} {body}"
            entries += [f"...{name}{self._directive()}"] * self.dice.number(1, 2)
        return entries

    def _grouped(self, kind: str, entries: list[str]) -> list[str]:
        """The entries, some of them within inline fragments."""
        if not self.dice.chance(20):
            return entries
        cut = self.dice.number(0, len(entries))
        inside = entries[cut:]
        if not inside:
            return entries
        on = f" on {kind}" if self.dice.chance(60) else ""
        return [*entries[:cut], f"...{on}{self._directive()} {{ {' '.join(inside)} }}"]

    def _of_list(self, kind: str, depth: int, *, bound: bool) -> str:
        if kind == "PageInfo":
            return "{ hasNextPage startCursor hasPreviousPage endCursor }"
        target = named(
            cast("GraphQLObjectType", schema().type_map[kind]).fields["node" if kind.endswith("Edge") else "nodes"]
        )
        if kind.endswith("Connection") and not self.exported and self.dice.chance(15):
            if self.dice.chance(20):
                return "{ totalCount }"
            return f"{{ totalCount edges {self.selection(kind.replace('Connection', 'Edge'), depth, bound=bound)} }}"
        rows = self.selection(target.name, depth, bound=bound)
        if kind.endswith("Edge"):
            return f"{{ {'cursor ' if self.dice.chance(50) else ''}node {rows} }}"
        if self.exported:
            return f"{{ nodes {rows} }}"
        entries = [f"{self._alias()}nodes {rows}"]
        if self.dice.chance(25):
            entries.append(f"edges {self.selection(kind.replace('Connection', 'Edge'), min(depth, 1), bound=True)}")
        if self.dice.chance(40):
            entries.append(f"{self._alias()}totalCount{self._directive()}")
        if self.dice.chance(40):
            entries.append("pageInfo { hasNextPage hasPreviousPage startCursor endCursor }")
        return "{ " + " ".join(entries) + " }"

    def _field(self, kind: str, name: str, depth: int, *, bound: bool) -> str:
        described = field_of(kind, name)
        needs_alias = bound and bool(described.args)
        alias = self._alias(always=needs_alias)
        if needs_alias and not alias:
            return ""
        given = self._arguments(kind, name)
        below = named(described)
        inner = f" {self.selection(below.name, depth, bound=bound)}" if isinstance(below, GraphQLObjectType) else ""
        return f"{alias}{name}{given}{self._directive()}{inner}"

    def _alias(self, *, always: bool = False) -> str:
        if self.aliases < MOST_ALIASES and (always or self.dice.chance(15)):
            self.aliases += 1
            return f"a{self.aliases}: "
        return ""

    def _directive(self) -> str:
        if not self.dice.chance(8):
            return ""
        name, value = self.dice.one(["skip", "include"]), self.dice.chance(40)
        written = (
            self._variable(GraphQLNonNull(cast("Any", schema().type_map["Boolean"])), value)
            if self.dice.chance(50)
            else str(value).lower()
        )
        return f" @{name}(if: {written})"

    # -- arguments ------------------------------------------------------------------------------

    def _arguments(self, kind: str, name: str) -> str:
        types = {key: cast("Any", argument).type for key, argument in field_of(kind, name).args.items()}
        chosen: dict[str, Any] = {}
        if "first" in types:
            chosen = self._list_arguments(kind, name)
        if kind == "Query" and name in ("enterprise", "annualReport", "export"):
            target = {"enterprise": "Enterprise", "annualReport": "AnnualReport"}.get(name, "Export")
            row = self.dice.one(self.values.full.rows(target))
            keys = {key: str(row[key]) if key != "year" else row[key] for key in types}
            chosen = {key: Slot(target, key, types[key], value) for key, value in keys.items()}
        elif "year" in types and self.dice.chance(60):
            chosen["year"] = self.dice.one([2022, 2021, 2020, 2019, None])
        chosen |= questions.special(self, kind, name)
        if "month" in types and self.dice.chance(70):
            chosen["month"] = self.dice.one(["2022-05", "2021-12", "2022-12", "2019-03", None])
        if "kind" in types and self.dice.chance(50):
            chosen["kind"] = self.dice.one([["DISTRICT"], ["COUNTY", "ZONE"], [], None])
        written = [f"{key}: {self._written(types[key], value)}" for key, value in chosen.items()]
        return f"({', '.join(written)})" if written else ""

    def _list_arguments(self, kind: str, name: str) -> dict[str, Any]:
        target = cast("str", listed_kind(kind, name))
        chosen: dict[str, Any] = {}
        if self.dice.chance(50):
            chosen["filter"] = self.filter(target, 2)
        if target == "AuditEntry":
            chosen["filter"] = {"and": [self.values.audited, *([chosen["filter"]] if chosen else [])]}
        if self.dice.chance(45):
            chosen["orderBy"] = self.order(target)
        if self.dice.chance(70):
            size = self.dice.one([3, 1, 2, 5, 0, 40, 200] if kind == "Query" else [2, 1, 0, 3])
            chosen[self.dice.one(["first", "first", "last"])] = size
        if self.cursors and not self.exported and self.dice.chance(50):
            chosen[self.dice.one(["after", "before"])] = self.dice.one(self.cursors)
        if name == "customQuery" and self.dice.chance(70):
            chosen["fields"] = [self.dice.one(self.catalogue) for _ in range(self.dice.number(1, 8))]
        return chosen

    def order(self, kind: str) -> Any:
        """An order of a list by one to three fields."""
        offered = ordered_fields(kind)
        fields = [value for value, (owner, name) in offered.items() if self.may(owner, name)] or list(offered)
        steps: list[dict[str, str]] = []
        for _ in range(self.dice.number(1, 3)):
            step = {"field": self.dice.one(fields)}
            if self.dice.chance(70):
                step["direction"] = self.dice.one(["ASC", "DESC"])
            steps.append(step)
        return steps[0] if len(steps) == 1 and self.dice.chance(30) else steps

    def filter(self, kind: str, depth: int) -> dict[str, Any]:
        """A filter of a row type, by values that stand in the database or nearly do."""
        fields = cast("GraphQLInputObjectType", schema().type_map[f"{kind}Filter"]).fields
        names = [name for name in fields if name in ("and", "or", "not", "search") or self.may(kind, name)]
        chosen: dict[str, Any] = {}
        related = [name for name in names if (kind, name) in RELATIONS]
        picked = self.dice.some(names, self.dice.number(1, 2))
        broad = [name for name in names if not is_list(fields[name].type) and name not in ("search", "not")]
        if broad and self.dice.chance(50):
            picked = [self.dice.one(broad)]
        if related and depth > 0 and self.dice.chance(30):
            picked = [self.dice.one(related)]
        for name in picked:
            if depth > 0 or (name not in ("and", "or", "not") and (kind, name) not in RELATIONS):
                chosen[name] = self._condition(kind, name, fields[name].type, depth)
        if depth > 0 and self.dice.chance(20):
            chosen["not"] = self.filter(kind, depth - 1)
        return chosen

    def _condition(self, kind: str, name: str, described: Any, depth: int) -> Any:
        if self.dice.chance(4):
            return None
        if name in ("and", "or", "not"):
            return self._combined(kind, name, depth)
        if name == "search":
            return self._search()
        if kind == "AnnualReport" and name in TABS:
            return self.filter(TABS[name], depth)
        if (kind, name) in RELATIONS:
            relation = RELATIONS[(kind, name)]
            inner = self.filter(relation.kind, depth - 1)
            return {self.dice.one(["some", "none"]): inner} if relation.many else inner
        return self._compared(kind, name, described)

    def _combined(self, kind: str, name: str, depth: int) -> Any:
        if name == "not":
            return self.filter(kind, depth - 1)
        return [self.filter(kind, depth - 1) for _ in range(self.dice.number(0, 2))]

    def _compared(self, kind: str, name: str, described: Any) -> Any:
        if is_list(described):
            return [self._value(kind, name, described) for _ in range(self.dice.number(0, 3))]
        if isinstance(nullable(described), GraphQLInputObjectType):
            return self._range(kind, name)
        return self.dice.chance(50)

    def _search(self) -> Any:
        if self.dice.chance(10):
            return ""
        return Slot("Enterprise", "search", None, self.values.keyword(self.dice, self.sight))

    def _range(self, kind: str, name: str) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        keys = [self.dice.one(["lte", "gte", "lt", "gt", "isNull"])] if self.dice.chance(75) else []
        for key in keys or self.dice.some(["eq", "gt", "gte", "lt", "lte", "isNull"], 2):
            chosen[key] = self.dice.chance(50) if key == "isNull" else self._value(kind, name, None)
        return chosen

    def _value(self, kind: str, name: str, described: Any) -> Any:
        return Slot(kind, name, described, self.values.one(self.dice, kind, name, described, self.sight))

    # -- values as literals and variables ---------------------------------------------------------

    def _variable(self, described: Any, value: Any) -> str:
        name = f"v{len(self.declared)}"
        default = ""
        if not isinstance(described, GraphQLNonNull) and self.dice.chance(15):
            default = f" = {self._literal(described, value, variables=False)}"
        self.declared.append(f"${name}: {described}{default}")
        known = plain(value) is not None or isinstance(described, GraphQLNonNull)
        if not default and (known or self.dice.chance(50)):
            self.variables[name] = value
        return f"${name}"

    def _written(self, described: Any, value: Any) -> str:
        if self.dice.chance(25 + self.loose // 2):
            return self._variable(described, value)
        return self._literal(described, value, variables=True)

    def _literal(self, described: Any, value: Any, *, variables: bool) -> str:
        if isinstance(value, Slot):
            return self._literal(described, value.value, variables=variables)
        required = nullable(described)
        if value is None:
            return "null"
        if is_list(required) and isinstance(value, list):
            inner = required.of_type
            parts = [self._member(inner, each, variables=variables) for each in cast("list[Any]", value)]
            return f"[{', '.join(parts)}]"
        inner = cast("Any", get_named_type(required))
        if isinstance(inner, GraphQLInputObjectType):
            members = cast("dict[str, Any]", value)
            parts = [
                f"{key}: {self._member(inner.fields[key].type, each, variables=variables)}"
                for key, each in members.items()
            ]
            return "{" + ", ".join(parts) + "}"
        if isinstance(inner, GraphQLEnumType):
            return str(value)
        return json.dumps(value, ensure_ascii=False)

    def _member(self, described: Any, value: Any, *, variables: bool) -> str:
        if variables and self.dice.chance(self.loose):
            return self._variable(described, value)
        return self._literal(described, value, variables=variables)


@st.composite
def operations(
    draw: Any,
    values: Values,
    sight: Sight,
    catalogue: Sequence[str],
    *,
    exported: bool = False,
    daring: int = 25,
    focus: frozenset[str] = frozenset(),
) -> Operation:
    """An operation as a principal might ask it; some ask too much."""
    dice = Dice.drawn(draw)
    return Writer(
        dice, values, sight, catalogue, daring=dice.chance(daring), exported=exported, focus=focus
    ).operation()
