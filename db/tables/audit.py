"""The audit trail: who read, exported, revealed or changed what, line by line, sealed in chained batches.

Written by the SQL functions of revision 0002 alone (``audit_append``, ``audit_roll``), which assign numbers without
gaps under one lock and seal each batch. Nothing is ever changed or removed: triggers refuse it, and ``keqi audit
verify`` shows what was done past them. Personal data never stands here: filters arrive masked.
"""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import AuditKind
from db.tables.base import Name, choice, metadata, moment, text, texts

audit_entry = sa.Table(
    "audit_entry",
    metadata,
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
    sa.CheckConstraint("(roll IS NULL) = (roll_digest IS NULL)", "roll_has_digest"),
    sa.Index(None, "at"),
    sa.Index(None, "subject", "at"),
    sa.Index(None, "roll", postgresql_where=sa.text("roll IS NOT NULL")),
    # The pending list takes the index's cost out of the request that writes a line; vacuum and its limit fold it in.
    sa.Index(
        None,
        "subjects",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on", "gin_pending_list_limit": 1024},
    ),
    comment="审计记录(只增不改)",
)

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

audit_seal = sa.Table(
    "audit_seal",
    metadata,
    sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False, comment="批次(连续)"),
    sa.Column("first_no", sa.BigInteger, nullable=False, comment="首行编号"),
    sa.Column("last_no", sa.BigInteger, nullable=False, comment="末行编号"),
    moment("sealed_at", "封存时间(数据库时钟)", nullable=False),
    sa.Column("leaves", sa.LargeBinary, nullable=False, comment="各行摘要(每行32字节)"),
    text("key_id", "密钥编号", nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="链式摘要(32字节)"),
    sa.CheckConstraint("last_no >= first_no", "lines_ordered"),
    sa.CheckConstraint("octet_length(leaves) = 32 * (last_no - first_no + 1)", "leaf_per_line"),
    sa.CheckConstraint("octet_length(digest) = 32", "digest_length"),
    comment="审计批次封存(只增不改)",
)
