"""Operations that together name everything a person may see, and everything that person may not; nothing left to luck.

Read off the schema itself: a field, a condition, an order or an argument that is added to it is asked by the next run,
and one that cannot be reached from here is missed by ``missing``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from authz.principal import Role
from tests.reference.asked import ROLES_BY_ARGUMENT
from tests.reference.comparing import Person
from tests.reference.executor import QUEUES
from tests.reference.kinds import (
    field_of,
    fields_of,
    is_list,
    is_paged,
    is_row,
    named,
    nullable,
    ordered_fields,
    row_kind,
    schema,
)
from tests.reference.libraries import LIBRARIES, REGISTERS, Libraries
from tests.reference.operations import LEFT_OUT, Operation
from tests.reference.questions import OFFICERS
from tests.reference.rows import KINDS, PARTS, RELATIONS, Row
from tests.reference.values import NO_SUCH, Values

Edge = tuple[str, str]
"""A type and the field of it that leads to rows."""

LISTS = {
    "Enterprise": "enterprises",
    "AnnualReport": "annualReports",
    "CreditRating": "creditRatings",
    "VoucherApplication": "vouchers",
    "LibraryEntry": "library",
    "Export": "exports",
    "AuditEntry": "auditLog",
}
"""Row types that have a list of their own at the root."""
ALIASES = 20
"""Lists asked at once: no more root fields may stand in one operation."""
COMBINING = ("and", "or", "not")


def batched(parts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The parts, ``size`` at a time."""
    for start in range(0, len(parts), size):
        yield parts[start : start + size]


def aliased(parts: Sequence[str]) -> Iterator[Operation]:
    """The root fields, as few operations as may be, each field under an alias."""
    for some in batched(parts, ALIASES):
        yield Operation("{ " + "\n  ".join(f"a{at}: {part}" for at, part in enumerate(some)) + " }", {})


PAGE = "first: 2"


@dataclass(frozen=True)
class Turns:
    """Lists whose pages are turned: ``every`` so manieth from its first page on, or back to it."""

    parts: Sequence[str]
    every: int = 1

    @property
    def first(self) -> Operation:
        """The first pages."""
        return next(aliased(self.parts))

    def onward(self, data: Mapping[str, Any]) -> Operation:
        """The pages after the first ones, or those before their end."""
        turned: list[str] = []
        for at, part in list(enumerate(self.parts))[:: self.every]:
            cursor = json.dumps(_end(data.get(f"a{at}")))
            page = f"last: 1, before: {cursor}" if len(turned) % 3 == 0 else f"{PAGE}, after: {cursor}"
            turned.append(part.replace(PAGE, page))
        return next(aliased(turned))


def _end(found: Any) -> str | None:
    """The first cursor of a page's end that stands in an answer."""
    if isinstance(found, dict):
        members = cast("dict[str, Any]", found)
        inner = (_end(each) for each in members.values())
        return members.get("endCursor") or next((each for each in inner if each is not None), None)
    if isinstance(found, list):
        return next((each for one in cast("list[Any]", found) if (each := _end(one)) is not None), None)
    return None


@dataclass
class Cover:
    """What one person has to ask so that nothing of the schema is left out."""

    person: Person
    values: Values
    rows: int = 6
    thorough: bool = False
    """Also by values that only others see where no rule is about the value, in both directions, every page turned."""
    every_library: bool = False
    """Whether members are reached through all libraries, or through one."""
    routes: dict[str, list[Edge]] = field(default_factory=dict[str, list[Edge]])
    _reached: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])

    def __post_init__(self) -> None:
        pending: list[tuple[str, list[Edge]]] = [("Query", [])]
        while pending:
            kind, route = pending.pop(0)
            if kind not in self.routes:
                self.routes[kind] = route
                # A queue holds few rows of its type; the others are reached another way.
                one = "library" if self.every_library else "libraries"
                edges = [edge for edge in self.edges(kind) if edge[0] not in (*QUEUES, one)]
                lists_first = sorted(edges, key=lambda edge: not is_paged(kind, edge[0]))
                pending += [(target, [*route, (kind, name)]) for name, target in lists_first]

    @cached_property
    def library(self) -> str:
        """A library with members: one that takes parameters, for whoever may give some."""
        found = Libraries.of(self.person.world)
        every = ("HNTE_RESERVE", *LIBRARIES) if self.person.sight.role in OFFICERS else LIBRARIES
        return next((key for key in every if found.members(key, {})), LIBRARIES[-1])

    # -- what there is ----------------------------------------------------------------------------

    def edges(self, kind: str) -> list[Edge]:
        """The fields of a type that lead to rows this person may ask for, with the rows' types."""
        return [
            (name, row_kind(kind, name))
            for name in fields_of(kind)
            if is_row(kind, name) and (kind, name) not in LEFT_OUT and not self.person.sight.never(kind, name)
        ]

    def leaves(self, kind: str) -> list[str]:
        """The fields of a type that are values this person may ask for."""
        names = [name for name in fields_of(kind) if not is_row(kind, name) and (kind, name) not in LEFT_OUT]
        return [name for name in names if not self.person.sight.never(kind, name)]

    @cached_property
    def filters(self) -> dict[str, list[Edge]]:
        """How a condition on each row type is reached from the filter of a list at the root."""
        found: dict[str, list[Edge]] = {}
        pending: list[tuple[str, list[Edge]]] = [(kind, []) for kind, root in LISTS.items() if self._asks(root)]
        while pending:
            kind, route = pending.pop(0)
            if kind in found:
                continue
            found[kind] = route
            for name in conditions_of(kind):
                target = filter_kind(kind, name)
                if target is not None and name not in COMBINING and not self.person.sight.never(kind, name):
                    pending.append((target, [*route, (kind, name)]))
        return found

    def _asks(self, root: str) -> bool:
        return not self.person.sight.never("Query", root)

    # -- selections -------------------------------------------------------------------------------

    def selections(self) -> Iterator[Operation]:
        """Every field of every type: all values of the rows at the end of each edge, and all that pages tell."""
        for kind, route in self.routes.items():
            for name, target in self.edges(kind):
                inner = [self._leaf(target, leaf) for leaf in self.leaves(target)] or ["__typename"]
                for some in batched(inner, 60):
                    yield Operation("{ " + self._nested([*route, (kind, name)], " ".join(some)) + " }", {})
        yield from self._columns()
        if not self.person.sight.never("Query", "library"):
            told = "{ nodes { uscc isMember recordNo } totalCount }"
            for key in REGISTERS:
                past = f'members({PAGE}, asOf: "2022-06-30", includeExpired: true) {told}'
                young = f"library(key: INCUBATION) {{ members({PAGE}, year: 2022) {told} }}"
                yield Operation(f"{{ library(key: {key}) {{ {past} }} young: {young} }}", {})

    def narrowed(self, wanted: Iterable[Edge]) -> Iterator[Operation]:
        """The fields of types whose first rows have no value, asked of every row."""
        by_kind: dict[str, list[str]] = {}
        for kind, name in wanted:
            by_kind.setdefault(kind, []).append(self._leaf(kind, name))
        whole = Cover(self.person, self.values, rows=1000, every_library=True)
        for kind, fields in by_kind.items():
            yield Operation("{ " + whole._nested(whole.routes[kind], " ".join(fields)) + " }", {})

    def _leaf(self, kind: str, name: str) -> str:
        """A field with every argument it takes; one that leads to rows with the least there is of them."""
        if is_row(kind, name):
            return f"{name} {{ nodes {{ __typename }} }}" if is_paged(kind, name) else f"{name} {{ __typename }}"
        return f"{name}(year: 2021)" if "year" in field_of(kind, name).args else name

    def _nested(self, route: Sequence[Edge], inner: str) -> str:
        """A selection at the end of a route."""
        for at, (kind, name) in reversed(list(enumerate(route))):
            size = min(self.rows, 1000) if at == 0 or name == "members" else 2
            narrowed = f", filter: {self._fixed(row_kind(kind, name), {})}" if name == "auditLog" else ""
            page = f"(first: {size}{narrowed}) {{ nodes {{ {inner} }} }}"
            inner = f"{name}{page}" if is_paged(kind, name) else f"{name}{self._keys(kind, name)} {{ {inner} }}"
        return inner

    def _keys(self, kind: str, name: str) -> str:
        """Arguments of a field that leads to one row, or to few."""
        arguments = field_of(kind, name).args
        target = row_kind(kind, name)
        if kind == "Query" and arguments.keys() <= {"uscc", "year", "id"} and arguments:
            rows = self.person.world.rows(target) or self.values.full.rows(target)
            row = rows[len(rows) // 2]
            return "(" + ", ".join(f"{key}: {json.dumps(row[key], default=str)}" for key in arguments) + ")"
        if (kind, name) == ("Query", "neighbors"):
            row = (self.person.world.rows("Enterprise") or self.values.full.rows("Enterprise"))[0]
            return f'(of: "{row["uscc"]}", in: {{enterprises: {{filter: {{search: ""}}, orderBy: {{field: NAME}}}}}})'
        may = ROLES_BY_ARGUMENT[("Enterprise", "libraries")][1]
        given = {
            "key": self.library,
            **({"missingAtMost": "2"} if self.person.sight.role in may else {}),
            "kind": "[DISTRICT, ZONE]",
            "year": "2022",
            "month": '"2022-05"',
            "of": "REPORT_OPERATION_RD_EXPENSE",
            "by": "[UNIT, SIZE]",
            "filter": "{operatingStatus: [ACTIVE]}",
        }
        chosen = [f"{key}: {given[key]}" for key in arguments if key in given]
        return f"({', '.join(chosen)})" if chosen else ""

    def pages(self) -> Iterator[Turns]:
        """Every list with all that a page tells: narrowed and in an order, and as it is; then onward."""
        for kind, route in self.routes.items():
            for name, target in self.edges(kind):
                if is_paged(kind, name):
                    yield Turns([self._around(route, part) for part in self._paged(name, target)])

    def _paged(self, name: str, target: str) -> Iterator[str]:
        node = " ".join(self.leaves(target)[:2]) or "__typename"
        told = "pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor } totalCount __typename"
        inner = f"{{ nodes {{ {node} }} edges {{ __typename cursor node {{ {node} }} }} {told} }}"
        rows = "Enterprise" if name == "customQuery" else target
        may = self.person.sight.never
        condition = next(each for each in conditions_of(rows) if each not in COMBINING and not may(rows, each))
        order = next(value for value, owner in orders_of(rows).items() if not may(*owner))
        given = self._fixed(rows, {"not": {condition: [0 if rows == "AuditEntry" else NO_SUCH]}})
        fixed = self._fixed(rows, {})
        yield f"{name}({PAGE}, filter: {given}, orderBy: {{field: {order}, direction: DESC}}) {inner}"
        yield f"{name}({PAGE}, filter: {fixed}) {inner}"
        yield f"{name}(last: 3, filter: {fixed}) {inner}"
        if name == "members":
            given = 'conditions: [{key: "H1", parameters: [{name: "minDaysRegistered", value: "9"}]}]'
            takes = self.library == "HNTE_RESERVE" and self.person.sight.role in OFFICERS
            year = "year: null" if self.library in REGISTERS else "year: 2021"
            yield f"{name}({PAGE}, {year}, {given if takes else 'conditions: []'}) {inner}"

    def _fixed(self, kind: str, given: Mapping[str, Any]) -> str:
        """A filter, written; one of the audit trail keeps to the planted lines."""
        whole = {"and": [self.values.audited, given]} if kind == "AuditEntry" else given
        return literal(schema().type_map[f"{kind}Filter"], whole)

    def _around(self, route: Sequence[Edge], inner: str) -> str:
        return self._nested(route, inner) if route else inner

    def _columns(self) -> Iterator[Operation]:
        """The custom query with each field that its catalogue offers."""
        if self.person.sight.never("Query", "customQuery"):
            return
        for some in batched(self.person.catalogue(), 40):
            names = json.dumps(list(some))
            yield Operation(
                f"{{ customQuery(first: {self.rows}, year: 2022, fields: {names}) {{ nodes {{ number values }} }} }}",
                {},
            )

    # -- conditions -------------------------------------------------------------------------------

    def conditions(self) -> Iterator[Operation]:
        """Every condition: by a value that tells rows apart, and by one that stands where it cannot be seen."""
        parts: list[str] = []
        for kind, route in self.filters.items():
            for at, name in enumerate(conditions_of(kind)):
                if name in COMBINING or not self.person.sight.never(kind, name):
                    first, *others = self._telling(kind, name, at)
                    parts.append(self._listed(kind, route, first))
                    parts += [self._listed(kind, route, given, rows=self.thorough) for given in others]
        yield from aliased(parts)

    def _listed(self, kind: str, route: Sequence[Edge], given: Mapping[str, Any], *, rows: bool = True) -> str:
        root = route[0][0] if route else kind
        written = self._fixed(root, within(route, given))
        nodes = f" nodes {{ {' '.join(key_of(root))} }}" if rows else ""
        if root == "LibraryEntry":
            return f"library(key: {self.library}) {{ members(first: 2, filter: {written}) {{ totalCount{nodes} }} }}"
        return f"{LISTS[root]}(first: 2, filter: {written}) {{ totalCount{nodes} }}"

    def _telling(self, kind: str, name: str, at: int) -> Iterator[dict[str, Any]]:
        described = conditions_of(kind)[name].type
        if name in COMBINING:
            inner = next(self._telling(kind, next(iter(conditions_of(kind))), 0))
            yield {name: [inner, {}] if is_list(described) else inner}
        elif name == "search":
            yield from ({name: text} for text in ("重名", "zq0", "%", "_", "\\"))
        elif (target := filter_kind(kind, name)) is not None:
            inner = self._of_related(kind, name, target)
            quantified = [{"some": inner}, {"none": inner}]
            yield from ({name: each} for each in (quantified if is_quantified(kind, name) else [inner]))
        else:
            yield from ({name: each} for each in self._values(kind, name, at))

    def _of_related(self, kind: str, name: str, target: str) -> dict[str, Any]:
        """A condition on related rows that some of this person's rows have."""
        reference, first = self.person.reference(), next(iter(conditions_of(target)))
        rows = self.reached(kind) if (kind, name) in RELATIONS else []
        related = [each for row in rows for each in reference.related(kind, row, name)]
        found = sorted({reference.value(target, each, first) for each in related})
        if not found or not is_list(conditions_of(target)[first].type):
            return next(self._telling(target, first, 0))
        return {first: [as_json(found[len(found) // 2])]}

    def _values(self, kind: str, name: str, at: int) -> Iterator[Any]:
        """A condition's value in the middle of what this person sees, and one that only others see."""
        described = nullable(conditions_of(kind)[name].type)
        seen = self.seen(kind, name)
        is_ruled = self.person.sight.masks(kind, name) or self.person.sight.guard(kind, name) is not None
        is_asked = is_ruled or self.thorough or at % 4 == 0 or not seen
        others = self.values.of(kind, name, self.person.sight) if is_asked else []
        unseen = [each for each in others if each not in seen]
        chosen = [each[len(each) // 2] for each in (seen, unseen) if each]
        if isinstance(described, GraphQLInputObjectType):
            way = WAYS[at % len(WAYS)]
            yield from ({way: as_json(each)} for each in chosen)
            yield {"isNull": at % 2 == 0}
        elif is_list(described):
            enumeration = cast("Any", get_named_type(described))
            words = list(enumeration.values) if isinstance(enumeration, GraphQLEnumType) else [NO_SUCH]
            yield from ([as_json(each)] for each in (chosen or words[:1]))
        else:
            yield at % 2 == 0

    def seen(self, kind: str, name: str) -> list[Any]:
        """The distinct values of a field that this person sees, in order."""
        reference = self.person.reference()
        found = {value for row in self.reached(kind) if (value := reference.value(kind, row, name)) is not None}
        return sorted(found)

    def reached(self, kind: str) -> list[Row]:
        """The rows of a type that this person can come to: those of a list, or those that rows lead to."""
        if kind in PARTS:
            return self.reached("AnnualReport")
        if kind == "LibraryEntry":
            found = Libraries.of(self.person.world)
            nearly = {"year": 2022, "missingAtMost": 2} if self.person.sight.role is not Role.ENTERPRISE_USER else {}
            firms = [row for each in self.person.world.rows("Enterprise") for row in found.of_enterprise(each, nearly)]
            self._reached[kind] = [*firms, *(row for library in LIBRARIES for row in found.members(library, {}))]
        if kind not in self._reached:
            self._reached[kind] = (
                self.person.world.rows(kind) if self.routes.get(kind, [])[1:] == [] else self._led(kind)
            )
        return self._reached[kind]

    def _led(self, kind: str) -> list[Row]:
        reference = self.person.reference()
        found: dict[int, Row] = {}
        for parent in self.routes:
            for name, target in self.edges(parent):
                if target == kind and (parent, name) in RELATIONS and parent not in (kind, "Viewer"):
                    rows = [row for each in self.reached(parent) for row in reference.related(parent, each, name)]
                    found |= {id(row): row for row in rows}
        return list(found.values())

    # -- orders -----------------------------------------------------------------------------------

    def orders(self) -> Iterator[Turns]:
        """Every order of every list, and how to turn its page."""
        parts: list[str] = []
        for kind, name, root in self._lists():
            for at, (value, owner) in enumerate(orders_of(kind).items()):
                if not self.person.sight.never(*owner):
                    ways = ("ASC", "DESC") if self.thorough else (("ASC", "DESC")[at % 2],)
                    orders = [f"{{field: {value}, direction: {way}}}" for way in ways]
                    parts += [
                        self._ordered(kind, name, root, each, ends=len(parts) % self.every == 0) for each in orders
                    ]
        yield from (Turns(some, every=self.every) for some in batched(parts, ALIASES))

    @property
    def every(self) -> int:
        """Of so many lists one is turned a page. The number of lists asked at once is a multiple of it."""
        return 1 if self.thorough else 4

    def _lists(self) -> Iterator[tuple[str, str, str]]:
        """Row types with orders, the field that lists them, and the type it is a field of."""
        done: set[str] = set()
        for kind in self.routes:
            for name, target in self.edges(kind):
                is_list_of_rows = is_paged(kind, name) and target in KINDS and name != "customQuery"
                if is_list_of_rows and target not in done:
                    done.add(target)
                    yield target, name, kind

    def _ordered(self, kind: str, name: str, owner: str, order: str, *, ends: bool = True) -> str:
        told = " totalCount pageInfo { startCursor endCursor }" if ends else ""
        inner = f"{{ nodes {{ {' '.join(key_of(kind))} }}{told} }}"
        page = f"{name}({PAGE}, filter: {self._fixed(kind, {})}, orderBy: {order}) {inner}"
        return page if owner == "Query" else self._around([("Query", LISTS.get(owner, "libraries"))], page)

    # -- refusals ---------------------------------------------------------------------------------

    def refusals(self) -> Iterator[Operation]:
        """Everything that the role may never see: as a field, as a condition, as an order, as a column."""
        never = self.person.sight.never
        for kind, route in self.routes.items():
            for name in fields_of(kind):
                if never(kind, name):
                    yield Operation("{ " + self._around(route, self._forbidden(kind, name)) + " }", {})
        for kind, route in self.filters.items():
            for name in conditions_of(kind):
                if name not in COMBINING and never(kind, name):
                    given = next(self._telling(kind, name, 0))
                    yield Operation("{ " + self._listed(kind, route, given) + " }", {})
        for kind, name, owner in self._lists():
            for value, field_asked in orders_of(kind).items():
                if never(*field_asked):
                    yield Turns([self._ordered(kind, name, owner, f"{{field: {value}}}")]).first

    def _forbidden(self, kind: str, name: str) -> str:
        if not isinstance(named(field_of(kind, name)), GraphQLObjectType):
            return name
        given = self._keys(kind, name)
        return f"{name} {{ totalCount }}" if is_paged(kind, name) else f"{name}{given} {{ __typename }}"


WAYS = ("gte", "lt", "gt", "lte", "eq")


def conditions_of(kind: str) -> Mapping[str, Any]:
    """What the filter of a row type may ask."""
    fields = cast("GraphQLInputObjectType", schema().type_map[f"{kind}Filter"]).fields
    return {name: described for name, described in fields.items() if (kind, name) not in LEFT_OUT}


def orders_of(kind: str) -> dict[str, Edge]:
    """What a list of a row type can be ordered by."""
    return {value: asked for value, asked in ordered_fields(kind).items() if asked not in LEFT_OUT}


def filter_kind(kind: str, name: str) -> str | None:
    """The type that an inner filter is about; None where the condition is on a value."""
    described = cast("Any", get_named_type(conditions_of(kind)[name].type))
    found = re.fullmatch(r"(\w+?)(List)?Filter", described.name)
    return None if found is None else found[1]


def is_quantified(kind: str, name: str) -> bool:
    """Whether an inner filter is about some or none of many rows."""
    return cast("Any", get_named_type(conditions_of(kind)[name].type)).name.endswith("ListFilter")


def key_of(kind: str) -> list[str]:
    """The key's columns as fields."""
    return [name for name in KINDS[kind].key if name in fields_of(kind)] or ["__typename"]


def within(route: Sequence[Edge], given: Any) -> Any:
    """A condition, as the filter of the type where the route starts has to say it."""
    for kind, name in reversed(route):
        given = {name: {"some": given} if is_quantified(kind, name) else given}
    return given


def as_json(value: Any) -> Any:
    """A value as an operation writes it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value


def literal(described: Any, value: Any) -> str:
    """A value of an input type, written out."""
    inner = cast("Any", get_named_type(described))
    if isinstance(value, list):
        return f"[{', '.join(literal(inner, each) for each in cast('list[Any]', value))}]"
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{key}: {literal(inner.fields[key].type, each)}" for key, each in members) + "}"
    return str(value) if isinstance(inner, GraphQLEnumType) else json.dumps(value, ensure_ascii=False)
