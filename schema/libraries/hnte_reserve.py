"""高企后备库 (domain C37-C39, §3.3 HNTE_RESERVE): the seven conditions of HNTE art. 11, with a stand-in for the score.

That the page's seven texts are these seven items is our mapping [P]: the screenshot is not in the manual's text.
"""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import HiTechField, LibraryKey
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
    share,
    whole,
    words,
)
from schema.libraries.findings import Finding, all_of, at_least, holds, more_than, share_at_least
from schema.libraries.inputs import Inputs

ARTICLE = "《高新技术企业认定管理办法》（国科发火〔2016〕32号）第十一条"


def _item(number: str) -> Source:
    return Source(f"{ARTICLE}（{number}）", Confidence.REGULATION_HIGH)


def _property(x: Inputs, p: Values) -> Finding:
    return all_of(
        at_least("知识产权数(件)", x.ip_total, p["minIpCount"]),
        at_least("Ⅰ类知识产权数(件)", sa.func.coalesce(x.class_i, 0), p["minClassI"]),
        at_least("Ⅱ类知识产权数(件)", sa.func.coalesce(x.class_ii, 0), p["minClassII"]),
    )


def _research(x: Inputs, p: Values) -> Finding:
    tier = sa.case(
        (x.sales_revenue <= p["tier1Max"], p["tier1Ratio"]),
        (x.sales_revenue <= p["tier2Max"], p["tier2Ratio"]),
        (x.sales_revenue > p["tier2Max"], p["tier3Ratio"]),
    )
    missing = sa.and_(x.rd_domestic_sum.is_(None), sa.not_(p["requireDomesticData"]))
    domestic = share_at_least("近三年境内研发费用占比", x.rd_domestic_sum, x.rd_expense_sum, p["minDomesticRdShare"])
    ignored = Finding(sa.or_(missing, domestic.passes), *_shown(domestic))
    return all_of(share_at_least("近三年研发费用占销售收入比例", x.rd_expense_sum, x.sales_revenue_sum, tier), ignored)


def _shown(finding: Finding) -> tuple[sa.ColumnElement[object], ...]:
    return finding.actual, finding.threshold, finding.gap, finding.measure


HNTE_RESERVE = Library(
    key=LibraryKey.HNTE_RESERVE,
    group=LibraryGroup.CULTIVATION,
    basis=Source(f"{ARTICLE}；七条条件说明与条文的对应、创新能力预评分为本项目建议，待确认", Confidence.PROPOSED),
    conditions=(
        Condition(
            "H1",
            "企业注册成立{minDaysRegistered}天以上",
            _item("一"),
            lambda x, p: at_least("注册天数(天)", x.age_days, p["minDaysRegistered"]),
            (whole("minDaysRegistered", "注册天数下限", 365, 36_500, "天"),),
        ),
        Condition(
            "H2",
            "拥有核心自主知识产权：合计不少于{minIpCount}件，其中Ⅰ类不少于{minClassI}件、Ⅱ类不少于{minClassII}件",
            _item("二"),
            _property,
            (
                whole("minIpCount", "知识产权数下限", 1, 100_000, "件"),
                whole("minClassI", "Ⅰ类知识产权数下限", 0, 100_000, "件"),
                whole("minClassII", "Ⅱ类知识产权数下限", 0, 100_000, "件"),
            ),
        ),
        Condition(
            "H3",
            "核心技术属于国家重点支持的高新技术领域：{fields}",
            _item("三"),
            lambda x, p: holds("高新技术领域", x.field_of_technology == sa.any_(p["fields"])),
            (words("fields", "高新技术领域", HiTechField, tuple(HiTechField), single=False),),
        ),
        Condition(
            "H4",
            "科技人员占职工总数的比例不低于{minSciTechStaffRatio}",
            _item("四"),
            lambda x, p: share_at_least("科技人员占比", x.sci_tech_staff, x.staff_total, p["minSciTechStaffRatio"]),
            (share("minSciTechStaffRatio", "科技人员占比下限", "0.10"),),
        ),
        Condition(
            "H5",
            "近三年研发费用占销售收入比例：销售收入{tier1Max}千元以下不低于{tier1Ratio}，{tier2Max}千元以下不低于"
            "{tier2Ratio}，以上不低于{tier3Ratio}；境内研发费用占比不低于{minDomesticRdShare}"
            "（必须填报境内数据：{requireDomesticData}）",
            _item("五"),
            _research,
            (
                amount("tier1Max", "第一档销售收入上限", 50_000),
                share("tier1Ratio", "第一档研发费用占比下限", "0.05"),
                amount("tier2Max", "第二档销售收入上限", 200_000),
                share("tier2Ratio", "第二档研发费用占比下限", "0.04"),
                share("tier3Ratio", "第三档研发费用占比下限", "0.03"),
                share("minDomesticRdShare", "境内研发费用占比下限", "0.60"),
                flag("requireDomesticData", "必须填报境内研发费用", default=False),
            ),
        ),
        Condition(
            "H6",
            "高新技术产品（服务）收入占总收入的比例不低于{minHighTechRevenueRatio}",
            _item("六"),
            lambda x, p: share_at_least(
                "高新技术产品（服务）收入占比", x.high_tech_revenue, x.total_income, p["minHighTechRevenueRatio"]
            ),
            (share("minHighTechRevenueRatio", "高新技术产品（服务）收入占比下限", "0.60"),),
        ),
        Condition(
            "H7",
            "创新能力评价高于{minInnovationScore}分（按年报预评，不代替专家评价）",
            Source(f"{ARTICLE}（七）；预评分方法为本项目建议", Confidence.PROPOSED),
            lambda x, p: more_than("创新能力预评分(分)", x.pre_score, p["minInnovationScore"]),
            (whole("minInnovationScore", "创新能力评价分数线", 70, 100, "分"),),
        ),
    ),
    fixed=(
        Condition(
            "HX1",
            "当年未发生重大安全、重大质量事故或严重环境违法行为",
            _item("八"),
            lambda x, _p: holds("无事故和环境违法", sa.not_(x.accident_or_violation)),
        ),
        Condition(
            "HX2",
            "不是有效期内的高新技术企业（排除：{excludeValidHnte}）",
            Source("本项目建议", Confidence.PROPOSED),
            lambda x, p: holds("无有效高企证书", sa.or_(sa.not_(p["excludeValidHnte"]), sa.not_(x.is_hnte))),
            (flag("excludeValidHnte", "排除有效高企", default=True),),
        ),
    ),
    filters=(Filter.SEARCH, Filter.YEAR),
    settable=True,
    default_year=DefaultYear.CONFIGURED,
)
