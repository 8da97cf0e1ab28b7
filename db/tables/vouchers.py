"""Applications for innovation vouchers (科技创新券, domain §2.6).

Size, industry and field are those of the application's year and stay as they were, so that statistics
of a year do not move when the enterprise does. Amounts are 万元; null means not come so far.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from db.enums import EnterpriseSize, HiTechField, IndustryCategory, VoucherStatus, VoucherType
from db.tables.base import (
    Name,
    at_most,
    choice,
    day,
    metadata,
    owned_by_enterprise,
    plausible_year,
    text,
    wyuan,
)

#: From the last step to the first: none may exceed what the steps before it allowed (domain §2.6).
_STEPS = ("redeemed_amount", "used_amount", "issued_amount", "approved_amount", "applied_amount")


def _within_earlier_steps() -> list[sa.CheckConstraint]:
    """Each amount is at most that of the nearest earlier step that is known."""
    *later, approved, applied = _STEPS
    limits = [f"COALESCE({', '.join(_STEPS[at:])})" for at in range(1, len(later) + 1)]
    return [*map(at_most, later, limits), at_most(approved, applied)]


voucher_application = sa.Table(
    "voucher_application",
    metadata,
    sa.Column("id", UUID, primary_key=True, server_default=sa.text("gen_random_uuid()"), comment="编号"),
    sa.Column("uscc", Name, nullable=False, comment="统一社会信用代码"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    sa.Column("year", sa.Integer, nullable=False, comment="申领年份"),
    choice("type", "创新券类型", VoucherType, nullable=False),
    choice("status", "创新券状态", VoucherStatus, nullable=False),
    wyuan("applied_amount", "申领金额", nullable=False),
    wyuan("approved_amount", "核定金额"),
    wyuan("issued_amount", "发放金额"),
    wyuan("used_amount", "使用金额"),
    wyuan("redeemed_amount", "兑付金额"),
    day("applied_on", "申领日期", nullable=False),
    text("service_provider", "服务机构", 200),
    text("service_contract_no", "服务合同编号", 60),
    choice("enterprise_size", "企业规模(申领年份)", EnterpriseSize),
    choice("industry_category", "产业类别(申领年份)", IndustryCategory),
    choice("hi_tech_field", "高新技术领域(申领年份)", HiTechField),
    owned_by_enterprise(),
    plausible_year(),
    *_within_earlier_steps(),
    sa.Index(None, "uscc", "year"),
    # The order of lists: newest year first within a unit (domain §1.1 C25).
    sa.Index("ix_voucher_application_listed", "unit_code", sa.text("year DESC"), "uscc", "id"),
    sa.Index(None, "year", "uscc", "id"),
    comment="科技创新券申领",
)
