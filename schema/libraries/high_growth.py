"""高成长科技企业筛选库 (domain C44, §3.3 HIGH_GROWTH): gazelles, potential unicorns, unicorns.

Values as reported in the press [R-M]; that growth counts from the year Y-3 is our reading [P].
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from db.enums import LibraryKey
from schema.declare import MILLION_USD
from schema.enums import Confidence, GrowthCategory, LibraryGroup, ParameterKind
from schema.expressions import ratio
from schema.libraries.declare import (
    Condition,
    Filter,
    Library,
    Parameter,
    Source,
    Values,
    amount,
    share,
    whole,
)
from schema.libraries.findings import Finding, all_of, at_least, at_most, more_than, number, word
from schema.libraries.growth import growth_at_least
from schema.libraries.inputs import Inputs

PLAN = "《重庆市独角兽、瞪羚企业培育工作方案（2023—2027年）》"
REPORTED = Source(f"{PLAN}，按2024年公开报道", Confidence.REGULATION_MEDIUM)
SPAN_YEARS = 3


def _intensity(x: Inputs, p: Values) -> Finding:
    years = (
        (x.rd_expense, x.operating_revenue),
        (x.rd_expense_1, x.operating_revenue_1),
        (x.rd_expense_2, x.operating_revenue_2),
    )
    least = p["minRdIntensity"]
    lowest = sa.func.least(*(ratio(spent, revenue) for spent, revenue in years), type_=sa.Numeric)
    passes = sa.and_(*(spent >= least * sa.func.nullif(revenue, 0) for spent, revenue in years))
    return Finding(passes, lowest, number(least), least - lowest, word("近三年最低研发投入强度"))


def _growth(x: Inputs, p: Values) -> Finding:
    base = x.operating_revenue_3
    rate = sa.case(
        (base >= p["band3Base"], p["band3Growth"]),
        (base >= p["band2Base"], p["band2Growth"]),
        (base >= p["band1Base"], p["band1Growth"]),
    )
    found = growth_at_least("三年营业收入复合增长率", x.operating_revenue, base, SPAN_YEARS, rate)
    # Below the first band there is no rate to reach: it fails, whatever the growth.
    passes = sa.case((base < p["band1Base"], sa.false()), else_=found.passes)
    return Finding(passes, found.actual, found.threshold, found.gap, found.measure)


def _unicorn(x: Inputs, p: Values) -> Finding:
    return all_of(
        at_least("最近一轮估值(百万美元)", x.valuation_usd, p["minValuationUsd"]),
        at_least("累计融资(百万美元)", x.financing_usd, p["minFinancingUsd"]),
        at_most("成立月数(月)", x.age_months, p["maxAgeMonths"]),
    )


def _capital(months: int, valuation: int, financing: int) -> tuple[Parameter, ...]:
    return (
        whole("maxAgeMonths", "成立月数上限", months, 1200, "月"),
        _millions("minValuationUsd", "估值下限", valuation),
        _millions("minFinancingUsd", "累计融资下限", financing),
    )


def _millions(name: str, label: str, default: int) -> Parameter:
    return Parameter(name, label, ParameterKind.DECIMAL, Decimal(default), MILLION_USD, most=Decimal(10**7))


HIGH_GROWTH = Library(
    key=LibraryKey.HIGH_GROWTH,
    group=LibraryGroup.RESERVE,
    basis=REPORTED,
    conditions=(
        Condition(
            "G1",
            "近三年每年研发费用占营业收入比例不低于{minRdIntensity}",
            REPORTED,
            _intensity,
            (share("minRdIntensity", "研发投入强度下限", "0.03"),),
        ),
        Condition(
            "G2",
            "与主导产品相关的Ⅰ类知识产权不少于{minClassI}件",
            REPORTED,
            lambda x, p: at_least("Ⅰ类知识产权数(件)", x.class_i, p["minClassI"]),
            (whole("minClassI", "Ⅰ类知识产权数下限", 1, 100_000, "件"),),
        ),
        Condition(
            "G3",
            "三年前营业收入{band1Base}千元以上复合增长率不低于{band1Growth}，{band2Base}千元以上不低于{band2Growth}，"
            "{band3Base}千元以上不低于{band3Growth}",
            Source(f"{PLAN}，按2024年公开报道；以三年前为基期为本项目理解", Confidence.PROPOSED),
            _growth,
            (
                amount("band1Base", "第一档基期营业收入下限", 10_000),
                share("band1Growth", "第一档复合增长率下限", "0.30"),
                amount("band2Base", "第二档基期营业收入下限", 50_000),
                share("band2Growth", "第二档复合增长率下限", "0.20"),
                amount("band3Base", "第三档基期营业收入下限", 100_000),
                share("band3Growth", "第三档复合增长率下限", "0.15"),
            ),
        ),
        Condition(
            "G4",
            "营业收入高于上年",
            REPORTED,
            lambda x, _p: more_than("营业收入(千元)", x.operating_revenue, x.operating_revenue_1),
        ),
    ),
    alternatives=(
        Condition(
            "G5",
            "独角兽：成立不超过{maxAgeMonths}个月，估值不低于{minValuationUsd}百万美元，融资不低于{minFinancingUsd}百万美元",
            REPORTED,
            _unicorn,
            _capital(120, 1000, 50),
            category=GrowthCategory.UNICORN,
        ),
        Condition(
            "G6",
            "潜在独角兽：成立不超过{maxAgeMonths}个月，估值不低于{minValuationUsd}百万美元，融资不低于{minFinancingUsd}百万美元",
            REPORTED,
            _unicorn,
            _capital(108, 100, 5),
            category=GrowthCategory.POTENTIAL_UNICORN,
        ),
    ),
    filters=(Filter.SEARCH, Filter.IS_FIRST_TIME, Filter.YEAR),
    category=GrowthCategory.GAZELLE,
)
