"""Accounts, partner banks, and what enterprises consented to share with them (domain §2.10, §2.11).

A consent is in force while it is neither revoked nor past ``expires_at``; whether it covers a read
is decided in ``authz``.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from db.enums import AccountRole, AccountStatus, ConsentScope
from db.tables.base import Name, choice, metadata, moment, owned_by_enterprise, text, texts

partner_bank = sa.Table(
    "partner_bank",
    metadata,
    sa.Column("code", Name, primary_key=True, comment="银行代码"),
    text("name", "银行名称", 100, nullable=False),
    text("contact_phone", "联系电话", 30),
    comment="合作银行",
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", UUID, primary_key=True, server_default=sa.text("gen_random_uuid()"), comment="编号"),
    text("login", "账号", 60, nullable=False),
    text("display_name", "显示名称", 100, nullable=False),
    choice("role", "角色", AccountRole, nullable=False),
    texts("units", "主管单位范围"),
    sa.Column("uscc", Name, sa.ForeignKey("enterprise.uscc", onupdate="CASCADE"), comment="统一社会信用代码"),
    sa.Column("bank_code", Name, sa.ForeignKey("partner_bank.code"), comment="银行代码"),
    text("department_code", "责任部门代码", 30),
    choice("status", "账号状态", AccountStatus, nullable=False),
    text("issuer", "外部登录平台", 300),
    text("external_subject", "外部登录平台的用户编号", 255),
    sa.UniqueConstraint("login"),
    # Who logs in elsewhere: the provider's name and its name of the person, both or neither, one account each.
    sa.UniqueConstraint("issuer", "external_subject"),
    sa.CheckConstraint("(issuer IS NULL) = (external_subject IS NULL)", "external_identity_whole"),
    # Each bound role has exactly its own binding: a stray one would widen the account's scope.
    sa.CheckConstraint("(role = 'DISTRICT_OFFICER') = (cardinality(units) > 0)", "units_of_district_officer"),
    sa.CheckConstraint("(role = 'ENTERPRISE_USER') = (uscc IS NOT NULL)", "uscc_of_enterprise_user"),
    sa.CheckConstraint("(role = 'BANK_USER') = (bank_code IS NOT NULL)", "bank_of_bank_user"),
    sa.CheckConstraint("(role = 'DEPARTMENT_OFFICER') = (department_code IS NOT NULL)", "department_of_officer"),
    comment="账号",
)

data_sharing_consent = sa.Table(
    "data_sharing_consent",
    metadata,
    sa.Column("id", UUID, primary_key=True, server_default=sa.text("gen_random_uuid()"), comment="编号"),
    sa.Column("uscc", Name, nullable=False, comment="统一社会信用代码"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    sa.Column("bank_code", Name, sa.ForeignKey("partner_bank.code"), comment="银行代码(空为全部合作银行)"),
    texts("scopes", "授权范围", ConsentScope),
    text("granted_by", "授权人账号", 60, nullable=False),
    moment("granted_at", "授权时间", nullable=False, now=True),
    moment("expires_at", "到期时间", nullable=False),
    moment("revoked_at", "撤回时间"),
    text("document_version", "授权书版本", 30, nullable=False),
    owned_by_enterprise(),
    sa.CheckConstraint("cardinality(scopes) > 0", "scopes_not_empty"),
    sa.CheckConstraint(
        "expires_at > granted_at AND expires_at - granted_at <= interval '366 days'", "at_most_one_year"
    ),
    sa.CheckConstraint("revoked_at >= granted_at", "revoked_after_granted"),
    sa.Index(None, "bank_code", "uscc"),
    sa.Index(None, "uscc"),
    comment="数据授权",
)
