"""Units of Chongqing and Dalian as domain §3.10 lists them: the reference data of table ``unit``.

The first migration loads these rows and never touches them again: validity, hosts and names may be
edited in the database. A change here needs a migration of its own. A date that no public source
confirmed to the day is left open, and so is the code of the district that succeeded 江北 and 渝北.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from db.enums import UnitGroup, UnitKind, ZoneType

CHONGQING = "重庆市"
DALIAN = "大连市"

#: The last day of 江北区 and 渝北区, abolished on 6 November 2025.
_LAST_DAY_OF_OLD_DISTRICTS = date(2025, 11, 5)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One row of ``unit``. ``valid_to`` is the last day in force; None is open on that side."""

    code: str
    name: str
    short_code: str
    kind: UnitKind
    city: str
    zone_type: ZoneType | None = None
    group_code: UnitGroup | None = None
    host_code: str | None = None
    other_host_codes: tuple[str, ...] = ()
    is_jurisdiction: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()

    def as_columns(self) -> dict[str, Any]:
        """The row by column name, in values that a JSON writer knows."""
        row = asdict(self)
        for name in ("valid_from", "valid_to"):
            row[name] = row[name] and row[name].isoformat()
        return row


_CHONGQING_DISTRICTS: tuple[tuple[str, str, str, UnitGroup], ...] = (
    ("500101", "万州区", "WANZHOU", UnitGroup.NE),
    ("500102", "涪陵区", "FULING", UnitGroup.NEW),
    ("500103", "渝中区", "YUZHONG", UnitGroup.CORE),
    ("500104", "大渡口区", "DADUKOU", UnitGroup.CORE),
    ("500105", "江北区", "JIANGBEI", UnitGroup.CORE),
    ("500106", "沙坪坝区", "SHAPINGBA", UnitGroup.CORE),
    ("500107", "九龙坡区", "JIULONGPO", UnitGroup.CORE),
    ("500108", "南岸区", "NANAN", UnitGroup.CORE),
    ("500109", "北碚区", "BEIBEI", UnitGroup.CORE),
    ("500110", "綦江区", "QIJIANG", UnitGroup.NEW),
    ("500111", "大足区", "DAZU", UnitGroup.NEW),
    ("500112", "渝北区", "YUBEI", UnitGroup.CORE),
    ("500113", "巴南区", "BANAN", UnitGroup.CORE),
    ("500114", "黔江区", "QIANJIANG", UnitGroup.SE),
    ("500115", "长寿区", "CHANGSHOU", UnitGroup.NEW),
    ("500116", "江津区", "JIANGJIN", UnitGroup.NEW),
    ("500117", "合川区", "HECHUAN", UnitGroup.NEW),
    ("500118", "永川区", "YONGCHUAN", UnitGroup.NEW),
    ("500119", "南川区", "NANCHUAN", UnitGroup.NEW),
    ("500120", "璧山区", "BISHAN", UnitGroup.NEW),
    ("500151", "铜梁区", "TONGLIANG", UnitGroup.NEW),
    ("500152", "潼南区", "TONGNAN", UnitGroup.NEW),
    ("500153", "荣昌区", "RONGCHANG", UnitGroup.NEW),
    ("500154", "开州区", "KAIZHOU", UnitGroup.NE),
    ("500155", "梁平区", "LIANGPING", UnitGroup.NE),
    ("500156", "武隆区", "WULONG", UnitGroup.SE),
    ("500229", "城口县", "CHENGKOU", UnitGroup.NE),
    ("500230", "丰都县", "FENGDU", UnitGroup.NE),
    ("500231", "垫江县", "DIANJIANG", UnitGroup.NE),
    ("500233", "忠县", "ZHONGXIAN", UnitGroup.NE),
    ("500235", "云阳县", "YUNYANG", UnitGroup.NE),
    ("500236", "奉节县", "FENGJIE", UnitGroup.NE),
    ("500237", "巫山县", "WUSHAN", UnitGroup.NE),
    ("500238", "巫溪县", "WUXI_CQ", UnitGroup.NE),
    ("500240", "石柱土家族自治县", "SHIZHU", UnitGroup.SE),
    ("500241", "秀山土家族苗族自治县", "XIUSHAN", UnitGroup.SE),
    ("500242", "酉阳土家族苗族自治县", "YOUYANG", UnitGroup.SE),
    ("500243", "彭水苗族土家族自治县", "PENGSHUI", UnitGroup.SE),
)

#: Who took over the abolished districts' territory.
_SUCCESSORS = {"500105": ("LIANGJIANG",), "500112": ("LIANGJIANG", "500109")}

#: Zones of Chongqing: code, name, type, host districts (the main one first).
_CHONGQING_ZONES: tuple[tuple[str, str, ZoneType, tuple[str, ...]], ...] = (
    ("LIANGJIANG", "两江新区", ZoneType.NATIONAL_NEW_AREA, ("500112", "500105", "500109")),
    ("CQ_HTZ", "重庆高新区", ZoneType.NATIONAL_HTZ, ("500106", "500107")),
    ("WANSHENG", "万盛经开区", ZoneType.MUNICIPAL_ETDZ, ("500110",)),
    ("BISHAN_HTZ", "璧山高新区", ZoneType.NATIONAL_HTZ, ("500120",)),
    ("YONGCHUAN_HTZ", "永川高新区", ZoneType.NATIONAL_HTZ, ("500118",)),
    ("RONGCHANG_HTZ", "荣昌高新区", ZoneType.NATIONAL_HTZ, ("500153",)),
    ("CQ_ETDZ", "重庆经开区", ZoneType.NATIONAL_ETDZ, ("500108",)),
    ("WANZHOU_ETDZ", "万州经开区", ZoneType.NATIONAL_ETDZ, ("500101",)),
    ("CHANGSHOU_ETDZ", "长寿经开区", ZoneType.NATIONAL_ETDZ, ("500115",)),
    ("FULING_HTZ", "涪陵高新区", ZoneType.MUNICIPAL_HTZ, ("500102",)),
    ("QIJIANG_HTZ", "綦江高新区", ZoneType.MUNICIPAL_HTZ, ("500110",)),
    ("LIANGPING_HTZ", "梁平高新区", ZoneType.MUNICIPAL_HTZ, ("500155",)),
    ("DAZU_HTZ", "大足高新区", ZoneType.MUNICIPAL_HTZ, ("500111",)),
    ("TONGNAN_HTZ", "潼南高新区", ZoneType.MUNICIPAL_HTZ, ("500152",)),
    ("TONGLIANG_HTZ", "铜梁高新区", ZoneType.MUNICIPAL_HTZ, ("500151",)),
    ("HECHUAN_HTZ", "合川高新区", ZoneType.MUNICIPAL_HTZ, ("500117",)),
    ("DIANJIANG_HTZ", "垫江高新区", ZoneType.MUNICIPAL_HTZ, ("500231",)),
    ("FENGDU_HTZ", "丰都高新区", ZoneType.MUNICIPAL_HTZ, ("500230",)),
)

#: Zones with a science and technology bureau of their own: they own records, like a district does.
_ZONES_WITH_BUREAU = frozenset({"LIANGJIANG", "CQ_HTZ", "WANSHENG"})

_DALIAN_DIVISIONS: tuple[tuple[str, str, str, UnitKind], ...] = (
    ("210202", "中山区", "ZHONGSHAN", UnitKind.DISTRICT),
    ("210203", "西岗区", "XIGANG", UnitKind.DISTRICT),
    ("210204", "沙河口区", "SHAHEKOU", UnitKind.DISTRICT),
    ("210211", "甘井子区", "GANJINGZI", UnitKind.DISTRICT),
    ("210212", "旅顺口区", "LYUSHUNKOU", UnitKind.DISTRICT),
    ("210213", "金州区", "JINZHOU", UnitKind.DISTRICT),
    ("210214", "普兰店区", "PULANDIAN", UnitKind.DISTRICT),
    ("210224", "长海县", "CHANGHAI", UnitKind.COUNTY),
    ("210281", "瓦房店市", "WAFANGDIAN", UnitKind.COUNTY),
    ("210283", "庄河市", "ZHUANGHE", UnitKind.COUNTY),
)


def _chongqing_district(code: str, name: str, short_code: str, group: UnitGroup) -> UnitRow:
    """A district or county (codes from 500229 on); each has its own bureau."""
    return UnitRow(
        code,
        name,
        short_code,
        UnitKind.COUNTY if name.endswith("县") else UnitKind.DISTRICT,
        CHONGQING,
        group_code=group,
        is_jurisdiction=True,
        valid_to=_LAST_DAY_OF_OLD_DISTRICTS if code in _SUCCESSORS else None,
        successors=_SUCCESSORS.get(code, ()),
    )


def _chongqing_zone(code: str, name: str, zone_type: ZoneType, hosts: tuple[str, ...]) -> UnitRow:
    return UnitRow(
        code,
        name,
        code,
        UnitKind.ZONE,
        CHONGQING,
        zone_type=zone_type,
        host_code=hosts[0],
        other_host_codes=hosts[1:],
        is_jurisdiction=code in _ZONES_WITH_BUREAU,
    )


UNITS: tuple[UnitRow, ...] = (
    *(_chongqing_district(*row) for row in _CHONGQING_DISTRICTS),
    *(_chongqing_zone(*row) for row in _CHONGQING_ZONES),
    *(UnitRow(code, name, short, kind, DALIAN) for code, name, short, kind in _DALIAN_DIVISIONS),
    UnitRow(
        "DL_HTZ",
        "大连高新区",
        "DL_HTZ",
        UnitKind.ZONE,
        DALIAN,
        zone_type=ZoneType.NATIONAL_HTZ,
        host_code="210211",
        is_jurisdiction=True,
    ),
)
"""Every unit; 42 of them own records: 38 districts and counties, three zones, and Dalian's zone."""

JURISDICTIONS: tuple[UnitRow, ...] = tuple(row for row in UNITS if row.is_jurisdiction)
"""The units whose bureau owns records: the values of ``enterprise.unit_code``."""
