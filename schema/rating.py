"""Knowledge-value credit ratings and the loans given on them (知识价值信用评级, domain §2.5, C21).

Grades and limits are imported facts; nothing here rates anybody.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz.rules import RATING_DETAIL, SCORE
from authz.scopes import CREDIT_LOANS, CREDIT_RATINGS
from db.tables import credit_loan, credit_rating
from schema.declare import WYUAN, Filtering, Row, field, one
from schema.enums import CreditGrade, LoanKind
from schema.named import of_enterprise_named

if TYPE_CHECKING:
    from schema.enterprise import Enterprise

POINTS = "分"


@strawberry.type(description="知识价值信用评级")
class CreditRating(
    Row,
    table=credit_rating,
    scope=CREDIT_RATINGS,
    order=("unit_code", "-year", "uscc"),
    key=("uscc", "year"),
    search=of_enterprise_named,
):
    """One enterprise, one year. No grade means not rated (未评级). Scores and factor scores are our proposal [P]."""

    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    year: int = field("年份", filtering=Filtering.ANY_OF)
    unit_code: str = field("主管单位代码")
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    grade: CreditGrade | None = field("信用等级", visible=SCORE)
    credit_limit: Decimal | None = field("授信额度", unit=WYUAN, visible=SCORE)
    rated_on: dt.date = field("评级日期")
    valid_until: dt.date | None = field("有效期至", visible=SCORE)
    score: Decimal | None = field("评级得分", unit=POINTS, visible=RATING_DETAIL)
    factor_ip: Decimal | None = field("知识产权得分", unit=POINTS, visible=RATING_DETAIL)
    factor_rd: Decimal | None = field("研发投入得分", unit=POINTS, visible=RATING_DETAIL)
    factor_talent: Decimal | None = field("人才得分", unit=POINTS, visible=RATING_DETAIL)
    factor_product: Decimal | None = field("创新产品得分", unit=POINTS, visible=RATING_DETAIL)
    factor_enterprise: Decimal | None = field("创新企业得分", unit=POINTS, visible=RATING_DETAIL)
    factor_operation: Decimal | None = field("经营得分", unit=POINTS, visible=RATING_DETAIL)


@strawberry.type(description="知识价值信用贷款")
class CreditLoan(Row, table=credit_loan, scope=CREDIT_LOANS, order=("unit_code", "loan_on", "id"), key=("id",)):
    """A loan that a partner bank gave [P]. It belongs to its enterprise: no year's rating is its own."""

    id: strawberry.ID = field("编号", exported=False)
    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    bank_code: str = field("银行代码")
    kind: LoanKind = field("贷款类型")
    amount: Decimal = field("贷款金额", unit=WYUAN)
    loan_on: dt.date = field("放款日期")
    due_on: dt.date = field("到期日期")
    overdue: bool = field("是否逾期")
    contract_no: str | None = field("合同编号")
