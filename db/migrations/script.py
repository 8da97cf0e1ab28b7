"""What a revision script is made of: SQL files of this package, and rows of reference data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from alembic import op


def run(*names: str) -> None:
    """Put SQL files into the script, word by word: no bind parameters, no escapes."""
    for name in names:
        put(sql_text(name))


def sql_text(name: str) -> str:
    """One SQL file of this package."""
    return (files("db.migrations") / "sql" / name).read_text(encoding="utf-8")


def load(table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert reference rows; the values travel as one JSON text, which the table's types read back."""
    columns = ", ".join(rows[0])
    values = json.dumps(rows, ensure_ascii=False)
    put(
        f"INSERT INTO {table} ({columns})\n"
        f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $rows${values}$rows$);"
    )


def put(sql: str) -> None:
    """Put SQL text into the script as it stands."""
    op.get_context().impl.static_output(sql)
