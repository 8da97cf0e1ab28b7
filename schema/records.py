"""Rows that the service itself knows (who asks, its settings, the export catalogue), handed to the statement as JSON.

They go through plans like stored rows, so that aliases, fragments, workbooks and rules work alike.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TableValuedAlias

KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "int": sa.Integer(),
    "bool": sa.Boolean(),
    "numeric": sa.Numeric(),
    "texts": sa.ARRAY(sa.Text()),
}


def records(source: str, /, **columns: str) -> TableValuedAlias:
    """A row source over the parameter ``p_<source>``, a JSON array of objects."""
    parameter = sa.bindparam(f"p_{source}", None, type_=sa.JSON())
    listed = [sa.column(column, KINDS[kind]) for column, kind in columns.items()]
    return sa.func.json_to_recordset(parameter).table_valued(*listed, name=source).render_derived(with_types=True)


def renamed(source: TableValuedAlias, name: str) -> TableValuedAlias:
    """The same row source under another name."""
    function: Any = source.element
    columns = [sa.column(column.name, column.type) for column in source.c]
    return function.table_valued(*columns, name=name).render_derived(with_types=True)
