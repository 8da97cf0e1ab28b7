"""Declarations hold together: with the tables beneath them, and with the rules of domain §4.2."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

import pytest
import sqlalchemy as sa
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

import schema
from authz import rules
from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import Rule
from db.enums import Labelled
from db.tables import (
    annual_report,
    basic_info,
    enterprise,
    report_award,
    report_listing,
    report_platform,
    report_product,
    report_project,
    report_standard,
    review_record,
    unit,
)
from schema.declare import Column, Relation, Row, declared, targets
from schema.given import Binder
from schema.visible import Frame

for _module in pkgutil.iter_modules(schema.__path__, "schema."):
    importlib.import_module(_module.name)

from schema.annual_report import AnnualReport  # noqa: E402 - after every module of the room
from schema.enterprise import Enterprise  # noqa: E402
from schema.scalars import SCALARS  # noqa: E402

TYPES = sorted(
    (kind for kind in Row.__subclasses__() if kind.__module__.startswith("schema.")), key=lambda kind: kind.__name__
)

STORED_TYPES = [kind for kind in TYPES if isinstance(kind.__row__.table, sa.Table)]

INTERNAL: dict[sa.Table, set[str]] = {
    enterprise: {"search_text", "contact_id_cipher"},
    basic_info: {"unit_code"},
    annual_report: {"unit_code"},
    review_record: {"unit_code"},
    unit: set(),
    **{
        part: {"uscc", "year"}
        for part in (
            report_award,
            report_listing,
            report_platform,
            report_product,
            report_project,
            report_standard,
        )
    },
}
"""Columns that scopes, searches and joins read but no field shows."""

PERSONAL = re.compile(r"contact|mobile|email|reporter|id_(masked|number)")

STORED: dict[object, type[sa.types.TypeEngine[Any]]] = {
    int: sa.Integer,
    bool: sa.Boolean,
    Decimal: sa.Numeric,
    str: sa.Text,
    dt.date: sa.Date,
    dt.datetime: sa.DateTime,
}


class Recorder:
    """Stands for a row while an expression is written down, and remembers what it read."""

    def __init__(self, table: sa.FromClause) -> None:
        self.table = table
        self.visible: set[str] = set()
        self.raw = RawRecorder(table)
        self.frame = Frame(Role.MUNICIPAL_OFFICER, (Role.MUNICIPAL_OFFICER.value, False), Binder(), b"")
        self.path = ()

    def __getattr__(self, name: str) -> sa.ColumnElement[Any]:
        self.visible.add(name)
        return self.table.c[name] if name in self.table.c else sa.column(name)


class RawRecorder:
    """The row's own columns, read past the visible values."""

    def __init__(self, table: sa.FromClause) -> None:
        self.table = table
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> sa.ColumnElement[Any]:
        self.read.add(name)
        return self.table.c[name]


def fields(kind: type[Row]) -> Iterator[StrawberryField]:
    definition = cast("StrawberryObjectDefinition", vars(kind)["__strawberry_definition__"])
    return (described for described in definition.fields if declared(described) is not None)


def columns(kind: type[Row]) -> Iterator[tuple[StrawberryField, Column]]:
    for described in fields(kind):
        column = declared(described)
        if isinstance(column, Column):
            yield described, column


def rule_of(kind: type[Row], column: Column | Relation) -> Rule:
    if isinstance(column, Column):
        return column.rule or kind.__row__.rule
    return column.rule or rules.EVERYONE


def column_name(kind: type[Row], described: StrawberryField) -> str:
    return kind.__row__.prefix + described.python_name


def expression_reads(kind: type[Row], column: Column) -> Recorder:
    recorder = Recorder(kind.__row__.table)
    assert column.expr is not None
    column.expr(recorder, **{name: sa.null() for name in column.arguments or {}})
    return recorder


def inner(kind: Any) -> Any:
    while isinstance(kind, (StrawberryOptional, StrawberryList)):
        kind = kind.of_type
    return kind


def is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, StrawberryOptional) else kind, StrawberryList)


def columns_shown(table: sa.Table) -> set[str]:
    """Every column of ``table`` that a field shows, or a relation leads on from."""
    shown: set[str] = set()
    for kind in TYPES:
        if kind.__row__.table is not table:
            continue
        for described in fields(kind):
            match declared(described):
                case Column(expr=None, through=None):
                    shown.add(column_name(kind, described))
                case Column(through=None) as column:
                    shown |= expression_reads(kind, column).raw.read
                case Relation() as relation:
                    shown |= set(relation.keys.values())
                case _:
                    pass
    return shown


@pytest.mark.parametrize("table", INTERNAL, ids=lambda table: table.name)
def test_every_column_is_declared_or_internal(table: sa.Table) -> None:
    assert columns_shown(table) | INTERNAL[table] == set(table.c.keys())
    assert not columns_shown(table) & INTERNAL[table]


def test_every_type_of_the_room_is_looked_at() -> None:
    assert {"Enterprise", "BasicInfo", "AnnualReport", "ReportOperation", "ReviewRecord", "Unit"} <= {
        kind.__name__ for kind in TYPES
    }


@pytest.mark.parametrize("kind", TYPES)
def test_labels_are_unique_within_a_type(kind: type[Row]) -> None:
    labels = Counter(described.description for described in fields(kind))
    assert [label for label, times in labels.items() if times > 1] == []
    assert all(label and label.strip() == label for label in labels)


@pytest.mark.parametrize("kind", TYPES)
def test_what_may_be_hidden_is_nullable(kind: type[Row]) -> None:
    for described in fields(kind):
        declaration = declared(described)
        if not isinstance(declaration, Column | Relation):
            continue
        # A mask takes the place of a value; what a role may never ask needs no null either.
        if not any(isinstance(verdict, Predicate) for verdict in rule_of(kind, declaration).verdicts.values()):
            continue
        # A hidden list is empty, which needs no null.
        hidden_list = isinstance(declaration, Relation) and isinstance(described.type, StrawberryList)
        assert hidden_list or isinstance(described.type, StrawberryOptional), described.python_name


@pytest.mark.parametrize("kind", TYPES)
def test_personal_data_has_a_personal_rule(kind: type[Row]) -> None:
    for described, column in columns(kind):
        personal = PERSONAL.search(described.python_name) is not None
        rule = rule_of(kind, column)
        assert personal == (rule in (rules.PERSONAL, rules.ID_NUMBER, rules.REVEALED)), described.python_name
        assert (rule.visibility is rules.Visibility.PERSONAL) == (column.mask is not None), described.python_name


@pytest.mark.parametrize("kind", TYPES)
def test_an_expression_reads_past_the_visible_only_where_its_rule_is_its_own(kind: type[Row]) -> None:
    for described, column in columns(kind):
        if column.expr is None:
            continue
        reads = expression_reads(kind, column)
        declared_here = {other.python_name for other, _ in columns(kind)}
        # A row also knows its place in the list, which is nobody's secret.
        assert reads.visible - {"raw", "position"} <= declared_here, described.python_name
        assert all(PERSONAL.search(name) is None for name in reads.raw.read) or column.rule is not None


@pytest.mark.parametrize("kind", TYPES)
def test_a_field_has_its_columns_type(kind: type[Row]) -> None:
    for described, column in columns(kind):
        if column.expr is not None or column.through is not None:
            continue
        stored: object = kind.__row__.table.c[column_name(kind, described)].type
        assert is_list(described.type) == isinstance(stored, sa.ARRAY), described.python_name
        if isinstance(stored, sa.ARRAY):
            stored = cast("Any", stored).item_type
        expected = STORED.get(inner(described.type))
        assert expected is None or isinstance(stored, expected), described.python_name


@pytest.mark.parametrize("kind", STORED_TYPES)
def test_a_field_that_is_never_null_has_a_column_that_is_never_null(kind: type[Row]) -> None:
    nullable = {column.name for column in kind.__row__.table.c if getattr(column, "nullable", False)}
    for described in fields(kind):
        if isinstance(described.type, StrawberryOptional):
            continue
        match declared(described):
            case Column(expr=None, through=None):
                assert column_name(kind, described) not in nullable, described.python_name
            case Relation(paged=False) as relation if not is_list(described.type):
                assert not nullable & set(relation.keys.values()), described.python_name
            case _:
                pass


def held_to(column: sa.ColumnElement[Any]) -> set[str]:
    """The values that a column's CHECK constraint allows; none where it has no list of them."""
    checks = column.constraints if isinstance(column, sa.Column) else set[sa.Constraint]()
    texts = [str(check.sqltext) for check in checks if isinstance(check, sa.CheckConstraint)]
    return {value for text in texts for value in re.findall(r"'([A-Z_]+)'", text) if "IN (" in text or "ARRAY[" in text}


def test_an_enumeration_is_the_one_its_column_is_held_to() -> None:
    seen: set[str] = set()
    for kind in STORED_TYPES:
        for described, column in columns(kind):
            if column.expr is not None or column.through is not None:
                continue
            allowed = held_to(kind.__row__.table.c[column_name(kind, described)])
            if not allowed:
                continue
            definition = inner(described.type)
            assert isinstance(definition, StrawberryEnumDefinition), described.python_name
            members = {member.value for member in cast("type[Labelled]", definition.wrapped_cls)}
            assert allowed <= members, described.python_name
            seen.add(definition.name)
    assert {"OperatingStatus", "ReviewStatus", "HiTechField", "StarFlag", "ZoneType", "ListingBoard"} <= seen


@pytest.mark.parametrize("kind", TYPES)
def test_relations_lead_to_columns_that_exist(kind: type[Row]) -> None:
    for described in fields(kind):
        relation = declared(described)
        if not isinstance(relation, Relation) or relation.source is not None:
            continue
        target = targets(kind)[described.python_name].__row__.table
        assert set(relation.keys) <= set(target.c.keys()), described.python_name
        assert set(relation.keys.values()) <= set(kind.__row__.table.c.keys()), described.python_name
        assert {name.removeprefix("-") for name in relation.order} <= set(target.c.keys()), described.python_name
        assert set(relation.only or {}) <= set(target.c.keys()), described.python_name
        assert set(relation.arguments or {}) <= set(target.c.keys()), described.python_name


@pytest.mark.parametrize("kind", TYPES)
def test_the_default_order_names_columns_of_the_row(kind: type[Row]) -> None:
    row = kind.__row__
    assert {name.removeprefix("-") for name in row.order} <= set(row.table.c.keys())
    assert set(row.key) <= set(row.table.c.keys())


@strawberry.type
class Query:
    enterprise: Enterprise | None
    report: AnnualReport | None


def test_the_types_make_a_schema() -> None:
    sdl = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=cast("Any", SCALARS))).as_str()
    assert "establishedMonth: YearMonth!" in sdl
    assert "classII: Int" in sdl
    assert '"""待区县审核"""\n  PENDING_DISTRICT' in sdl
