"""The lists of an annual report, one child table each (domain §2.4).

Standards, platforms, listings, products, awards and projects. ``no`` is the row's number within its
report, from 1. The year an award was won or a project began has a name of its own, since ``year`` is
the report's.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from db.enums import (
    AwardGrade,
    GovernmentLevel,
    HiTechField,
    ListingBoard,
    ListingStatus,
    PlatformKind,
    PlatformLevel,
    StandardLevel,
    StandardRole,
)
from db.tables.base import choice, count, day, flag, kyuan, metadata, text, uscc_key


def _list_of_report(name: str, comment: str, *columns: SchemaItem) -> sa.Table:
    """A child table keyed by its report and a row number; it comes and goes with its report."""
    return sa.Table(
        name,
        metadata,
        uscc_key(),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False, comment="年报年份"),
        sa.Column("no", sa.Integer, primary_key=True, autoincrement=False, comment="序号"),
        *columns,
        sa.ForeignKeyConstraint(
            ["uscc", "year"], ["annual_report.uscc", "annual_report.year"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        sa.CheckConstraint("no >= 1", "no_positive"),
        comment=comment,
    )


report_standard = _list_of_report(
    "report_standard",
    "主导或参与制定的标准",
    text("standard_no", "标准编号", 60, nullable=False),
    text("name", "标准名称", 200, nullable=False),
    choice("level", "标准级别", StandardLevel, nullable=False),
    choice("role", "参与方式", StandardRole, nullable=False),
    count("rank", "排名"),
    day("published_on", "发布日期"),
    flag("in_force", "是否现行有效"),
)

report_platform = _list_of_report(
    "report_platform",
    "研发平台",
    text("name", "平台名称", 200, nullable=False),
    choice("kind", "平台类型", PlatformKind, nullable=False),
    choice("level", "平台级别", PlatformLevel, nullable=False),
    day("approved_on", "批准日期"),
    text("approver", "批准部门", 200),
    text("certificate_no", "批文或证书编号", 60),
)

report_listing = _list_of_report(
    "report_listing",
    "挂牌上市",
    choice("board", "上市板块", ListingBoard, nullable=False),
    text("stock_code", "股票代码", 12),
    day("listed_on", "上市(挂牌)日期"),
    choice("status", "挂牌上市状态", ListingStatus, nullable=False),
)

report_product = _list_of_report(
    "report_product",
    "高新技术产品",
    text("name", "产品名称", 200, nullable=False),
    choice("hi_tech_field", "高新技术领域", HiTechField),
    text("recognition_no", "认定编号", 60),
    day("recognized_on", "认定日期"),
    kyuan("sales_revenue", "销售收入"),
    flag("is_major_new_product", "是否重大新产品", default=False),
)

report_award = _list_of_report(
    "report_award",
    "科技奖励",
    choice("level", "奖励级别", GovernmentLevel, nullable=False),
    text("name", "奖励名称", 200, nullable=False),
    choice("grade", "奖励等级", AwardGrade),
    count("rank", "排名"),
    sa.Column("award_year", sa.Integer, comment="获奖年份"),
)

report_project = _list_of_report(
    "report_project",
    "科技计划项目",
    choice("level", "项目级别", GovernmentLevel, nullable=False),
    text("name", "项目名称", 200, nullable=False),
    kyuan("funding", "资助金额"),
    sa.Column("project_year", sa.Integer, comment="立项年份"),
)
