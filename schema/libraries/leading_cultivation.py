"""领军企业培育库 (domain C41-C43, §3.3 LEADING_CULTIVATION): no official text was found, all values are proposals."""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import LibraryKey, PlatformLevel
from schema.enums import Confidence, LibraryGroup
from schema.libraries.declare import Condition, Library, Source, Values, amount, flag, share, whole, words
from schema.libraries.findings import Finding, at_least, holds, share_at_least, word
from schema.libraries.inputs import Inputs

PROPOSED = Source("本项目建议：未找到正式文件，参数待主管部门确认", Confidence.REGULATION_LOW)

RANKS = {level.value: rank for rank, level in enumerate(reversed(PlatformLevel), start=1)}
"""5 for a national platform down to 1 for the enterprise's own; the database ranks them alike (``library_fact``)."""


def _platform(x: Inputs, p: Values) -> Finding:
    asked = p["minPlatformLevel"]
    rank = sa.case(
        *((word(name) == sa.any_(asked), sa.literal_column(str(at), sa.Integer)) for name, at in RANKS.items())
    )
    return at_least("研发平台最高级别(国家级5、部级4、省市级3、区县级2、自建1、无0)", x.platform_rank, rank)


LEADING_CULTIVATION = Library(
    key=LibraryKey.LEADING_CULTIVATION,
    group=LibraryGroup.CULTIVATION,
    basis=PROPOSED,
    conditions=(
        Condition(
            "L1",
            "营业收入不低于{minOperatingRevenue}千元",
            PROPOSED,
            lambda x, p: at_least("营业收入(千元)", x.operating_revenue, p["minOperatingRevenue"]),
            (amount("minOperatingRevenue", "营业收入下限", 400_000),),
        ),
        Condition(
            "L2",
            "研发费用占营业收入比例不低于{minRdIntensity}",
            PROPOSED,
            lambda x, p: share_at_least("研发投入强度", x.rd_expense, x.operating_revenue, p["minRdIntensity"]),
            (share("minRdIntensity", "研发投入强度下限", "0.05"),),
        ),
        Condition(
            "L3",
            "有效发明专利不少于{minInventionPatents}件",
            PROPOSED,
            lambda x, p: at_least("有效发明专利数(件)", x.invention_patents, p["minInventionPatents"]),
            (whole("minInventionPatents", "有效发明专利数下限", 15, 100_000, "件"),),
        ),
        Condition(
            "L4",
            "拥有{minPlatformLevel}及以上研发平台",
            PROPOSED,
            _platform,
            (words("minPlatformLevel", "研发平台级别下限", PlatformLevel, (PlatformLevel.MUNICIPAL,), single=True),),
        ),
        Condition(
            "L5",
            "研发人员占职工总数的比例不低于{minRdStaffRatio}",
            PROPOSED,
            lambda x, p: share_at_least("研发人员占比", x.rd_staff, x.staff_total, p["minRdStaffRatio"]),
            (share("minRdStaffRatio", "研发人员占比下限", "0.10"),),
        ),
        Condition(
            "L6",
            "是有效期内的高新技术企业（要求：{requireHnte}）",
            PROPOSED,
            lambda x, p: holds("有效高企证书", sa.or_(sa.not_(p["requireHnte"]), x.is_hnte)),
            (flag("requireHnte", "要求有效高企", default=True),),
        ),
    ),
    settable=True,
)
