"""Roll-ups: what the statistics read, kept true beside the rows they count (domain §2.6 to §2.8).

``fact_*`` hold what each enterprise gave to the cubes when it was last folded, ``cube_*`` the sums of that, ``touched``
the credit codes whose rows changed since. Nobody writes them but the triggers of revision 0007 and ``db.rollups``;
readers use the views ``live_*``, which add what is not folded yet. No foreign keys: a fact outlives its enterprise
until it is folded away, and no writer may wait for a roll-up.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE

from db.tables.base import Kyuan, Name, count, day, flag, metadata, moment, text
from db.tables.reports import annual_report

#: Sums of 千元 and 万元: without a bound of their own.
_Sum = sa.Numeric()

#: Room in each page for the next version of its rows: an update then leaves the index alone.
_ROOM = {"fillfactor": 50}

#: What annual-report statistics add up, as the report's columns are called (domain §2.8, C31).
SUMMED = (
    "operating_revenue",
    "main_business_revenue",
    "high_tech_product_revenue",
    "total_profit",
    "tax_paid",
    "rd_expense",
    "total_assets",
    "staff_total",
    "sci_tech_staff",
    "rd_staff",
    "doctors",
    "masters",
    "new_graduates_hired",
    "patent_applications",
    "invention_applications",
    "granted_this_year",
    "valid_invention_patents",
    "software_copyrights",
    "achievement_conversions",
)

#: What they count in a report's lists, never null: column, label.
COUNTED = {
    "platforms_national": "国家级研发平台(个)",
    "platforms_ministerial": "部级研发平台(个)",
    "platforms_municipal": "省(市)级研发平台(个)",
    "platforms_district": "区县级研发平台(个)",
    "platforms_enterprise": "企业自建研发平台(个)",
    "with_platform": "有研发平台的企业(家)",
    "standards_led": "主导制定标准(项)",
    "standards_participated": "参与制定标准(项)",
    "science_awards": "科技奖励(项)",
    "hi_tech_products": "高新技术产品(项)",
}

#: The three kinds of cultivation progress (domain §2.7): column suffix, label.
CULTIVATED = {"tech_enterprise": "科技型企业", "hnte": "高新技术企业", "tech_sme": "科技型中小企业"}


def _word(name: str, comment: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, Name, primary_key=key, nullable=False, comment=comment)


def _number(name: str, comment: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, autoincrement=False, nullable=False, comment=comment)


def _place(*, key: bool = False) -> list[sa.Column[str]]:
    """Where an enterprise is now; no district or no zone is the empty text, which can stand in a key."""
    return [
        _word("unit_code", "主管单位", key=key),
        _word("district_code", "区县(无则为空)", key=key),
        _word("zone_code", "所属开发区(无则为空)", key=key),
    ]


def _sums(names: tuple[str, ...] = SUMMED) -> list[sa.Column[Any]]:
    columns: list[sa.Column[Any]] = []
    for name in names:
        label = annual_report.c[name].comment or name
        kind = _Sum if isinstance(annual_report.c[name].type, sa.Numeric) else sa.BigInteger()
        columns.append(sa.Column(name, kind, nullable=False, comment=label))
        reported = sa.Column(
            f"{name}_reported", sa.BigInteger, nullable=False, comment=f"{label.split('(')[0]}填报数(份)"
        )
        columns.append(reported)
    return columns


touched = sa.Table(
    "touched",
    metadata,
    _word("uscc", "统一社会信用代码(空: 全部)"),
    sa.Index(None, "uscc"),
    comment="汇总待并入的企业",
)

fact_enterprise = sa.Table(
    "fact_enterprise",
    metadata,
    _word("uscc", "统一社会信用代码", key=True),
    *_place(),
    sa.Column("registered_year", sa.Integer, comment="成立年份(注销则为空)"),
    day("library_day", "入库日期(未入库则为空)"),
    _word("industry_category", "产业类别"),
    _word("hi_tech_field", "高新技术领域"),
    sa.Column("hnte", DATEMULTIRANGE, comment="高新技术企业有效期(合并后)"),
    sa.Column("tech_sme", DATEMULTIRANGE, comment="科技型中小企业有效期(合并后)"),
    comment="汇总依据:企业",
)

fact_report = sa.Table(
    "fact_report",
    metadata,
    _word("uscc", "统一社会信用代码", key=True),
    _number("year", "年份", key=True),
    *_place(),
    flag("in_library", "当年末是否在库", default=False),
    _word("status", "审核状态"),
    text("enterprise_size", "企业规模"),
    flag("is_above_scale_industrial", "是否规上工业企业", default=False),
    *(
        sa.Column(
            name,
            Kyuan if isinstance(annual_report.c[name].type, sa.Numeric) else sa.Integer,
            comment=annual_report.c[name].comment,
        )
        for name in SUMMED
    ),
    *(_number(name, label) for name, label in COUNTED.items()),
    comment="汇总依据:年报",
)

fact_voucher = sa.Table(
    "fact_voucher",
    metadata,
    _word("uscc", "统一社会信用代码", key=True),
    _number("year", "申领年份", key=True),
    *_place(),
    _word("type", "创新券类型", key=True),
    _word("enterprise_size", "企业规模(申领年份)", key=True),
    _word("industry_category", "产业类别(申领年份)", key=True),
    _word("hi_tech_field", "高新技术领域(申领年份)", key=True),
    _number("records", "申领笔数(张)"),
    sa.Column("applied", _Sum, nullable=False, comment="申领金额(万元)"),
    sa.Column("approved", _Sum, nullable=False, comment="核定金额(万元)"),
    comment="汇总依据:创新券",
)

cube_tally = sa.Table(
    "cube_tally",
    metadata,
    _word("series", "统计项", key=True),
    _number("bucket", "时段(年、年月或年月日)", key=True),
    *_place(key=True),
    _word("value", "分类值", key=True),
    sa.Column("entities", sa.BigInteger, nullable=False, comment="企业数(家)"),
    sa.Column("records", sa.BigInteger, nullable=False, comment="笔数(张)"),
    sa.Column("applied", _Sum, nullable=False, comment="申领金额(万元)"),
    sa.Column("approved", _Sum, nullable=False, comment="核定金额(万元)"),
    comment="汇总:企业数与创新券",
    postgresql_with=_ROOM,
)

cube_report = sa.Table(
    "cube_report",
    metadata,
    _number("year", "年份", key=True),
    *_place(key=True),
    sa.Column("reports", sa.BigInteger, nullable=False, comment="年报数(份)"),
    *_sums(),
    *(sa.Column(name, sa.BigInteger, nullable=False, comment=label) for name, label in COUNTED.items()),
    comment="汇总:已通过年报",
    postgresql_with=_ROOM,
)

cultivation_snapshot = sa.Table(
    "cultivation_snapshot",
    metadata,
    sa.Column("unit_code", Name, sa.ForeignKey("unit.code"), primary_key=True, comment="主管单位"),
    sa.Column(
        "month",
        sa.Integer,
        sa.CheckConstraint("mod(month, 100) BETWEEN 1 AND 12", "month_of_a_year"),
        primary_key=True,
        autoincrement=False,
        comment="月份(如 202212)",
    ),
    moment("frozen_at", "封存时间", nullable=False, now=True),
    *(
        column
        for kind, label in CULTIVATED.items()
        for column in (
            count(f"target_{kind}", f"{label}年度目标(家)"),
            count(f"month_new_{kind}", f"{label}当月新增(家)", nullable=False),
            count(f"ytd_new_{kind}", f"{label}本年新增(家)", nullable=False),
            count(f"total_{kind}", f"{label}总数(家)", nullable=False),
        )
    ),
    count("reserve_hnte_count", "高企后备库企业数(家)"),
    sa.Index(None, "month"),
    comment="培育进度月末封存",
)


def _view(name: str, *columns: sa.Column[Any]) -> sa.TableClause:
    return sa.table(name, *(sa.column(column.name, column.type) for column in columns))


#: What readers use: rows are contributions, always to be summed (one key may stand in several, some negative).
live_tally = _view("live_tally", *cube_tally.columns)
live_report_sums = _view("live_report_sums", *cube_report.columns)
