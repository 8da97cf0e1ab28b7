"""The libraries as they are asked for: what they are, their members, and why each is one (domain §2.9, C36-C49).

What a library is stands in its declaration (``schema/libraries``) and is put into the statement as it is; members are
made by one query. Nothing of the rules is here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import sqlalchemy as sa
import strawberry
from sqlalchemy.sql.selectable import TableValuedAlias

from authz import rules
from authz.scopes import LIBRARIES as LIBRARY_SCOPE
from authz.scopes import LIBRARY_ENTRIES, LIBRARY_RESULTS
from schema.declare import Filtering, Row, connection, field, many, one
from schema.enums import (
    Confidence,
    GrowthCategory,
    HiTechField,
    IndustryCategory,
    LibraryGroup,
    LibraryKey,
    ParameterKind,
    RegisterStatus,
    TriState,
)
from schema.expressions import contains
from schema.libraries.declare import Condition, Parameter
from schema.libraries.declare import Library as Declared
from schema.libraries.known import LIBRARIES
from schema.libraries.members import SHAPE, default_year_of, members
from schema.libraries.parameters import ConditionInput, saved_value
from schema.pages import Connection
from schema.records import KINDS
from schema.units import Unit
from schema.visible import Asked, View, correlated

if TYPE_CHECKING:
    from schema.annual_report import AnnualReport
    from schema.enterprise import Enterprise


def _constant(source: str, rows: Sequence[dict[str, Any]], /, **columns: str) -> TableValuedAlias:
    """Rows of the declarations, as part of the statement."""
    text = orjson.dumps(rows).decode()
    listed = [sa.column(column, KINDS[kind]) for column, kind in columns.items()]
    told = sa.cast(sa.literal(text, sa.Text, literal_execute=True), sa.JSON)
    return sa.func.json_to_recordset(told).table_valued(*listed, name=source).render_derived(with_types=True)


def _number(value: Decimal) -> str:
    return format(value, "f")


def _library(number: int, library: Declared) -> dict[str, Any]:
    return {
        "no": number,
        "key": library.key.value,
        "name": library.key.label,
        "group": library.group.value,
        "basis": library.basis.text,
        "confidence": library.basis.confidence.value,
        "filters": [each.value for each in library.filters],
        "exports": library.exports,
        "settable": library.settable,
        "year_rule": library.default_year.value,
    }


def _condition(number: int, library: Declared, condition: Condition) -> dict[str, Any]:
    return {
        "library": library.key.value,
        "key": condition.key,
        "no": number,
        "text": condition.text,
        "source": condition.source.text,
        "confidence": condition.source.confidence.value,
        "is_fixed": condition in library.fixed,
        "is_alternative": condition in library.alternatives,
        "settable": library.settable,
    }


def _parameter(number: int, library: Declared, condition: Condition, parameter: Parameter) -> dict[str, Any]:
    default = parameter.default
    is_words = parameter.kind is ParameterKind.WORDS
    return {
        "library": library.key.value,
        "condition": condition.key,
        "no": number,
        "name": parameter.name,
        "label": parameter.label,
        "kind": parameter.kind.value,
        "unit": parameter.unit,
        "default_value": None if isinstance(default, tuple) else _number(Decimal(default)),
        "default_words": list(default) if isinstance(default, tuple) else [],
        "min": None if is_words else _number(parameter.least),
        "max": None if is_words else _number(parameter.most),
        "choices": [each.value for each in parameter.choices],
    }


_LISTED = list(enumerate(LIBRARIES.values(), start=1))

_LIBRARIES = _constant(
    "libraries",
    [_library(number, library) for number, library in _LISTED],
    no="int",
    key="text",
    name="text",
    group="text",
    basis="text",
    confidence="text",
    filters="texts",
    exports="bool",
    settable="bool",
    year_rule="text",
)
_CONDITIONS = _constant(
    "library_conditions",
    [
        _condition(number, library, condition)
        for _, library in _LISTED
        for number, condition in enumerate(library.every, start=1)
    ],
    library="text",
    key="text",
    no="int",
    text="text",
    source="text",
    confidence="text",
    is_fixed="bool",
    is_alternative="bool",
    settable="bool",
)
_PARAMETERS = _constant(
    "condition_parameters",
    [
        _parameter(number, library, condition, parameter)
        for _, library in _LISTED
        for condition in library.every
        for number, parameter in enumerate(condition.parameters, start=1)
    ],
    library="text",
    condition="text",
    no="int",
    name="text",
    label="text",
    kind="text",
    unit="text",
    default_value="numeric",
    default_words="texts",
    min="numeric",
    max="numeric",
    choices="texts",
)


@strawberry.type(description="条件参数")
class ConditionParameter(
    Row, table=_PARAMETERS, scope=LIBRARY_SCOPE, order=("no",), key=("library", "condition", "name")
):
    """A parameter with its range. ``value`` is what counts now: the unit's saved, else the city's, else the default."""

    name: str = field("参数名")
    label: str = field("参数名称")
    kind: ParameterKind = field("参数类型")
    unit: str | None = field("单位")
    default: Decimal | None = field("默认值", expr=lambda r: r.raw.default_value)
    defaults: list[str] = field("默认选项", expr=lambda r: r.raw.default_words)
    value: Decimal | None = field(
        "当前值", expr=lambda r: sa.func.coalesce(saved_value(r, "value"), r.raw.default_value)
    )
    values: list[str] = field("当前选项", expr=lambda r: sa.func.coalesce(saved_value(r, "words"), r.raw.default_words))
    min: Decimal | None = field("最小值")
    max: Decimal | None = field("最大值")
    choices: list[str] = field("可选项")


@strawberry.type(description="入库条件说明")
class LibraryCondition(Row, table=_CONDITIONS, scope=LIBRARY_SCOPE, order=("no",), key=("library", "key")):
    """A condition's text with ``{parameter}`` slots, and where it comes from: what is proposed is not official."""

    key: strawberry.ID = field("条件代码")
    order: int = field("条件序号", expr=lambda r: r.raw.no)
    text: str = field("条件说明")
    source: str = field("依据")
    confidence: Confidence = field("依据可信度")
    is_fixed: bool = field("是否固定条件")
    is_alternative: bool = field("是否可替代其他条件")
    enabled_by_default: bool = field("默认是否采用", expr=lambda _r: sa.true())
    enabled: bool = field("当前是否采用", expr=lambda r: sa.func.coalesce(saved_value(r, "switch") != 0, sa.true()))
    parameters: list[ConditionParameter] = many(
        "条件参数", keys={"library": "library", "condition": "key"}, order=("no",)
    )


_RESULTS = sa.table(
    "condition_result",
    sa.column("library", sa.Text),
    sa.column("condition", sa.Text),
    sa.column("enabled", sa.Boolean),
    sa.column("state", sa.Text),
    sa.column("actual", sa.Numeric),
    sa.column("threshold", sa.Numeric),
    sa.column("gap", sa.Numeric),
    sa.column("measure", sa.Text),
    sa.column("no", sa.Integer),
)


def _results(asked: Asked) -> sa.FromClause:
    """An entry's arrays side by side, a row for each condition."""
    raw = asked.row.raw
    names = ("condition", "enabled", "state", "actual", "threshold", "gap", "measure")
    listed = (raw.conditions, raw.enabled, raw.states, raw.actuals, raw.thresholds, raw.gaps, raw.measures)
    kinds = [sa.column(name, _RESULTS.c[name].type) for name in names]
    rows = sa.func.unnest(*listed).table_valued(*kinds, with_ordinality="no", name=asked.frame.name())
    rows = rows.render_derived()
    columns = [raw.library.label("library"), *(rows.c[name] for name in (*names, "no"))]
    query: sa.Select[Any] = sa.select(*columns)
    return correlated(query.select_from(rows), rows).lateral(asked.frame.name())


@strawberry.type(description="条件判断结果")
class ConditionResult(Row, table=_RESULTS, scope=LIBRARY_RESULTS, order=("no",), key=("condition",)):
    """What one condition found: the value measured, the one asked for, and how much is missing (or too much)."""

    key: strawberry.ID = field("条件代码", expr=lambda r: r.raw.condition)
    condition: LibraryCondition = one("入库条件说明", keys={"library": "library", "key": "condition"})
    enabled: bool = field("是否采用")
    state: TriState = field("判断结果")
    measure: str = field("比较指标")
    actual: Decimal | None = field("实际值")
    threshold: Decimal | None = field("要求值")
    gap: Decimal | None = field("差距")


def _named(row: Any, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return contains(row.c.search_text, text)


@strawberry.type(description="科企库企业")
class LibraryEntry(
    Row, table=SHAPE, scope=LIBRARY_ENTRIES, order=("unit_code", "name", "uscc"), key=("uscc",), search=_named
):
    """An enterprise in a library, or just not: ``isMember`` says which."""

    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    name: str = field("企业名称")
    library: LibraryKey = field("科企库")
    year: int = field("年份")
    unit: Unit = one("主管单位", keys={"code": "unit_code"})
    district: Unit | None = one("区县", keys={"code": "district_code"})
    established_on: dt.date = field("成立日期")
    industry_category: IndustryCategory | None = field("产业类别")
    hi_tech_field: HiTechField | None = field("高新技术领域")
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    report: Annotated[AnnualReport, strawberry.lazy("schema.annual_report")] | None = one(
        "年报", keys={"uscc": "uscc", "year": "report_year"}, header=""
    )
    is_member: bool = field("是否在库")
    first_qualified_year: int | None = field("首次符合条件年份", expr=lambda r: r.raw.first_year)
    is_first_time: bool = field(
        "首次符合条件", expr=lambda r: sa.func.coalesce(r.raw.first_year == r.raw.year, sa.false())
    )
    category: GrowthCategory | None = field("高成长企业类别")
    record_no: str | None = field("备案或证书编号")
    record_from: dt.date | None = field("备案或发证日期")
    record_until: dt.date | None = field("有效期至")
    record_status: RegisterStatus | None = field("记录状态")
    missing: int = field("未满足条件数", visible=rules.LIBRARY_RESULTS)
    failed: list[str] = field("未满足的条件", visible=rules.LIBRARY_RESULTS)
    results: list[ConditionResult] = many(
        "条件判断结果", keys={}, order=("no",), source=_results, visible=rules.LIBRARY_RESULTS
    )


def _default_year(row: View) -> sa.ColumnElement[Any]:
    """The year that members are of where none is named; a register has none."""
    return default_year_of(row.frame, row.path, row.raw.year_rule)


@strawberry.type(description="科企库")
class Library(Row, table=_LIBRARIES, scope=LIBRARY_SCOPE, order=("no",), key=("key",)):
    """A library: what it is by, what its page offers, and who is in it."""

    key: LibraryKey = field("科企库代码")
    name: str = field("科企库名称")
    group: LibraryGroup = field("科企库分组")
    basis: str = field("入库规则依据")
    confidence: Confidence = field("依据可信度")
    filters: list[str] = field("页面提供的筛选条件")
    exports: bool = field("是否提供导出（页面有导出按钮；没有的库拒绝导出为文件）")
    settable: bool = field("是否可设置条件参数")
    default_year: int | None = field("默认年份", expr=_default_year)
    conditions: list[LibraryCondition] = many("入库条件说明", keys={"library": "key"}, order=("no",))
    members: Connection[LibraryEntry] = connection(
        "科企库企业",
        source=members,
        arguments={
            "year": int | None,
            "conditions": list[ConditionInput] | None,
            "as_of": dt.date | None,
            "include_expired": bool | None,
        },
    )
