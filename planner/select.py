"""Selection set → plan: walks a validated operation once, merging fields and counting cost as it goes.

Limits are counted on the expanded plan, never on syntax (design, "Limits on by default").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from authz.errors import BadUserInput
from authz.principal import Role
from planner.plan import Facet, FacetKind, Group, Item, Leaf, Link, Pages, Plan, TypeName, Values
from schema.catalogue import ticked
from schema.declare import Chosen, Column, Part, Relation, declaration_of, row_type
from schema.given import Binder, Given, ResponsePath, Variables, arguments
from schema.introspection import introspection_cost
from schema.kinds import Kind, named_type
from schema.limits import Spent

INTROSPECTION = frozenset({"__schema", "__type"})
"""Root fields that graphql-core answers beside the plan."""
ASSUMED_LIST_LENGTH = 5
"""Rows that a short list (platforms, opinions, …) is counted as."""


@dataclass(slots=True)
class Selector:
    """Builds the plan of one operation for one set of variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    binder: Binder
    role: Role
    spent: Spent
    within: Mapping[str, Given] = attribute(default_factory=dict[str, Given])
    """Arguments of the list whose rows are being selected."""

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        """The plan of a query operation.

        Raises:
            TooComplex: a limit was passed.
            BadUserInput: a page size or a field name cannot be used.
        """
        root = cast("GraphQLObjectType", self.schema.query_type)
        self.check_roots(operation)
        return Plan(self.items(root, [operation.selection_set], (), 1))

    def check_roots(self, operation: OperationDefinitionNode) -> None:
        """Refuse an operation with too many root fields, or whose introspection asks too much.

        Raises:
            TooComplex: it has, or does.
        """
        roots = self.collect([operation.selection_set])
        self.spent.roots(len(roots))
        counted = introspection_cost(self.schema, self.collect)
        for key, nodes in roots.items():
            if nodes[0].name.value in INTROSPECTION:
                self.spent.names(counted.add(nodes, (key,)), (key,))

    def items(
        self, parent: GraphQLObjectType, sets: Iterable[SelectionSetNode], path: ResponsePath, rows: int
    ) -> tuple[Item, ...]:
        """The items of a selection on one row type; ``rows`` of them are expected."""
        self.spent.level(path)
        return tuple(
            self._item(parent, key, nodes, (*path, key), rows)
            for key, nodes in self.collect(sets).items()
            if nodes[0].name.value not in INTROSPECTION
        )

    def collect(self, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Fields by response key, fragments spread once each, ``@skip`` and ``@include`` obeyed."""
        fields: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        pending = [selection for chosen in sets for selection in chosen.selections]
        pending.reverse()
        while pending:
            selection = pending.pop()
            if not self._included(selection.directives):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                fields.setdefault(key, []).append(selection)
                continue
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in spread:
                    continue
                spread.add(selection.name.value)
                inner = self.fragments[selection.name.value].selection_set
            else:
                inner = cast("Any", selection).selection_set
            pending.extend(reversed(inner.selections))
        return fields

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            if directive.name.value not in ("skip", "include"):
                continue
            condition = next(iter(directive.arguments or ())).value  # ``if`` is its one argument, and required
            if bool(self._constant(condition)) == (directive.name.value == "skip"):
                return False
        return True

    def _item(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], path: ResponsePath, rows: int) -> Item:
        node = nodes[0]
        self._count(node, path, rows)
        if node.name.value == "__typename":
            return TypeName(key, path, parent.name)
        definition = parent.fields[node.name.value]
        name, declared = declaration_of(definition)
        given = arguments(definition, node, self.variables)
        for argument in given.values():
            self.spent.argument(argument.value, path)
        if isinstance(declared, Column):
            return Leaf(key, path, name, declared, Kind.of(definition.type), given, *self._heading(node))
        if isinstance(declared, Chosen):
            return self._values(key, declared, path, rows)
        named = cast("GraphQLObjectType", named_type(definition.type))
        sets = [node.selection_set for node in nodes if node.selection_set]
        if isinstance(declared, Part):
            return Group(key, path, row_type(named), self.items(named, sets, path, rows))
        relation = cast("Relation", declared)
        header = node.alias.value if node.alias else relation.header
        if relation.paged:
            pages = self._pages(key, relation, named, sets, given, path, rows)
            return replace(pages, header=node.alias.value) if node.alias else pages
        inner = rows * ASSUMED_LIST_LENGTH if relation.many else rows
        items = self.items(named, sets, path, inner)
        required = isinstance(definition.type, GraphQLNonNull)
        return Link(key, path, relation, row_type(named), items, given, relation.many, header, required)

    def _count(self, node: FieldNode, path: ResponsePath, rows: int) -> None:
        self.spent.names(node.alias is not None, path)
        self.spent.field(path, rows)

    def _pages(
        self,
        key: str,
        relation: Relation,
        connection: GraphQLObjectType,
        sets: list[SelectionSetNode],
        given: Mapping[str, Given],
        path: ResponsePath,
        rows: int,
    ) -> Pages:
        size = self._page_size(given, path)
        node = cast("GraphQLObjectType", named_type(connection.fields["nodes"].type))
        outer, self.within = self.within, given
        facets = self._facets(connection, sets, path, rows * (size or 1))
        self.within = outer
        return Pages(key, path, relation, relation.of() if relation.of else row_type(node), given, facets, size)

    def _page_size(self, given: Mapping[str, Given], path: ResponsePath) -> int | None:
        """Rows of the page; None: the whole list."""
        limits, whole_lists = self.spent.limits, self.spent.whole_lists
        asked = {name: self.binder.fix(given[name]) for name in ("first", "last") if name in given}
        sizes = {name: value for name, value in asked.items() if value is not None}
        if len(sizes) == 2:
            raise BadUserInput("last", "first 与 last 只能使用一个", detail="both first and last", path=path)
        for name, value in sizes.items():
            if not 0 <= value <= limits.page_size and not (whole_lists and value >= 0):
                raise BadUserInput(
                    name, f"每页条数应在 0 至 {limits.page_size} 之间", detail=f"page size {value}", path=path
                )
        return next(iter(sizes.values()), None if whole_lists else limits.default_page_size)

    def _facets(
        self,
        parent: GraphQLObjectType,
        sets: list[SelectionSetNode],
        path: ResponsePath,
        rows: int,
    ) -> tuple[Facet, ...]:
        """The fields of a connection, an edge or a page info."""
        facets: list[Facet] = []
        for key, nodes in self.collect(sets).items():
            node, here = nodes[0], (*path, key)
            self._count(node, here, 1 if parent.name == "PageInfo" else rows)
            kind = FacetKind(node.name.value)
            inner = [node.selection_set for node in nodes if node.selection_set]
            if kind in (FacetKind.NODES, FacetKind.NODE):
                named = cast("GraphQLObjectType", named_type(parent.fields[node.name.value].type))
                facets.append(Facet(key, here, kind, items=self.items(named, inner, here, rows)))
            elif inner:
                named = cast("GraphQLObjectType", named_type(parent.fields[node.name.value].type))
                below = self._facets(named, inner, here, rows)
                facets.append(Facet(key, here, kind, facets=below))
            else:
                facets.append(Facet(key, here, kind, type_name=parent.name))
        return tuple(facets)

    def _values(self, key: str, chosen: Chosen, path: ResponsePath, rows: int) -> Values:
        """The fields named by the list's ``fields`` argument, in the order asked, each reached on its own."""
        names = self.binder.fix(self.within["fields"]) if "fields" in self.within else None
        columns: list[Item] = []
        for name in chosen.default(self.role) if names is None else names:
            entry = ticked(chosen, self.role, name, path)
            parent = cast("GraphQLObjectType", self.schema.type_map[entry.owner])
            columns.append(self._chain(parent, name.split("."), path, rows))
        return Values(key, path, tuple(columns))

    def _chain(self, parent: GraphQLObjectType, names: list[str], path: ResponsePath, rows: int) -> Item:
        key, here = names[0], (*path, names[0])
        definition = parent.fields[key]
        name, declared = declaration_of(definition)
        self.spent.field(here, rows)
        given = {argument: self.within[argument] for argument in definition.args if argument in self.within}
        if isinstance(declared, Column):
            return Leaf(key, here, name, declared, Kind.of(definition.type), given)
        named = cast("GraphQLObjectType", named_type(definition.type))
        items = (self._chain(named, names[1:], here, rows),)
        if isinstance(declared, Part):
            return Group(key, here, row_type(named), items)
        relation = cast("Relation", declared)
        return Link(key, here, relation, row_type(named), items, given, many=False, header=relation.header)

    def _heading(self, node: FieldNode) -> tuple[str | None, bool]:
        """A column's header where the query names one (``@column`` or an alias), and whether it is left out."""
        header = node.alias.value if node.alias else None
        for directive in node.directives or ():
            if directive.name.value == "column":
                given = {argument.name.value: self._constant(argument.value) for argument in directive.arguments or ()}
                named = given.get("header")
                return (header if named is None else named), bool(given.get("hide"))
        return header, False

    def _constant(self, node: ValueNode) -> Any:
        if isinstance(node, VariableNode):
            name = node.name.value
            return self.binder.fix(Given(name, self.variables.get(name), (name,)))
        return getattr(node, "value", None)  # the null literal has none
