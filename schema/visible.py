"""Rows with their visible values: what ``r.rd_expense`` means in a declaration, for one kind of principal.

Whatever reads a value reads the visible one: null or masked where a rule of ``authz/`` says so. Which rows
there are is decided here too, by the scopes; nothing else in the project asks for either.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias
from strawberry.utils.str_converters import to_camel_case

from authz.predicates import CARRIED, CONSENTED_TO, RECORDED, Predicate, Shape
from authz.principal import Role
from authz.refusals import refusal
from authz.rules import EVERYONE, Rule, Verdict
from authz.scopes import Scope
from schema.declare import Column, Relation, Row, Through, declarations, type_name
from schema.given import Binder, Given, ResponsePath
from schema.inputs import graphql_names
from schema.recording import Recording
from schema.records import renamed
from schema.trace import Opened, Ruled, Trace

MOST_NAMED = 1_000
"""Enterprises that a count tells the audit trail of."""
MAX_DIGITS = 18
"""Of a number in an identifier; every such number is a bigint."""


@dataclass(slots=True)
class Frame:
    """What all rows of one statement share: the kind of principal, the parameters, what gets redacted."""

    role: Role
    shape: Shape
    binder: Binder
    signing_key: bytes
    redacted: list[ResponsePath] = attribute(default_factory=list[ResponsePath])
    """Fields that the role alone masks."""
    masks: list[Rule] = attribute(default_factory=list[Rule])
    """The rule by which each of them is masked."""
    guarded: dict[tuple[str, str], list[ResponsePath]] = attribute(
        default_factory=dict[tuple[str, str], list[ResponsePath]]
    )
    """Fields that a predicate may hide, by row source and predicate: each pair is one bit of the answer."""
    guards: dict[str, Predicate] = attribute(default_factory=dict[str, Predicate])
    """These predicates, by name."""
    trace: Trace | None = None
    """What took part, where the plan is made to be explained."""
    recording: Recording = attribute(default_factory=Recording)
    """What the audit trail has to be told."""
    totals: bool = False
    """Whether a table's rows come with its total row, as on a sheet."""
    is_export: bool = False
    """Whether the rows leave as a file."""
    named: list[str] = attribute(default_factory=list[str])
    """What the rows are of, where a source knows it better than a label says: such as one library of several."""
    meant: set[str] = attribute(default_factory=set[str])
    """Arguments that stand for a default of the service where nobody gave them: ``year``, ``month``."""
    aliases: int = 0

    def alias(self, table: sa.FromClause) -> sa.FromClause:
        """The table under a name of its own."""
        self.aliases += 1
        name = f"t{self.aliases}"
        return renamed(table, name) if isinstance(table, TableValuedAlias) else table.alias(name)

    def name(self) -> str:
        """A fresh name for a derived table."""
        self.aliases += 1
        return f"d{self.aliases}"

    def scope(
        self, kind: type[Row], label: str, path: ResponsePath, asked: str | None, narrower: Scope | None = None
    ) -> tuple[Predicate, ...]:
        """The predicates of a kind's row scope, or of a relation's own; refuses a role that has none."""
        predicates = (narrower or kind.__row__.scope).of(self.role)
        if predicates is None:
            raise refusal(self.role, label, type_name(kind), path, asked)
        return predicates


class View:
    """One row source with its visible values: ``view.rd_expense`` is what the principal may see of it."""

    def __init__(
        self,
        frame: Frame,
        kind: type[Row],
        raw: sa.FromClause,
        established: frozenset[str],
        path: ResponsePath,
        position: sa.ColumnElement[int] | None = None,
    ) -> None:
        self._frame = frame
        self._kind = kind
        self._row = raw
        self._position = position
        self.established = established
        """Names of the predicates that hold for every row of this source."""
        if established & RECORDED:
            frame.recording.rows(self.name, type_name(kind))
        self.path = path
        self.given: Mapping[str, Given] = {}
        """The arguments by which this row was reached."""
        self.guards: dict[str, Predicate] = {}
        """Predicates that hide something of this source in some rows."""
        self.grantor: View | None = None
        """Whose ``grants`` tell of this row's enterprise, where an encoder has them asked once."""
        self.grants: sa.FromClause | None = None
        """What this row's enterprise consented to, once anything asks; whoever selects from the row joins it."""

    @property
    def frame(self) -> Frame:
        """What all rows of the statement share."""
        return self._frame

    @property
    def raw(self) -> Any:
        """The table's own columns, for values whose rule is the field's own."""
        return self._row.c

    @property
    def source(self) -> sa.FromClause:
        """The row source itself."""
        return self._row

    @property
    def name(self) -> str:
        """The row source's name in the statement."""
        return cast("Any", self._row).name

    @property
    def is_missing(self) -> sa.ColumnElement[bool]:
        """Where an outer join found no row."""
        return self._row.c[self._kind.__row__.key[0]].is_(None)

    @property
    def kind(self) -> type[Row]:
        """The row type."""
        return self._kind

    @property
    def position(self) -> sa.ColumnElement[int]:
        """The row's place in its list, from 1."""
        if self._position is None:
            return sa.literal_column("1", sa.Integer)
        return self._position

    def part(self, kind: type[Row]) -> View:
        """The same row as another type of the same table."""
        view = View(self._frame, kind, self._row, self.established, self.path, self._position)
        view.given = self.given
        view.guards = self.guards
        view.grantor = self.grantor
        return view

    def __getattr__(self, name: str) -> Any:
        """The visible value of a field, by its Python name."""
        column = declarations(self._kind).get(name)
        if not isinstance(column, Column):
            raise AttributeError(name)  # noqa: TRY004 - what attribute access raises
        return self.value(name, column)

    @property
    def or_null(self) -> OrNull:
        """The same values, but null for what the role may never ask for by name: a form has a row for it."""
        return OrNull(self)

    def rule(self, declared: Column | Relation) -> Rule:
        """The rule of a field: its own, else its type's."""
        if declared.rule is not None:
            return declared.rule
        return self._kind.__row__.rule if isinstance(declared, Column) else EVERYONE

    def value(
        self,
        name: str,
        column: Column,
        given: Mapping[str, Given] | None = None,
        path: ResponsePath | None = None,
        asked: str | None = None,
    ) -> sa.ColumnElement[Any]:
        """What the principal may see of a field; with ``path``, redactions are noted under it.

        ``asked`` names the argument that reads it, where it is a filter or an order.
        """
        rule = self.rule(column)
        verdict = rule.verdict(self._frame.role)
        if verdict is Verdict.NEVER:
            raise refusal(self._frame.role, column.label, self._named(name), path or self.path, asked)
        if path is not None or asked is not None:
            self._frame.recording.field(
                self.name, self._named(name), asked, is_personal=rule.is_recorded(self._frame.role)
            )
        self.traced(name, rule, verdict, path, asked)
        value = self._value(name, column, given or {})
        if verdict is Verdict.MASKED:
            if column.mask is None:
                raise TypeError(f"{self._kind.__name__}.{name}: a masked field needs a mask")
            if path is not None:
                self._frame.redacted.append(path)
                self._frame.masks.append(rule)
            return column.mask(value)
        if isinstance(verdict, Predicate):
            return self.guard(verdict, value, path)
        return value

    def traced(
        self, name: str, rule: Rule, verdict: Verdict | Predicate, path: ResponsePath | None, asked: str | None
    ) -> None:
        """Note a rule that takes part, for whoever has the plan explained."""
        if self._frame.trace is not None:
            folded = isinstance(verdict, Predicate) and verdict.name in self.established
            self._frame.trace.ruled.append(Ruled(self._kind, name, self.path, path, asked, rule, verdict, folded))

    @property
    def is_recorded(self) -> bool:
        """Whether an audit line has to name the enterprises of these rows."""
        return self.name in self._frame.recording.sources

    def _named(self, name: str) -> str:
        """What the schema calls a field."""
        return f"{type_name(self._kind)}.{graphql_names(self._kind).get(name, to_camel_case(name))}"

    def guard(
        self,
        predicate: Predicate,
        value: sa.ColumnElement[Any],
        path: ResponsePath | None,
    ) -> sa.ColumnElement[Any]:
        """``value`` where the predicate holds, else null; folds away where it always holds."""
        if predicate.name in self.established:
            return value
        if path is not None:
            self.note(predicate, path)
        return sa.case((self.holds(predicate), value), else_=sa.null())

    def hidden(self, declared: Column | Relation) -> sa.ColumnElement[bool] | None:
        """Where a rule hides a field in this row; None where it never does."""
        verdict = self.rule(declared).verdict(self._frame.role)
        if not isinstance(verdict, Predicate) or verdict.name in self.established:
            return None
        return sa.not_(self.holds(verdict))

    def note(self, predicate: Predicate, path: ResponsePath) -> None:
        """Remember that ``predicate`` may hide the field at ``path`` in some rows."""
        self.guards.setdefault(predicate.name, predicate)
        self._frame.guards[predicate.name] = predicate
        self._frame.guarded.setdefault((self.name, predicate.name), []).append(path)

    def holds(self, predicate: Predicate) -> sa.ColumnElement[bool]:
        """The predicate about this row."""
        if self.grantor is not None and predicate in CONSENTED_TO.values():
            return self.grantor.granted(predicate)
        return predicate.sql(self._row, self._frame.shape)

    def granted(self, predicate: Predicate) -> sa.ColumnElement[bool]:
        """A consent, out of all that are asked of this row once: its fields and the rows below it ask many times."""
        if self.grants is None:
            consents = [each.sql(self._row, self._frame.shape).label(each.name) for each in CONSENTED_TO.values()]
            # OFFSET keeps the sub-select apart; what nobody reads of it is not computed.
            once = sa.select(*consents).offset(sa.literal_column("0")).correlate(self._row)
            self.grants = once.lateral(self._frame.name())
        return self.grants.c[predicate.name]

    def _through(self, through: Through, given: Mapping[str, Given]) -> sa.ColumnElement[Any]:
        view, conditions = linked(self._frame, self, through.relation, through.row, given, self.path, noted=False)
        value = getattr(view, through.field)
        return correlated(sa.select(value).select_from(view.source).where(*conditions), view.source).scalar_subquery()

    def _value(self, name: str, column: Column, given: Mapping[str, Given]) -> sa.ColumnElement[Any]:
        if column.through is not None:
            return self._through(column.through, given)
        if column.expr is not None:
            return column.expr(self)
        return self._row.c[self._kind.__row__.prefix + name]


@dataclass(frozen=True, slots=True)
class OrNull:
    """Visible values of a row that never refuse."""

    _view: View

    def __getattr__(self, name: str) -> Any:
        """The visible value of a field, or null."""
        column = declarations(self._view.kind)[name]
        if not isinstance(column, Column):
            raise AttributeError(name)  # noqa: TRY004 - what attribute access raises
        never = self._view.rule(column).verdict(self._view.frame.role) is Verdict.NEVER
        return sa.null() if never else self._view.value(name, column)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a relation's ``source`` makes its rows out of: the row above (None at the root) and the arguments.

    Whatever the source reads of stored rows it opens as views (``opened``), so that scopes and rules hold for them.
    """

    frame: Frame
    parent: View | None
    given: Mapping[str, Given]
    path: ResponsePath

    @property
    def row(self) -> View:
        """The row above, where there must be one."""
        if self.parent is None:
            raise TypeError("these rows are made of a row above them")
        return self.parent

    def open(self, kind: type[Row]) -> tuple[View, list[sa.ColumnElement[bool]]]:
        """Rows of ``kind`` with the conditions of their scope."""
        return opened(self.frame, kind, self.path)


def opened(
    frame: Frame,
    kind: type[Row],
    path: ResponsePath,
    *,
    carried: frozenset[str] = frozenset(),
    source: sa.FromClause | None = None,
    label: str = "",
    asked: str | None = None,
    scope: Scope | None = None,
) -> tuple[View, list[sa.ColumnElement[bool]]]:
    """A new row source of ``kind`` with the conditions of its scope, without those already ``carried``."""
    spec = kind.__row__
    row = frame.alias(spec.table) if source is None else source
    predicates = frame.scope(kind, label, path, asked, scope)
    established = carried.union(*({p.name} | p.implies for p in predicates)) if predicates else carried
    view = View(frame, kind, row, established, path)
    if frame.trace is not None:
        folded = carried.intersection(predicate.name for predicate in predicates)
        frame.trace.opened.append(Opened(view.name, kind, label, path, asked, predicates, folded))
    return view, [view.holds(predicate) for predicate in predicates if predicate.name not in carried]


def linked(
    frame: Frame,
    parent: View | None,
    relation: Relation,
    kind: type[Row],
    given: Mapping[str, Given],
    path: ResponsePath,
    *,
    noted: bool = True,
    asked: str | None = None,
) -> tuple[View, list[sa.ColumnElement[bool]]]:
    """The rows a relation leads to: joined by key, narrowed by arguments and scope.

    ``noted``: a rule that hides the relation in some rows is reported as a redaction of ``path``.
    """
    carried = frozenset[str]()
    if parent is not None and "uscc" in relation.keys:
        carried = frozenset(name for name in parent.established if name in CARRIED)
    source = None if relation.source is None else relation.source(Asked(frame, parent, given, path))
    view, conditions = opened(
        frame, kind, path, carried=carried, source=source, label=relation.label, asked=asked, scope=relation.scope
    )
    view.given = given
    if parent is not None and "uscc" in relation.keys:
        view.grantor = parent.grantor
    if parent is not None:
        joined = [_joined(view.raw[theirs], parent.raw[ours]) for theirs, ours in relation.keys.items()]
        conditions = joined + conditions
    # A list whose rows are another type's (``of``), or made by a source, reads its arguments itself.
    for name in () if relation.of or relation.source else relation.arguments or ():
        argument = given.get(to_camel_case(name))
        default = (relation.defaults or {}).get(name)
        column = view.raw[name]
        if argument is not None and argument.value not in (None, []):  # an empty key is a key that nothing has
            conditions.append(equals(frame, column, argument))
        elif default is not None:
            conditions.append(column == sa.bindparam(default, None, type_=column.type))
    conditions += [
        view.raw[column] == sa.literal(str(value), literal_execute=True)
        for column, value in (relation.only or {}).items()
    ]
    if relation.total is not None and not frame.totals:
        conditions.append(view.raw.is_total if relation.total else sa.not_(view.raw.is_total))
    if parent is not None:
        conditions += _shown(parent, relation, path, noted=noted, asked=asked)
    return view, conditions


def _shown(
    parent: View, relation: Relation, path: ResponsePath, *, noted: bool, asked: str | None
) -> list[sa.ColumnElement[bool]]:
    """The condition of the relation's own rule: where it hides the relation, its rows are absent."""
    rule = parent.rule(relation)
    verdict = rule.verdict(parent.frame.role)
    if verdict is Verdict.NEVER:
        raise refusal(parent.frame.role, relation.label, type_name(parent.kind), path, asked)
    if parent.frame.trace is not None and relation.rule is not None:
        name = next(name for name, found in declarations(parent.kind).items() if found is relation)
        parent.traced(name, rule, verdict, path if noted else None, asked)
    if not isinstance(verdict, Predicate) or verdict.name in parent.established:
        return []
    if noted:
        parent.note(verdict, path)
    return [parent.holds(verdict)]


def _joined(theirs: sa.ColumnElement[Any], ours: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return theirs == sa.any_(ours) if isinstance(ours.type, sa.ARRAY) else theirs == ours


def equals(frame: Frame, column: sa.ColumnElement[Any], given: Given) -> sa.ColumnElement[bool]:
    """A value equals the argument, or one of its values."""
    convert = _uuids if isinstance(column.type, sa.Uuid) else _numbers if isinstance(column.type, sa.Integer) else None
    if isinstance(given.value, list):
        return column == sa.any_(frame.binder.bind(given, ARRAY(column.type), convert))
    return column == frame.binder.bind(given, column.type, convert)


def _uuids(value: Any) -> Any:
    """Identifiers as the database takes them. A text that is none is nobody's: it equals nothing."""
    if isinstance(value, list):
        return [found for each in cast("list[Any]", value) if (found := _uuids(each)) is not None]
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return None


def _numbers(value: Any) -> Any:
    """Numbers as the database takes them, from identifiers too. A text that is none is nobody's: it equals nothing."""
    if isinstance(value, list):
        return [found for each in cast("list[Any]", value) if (found := _numbers(each)) is not None]
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS else None
    return value


def named_in(view: View, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[str]:
    """The codes of a list's enterprises, comma-joined, as many as stand in one line of the audit trail."""
    rows = sa.select(view.raw.uscc.label("u")).select_from(view.source).where(*conditions)
    first = correlated(rows.limit(sa.literal_column(str(MOST_NAMED))), view.source).subquery(view.frame.name())
    comma = sa.literal_column("','", sa.Text)
    return sa.select(sa.func.string_agg(first.c.u, comma, type_=sa.Text)).select_from(first).scalar_subquery()


def correlated(query: sa.Select[Any], *own: sa.FromClause) -> sa.Select[Any]:
    """A sub-select that takes every row source but its ``own`` from the queries around it."""
    return query.correlate_except(*own)
