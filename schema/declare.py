"""Declaring a field once.

One line gives a field's type, column, Chinese label, unit, visibility and export format. From it come
the GraphQL field and its description, its filter and its place in the ordering, the Excel header and
number format, the entry in the export catalogue, and its authorisation.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, cast

import sqlalchemy as sa
import strawberry
from graphql import GraphQLField, GraphQLNamedType
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from authz import rules
from authz.actions import Action
from authz.masks import Mask
from authz.principal import Role
from authz.rules import Rule, Visibility
from authz.scopes import Scope

KYUAN = "千元"
WYUAN = "万元"
PERSONS = "人"
ITEMS = "件"
ENTRIES = "项"
PAPERS = "篇"
MILLION_USD = "百万美元"
TIMES = "次"


class Format(enum.Enum):
    """How a value stands in a workbook where its type alone does not say it."""

    PERCENT = "PERCENT"
    TEXT = "TEXT"


class ChartKind(enum.Enum):
    """What a chart shows: a bar (or a stack) for each row of its sheet, or shares, of the rows or in the total row."""

    BARS = "BARS"
    STACKED = "STACKED"
    SHARES = "SHARES"
    TOTAL_SHARES = "TOTAL_SHARES"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart beside the sheet of a row type: ``by`` names the fields its categories come from, ``of`` its values.

    It shows what of them is on the sheet, and is left out where nothing is. The total row belongs to
    ``TOTAL_SHARES`` alone, whose categories are the headers of its values.
    """

    title: str
    kind: ChartKind
    of: tuple[str, ...]
    by: tuple[str, ...] = ()


class Filtering(enum.Enum):
    """What filter a field offers: none, one of several values, or a range."""

    NONE = "NONE"
    ANY_OF = "ANY_OF"
    RANGE = "RANGE"


Expression = Callable[..., sa.ColumnElement[Any]]
Written = Callable[[Any], sa.ColumnElement[Any]] | Callable[[Any, Any], sa.ColumnElement[Any]]
"""An expression as a declaration writes it: of the row, or of the row and the field's one argument."""


@dataclass(frozen=True)
class Column:
    """A leaf: one value of a row.

    ``expr`` gets the row (whose attributes are the *visible* values of its fields) and the field's
    arguments by name; without it the column of the field's own name is meant. ``through`` says where the value
    stands in another row, under that row's scope and rules.
    """

    label: str
    unit: str | None = None
    rule: Rule | None = None
    mask: Mask | None = None
    expr: Expression | None = None
    format: Format | None = None
    arguments: Mapping[str, Any] | None = None
    filtering: Filtering | None = None
    exported: bool = True
    through: Through | None = None


@dataclass(frozen=True)
class Through:
    """A value of another row: the relation that leads to it, the row's type, and the value's field there."""

    relation: Relation
    row: type[Row]
    field: str


@dataclass(frozen=True)
class Relation:
    """Another row, or rows, reached from a row (or from the query's root, where ``keys`` is empty).

    ``keys`` maps the target's column to this row's; ``order`` are the target's columns, ``-`` before
    a descending one; ``arguments`` maps a GraphQL argument to the target column it must equal;
    ``latest`` takes the first row of the order; ``only`` are target columns that must equal a constant;
    ``source`` makes the target's rows out of what was asked (``schema.visible.Asked``), instead of the target's
    table, and reads the arguments itself; ``of`` names the row type where the GraphQL type is not one; ``header``
    stands before the labels of the target's columns in a workbook; ``scope`` says which rows each role gets here,
    instead of the target's own scope. ``total`` belongs to a table with a total row, which its column ``is_total``
    tells: false for the rows, true for the total; in a workbook the total is the last row.
    """

    label: str
    keys: Mapping[str, str]
    rule: Rule | None = None
    order: tuple[str, ...] = ()
    arguments: Mapping[str, Any] | None = None
    defaults: Mapping[str, str] | None = None
    latest: bool = False
    paged: bool = False
    many: bool = False
    source: Callable[[Any], sa.FromClause] | None = None
    header: str = ""
    of: Callable[[], type[Row]] | None = None
    only: Mapping[str, str] | None = None
    scope: Scope | None = None
    total: bool | None = None


@dataclass(frozen=True)
class Part:
    """A group of fields of the same row, such as a tab of a report."""

    label: str


@dataclass(frozen=True)
class Chosen:
    """Values of fields that the list's ``fields`` argument names."""

    label: str
    catalogue: Callable[[Role], Mapping[str, CatalogueEntry]]
    default: Callable[[Role], Sequence[str]]


@dataclass(frozen=True)
class CatalogueEntry:
    """A field the custom query may tick: ``name`` is its path from the type ``owner``.

    ``origin`` is the label of the related row it comes from, where its own label does not begin with it.
    """

    name: str
    label: str
    unit: str | None
    group: str
    type: str
    owner: str
    origin: str = ""


@dataclass(frozen=True)
class Command:
    """A mutation: what runs, and then the payload's row by the key it answers with; ``action`` says who may."""

    label: str
    action: Action
    run: Callable[..., Awaitable[Mapping[str, Any]]]
    arguments: Mapping[str, Any]


Declared = Column | Relation | Part | Chosen | Command

DECLARED = "keqi"
"""Key of a declaration in a Strawberry field's metadata."""


Search = Callable[[Any, sa.ColumnElement[str]], sa.ColumnElement[bool]]
"""What the keyword of a list looks at: of a row source and the text searched for."""


@dataclass(frozen=True)
class RowSpec:
    """What a row type is made of: its table, key, scope and defaults."""

    table: sa.FromClause
    scope: Scope
    rule: Rule
    order: tuple[str, ...]
    key: tuple[str, ...]
    prefix: str
    search: Search | None
    charts: tuple[Chart, ...] = ()


class Row:
    """Base of every type that stands for a row (or a part of one)."""

    __row__: ClassVar[RowSpec]

    def __init_subclass__(
        cls,
        *,
        table: sa.FromClause | None = None,
        scope: Scope | None = None,
        visible: Rule = rules.EVERYONE,
        order: tuple[str, ...] = (),
        key: tuple[str, ...] | None = None,
        prefix: str = "",
        search: Search | None = None,
        charts: tuple[Chart, ...] = (),
    ) -> None:
        """Declare the row: ``table`` and ``scope`` say where rows come from and who gets which.

        ``visible`` is the rule of fields that name none; ``order`` the default order; ``prefix`` stands
        before the column names of a part whose names would collide in its table; ``charts`` stand beside a sheet
        of such rows.
        """
        super().__init_subclass__()
        if table is None or scope is None:
            message = f"{cls.__name__}: a row type names its table and its scope"
            raise TypeError(message)
        primary = tuple(column.name for column in table.primary_key)
        cls.__row__ = RowSpec(table, scope, visible, order, key or primary, prefix, search, charts)


def _argument(name: str, kind: object) -> StrawberryArgument:
    optional = cast("Any", kind)
    return StrawberryArgument(
        python_name=name, graphql_name=None, type_annotation=StrawberryAnnotation(optional), default=strawberry.UNSET
    )


def declare(declared: Declared, name: str | None = None) -> Any:
    """The Strawberry field of a declaration, made by the functions below or of a kind of its own."""
    described = StrawberryField(graphql_name=name, description=declared.label, metadata={DECLARED: declared})
    arguments = declared.arguments if isinstance(declared, Column | Relation | Command) else None
    if arguments:
        described.arguments = [_argument(name, kind) for name, kind in arguments.items()]
    return described


def field(  # noqa: PLR0913 - keywords, one for each thing a declaration may say
    label: str,
    *,
    unit: str | None = None,
    visible: Rule | None = None,
    mask: Mask | None = None,
    expr: Written | None = None,
    format: Format | None = None,  # noqa: A002 - the word people use for it
    arguments: Mapping[str, Any] | None = None,
    filtering: Filtering | None = None,
    exported: bool = True,
    through: Through | None = None,
    name: str | None = None,
) -> Any:
    """Declare a value of a row. See ``Column``; ``name`` where camelCase would not give the schema's name."""
    if (visible is not None and visible.visibility is Visibility.PERSONAL) != (mask is not None):
        message = f"{label}: a personal field names its mask, and only a personal one"
        raise TypeError(message)
    return declare(Column(label, unit, visible, mask, expr, format, arguments, filtering, exported, through), name)


def one(  # noqa: PLR0913 - keywords, one for each thing a declaration may say
    label: str,
    *,
    keys: Mapping[str, str],
    order: tuple[str, ...] = (),
    arguments: Mapping[str, Any] | None = None,
    defaults: Mapping[str, str] | None = None,
    header: str | None = None,
    visible: Rule | None = None,
    source: Callable[[Any], sa.FromClause] | None = None,
    scope: Scope | None = None,
    total: bool | None = None,
) -> Any:
    """Declare one related row: by its key, or the first of ``order``; or the one that ``source`` makes."""
    prefix = label if header is None else header
    latest = bool(order)
    return declare(
        Relation(
            label,
            keys,
            visible,
            order,
            arguments,
            defaults,
            latest=latest,
            source=source,
            header=prefix,
            scope=scope,
            total=total,
        )
    )


def many(
    label: str,
    *,
    keys: Mapping[str, str],
    order: tuple[str, ...] = (),
    arguments: Mapping[str, Any] | None = None,
    visible: Rule | None = None,
    source: Callable[[Any], sa.FromClause] | None = None,
    only: Mapping[str, str] | None = None,
    scope: Scope | None = None,
    total: bool | None = None,
) -> Any:
    """Declare a short list of related rows, whole."""
    return declare(
        Relation(label, keys, visible, order, arguments, many=True, source=source, only=only, scope=scope, total=total)
    )


def connection(
    label: str,
    *,
    keys: Mapping[str, str] | None = None,
    order: tuple[str, ...] = (),
    arguments: Mapping[str, Any] | None = None,
    of: Callable[[], type[Row]] | None = None,
    source: Callable[[Any], sa.FromClause] | None = None,
    scope: Scope | None = None,
    visible: Rule | None = None,
) -> Any:
    """Declare a list that can grow: filtered, ordered, paged; ``arguments`` come beside those of every list."""
    return declare(
        Relation(label, keys or {}, visible, order, arguments, paged=True, of=of, source=source, scope=scope)
    )


def chosen(
    label: str,
    catalogue: Callable[[Role], Mapping[str, CatalogueEntry]],
    default: Callable[[Role], Sequence[str]],
) -> Any:
    """Declare the values of fields chosen by name out of a role's ``catalogue``."""
    return declare(Chosen(label, catalogue, default))


def command(
    label: str, action: Action, run: Callable[..., Awaitable[Mapping[str, Any]]], arguments: Mapping[str, Any]
) -> Any:
    """Declare a mutation for whoever may do ``action``: ``run`` answers with the key of the row that is its payload."""
    return declare(Command(label, action, run, arguments))


def part(label: str) -> Any:
    """Declare a group of fields of the same row."""
    return declare(Part(label))


def declared(described: StrawberryField) -> Declared | None:
    """The declaration behind a Strawberry field; None where it is an ordinary one."""
    metadata = cast("Mapping[str, Declared]", described.metadata)
    return metadata.get(DECLARED)


BACKREF = "strawberry-definition"
"""Where Strawberry leaves its own definition in graphql-core's types and fields."""


def declaration_of(definition: GraphQLField) -> tuple[str, Declared]:
    """The Python name and the declaration behind a field of the GraphQL schema."""
    described = definition.extensions[BACKREF]
    return described.python_name, described.metadata[DECLARED]


def row_type(named: GraphQLNamedType) -> type[Row]:
    """The row class behind a GraphQL object type."""
    return cast("type[Row]", named.extensions[BACKREF].origin)


def type_name(row: type[Row]) -> str:
    """What the schema calls a row type."""
    return cast("Any", row).__strawberry_definition__.name


@cache
def targets(row: type[Row]) -> Mapping[str, type[Row]]:
    """The row types that a row type's relations and parts lead to, by Python name."""
    found: dict[str, type[Row]] = {}
    for described in cast("Any", row).__strawberry_definition__.fields:
        declaration = declared(described)
        if isinstance(declaration, Relation) and declaration.of is not None:
            found[described.python_name] = declaration.of()
        elif isinstance(declaration, Relation | Part):
            found[described.python_name] = _innermost(described.type)
    return found


def _innermost(kind: Any) -> type[Row]:
    while True:
        if hasattr(kind, "of_type"):
            kind = kind.of_type
        elif hasattr(kind, "resolve_type"):
            kind = kind.resolve_type()
        elif not issubclass(kind, Row):
            # A connection: its nodes are the rows.
            kind = next(field for field in kind.__strawberry_definition__.fields if field.python_name == "nodes").type
        else:
            return kind


@cache
def declarations(row: type[Row]) -> Mapping[str, Declared]:
    """The declarations of a row type by Python name."""
    definition = cast("Any", row).__strawberry_definition__
    named = {field.python_name: declared(field) for field in definition.fields}
    return {name: declaration for name, declaration in named.items() if declaration is not None}
