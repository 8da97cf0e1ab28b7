"""Basic information: what an enterprise submits about itself, version by version (domain §2.3).

The same values stand here twice: typed, for lists and exports, and as ``fields``, the form as a page
draws it. Both read the same declarations, so neither can show what the other hides.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz import masks
from authz.rules import EVERYONE, PERSONAL, REGISTRY
from authz.scopes import BASIC_INFOS
from db.tables import basic_info
from schema.declare import PERSONS, WYUAN, Row, field, many, one
from schema.enums import HiTechField, IndustryCategory, OperatingStatus, QualificationTag, ReviewStatus, ReviewTarget
from schema.form import FormField, form_rows
from schema.named import of_enterprise_named
from schema.review import ReviewRecord
from schema.units import Unit

if TYPE_CHECKING:
    from schema.enterprise import Enterprise


@strawberry.type(description="企业基本信息")
class BasicInfo(
    Row,
    table=basic_info,
    scope=BASIC_INFOS,
    visible=REGISTRY,
    order=("unit_code", "uscc", "-version"),
    key=("uscc", "version"),
    search=of_enterprise_named,
):
    """One version of the form. A bank needs consent to BASIC for what was filled in (domain §4.2)."""

    uscc: strawberry.ID = field("统一社会信用代码", visible=EVERYONE)
    version: int = field("版本", visible=EVERYONE)
    status: ReviewStatus = field("审核状态", visible=EVERYONE)
    submitted_at: dt.datetime | None = field("提交时间", visible=EVERYONE)
    review_due_at: dt.datetime | None = field("审核截止时间", visible=EVERYONE)
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )

    name: str | None = field("企业名称")
    district: Unit | None = one("区县", keys={"code": "district_code"}, visible=REGISTRY)
    district_code: str | None = field("区县代码")
    zone: Unit | None = one("两江新区/高新区、经开区", keys={"code": "zone_code"}, visible=REGISTRY)
    zone_code: str | None = field("开发区代码")
    established_on: dt.date | None = field("成立日期")
    registration_type: str | None = field("登记注册类型")
    legal_representative: str | None = field("法定代表人")
    registered_capital: Decimal | None = field("注册资本", unit=WYUAN)
    registered_address: str | None = field("注册地址")
    business_address: str | None = field("经营地址")
    business_scope: str | None = field("经营范围")
    industry_code: str | None = field("国民经济行业代码")
    industry_category: IndustryCategory | None = field("产业类别")
    hi_tech_field: HiTechField | None = field("高新技术领域")
    operating_status: OperatingStatus | None = field("经营状态")
    website: str | None = field("企业网址")
    main_products: str | None = field("主营产品")
    incubator_name: str | None = field("所在孵化器")
    is_incubator_tenant: bool | None = field("是否在孵企业")
    is_foreign_invested: bool | None = field("是否外商投资企业")
    is_listed: bool | None = field("是否上市")
    staff_total: int | None = field("职工总数", unit=PERSONS)
    qualification_tags: list[QualificationTag] | None = field("资质标签")

    research_contact_name: str | None = field("科研联系人", visible=PERSONAL, mask=masks.person)
    research_contact_mobile: str | None = field("科研联系人手机", visible=PERSONAL, mask=masks.mobile)
    research_contact_email: str | None = field("科研联系人邮箱", visible=PERSONAL, mask=masks.email)
    contact_name: str | None = field("联系人", visible=PERSONAL, mask=masks.person)
    contact_mobile: str | None = field("联系人手机", visible=PERSONAL, mask=masks.mobile)

    fields: list[FormField] = many(
        "表单字段",
        keys={},
        order=("no",),
        source=lambda asked: form_rows(BasicInfo, basic_info, asked.row.or_null),
        visible=REGISTRY,
    )
    opinions: list[ReviewRecord] = many(
        "审批意见",
        keys={"uscc": "uscc", "target_version": "version"},
        only={"target_type": ReviewTarget.BASIC_INFO},
        order=("decided_at", "id"),
    )
