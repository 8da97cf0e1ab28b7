"""科技型企业认定库 and 高新技术企业认定库 (domain C48, C49, §3.3): who stands in a register with a valid record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from authz.predicates import constant
from db.enums import LibraryKey, RecordStatus
from schema.enums import Confidence, LibraryGroup
from schema.libraries.declare import Condition, DefaultYear, Library, Register, Source
from schema.libraries.findings import holds
from schema.libraries.inputs import valid_certificate
from schema.register import HnteCertificate, TechEnterpriseRecord
from schema.visible import View

FILED = Source("备案记录为事实；入库路径和每年5月31日前更新的要求未找到正式文件，仅供参考", Confidence.REGULATION_LOW)
CERTIFIED = Source(
    "《高新技术企业认定管理办法》（国科发火〔2016〕32号）：证书自颁发之日起有效期三年", Confidence.REGULATION_HIGH
)


def _valid_filing(view: View, day: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
    return [view.filed_on <= day, view.status == constant(RecordStatus.VALID)]


TECH_ENTERPRISE_REGISTER = Library(
    key=LibraryKey.TECH_ENTERPRISE_REGISTER,
    group=LibraryGroup.REGISTER,
    basis=FILED,
    conditions=(
        Condition("T1", "科技型企业备案有效", FILED, lambda x, _p: holds("有效备案", x.has_record), of_record=True),
        Condition("T2", "已入库", FILED, lambda x, _p: holds("已入库", x.enterprise.in_library)),
    ),
    default_year=DefaultYear.NONE,
    needs_report=False,
    register=Register(TechEnterpriseRecord, "tech_enterprise_no", "filed_on", "valid_until", _valid_filing),
)

HNTE_REGISTER = Library(
    key=LibraryKey.HNTE_REGISTER,
    group=LibraryGroup.REGISTER,
    basis=CERTIFIED,
    conditions=(
        Condition(
            "C1",
            "高新技术企业证书在有效期内",
            CERTIFIED,
            lambda x, _p: holds("有效证书", x.has_record),
            of_record=True,
        ),
    ),
    default_year=DefaultYear.NONE,
    needs_report=False,
    register=Register(HnteCertificate, "certificate_no", "issued_on", "expires_on", valid_certificate),
)
