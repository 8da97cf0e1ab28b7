"""Filters and orders, read off the declarations: a declared field can be filtered and ordered by as it is.

For each row type ``T`` with a list there is an input ``TFilter`` (every entry must hold; an entry that is
null or empty is no condition), an enumeration ``TOrderField`` and an input ``TOrder``.
"""

from __future__ import annotations

import enum
import sys
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.utils.str_converters import to_camel_case

from schema.declare import Column, Filtering, Part, Relation, Row, declared, targets


@strawberry.enum(description="排序方向")
class Direction(enum.Enum):
    """Ascending or descending; missing values stand last either way."""

    ASC = strawberry.enum_value("ASC", description="升序")
    DESC = strawberry.enum_value("DESC", description="降序")


@strawberry.input(description="整数条件")
class IntRange:
    """Conditions on a whole number; all given ones must hold."""

    eq: int | None = strawberry.UNSET
    gt: int | None = strawberry.UNSET
    gte: int | None = strawberry.UNSET
    lt: int | None = strawberry.UNSET
    lte: int | None = strawberry.UNSET
    is_null: bool | None = strawberry.UNSET


@strawberry.input(description="数值条件")
class DecimalRange:
    """Conditions on an amount or ratio; all given ones must hold."""

    eq: Decimal | None = strawberry.UNSET
    gt: Decimal | None = strawberry.UNSET
    gte: Decimal | None = strawberry.UNSET
    lt: Decimal | None = strawberry.UNSET
    lte: Decimal | None = strawberry.UNSET
    is_null: bool | None = strawberry.UNSET


@strawberry.input(description="日期条件")
class DateRange:
    """Conditions on a day; all given ones must hold."""

    eq: date | None = strawberry.UNSET
    gt: date | None = strawberry.UNSET
    gte: date | None = strawberry.UNSET
    lt: date | None = strawberry.UNSET
    lte: date | None = strawberry.UNSET
    is_null: bool | None = strawberry.UNSET


@strawberry.input(description="时间条件")
class DateTimeRange:
    """Conditions on a moment; all given ones must hold."""

    eq: datetime | None = strawberry.UNSET
    gt: datetime | None = strawberry.UNSET
    gte: datetime | None = strawberry.UNSET
    lt: datetime | None = strawberry.UNSET
    lte: datetime | None = strawberry.UNSET
    is_null: bool | None = strawberry.UNSET


RANGES: dict[type, type] = {int: IntRange, Decimal: DecimalRange, date: DateRange, datetime: DateTimeRange}


def graphql_name(described: Any) -> str:
    """The name a declared field has in the schema."""
    return cast("str", described.graphql_name or to_camel_case(described.python_name))


@cache
def python_names(row: type[Row]) -> dict[str, str]:
    """Python names of a row type's fields by GraphQL name."""
    fields = cast("Any", row).__strawberry_definition__.fields
    return {graphql_name(described): described.python_name for described in fields}


@cache
def graphql_names(row: type[Row]) -> dict[str, str]:
    """GraphQL names of a row type's fields by Python name."""
    return {python: graphql for graphql, python in python_names(row).items()}


def plain_type(kind: Any) -> tuple[Any, bool]:
    """The type without Optional, and whether it is a list."""
    while hasattr(kind, "of_type"):
        if type(kind).__name__ == "StrawberryList":
            return kind.of_type, True
        kind = kind.of_type
    return kind, False


def _leaf_type(column: Column, kind: Any) -> object | None:
    """The filter a value offers; None where it offers none."""
    plain, is_list = plain_type(kind)
    if is_list or column.filtering is Filtering.NONE or column.arguments:
        return None
    if column.filtering is Filtering.ANY_OF or plain not in RANGES:
        element = getattr(plain, "wrapped_cls", plain)
        return bool | None if element is bool else list[element] | None  # type: ignore[valid-type]
    return RANGES[plain] | None


_module = sys.modules[__name__]


def publish(
    name: str, annotations: dict[str, object], names: dict[str, str], description: str, *, one_of: bool = False
) -> None:
    """Declare an input in this module, where the types of its entries are looked up; ``names`` are GraphQL's."""
    made = type(
        name,
        (),
        {
            "__module__": __name__,
            "__annotations__": annotations,
            "__doc__": description,
            **{key: strawberry.field(default=strawberry.UNSET, name=names[key]) for key in annotations},
        },
    )
    setattr(_module, name, strawberry.input(made, name=name, description=description, one_of=one_of))


MADE_OF: dict[str, type[Row]] = {}
"""Filters and orders by their names in the schema, with the row type whose fields their entries are."""


def filter_name(row: type[Row]) -> str:
    """Declare the filter of a row type (once) and give its name in this module."""
    definition = cast("Any", row).__strawberry_definition__
    name = f"{definition.name}Filter"
    if name in MADE_OF:  # types lead to each other in circles
        return name
    MADE_OF[name] = row
    annotations: dict[str, object] = {}
    names: dict[str, str] = {}
    pending: list[type[Row]] = []
    for described in definition.fields:
        kind, target = _offered(row, described)
        if kind is not None:
            annotations[described.python_name], names[described.python_name] = kind, graphql_name(described)
        if target is not None:
            pending.append(target)
    if row.__row__.search is not None:
        annotations["search"], names["search"] = str | None, "search"
    for key, shown in (("and_", "and"), ("or_", "or")):
        annotations[key], names[key] = f"list[{name}] | None", shown
    annotations["not_"], names["not_"] = f"{name} | None", "not"
    publish(name, annotations, names, f"{definition.description}的筛选条件：全部满足；空值、空列表表示不限")
    listed = f"{definition.name}ListFilter"
    publish(
        listed,
        {"some": f"{name} | None", "none": f"{name} | None"},
        {"some": "some", "none": "none"},
        f"{definition.description}列表的筛选条件：some 至少一条满足，none 没有一条满足",
    )
    for target in pending:
        filter_name(target)
    return name


def _offered(row: type[Row], described: Any) -> tuple[object | None, type[Row] | None]:
    """The type of the filter a field offers, if any, and the row type whose filter that needs."""
    declaration = declared(described)
    if isinstance(declaration, Column):
        return _leaf_type(declaration, described.type), None
    if isinstance(declaration, Relation) and (declaration.arguments or declaration.source or declaration.many):
        return None, None
    if not isinstance(declaration, Part | Relation):
        return None, None
    target = targets(row)[described.python_name]
    listed = "List" if isinstance(declaration, Relation) and declaration.paged else ""
    return f"{target.__name__}{listed}Filter | None", target


def _is_list(kind: Any) -> bool:
    return plain_type(kind)[1]


@cache
def order_name(row: type[Row]) -> str:
    """Declare the order of a row type (once) and give its name in this module."""
    definition = cast("Any", row).__strawberry_definition__
    paths = dict(_ordered_paths(row, ()))
    label = f"{definition.name}OrderField"
    MADE_OF[label] = row
    members = {
        path.replace(".", "_").upper(): strawberry.enum_value(path, description=text) for path, text in paths.items()
    }
    field_enum = cast("Any", enum.Enum)(label, members, module=__name__)
    setattr(
        _module, label, strawberry.enum(field_enum, name=label, description=f"{definition.description}可排序的字段")
    )
    name = f"{definition.name}Order"
    made = type(
        name,
        (),
        {
            "__module__": __name__,
            "__annotations__": {"field": field_enum, "direction": Direction},
            "field": strawberry.field(description="字段"),
            "direction": strawberry.field(default=Direction.ASC, description="方向"),
        },
    )
    setattr(_module, name, strawberry.input(made, name=name, description=f"{definition.description}的排序"))
    return name


def _ordered_paths(row: type[Row], prefix: tuple[str, ...]) -> list[tuple[str, str]]:
    """Values one can order by: those of the row itself and of its parts."""
    found: list[tuple[str, str]] = []
    for described in cast("Any", row).__strawberry_definition__.fields:
        declaration, name = declared(described), described.python_name
        if isinstance(declaration, Column) and not _is_list(described.type) and not declaration.arguments:
            if declaration.filtering is not Filtering.NONE:
                found.append((".".join((*prefix, name)), declaration.label))
        elif isinstance(declaration, Part):
            found += _ordered_paths(targets(row)[name], (*prefix, name))
    return found


def add_list_arguments(row: type[Any], seen: set[type[Any]] | None = None) -> None:
    """Give every connection of a type, and of the types it leads to, its arguments: filter, order and page."""
    done = set[type[Any]]() if seen is None else seen
    done.add(row)
    for target in targets(row).values():
        if target not in done:
            add_list_arguments(target, done)
    for described in row.__strawberry_definition__.fields:
        declaration = declared(described)
        if not isinstance(declaration, Relation) or not declaration.paged:
            continue
        target = targets(row)[described.python_name]
        kinds: dict[str, Any] = {
            "filter": f"{filter_name(target)} | None",
            "order_by": f"list[{order_name(target)}] | None",
            "first": int | None,
            "after": str | None,
            "last": int | None,
            "before": str | None,
        }
        described.arguments = [
            *(argument for argument in described.arguments if argument.python_name not in kinds),
            *(_argument(name, kind) for name, kind in kinds.items()),
        ]


_DESCRIPTIONS = {
    "filter": "筛选条件，只在本人权限范围内生效",
    "order_by": "排序，空值总在最后；不填则用默认排序",
    "first": "从头取的条数",
    "after": "从该游标之后取",
    "last": "从尾取的条数",
    "before": "从该游标之前取",
}


def _argument(name: str, kind: Any) -> StrawberryArgument:
    annotation = StrawberryAnnotation(kind, namespace=vars(_module))
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=annotation,
        default=strawberry.UNSET,
        description=_DESCRIPTIONS[name],
    )
