"""The SQL that adds a measure up by dimensions, out of visible values and within the caller's scope.

Whatever is read of an enterprise or its report is read as a view of it. Nothing here declares what a client sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from math import prod
from typing import Any, cast

import sqlalchemy as sa

from authz.errors import BadUserInput, TooComplex
from authz.refusals import refusal
from authz.rules import Verdict
from authz.suppression import SMALLEST_CELL, is_suppressed
from schema.conditions import condition
from schema.declare import Column, Part, Relation, Row, declarations, targets, type_name
from schema.enterprise import Enterprise
from schema.given import Given, ResponsePath
from schema.inputs import graphql_names
from schema.measures import DIMENSIONS, MEASURES, Dimensioned, Measured, Telling
from schema.units import Unit
from schema.visible import Asked, Frame, View, linked, opened

PLACES = ("first", "second", "third")
"""The dimensions' columns of a row: at most so many are asked."""
MOST_CELLS = 100_000
"""Of one answer, counted from what the dimensions may hold, not from what they do."""
TOTAL, NOT_TOLD_APART = "合计", "--"

SHAPE = sa.table(
    "aggregate",
    sa.column("no", sa.Integer),
    sa.column("is_total", sa.Boolean),
    *(sa.column(f"{kind}{place}", sa.Text) for place in PLACES for kind in ("dimension_", "key_", "")),
    sa.column("value", sa.Numeric),
    sa.column("enterprises", sa.Integer),
    sa.column("reported_count", sa.Integer),
    sa.column("average", sa.Numeric),
    sa.column("minimum", sa.Numeric),
    sa.column("maximum", sa.Numeric),
    sa.column("suppressed", sa.Boolean),
)
"""The columns of a cell. Where the audit trail must be told whose they are, it has their codes as ``uscc``, too."""

_EXACT = sa.Numeric(60, 20)
_AVERAGE = sa.Numeric(60, 6)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of what, by what, over which enterprises, of which year."""

    frame: Frame
    path: ResponsePath
    given: Mapping[str, Given]
    measure: Measured
    dimensions: Mapping[str, Dimensioned]

    @classmethod
    def of(cls, asked: Asked) -> Question:
        """The question of the table above, whose arguments they are. Raises as ``asked_of`` does."""
        return cls._read(asked.frame, asked.row.path, asked.row.given)

    @classmethod
    def asked_of(cls, asked: Asked) -> Question:
        """The question that the table itself is asked.

        Raises:
            BadUserInput: too many dimensions, or one twice.
            TooComplex: too many cells.
        """
        return cls._read(asked.frame, asked.path, asked.given)

    @classmethod
    def _read(cls, frame: Frame, path: ResponsePath, given: Mapping[str, Given]) -> Question:
        measure, names = frame.binder.fix(given["of"]).name, [each.name for each in frame.binder.fix(given["by"])]
        if len(names) > len(PLACES):
            message = f"一次最多按 {len(PLACES)} 个维度统计，请去掉多余的维度"
            raise BadUserInput("by", message, detail=f"{len(names)} dimensions", path=path)
        if len(set(names)) < len(names):
            message = "同一维度只能出现一次，请去掉重复的维度"
            raise BadUserInput("by", message, detail="a dimension is named twice", path=path)
        found = {name: DIMENSIONS[name] for name in names}
        if prod(each.most for each in found.values()) > MOST_CELLS:
            message = "所选维度的组合过多，请减少维度，或换用取值较少的维度"
            raise TooComplex(message, detail=f"more than {MOST_CELLS} cells", path=path)
        return cls(frame, path, given, MEASURES[measure], found)

    def described(self) -> sa.FromClause:
        """One row that says what is measured."""
        label, unit = (_constant(each) for each in (self.measure.label, self.measure.unit))
        return sa.select(label.label("label"), unit.label("unit")).subquery(self.frame.name())


@dataclass(slots=True)
class _Reading:
    """Enterprises being read, with the rows that a year names beside them."""

    view: View
    year: Mapping[str, Given]
    source: sa.FromClause
    beside: dict[str, View] = attribute(default_factory=dict[str, View])

    def value(self, path: Sequence[str], asked: str) -> sa.ColumnElement[Any]:
        """What the caller may see of a field; of a unit, its code."""
        owner, name = self._owner(path), path[-1]
        declared = declarations(owner.kind)[name]
        if isinstance(declared, Column):
            return owner.value(name, declared, self.year if declared.arguments else {}, asked=asked)
        return _code(owner, name, cast("Relation", declared), asked)

    def _owner(self, path: Sequence[str]) -> View:
        """The row that holds the last step of a path."""
        owner = self.view
        for step in path[:-1]:
            declared, target = declarations(owner.kind)[step], targets(owner.kind)[step]
            owner = owner.part(target) if isinstance(declared, Part) else self._joined(owner, step, target)
        return owner

    def _joined(self, owner: View, step: str, target: type[Row]) -> View:
        if step not in self.beside:
            relation = cast("Relation", declarations(owner.kind)[step])
            found, conditions = linked(owner.frame, owner, relation, target, self.year, owner.path, noted=False)
            self.source = self.source.outerjoin(found.source, sa.and_(*conditions))
            self.beside[step] = found
        return self.beside[step]

    @property
    def is_recorded(self) -> bool:
        """Whether the audit trail must be told whose rows these are."""
        return any(view.is_recorded for view in (self.view, *self.beside.values()))


def _code(owner: View, name: str, relation: Relation, asked: str) -> sa.ColumnElement[Any]:
    """The code of the unit that a row names, where the relation's rule shows it."""
    frame, named = owner.frame, f"{type_name(owner.kind)}.{graphql_names(owner.kind)[name]}"
    if owner.rule(relation).verdict(frame.role) is Verdict.NEVER:
        raise refusal(frame.role, relation.label, named, owner.path, asked)
    frame.recording.field(owner.name, named, asked, is_personal=False)
    code, hidden = owner.raw[relation.keys["code"]], owner.hidden(relation)
    return code if hidden is None else sa.case((hidden, sa.null()), else_=code)


def added_up(question: Question, *, by_key: bool, total: bool) -> sa.FromClause:
    """The cells, the total, or both, each a row of ``SHAPE``. Without a dimension there is nothing but the total."""
    frame = question.frame
    values = _values(question)
    cells = _grouped(question, values, by_key=by_key and bool(question.dimensions), total=total)
    if is_suppressed(frame.role) and not question.measure.is_count:
        cells = _suppressed(question, cells)
    found = _told(question, cells)
    if "uscc" in values.c:
        frame.recording.sources.add(found.name)
    return found


def _values(question: Question) -> sa.Subquery:
    """A row for each enterprise: its keys, what is measured, and its code where the trail is told of it."""
    frame, given = question.frame, question.given
    view, conditions = opened(frame, Enterprise, question.path)
    reading = _Reading(view, {"year": given["year"]} if "year" in given else {}, view.source)
    columns = [
        _text(reading.value(each.path, "by"), each.telling).label(f"key_{place}")
        for place, each in zip(PLACES, question.dimensions.values(), strict=False)
    ]
    columns.append(reading.value(question.measure.path, "of").label("measure"))
    if "filter" in given and not given["filter"].absent:
        conditions.append(condition(view, given["filter"], question.path))
    if reading.is_recorded:
        columns.append(view.raw.uscc.label("uscc"))
    return sa.select(*columns).select_from(reading.source).where(*conditions).subquery(frame.name())


def _text(value: sa.ColumnElement[Any], telling: Telling) -> sa.ColumnElement[str]:
    if telling is Telling.DATE:
        value = sa.cast(sa.extract("year", value), sa.Integer)
    return sa.cast(value, sa.Text)


def _grouped(question: Question, values: sa.Subquery, *, by_key: bool, total: bool) -> sa.Subquery:
    """The values added up, by key and altogether."""
    keys = [column for column in values.c if column.name.startswith("key_")] if by_key else []
    is_total: sa.ColumnElement[bool] = sa.literal_column("false" if by_key else "true", sa.Boolean)
    if by_key and total:
        is_total = sa.func.grouping(keys[0], type_=sa.Integer) == sa.literal_column("1", sa.Integer)
    columns = [
        is_total.label("is_total"),
        *(keys or [sa.cast(sa.null(), sa.Text).label(f"key_{place}") for place in PLACES[: len(question.dimensions)]]),
        sa.func.count().label("enterprises"),
        sa.func.count(values.c.measure).label("reported_count"),
        *_amounts(question.measure, values.c.measure),
    ]
    if "uscc" in values.c:
        columns.append(sa.func.string_agg(values.c.uscc, _constant(","), type_=sa.Text).label("uscc"))
    query = sa.select(*columns)
    if by_key and total:
        query = query.group_by(sa.func.grouping_sets(sa.tuple_(*keys), sa.literal_column("()")))
    elif by_key:
        query = query.group_by(*keys)
    return query.subquery(question.frame.name())


def _amounts(measure: Measured, value: sa.ColumnElement[Any]) -> list[sa.Label[Any]]:
    """Sum, average, smallest and greatest of what was reported. Rows are counted; shares are not added."""
    count, nothing = sa.func.count(value), sa.cast(sa.null(), _AVERAGE)
    kind = sa.Numeric(60, cast("Any", value.type).scale or 0 if isinstance(value.type, sa.Numeric) else 0)
    if measure.is_count:
        found = [sa.cast(count, kind), nothing, nothing, nothing]
    else:
        exact = sa.cast(sa.func.sum(value), _EXACT) / sa.func.nullif(count, sa.literal_column("0", sa.Integer))
        total = nothing if measure.is_share else sa.func.sum(value, type_=kind)
        average = sa.func.round(exact, sa.literal_column("6", sa.Integer), type_=_AVERAGE)
        found = [total, average, sa.func.min(value, type_=kind), sa.func.max(value, type_=kind)]
    return [each.label(name) for each, name in zip(found, ("value", "average", "minimum", "maximum"), strict=True)]


def _suppressed(question: Question, cells: sa.Subquery) -> sa.Subquery:
    """The cells with which of them are hidden: small ones; and one more, where the total would tell them.

    What stands hidden together is never made up by fewer enterprises than a cell must be: else the total, less the
    cells that are seen, would be an amount of theirs.
    """
    c, none = cells.c, sa.literal_column("0", sa.Integer)
    small = sa.and_(c.reported_count > none, c.reported_count < SMALLEST_CELL)
    is_other = sa.and_(sa.not_(c.is_total), c.reported_count >= SMALLEST_CELL)
    hidden = sa.func.sum(sa.case((sa.and_(small, sa.not_(c.is_total)), c.reported_count), else_=none)).over()
    order = [c.reported_count, *_order(question, cells)]
    rank = sa.func.row_number().over(partition_by=is_other, order_by=order)
    needed = sa.and_(is_other, hidden > none, hidden < SMALLEST_CELL, rank == sa.literal_column("1", sa.Integer))
    return sa.select(*c, sa.or_(small, needed).label("suppressed")).subquery(question.frame.name())


def _order(question: Question, cells: sa.Subquery) -> list[sa.ColumnElement[Any]]:
    """The cells' order, dimension by dimension: words as they are declared, codes and years ascending, missing last."""
    steps: list[sa.ColumnElement[Any]] = []
    for place, each in zip(PLACES, question.dimensions.values(), strict=False):
        key: sa.ColumnElement[Any] = cells.c[f"key_{place}"]
        if each.telling is Telling.WORDS:
            places = {word: sa.literal_column(str(at), sa.Integer) for at, word in enumerate(each.words)}
            steps.append(_matched(key, places).nulls_last())
        else:
            steps.append(key.collate("C").nulls_last())
    return steps


def _matched(key: sa.ColumnElement[Any], found: Mapping[str, sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    return sa.case(*((key == _constant(word), each) for word, each in found.items()))


def _told(question: Question, cells: sa.Subquery) -> sa.Subquery:
    """The cells as rows of ``SHAPE``, in order, with what people call their keys."""
    c, source = cells.c, cast("sa.FromClause", cells)
    number = sa.func.row_number().over(order_by=[c.is_total, *_order(question, cells)])
    columns: list[sa.ColumnElement[Any]] = [number.label("no"), c.is_total, c.enterprises, c.reported_count]
    places = dict(zip(PLACES, question.dimensions.items(), strict=False))
    for place in PLACES:
        label: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.Text)
        dimension = key = label
        if place in places:
            name, found = places[place]
            key, dimension = c[f"key_{place}"], _constant(name)
            label, source = _label(question.frame, found, key, source, question.path)
        if place in places or place == PLACES[0]:
            label = sa.case((c.is_total, _constant(TOTAL if place == PLACES[0] else NOT_TOLD_APART)), else_=label)
        columns += [dimension.label(f"dimension_{place}"), key.label(f"key_{place}"), label.label(place)]
    hidden = c.suppressed if "suppressed" in c else sa.literal_column("false", sa.Boolean)
    for name in ("value", "average", "minimum", "maximum"):
        amount = sa.case((hidden, sa.null()), else_=c[name]) if "suppressed" in c else c[name]
        columns.append(sa.type_coerce(amount, c[name].type).label(name))
    columns += [hidden.label("suppressed"), *([c.uscc] if "uscc" in c else [])]
    return sa.select(*columns).select_from(source).subquery(question.frame.name())


def _label(
    frame: Frame, found: Dimensioned, key: sa.ColumnElement[Any], source: sa.FromClause, path: ResponsePath
) -> tuple[sa.ColumnElement[Any], sa.FromClause]:
    """What people call a key, and the rows it is found in."""
    if found.telling is Telling.UNIT:
        units, conditions = opened(frame, Unit, path)
        name = units.value("name", cast("Column", declarations(Unit)["name"]))
        return name, source.outerjoin(units.source, sa.and_(units.raw.code == key, *conditions))
    if found.telling is Telling.WORDS:
        return _matched(key, {word: _constant(label) for word, label in found.words.items()}), source
    return key, source


def keys_of(asked: Asked) -> sa.FromClause:
    """A cell's keys, one row for each dimension that was asked."""
    raw = asked.row.raw
    columns = (sa.column("no", sa.Integer), *(sa.column(name, sa.Text) for name in ("dimension", "value", "label")))
    lines = [
        (sa.literal_column(str(at), sa.Integer), raw[f"dimension_{place}"], raw[f"key_{place}"], raw[place])
        for at, place in enumerate(PLACES, start=1)
    ]
    every = sa.values(*columns, name=asked.frame.name()).data(lines)
    return sa.select(every).where(every.c.dimension.is_not(None)).lateral(asked.frame.name())


def _constant(text: str | None) -> sa.ColumnElement[Any]:
    """A word of the declarations: part of the statement, not one of its parameters."""
    return sa.cast(sa.null(), sa.Text) if text is None else sa.literal(text, sa.Text, literal_execute=True)
