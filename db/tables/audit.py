"""The audit trail: who read, exported, was refused, saw in clear or changed what, in sealed and chained batches.

``audit_seal`` is the record: a batch's lines word for word, under a keyed digest that covers the batch before it.
``audit_line`` is the same lines spread over columns, to be searched; spreading comes after the request that wrote them,
and the view ``audit_entry`` shows all lines at any moment, spread already or not. Everything is written by revision
0002's functions alone and never changed: triggers refuse it, and ``keqi audit verify`` shows what was done past them.
Personal data never stands here: filters arrive masked.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.enums import AuditKind
from db.tables.base import Name, choice, metadata, moment, text, texts

LARGEST_INLINE_BYTES = 8160
"""A batch of this size or less stays in its row's page: parting it into toast costs more than writing it."""

# No constraints but the key: each would cost every page that waits for its line, and the seal itself proves more.
audit_seal = sa.Table(
    "audit_seal",
    metadata,
    sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False, comment="批次(连续)"),
    sa.Column("first_no", sa.BigInteger, nullable=False, comment="首行编号"),
    sa.Column("last_no", sa.BigInteger, nullable=False, comment="末行编号"),
    moment("sealed_at", "封存时间(数据库时钟)", nullable=False),
    sa.Column("lines", sa.LargeBinary, nullable=False, comment="各行原文(JSON)"),
    text("key_id", "密钥编号", nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="链式摘要(32字节)"),
    comment="审计批次(只增不改)",
    postgresql_with={"toast_tuple_target": LARGEST_INLINE_BYTES},
)


def _columns() -> list[sa.Column[Any]]:
    """The columns of a line, in the table and in the view."""
    return [
        sa.Column("no", sa.BigInteger, primary_key=True, autoincrement=False, comment="编号(连续)"),
        sa.Column("batch", sa.BigInteger, nullable=False, comment="批次"),
        moment("at", "时间(数据库时钟)", nullable=False),
        choice("kind", "类别", AuditKind, nullable=False),
        text("subject", "账号", nullable=False),
        text("role", "角色", nullable=False),
        texts("units", "主管单位范围"),
        text("bank", "银行代码"),
        text("department", "责任部门代码"),
        text("reader_uscc", "查询人所属企业的统一社会信用代码"),
        text("operation", "操作名称", nullable=False),
        texts("fields", "涉及字段"),
        sa.Column("rows", sa.BigInteger, nullable=False, comment="行数(行)"),
        texts("subjects", "涉及企业的统一社会信用代码(不重复,升序)"),
        sa.Column("roll", sa.BigInteger, comment="企业名单编号(涉及企业过多时)"),
        sa.Column("roll_digest", sa.LargeBinary, comment="企业名单摘要"),
        text("filter", "查询条件(已脱敏)", nullable=False),
        text("client", "客户端地址", nullable=False),
        text("request_id", "请求编号", nullable=False),
        text("outcome", "结果", nullable=False),
        text("reason", "查看理由"),
    ]


audit_line = sa.Table(
    "audit_line",
    metadata,
    *_columns(),
    sa.Index(None, "at"),
    sa.Index(None, "subject", "at"),
    sa.Index(None, "roll", postgresql_where=sa.text("roll IS NOT NULL")),
    # Small pending lists: one is folded in by the spreading that fills it, in tens of milliseconds and not in hundreds.
    sa.Index(None, "subjects", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 1024}),
    comment="审计记录(由批次展开,只增不改)",
)

audit_entry = sa.Table("audit_entry", sa.MetaData(), *_columns(), comment="审计记录(视图)")
"""A view: the lines that are spread already and those that are not."""

audit_subjects = sa.Table(
    "audit_subjects",
    metadata,
    sa.Column("roll", sa.BigInteger, primary_key=True, autoincrement=False, comment="名单编号"),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False, comment="分段序号"),
    sa.Column("lo", Name, nullable=False, comment="本段最小的统一社会信用代码"),
    sa.Column("hi", Name, nullable=False, comment="本段最大的统一社会信用代码"),
    texts("usccs", "统一社会信用代码(不重复,升序)"),
    sa.Index(None, "lo", "hi"),
    comment="审计记录的企业名单(只增不改)",
)

audit_spread = sa.Table(
    "audit_spread",
    metadata,
    sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False, comment="已展开到的批次"),
    comment="审计批次展开进度(一行)",
)
