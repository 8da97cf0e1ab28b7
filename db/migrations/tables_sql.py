"""Writes the tables of ``db.tables`` as SQL: the draft of a new revision, and what tests compare with.

``python -m db.migrations.tables_sql`` prints it. A released revision is never written anew.
"""

from __future__ import annotations

from collections.abc import Iterator

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


if __name__ == "__main__":
    print(tables_sql(), end="")  # noqa: T201 - a command's output
