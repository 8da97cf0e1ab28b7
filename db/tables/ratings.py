"""Knowledge-value credit ratings and the loans given on them (domain §2.5, §3.4).

Grades and limits are facts that are imported; nothing here computes them from scores. Amounts are 万元.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from db.enums import CreditGrade, LoanKind
from db.tables.base import (
    Name,
    choice,
    day,
    flag,
    metadata,
    ordered,
    owned_by_enterprise,
    plausible_year,
    score,
    text,
    uscc_key,
    wyuan,
    year_key,
)

credit_rating = sa.Table(
    "credit_rating",
    metadata,
    uscc_key(),
    year_key("评级年份"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    choice("grade", "信用等级(空为未评级)", CreditGrade),
    wyuan("credit_limit", "授信额度"),
    score("score", "评级得分"),
    score("factor_ip", "知识产权得分"),
    score("factor_rd", "研发投入得分"),
    score("factor_talent", "人才得分"),
    score("factor_product", "创新产品得分"),
    score("factor_enterprise", "创新企业得分"),
    score("factor_operation", "经营得分"),
    day("rated_on", "评级日期", nullable=False),
    day("valid_until", "有效期至"),
    owned_by_enterprise(),
    plausible_year(),
    ordered("rated_on", "valid_until"),
    # The order of lists: newest year first within a unit, and within a grade of a unit (domain §1.1 C21).
    sa.Index("ix_credit_rating_listed", "unit_code", sa.text("year DESC"), "uscc"),
    sa.Index("ix_credit_rating_graded", "unit_code", "grade", sa.text("year DESC"), "uscc"),
    sa.Index(None, "year", "uscc"),
    comment="知识价值信用评级",
)

credit_loan = sa.Table(
    "credit_loan",
    metadata,
    sa.Column("id", UUID, primary_key=True, server_default=sa.text("gen_random_uuid()"), comment="编号"),
    sa.Column("uscc", Name, nullable=False, comment="统一社会信用代码"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    sa.Column("bank_code", Name, sa.ForeignKey("partner_bank.code"), nullable=False, comment="银行代码"),
    text("contract_no", "合同编号", 60),
    wyuan("amount", "贷款金额", nullable=False),
    day("loan_on", "放款日期", nullable=False),
    day("due_on", "到期日期", nullable=False),
    choice("kind", "贷款类型", LoanKind, nullable=False),
    flag("overdue", "是否逾期", default=False),
    owned_by_enterprise(),
    ordered("loan_on", "due_on"),
    sa.Index(None, "uscc", "loan_on"),
    sa.Index(None, "unit_code", "loan_on", "id"),
    sa.Index(None, "bank_code", "loan_on", "id"),
    comment="知识价值信用贷款",
)
