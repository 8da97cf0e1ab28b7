"""A value as people read it: the words of the custom query on screen, the same as in its workbook."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from exporters.cells import listed
from schema.kinds import Kind


def shown(value: sa.ColumnElement[Any], kind: Kind) -> sa.ColumnElement[Any]:
    """The value as text: words for enumerations, 是 and 否, moments to the second in the session's time zone."""
    if kind.labels is not None and not kind.is_list:
        return sa.case(dict(kind.labels), value=value)
    if kind.name == "Boolean":
        return sa.case((value.is_(True), "是"), (value.is_(False), "否"))
    if kind.is_list:
        # An empty list is an empty field.
        return sa.func.nullif(listed(value, kind.labels), "", type_=sa.Text)
    if kind.name == "DateTime":
        return sa.func.to_char(value, "YYYY-MM-DD HH24:MI:SS", type_=sa.Text)
    return sa.cast(value, sa.Text)
