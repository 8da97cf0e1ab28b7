"""Units: districts, counties and zones that own records or host enterprises (domain §3.10)."""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import UnitGroup, UnitKind, ZoneType
from db.tables.base import Name, choice, day, flag, metadata, text, texts

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("code", Name, primary_key=True, comment="代码(GB/T 2260 或开发区代码)"),
    text("name", "名称", 60, nullable=False),
    text("short_code", "简码", 30, nullable=False),
    choice("kind", "单位类型", UnitKind, nullable=False),
    choice("zone_type", "开发区类型", ZoneType),
    text("city", "所在城市", 30, nullable=False),
    choice("group_code", "区域分组", UnitGroup),
    sa.Column("host_code", Name, sa.ForeignKey("unit.code"), comment="主要所在区县"),
    texts("other_host_codes", "其他所在区县"),
    flag("is_jurisdiction", "是否主管单位", default=False),
    day("valid_from", "有效期起"),
    day("valid_to", "有效期止(含当日)"),
    texts("successors", "撤销后的承接单位"),
    sa.UniqueConstraint("short_code"),
    sa.CheckConstraint("(kind = 'ZONE') = (zone_type IS NOT NULL)", "zone_has_type"),
    sa.CheckConstraint("valid_from <= valid_to", "validity_ordered"),
    comment="行政区划与开发区",
)
