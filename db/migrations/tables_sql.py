"""Writes the tables of ``db.tables`` as SQL: the draft of a new revision, and what tests compare with.

``python -m db.migrations.tables_sql`` writes ``sql/0001_tables.sql``. A released revision is never written anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement, SetColumnComment, SetTableComment

from db.tables import metadata


def tables_sql() -> str:
    """All tables with their indexes and comments, in an order that foreign keys allow."""
    dialect = postgresql.dialect()
    statements = (str(element.compile(dialect=dialect)).strip() for element in _elements())
    return "".join(f"{_tidy(statement)};\n\n" for statement in statements)


def _elements() -> Iterator[DDLElement]:
    for table in metadata.sorted_tables:
        yield CreateTable(table)
        yield from (CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name)))
        yield SetTableComment(table)
        yield from (SetColumnComment(column) for column in table.columns)


def _tidy(statement: str) -> str:
    return "\n".join(line.rstrip().replace("\t", "    ") for line in statement.splitlines())


def rewrite_first_revision() -> None:
    """Write the tables into revision 0001, which is open until the first release."""
    heading = "-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.\n\n"
    (Path(__file__).parent / "sql" / "0001_tables.sql").write_text(heading + tables_sql(), encoding="utf-8")


if __name__ == "__main__":
    rewrite_first_revision()
