"""Finding rows by their enterprise: one search for every list whose rows belong to one (domain §1.3, 搜索).

Only the name, former names and the credit code are looked at, never a contact (domain §4.4).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.tables import enterprise
from schema.expressions import contains


def of_enterprise_named(row: Any, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """By the enterprise's present or former name or its credit code (domain C13), not by a name once filed."""
    named = enterprise.alias()
    return row.c.uscc.in_(sa.select(named.c.uscc).where(contains(named.c.search_text, text)))
