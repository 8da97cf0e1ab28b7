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


LABELS: dict[type[Labelled], str] = {
    AccountRole: "账号角色",
    AccountStatus: "账号状态",
    AuditKind: "审计类别",
    AwardGrade: "奖励等级",
    CertificateStatus: "高企证书状态",
    ConsentScope: "数据授权范围",
    CreditGrade: "信用等级",
    CultivationKind: "培育对象",
    DataSource: "数据来源",
    EnterpriseSize: "企业规模",
    ExportFormat: "导出文件格式",
    ExportRange: "导出范围",
    ExportStatus: "导出状态",
    GovernmentLevel: "奖励或项目级别",
    HiTechField: "高新技术领域",
    IndustryCategory: "产业类别",
    ListingBoard: "上市板块",
    ListingStatus: "挂牌上市进度",
    LoanKind: "贷款类型",
    OperatingStatus: "经营状态",
    PlatformKind: "研发平台类别",
    PlatformLevel: "研发平台级别",
    QualificationTag: "资质标签",
    RecordStatus: "科技型企业备案状态",
    ReviewDecision: "审核结论",
    ReviewLevel: "审核层级",
    ReviewStatus: "审核状态",
    ReviewTarget: "审核对象",
    StandardLevel: "标准级别",
    StandardRole: "标准参与方式",
    StarFlag: "科创属性标识",
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
