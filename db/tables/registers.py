"""The registers: filed tech enterprises, certificates of HNTEs, registered tech SMEs; and what units are to grow.

One enterprise may have several entries of each, one after the other or overlapping (domain §2.9, §3.3); which of them
is in force on a day is for the reader to ask. That a certificate lasts three years is a rule of its issue and is not
enforced here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.enums import CertificateStatus, CultivationKind, RecordStatus
from db.tables.base import (
    Name,
    choice,
    count,
    day,
    metadata,
    ordered,
    owned_by_enterprise,
    plausible_year,
    text,
    year_key,
)


def _numbered(name: str, comment: str) -> list[sa.Column[Any]]:
    """An entry's own number, and whose it is."""
    number = sa.CheckConstraint(f"char_length({name}) BETWEEN 1 AND 30", f"{name}_length")
    return [
        sa.Column(name, Name, number, primary_key=True, comment=comment),
        sa.Column("uscc", Name, nullable=False, comment="统一社会信用代码"),
        sa.Column("unit_code", Name, nullable=False, comment="主管单位"),
    ]


tech_enterprise_record = sa.Table(
    "tech_enterprise_record",
    metadata,
    *_numbered("tech_enterprise_no", "科技型企业备案编号"),
    day("filed_on", "备案日期", nullable=False),
    day("valid_until", "有效期至"),
    choice("status", "备案状态", RecordStatus, nullable=False),
    day("last_update_on", "最近一次数据更新日期"),
    owned_by_enterprise(),
    ordered("filed_on", "valid_until"),
    ordered("filed_on", "last_update_on"),
    sa.Index(None, "uscc", "filed_on"),
    # The order of lists, here and below: newest first within a unit (domain §1.1 C48, C49).
    sa.Index("ix_tech_enterprise_record_listed", "unit_code", sa.text("filed_on DESC"), "tech_enterprise_no"),
    comment="科技型企业备案",
)

hnte_certificate = sa.Table(
    "hnte_certificate",
    metadata,
    *_numbered("certificate_no", "高企证书编号"),
    text("batch", "认定批次", 30),
    day("issued_on", "发证日期", nullable=False),
    day("expires_on", "有效期至", nullable=False),
    choice("status", "证书状态", CertificateStatus, nullable=False),
    owned_by_enterprise(),
    ordered("issued_on", "expires_on"),
    sa.Index(None, "uscc", "expires_on"),
    sa.Index("ix_hnte_certificate_listed", "unit_code", sa.text("issued_on DESC"), "certificate_no"),
    comment="高新技术企业证书",
)

tech_sme_registration = sa.Table(
    "tech_sme_registration",
    metadata,
    *_numbered("registration_no", "科技型中小企业入库登记编号"),
    day("registered_on", "入库登记日期", nullable=False),
    day("valid_until", "有效期至", nullable=False),
    owned_by_enterprise(),
    ordered("registered_on", "valid_until"),
    sa.Index(None, "uscc", "valid_until"),
    sa.Index("ix_tech_sme_registration_listed", "unit_code", sa.text("registered_on DESC"), "registration_no"),
    comment="科技型中小企业入库登记",
)

cultivation_target = sa.Table(
    "cultivation_target",
    metadata,
    sa.Column("unit_code", Name, sa.ForeignKey("unit.code"), primary_key=True, comment="主管单位"),
    year_key("年份"),
    choice("kind", "培育对象", CultivationKind, key=True),
    count("target", "年度目标(家)", nullable=False),
    plausible_year(),
    comment="培育年度目标",
)
