"""科技型企业认定库 and 高新技术企业认定库 (domain C48, C49, §3.3): who stands in a register with a valid record."""

from __future__ import annotations

from db.enums import LibraryKey
from schema.enums import Confidence, LibraryGroup
from schema.libraries.declare import Condition, DefaultYear, Library, Source
from schema.libraries.findings import holds

FILED = Source("备案记录为事实；入库路径和每年5月31日前更新的要求未找到正式文件，仅供参考", Confidence.REGULATION_LOW)
CERTIFIED = Source(
    "《高新技术企业认定管理办法》（国科发火〔2016〕32号）：证书自颁发之日起有效期三年", Confidence.REGULATION_HIGH
)

TECH_ENTERPRISE_REGISTER = Library(
    key=LibraryKey.TECH_ENTERPRISE_REGISTER,
    group=LibraryGroup.REGISTER,
    basis=FILED,
    conditions=(
        Condition("T1", "科技型企业备案有效", FILED, lambda x, _p: holds("有效备案", x.has_record)),
        Condition("T2", "已入库", FILED, lambda x, _p: holds("已入库", x.enterprise.in_library)),
    ),
    default_year=DefaultYear.NONE,
    needs_report=False,
)

HNTE_REGISTER = Library(
    key=LibraryKey.HNTE_REGISTER,
    group=LibraryGroup.REGISTER,
    basis=CERTIFIED,
    conditions=(
        Condition("C1", "高新技术企业证书在有效期内", CERTIFIED, lambda x, _p: holds("有效证书", x.has_record)),
    ),
    default_year=DefaultYear.NONE,
    needs_report=False,
)
