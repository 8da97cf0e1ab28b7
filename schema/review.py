"""Review opinions (审批意见): what was decided on a submission, by whom and why; append-only (domain §2.3)."""

from __future__ import annotations

import datetime as dt

import strawberry

from authz.rules import REVIEWER
from authz.scopes import REVIEWS
from db.tables import review_record
from schema.declare import Row, field, one
from schema.enums import ReviewDecision, ReviewLevel, ReviewTarget
from schema.units import Unit


@strawberry.type(description="审批意见")
class ReviewRecord(Row, table=review_record, scope=REVIEWS, order=("decided_at", "id"), key=("id",)):
    """One decision. The reviewer's account is for the bureau and the reviewer's own unit; others see the unit."""

    id: strawberry.ID = field("编号", exported=False)
    target_type: ReviewTarget = field("审核对象")
    uscc: strawberry.ID = field("统一社会信用代码")
    target_year: int | None = field("年报年份")
    target_version: int = field("审核版本")
    level: ReviewLevel = field("审核层级")
    decision: ReviewDecision = field("审核结论")
    opinion: str | None = field("意见内容")
    reviewer: str | None = field("审核人", visible=REVIEWER)
    reviewer_unit: Unit | None = one("审核单位", keys={"code": "reviewer_unit"})
    decided_at: dt.datetime = field("审核时间")
