"""Statistics: the tables of domain §2.6 to §2.8, each a page of tabs, and the question anybody may put together.

Only the root stands here; a page is a module of its own.
"""

from __future__ import annotations

import sqlalchemy as sa
import strawberry

from authz.scopes import AGGREGATES
from schema.aggregate import AggregateTable, aggregate
from schema.cultivation import CultivationProgressTable, monthly
from schema.declare import Row
from schema.enrolment import EnrolmentTables
from schema.overview import CityOverview
from schema.report_statistics import AnnualReportTables
from schema.tabs import page, page_of_today
from schema.visible import Asked
from schema.voucher_statistics import VoucherTables


def nothing_else(asked: Asked) -> sa.FromClause:
    """One row without a value: what the pages hang on."""
    return sa.select(sa.true().label("is_there")).subquery(asked.frame.name())


@strawberry.type(description="科企信息统计表")
class Statistics(
    Row, table=sa.table("statistics", sa.column("is_there", sa.Boolean)), scope=AGGREGATES, key=("is_there",)
):
    """Who may ask which page, the pages say."""

    vouchers: VoucherTables = page("科技创新券申领统计表")
    cultivation_progress: CultivationProgressTable = monthly("培育进度统计表")
    enrolment: EnrolmentTables = page("区县入库企业情况统计表")
    annual_reports: AnnualReportTables = page("区县科技型企业年报统计表")
    overview: CityOverview = page_of_today("全市概况图")
    aggregate: AggregateTable = aggregate()
