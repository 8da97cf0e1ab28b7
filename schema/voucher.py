"""Applications for innovation vouchers, enterprise by enterprise (科技创新券情况统计表, domain §2.6, C25).

The statistics over them (C23) stand elsewhere; here is one row per application.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz.scopes import VOUCHERS
from db.tables import voucher_application
from schema.declare import WYUAN, Filtering, Row, field, one
from schema.enums import EnterpriseSize, HiTechField, IndustryCategory, VoucherStatus, VoucherType
from schema.named import of_enterprise_named

if TYPE_CHECKING:
    from schema.enterprise import Enterprise


@strawberry.type(description="科技创新券申领")
class VoucherApplication(
    Row,
    table=voucher_application,
    scope=VOUCHERS,
    order=("unit_code", "-year", "uscc", "id"),
    key=("id",),
    search=of_enterprise_named,
):
    """One application. An amount that is null has not come so far; each is at most the one before it.

    Size, industry and field are those of the application's year, so that its statistics never move.
    """

    id: strawberry.ID = field("编号", exported=False)
    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    year: int = field("年份", filtering=Filtering.ANY_OF)
    unit_code: str = field("主管单位代码")
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    type: VoucherType = field("创新券类型")
    applied_amount: Decimal = field("申领金额", unit=WYUAN)
    approved_amount: Decimal | None = field("核定金额", unit=WYUAN)
    issued_amount: Decimal | None = field("发放金额", unit=WYUAN)
    used_amount: Decimal | None = field("使用金额", unit=WYUAN)
    redeemed_amount: Decimal | None = field("兑付金额", unit=WYUAN)
    status: VoucherStatus = field("状态")
    applied_on: dt.date = field("申领日期")
    service_provider: str | None = field("服务机构")
    service_contract_no: str | None = field("服务合同编号")
    enterprise_size: EnterpriseSize | None = field("申领年份企业规模")
    industry_category: IndustryCategory | None = field("申领年份产业类别")
    hi_tech_field: HiTechField | None = field("申领年份高新技术领域")
