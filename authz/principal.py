"""The principal: who asks, in which role, with which row scope."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Role(enum.StrEnum):
    """The eight roles of the design; PUBLIC is everyone without a token."""

    DISTRICT_OFFICER = "DISTRICT_OFFICER"
    MUNICIPAL_OFFICER = "MUNICIPAL_OFFICER"
    ENTERPRISE_USER = "ENTERPRISE_USER"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"
    DEPARTMENT_OFFICER = "DEPARTMENT_OFFICER"
    BANK_USER = "BANK_USER"
    ANALYST = "ANALYST"
    PUBLIC = "PUBLIC"

    @property
    def label(self) -> str:
        """The role's name as people say it."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.DISTRICT_OFFICER: "区县科技局",
    Role.MUNICIPAL_OFFICER: "市科技局",
    Role.ENTERPRISE_USER: "企业用户",
    Role.PLATFORM_ADMIN: "平台管理员",
    Role.DEPARTMENT_OFFICER: "责任部门",
    Role.BANK_USER: "合作银行",
    Role.ANALYST: "统计分析",
    Role.PUBLIC: "公众",
}


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller. A scope that is missing means no rows (deny by default, domain §4.1).

    ``subject`` is the account's stable name (never a person's phone or ID); ``units`` are the
    jurisdiction units of a district officer; ``uscc``, ``bank`` and ``department`` are set for the
    roles that are bound to one.
    """

    role: Role
    subject: str = "anonymous"
    name: str = ""
    units: tuple[str, ...] = ()
    uscc: str | None = None
    bank: str | None = None
    department: str | None = None

    @property
    def shape(self) -> tuple[str, bool]:
        """What of the principal decides a plan's form: never who it is, only of which kind."""
        return (self.role.value, len(self.units) == 1)

    @property
    def scope_label(self) -> str | None:
        """Whose rows this principal sees, in words; None where its units say it."""
        match self.role:
            case Role.DISTRICT_OFFICER:
                return None
            case Role.ENTERPRISE_USER:
                return f"本企业（{self.uscc}）" if self.uscc else "无"
            case Role.BANK_USER:
                return "已授权的企业"
            case Role.PUBLIC:
                return "公开信息"
            case _:
                return "全市"

    def parameters(self) -> dict[str, object]:
        """Values of the bind parameters that row scopes and rules use."""
        return {
            "p_units": list(self.units),
            "p_unit": self.units[0] if len(self.units) == 1 else None,
            "p_uscc": self.uscc,
            "p_bank": self.bank,
            "p_department": self.department,
            "p_subject": self.subject,
        }


PUBLIC = Principal(Role.PUBLIC)
