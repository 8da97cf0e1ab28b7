"""Which actions: a permission per kind of doing, beside what may be seen (domain §4.3)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping

from authz.errors import Forbidden, Unauthenticated
from authz.principal import Principal, Role


class Action(enum.Enum):
    """Something a principal may do."""

    EXPORT = "EXPORT"
    REVEAL = "REVEAL"
    EXPLAIN = "EXPLAIN"
    SAVE_LIBRARY = "SAVE_LIBRARY"

    @property
    def label(self) -> str:
        """The action as people say it."""
        return ACTION_LABELS[self]


ACTION_LABELS = {
    Action.EXPORT: "导出",
    Action.REVEAL: "查看联系方式原值",
    Action.EXPLAIN: "查看查询计划",
    Action.SAVE_LIBRARY: "保存科企库条件参数",
}

PERMISSIONS: Mapping[Action, frozenset[Role]] = {
    # Everyone with the right to query, but neither banks nor the public (domain §4.3).
    Action.EXPORT: frozenset(Role) - {Role.BANK_USER, Role.PUBLIC},
    # Roles marked R for contacts whose enterprises they do not see in full already (domain §4.2, design "Contacts").
    Action.REVEAL: frozenset({Role.MUNICIPAL_OFFICER, Role.PLATFORM_ADMIN}),
    # The inspector's; an installation may name other roles (a developer's, on synthetic rows) or none.
    Action.EXPLAIN: frozenset({Role.PLATFORM_ADMIN}),
    # A district's for its own unit, the bureau's for the city (domain §4.3; design, "Libraries and conditions").
    Action.SAVE_LIBRARY: frozenset({Role.DISTRICT_OFFICER, Role.MUNICIPAL_OFFICER}),
}


def require(principal: Principal, action: Action, permitted: Collection[Role] | None = None) -> None:
    """Refuse a principal whose role may not do this.

    ``permitted`` are the roles that this installation names, instead of those above.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the role has no permission.
    """
    if principal.role in (PERMISSIONS[action] if permitted is None else permitted):
        return
    if principal.role is Role.PUBLIC:
        raise Unauthenticated(f"请先登录后再{action.label}", detail=f"{action.value} needs a signed-in principal")
    raise Forbidden(
        f"{principal.role.label}无权{action.label}", detail=f"{action.value} is not permitted to {principal.role}"
    )
