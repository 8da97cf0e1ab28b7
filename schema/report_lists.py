"""Rows of an annual report's lists (domain §2.4, tabs 3, 4, 6, 7, 9), in the order they were filed.

A row is reached through its report only: the report's scope says whose, and the relation's rule says
whether the list may be seen, so the rows carry no rule of their own.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import strawberry

from authz.scopes import REPORT_PARTS
from db.tables import (
    report_award,
    report_listing,
    report_platform,
    report_product,
    report_project,
    report_standard,
)
from schema.declare import KYUAN, Row, field
from schema.enums import (
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


@strawberry.type(description="主导或参与制定的标准")
class ReportStandard(Row, table=report_standard, scope=REPORT_PARTS, order=("no",)):
    """Tab 4: a standard the enterprise led or joined."""

    no: int = field("序号", exported=False)
    standard_no: str = field("标准编号")
    name: str = field("标准名称")
    level: StandardLevel = field("标准级别")
    role: StandardRole = field("参与方式")
    rank: int | None = field("排名")
    published_on: dt.date | None = field("发布日期")
    in_force: bool | None = field("是否现行有效")


@strawberry.type(description="研发平台")
class ReportPlatform(Row, table=report_platform, scope=REPORT_PARTS, order=("no",)):
    """Tab 6: a research platform of the enterprise."""

    no: int = field("序号", exported=False)
    name: str = field("平台名称")
    kind: PlatformKind = field("平台类别")
    level: PlatformLevel = field("平台级别")
    approved_on: dt.date | None = field("批准日期")
    approver: str | None = field("批准部门")
    certificate_no: str | None = field("批准文号")


@strawberry.type(description="挂牌上市")
class ReportListing(Row, table=report_listing, scope=REPORT_PARTS, order=("no",)):
    """Tab 7: a listing or quotation, planned or done."""

    no: int = field("序号", exported=False)
    board: ListingBoard = field("上市板块")
    stock_code: str | None = field("证券代码")
    listed_on: dt.date | None = field("挂牌（上市）日期")
    status: ListingStatus = field("挂牌（上市）进度")


@strawberry.type(description="高新技术产品")
class ReportProduct(Row, table=report_product, scope=REPORT_PARTS, order=("no",)):
    """Tab 9: a high-tech product."""

    no: int = field("序号", exported=False)
    name: str = field("产品名称")
    hi_tech_field: HiTechField | None = field("高新技术领域")
    recognition_no: str | None = field("认定编号")
    recognized_on: dt.date | None = field("认定日期")
    sales_revenue: Decimal | None = field("产品销售收入", unit=KYUAN)
    is_major_new_product: bool = field("是否重大新产品")


@strawberry.type(description="科学技术奖励")
class ReportAward(Row, table=report_award, scope=REPORT_PARTS, order=("no",)):
    """Tab 3: a science and technology award."""

    no: int = field("序号", exported=False)
    level: GovernmentLevel = field("奖励级别")
    name: str = field("奖励名称")
    grade: AwardGrade | None = field("奖励等级")
    rank: int | None = field("单位排名")
    award_year: int | None = field("获奖年份")


@strawberry.type(description="科技计划项目")
class ReportProject(Row, table=report_project, scope=REPORT_PARTS, order=("no",)):
    """Tab 3: a project of a science and technology plan."""

    no: int = field("序号", exported=False)
    level: GovernmentLevel = field("项目级别")
    name: str = field("项目名称")
    funding: Decimal | None = field("财政经费", unit=KYUAN)
    project_year: int | None = field("立项年份")
