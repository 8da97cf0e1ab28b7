"""Plan → the response's JSON text, written by PostgreSQL: Python never touches a value on its way out.

An object is one ``concat`` of literal keys and value texts. Measured against ``row_to_json``: 1.4 times
as fast, and no response key, however long or many, becomes a column name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, cast

import sqlalchemy as sa

from authz.errors import TooComplex
from exporters.display import shown
from planner.page import Page
from planner.plan import Facet, FacetKind, Group, Item, Leaf, Link, Pages, Plan, TypeName, Values
from schema.conditions import order
from schema.given import ResponsePath
from schema.kinds import Kind
from schema.visible import Frame, View, correlated, linked, named_in

Piece = str | sa.ColumnElement[Any]
CONCAT_ARGUMENTS = 99
MARKS = 256
"""Bits of an answer that tell which row-dependent fields were hidden in some row."""


def text(value: str) -> sa.ColumnElement[str]:
    """A constant as part of the statement."""
    quoted = value.replace("'", "''")
    return sa.literal_column(f"'{quoted}'", sa.Text)


def joined(pieces: Sequence[Piece]) -> sa.ColumnElement[str]:
    """One text out of many: neighbouring constants merged, at most 99 arguments a call."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    terms = [text(piece) if isinstance(piece, str) else piece for piece in merged]
    if len(terms) == 1 and isinstance(merged[0], sa.ColumnElement):
        return terms[0]
    while len(terms) > CONCAT_ARGUMENTS:
        terms = [
            sa.func.concat(*terms[start : start + CONCAT_ARGUMENTS]) for start in range(0, len(terms), CONCAT_ARGUMENTS)
        ]
    return sa.func.concat(*terms, type_=sa.Text)


def wire(value: sa.ColumnElement[Any], kind: Kind) -> list[Piece]:
    """A value's JSON, exactly as graphql-core would have serialised it."""
    if kind.is_list:
        return [_or_null(sa.cast(sa.func.to_json(value), sa.Text), required=kind.required)]
    if kind.name == "Int" and kind.required:
        return [value]
    if kind.name in ("Int", "Boolean"):
        return [_or_null(sa.cast(value, sa.Text), required=kind.required)]
    if kind.name == "DateTime":
        value = sa.func.to_char(value, text('YYYY-MM-DD"T"HH24:MI:SS"+08:00"'))
    elif kind.labels is None and kind.name not in ("ID", "Decimal", "Date", "YearMonth"):
        return [_or_null(sa.cast(sa.func.to_json(value), sa.Text), required=kind.required)]
    # Enumerations, codes, numbers and dates hold no character that JSON escapes: constraints see to it.
    if kind.required:
        return ['"', value, '"']
    quoted = text('"').op("||")(value).op("||")(text('"'))
    return [sa.func.coalesce(quoted, text("null"))]


def _or_null(value: sa.ColumnElement[Any], *, required: bool) -> sa.ColumnElement[Any]:
    return value if required else sa.func.coalesce(value, text("null"))


@dataclass(slots=True)
class Rows:
    """A row source being written: its joins, the bits of what was hidden below it, whose data were read below it."""

    view: View
    joins: list[sa.FromClause] = attribute(default_factory=list[sa.FromClause])
    marks: list[sa.ColumnElement[Any]] = attribute(default_factory=list[sa.ColumnElement[Any]])
    certain: list[sa.FromClause] = attribute(default_factory=list[sa.FromClause])
    """Joins that always find their row."""
    beside: list[View] = attribute(default_factory=list[View])
    """Related rows joined to these, of which single values are taken."""
    subjects: list[sa.ColumnElement[Any]] = attribute(default_factory=list[sa.ColumnElement[Any]])
    """Credit codes that the joins tell, comma-joined: whose data were read, for the audit trail."""
    is_recorded: bool = False
    """Whether each row tells whose it is."""

    @property
    def is_marked(self) -> bool:
        """Whether anything in a row or below may be hidden."""
        return bool(self.marks) or any(view.guards for view in (self.view, *self.beside))

    @property
    def source(self) -> sa.FromClause:
        """The source with what is joined to it."""
        source = self.view.source
        if self.view.grants is not None:
            source = source.join(self.view.grants, sa.true())
        for lateral in self.joins:
            certain = lateral in self.certain
            source = source.join(lateral, sa.true()) if certain else source.outerjoin(lateral, sa.true())
        return source

    @property
    def own(self) -> list[sa.FromClause]:
        """All that the source is made of."""
        return [self.view.source, *([] if self.view.grants is None else [self.view.grants]), *self.joins]

    def query(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """A select over the source and its joins."""
        return sa.select(*columns).select_from(self.source)


@dataclass(slots=True)
class JsonEncoder:
    """Writes one plan as one statement."""

    frame: Frame
    bits: dict[tuple[str, str], int] = attribute(default_factory=dict[tuple[str, str], int])
    hidden: list[list[ResponsePath]] = attribute(default_factory=list[list[ResponsePath]])

    def statement(self, plan: Plan) -> sa.Select[Any]:
        """One row: a root field a column, as UTF-8, and then what stands beside the data.

        That is the bits of what was hidden, where it depends on rows; and whose data were read, where it is recorded.
        """
        outer = Rows(cast("View", None))
        roots = [joined(self._item(outer, item)) for item in plan.roots]
        # One column each: putting big texts together is cheaper outside the database.
        data = [sa.func.convert_to(root, text("UTF8")).label(f"r{index}") for index, root in enumerate(roots)]
        start: sa.FromClause = sa.select(sa.literal_column("1", sa.Integer)).subquery("start")
        for lateral in outer.joins:
            start = start.outerjoin(lateral, sa.true())
        together = _together([sa.func.coalesce(mark, _bits(0)) for mark in outer.marks] or [_bits(0)])
        marks = sa.cast(together, sa.Text) if outer.marks else sa.null()
        told = [marks.label("hidden")]
        if outer.subjects:
            told.append(sa.func.convert_to(_listed(outer.subjects), text("UTF8")).label("subjects"))
        return sa.select(*data, *told).select_from(start)

    def _object(self, rows: Rows, items: Sequence[Item]) -> list[Piece]:
        pieces: list[Piece] = []
        for item in items:
            pieces += [f',"{item.key}":', *self._item(rows, item)]
        return ["{", *_without_comma(pieces), "}"]

    def _item(self, rows: Rows, item: Item) -> list[Piece]:
        match item:
            case Leaf():
                return wire(rows.view.value(item.name, item.column, item.given, item.path), item.kind)
            case TypeName():
                return [f'"{item.value}"']
            case Group():
                inner = replace(rows, view=rows.view.part(item.target))
                return self._object(inner, item.items)
            case Values():
                return self._values(rows, item)
            case Link():
                return self._link(rows, item)
            case Pages():
                return self._pages(rows, item)

    def _values(self, rows: Rows, item: Values) -> list[Piece]:
        pieces: list[Piece] = []
        reached: dict[Any, View] = {}
        for column in item.columns:
            words = sa.func.coalesce(
                sa.cast(sa.func.to_json(self._shown(rows, column, reached)), sa.Text), text("null")
            )
            pieces += [",", words]
        return ["[", *_without_comma(pieces), "]"]

    def _shown(self, rows: Rows, item: Item, reached: dict[Any, View]) -> sa.ColumnElement[str]:
        """The text of a chosen field, by way of its part or its related row; the latter is joined once."""
        view = rows.view
        while not isinstance(item, Leaf):
            if isinstance(item, Group):
                view = view.part(item.target)
            elif isinstance(item, Link):
                key = (view.name, id(item.relation))
                if key not in reached:
                    target, conditions = linked(self.frame, view, item.relation, item.target, item.given, item.path)
                    query = sa.select(*target.source.c).select_from(target.source).where(*conditions)
                    lateral = correlated(query, target.source).lateral(self.frame.name())
                    rows.joins.append(lateral)
                    reached[key] = View(self.frame, item.target, lateral, target.established, item.path)
                    reached[key].grantor = target.grantor
                    rows.beside.append(reached[key])
                view = reached[key]
            item = cast("Group | Link", item).items[0]
        return shown(view.value(item.name, item.column, item.given, item.path), item.kind)

    def _link(self, rows: Rows, item: Link) -> list[Piece]:
        parent = cast("View | None", rows.view)
        view, conditions = linked(self.frame, parent, item.relation, item.target, item.given, item.path)
        view.grantor = view.grantor or view
        inner = Rows(view)
        written = joined(self._object(inner, item.items))
        self._record(parent, inner, item)
        is_ordered = item.many or item.relation.latest
        terms = order(view, item.relation.order or item.target.__row__.order, None) if is_ordered else []
        query = inner.query(written.label("j"), *self._marked(inner)).where(*conditions)
        query = query.order_by(*(term.ordered(reverse=False) for term in terms))
        query = correlated(query, *inner.own)
        if not item.many:
            query = query.limit(sa.literal_column("1")) if item.relation.latest else query
            found = self._join(rows, inner, query)
            if item.required and parent is not None and len(conditions) == len(item.relation.keys):
                # Nothing but its key leads to the row, and a foreign key says that it is there.
                rows.certain.append(rows.joins[-1])
                return [found]
            return [sa.func.coalesce(found, text("null"))]
        listed = query.subquery(self.frame.name())
        gathered = sa.select(sa.func.string_agg(listed.c.j, text(",")).label("j"), *_gathered(inner, listed))
        return ["[", self._join(rows, inner, correlated(gathered.select_from(listed), listed)), "]"]

    def _join(self, rows: Rows, inner: Rows, query: sa.Select[Any]) -> sa.ColumnElement[Any]:
        """Put a sub-select beside the row and give its JSON column."""
        lateral = query.lateral(self.frame.name())
        rows.joins.append(lateral)
        if inner.is_marked:
            rows.marks.append(lateral.c.h)
        if inner.is_recorded:
            rows.subjects.append(lateral.c.u)
        return lateral.c.j

    def _record(self, parent: View | None, inner: Rows, item: Link | Pages) -> None:
        """Decide whether the rows tell whose they are: not where their parent, of the same enterprise, does."""
        views = (inner.view, *inner.beside)
        if not inner.subjects and not any(view.is_recorded for view in views):
            return
        is_of_parent = "uscc" in item.relation.keys or "uscc" not in inner.view.raw
        if parent is not None and is_of_parent and not inner.subjects:
            self.frame.recording.sources.add(parent.name)
        else:
            inner.is_recorded = True

    def _record_count(self, rows: Rows, page: Page) -> None:
        """A count reads every row it counts: the parent's enterprise, or the first of the list's, are told."""
        parent = cast("View | None", rows.view)
        if parent is not None and "uscc" in page.item.relation.keys:
            self.frame.recording.sources.add(parent.name)
        else:
            rows.subjects.append(named_in(page.view, page.conditions))

    def _pages(self, rows: Rows, item: Pages) -> list[Piece]:
        parent = cast("View | None", rows.view)
        page = Page.of(self.frame, parent, item)
        below = [facet for facet in item.facets if facet.asks(*PER_ROW)]
        if page.view.is_recorded and any(facet.kind is FacetKind.TOTAL_COUNT for facet in item.facets):
            self._record_count(rows, page)
        if not below:
            return self._connection(item, page, {})
        asked = item.relation.of is not None or any(facet.asks(*PER_PAGE) for facet in below)
        # Few rows below one parent: no need to find the page before what stands beside its rows. A page counted from
        # the end must be found first, or its rows would stand upside down.
        together = parent is None or page.backwards
        view, source = page.numbered_rows() if asked else page.rows() if together else (page.view, None)
        view.grantor = page.view.grantor or view
        inner = Rows(view)
        columns: dict[str, sa.ColumnElement[Any]] = {}
        for facet in below:
            if facet.kind in (FacetKind.NODES, FacetKind.EDGES):
                written = joined(self._row(inner, facet, page))
                columns[facet.key] = page.within(inner.view, written) if asked else written
            for kind in ENDS:
                if facet.asks(kind):
                    columns[kind.value] = page.at_end(kind, inner.view)
        if page.view.is_recorded:  # a filter or an order reads what has to be recorded
            self.frame.recording.sources.add(inner.view.name)
        self._record(parent, inner, item)
        labelled = [column.label(f"c{index}") for index, column in enumerate(columns.values())]
        marked = self._marked(inner)
        # What the one row more hides is not in the answer.
        labelled += [page.within(inner.view, mark.element).label(mark.name) for mark in marked] if asked else marked
        if source is None:
            query = page.select(labelled, limit=item.size, source=inner.source)
        else:
            steps = page.steps(view)  # before the query: what they read may have to be joined
            query = inner.query(*labelled).order_by(*steps)
            source.narrow(query)
        # Its order keeps the sub-select apart, so that no text is computed once more wherever it is named.
        listed = correlated(query, *inner.own).subquery(self.frame.name())
        named: dict[str, sa.ColumnElement[Any]] = {key: listed.c[f"c{index}"] for index, key in enumerate(columns)}
        connection = joined(self._connection(item, page, named))
        gathered = sa.select(connection.label("j"), *_gathered(inner, listed)).select_from(listed)
        return [self._join(rows, inner, correlated(gathered, listed))]

    def _row(self, rows: Rows, facet: Facet, page: Page) -> list[Piece]:
        if facet.kind in (FacetKind.NODES, FacetKind.NODE):
            return self._object(rows, facet.items)
        if facet.kind is FacetKind.CURSOR:
            return ['"', page.cursor(rows.view), '"']
        if facet.kind is FacetKind.TYPE_NAME:
            return [f'"{facet.type_name}"']
        pieces: list[Piece] = []
        for inner in facet.facets:
            pieces += [f',"{inner.key}":', *self._row(rows, inner, page)]
        return ["{", *_without_comma(pieces), "}"]

    def _connection(self, item: Pages, page: Page, columns: dict[str, sa.ColumnElement[Any]]) -> list[Piece]:
        pieces: list[Piece] = []
        for facet in item.facets:
            pieces.append(f',"{facet.key}":')
            match facet.kind:
                case FacetKind.NODES | FacetKind.EDGES:
                    pieces += ["[", sa.func.string_agg(columns[facet.key], text(","), type_=sa.Text), "]"]
                case FacetKind.TOTAL_COUNT:
                    pieces.append(page.total())
                case FacetKind.TYPE_NAME:
                    pieces.append(f'"{facet.type_name}"')
                case _:
                    pieces += self._page_info(facet, page, columns)
        return ["{", *_without_comma(pieces), "}"]

    def _page_info(self, facet: Facet, page: Page, columns: dict[str, sa.ColumnElement[Any]]) -> list[Piece]:
        pieces: list[Piece] = []
        for inner in facet.facets:
            pieces.append(f',"{inner.key}":')
            match inner.kind:
                case FacetKind.HAS_NEXT | FacetKind.HAS_PREVIOUS:
                    pieces.append(page.more(inner.kind))
                case FacetKind.START | FacetKind.END:
                    found = page.end(inner.kind, columns[inner.kind.value])
                    pieces.append(sa.func.coalesce(text('"').concat(found).concat(text('"')), text("null")))
                case _:
                    pieces.append(f'"{inner.type_name}"')
        return ["{", *_without_comma(pieces), "}"]

    def _marked(self, rows: Rows) -> list[sa.Label[Any]]:
        """What a row tells beside its text.

        Its bits (``h``), where anything in it or below may be hidden by a rule about the row; and whose data it holds
        (``u``), where that is recorded.
        """
        told: list[sa.Label[Any]] = []
        marks: list[sa.ColumnElement[Any]] = [sa.func.coalesce(mark, _bits(0)) for mark in rows.marks]
        for view in (rows.view, *rows.beside):
            for predicate in view.guards.values():
                pair = (view.name, predicate.name)
                bit = self.bits.setdefault(pair, len(self.bits))
                if bit >= MARKS:
                    raise TooComplex("查询涉及的授权条件过多，请拆成几次查询", detail="too many guarded sources")
                # Where there is no row beside this one, nothing of it is hidden.
                nothing = view.holds(predicate) if view is rows.view else sa.or_(view.holds(predicate), view.is_missing)
                marks.append(sa.case((nothing, _bits(0)), else_=_bits(1 << bit)))
        if marks:
            told.append(_together(marks).label("h"))
        if rows.is_recorded:
            own = [rows.view.raw.uscc] if "uscc" in rows.view.raw else []
            told.append(_listed([*own, *rows.subjects]).label("u"))
        return told

    def hidden_paths(self) -> list[list[ResponsePath]]:
        """The fields behind each bit of the answer, leftmost bit last."""
        found: list[list[ResponsePath]] = [[] for _ in self.bits]
        for pair, bit in self.bits.items():
            found[bit] = self.frame.guarded[pair]
        return found


ENDS = (FacetKind.START, FacetKind.END)
PER_PAGE = (FacetKind.HAS_NEXT, FacetKind.HAS_PREVIOUS, *ENDS)
PER_ROW = (FacetKind.NODES, FacetKind.EDGES, *PER_PAGE)


def _bits(value: int) -> sa.ColumnElement[Any]:
    return sa.literal_column(f"B'{value:0{MARKS}b}'")


def _together(marks: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    combined = marks[0]
    for mark in marks[1:]:
        combined = combined.op("|")(mark)
    return combined


def _gathered(rows: Rows, listed: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    told: list[sa.ColumnElement[Any]] = [sa.func.bit_or(listed.c.h).label("h")] if rows.is_marked else []
    if rows.is_recorded:
        told.append(sa.func.string_agg(listed.c.u, text(","), type_=sa.Text).label("u"))
    return told


def _listed(codes: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """Credit codes as one text."""
    return codes[0] if len(codes) == 1 else sa.func.concat_ws(text(","), *codes, type_=sa.Text)


def _without_comma(pieces: list[Piece]) -> list[Piece]:
    """Entries are written with a comma before each; the first one loses its own."""
    return [cast("str", pieces[0])[1:], *pieces[1:]] if pieces else []
