"""A plan as sheets: one for each list, to-one relations flattened into columns, to-many lists on sheets of their own.

Reads the same visible values under the same scopes as the JSON encoder; decides nothing of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, cast

import sqlalchemy as sa

from authz.errors import BadUserInput
from exporters.sheet import CellKind, Sheet, SheetChart, SheetColumn
from planner.page import Page
from planner.plan import FacetKind, Group, Item, Leaf, Link, Pages, Plan, TypeName, Values
from schema.conditions import Term, order
from schema.declare import ChartKind, Format, Relation, declarations
from schema.visible import Frame, View, correlated, linked

KINDS = {
    "Int": CellKind.INTEGER,
    "Decimal": CellKind.DECIMAL,
    "Date": CellKind.DATE,
    "DateTime": CellKind.DATETIME,
    "Boolean": CellKind.BOOLEAN,
}


@dataclass(slots=True)
class _Table:
    """A sheet being put together: its rows' source with what is joined to it, its columns, its order."""

    title: str
    view: View
    source: sa.FromClause
    conditions: list[sa.ColumnElement[bool]]
    terms: list[Term]
    columns: list[SheetColumn] = attribute(default_factory=list[SheetColumn])
    longer: list[str] = attribute(default_factory=list[str])
    """For each column the header it gets where another column has the same."""
    joined: dict[Any, View] = attribute(default_factory=dict[Any, View])
    owner: View | None = None
    """The row above, in the sheet of a list below another."""
    places: dict[str, int] = attribute(default_factory=dict[str, int])
    """Where the rows' own fields stand among the columns, for charts."""
    has_total: bool = False

    def sheet(self) -> Sheet:
        """The sheet as it is written."""
        query = sa.select().select_from(self.source).where(*self.conditions)
        ordered = query.order_by(*(term.ordered(reverse=False) for term in self.terms))
        return Sheet(self.title, self._told_apart(), ordered, self._subject(), tuple(self._charts()), self.has_total)

    def _charts(self) -> Iterator[SheetChart]:
        """The charts of what is on the sheet; one of the total row needs that row."""
        for chart in self.view.kind.__row__.charts:
            values = tuple(self.places[name] for name in chart.of if name in self.places)
            categories = tuple(self.places[name] for name in chart.by if name in self.places)
            of_total = chart.kind is ChartKind.TOTAL_SHARES
            if values and (self.has_total if of_total else categories):
                yield SheetChart(chart.title, chart.kind, values, categories)

    def _subject(self) -> sa.ColumnElement[str] | None:
        """Whose rows these are, where something of them is recorded."""
        views = [self.view, *self.joined.values()]
        if not any(view.is_recorded for view in views):
            return None
        owners = views if self.owner is None else [*views, self.owner]
        return next(view.raw.uscc for view in owners if "uscc" in view.raw)

    def add(self, column: SheetColumn, longer: str = "") -> None:
        """One more column."""
        self.columns.append(column)
        self.longer.append(longer or column.header)

    def _told_apart(self) -> tuple[SheetColumn, ...]:
        """The columns, equal headers made longer by where they come from (an enterprise's name, a report's name)."""
        often = Counter(column.header for column in self.columns)
        return tuple(
            replace(column, header=longer) if often[column.header] > 1 else column
            for column, longer in zip(self.columns, self.longer, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where columns stand: the row they (and their lists) belong to, what their headers begin with, where they hide."""

    owner: View
    header: str = ""
    hidden: sa.ColumnElement[bool] | None = None
    origin: str = ""
    """The related row's label, where headers do not begin with it."""
    title: str = ""
    """What the related row is called."""
    alias: str = ""
    """What the query calls it."""


@dataclass(slots=True)
class SheetEncoder:
    """Makes one plan into sheets."""

    frame: Frame
    sheets: list[Sheet] = attribute(default_factory=list[Sheet])
    single: View | None = None
    """The one row that the sheets of a root field hang on, where it is not a list."""

    def title(self, plan: Plan) -> str:
        """What a file of these sheets is called: the page they are of, as far down as they share one."""
        if self.frame.named:
            return "、".join(self.frame.named)
        names: list[str] = []
        items: Sequence[Item] = plan.roots
        while len(items) == 1 and isinstance(item := items[0], Link) and not item.many:
            names.append(_title(item))
            items = [each for each in item.items if not isinstance(each, TypeName)]
        shares = all(isinstance(each, Link | Pages) for each in items) and len(items) > 1
        if len(names) > 1:
            return "-".join(names[1:])
        return names[0] if names and shares else self.sheets[0].title

    def encode(self, plan: Plan) -> list[Sheet]:
        """A sheet for each root field, each followed by those of its lists.

        Raises:
            BadUserInput: there is nothing that could stand in a sheet.
        """
        self.frame.is_export = True
        for item in plan.roots:
            if isinstance(item, Link | Pages):
                self._list(None, None, item)
        if not self.sheets:
            raise BadUserInput(
                "query", "查询里没有可以导出的列表，请至少选择一个列表的字段", detail="nothing to export"
            )
        return self.sheets

    def _list(self, parent: _Table | None, above: _Place | None, item: Link | Pages) -> None:
        """The sheet of a list: at the root, or below the rows of ``parent``, each the list of the row ``above``."""
        items = item.items if isinstance(item, Link) else _node_items(item)
        if not items:
            message = "导出需要选择列表的 nodes 字段"
            raise BadUserInput("query", message, detail="a list without nodes cannot be a sheet", path=item.path)
        place = len(self.sheets)
        if parent is None or above is None:
            table = self._root(item)
        else:
            table = self._below(parent, above, item)
            if above.owner is not self.single:  # a key that all rows share tells nothing
                self._keys(table, above.owner)
        self._columns(table, table.view, items, _Place(table.view))
        if table.columns:
            self.sheets.insert(place, table.sheet())

    def _root(self, item: Link | Pages) -> _Table:
        if isinstance(item, Link):
            view, conditions = linked(self.frame, None, item.relation, item.target, item.given, item.path)
            terms = order(view, item.relation.order or item.target.__row__.order, None)
            self.single = None if item.many else view
            return _Table(_title(item), view, view.source, conditions, terms)
        self.single = None
        page = Page.of(self.frame, None, item)
        if item.size is None and not page.beyond_cursors():
            return _Table(_title(item), page.numbered(page.view), page.view.source, page.conditions, page.terms)
        view, source = page.rows()
        if page.view.is_recorded:  # a filter or an order reads what has to be recorded
            self.frame.recording.sources.add(view.name)
        source.narrow(sa.select(*source.c))
        return _Table(_title(item), page.numbered(view), view.source, [], page.order(view))

    def _below(self, parent: _Table, above: _Place, item: Link | Pages) -> _Table:
        """Child rows beside their parents, each parent's in the child list's own order."""
        owner = above.owner
        if isinstance(item, Pages):
            page = Page.of(self.frame, owner, item)
            rows = page.select(list(page.view.source.c), limit=item.size)
            # The sheet is ordered as a whole; only a page that stops has to be in order itself.
            query = correlated(rows if item.size is not None else rows.order_by(None), page.view.source)
            lateral = query.lateral(self.frame.name())
            child = View(self.frame, item.target, lateral, page.view.established, item.path)
            terms = page.order(child)
        else:
            view, conditions = linked(self.frame, owner, item.relation, item.target, item.given, item.path)
            if item.relation.source is not None and owner.kind.__row__.key:
                # Made of a row, it is there even where an outer join found none.
                conditions.append(sa.not_(owner.is_missing))
            query = sa.select(*view.source.c).select_from(view.source).where(*conditions)
            lateral = correlated(query, view.source).lateral(self.frame.name())
            child = View(self.frame, item.target, lateral, view.established, item.path)
            terms = order(child, item.relation.order or item.target.__row__.order, None)
        source = parent.source.join(child.source, sa.true())
        # The rows of a table with a total are the table; those of another list are called after their parents too.
        title = f"{parent.title}-{_title(item)}" if item.relation.total is None else above.title
        totals = self.frame.totals and item.relation.total is not None
        return _Table(
            title, child, source, list(parent.conditions), [*parent.terms, *terms], owner=owner, has_total=totals
        )

    def _keys(self, table: _Table, owner: View) -> None:
        """The owner's key in front, so that a child's row can be told where it belongs."""
        kind = owner.kind
        for name in kind.__row__.key:
            column = declarations(kind).get(name)
            if column is not None:
                value = owner.raw[name]
                numeric = isinstance(value.type, sa.Integer)
                table.add(SheetColumn(column.label, CellKind.YEAR if numeric else CellKind.TEXT, value))

    def _columns(self, table: _Table, view: View, items: Sequence[Item], place: _Place) -> None:
        outer = self.frame.totals
        self.frame.totals = _has_total(items)
        for item in items:
            match item:
                case Link(relation=Relation(total=True)) if self.frame.totals:
                    pass  # the last row of its table's sheet
                case Leaf(hidden=False):
                    self._leaf(table, view, item, place)
                case Group():
                    self._columns(table, view.part(item.target), item.items, place)
                case Values():
                    self._columns(table, view, item.columns, place)
                case Link(many=False):
                    self._beside(table, view, item, place)
                case Link() | Pages():
                    self._list(table, place, item)
                case Leaf() | TypeName():
                    pass
        self.frame.totals = outer

    def _leaf(self, table: _Table, view: View, item: Leaf, place: _Place) -> None:
        """The column of a value."""
        column = self._column(view, item, place)
        if view is table.view:
            table.places[item.name] = len(table.columns)
        table.add(column, column.header if item.header else place.origin + column.header)

    def _beside(self, table: _Table, view: View, item: Link, place: _Place) -> None:
        """The columns of a related row, joined to this one."""
        target, unseen = self._joined(table, view, item)
        header = item.header or ""
        origin = "" if header else item.relation.label
        alias = f"{header}-" if header != item.relation.header else ""
        self._columns(
            table, target, item.items, _Place(target, header, unseen, origin, place.alias + _title(item), alias)
        )

    def _joined(self, table: _Table, view: View, item: Link) -> tuple[View, sa.ColumnElement[bool] | None]:
        """The related row beside this one; a field chosen twice joins once."""
        key = (view.name, id(item.relation), repr(sorted(item.given.items())))
        unseen = view.hidden(item.relation)
        if key in table.joined:
            return table.joined[key], unseen
        target, conditions = linked(self.frame, view, item.relation, item.target, item.given, item.path)
        if item.relation.latest:
            terms = order(target, item.relation.order, None)
            query = sa.select(*target.source.c).select_from(target.source).where(*conditions)
            query = query.order_by(*(term.ordered(reverse=False) for term in terms)).limit(sa.literal_column("1"))
            lateral = correlated(query, target.source).lateral(self.frame.name())
            target = View(self.frame, item.target, lateral, target.established, item.path)
            table.source = table.source.outerjoin(lateral, sa.true())
        else:
            table.source = table.source.outerjoin(target.source, sa.and_(sa.true(), *conditions))
        table.joined[key] = target
        return target, unseen

    def _column(self, view: View, leaf: Leaf, place: _Place) -> SheetColumn:
        before = len(self.frame.redacted)
        value = view.value(leaf.name, leaf.column, leaf.given, leaf.path)
        own = view.hidden(leaf.column)
        unseen = own if place.hidden is None else place.hidden if own is None else sa.or_(place.hidden, own)
        return SheetColumn(
            _header(leaf, place.header),
            _kind(leaf),
            value,
            hidden=unseen,
            path=".".join(leaf.path),
            redacted=len(self.frame.redacted) > before,
            labels=leaf.kind.labels,
            places=cast("Any", value.type).scale or 0 if isinstance(value.type, sa.Numeric) else 3,
            plain=leaf.kind.name in ("ID", "YearMonth"),
        )


def _has_total(items: Sequence[Item]) -> bool:
    """Whether a table's total row is selected beside its rows."""
    totals = {item.relation.total for item in items if isinstance(item, Link)}
    return {True, False} <= totals


def _node_items(item: Pages) -> tuple[Item, ...]:
    """What is selected of a list's rows, by way of ``nodes`` or ``edges``."""
    pending = list(item.facets)
    found: list[Item] = []
    while pending:
        facet = pending.pop(0)
        if facet.kind in (FacetKind.NODES, FacetKind.NODE):
            found += facet.items
        pending += facet.facets
    return tuple(found)


def _title(item: Link | Pages) -> str:
    """What a list's sheet is called: its alias, or its label."""
    return item.header or item.relation.label


def _header(leaf: Leaf, before: str) -> str:
    if leaf.header is not None:
        return leaf.header
    label = before if before and leaf.name == "name" else before + leaf.column.label
    return f"{label}({leaf.column.unit})" if leaf.column.unit else label


def _kind(leaf: Leaf) -> CellKind:
    if leaf.kind.is_list:
        return CellKind.LIST
    if leaf.kind.labels is not None:
        return CellKind.ENUM
    if leaf.column.format is Format.PERCENT:
        return CellKind.RATIO
    if leaf.name == "year" or leaf.name.endswith("_year"):
        return CellKind.YEAR
    return KINDS.get(leaf.kind.name, CellKind.TEXT)
