"""Tabs: statistics tables whose rows come with a total row, made of measures declared one a line (domain §2.6 to §2.8).

A tab is one short class, a measure one line in it: label, unit, and how it is added up out of the cells that the tab's
kind of rows reads from the roll-ups. From them come the row type, its SQL, the headers and the workbook. A quotient of
measures is an ordinary ``field`` over them, so that the total's is made of summed parts. Which cells there are, and
where their stored rows come from, is for the kinds of rows to say (``places`` and others), not for this module.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar, cast

import sqlalchemy as sa
import strawberry

from authz.errors import BadUserInput
from authz.scopes import STATISTICS
from schema.declare import DECLARED, Chart, Column, Expression, Row, declare, many, one, targets
from schema.declare import field as described
from schema.expressions import current_year
from schema.given import CHINA
from schema.visible import Asked

COMPANIES = "家"
FIRST_YEAR, LAST_YEAR = 2000, 2035
"""Years that can be asked for, as in the setting ``default_report_year``: of later ones no standing is kept."""
TOTAL_LABEL, NO_ZONE = "合计", "--"
"""What the total row shows for its name and its zone (domain C29)."""

ZERO, ONE = sa.literal_column("0", sa.Integer), sa.literal_column("1", sa.Integer)

Kinds = Mapping[str, sa.types.TypeEngine[Any]]
"""Columns of computed rows, with their types."""

Query = sa.Select[*tuple[Any, ...]]
WEIGHT = "weight"
"""A column of cells: contributions may cancel out, and a row whose weights do is not there."""

Cells = Any
"""Columns of the cells that measures add up: attributes by name."""


@dataclass(frozen=True)
class Summed(Column):
    """A measure: ``total`` adds it up out of cells, of which it reads those called ``reads``; ``kind`` is its type."""

    total: Callable[[Cells], sa.ColumnElement[Any]] = lambda _cells: sa.null()
    reads: Hashable = None
    kind: sa.types.TypeEngine[Any] = sa.BigInteger()  # noqa: RUF009 - a type is never changed

    def of(self, cells: sa.FromClause) -> sa.ColumnElement[Any]:
        """The measure over cells, as its kind writes it; an amount may be longer than one column takes."""
        total = self.total(cells.c)
        if isinstance(self.kind, sa.Numeric):
            return sa.func.round(total, sa.literal_column(str(self.kind.scale or 0), sa.Integer), type_=self.kind)
        return sa.cast(total, self.kind)


def summed(
    label: str,
    total: Callable[[Cells], sa.ColumnElement[Any]],
    *,
    reads: Hashable = None,
    unit: str | None = COMPANIES,
    kind: sa.types.TypeEngine[Any] | None = None,
    expr: Expression | None = None,
) -> Any:
    """Declare a measure of a tab. See ``Summed``; with ``expr`` it is shown as that makes it of the row."""
    kind = sa.BigInteger() if kind is None else kind
    return declare(Summed(label, unit, expr=expr, total=total, reads=reads, kind=kind))


def plain(value: str) -> sa.ColumnElement[str]:
    """A word of the declarations: part of the statement, not one of its parameters."""
    return sa.literal(value, sa.Text, literal_execute=True)


@strawberry.type(description="统计表的一行")
class TabRow(Row, table=sa.table("tab_row"), scope=STATISTICS):
    """Base of the rows of a tab: numbered, the total last. A kind of rows says how its cells become rows (``made``)."""

    keys: ClassVar[Kinds] = {}
    """The columns that every row of the kind has beside its measures."""
    measures: ClassVar[Mapping[str, Summed]] = {}

    def __init_subclass__(cls, *, charts: tuple[Chart, ...] = ()) -> None:
        """Declare a tab, or a kind of rows that tabs share: what columns its rows have follows from its measures."""
        own = {name: measure for name, value in vars(cls).items() if (measure := measure_of(value)) is not None}
        cls.measures = {**cls.measures, **own}
        kinds = {**cls.keys, **{name: measure.kind for name, measure in cls.measures.items()}}
        columns = [sa.column(name, kind) for name, kind in kinds.items()]
        table = sa.table(cls.__name__, sa.column("no", sa.Integer), sa.column("is_total", sa.Boolean), *columns)
        super().__init_subclass__(table=table, scope=STATISTICS, order=("is_total", "no"), charts=charts)

    @classmethod
    @abstractmethod
    def made(cls, asked: Asked, *, rows: bool, total: bool) -> sa.FromClause:
        """The rows and the total row, or one of both, of the year that stands in the row above."""

    @classmethod
    def totals(cls, cells: sa.FromClause) -> list[sa.Label[Any]]:
        """Every measure, added up."""
        return [measure.of(cells).label(name) for name, measure in cls.measures.items()]

    @classmethod
    def reads(cls) -> list[Any]:
        """What the measures read, each once."""
        return list(dict.fromkeys(measure.reads for measure in cls.measures.values() if measure.reads is not None))


def added_up(
    keys: Sequence[sa.ColumnElement[Any]],
    measures: Sequence[sa.Label[Any]],
    *,
    rows: bool,
    total: bool,
    weight: sa.ColumnElement[Any] | None = None,
) -> Query:
    """Measures by keys, and over all; keys of the total are null. With ``weight``, a row of none is left out."""
    if not rows:
        nothing = [sa.cast(sa.null(), key.type).label(cast("Any", key).name) for key in keys]
        return sa.select(*nothing, sa.true().label("is_total"), *measures)
    is_there = sa.true() if weight is None else sa.func.sum(weight) != ZERO
    if not total:
        return sa.select(*keys, sa.false().label("is_total"), *measures).group_by(*keys).having(is_there)
    is_total = sa.func.grouping(keys[0]) == ONE
    sets = sa.func.grouping_sets(sa.tuple_(*keys), sa.tuple_())
    return sa.select(*keys, is_total.label("is_total"), *measures).group_by(sets).having(sa.or_(is_total, is_there))


def numbered(is_total: sa.ColumnElement[bool], *order: sa.ColumnElement[Any]) -> sa.Label[int]:
    """A row's number in its table; the total has none."""
    number = sa.func.row_number().over(order_by=(is_total, *order))
    return sa.cast(sa.case((sa.not_(is_total), number)), sa.Integer).label("no")


def worded(is_total: sa.ColumnElement[bool], name: sa.ColumnElement[Any], missing: str, total: str) -> Any:
    """A name as people read it: a word where there is none, and another one in the total row."""
    word = sa.case((is_total, plain(total)), else_=sa.func.coalesce(name, plain(missing)))
    return sa.cast(word, sa.Text)


def measure_of(value: Any) -> Summed | None:
    """The measure behind an attribute of a class; None where it is none."""
    declaration = getattr(value, "metadata", {}).get(DECLARED)
    return declaration if isinstance(declaration, Summed) else None


@strawberry.type(description="统计表")
class Table(Row, table=sa.table("statistics_table", sa.column("year", sa.Integer)), scope=STATISTICS):
    """Base of the types that hold the rows of a tab and their total. Made by ``tab``, one for each row type."""

    def __init_subclass__(cls) -> None:
        """All of them are the same row: the year that the page is of."""


def _rows(asked: Asked) -> sa.FromClause:
    return _row_type(asked).made(asked, rows=True, total=asked.frame.totals)


def _total(asked: Asked) -> sa.FromClause:
    return _row_type(asked).made(asked, rows=False, total=True)


def _row_type(asked: Asked) -> type[TabRow]:
    return cast("type[TabRow]", targets(asked.row.kind)["rows"])


def rows_of_tab() -> Any:
    """Declare the rows of a tab, without the total; their type says which."""
    return many("各行", keys={}, order=("is_total", "no"), source=_rows, total=False)


def total_of_tab() -> Any:
    """Declare the total row of a tab."""
    return one(TOTAL_LABEL, keys={}, source=_total, total=True)


@cache
def table_of(row: type[TabRow]) -> type[Table]:
    """The type of a tab's table: ``rows`` and ``total``, called after its row type."""
    definition = cast("Any", row).__strawberry_definition__
    name = definition.name.removesuffix("Row") + "Table"
    body = {
        "__module__": row.__module__,
        "__doc__": row.__doc__,
        "__annotations__": {"rows": list[row], "total": row},
        "rows": rows_of_tab(),
        "total": total_of_tab(),
    }
    return strawberry.type(type(name, (Table,), body), description=definition.description)


PROPOSED = "（建议口径，待确认）"


def tab(row: type[TabRow], *, proposed: bool = False) -> Any:
    """Declare a tab of a page by its row type; the tab is called what its rows are.

    ``proposed``: what it counts and how is our proposal [P], which the schema says to whoever reads it.
    """
    label = cast("Any", row).__strawberry_definition__.description
    shown = one(label, keys={}, header="", source=_same_year)
    shown.metadata = {**shown.metadata, TAB: row}
    shown.description = label + PROPOSED * proposed
    return shown


TAB = "tab"
"""Key of a tab's row type in a Strawberry field's metadata."""


def _same_year(asked: Asked) -> sa.FromClause:
    """The year of the page, for its tabs."""
    return sa.select(asked.row.raw.year.label("year")).correlate(asked.row.source).lateral(asked.frame.name())


@strawberry.type(description="统计页")
class Page(Row, table=sa.table("statistics_page", sa.column("year", sa.Integer)), scope=STATISTICS):
    """Base of the pages: the year stands above all tabs (查询为全局操作, domain C23)."""

    year: int = described("年份")

    def __init_subclass__(cls) -> None:
        """Give each tab the type of its table."""
        for name, value in vars(cls).items():
            row = getattr(value, "metadata", {}).get(TAB)
            if row is not None:
                cls.__annotations__[name] = table_of(row)


YEAR: Mapping[str, Any] = {"year": int | None}
DEFAULT_YEAR = sa.bindparam("p_default_year", None, type_=sa.Integer)


def page(label: str) -> Any:
    """Declare a page of tabs for a year; without one the service's default year is meant."""
    return one(label, keys={}, header="", arguments=YEAR, source=partial(_of_year, DEFAULT_YEAR, "year", _checked_year))


def page_of_today(label: str) -> Any:
    """Declare a page of tabs that has no filter: without a year it is of the current one, as it stands today."""
    return one(
        label, keys={}, header="", arguments=YEAR, source=partial(_of_year, current_year(), "today", _year_or_this)
    )


def _of_year(
    default: sa.ColumnElement[int], meant: str, checked: Callable[[Any], int | None], asked: Asked
) -> sa.FromClause:
    given = asked.given.get("year")
    if given is None:
        checked(None)
    asked.frame.meant.add(meant)
    year = (
        default
        if given is None
        else sa.func.coalesce(asked.frame.binder.bind(given, sa.Integer(), checked), default, type_=sa.Integer)
    )
    return sa.select(year.label("year")).lateral(asked.frame.name())


def _checked_year(value: Any) -> int | None:
    return None if value is None else year_told(value)


def _year_or_this(value: Any) -> int | None:
    """As ``_checked_year``; the current year, where none is given, may be past what is kept, too."""
    year_told(dt.datetime.now(CHINA).year if value is None else value)
    return value


def year_told(year: int) -> int:
    """The year, where it is one of those that are kept.

    Raises:
        BadUserInput: it is not.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间"
        raise BadUserInput("year", message, detail=f"year out of range: {year}")
    return year
