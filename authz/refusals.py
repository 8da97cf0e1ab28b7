"""How a role is told that it may never see something: signed in or not, what was asked, and where."""

from __future__ import annotations

from authz.errors import Forbidden, KeqiError, Unauthenticated
from authz.principal import Role


def refusal(role: Role, label: str, what: str, path: tuple[str, ...], field: str | None = None) -> KeqiError:
    """The error for a field (or a kind of record) that ``role`` may never see.

    ``label`` is its Chinese name, ``what`` the schema's, for the audit trail; ``field`` names the argument that asked
    for it, where it was a filter, an order or a field ticked, and not the selection at ``path``. Nobody is told more
    than what was asked: no type, rule or scope.
    """
    error = _refused(role, label, path, field)
    error.noted = what if field is None else f"{what}({field.split('.')[0]})"
    return error


def _refused(role: Role, label: str, path: tuple[str, ...], field: str | None) -> KeqiError:
    asked = ".".join(path) if field is None else f"{'.'.join(path)}({field})"
    if role is Role.PUBLIC:
        detail = f"{asked} needs a signed-in principal"
        return Unauthenticated("请先登录后再查询", detail=detail, field=field, path=path)
    where = "从查询中去掉该字段" if field is None else f"从 {field} 中去掉它"
    message = f"{role.label}无权查询“{label}”，请{where}"
    return Forbidden(message, detail=f"{asked} is not available to {role}", field=field, path=path)
