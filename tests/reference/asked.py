"""What an operation asks for, read off its text alone: what must be refused, and what a role's masks change.

Whatever ``@skip`` leaves out is not asked; a filter's empty entry is no condition and asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values, get_directive_values, get_variable_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from authz.principal import Role
from tests.reference.aggregates import dimensions, measures
from tests.reference.executor import DEFAULT_COLUMNS, QUEUES, ROOT_LISTS, Reference
from tests.reference.filters import TABS, absent
from tests.reference.kinds import OF_NO_ROW, listed_kind, named, ordered_fields, schema, valid
from tests.reference.lists import Cursors
from tests.reference.redacted import MASKING, Sight
from tests.reference.rows import RELATIONS, World

Path = tuple[str, ...]


_OFFICERS = (Role.DISTRICT_OFFICER, Role.MUNICIPAL_OFFICER)
ROLES_BY_ARGUMENT: Mapping[tuple[str, str], tuple[str, tuple[Role, ...]]] = {
    ("Library", "members"): ("conditions", _OFFICERS),
    ("Enterprise", "libraries"): ("missingAtMost", (*_OFFICERS, Role.ANALYST)),
}
"""Who may ask with parameters of their own, and for what an enterprise lacks (domain §4.2, §4.3)."""


@dataclass
class Used:
    """What of the schema an operation names: fields, arguments, conditions, orders; each with its type."""

    fields: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    arguments: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    conditions: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    orders: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    refused: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """What the role may never ask, and how it was asked: as a field, a filter, an order, a custom query's column."""

    def add(self, other: Used) -> None:
        """All that another one names, too."""
        self.fields |= other.fields
        self.arguments |= other.arguments
        self.conditions |= other.conditions
        self.orders |= other.orders
        self.refused |= other.refused


@dataclass
class Asked:
    """One operation's fields, as one principal asks for them.

    ``refused`` are the paths of what the role may never ask, ``strange`` those of lists with a cursor of another one.
    """

    sight: Sight
    fragments: dict[str, FragmentDefinitionNode]
    variables: Any
    refused: list[Path] = field(default_factory=list[Path])
    masked: set[str] = field(default_factory=set[str])
    cursors: Cursors = field(default_factory=lambda: Cursors({}))
    strange: list[Path] = field(default_factory=list[Path])
    used: Used = field(default_factory=Used)

    @classmethod
    def of(cls, document: str, variables: Mapping[str, Any], sight: Sight, cursors: Cursors | None = None) -> Asked:
        """Read a document with one operation."""
        parsed = valid(document)
        fragments = {each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)}
        operation = next(each for each in parsed.definitions if isinstance(each, OperationDefinitionNode))
        coerced = get_variable_values(schema(), operation.variable_definitions or (), dict(variables))
        assert not isinstance(coerced, list), coerced
        asked = cls(sight, fragments, coerced, cursors=cursors or Cursors({}))
        asked.walk("Query", [operation.selection_set], (), {})
        return asked

    def walk(self, kind: str, sets: Iterable[SelectionSetNode], path: Path, within: Mapping[str, Any]) -> None:
        """Look at a selection on a type; ``within`` are the arguments of the list around it."""
        for key, nodes in self.collect(sets).items():
            name, here = nodes[0].name.value, (*path, key)
            if name == "__typename":
                continue
            described = cast("GraphQLObjectType", schema().type_map[kind]).fields[name]
            given = get_argument_values(described, nodes[0], self.variables)
            self.used.fields.add((kind, name))
            self.used.arguments |= {(kind, name, key) for key, value in given.items() if value is not None}
            if not kind.endswith(OF_NO_ROW):
                self._rule(kind, name, here, within)
                self._list(kind, name, given, here)
            below = [node.selection_set for node in nodes if node.selection_set]
            if (kind, name) == ("Query", "neighbors"):
                self._context(given["in"], here)
            elif (kind, name) in ROLES_BY_ARGUMENT:
                self._argued(kind, name, given, here)
            elif (kind, name) == ("Statistics", "aggregate") and self._names(below) & {"rows", "total"}:
                self._question(given, here)
            if below:
                self.walk(named(described).name, below, here, given if "first" in described.args else within)

    def _rule(self, kind: str, name: str, here: Path, within: Mapping[str, Any]) -> None:
        if self.sight.never(kind, name):
            self._refuse("field", kind, name, here)
        # A form has rows for contacts, which these roles never see as they are.
        in_form = kind == "FormField" and name == "value" and self.sight.role in MASKING | {Role.BANK_USER}
        if self.sight.masks(kind, name) or in_form:
            self.masked.add(".".join(here))
        if (kind, name) == ("CustomQueryRow", "values"):
            self._chosen(within.get("fields"), here)

    def _refuse(self, how: str, kind: str, name: str, here: Path) -> None:
        self.refused.append(here)
        self.used.refused.add((how, kind, name))

    def _chosen(self, names: list[str] | None, here: Path) -> None:
        reference = Reference(World({}), self.sight)
        for name in DEFAULT_COLUMNS if names is None else names:
            if not reference.unreachable(name):
                last = name.rpartition(".")[2]
                if self.sight.masks("", last):
                    self.masked.add(".".join([*here, name]))
            elif names is not None:
                self._refuse("column", "Enterprise", name, here)

    def _list(self, kind: str, name: str, given: Mapping[str, Any], here: Path) -> None:
        relation, target = RELATIONS.get((kind, name)), listed_kind(kind, name)
        if target is None:
            return
        for entry in given.get("orderBy") or ():
            self.used.orders.add((target, entry["field"], entry["direction"]))
            if self.sight.never(*ordered_fields(target)[entry["field"]]):
                self._refuse("order", *ordered_fields(target)[entry["field"]], here)
        self._filter(target, given.get("filter") or {}, here)
        written = [each for key in ("after", "before") if (each := given.get(key)) is not None]
        if written:
            constant = frozenset(relation.match) | {"unit_code"} if relation else frozenset[str]()
            default = QUEUES.get(name, ()) if kind == "Query" else ()
            label = Reference(World({}), self.sight).order(target, given.get("orderBy") or [], constant, default).label
            self.strange += [here for each in written if not self.cursors.fits(each, label)]

    def _argued(self, kind: str, name: str, given: Mapping[str, Any], here: Path) -> None:
        """An argument that not every role may give, though all of them may ask."""
        argument, roles = ROLES_BY_ARGUMENT[(kind, name)]
        if given.get(argument) not in (None, []) and self.sight.role not in roles:
            self._refuse("column", kind, argument, here)

    def _names(self, sets: Iterable[SelectionSetNode]) -> set[str]:
        return {nodes[0].name.value for nodes in self.collect(sets).values()}

    def _question(self, given: Mapping[str, Any], here: Path) -> None:
        """What an aggregate reads, where anything of it is asked for."""
        for read in (measures()[given["of"]], *(dimensions()[each] for each in given["by"])):
            if self.sight.never(read.kind, read.name):
                self._refuse("column", read.kind, read.name, here)
        self._filter("Enterprise", given.get("filter") or {}, here)

    def _context(self, given: Mapping[str, Any], here: Path) -> None:
        """The list that a record was opened from."""
        root, context = next((name, value) for name, value in given.items() if value is not None)
        target = ROOT_LISTS[root]
        if self.sight.never("Query", root):
            self._refuse("list", "Query", root, here)
        for entry in context.get("orderBy") or ():
            self.used.orders.add((target, entry["field"], entry["direction"]))
            if self.sight.never(*ordered_fields(target)[entry["field"]]):
                self._refuse("order", *ordered_fields(target)[entry["field"]], here)
        self._filter(target, context.get("filter") or {}, here)

    def _filter(self, kind: str, given: Mapping[str, Any], here: Path) -> None:
        for name, value in given.items():
            if absent(value):
                continue
            self.used.conditions |= {(kind, name, way) for way in _ways(value)}
            if name == "search":
                continue
            if name in ("and", "or", "not"):
                for member in [value] if name == "not" else value:
                    self._filter(kind, member, here)
            elif kind == "AnnualReport" and name in TABS:
                self._filter(TABS[name], value, here)
            elif (kind, name) in RELATIONS:
                self._related(kind, name, value, here)
            elif asks(value) and self.sight.never(kind, name):
                self._refuse("filter", kind, name, here)

    def _related(self, kind: str, name: str, value: Mapping[str, Any], here: Path) -> None:
        relation = RELATIONS[(kind, name)]
        inner = [each for each in value.values() if each is not None] if relation.many else [value]
        if inner and self.sight.never(kind, name):
            self._refuse("filter", kind, name, here)
        for each in inner:
            self._filter(relation.kind, each, here)

    def collect(self, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Fields by response key, as the specification collects them."""
        found: dict[str, list[FieldNode]] = {}
        self._collect(sets, found, set())
        return found

    def _collect(self, sets: Iterable[SelectionSetNode], found: dict[str, list[FieldNode]], spread: set[str]) -> None:
        for selection in (each for chosen in sets for each in chosen.selections):
            if not self._included(selection.directives):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                found.setdefault(key, []).append(selection)
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value not in spread:
                    spread.add(selection.name.value)
                    self._collect([self.fragments[selection.name.value].selection_set], found, spread)
            else:
                self._collect([cast("Any", selection).selection_set], found, spread)

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        node = cast("Any", type("Directed", (), {"directives": tuple(directives or ())}))
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])


def _ways(value: Any) -> list[str]:
    """How a condition asks: the entries of a range or of an inner filter, or the one way that a plain value has."""
    members = cast("dict[str, Any]", value) if isinstance(value, Mapping) else {"": value}
    return [way for way, each in members.items() if each is not None]


def asks(value: Any) -> bool:
    """Whether a condition on a value is one; a range all of nulls is none."""
    return not isinstance(value, Mapping) or any(each is not None for each in cast("Mapping[str, Any]", value).values())
