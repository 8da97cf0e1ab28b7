"""Enterprises and their versioned basic information (domain §2.3).

``uscc`` is the one identity; ``unit_code`` is the key of row scope. Neither the district nor the
unit may ever be derived from the credit code's region digits (domain §3.9).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA

from db.enums import BASIC_INFO_STATUSES, HiTechField, OperatingStatus, QualificationTag
from db.tables.base import (
    Name,
    choice,
    count,
    day,
    derived,
    flag,
    metadata,
    moment,
    owned_by_enterprise,
    required_unless_draft,
    text,
    texts,
    uscc_key,
    wyuan,
)


def _form_columns(*, required: bool) -> list[sa.Column[Any]]:
    """The fields of the basic-information form, as both tables carry them."""
    return [
        text("name", "企业名称", 200, nullable=not required),
        sa.Column("district_code", Name, sa.ForeignKey("unit.code"), comment="区县"),
        sa.Column("zone_code", Name, sa.ForeignKey("unit.code"), comment="所属开发区"),
        day("established_on", "成立日期", nullable=not required),
        text("registration_type", "登记注册类型", 50),
        text("legal_representative", "法定代表人", 60),
        wyuan("registered_capital", "注册资本"),
        text("registered_address", "注册地址", 300),
        text("business_address", "经营地址", 300),
        text("business_scope", "经营范围"),
        industry_code(),
        derived("industry_category", Name, "keqi_industry_category(industry_code)", "产业类别"),
        choice("hi_tech_field", "高新技术领域", HiTechField),
        choice("operating_status", "经营状态", OperatingStatus, nullable=not required),
        text("research_contact_name", "科研联系人", 60),
        text("research_contact_mobile", "科研联系人手机", 20),
        text("research_contact_email", "科研联系人邮箱", 120),
        text("contact_name", "联系人", 60),
        text("contact_mobile", "联系人手机", 20),
    ]


def industry_code() -> sa.Column[str]:
    """GB/T 4754-2017: a section letter and up to four digits, such as C3670."""
    check = sa.CheckConstraint("industry_code ~ '^[A-T]([0-9]{2,4})?$'", "industry_code_form")
    return sa.Column("industry_code", Name, check, comment="国民经济行业代码")


enterprise = sa.Table(
    "enterprise",
    metadata,
    uscc_key(),
    sa.Column("unit_code", Name, sa.ForeignKey("unit.code"), nullable=False, comment="主管单位"),
    *_form_columns(required=True),
    texts("former_names", "曾用名"),
    flag("in_library", "是否入库", default=False),
    day("in_library_on", "入库日期"),
    text("tech_enterprise_no", "科技型企业备案编号", 30),
    # What the latest submitted version of the basic information has come to; kept by the database (0005).
    choice("review_status", "审核状态(最近一次提交的基本信息)", BASIC_INFO_STATUSES),
    text("contact_id_masked", "联系人身份证号(脱敏)", 18),
    sa.Column("contact_id_cipher", BYTEA, comment="联系人身份证号(密文)"),
    derived("search_text", Name, "keqi_search_text(name, former_names, uscc)", "检索文本(归一化)"),
    sa.UniqueConstraint("uscc", "unit_code"),
    sa.CheckConstraint("keqi_uscc_ok(uscc)", "uscc_check_digit"),
    # The order of lists. With what the list's page filters by (domain §1.1 C9), so that a rare combination is looked
    # for in the index alone.
    sa.Index("ix_enterprise_listed", "unit_code", "name", "uscc", "review_status", "in_library"),
    sa.Index(None, "name", "uscc"),
    # What search looks a name or a code up by, a part of it too (revision 0006).
    sa.Index(
        "ix_enterprise_grams",
        sa.text("keqi_grams(search_text)"),
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    ),
    comment="企业",
)

basic_info = sa.Table(
    "basic_info",
    metadata,
    uscc_key(),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False, comment="版本号"),
    sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    choice("status", "审核状态", BASIC_INFO_STATUSES, nullable=False),
    moment("submitted_at", "提交时间"),
    moment("review_due_at", "审核截止时间(两个工作日)"),
    *_form_columns(required=False),
    text("website", "企业网址", 200),
    text("main_products", "主营产品", 500),
    text("incubator_name", "所在孵化器", 120),
    flag("is_incubator_tenant", "是否在孵企业"),
    flag("is_foreign_invested", "是否外商投资"),
    flag("is_listed", "是否上市"),
    count("staff_total", "职工总数(人)"),
    texts("qualification_tags", "资质标签", QualificationTag),
    owned_by_enterprise(),
    sa.CheckConstraint("version >= 1", "version_positive"),
    required_unless_draft(("submitted_at", "name", "established_on", "operating_status")),
    sa.Index(None, "unit_code", "status", "uscc"),
    # The queue of review, longest waiting first (domain §1.1 C4).
    sa.Index(
        "ix_basic_info_waiting",
        "unit_code",
        "submitted_at",
        "uscc",
        "version",
        postgresql_where=sa.text("status = 'PENDING_DISTRICT'"),
    ),
    comment="企业基本信息(按版本)",
)
