"""The query's root fields. Each is a declaration; what it answers is the planner's matter."""

from __future__ import annotations

import strawberry

from authz.scopes import ANNUAL_REPORT_QUEUE, BASIC_INFO_QUEUE
from resolvers.neighbors import neighbors
from schema.annual_report import AnnualReport
from schema.audit import AuditEntry
from schema.basic_info import BasicInfo
from schema.custom_query import CustomQueryRow, ExportField
from schema.declare import connection, many, one
from schema.enterprise import Enterprise
from schema.enums import LibraryKey, UnitKind
from schema.exports import Export
from schema.library import Library
from schema.neighbors import LIST_CONTEXT, Neighbors
from schema.pages import Connection
from schema.rating import CreditRating
from schema.session import Settings, Viewer
from schema.statistics import Statistics, nothing_else
from schema.units import Unit
from schema.voucher import VoucherApplication


@strawberry.type(description="查询")
class Query:
    """What may be asked."""

    viewer: Viewer | None = one("当前用户", keys={})
    settings: Settings = one("服务设置", keys={})
    units: list[Unit] = many("行政与管理单位", keys={}, order=("code",), arguments={"kind": list[UnitKind] | None})
    enterprise: Enterprise | None = one("企业", keys={}, arguments={"uscc": strawberry.ID})
    enterprises: Connection[Enterprise] = connection("企业信息查询列表")
    basic_info_review_queue: Connection[BasicInfo] = connection(
        "基本信息审核", scope=BASIC_INFO_QUEUE, order=("unit_code", "submitted_at", "uscc", "version")
    )
    annual_report: AnnualReport | None = one("年报", keys={}, arguments={"uscc": strawberry.ID, "year": int})
    annual_reports: Connection[AnnualReport] = connection("年报数据查询")
    annual_report_review_queue: Connection[AnnualReport] = connection(
        "年报数据审核", scope=ANNUAL_REPORT_QUEUE, order=("unit_code", "submitted_at", "uscc", "year")
    )
    credit_ratings: Connection[CreditRating] = connection("知识价值信用评级列表")
    vouchers: Connection[VoucherApplication] = connection("科技创新券情况统计表")
    neighbors: Neighbors | None = one(
        "上一条与下一条",
        keys={},
        arguments={"of": strawberry.ID, "in": LIST_CONTEXT},
        source=neighbors,
    )
    statistics: Statistics = one("科企信息统计表", keys={}, source=nothing_else)
    libraries: list[Library] = many("科企库", keys={}, order=("no",))
    library: Library | None = one("科企库", keys={}, arguments={"key": LibraryKey})
    export_fields: list[ExportField] = many("自定义查询可选的字段", keys={}, order=("no",))
    custom_query: Connection[CustomQueryRow] = connection(
        "自定义查询", arguments={"year": int | None, "fields": list[str] | None}, of=lambda: Enterprise
    )
    export: Export | None = one("导出记录", keys={}, arguments={"id": strawberry.ID})
    exports: Connection[Export] = connection("导出记录列表")
    audit_log: Connection[AuditEntry] = connection("审计日志")
