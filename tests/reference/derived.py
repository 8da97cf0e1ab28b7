"""Fields that are computed, written once more by hand (domain §2.1, §2.4, §3); each from visible values of its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from tests.reference.rows import Row

SIX_PLACES = Decimal("0.000001")


def ratio(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """A fraction with six decimals, halves away from zero; nothing where there is nothing to divide by."""
    if part is None or whole is None or whole == 0:
        return None
    with localcontext() as context:
        context.prec = 80
        return (Decimal(part) / Decimal(whole)).quantize(SIX_PLACES, ROUND_HALF_UP)


def _sales_revenue(row: Row) -> Decimal | None:
    main, other = row["main_business_revenue"], row["other_business_revenue"]
    return None if main is None else main + (Decimal(0) if other is None else other)


def _high_tech_share(row: Row) -> Decimal | None:
    income = row["total_income"]
    return ratio(row["high_tech_product_revenue"], row["operating_revenue"] if income is None else income)


DERIVED: Mapping[tuple[str, str], Callable[[Row], Any]] = {
    ("Enterprise", "establishedMonth"): lambda row: f"{row['established_on']:%Y-%m}",
    ("ReportOperation", "salesRevenue"): _sales_revenue,
    ("ReportOperation", "highTechProductShare"): _high_tech_share,
    ("ReportOperation", "rdIntensity"): lambda row: ratio(row["rd_expense"], row["operating_revenue"]),
    ("ReportPersonnel", "sciTechShare"): lambda row: ratio(row["sci_tech_staff"], row["staff_total"]),
    ("ReportPersonnel", "rdShare"): lambda row: ratio(row["rd_staff"], row["staff_total"]),
    **{(kind, "id"): lambda row: str(row["id"]) for kind in ("Export", "CreditLoan", "VoucherApplication")},
    ("Export", "bytes"): lambda row: None if row["bytes"] is None else Decimal(row["bytes"]),
}

FORM: tuple[tuple[str, str, bool, bool], ...] = (
    ("uscc", "统一社会信用代码", True, True),
    ("name", "企业名称", True, True),
    ("districtCode", "区县代码", False, False),
    ("zoneCode", "开发区代码", False, False),
    ("establishedOn", "成立日期", True, True),
    ("registrationType", "登记注册类型", True, False),
    ("legalRepresentative", "法定代表人", True, False),
    ("registeredCapital", "注册资本", True, False),
    ("registeredAddress", "注册地址", True, False),
    ("businessAddress", "经营地址", False, False),
    ("businessScope", "经营范围", True, False),
    ("industryCode", "国民经济行业代码", True, False),
    ("operatingStatus", "经营状态", True, True),
    ("hiTechField", "高新技术领域", False, False),
    ("mainProducts", "主营产品", False, False),
    ("website", "企业网址", False, False),
    ("staffTotal", "职工总数", False, False),
    ("isIncubatorTenant", "是否在孵企业", False, False),
    ("incubatorName", "所在孵化器", False, False),
    ("isForeignInvested", "是否外商投资企业", False, False),
    ("isListed", "是否上市", False, False),
    ("qualificationTags", "资质标签", False, False),
    ("researchContactName", "科研联系人", False, False),
    ("researchContactMobile", "科研联系人手机", False, False),
    ("researchContactEmail", "科研联系人邮箱", False, False),
    ("contactName", "联系人", False, False),
    ("contactMobile", "联系人手机", False, False),
)
"""The form of basic information, top to bottom: name, label, from the business registry (read-only), required."""


def as_text(value: Any) -> str | None:
    """A form's value as text: ISO dates, true and false, lists with commas; an empty list is an empty field."""
    if value is None or value == []:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        elements: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return ",".join(map(str, elements))
    return format(value, "f") if isinstance(value, Decimal) else str(value)
