"""Annual reports: one wide row per enterprise and year, tab by tab (domain §2.4).

Every scalar field of the nine tabs is a column here; lists are child tables in ``report_lists``.
Null means not reported, zero means reported as none. Amounts are 千元 unless the comment says
otherwise. What the rules of §3 derive from one row is a generated column, so no writer can get it
wrong.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.enums import HiTechField, ReviewStatus, StarFlag
from db.tables.base import (
    Name,
    at_most,
    choice,
    count,
    day,
    derived,
    flag,
    kyuan,
    metadata,
    million_usd,
    moment,
    owned_by_enterprise,
    required_unless_draft,
    text,
    texts,
    uscc_key,
    wyuan,
)
from db.tables.enterprises import industry_code


def _basic() -> list[sa.Column[Any]]:
    """Tab 1 基本信息: the snapshot at filing, and six statements of conduct."""
    return [
        text("name", "企业名称", 200),
        sa.Column("district_code", Name, sa.ForeignKey("unit.code"), comment="区县"),
        sa.Column("zone_code", Name, sa.ForeignKey("unit.code"), comment="所属开发区"),
        day("established_on", "成立日期"),
        industry_code(),
        derived("industry_category", Name, "keqi_industry_category(industry_code)", "产业类别"),
        choice("hi_tech_field", "高新技术领域", HiTechField),
        text("registration_type", "登记注册类型", 50),
        wyuan("registered_capital", "注册资本"),
        text("legal_representative", "法定代表人", 60),
        flag("is_incubator_tenant", "是否在孵企业"),
        text("incubator_name", "所在孵化器", 120),
        text("reporter_name", "填报人", 60),
        text("reporter_mobile", "填报人手机", 20),
        flag("major_safety_quality_accident", "是否发生重大安全、质量事故"),
        flag("serious_environmental_violation", "是否有严重环境违法行为"),
        flag("serious_research_dishonesty", "是否有严重科研失信行为"),
        flag("in_abnormal_list", "是否列入经营异常名录"),
        flag("in_serious_illegal_list", "是否列入严重违法失信名单"),
        flag("restricted_industry", "是否属于禁止、限制、淘汰类产业"),
    ]


def _operation() -> list[sa.Column[Any]]:
    """Tab 2 经营概况."""
    return [
        kyuan("gross_output", "工业总产值"),
        kyuan("operating_revenue", "营业收入"),
        kyuan("main_business_revenue", "主营业务收入"),
        kyuan("other_business_revenue", "其他业务收入"),
        kyuan("total_income", "总收入"),
        kyuan("high_tech_product_revenue", "高新技术产品(服务)收入"),
        kyuan("technology_revenue", "技术性收入"),
        kyuan("total_cost_expense", "成本费用支出总额"),
        kyuan("total_profit", "利润总额", signed=True),
        kyuan("net_profit", "净利润", signed=True),
        kyuan("tax_paid", "实际上缴税费"),
        kyuan("tax_relief_total", "减免税总额"),
        kyuan("super_deduction_relief", "研发加计扣除减免"),
        kyuan("rd_expense", "研发费用"),
        kyuan("rd_expense_domestic", "境内研发费用"),
        kyuan("rd_expense_prev1", "上一年研发费用"),
        kyuan("rd_expense_prev2", "前两年研发费用"),
        kyuan("sales_revenue_prev1", "上一年销售收入"),
        kyuan("sales_revenue_prev2", "前两年销售收入"),
        kyuan("total_assets", "年末资产总额"),
        kyuan("total_assets_begin", "年初资产总额"),
        kyuan("net_assets", "年末净资产", signed=True),
        kyuan("net_assets_begin", "年初净资产", signed=True),
        kyuan("total_liabilities", "负债总额"),
        kyuan("export_value", "出口额"),
        kyuan("venture_capital", "获得风险投资"),
        million_usd("latest_valuation_usd", "最近一轮估值"),
        million_usd("total_financing_usd", "累计融资"),
    ]


def _achievements() -> list[sa.Column[Any]]:
    """Tab 3 科技成果; awards and projects are lists of their own."""
    return [
        count("patent_applications", "专利申请数(件)"),
        count("invention_applications", "发明专利申请数(件)"),
        count("pct_applications", "PCT 申请数(件)"),
        count("granted_this_year", "当年授权专利数(件)"),
        count("valid_invention_patents", "有效发明专利数(件)"),
        count("of_which_main_business", "与主营业务相关的有效发明专利数(件)"),
        count("valid_utility_models", "有效实用新型专利数(件)"),
        count("valid_designs", "有效外观设计专利数(件)"),
        count("software_copyrights", "软件著作权数(件)"),
        count("ic_layouts", "集成电路布图设计数(件)"),
        count("plant_varieties", "植物新品种数(件)"),
        count("other_class_i", "其他Ⅰ类知识产权数(件)"),
        count("trademarks", "有效注册商标数(件)"),
        flag("ip_self_developed", "知识产权是否自主研发"),
        count("achievement_conversions", "科技成果转化数(项)"),
        count("conversions_last3_years", "近三年科技成果转化数(项)"),
        count("tech_contract_count", "技术合同数(项)"),
        kyuan("tech_contract_amount", "技术合同成交额"),
        count("papers", "科技论文数(篇)"),
        texts("star_flags", "科创属性例外条款", StarFlag),
    ]


#: Tab 5 人员状况, all but the total: none may exceed it (domain §2.4).
_STAFF_PARTS = {
    "sci_tech_staff": "科技人员(人)",
    "rd_staff": "研发人员(人)",
    "doctors": "博士(人)",
    "masters": "硕士(人)",
    "bachelors": "本科(人)",
    "associate_degree": "大专(人)",
    "senior_titles": "高级职称(人)",
    "intermediate_titles": "中级职称(人)",
    "new_graduates_hired": "吸纳应届毕业生(人)",
    "foreign_experts": "外籍专家(人)",
    "high_level_talents": "高层次人才(人)",
}


def _personnel() -> list[sa.Column[Any]]:
    """Tab 5 人员状况."""
    return [count("staff_total", "职工总数(人)"), *(count(name, comment) for name, comment in _STAFF_PARTS.items())]


def _platforms_and_listing() -> list[sa.Column[Any]]:
    """The scalar fields of tab 6 研发平台 and tab 7 挂牌上市."""
    return [
        flag("has_rd_department", "是否设立研发机构"),
        flag("has_rd_management_system", "是否建立研发管理制度"),
        flag("has_rd_expense_ledger", "是否建立研发辅助账"),
        flag("has_industry_university_cooperation", "是否开展产学研合作"),
        kyuan("instruments_value", "科研仪器设备原值"),
        kyuan("equity_financing", "股权融资额"),
    ]


def _hnte_and_products() -> list[sa.Column[Any]]:
    """Tab 8 高企认定情况, and the count of tab 9 高新技术产品数."""
    return [
        flag("is_hnte", "是否高新技术企业"),
        text("certificate_no", "高企证书编号", 20),
        day("issued_on", "高企发证日期"),
        day("expires_on", "高企有效期至"),
        count("recognition_times", "高企认定次数(次)"),
        flag("plan_to_apply", "是否计划申报高企"),
        sa.Column("plan_year", sa.Integer, comment="计划申报年份"),
        flag("is_tech_sme", "是否科技型中小企业"),
        text("tech_sme_no", "科技型中小企业入库登记编号", 20),
        day("tech_sme_valid_until", "科技型中小企业有效期至"),
        sa.Column(
            "hi_tech_product_count",
            sa.Integer,
            sa.CheckConstraint("hi_tech_product_count >= 0", "hi_tech_product_count_not_negative"),
            nullable=False,
            server_default="0",
            comment="高新技术产品数(项)",
        ),
    ]


def _derived() -> list[sa.Column[Any]]:
    """What the rules of domain §2.4 and §3.7 read off one report."""
    size = "keqi_enterprise_size(industry_code, staff_total, operating_revenue, total_assets)"
    above_scale = "left(industry_code, 1) IN ('B', 'C', 'D') AND main_business_revenue >= 20000"
    class_i = ("valid_invention_patents", "ic_layouts", "plant_varieties", "other_class_i")
    class_ii = ("valid_utility_models", "valid_designs", "software_copyrights")
    return [
        derived("enterprise_size", Name, size, "企业规模"),
        derived("is_above_scale_industrial", sa.Boolean(), above_scale, "是否规上工业企业"),
        derived("class_i", sa.Integer(), _sum_of_reported(class_i), "Ⅰ类知识产权数(件)"),
        derived("class_ii", sa.Integer(), _sum_of_reported(class_ii), "Ⅱ类知识产权数(件)"),
    ]


def _sum_of_reported(columns: tuple[str, ...]) -> str:
    """The sum with unreported parts left out; null where none was reported."""
    terms = " + ".join(f"COALESCE({column}, 0)" for column in columns)
    return f"CASE WHEN COALESCE({', '.join(columns)}) IS NOT NULL THEN {terms} END"


#: Marked ``!`` in domain §2.4: a submitted report has them all.
_REQUIRED = (
    "submitted_at",
    "name",
    "major_safety_quality_accident",
    "serious_environmental_violation",
    "serious_research_dishonesty",
    "in_abnormal_list",
    "in_serious_illegal_list",
    "restricted_industry",
    "operating_revenue",
    "main_business_revenue",
    "rd_expense",
    "total_assets",
    "net_assets",
    "staff_total",
    "sci_tech_staff",
    "is_hnte",
    "is_tech_sme",
)

_DEGREES = " + ".join(f"COALESCE({name}, 0)" for name in ("doctors", "masters", "bachelors", "associate_degree"))

annual_report = sa.Table(
    "annual_report",
    metadata,
    uscc_key(),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False, comment="年份"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    choice("status", "审核状态", ReviewStatus, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1", comment="版本号"),
    moment("submitted_at", "提交时间"),
    *_basic(),
    *_operation(),
    *_achievements(),
    *_personnel(),
    *_platforms_and_listing(),
    *_hnte_and_products(),
    *_derived(),
    owned_by_enterprise(),
    sa.CheckConstraint("year BETWEEN 2000 AND 2100", "year_plausible"),
    sa.CheckConstraint("plan_year BETWEEN 2000 AND 2100", "plan_year_plausible"),
    sa.CheckConstraint("version >= 1", "version_positive"),
    at_most("main_business_revenue", "operating_revenue"),
    at_most("rd_expense_domestic", "rd_expense"),
    at_most("of_which_main_business", "valid_invention_patents"),
    sa.CheckConstraint(
        "high_tech_product_revenue <= COALESCE(total_income, operating_revenue)", "high_tech_product_revenue_at_most"
    ),
    *(at_most(name, "staff_total") for name in _STAFF_PARTS),
    sa.CheckConstraint(f"{_DEGREES} <= staff_total", "degrees_at_most"),
    sa.CheckConstraint("issued_on <= expires_on", "certificate_dates_ordered"),
    required_unless_draft(_REQUIRED),
    sa.Index(None, "unit_code", "year", "status", "uscc"),
    # The order of lists: newest year first within a unit.
    sa.Index("ix_annual_report_listed", "unit_code", sa.text("year DESC"), "uscc"),
    sa.Index(None, "year", "uscc"),
    # The queues of review, longest waiting first: few rows wait among all that were ever decided (domain §1.1 C13).
    sa.Index(
        "ix_annual_report_waiting",
        "unit_code",
        "submitted_at",
        "uscc",
        "year",
        "status",
        postgresql_where=sa.text("status IN ('PENDING_DISTRICT', 'PENDING_MUNICIPAL')"),
    ),
    comment="科技信息年报",
)
