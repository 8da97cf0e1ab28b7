"""Enterprises: the registry both systems share, one row per credit code (domain §2.3).

The type of the row and nothing else: what is filed about an enterprise each year stands in
``annual_report``, what it submits about itself in ``basic_info``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import strawberry

from authz import masks
from authz.rules import ID_NUMBER, PERSONAL, REGISTRY, REVIEW_STATUS
from authz.scopes import ENTERPRISES, SIZES
from db.tables import annual_report, enterprise
from schema.declare import WYUAN, Filtering, Relation, Row, Through, connection, field, many, one
from schema.enums import EnterpriseSize, HiTechField, IndustryCategory, OperatingStatus, ReviewStatus
from schema.expressions import contains, month
from schema.libraries.members import libraries_of
from schema.pages import Connection
from schema.scalars import YearMonth
from schema.units import Unit

if TYPE_CHECKING:
    from schema.annual_report import AnnualReport
    from schema.basic_info import BasicInfo
    from schema.library import LibraryEntry
    from schema.rating import CreditLoan, CreditRating
    from schema.register import HnteCertificate, TechEnterpriseRecord, TechSmeRegistration
    from schema.voucher import VoucherApplication


def _named(row: Any, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """By name, former name or credit code (domain C4); never by a contact (domain §4.4)."""
    return contains(row.c.search_text, text)


YEAR: Mapping[str, Any] = {"year": int | None}
DEFAULT_YEAR = {"year": "p_default_year"}


@strawberry.type(description="企业各年规模")
class SizeOfYear(Row, table=annual_report, scope=SIZES, key=("uscc", "year")):
    """What a report makes of its enterprise's size, apart from the tab that says it among innovation facts."""

    enterprise_size: EnterpriseSize | None = field("企业规模")


SIZE = Relation("企业规模", {"uscc": "uscc"}, arguments=YEAR, defaults=DEFAULT_YEAR)


@strawberry.type(description="企业")
class Enterprise(
    Row, table=enterprise, scope=ENTERPRISES, order=("unit_code", "name", "uscc"), key=("uscc",), search=_named
):
    """Identity is seen by whoever sees the row; registry data, contacts and the ID number have rules of their own."""

    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    name: str = field("企业名称")
    former_names: list[str] = field("曾用名")
    unit: Unit = one("主管单位", keys={"code": "unit_code"})
    district: Unit | None = one("区县", keys={"code": "district_code"})
    zone: Unit | None = one("两江新区/高新区、经开区", keys={"code": "zone_code"})
    established_on: dt.date = field("成立日期", filtering=Filtering.RANGE)
    established_month: YearMonth = field("注册年月", expr=lambda r: month(r.established_on))
    industry_code: str | None = field("国民经济行业代码")
    industry_category: IndustryCategory | None = field("产业类别")
    hi_tech_field: HiTechField | None = field("高新技术领域")
    operating_status: OperatingStatus = field("经营状态")
    size: EnterpriseSize | None = field(
        "企业规模", arguments=YEAR, through=Through(SIZE, SizeOfYear, "enterprise_size")
    )
    review_status: ReviewStatus | None = field("审核状态", visible=REVIEW_STATUS)
    in_library: bool = field("是否入库")
    in_library_on: dt.date | None = field("入库日期", filtering=Filtering.RANGE)
    tech_enterprise_no: str | None = field("备案编号")

    registration_type: str | None = field("登记注册类型", visible=REGISTRY)
    legal_representative: str | None = field("法定代表人", visible=REGISTRY)
    registered_capital: Decimal | None = field("注册资本", unit=WYUAN, visible=REGISTRY)
    registered_address: str | None = field("注册地址", visible=REGISTRY)
    business_address: str | None = field("经营地址", visible=REGISTRY)
    business_scope: str | None = field("经营范围", visible=REGISTRY)

    research_contact_name: str | None = field("科研联系人", visible=PERSONAL, mask=masks.person)
    research_contact_mobile: str | None = field("科研联系人手机", visible=PERSONAL, mask=masks.mobile)
    research_contact_email: str | None = field("科研联系人邮箱", visible=PERSONAL, mask=masks.email)
    contact_name: str | None = field("联系人", visible=PERSONAL, mask=masks.person)
    contact_mobile: str | None = field("联系人手机", visible=PERSONAL, mask=masks.mobile)
    contact_id_number: str | None = field("联系人身份证号", visible=ID_NUMBER, expr=lambda r: r.raw.contact_id_masked)

    basic_info: Annotated[BasicInfo, strawberry.lazy("schema.basic_info")] | None = one(
        "企业基本信息", keys={"uscc": "uscc"}, order=("-version",)
    )
    basic_info_versions: Connection[Annotated[BasicInfo, strawberry.lazy("schema.basic_info")]] = connection(
        "企业基本信息历次版本", keys={"uscc": "uscc"}
    )
    annual_report: Annotated[AnnualReport, strawberry.lazy("schema.annual_report")] | None = one(
        "年报", keys={"uscc": "uscc"}, header="", arguments=YEAR, defaults=DEFAULT_YEAR
    )
    annual_reports: Connection[Annotated[AnnualReport, strawberry.lazy("schema.annual_report")]] = connection(
        "历年年报", keys={"uscc": "uscc"}
    )
    credit_ratings: list[Annotated[CreditRating, strawberry.lazy("schema.rating")]] = many(
        "知识价值信用评级", keys={"uscc": "uscc"}, order=("-year",)
    )
    credit_loans: list[Annotated[CreditLoan, strawberry.lazy("schema.rating")]] = many(
        "知识价值信用贷款", keys={"uscc": "uscc"}, order=("-loan_on", "id")
    )
    vouchers: list[Annotated[VoucherApplication, strawberry.lazy("schema.voucher")]] = many(
        "科技创新券申领", keys={"uscc": "uscc"}, order=("-year", "-applied_on", "id"), arguments=YEAR
    )
    tech_enterprise_records: list[Annotated[TechEnterpriseRecord, strawberry.lazy("schema.register")]] = many(
        "科技型企业备案", keys={"uscc": "uscc"}, order=("-filed_on", "tech_enterprise_no")
    )
    certificates: list[Annotated[HnteCertificate, strawberry.lazy("schema.register")]] = many(
        "高新技术企业证书", keys={"uscc": "uscc"}, order=("-issued_on", "certificate_no")
    )
    tech_sme_registrations: list[Annotated[TechSmeRegistration, strawberry.lazy("schema.register")]] = many(
        "科技型中小企业入库登记", keys={"uscc": "uscc"}, order=("-registered_on", "registration_no")
    )
    libraries: list[Annotated[LibraryEntry, strawberry.lazy("schema.library")]] = many(
        "所在科企库",
        keys={"uscc": "uscc"},
        order=("library_no",),
        arguments={**YEAR, "missing_at_most": int | None},
        source=libraries_of,
    )
