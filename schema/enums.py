"""Enumerations as the schema shows them: those of ``db.enums`` with their Chinese words as descriptions.

Values are declared in ``db.enums``, which also holds the database to them; here they only become
part of the schema. One that no column stores may be declared here.
"""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from authz.principal import Role
from db.enums import (
    AccountRole,
    AccountStatus,
    AuditKind,
    AwardGrade,
    CertificateStatus,
    ConsentScope,
    CreditGrade,
    CultivationKind,
    EnterpriseSize,
    ExportFormat,
    ExportStatus,
    GovernmentLevel,
    HiTechField,
    IndustryCategory,
    Labelled,
    LibraryKey,
    ListingBoard,
    ListingStatus,
    LoanKind,
    OperatingStatus,
    PlatformKind,
    PlatformLevel,
    QualificationTag,
    RecordStatus,
    ReviewDecision,
    ReviewLevel,
    ReviewStatus,
    ReviewTarget,
    StandardLevel,
    StandardRole,
    StarFlag,
    UnitGroup,
    UnitKind,
    VoucherStatus,
    VoucherType,
    ZoneType,
)


class DataSource(Labelled):
    """Where the value of a form field comes from (数据来源, domain §2.2)."""

    BUSINESS_REGISTRY = "BUSINESS_REGISTRY", "工商"
    TORCH_IMPORT = "TORCH_IMPORT", "火炬导入"
    DEPARTMENT_IMPORT = "DEPARTMENT_IMPORT", "部门导入"
    SELF_FILLED = "SELF_FILLED", "企业填报"


class ExportRange(Labelled):
    """What 导出 Excel takes along where nothing else is said (domain §1.3)."""

    ALL = "ALL", "权限范围内的全部记录，设置了筛选条件时按条件"
    CURRENT_TAB = "CURRENT_TAB", "当前标签页"
    RESULT = "RESULT", "当前页面的全部查询结果"


class LibraryGroup(Labelled):
    """The three kinds of libraries in the menu (domain §1.1)."""

    CULTIVATION = "CULTIVATION", "科企梯次培育库"
    RESERVE = "RESERVE", "科企后备库"
    REGISTER = "REGISTER", "科企认定库"


class TriState(Labelled):
    """What a condition finds (domain §2.2); UNKNOWN does not make a member."""

    PASS = "PASS", "满足"
    FAIL = "FAIL", "不满足"
    UNKNOWN = "UNKNOWN", "缺少数据，无法判断"


class Confidence(Labelled):
    """How far a rule's source is to be trusted (domain §3.1); what is proposed is not official."""

    REGULATION_HIGH = "REGULATION_HIGH", "公开规定，可信度高"
    REGULATION_MEDIUM = "REGULATION_MEDIUM", "公开报道，可信度中"
    REGULATION_LOW = "REGULATION_LOW", "未找到正式文件，可信度低"
    PROPOSED = "PROPOSED", "本项目建议，非官方规定"


class GrowthCategory(Labelled):
    """Of which kind a member of the high-growth library is (domain §3.3, HIGH_GROWTH)."""

    GAZELLE = "GAZELLE", "瞪羚企业"
    POTENTIAL_UNICORN = "POTENTIAL_UNICORN", "潜在独角兽企业"
    UNICORN = "UNICORN", "独角兽企业"


class RegisterStatus(Labelled):
    """Whether a register's record stands, of whichever register (domain §2.9)."""

    VALID = "VALID", "有效"
    EXPIRED = "EXPIRED", "已过期"
    LAPSED = "LAPSED", "已失效"
    REVOKED = "REVOKED", "已撤销"


class ParameterKind(Labelled):
    """What the value of a library's parameter is."""

    INTEGER = "INTEGER", "整数"
    DECIMAL = "DECIMAL", "数值"
    FLAG = "FLAG", "是（1）或否（0）"
    WORDS = "WORDS", "选项"


LABELS: dict[type[Labelled], str] = {
    AccountRole: "账号角色",
    AccountStatus: "账号状态",
    AuditKind: "审计类别",
    AwardGrade: "奖励等级",
    CertificateStatus: "高企证书状态",
    Confidence: "规则依据的可信度",
    ConsentScope: "数据授权范围",
    CreditGrade: "信用等级",
    CultivationKind: "培育对象",
    DataSource: "数据来源",
    EnterpriseSize: "企业规模",
    ExportFormat: "导出文件格式",
    ExportRange: "导出范围",
    ExportStatus: "导出状态",
    GovernmentLevel: "奖励或项目级别",
    GrowthCategory: "高成长企业类别",
    HiTechField: "高新技术领域",
    IndustryCategory: "产业类别",
    LibraryGroup: "科企库分组",
    LibraryKey: "科企库",
    ListingBoard: "上市板块",
    ListingStatus: "挂牌上市进度",
    LoanKind: "贷款类型",
    OperatingStatus: "经营状态",
    ParameterKind: "参数类型",
    PlatformKind: "研发平台类别",
    PlatformLevel: "研发平台级别",
    QualificationTag: "资质标签",
    RecordStatus: "科技型企业备案状态",
    RegisterStatus: "认定记录状态",
    ReviewDecision: "审核结论",
    ReviewLevel: "审核层级",
    ReviewStatus: "审核状态",
    ReviewTarget: "审核对象",
    StandardLevel: "标准级别",
    StandardRole: "标准参与方式",
    StarFlag: "科创属性标识",
    TriState: "条件判断结果",
    UnitGroup: "所属片区",
    UnitKind: "单位类别",
    VoucherStatus: "创新券状态",
    VoucherType: "创新券类型",
    ZoneType: "开发区类型",
}
"""Every enumeration of the schema and what people call it."""


def _register(kind: type[Labelled | Role], description: str) -> None:
    strawberry.enum(kind, description=description)
    definition = cast("StrawberryEnumDefinition", vars(kind)["__strawberry_definition__"])
    for value, member in zip(definition.values, kind, strict=True):
        value.description = member.label


for _kind, _description in LABELS.items():
    _register(_kind, _description)

_register(Role, "角色")
