"""How a role is told that it may never see something: signed in or not, what was asked, and where."""

from __future__ import annotations

from authz.errors import Forbidden, KeqiError, Unauthenticated
from authz.principal import Role


def refusal(role: Role, label: str, what: str, path: tuple[str, ...], field: str | None = None) -> KeqiError:
    """The error for a field (or a kind of record) that ``role`` may never see.

    ``label`` is its Chinese name, ``what`` the developer's; ``field`` names the argument that asked for it, where it
    was a filter or an order and not the selection at ``path``.
    """
    if role is Role.PUBLIC:
        return Unauthenticated("请先登录后再查询", detail=f"{what} needs a signed-in principal", field=field, path=path)
    where = "从查询中去掉该字段" if field is None else f"从 {field} 中去掉该条件"
    message = f"{role.label}无权查询“{label}”，请{where}"
    return Forbidden(message, detail=f"{what} is not available to {role}", field=field, path=path)
