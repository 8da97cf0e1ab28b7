"""What the audit trail owes to an answer, worked out beside the reference's rows; and the lines that stand in it.

Written from the issue ("for reads of personal or consented data") and domain §4.2, not from ``authz/`` or the noting in
``schema/``: contacts in clear, and whatever a bank's consent opened, be it a count, a cursor or a ``__typename``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import GraphQLObjectType
from graphql.pyutils import Path

from authz.principal import Role
from tests.reference.aggregates import COUNTED
from tests.reference.asked import Asked, Used, asks
from tests.reference.asking import Service
from tests.reference.canaries import planted
from tests.reference.executor import DEFAULT_COLUMNS, ROOT_LISTS, Reference
from tests.reference.filters import TABS, absent, holds
from tests.reference.kinds import field_of, identifier, named, ordered_fields, schema
from tests.reference.redacted import CONTACTS
from tests.reference.rows import OWNED, PARTS, RELATIONS, Row, World, column

IN_CLEAR = frozenset({Role.DISTRICT_OFFICER, Role.ENTERPRISE_USER})
"""Who sees contacts as they are (design, "Contacts")."""
OF_ENTERPRISES = frozenset(
    {"Enterprise", "CustomQueryRow", "BasicInfo", "FormField", "AnnualReport", *PARTS}
    | {f"Report{name}" for name in ("Standard", "Platform", "Listing", "Product", "Award", "Project")}
    | {"CreditLoan", *OWNED}
)
"""Types whose rows are one enterprise's."""
NAMED_ELSEWHERE: Mapping[str, str] = {
    "Enterprise.number": "CustomQueryRow.number",
    "SizeOfYear": "Enterprise.size",
}
"""What a line calls by a name that is not the schema's, and what the schema calls it."""
OWED = "~owed"
PERSONAL_TABLES = ("enterprise", "basic_info", "annual_report")
_NAME = re.compile(r"(\w+)(?:\.(\w+))?(?:\((?:filter|orderBy|of|by|in)\))?")


@dataclass
class Owed:
    """What one answer has to leave behind.

    ``subjects``: enterprises that a line must name; ``possible``: all that it may name; ``fields``: what it must say
    was read; ``is_asked``: whether such data was asked for at all, found or not.
    """

    subjects: set[str] = field(default_factory=set[str])
    possible: set[str] = field(default_factory=set[str])
    fields: set[str] = field(default_factory=set[str])
    is_asked: bool = False

    @property
    def is_due(self) -> bool:
        """Whether a line is."""
        return self.is_asked or bool(self.subjects)


class Listed(dict[str, Any]):
    """A page that tells which of its parts an answer took: rows and cursors, or a count."""

    def __init__(self, page: Mapping[str, Any], traced: Traced, counted: Sequence[Row], *, is_owed: bool) -> None:
        super().__init__(page)
        self._traced, self._counted, self._is_owed = traced, counted, is_owed

    def get(self, key: str, default: Any = None) -> Any:
        """What graphql-core takes."""
        self._note(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        """What a sheet takes."""
        self._note(key)
        return super().__getitem__(key)

    def _note(self, key: str) -> None:
        rows: Sequence[Row] = self._counted if key == "totalCount" else super().__getitem__("nodes")
        self._traced.reached(rows, is_owed=self._is_owed)


@dataclass
class Traced(Reference):
    """A reference that keeps account of whose data it shows."""

    owed: Owed = field(default_factory=Owed)

    @property
    def is_bank(self) -> bool:
        """Whether all it shows was opened by consents."""
        return self.sight.role is Role.BANK_USER

    def reached(self, rows: Sequence[Row], *, is_owed: bool) -> None:
        """Rows that stand in the answer, in whatever form."""
        codes = {row["uscc"] for row in rows}
        self.owed.possible |= codes
        if is_owed:
            self.owed.subjects |= codes

    def showed(self, kind: str, row: Row, name: str, value: Any) -> None:
        """A value that stands in the answer."""
        personal = row["name"] if kind == "FormField" and name == "value" else name
        if kind not in OF_ENTERPRISES or value is None or value == []:
            return
        if self.is_bank or (self.sight.role in IN_CLEAR and personal in CONTACTS):
            self.owed.subjects.add(row["uscc"])
            self.owed.fields.add(f"{kind}.{name}")

    def resolve(self, kind: str, row: Row, name: str, given: Mapping[str, Any], path: Path | None) -> Any:
        """A field of a row, and whose it is."""
        value: Any = super().resolve(kind, row, name, given, path)
        if kind == "AggregateTable" and name in ("rows", "total") and value:
            self.reached(row[COUNTED], is_owed=row[OWED])
            return value
        target = named(field_of(kind, name))
        if not isinstance(target, GraphQLObjectType):
            if kind != "CustomQueryRow":  # its values are noted one by one
                self.showed(kind, row, name, value)
        elif target.name in OF_ENTERPRISES and value is not None:
            self.reached(cast("list[Row]", value if isinstance(value, list) else [value]), is_owed=self.is_bank)
        return cast("Any", value)

    def statistics(self, name: str, given: Mapping[str, Any]) -> Row:
        """A question reads the enterprises that it counts: under a consent, or by a contact that it compares."""
        found = super().statistics(name, given)
        if name == "aggregate":
            read = self._read(
                f"{owner}.{each}(filter)" for owner, each in conditions("Enterprise", given.get("filter") or {})
            )
            found[OWED] = self.is_bank or read
        return found

    def neighbors(self, of: str, context: Mapping[str, Any]) -> Row | None:
        """A list that is gone through by contacts is read, as on its own page."""
        found = super().neighbors(of, context)
        name, asked = next((key, value) for key, value in context.items() if value is not None)
        kind = ROOT_LISTS[name]
        read = {f"{owner}.{each}(in)" for owner, each in conditions(kind, asked.get("filter") or {})}
        read |= {f"{owner}.{each}(orderBy)" for owner, each in orders(kind, asked.get("orderBy") or [])}
        if found is not None:
            listed = [row for row in self._listed(name) if holds(self, kind, row, asked.get("filter") or {}) is True]
            record = [row for row in self.world.rows(kind) if identifier(kind, row) == of]
            self.reached([*listed, *record], is_owed=self._read(read))
        return found

    def _read(self, fields: Iterable[str]) -> bool:
        """Whether contacts in clear are among what is compared or sorted by; then it is owed that this is said."""
        read = set(fields) if self.sight.role in IN_CLEAR else set[str]()
        self.owed.fields |= read
        return bool(read)

    def form_of(self, row: Row) -> list[Row]:
        """The form's rows, with the enterprise they are of."""
        return [{**each, "uscc": row["uscc"]} for each in super().form_of(row)]

    def chosen(self, row: Row, names: Sequence[str], path: Path | None = None) -> tuple[str, str, Any] | None:
        """A field of the custom query."""
        found = super().chosen(row, names, path)
        if found is not None and found[0] in OF_ENTERPRISES and found[1] != "number":
            self.showed(found[0], row, found[1], found[2])
        return found

    def page(
        self,
        kind: str,
        rows: list[Row],
        given: Mapping[str, Any],
        constant: frozenset[str] = frozenset(),
        default: Sequence[str] = (),
    ) -> dict[str, Any]:
        """A page of a list; a condition on a contact, or an order by one, tells of it in every row it lets through."""
        found = super().page(kind, rows, given, constant, default)
        if kind not in OF_ENTERPRISES:
            return found
        target = "Enterprise" if kind == "CustomQueryRow" else kind
        read = {f"{owner}.{name}(filter)" for owner, name in conditions(target, given.get("filter") or {})}
        read |= {f"{owner}.{name}(orderBy)" for owner, name in orders(target, given.get("orderBy") or [])}
        is_read = self.sight.role in IN_CLEAR and bool(read)
        self.owed.fields |= read if is_read else set()
        counted = self._counted(kind, rows, given) if found["totalCount"] else []
        return Listed(found, self, counted, is_owed=self.is_bank or is_read)

    def _counted(self, kind: str, rows: list[Row], given: Mapping[str, Any]) -> list[Row]:
        every = {key: value for key, value in given.items() if key == "filter"}
        return cast("list[Row]", super().page(kind, rows, {**every, "first": len(rows)})["nodes"])


def conditions(kind: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Contacts that a filter compares, by type."""
    for name, value in given.items():
        if absent(value):
            continue
        if name in ("and", "or"):
            for member in value:
                yield from conditions(kind, member)
        elif name == "not":
            yield from conditions(kind, value)
        elif kind == "AnnualReport" and name in TABS:
            yield from conditions(TABS[name], value)
        elif (kind, name) in RELATIONS:
            relation = RELATIONS[(kind, name)]
            for member in value.values() if relation.many else [value]:
                yield from conditions(relation.kind, member or {})
        elif name in CONTACTS and asks(value):
            yield kind, name


def orders(kind: str, given: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Contacts that an order sorts by, by type."""
    found = [ordered_fields(kind)[entry["field"]] for entry in given]
    return [(owner, name) for owner, name in found if name in CONTACTS]


@dataclass
class Ticked(Asked):
    """A question with the columns of its custom queries, found or not."""

    columns: set[str] = field(default_factory=set[str])

    def _chosen(self, names: list[str] | None, here: tuple[str, ...]) -> None:
        super()._chosen(names, here)
        self.columns |= {name.rpartition(".")[2] for name in (DEFAULT_COLUMNS if names is None else names)}


def is_asked(asked: Ticked) -> bool:
    """Whether a question, answered or not, is one for contacts in clear, or one under a consent."""
    used: Used = asked.used
    if asked.sight.role is Role.BANK_USER:
        told = OF_ENTERPRISES | {"AggregateRow"}
        return any(named(field_of(*each)).name.removesuffix("Connection") in told for each in used.fields)
    read = asked.columns | {name for _, name in used.fields} | {name for _, name, _ in used.conditions}
    read |= {ordered_fields(kind)[value][1] for kind, value, _ in used.orders}
    return asked.sight.role in IN_CLEAR and bool(read & CONTACTS or ("FormField", "value") in used.fields)


def personal(full: World) -> frozenset[str]:
    """The marks of every contact of a database."""
    columns = [column("", name) for name in CONTACTS]
    rows = [row for table in PERSONAL_TABLES for row in full.tables[table]]
    return frozenset(mark for row in rows for name in columns for mark in planted(str(row.get(name))))


def called(said: str) -> str:
    """What the schema calls something that a line says was read."""
    name, bracket, argument = said.partition("(")
    return f"{NAMED_ELSEWHERE.get(name, name)}{bracket}{argument}"


def is_of_schema(said: str) -> bool:
    """Whether a line calls what was read by a name of the schema, with the argument that read it behind."""
    found = _NAME.fullmatch(called(said))
    if found is None:
        return False
    kind, name = schema().type_map.get(found[1]), found[2]
    return isinstance(kind, GraphQLObjectType) and (name is None or name in kind.fields)


@dataclass
class Trail:
    """The lines that requests to a service leave."""

    service: Service
    last: int = 0

    def __post_init__(self) -> None:
        self.skip()

    def skip(self) -> None:
        """Look at no line that stands there already."""
        (line,) = self._fetched("SELECT max(no) AS no FROM audit_entry")
        self.last = line["no"]

    def news(self) -> list[Row]:
        """The lines since it was looked at last."""
        found = self._fetched("SELECT * FROM audit_entry WHERE no > $1 ORDER BY no", self.last)
        self.last = max((line["no"] for line in found), default=self.last)
        return found

    def _fetched(self, query: str, *given: object) -> list[Row]:
        asked = self.service.state.pool.fetch(query, *given)
        records = asyncio.run_coroutine_threadsafe(_awaited(asked), self.service.loop).result(timeout=120)
        return [dict(record.items()) for record in records]


async def _awaited(asked: Any) -> list[Any]:
    return await asked
