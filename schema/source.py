"""A derived table that selects no more columns than are read of it: a report has over a hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler


class Narrowed(sa.TableClause):
    """A named sub-select whose columns are chosen last, by what reads them (``narrow``)."""

    inherit_cache = False

    def __init__(
        self,
        name: str,
        columns: Iterable[sa.ColumnElement[Any]],
        query: Callable[[Sequence[str]], sa.Select[Any]],
    ) -> None:
        """``query`` selects the columns of these names, in this order."""
        super().__init__(name, *(sa.column(cast("str", column.key), column.type) for column in columns))
        self._make = query
        self.query: sa.Select[Any] | None = None

    def narrow(self, *readers: sa.ClauseElement) -> None:
        """Select what ``readers`` name of this source, whatever depth they name it at."""
        read = {
            element.name
            for reader in readers
            for element in _elements(reader)
            if isinstance(element, sa.ColumnClause) and element.table is self
        }
        self.query = self._make([column.name for column in self.columns if column.name in read])

    def get_children(self, **_options: Any) -> Iterable[Any]:
        """The sub-select, so that what it reads of the queries around it is found there."""
        return () if self.query is None else (self.query,)


def _elements(reader: Any) -> Iterator[Any]:
    """All that a clause is made of. SQLAlchemy's own walk leaves out what stands in the rows of a VALUES list."""
    for element in visitors.iterate(reader):
        yield element
        if isinstance(element, sa.Values):
            for row in (row for rows in cast("Any", element)._data for row in rows):  # noqa: SLF001
                for value in row:
                    if isinstance(value, sa.ClauseElement):
                        yield from _elements(value)


@compiles(Narrowed)
def _narrowed(element: Narrowed, compiler: SQLCompiler, *, asfrom: bool = False, **options: Any) -> str:
    name = compiler.preparer.quote(element.name)
    if not asfrom or element.query is None:
        return name
    return f"({compiler.process(element.query, asfrom=True, **options)}) AS {name}"
