"""Writes the tables of ``db.tables`` as SQL: the draft of a new revision, and what tests compare with.

``python -m db.migrations.tables_sql TABLE ...`` prints them for a new revision; a landed one is not written anew.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement, SetColumnComment, SetTableComment

from db.tables import metadata

HEADING = "-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.\n\n"


def tables_sql(names: Collection[str] = ()) -> str:
    """The tables (without names: all) with their indexes and comments, in an order that foreign keys allow."""
    dialect = postgresql.dialect()
    statements = (str(element.compile(dialect=dialect)).strip() for element in _elements(names))
    return "".join(f"{_tidy(statement)};\n\n" for statement in statements)


def _elements(names: Collection[str]) -> Iterator[DDLElement]:
    for table in metadata.sorted_tables:
        if names and table.name not in names:
            continue
        yield CreateTable(table)
        yield from (CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name)))
        yield SetTableComment(table)
        yield from (SetColumnComment(column) for column in table.columns)


def _tidy(statement: str) -> str:
    return "\n".join(line.rstrip().replace("\t", "    ") for line in statement.splitlines())


if __name__ == "__main__":
    sys.stdout.write(HEADING + tables_sql(sys.argv[1:]))
