"""What the libraries rest on: saved parameters, and the inputs of their rules by enterprise and year.

``library_fact`` holds what the rules read of an approved report and the years before it, as last folded; nobody writes
it but ``db.rollups``. Readers ask the function ``library_input`` of revision 0008, which counts what is not folded
yet. No foreign keys, as with every fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from db.enums import LibraryKey
from db.tables.base import Name, choice, flag, metadata, moment, text, uscc_key, year_key

CITY = "CITY"
"""The holder of what the bureau saved for the whole city; any other holder is a unit's code."""

library_setting = sa.Table(
    "library_setting",
    metadata,
    sa.Column("holder", Name, primary_key=True, comment="保存单位：单位代码，CITY 为全市"),
    choice("library", "科企库", LibraryKey, key=True),
    sa.Column("condition", Name, primary_key=True, comment="条件代码"),
    sa.Column("parameter", Name, primary_key=True, comment="参数名；空文本为该条件是否采用"),
    sa.Column("number", sa.Numeric, comment="参数值；是否类为 1 或 0"),
    sa.Column("words", sa.ARRAY(Name), comment="参数值，选项类"),
    text("saved_by", "保存人账号", 200, nullable=False),
    moment("saved_at", "保存时间", nullable=False, now=True),
    sa.CheckConstraint("(number IS NULL) <> (words IS NULL)", "number_or_words"),
    comment="科企库条件参数（按单位保存）",
)

_SUM = sa.Numeric()
"""Sums and amounts of 千元 and of million US dollars: without a bound of their own."""


def _number(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, comment=comment)


def _amount(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, _SUM, comment=comment)


DECLARED: Mapping[LibraryKey, str] = {
    LibraryKey.HNTE_RESERVE: "ip_total >= 1 AND coalesce(class_i, 0) >= 0 AND coalesce(class_ii, 0) >= 0"
    " AND sci_tech_staff >= 0.10 * nullif(staff_total, 0)"
    " AND rd_expense_sum >= CASE WHEN sales_revenue <= 50000 THEN 0.05 WHEN sales_revenue <= 200000 THEN 0.04"
    " WHEN sales_revenue > 200000 THEN 0.03 END * nullif(sales_revenue_sum, 0)"
    " AND (rd_domestic_sum IS NULL OR rd_domestic_sum >= 0.60 * nullif(rd_expense_sum, 0))"
    " AND high_tech_revenue >= 0.60 * nullif(total_income, 0) AND pre_score > 70"
    " AND NOT accident_or_violation AND NOT is_hnte_at_end",
    LibraryKey.LEADING_CULTIVATION: "operating_revenue >= 400000 AND rd_expense >= 0.05 * nullif(operating_revenue, 0)"
    " AND invention_patents >= 15 AND platform_rank >= 3"
    " AND rd_staff >= 0.10 * nullif(staff_total, 0) AND is_hnte_at_end",
    LibraryKey.NATIONAL_SME_RESERVE: "staff_total <= 500 AND sales_revenue <= 200000 AND total_assets <= 200000"
    " AND (sme_score >= 60 AND sme_staff_score > 0 OR has_national_award OR platform_rank >= 3"
    " OR led_standard OR is_hnte_at_end)"
    " AND NOT restricted_industry AND NOT misconduct AND NOT in_bad_lists AND NOT is_tech_sme_at_end",
}
"""What the declared conditions of a library ask of the facts of a year that is over.

Each is a partial index, so that a list under declared conditions reads its members and hardly anybody else. PostgreSQL
uses it where it can prove that the rule asks at least this (a test holds that it does): it saves time and decides
nothing. A declaration that changes brings a new index in a revision of its own.
"""


def _members(library: LibraryKey, declared: str) -> sa.Index:
    return sa.Index(
        f"ix_library_fact_{library.value.lower()}",
        "year",
        "uscc",
        postgresql_include=["hi_tech_field"],
        postgresql_where=sa.text(declared),
    )


library_fact = sa.Table(
    "library_fact",
    metadata,
    uscc_key(),
    year_key("年报年份"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    sa.Column("hi_tech_field", Name, comment="高新技术领域"),
    _number("class_i", "Ⅰ类知识产权数(件)"),
    _number("class_ii", "Ⅱ类知识产权数(件)"),
    _number("ip_total", "知识产权数(件)"),
    _number("main_patents", "与主营业务相关的有效发明专利数(件)"),
    _number("invention_patents", "有效发明专利数(件)"),
    _number("staff_total", "职工总数(人)"),
    _number("sci_tech_staff", "科技人员(人)"),
    _number("rd_staff", "研发人员(人)"),
    _amount("operating_revenue", "营业收入(千元)"),
    _amount("operating_revenue_1", "上一年营业收入(千元)"),
    _amount("operating_revenue_2", "前两年营业收入(千元)"),
    _amount("operating_revenue_3", "前三年营业收入(千元)"),
    _amount("operating_revenue_sum", "近三年营业收入(千元)"),
    _amount("sales_revenue", "销售收入(千元)"),
    _amount("sales_revenue_sum", "近三年销售收入(千元)"),
    _amount("rd_expense", "研发费用(千元)"),
    _amount("rd_expense_1", "上一年研发费用(千元)"),
    _amount("rd_expense_2", "前两年研发费用(千元)"),
    _amount("rd_expense_sum", "近三年研发费用(千元)"),
    _amount("rd_domestic_sum", "近三年境内研发费用(千元)"),
    _amount("total_income", "总收入(千元)"),
    _amount("high_tech_revenue", "高新技术产品(服务)收入(千元)"),
    _amount("total_assets", "年末资产总额(千元)"),
    _amount("valuation_usd", "最近一轮估值(百万美元)"),
    _amount("financing_usd", "累计融资(百万美元)"),
    _number("pre_score", "创新能力预评分(分)"),
    _number("sme_score", "科技型中小企业评价分(分)"),
    _number("sme_staff_score", "科技人员指标得分(分)"),
    _number("platform_rank", "研发平台最高级别(国家级5至自建1，无0)"),
    flag("has_national_award", "近五年国家级科技奖励排名前三"),
    flag("led_standard", "近五年主导国际、国家或行业标准"),
    _number("star_flag_count", "科创属性例外条款数"),
    flag("is_listed", "已在科创板、主板、创业板或北交所上市"),
    flag("is_incubator_tenant", "是否在孵企业"),
    flag("accident_or_violation", "当年重大安全质量事故或严重环境违法"),
    flag("misconduct", "当年或上年事故、环境违法或科研失信"),
    flag("in_bad_lists", "经营异常或严重违法失信名单"),
    flag("restricted_industry", "禁止、限制、淘汰类"),
    flag("is_hnte_at_end", "年末高企证书有效"),
    flag("is_tech_sme_at_end", "年末科技型中小企业登记有效"),
    *(_members(library, declared) for library, declared in DECLARED.items()),
    comment="科企库条件依据：每家企业每年审核通过的年报及以前年度",
)
