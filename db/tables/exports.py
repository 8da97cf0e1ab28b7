"""Exports: who took what, under which rules, and until when the signed link works."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from db.enums import AccountRole, ExportFormat, ExportStatus
from db.tables.base import choice, metadata, moment, text, texts

export = sa.Table(
    "export",
    metadata,
    sa.Column("id", UUID, primary_key=True, server_default=sa.text("gen_random_uuid()"), comment="编号"),
    text("title", "标题", 200, nullable=False),
    choice("status", "导出状态", ExportStatus, nullable=False),
    text("requester_subject", "申请人账号", 60, nullable=False),
    choice("requester_role", "申请人角色", AccountRole, nullable=False),
    text("document", "查询文本", nullable=False),
    sa.Column("variables", JSONB, nullable=False, server_default="{}", comment="查询变量"),
    choice("format", "文件格式", ExportFormat, nullable=False),
    sa.Column("rows", sa.BigInteger, sa.CheckConstraint("rows >= 0", "rows_not_negative"), comment="行数(行)"),
    sa.Column("bytes", sa.BigInteger, sa.CheckConstraint("bytes >= 0", "bytes_not_negative"), comment="大小(字节)"),
    texts("redacted", "未予显示的字段"),
    moment("created_at", "申请时间", nullable=False, now=True),
    moment("expires_at", "链接有效期至", nullable=False),
    sa.CheckConstraint("expires_at > created_at", "expires_after_created"),
    sa.Index(None, "requester_subject", sa.text("created_at DESC")),
    comment="导出记录",
)
