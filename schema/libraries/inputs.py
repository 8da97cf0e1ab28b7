"""What the rules of the libraries read: the enterprise, and what its approved reports come to in a year.

``RuleInput`` is a row of the database's own ``library_input(uscc)``, where sums over years, fallbacks and two scores
are made (domain §3.2, §3.3). It is no type of the schema: nobody asks for it but the libraries, whose results show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import strawberry

from authz.predicates import constant
from authz.rules import FINANCIAL
from authz.scopes import LIBRARY_INPUTS
from db.enums import CertificateStatus, ReviewStatus
from db.tables import library_fact
from schema.basic_info import BasicInfo
from schema.declare import KYUAN, MILLION_USD, Row, field, one
from schema.register import HnteCertificate, TechSmeRegistration
from schema.visible import Frame, View, correlated

if TYPE_CHECKING:
    from schema.annual_report import AnnualReport
    from schema.enterprise import Enterprise

Opening = Callable[[type[Row]], tuple[View, list[sa.ColumnElement[bool]]]]
"""Opens rows of a kind with the conditions of their scope."""


@strawberry.type(description="入库条件的计算依据")
class RuleInput(Row, table=library_fact, scope=LIBRARY_INPUTS, visible=FINANCIAL, key=("uscc", "year")):
    """An approved report of a year with what earlier ones add; ``_1``, ``_2``, ``_3`` are one to three years before."""

    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one("企业", keys={"uscc": "uscc"})
    annual_report: Annotated[AnnualReport, strawberry.lazy("schema.annual_report")] = one(
        "年报", keys={"uscc": "uscc", "year": "year"}
    )
    year: int | None = field("年份")
    hi_tech_field: str | None = field("高新技术领域")
    class_i: int | None = field("Ⅰ类知识产权数")
    class_ii: int | None = field("Ⅱ类知识产权数")
    ip_total: int | None = field("知识产权数")
    main_patents: int | None = field("与主营业务相关的有效发明专利数")
    invention_patents: int | None = field("有效发明专利数")
    staff_total: int | None = field("职工总数")
    sci_tech_staff: int | None = field("科技人员")
    rd_staff: int | None = field("研发人员")
    operating_revenue: Decimal | None = field("营业收入", unit=KYUAN)
    operating_revenue_1: Decimal | None = field("上年营业收入", unit=KYUAN)
    operating_revenue_2: Decimal | None = field("前年营业收入", unit=KYUAN)
    operating_revenue_3: Decimal | None = field("三年前营业收入", unit=KYUAN)
    operating_revenue_sum: Decimal | None = field("近三年营业收入", unit=KYUAN)
    sales_revenue: Decimal | None = field("销售收入", unit=KYUAN)
    sales_revenue_sum: Decimal | None = field("近三年销售收入", unit=KYUAN)
    rd_expense: Decimal | None = field("研发费用", unit=KYUAN)
    rd_expense_1: Decimal | None = field("上年研发费用", unit=KYUAN)
    rd_expense_2: Decimal | None = field("前年研发费用", unit=KYUAN)
    rd_expense_sum: Decimal | None = field("近三年研发费用", unit=KYUAN)
    rd_domestic_sum: Decimal | None = field("近三年境内研发费用", unit=KYUAN)
    total_income: Decimal | None = field("总收入", unit=KYUAN)
    high_tech_revenue: Decimal | None = field("高新技术产品（服务）收入", unit=KYUAN)
    total_assets: Decimal | None = field("资产总额", unit=KYUAN)
    valuation_usd: Decimal | None = field("最近一轮估值", unit=MILLION_USD)
    financing_usd: Decimal | None = field("累计融资", unit=MILLION_USD)
    pre_score: int | None = field("创新能力预评分")
    sme_score: int | None = field("科技型中小企业评价分")
    sme_staff_score: int | None = field("科技人员指标得分")
    platform_rank: int | None = field("研发平台最高级别")
    has_national_award: bool | None = field("近五年国家级科技奖励排名前三")
    led_standard: bool | None = field("近五年主导国际、国家或行业标准")
    star_flag_count: int | None = field("科创属性标识数")
    is_listed: bool | None = field("已在科创板、主板、创业板或北交所上市")
    is_incubator_tenant: bool | None = field("是否在孵企业")
    accident_or_violation: bool | None = field("当年重大安全质量事故或严重环境违法")
    misconduct: bool | None = field("当年或上年事故、环境违法或科研失信")
    in_bad_lists: bool | None = field("经营异常或严重违法失信名单")
    restricted_industry: bool | None = field("禁止、限制、淘汰类")
    is_hnte_at_end: bool | None = field("年末高企证书有效")
    is_tech_sme_at_end: bool | None = field("年末科技型中小企业登记有效")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The values a rule reads, as SQL: of the enterprise, of its reports (``report``), and on the day that counts."""

    enterprise: View
    report: View
    day: sa.ColumnElement[Any]
    opening: Opening
    has_record: sa.ColumnElement[bool]
    """Whether there is a valid record, where the library is a register."""
    year_is_over: bool = False
    """Whether the query makes sure that the year's last day is past."""

    def __getattr__(self, name: str) -> Any:
        """A value of the reports."""
        return getattr(self.report, name)

    @property
    def age_days(self) -> sa.ColumnElement[int]:
        """Days since the establishment."""
        return sa.type_coerce(self.day - self.enterprise.established_on, sa.Integer)

    @property
    def age_months(self) -> sa.ColumnElement[int]:
        """Months since the establishment, a begun one counted: at most n exactly until n months after that day."""
        born = self.enterprise.established_on
        months = _part("year", self.day) * 12 + _part("month", self.day) - _part("year", born) * 12
        begun = sa.cast(_part("day", self.day) > _part("day", born), sa.Integer)
        return months - _part("month", born) + begun

    @property
    def field_of_technology(self) -> sa.ColumnElement[str]:
        """The high-tech field as reported, else as registered."""
        return sa.func.coalesce(self.hi_tech_field, self.enterprise.hi_tech_field, type_=sa.Text)

    @property
    def is_tenant(self) -> sa.ColumnElement[bool]:
        """In an incubator, as the report says or, without one, the latest approved basic information (domain I2)."""
        info, conditions = self.opening(BasicInfo)
        latest = sa.select(info.is_incubator_tenant).select_from(info.source)
        latest = latest.where(
            info.raw.uscc == self.enterprise.raw.uscc, info.raw.status == constant(ReviewStatus.APPROVED), *conditions
        )
        latest = latest.order_by(info.raw.version.desc()).limit(sa.literal_column("1"))
        return sa.func.coalesce(self.is_incubator_tenant, correlated(latest, info.source).scalar_subquery())

    @property
    def is_hnte(self) -> sa.ColumnElement[bool]:
        """Whether a certificate is valid on the day."""
        view, conditions = self.opening(HnteCertificate)
        today = self._exists(view, [*conditions, *valid_certificate(view, self.day)])
        return self._on_the_day(self.is_hnte_at_end, today)

    @property
    def is_tech_sme(self) -> sa.ColumnElement[bool]:
        """Whether a registration as a tech SME is valid on the day."""
        view, conditions = self.opening(TechSmeRegistration)
        today = self._exists(view, [*conditions, view.registered_on <= self.day, view.valid_until >= self.day])
        return self._on_the_day(self.is_tech_sme_at_end, today)

    def _on_the_day(self, at_end: sa.ColumnElement[bool], today: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """As kept of a year that is over, else as it is today: a year that runs has no last day yet."""
        if self.year_is_over:
            return at_end
        return sa.case((self.day < sa.func.current_date(type_=sa.Date), at_end), else_=today)

    def _exists(self, view: View, conditions: list[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
        found = sa.select(sa.literal_column("1", sa.Integer)).select_from(view.source)
        found = found.where(view.raw.uscc == self.enterprise.raw.uscc, *conditions)
        return sa.exists(correlated(found, view.source))


def is_kept(frame: Frame, enterprise: View) -> sa.ColumnElement[bool]:
    """Whether nothing of the enterprise was touched since the last fold: what is stored of it holds."""
    who = sa.func.library_waiting().table_valued(sa.column("uscc", sa.Text), name=frame.name())
    return enterprise.raw.uscc.not_in(sa.select(who.c.uscc))


def inputs_waiting(frame: Frame, year: sa.ColumnElement[int]) -> sa.FromClause:
    """The inputs of a year of whoever was touched since the last fold: few, and asked for once."""
    columns = [sa.column(column.name, column.type) for column in library_fact.c]
    return sa.func.library_fact_waiting(year).table_valued(*columns, name=frame.name())


def inputs_of(frame: Frame, enterprise: View) -> sa.FromClause:
    """All years' inputs of the enterprise beside: exact in the statement's snapshot, folded or not."""
    columns = [sa.column(column.name, column.type) for column in library_fact.c]
    rows = sa.func.library_input(enterprise.raw.uscc).table_valued(*columns, name=frame.name())
    return rows.lateral(frame.name())


def newest_inputs_of(frame: Frame, enterprise: View, year: sa.ColumnElement[int]) -> sa.FromClause:
    """The inputs of the newest report of the enterprise beside, up to ``year``; no row where it has none."""
    rows = inputs_of(frame, enterprise)
    query = sa.select(*rows.c).select_from(rows).where(rows.c.year <= year)
    query = query.order_by(rows.c.year.desc()).limit(sa.literal_column("1"))
    return correlated(query, rows).lateral(frame.name())


def valid_certificate(view: View, day: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
    """A certificate valid on ``day``: issued, not expired, not revoked. EXPIRED is what its state became since."""
    lasted = sa.and_(view.status == constant(CertificateStatus.EXPIRED), day < sa.func.current_date())
    return [
        view.issued_on <= day,
        view.expires_on >= day,
        sa.or_(view.status == constant(CertificateStatus.VALID), lasted),
    ]


def _part(name: str, day: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.extract(name, day), sa.Integer)
