"""Review records: decisions and opinions, appended and never changed (domain §2.3)."""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import ReviewDecision, ReviewLevel, ReviewTarget
from db.tables.base import Name, choice, metadata, moment, owned_by_enterprise, text

review_record = sa.Table(
    "review_record",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True, comment="编号"),
    choice("target_type", "审核对象", ReviewTarget, nullable=False),
    sa.Column("uscc", Name, nullable=False, comment="统一社会信用代码"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    sa.Column("target_year", sa.Integer, comment="年报年份"),
    sa.Column("target_version", sa.Integer, nullable=False, comment="审核的版本号"),
    choice("level", "审核层级", ReviewLevel, nullable=False),
    choice("decision", "审核结论", ReviewDecision, nullable=False),
    text("opinion", "审批意见", 500),
    text("reviewer", "审核人账号", 60, nullable=False),
    sa.Column("reviewer_unit", Name, sa.ForeignKey("unit.code"), comment="审核人单位(空为市局或平台)"),
    moment("decided_at", "审核时间", nullable=False, now=True),
    owned_by_enterprise(),
    sa.CheckConstraint("target_version >= 1", "target_version_positive"),
    sa.CheckConstraint("target_type <> 'ANNUAL_REPORT' OR target_year IS NOT NULL", "report_has_year"),
    # A rejection without a reason leaves the enterprise guessing (domain §1.1 C5).
    sa.CheckConstraint("decision <> 'REJECT' OR COALESCE(btrim(opinion), '') <> ''", "rejection_has_opinion"),
    sa.Index(None, "uscc", "target_type", "target_year", "decided_at"),
    comment="审批意见(只增不改)",
)
