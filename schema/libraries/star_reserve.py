"""科创板上市企业储备库 (domain C40, §3.3 STAR_RESERVE): the rule set STAR-2024.

The rule set before it, STAR-2021, had 60,000 千元, 5 patents and 20 % in the same form. Parameters are not the page's
to change; a new rule set is a new declaration.
"""

from __future__ import annotations

import sqlalchemy as sa

from authz.predicates import constant
from db.enums import HiTechField, LibraryKey
from schema.enums import Confidence, LibraryGroup
from schema.libraries.declare import Condition, Filter, Library, Source, Values, amount, share, whole
from schema.libraries.findings import Finding, any_of, at_least, holds, share_at_least
from schema.libraries.growth import growth_at_least
from schema.libraries.inputs import Inputs

GUIDE = Source("《科创属性评价指引（试行）》（2024年4月修订，规则集 STAR-2024）", Confidence.REGULATION_HIGH)


def _research(x: Inputs, p: Values) -> Finding:
    return any_of(
        share_at_least("近三年研发费用占营业收入比例", x.rd_expense_sum, x.operating_revenue_sum, p["minRdRatio"]),
        at_least("近三年研发费用(千元)", x.rd_expense_sum, p["minRdSum"]),
    )


def _growth(x: Inputs, p: Values) -> Finding:
    return any_of(
        growth_at_least("近两年营业收入复合增长率", x.operating_revenue, x.operating_revenue_2, 2, p["minGrowth"]),
        at_least("营业收入(千元)", x.operating_revenue, p["minRevenue"]),
    )


def _special(x: Inputs, p: Values) -> Finding:
    return any_of(
        at_least("核心技术发明专利数(件)", x.main_patents, p["minCorePatents"]),
        holds("科创属性例外情形", x.star_flag_count > 0),
    )


def _field(x: Inputs, _p: Values) -> Finding:
    services = constant(HiTechField.HIGH_TECH_SERVICES)
    return holds("行业领域", sa.or_(x.field_of_technology != services, x.star_flag_count > 0))


STAR_RESERVE = Library(
    key=LibraryKey.STAR_RESERVE,
    group=LibraryGroup.CULTIVATION,
    basis=GUIDE,
    conditions=(
        Condition(
            "S1",
            "近三年研发费用占营业收入比例不低于{minRdRatio}，或近三年研发费用合计不低于{minRdSum}千元",
            GUIDE,
            _research,
            (share("minRdRatio", "研发费用占比下限", "0.05"), amount("minRdSum", "三年研发费用下限", 80_000)),
        ),
        Condition(
            "S2",
            "研发人员占职工总数的比例不低于{minRdStaffRatio}",
            GUIDE,
            lambda x, p: share_at_least("研发人员占比", x.rd_staff, x.staff_total, p["minRdStaffRatio"]),
            (share("minRdStaffRatio", "研发人员占比下限", "0.10"),),
        ),
        Condition(
            "S3",
            "应用于主营业务的发明专利不少于{minPatents}件",
            GUIDE,
            lambda x, p: at_least("主营业务发明专利数(件)", x.main_patents, p["minPatents"]),
            (whole("minPatents", "发明专利数下限", 7, 100_000, "件"),),
        ),
        Condition(
            "S4",
            "近两年营业收入复合增长率不低于{minGrowth}，或营业收入不低于{minRevenue}千元",
            GUIDE,
            _growth,
            (share("minGrowth", "复合增长率下限", "0.25"), amount("minRevenue", "营业收入下限", 300_000)),
        ),
    ),
    alternatives=(
        Condition(
            "S5",
            "例外情形之一：核心技术发明专利不少于{minCorePatents}件，或国际领先、国家科技奖励、国家重大专项、进口替代",
            GUIDE,
            _special,
            (whole("minCorePatents", "核心技术发明专利数下限", 50, 100_000, "件"),),
        ),
    ),
    fixed=(
        Condition(
            "SX1",
            "未在科创板、主板、创业板、北交所上市",
            GUIDE,
            lambda x, _p: holds("未上市", sa.not_(x.is_listed)),
        ),
        Condition(
            "SX2",
            "属于科创板支持的行业领域（高新技术领域中除高技术服务外，有例外情形的除外）",
            Source("领域对应关系为本项目建议", Confidence.PROPOSED),
            _field,
        ),
    ),
    filters=(Filter.DISTRICT,),
)
