"""Exports (导出记录): who took what, and the link to take it; the file itself is never stored."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import strawberry

from authz.scopes import OWN_EXPORTS
from db.tables import export
from schema.declare import Filtering, Row, field
from schema.enums import ExportFormat, ExportStatus
from schema.signatures import signature

LINK_TOKEN = sa.bindparam("p_export_token", None, type_=sa.Text)


def _download_url(row: Any) -> sa.ColumnElement[str]:
    """A link for this export and this principal: the principal's link token, signed together with the export's id."""
    name = sa.cast(row.raw.id, sa.Text)
    path = sa.func.concat("/exports/", name, ".", sa.func.lower(row.raw.format), "?token=", LINK_TOKEN, ".")
    return path.concat(signature(name.concat(LINK_TOKEN)))


@strawberry.type(description="导出记录")
class Export(Row, table=export, scope=OWN_EXPORTS, order=("-created_at", "id"), key=("id",)):
    """An export that its requester registered."""

    id: strawberry.ID = field("编号")
    title: str = field("标题")
    status: ExportStatus = field("导出状态")
    format: ExportFormat = field("文件格式")
    rows: int | None = field("行数", expr=lambda r: sa.cast(r.raw.rows, sa.Integer))
    bytes: Decimal | None = field("大小", unit="字节", expr=lambda r: sa.cast(r.raw.bytes, sa.Numeric(20, 0)))
    created_at: dt.datetime = field("申请时间")
    expires_at: dt.datetime = field("链接有效期至")
    redacted: list[str] = field("未予显示的字段")
    download_url: str = field("下载链接", expr=_download_url, exported=False, filtering=Filtering.NONE)
