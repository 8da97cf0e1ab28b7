"""国家科技型中小企业后备库 (domain C45-C47, §3.3 NATIONAL_SME_RESERVE): size, and 60 points or a direct pass."""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import LibraryKey
from schema.enums import Confidence, LibraryGroup
from schema.libraries.declare import (
    Condition,
    DefaultYear,
    Filter,
    Library,
    Source,
    Values,
    amount,
    flag,
    whole,
)
from schema.libraries.findings import Finding, all_of, any_of, at_least, at_most, holds, more_than
from schema.libraries.inputs import Inputs

RULES = "《科技型中小企业评价办法》（国科发政〔2017〕115号）"
RECOGNISED_RANK = 3
"""A platform recognised at provincial (municipal) level or above."""


def _articles(numbers: str) -> Source:
    return Source(f"{RULES}{numbers}", Confidence.REGULATION_HIGH)


def _size(x: Inputs, p: Values) -> Finding:
    return all_of(
        at_most("职工总数(人)", x.staff_total, p["maxStaff"]),
        at_most("销售收入(千元)", x.sales_revenue, p["maxSalesRevenue"]),
        at_most("资产总额(千元)", x.total_assets, p["maxTotalAssets"]),
    )


def _evaluation(x: Inputs, p: Values) -> Finding:
    nothing = sa.literal_column("0", sa.Integer)
    scored = all_of(
        at_least("综合评价分(分)", x.sme_score, p["minScore"]),
        more_than("科技人员指标得分(分)", x.sme_staff_score, nothing),
    )
    direct = sa.or_(x.has_national_award, x.platform_rank >= RECOGNISED_RANK, x.led_standard, x.is_hnte)
    return any_of(scored, holds("直接确认条件", sa.and_(p["allowDirectPass"], direct)))


NATIONAL_SME_RESERVE = Library(
    key=LibraryKey.NATIONAL_SME_RESERVE,
    group=LibraryGroup.RESERVE,
    basis=Source(f"{RULES}；两条条件说明与条文的对应为本项目建议，待确认", Confidence.PROPOSED),
    conditions=(
        Condition(
            "N1",
            "职工总数不超过{maxStaff}人，年销售收入不超过{maxSalesRevenue}千元，资产总额不超过{maxTotalAssets}千元",
            _articles("第六条"),
            _size,
            (
                whole("maxStaff", "职工总数上限", 500, 10**6, "人"),
                amount("maxSalesRevenue", "销售收入上限", 200_000),
                amount("maxTotalAssets", "资产总额上限", 200_000),
            ),
        ),
        Condition(
            "N2",
            "综合评价不低于{minScore}分且科技人员指标得分不为0，或符合直接确认条件之一（采用：{allowDirectPass}）",
            _articles("第七条、第八条"),
            _evaluation,
            (
                whole("minScore", "综合评价分数线", 60, 100, "分"),
                flag("allowDirectPass", "采用直接确认条件", default=True),
            ),
        ),
    ),
    fixed=(
        Condition(
            "NX1",
            "产品和服务不属于禁止、限制、淘汰类",
            _articles("第六条"),
            lambda x, _p: holds("非限制类", sa.not_(x.restricted_industry)),
        ),
        Condition(
            "NX2",
            "当年及上一年未发生重大安全、质量事故和严重环境违法、科研失信行为",
            _articles("第六条"),
            lambda x, _p: holds("无事故和失信", sa.not_(x.misconduct)),
        ),
        Condition(
            "NX3",
            "未列入经营异常名录和严重违法失信名单",
            _articles("第六条"),
            lambda x, _p: holds("未列入名单", sa.not_(x.in_bad_lists)),
        ),
        Condition(
            "NX4",
            "尚不是有效的科技型中小企业（排除：{excludeValidTechSme}）",
            Source("本项目建议", Confidence.PROPOSED),
            lambda x, p: holds("无有效登记", sa.or_(sa.not_(p["excludeValidTechSme"]), sa.not_(x.is_tech_sme))),
            (flag("excludeValidTechSme", "排除有效科技型中小企业", default=True),),
        ),
    ),
    filters=(Filter.SEARCH, Filter.YEAR),
    settable=True,
    default_year=DefaultYear.CONFIGURED,
)
