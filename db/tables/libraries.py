"""What the libraries rest on: saved parameters, and the inputs of their rules by enterprise and year.

``library_input`` is made by the database itself out of approved reports (revision 0008); nobody writes it.
"""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import LibraryKey
from db.tables.base import Kyuan, MillionUsd, Name, choice, metadata, moment, text

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

_COUNT = sa.Integer()

library_input = sa.table(
    "library_input",
    sa.column("uscc", Name),
    sa.column("year", sa.Integer),
    sa.column("unit_code", Name),
    sa.column("hi_tech_field", Name),
    sa.column("class_i", _COUNT),
    sa.column("class_ii", _COUNT),
    sa.column("ip_total", _COUNT),
    sa.column("main_patents", _COUNT),
    sa.column("invention_patents", _COUNT),
    sa.column("staff_total", _COUNT),
    sa.column("sci_tech_staff", _COUNT),
    sa.column("rd_staff", _COUNT),
    sa.column("operating_revenue", Kyuan),
    sa.column("operating_revenue_1", Kyuan),
    sa.column("operating_revenue_2", Kyuan),
    sa.column("operating_revenue_3", Kyuan),
    sa.column("operating_revenue_sum", Kyuan),
    sa.column("sales_revenue", Kyuan),
    sa.column("sales_revenue_sum", Kyuan),
    sa.column("rd_expense", Kyuan),
    sa.column("rd_expense_1", Kyuan),
    sa.column("rd_expense_2", Kyuan),
    sa.column("rd_expense_sum", Kyuan),
    sa.column("rd_domestic_sum", Kyuan),
    sa.column("total_income", Kyuan),
    sa.column("high_tech_revenue", Kyuan),
    sa.column("total_assets", Kyuan),
    sa.column("valuation_usd", MillionUsd),
    sa.column("financing_usd", MillionUsd),
    sa.column("pre_score", _COUNT),
    sa.column("sme_score", _COUNT),
    sa.column("sme_staff_score", _COUNT),
    sa.column("platform_rank", _COUNT),
    sa.column("has_national_award", sa.Boolean),
    sa.column("led_standard", sa.Boolean),
    sa.column("star_flag_count", _COUNT),
    sa.column("is_listed", sa.Boolean),
    sa.column("is_incubator_tenant", sa.Boolean),
    sa.column("accident_or_violation", sa.Boolean),
    sa.column("misconduct", sa.Boolean),
    sa.column("in_bad_lists", sa.Boolean),
    sa.column("restricted_industry", sa.Boolean),
)
