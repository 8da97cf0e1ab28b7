"""The query's root fields. Each is a declaration; what it answers is the planner's matter."""

from __future__ import annotations

import strawberry

from schema.annual_report import AnnualReport
from schema.declare import connection, many, one
from schema.enterprise import Enterprise
from schema.enums import UnitKind
from schema.inputs import add_list_arguments
from schema.pages import Connection
from schema.units import Unit


@strawberry.type(description="查询")
class Query:
    """What may be asked."""

    units: list[Unit] = many("行政与管理单位", keys={}, order=("code",), arguments={"kind": list[UnitKind] | None})
    enterprise: Enterprise | None = one("企业", keys={}, arguments={"uscc": strawberry.ID})
    enterprises: Connection[Enterprise] = connection("企业信息查询列表")
    annual_report: AnnualReport | None = one("年报", keys={}, arguments={"uscc": strawberry.ID, "year": int})
    annual_reports: Connection[AnnualReport] = connection("年报数据查询")
