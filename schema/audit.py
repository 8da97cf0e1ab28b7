"""The audit trail (审计日志): who read, exported, revealed or changed what (design, "Authorisation"; domain §4.2).

Written by ``authz/audit.py``, never here. An enterprise sees which office read its data, not which person, and nothing
of other enterprises that the same read touched.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
import strawberry

from authz.rules import AUDITED_READER, AUDITED_SUBJECTS
from authz.scopes import AUDIT_LOG
from db.tables import audit_entry
from schema.declare import Filtering, Row, field, many
from schema.enums import AuditKind, Role
from schema.units import Unit


@strawberry.type(description="审计日志：谁在何时查询、导出、查看或变更了什么")
class AuditEntry(Row, table=audit_entry, scope=AUDIT_LOG, order=("-no",), key=("no",)):
    """One line: a read of personal or consented data, an export, a refusal, a reveal, a write."""

    no: strawberry.ID = field("编号")
    at: dt.datetime = field("时间", filtering=Filtering.RANGE)
    kind: AuditKind = field("类别")
    role: Role = field("角色")
    units: list[Unit] = many("所属单位", keys={"code": "units"}, order=("code",))
    bank: str | None = field("所属银行代码")
    department: str | None = field("责任部门代码")
    subject: str = field("账号", visible=AUDITED_READER, filtering=Filtering.ANY_OF)
    operation: str = field("操作名称", visible=AUDITED_READER)
    fields: list[str] = field("涉及字段")
    rows: int = field("行数", visible=AUDITED_READER, expr=lambda r: sa.cast(r.raw.rows, sa.Integer))
    subjects: list[str] = field("涉及企业", visible=AUDITED_SUBJECTS)
    filter: str = field("查询条件", visible=AUDITED_READER)
    client: str = field("客户端地址", visible=AUDITED_READER)
    request_id: str = field("请求编号", visible=AUDITED_READER)
    outcome: str = field("结果")
    reason: str | None = field("查看理由")
