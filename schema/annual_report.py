"""Annual reports: what an enterprise files each year, in nine tabs (domain §2.4).

The report's row and its place among other types; its tabs stand in ``report_tabs``, the rows of its
lists in ``report_lists``.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz.rules import IP
from authz.scopes import ANNUAL_REPORTS
from db.tables import annual_report
from schema.declare import ENTRIES, KYUAN, Filtering, Row, field, many, one, part
from schema.enums import ReviewStatus, ReviewTarget
from schema.named import of_enterprise_named
from schema.report_lists import ReportListing, ReportPlatform, ReportProduct, ReportStandard
from schema.report_tabs import (
    ReportAchievements,
    ReportBasic,
    ReportHnte,
    ReportOperation,
    ReportPersonnel,
    ReportResearch,
)
from schema.review import ReviewRecord

if TYPE_CHECKING:
    from schema.enterprise import Enterprise

REPORT = {"uscc": "uscc", "year": "year"}


@strawberry.type(description="科技信息年报")
class AnnualReport(
    Row,
    table=annual_report,
    scope=ANNUAL_REPORTS,
    order=("unit_code", "-year", "uscc"),
    key=("uscc", "year"),
    search=of_enterprise_named,
):
    """One enterprise, one year. Tabs with a single group of values are parts of the same row."""

    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    year: int = field("年份", filtering=Filtering.ANY_OF)
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    status: ReviewStatus = field("审核状态")
    version: int = field("版本")
    submitted_at: dt.datetime | None = field("提交时间")
    basic: ReportBasic = part("基本信息")
    operation: ReportOperation = part("经营概况")
    achievements: ReportAchievements = part("科技成果")
    standards: list[ReportStandard] = many("主导或参与标准制定", keys=REPORT, order=("no",), visible=IP)
    personnel: ReportPersonnel = part("人员状况")
    platforms: list[ReportPlatform] = many("研发平台", keys=REPORT, order=("no",), visible=IP)
    research: ReportResearch = part("研发条件")
    listings: list[ReportListing] = many("挂牌上市", keys=REPORT, order=("no",), visible=IP)
    equity_financing: Decimal | None = field("股权融资额", unit=KYUAN, visible=IP)
    hnte: ReportHnte = part("高企认定情况")
    hi_tech_products: list[ReportProduct] = many("高新技术产品", keys=REPORT, order=("no",), visible=IP)
    hi_tech_product_count: int | None = field("高新技术产品数", unit=ENTRIES, visible=IP)
    opinions: list[ReviewRecord] = many(
        "审批意见",
        keys={"uscc": "uscc", "target_year": "year"},
        only={"target_type": ReviewTarget.ANNUAL_REPORT},
        # A district always decides before the municipal bureau does, so time puts them in their order (domain C16).
        order=("decided_at", "id"),
    )
