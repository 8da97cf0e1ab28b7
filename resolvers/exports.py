"""Registering an export: what was asked is kept, together with who asked; the file is made when it is taken."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

import orjson
import strawberry
from strawberry.scalars import JSON

from authz.errors import BadUserInput
from db.enums import AuditKind
from resolvers.commands import CommandContext
from schema.enums import ExportFormat, ExportStatus

CUSTOM_QUERY = """\
query ($fields: [String!], $filter: EnterpriseFilter, $year: Int) {
  customQuery(fields: $fields, filter: $filter, year: $year) { nodes { values } }
}
"""
MAX_TITLE = 100

INSERT = """\
INSERT INTO export (title, status, requester_subject, requester_role, document, variables, format, rows, redacted,
                    expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10))
RETURNING id
"""


@strawberry.input(description="导出申请：给出 query（任意查询），或给出自定义查询的字段与条件")
class ExportInput:
    """Either a whole query with its variables, or the custom query's fields, filter and year."""

    title: str | None = strawberry.field(default=strawberry.UNSET, description="标题，用作文件名")
    format: ExportFormat = strawberry.field(default=ExportFormat.XLSX, description="文件格式")
    query: str | None = strawberry.field(default=strawberry.UNSET, description="查询文本")
    variables: JSON | None = strawberry.field(default=strawberry.UNSET, description="查询变量")
    fields: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="自定义查询的字段，见 exportFields"
    )
    filter: Annotated["EnterpriseFilter", strawberry.lazy("schema.inputs")] | None = strawberry.field(  # noqa: F821, UP037 # pyright: ignore[reportUndefinedVariable] - made from the declarations
        default=strawberry.UNSET, description="自定义查询的筛选条件"
    )
    year: int | None = strawberry.field(default=strawberry.UNSET, description="自定义查询的年份")


async def export_workbook(context: CommandContext, *, input: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: A002
    """Register an export of the principal's; its query is planned now, so that a refusal comes before the download.

    Raises:
        Forbidden: the role may never have one of these fields.
        BadUserInput: both ways of asking at once, a title that is too long, or a query that cannot run.
    """
    title = (input.get("title") or "自定义查询").strip()
    if not 0 < len(title) <= MAX_TITLE or not title.isprintable():
        message = f"标题应为 1 至 {MAX_TITLE} 个字，不含换行等控制字符"
        raise BadUserInput("input.title", message, detail="title length or control characters")
    document, variables = _question(input)
    kind = cast("ExportFormat", input.get("format", ExportFormat.XLSX))
    preview = await context.preview(document, variables, kind.value.lower())
    principal = context.principal
    async with context.pool.acquire() as connection, connection.transaction():
        key = await connection.fetchval(
            INSERT,
            title,
            ExportStatus.REGISTERED.value,
            principal.subject,
            principal.role.value,
            document,
            orjson.dumps(variables),
            kind.value,
            preview.rows,
            list(preview.redacted),
            context.export_link_hours * 3600.0,
        )
        line = context.line(
            AuditKind.WRITE, fields=preview.fields, subjects=preview.subjects, told=preview.told, rows=preview.rows
        )
        await context.trail.within(connection, line)
    return {"id": str(key)}


def _question(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    asked = {name: plain(given[name]) for name in ("fields", "filter", "year") if given.get(name) is not None}
    if given.get("query") is None:
        return CUSTOM_QUERY, asked
    if asked:
        message = "query 与 fields、filter、year 只能选用一种"
        raise BadUserInput("input.query", message, detail="both a query and custom query arguments")
    variables: object = given.get("variables") or {}
    if not isinstance(variables, dict):
        raise BadUserInput("input.variables", "variables 应为 JSON 对象", detail="variables must be an object")
    return cast("str", given["query"]), cast("dict[str, Any]", variables)


def plain(value: Any) -> Any:
    """A coerced input as the JSON it came from."""
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in cast("Mapping[str, Any]", value).items() if member is not None}
    if isinstance(value, list):
        return [plain(element) for element in cast("list[Any]", value)]
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
