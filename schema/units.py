"""Units: districts and counties, zones, and the bureaus that run enterprises' files (domain §3.10).

Reference data, visible to everyone. What a unit may see is a matter of scopes, not of this type.
"""

from __future__ import annotations

import datetime as dt

import strawberry

from authz.scopes import EVERYONE
from db.tables import unit
from schema.declare import Row, field, one
from schema.enums import UnitGroup, UnitKind, ZoneType


@strawberry.type(description="行政或管理单位：区县，或自设科技主管部门的开发区")
class Unit(Row, table=unit, scope=EVERYONE, order=("code",), key=("code",)):
    """A district or county (GB/T 2260 code) or a zone (own code); the key of row scope."""

    code: strawberry.ID = field("代码")
    name: str = field("名称")
    kind: UnitKind = field("类别")
    short_code: str = field("简码")
    zone_type: ZoneType | None = field("开发区类型")
    city: str = field("所在市")
    group: UnitGroup | None = field("所属片区", expr=lambda r: r.raw.group_code)
    host: Unit | None = one("主要所在区县", keys={"code": "host_code"})
    other_host_codes: list[str] = field("其他所在区县代码")
    is_jurisdiction: bool = field("是否主管单位")
    valid_from: dt.date | None = field("启用日期")
    valid_to: dt.date | None = field("停用日期")
    successors: list[str] = field("承接单位代码")
