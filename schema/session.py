"""What the service says about itself and about who asks."""

from __future__ import annotations

import sqlalchemy as sa
import strawberry

from authz.scopes import EVERYONE, SIGNED_IN
from schema.declare import Row, field, many, one
from schema.enterprise import Enterprise
from schema.enums import Role
from schema.expressions import closed_month, month_text
from schema.page_settings import PageSettings
from schema.records import records
from schema.scalars import YearMonth
from schema.units import Unit


@strawberry.type(description="当前用户")
class Viewer(
    Row,
    table=records(
        "viewer",
        subject="text",
        name="text",
        role="text",
        role_label="text",
        units="texts",
        uscc="text",
        bank="text",
        department="text",
    ),
    scope=SIGNED_IN,
    key=("subject",),
):
    """Who asks, in which role, with which row scope."""

    subject: strawberry.ID = field("账号")
    name: str = field("姓名")
    role: Role = field("角色")
    role_label: str = field("角色名称")
    units: list[Unit] = many("所辖单位", keys={"code": "units"}, order=("code",))
    enterprise: Enterprise | None = one("本企业", keys={"uscc": "uscc"})
    bank: str | None = field("所属银行代码")
    department: str | None = field("责任部门代码")


@strawberry.type(description="服务设置")
class Settings(
    Row,
    table=records(
        "settings", default_report_year="int", default_page_size="int", max_page_size="int", export_link_hours="numeric"
    ),
    scope=EVERYONE,
    key=("default_report_year",),
):
    """Defaults that a page needs to know (domain §1.3: defaults must be discoverable)."""

    default_report_year: int = field("默认年报年份")
    default_month: YearMonth = field("默认统计月份", expr=lambda _row: month_text(closed_month()))
    default_page_size: int = field("默认每页条数")
    max_page_size: int = field("每页条数上限")
    export_link_hours: int = field("导出链接有效小时数", expr=lambda r: sa.cast(r.raw.export_link_hours, sa.Integer))
    pages: list[PageSettings] = many("页面设置", keys={}, order=("no",))
