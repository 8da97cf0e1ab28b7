"""Whose library parameters a principal keeps: an officer the own unit's, the bureau the city's (domain §4.3)."""

from __future__ import annotations

from authz.errors import BadUserInput, NotFound
from authz.principal import Principal, Role
from db.tables.libraries import CITY


def holder_of(principal: Principal, unit: str | None) -> str:
    """The holder that ``principal`` saves for; ``unit`` chooses among several units of an officer.

    Raises:
        BadUserInput: an officer of several units (or of none) names no unit, or the bureau names one.
        NotFound: the unit is none of the officer's.
    """
    if principal.role is Role.MUNICIPAL_OFFICER:
        if unit is not None:
            message = "市科技局保存的参数用于全市，请去掉 unit"
            raise BadUserInput("input.unit", message, detail="the bureau saves for the whole city")
        return CITY
    if unit is None:
        if len(principal.units) != 1:
            message = "账号不是恰好管辖一个单位，请用 unit 指明为哪个单位保存"
            raise BadUserInput("input.unit", message, detail="the unit is ambiguous")
        return principal.units[0]
    if unit not in principal.units:
        raise NotFound("没有这个单位，或不在您的权限范围内", detail="no such unit in scope")
    return unit
