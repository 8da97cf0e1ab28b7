"""科企孵化库 (domain C36, §3.3 INCUBATION): young firms with a trace of technology that are not in the library yet.

No official text was found: every threshold here is our proposal [P], after 微成长 in the double-growth plan. The page
has no year and a report is optional: firms are judged today, by the newest approved report they have.
"""

from __future__ import annotations

import sqlalchemy as sa

from db.enums import LibraryKey
from schema.enums import Confidence, LibraryGroup
from schema.libraries.declare import Condition, DefaultYear, Filter, Library, Source, Values, flag, whole
from schema.libraries.findings import Finding, all_of, any_of, at_least, at_most, holds, more_than
from schema.libraries.inputs import Inputs

PROPOSED = Source(
    "本项目建议，参考“双倍增”行动计划（渝府办发〔2023〕26号）微成长思路，待主管部门确认", Confidence.PROPOSED
)


def _age(x: Inputs, p: Values) -> Finding:
    young = at_most("成立月数(月)", x.age_months, p["maxAgeMonths"])
    return all_of(young, holds("已成立", x.age_days >= 0))


def _technology(x: Inputs, p: Values) -> Finding:
    return any_of(
        at_least("知识产权数(件)", x.ip_total, p["minIp"]),
        more_than("研发费用(千元)", x.rd_expense, sa.literal_column("0", sa.Integer)),
        at_least("科技人员(人)", x.sci_tech_staff, p["minSciTechStaff"]),
        holds("在孵企业", x.is_tenant),
    )


INCUBATION = Library(
    key=LibraryKey.INCUBATION,
    group=LibraryGroup.CULTIVATION,
    basis=PROPOSED,
    conditions=(
        Condition(
            "I1",
            "成立不超过{maxAgeMonths}个月",
            PROPOSED,
            _age,
            (whole("maxAgeMonths", "成立月数上限", 60, 1200, "月"),),
        ),
        Condition(
            "I2",
            "具备科技要素：知识产权不少于{minIp}件，或有研发费用，或科技人员不少于{minSciTechStaff}人，或为在孵企业",
            PROPOSED,
            _technology,
            (
                whole("minIp", "知识产权数下限", 1, 100_000, "件"),
                whole("minSciTechStaff", "科技人员下限", 1, 10**6, "人"),
            ),
        ),
        Condition(
            "I3",
            "尚未入库（{excludeInLibrary}）",
            PROPOSED,
            lambda x, p: holds("未入库", sa.or_(sa.not_(p["excludeInLibrary"]), sa.not_(x.enterprise.in_library))),
            (flag("excludeInLibrary", "排除已入库企业", default=True),),
        ),
    ),
    filters=(Filter.SEARCH, Filter.ESTABLISHED_ON),
    exports=False,
    default_year=DefaultYear.CURRENT,
    needs_report=False,
)
