"""Which fields of a row: one rule per kind of field, giving each role a verdict (domain §4.2, design).

A verdict is FULL, MASKED, NEVER (asking is refused), or a predicate on the row: where it is false
the value is null and ``extensions.redacted`` names the field.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from authz.predicates import CONSENTED_TO, RECORDED, REVIEWED_HERE, Predicate
from authz.principal import Role
from db.enums import ConsentScope


class Verdict(enum.Enum):
    """What a role gets of a field, where that does not depend on the row."""

    FULL = "FULL"
    MASKED = "MASKED"
    NEVER = "NEVER"


class Visibility(enum.Enum):
    """The rule's name as the schema shows it in ``@visible(to:)``."""

    EVERYONE = "EVERYONE"
    OFFICIALS = "OFFICIALS"
    OWN_DISTRICT = "OWN_DISTRICT"
    OWN_ENTERPRISE = "OWN_ENTERPRISE"
    PERSONAL = "PERSONAL"
    CONSENTED = "CONSENTED"
    REVEALED = "REVEALED"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who sees a field. Roles that are not named may never see it (deny by default)."""

    visibility: Visibility
    reason: str
    verdicts: Mapping[Role, Verdict | Predicate]
    consent: ConsentScope | None = None

    def verdict(self, role: Role) -> Verdict | Predicate:
        """The verdict for ``role``."""
        return self.verdicts.get(role, Verdict.NEVER)

    def is_recorded(self, role: Role) -> bool:
        """Whether a read by ``role`` leaves an audit line: personal data in clear, or what a consent opened."""
        verdict = self.verdict(role)
        if isinstance(verdict, Predicate):
            return verdict.name in RECORDED
        return self.visibility is Visibility.PERSONAL and verdict is Verdict.FULL


FULL, MASKED = Verdict.FULL, Verdict.MASKED

EVERYONE = Rule(Visibility.EVERYONE, "看得到这一行的人都可以看到", dict.fromkeys(Role, FULL))

_OFFICIALS_AND_OWNER = {
    Role.DISTRICT_OFFICER: FULL,
    Role.MUNICIPAL_OFFICER: FULL,
    Role.ENTERPRISE_USER: FULL,
    Role.ANALYST: FULL,
}

PERSONAL = Rule(
    Visibility.PERSONAL,
    "个人信息：本单位区县科技局和企业本身可见，其他人看到脱敏值",
    {
        Role.DISTRICT_OFFICER: FULL,
        Role.ENTERPRISE_USER: FULL,
        Role.MUNICIPAL_OFFICER: MASKED,
        Role.PLATFORM_ADMIN: MASKED,
        Role.ANALYST: MASKED,
    },
)
"""Contacts (design, "Contacts"). A district officer's row scope is the row's own unit, so no test per row is left."""

FORM_VALUE = Rule(
    Visibility.PERSONAL,
    "表单中的联系人是个人信息，其他人看到脱敏值或空值",
    {**PERSONAL.verdicts, Role.BANK_USER: MASKED},
)
"""A value of the form, whose rows for contacts hold what the role may see of them: masks, or nothing for a bank."""

ID_NUMBER = Rule(
    Visibility.OWN_ENTERPRISE,
    "身份证号只存脱敏值，企业本身和平台管理员可见",
    {Role.ENTERPRISE_USER: FULL, Role.PLATFORM_ADMIN: FULL},
)
"""The column holds the mask already (domain §4.2 O (M), §4.4): the number itself is never selected."""

REGISTRY = Rule(
    Visibility.CONSENTED,
    "工商登记信息",
    {**_OFFICIALS_AND_OWNER, Role.PLATFORM_ADMIN: FULL, Role.BANK_USER: CONSENTED_TO[ConsentScope.BASIC]},
    ConsentScope.BASIC,
)

REVIEW_STATUS = Rule(
    Visibility.OFFICIALS,
    "企业基本信息的审核状态供审核和管理使用，企业本身可见",
    {**_OFFICIALS_AND_OWNER, Role.PLATFORM_ADMIN: FULL},
)
"""How far the form has come, for whoever sees submitted forms; a bank sees approved ones only (domain §4.2)."""

REVIEWER = Rule(
    Visibility.OWN_DISTRICT,
    "审核人姓名账号仅市局、平台管理员和审核人所在单位可见",
    {Role.MUNICIPAL_OFFICER: FULL, Role.PLATFORM_ADMIN: FULL, Role.DISTRICT_OFFICER: REVIEWED_HERE},
)
"""Others see the reviewer's unit only (domain §4.2, ReviewRecord)."""


REVEALED = Rule(
    Visibility.REVEALED,
    "个人信息原值：说明理由后逐条查看，并留下审计记录",
    {Role.MUNICIPAL_OFFICER: FULL, Role.PLATFORM_ADMIN: FULL},
)
"""Roles marked R (domain §4.2). The reveal's own audit line stands for the read."""

AUDITED_READER = Rule(
    Visibility.OFFICIALS,
    "查询人的账号和查询细节；企业只看到查询单位",
    {
        Role.DISTRICT_OFFICER: FULL,
        Role.MUNICIPAL_OFFICER: FULL,
        Role.PLATFORM_ADMIN: FULL,
        Role.DEPARTMENT_OFFICER: FULL,
        Role.BANK_USER: FULL,
    },
)
"""As with reviewers, an enterprise learns the unit, not the person (domain §4.2, ReviewRecord)."""

AUDITED_SUBJECTS = Rule(
    Visibility.OFFICIALS,
    "同一次查询涉及的全部企业，仅市局和平台管理员可见",
    {Role.MUNICIPAL_OFFICER: FULL, Role.PLATFORM_ADMIN: FULL},
)
"""A list of what was visible then: an enterprise may have moved, a consent may be revoked since."""


LIBRARY_RESULTS = Rule(
    Visibility.OFFICIALS,
    "入库条件的判断结果和实际值仅区县、市局和统计分析可见，企业只看到是否在库",
    {Role.DISTRICT_OFFICER: FULL, Role.MUNICIPAL_OFFICER: FULL, Role.ANALYST: FULL},
)
"""Domain §4.2, LibraryEntry: the enterprise has membership only; analysts see rows (design)."""

LIBRARY_PARAMETERS = Rule(
    Visibility.OFFICIALS,
    "设置入库条件参数查询仅限区县和市局",
    {Role.DISTRICT_OFFICER: FULL, Role.MUNICIPAL_OFFICER: FULL},
)
"""Who may ask a library with parameters of their own (domain §4.3)."""


def consented(scope: ConsentScope) -> Rule:
    """Officials, analysts and the enterprise see it; a bank only with consent to ``scope`` in force."""
    return Rule(
        Visibility.CONSENTED,
        f"银行需企业授权“{scope.label}”数据",
        {**_OFFICIALS_AND_OWNER, Role.BANK_USER: CONSENTED_TO[scope]},
        scope,
    )


IP = consented(ConsentScope.IP)
FINANCIAL = consented(ConsentScope.FINANCIAL)
BASIC = consented(ConsentScope.BASIC)
SCORE = consented(ConsentScope.SCORE)

RATING_DETAIL = Rule(
    Visibility.OFFICIALS,
    "评级得分和分项得分只供科技主管部门、统计分析和企业本身使用，不提供给银行",
    _OFFICIALS_AND_OWNER,
)
"""How a grade came about (domain §4.2: factor scores); what a bank gets of a rating is the grade and the limit."""


SINGLE_AMOUNT = Rule(
    Visibility.OFFICIALS,
    "最小值和最大值是单个企业的数据，仅市局、区县科技局和统计分析人员可见",
    {Role.DISTRICT_OFFICER: FULL, Role.MUNICIPAL_OFFICER: FULL, Role.ANALYST: FULL},
)
"""However many make a cell, its extremes are one enterprise's: for those who see small cells (``suppression``)."""
