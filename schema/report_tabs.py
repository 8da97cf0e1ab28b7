"""The tabs of an annual report that are one group of values each (domain §2.4, tabs 1, 2, 3, 5, 6, 8).

Every tab is a part of the report's own row: no join, no table of its own. Whose eyes a tab is for
is said once, at its class (domain §4.2).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
import strawberry

from authz import masks
from authz.rules import BASIC, FINANCIAL, IP, PERSONAL
from authz.scopes import ANNUAL_REPORTS
from db.tables import annual_report
from schema.declare import (
    ENTRIES,
    ITEMS,
    KYUAN,
    MILLION_USD,
    PAPERS,
    PERSONS,
    TIMES,
    WYUAN,
    Format,
    Row,
    field,
    many,
    one,
)
from schema.enums import EnterpriseSize, HiTechField, IndustryCategory, StarFlag
from schema.expressions import ratio
from schema.report_lists import ReportAward, ReportProject
from schema.units import Unit

REPORT = {"uscc": "uscc", "year": "year"}


@strawberry.type(description="基本信息")
class ReportBasic(Row, table=annual_report, scope=ANNUAL_REPORTS, visible=IP):
    """Tab 1: the enterprise as it was when it filed."""

    name: str | None = field("企业名称")
    district: Unit | None = one("区县", keys={"code": "district_code"}, visible=IP)
    zone: Unit | None = one("两江新区/高新区、经开区", keys={"code": "zone_code"}, visible=IP)
    established_on: dt.date | None = field("成立日期")
    industry_code: str | None = field("国民经济行业代码")
    industry_category: IndustryCategory | None = field("产业类别")
    hi_tech_field: HiTechField | None = field("高新技术领域")
    enterprise_size: EnterpriseSize | None = field("企业规模")
    is_above_scale_industrial: bool | None = field("规上工业企业")
    registration_type: str | None = field("登记注册类型")
    registered_capital: Decimal | None = field("注册资本", unit=WYUAN)
    legal_representative: str | None = field("法定代表人")
    is_incubator_tenant: bool | None = field("是否在孵企业")
    incubator_name: str | None = field("所在孵化器")
    reporter_name: str | None = field("填报人", visible=PERSONAL, mask=masks.person)
    reporter_mobile: str | None = field("填报人手机", visible=PERSONAL, mask=masks.mobile)
    major_safety_quality_accident: bool | None = field("发生重大安全、重大质量事故")
    serious_environmental_violation: bool | None = field("存在严重环境违法行为")
    serious_research_dishonesty: bool | None = field("存在严重科研失信行为")
    in_abnormal_list: bool | None = field("列入经营异常名录")
    in_serious_illegal_list: bool | None = field("列入严重违法失信名单")
    restricted_industry: bool | None = field("属于禁止、限制、淘汰类")


@strawberry.type(description="经营概况")
class ReportOperation(Row, table=annual_report, scope=ANNUAL_REPORTS, visible=FINANCIAL):
    """Tab 2; money in 千元. Profits and net assets may be negative."""

    gross_output: Decimal | None = field("工业总产值", unit=KYUAN)
    operating_revenue: Decimal | None = field("营业收入", unit=KYUAN)
    main_business_revenue: Decimal | None = field("主营业务收入", unit=KYUAN)
    other_business_revenue: Decimal | None = field("其他业务收入", unit=KYUAN)
    sales_revenue: Decimal | None = field(
        "销售收入",
        unit=KYUAN,
        expr=lambda r: r.main_business_revenue + sa.func.coalesce(r.other_business_revenue, 0),
    )
    total_income: Decimal | None = field("总收入", unit=KYUAN)
    high_tech_product_revenue: Decimal | None = field("高新技术产品（服务）收入", unit=KYUAN)
    high_tech_product_share: Decimal | None = field(
        "高新技术产品（服务）收入占比",
        format=Format.PERCENT,
        # Total income falls back to operating revenue where it was not reported (domain §2.4).
        expr=lambda r: ratio(r.high_tech_product_revenue, sa.func.coalesce(r.total_income, r.operating_revenue)),
    )
    technology_revenue: Decimal | None = field("技术性收入", unit=KYUAN)
    total_cost_expense: Decimal | None = field("成本费用支出总额", unit=KYUAN)
    total_profit: Decimal | None = field("利润总额", unit=KYUAN)
    net_profit: Decimal | None = field("净利润", unit=KYUAN)
    tax_paid: Decimal | None = field("实际上缴税费", unit=KYUAN)
    tax_relief_total: Decimal | None = field("减免税总额", unit=KYUAN)
    super_deduction_relief: Decimal | None = field("研发加计扣除减免", unit=KYUAN)
    rd_expense: Decimal | None = field("研发费用", unit=KYUAN)
    rd_intensity: Decimal | None = field(
        "研发投入强度", format=Format.PERCENT, expr=lambda r: ratio(r.rd_expense, r.operating_revenue)
    )
    rd_expense_domestic: Decimal | None = field("境内研发费用", unit=KYUAN)
    rd_expense_prev1: Decimal | None = field("上年研发费用", unit=KYUAN)
    rd_expense_prev2: Decimal | None = field("前年研发费用", unit=KYUAN)
    sales_revenue_prev1: Decimal | None = field("上年销售收入", unit=KYUAN)
    sales_revenue_prev2: Decimal | None = field("前年销售收入", unit=KYUAN)
    total_assets: Decimal | None = field("资产总额", unit=KYUAN)
    total_assets_begin: Decimal | None = field("年初资产总额", unit=KYUAN)
    net_assets: Decimal | None = field("净资产", unit=KYUAN)
    net_assets_begin: Decimal | None = field("年初净资产", unit=KYUAN)
    total_liabilities: Decimal | None = field("负债总额", unit=KYUAN)
    export_value: Decimal | None = field("出口额", unit=KYUAN)
    venture_capital: Decimal | None = field("获得风险投资", unit=KYUAN)
    latest_valuation_usd: Decimal | None = field("最近一轮估值", unit=MILLION_USD)
    total_financing_usd: Decimal | None = field("累计融资", unit=MILLION_USD)


@strawberry.type(description="科技成果")
class ReportAchievements(Row, table=annual_report, scope=ANNUAL_REPORTS, visible=IP):
    """Tab 3: intellectual property, conversions, awards and projects. Null means not reported."""

    patent_applications: int | None = field("专利申请数", unit=ITEMS)
    invention_applications: int | None = field("发明专利申请数", unit=ITEMS)
    pct_applications: int | None = field("PCT专利申请数", unit=ITEMS)
    granted_this_year: int | None = field("当年专利授权数", unit=ITEMS)
    valid_invention_patents: int | None = field("有效发明专利数", unit=ITEMS)
    of_which_main_business: int | None = field("与主营业务相关的有效发明专利数", unit=ITEMS)
    valid_utility_models: int | None = field("有效实用新型数", unit=ITEMS)
    valid_designs: int | None = field("有效外观设计数", unit=ITEMS)
    software_copyrights: int | None = field("软件著作权数", unit=ITEMS)
    ic_layouts: int | None = field("集成电路布图设计数", unit=ITEMS)
    plant_varieties: int | None = field("植物新品种数", unit=ITEMS)
    other_class_i: int | None = field("其他Ⅰ类知识产权数", unit=ITEMS)
    trademarks: int | None = field("注册商标数", unit=ITEMS)
    class_i: int | None = field("Ⅰ类知识产权数", unit=ITEMS)
    class_ii: int | None = field("Ⅱ类知识产权数", unit=ITEMS, name="classII")
    ip_self_developed: bool | None = field("是否自主研发获得知识产权")
    achievement_conversions: int | None = field("科技成果转化数", unit=ENTRIES)
    conversions_last3_years: int | None = field("近三年科技成果转化数", unit=ENTRIES)
    science_awards: list[ReportAward] = many("科学技术奖励", keys=REPORT, order=("no",), visible=IP)
    sci_tech_projects: list[ReportProject] = many("科技计划项目", keys=REPORT, order=("no",), visible=IP)
    tech_contract_count: int | None = field("技术合同数", unit=ENTRIES)
    tech_contract_amount: Decimal | None = field("技术合同成交额", unit=KYUAN)
    papers: int | None = field("论文数", unit=PAPERS)
    star_flags: list[StarFlag] | None = field("科创属性标识")


@strawberry.type(description="人员状况")
class ReportPersonnel(Row, table=annual_report, scope=ANNUAL_REPORTS, visible=BASIC):
    """Tab 5: head counts."""

    staff_total: int | None = field("职工总数", unit=PERSONS)
    sci_tech_staff: int | None = field("科技人员", unit=PERSONS)
    sci_tech_share: Decimal | None = field(
        "科技人员占比", format=Format.PERCENT, expr=lambda r: ratio(r.sci_tech_staff, r.staff_total)
    )
    rd_staff: int | None = field("研发人员", unit=PERSONS)
    rd_share: Decimal | None = field(
        "研发人员占比", format=Format.PERCENT, expr=lambda r: ratio(r.rd_staff, r.staff_total)
    )
    doctors: int | None = field("博士", unit=PERSONS)
    masters: int | None = field("硕士", unit=PERSONS)
    bachelors: int | None = field("本科", unit=PERSONS)
    associate_degree: int | None = field("大专", unit=PERSONS)
    senior_titles: int | None = field("高级职称", unit=PERSONS)
    intermediate_titles: int | None = field("中级职称", unit=PERSONS)
    new_graduates_hired: int | None = field("吸纳应届毕业生", unit=PERSONS)
    foreign_experts: int | None = field("外籍专家", unit=PERSONS)
    high_level_talents: int | None = field("高层次人才", unit=PERSONS)


@strawberry.type(description="研发条件")
class ReportResearch(Row, table=annual_report, scope=ANNUAL_REPORTS, visible=IP):
    """What tab 6 says besides its list of platforms."""

    has_rd_department: bool | None = field("设有研发机构")
    has_rd_management_system: bool | None = field("建立研发管理制度")
    has_rd_expense_ledger: bool | None = field("建立研发辅助账")
    has_industry_university_cooperation: bool | None = field("开展产学研合作")
    instruments_value: Decimal | None = field("科研仪器设备原值", unit=KYUAN)


@strawberry.type(description="高企认定情况")
class ReportHnte(Row, table=annual_report, scope=ANNUAL_REPORTS, visible=IP):
    """Tab 8: recognition as a high-tech enterprise and as a technology-based SME."""

    is_hnte: bool | None = field("是否高新技术企业")
    certificate_no: str | None = field("高企证书编号")
    issued_on: dt.date | None = field("发证日期")
    expires_on: dt.date | None = field("有效期至")
    recognition_times: int | None = field("认定次数", unit=TIMES)
    plan_to_apply: bool | None = field("是否计划申报高企")
    plan_year: int | None = field("计划申报年份")
    is_tech_sme: bool | None = field("是否科技型中小企业")
    tech_sme_no: str | None = field("科技型中小企业入库登记编号")
    tech_sme_valid_until: dt.date | None = field("科技型中小企业有效期至")
