"""The plan: what an operation asks, as pure data. It knows nothing of SQL, JSON or Excel."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from schema.declare import Column, Relation, Row
from schema.given import Given, ResponsePath
from schema.kinds import Kind


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a row. ``name`` is the field's Python name."""

    key: str
    path: ResponsePath
    name: str
    column: Column
    kind: Kind
    given: Mapping[str, Given]
    header: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class TypeName:
    """``__typename``: known without asking the database."""

    key: str
    path: ResponsePath
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Fields of a part of the same row, such as a tab."""

    key: str
    path: ResponsePath
    target: type[Row]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A related row, or a short list of them."""

    key: str
    path: ResponsePath
    relation: Relation
    target: type[Row]
    items: tuple[Item, ...]
    given: Mapping[str, Given]
    many: bool
    header: str | None = None
    required: bool = False
    """Whether the schema promises the related row."""


class FacetKind(enum.Enum):
    """What may be asked of a connection and of its parts."""

    NODES = "nodes"
    EDGES = "edges"
    PAGE_INFO = "pageInfo"
    TOTAL_COUNT = "totalCount"
    NODE = "node"
    CURSOR = "cursor"
    TYPE_NAME = "__typename"
    HAS_NEXT = "hasNextPage"
    HAS_PREVIOUS = "hasPreviousPage"
    START = "startCursor"
    END = "endCursor"


@dataclass(frozen=True, slots=True)
class Facet:
    """One field of a connection, an edge or a page info."""

    key: str
    path: ResponsePath
    kind: FacetKind
    items: tuple[Item, ...] = ()
    facets: tuple[Facet, ...] = ()
    type_name: str = ""

    def asks(self, *kinds: FacetKind) -> bool:
        """Whether this facet or one below is of one of ``kinds``."""
        return self.kind in kinds or any(facet.asks(*kinds) for facet in self.facets)


@dataclass(frozen=True, slots=True)
class Pages:
    """A connection: a filtered, ordered list of which one page is asked."""

    key: str
    path: ResponsePath
    relation: Relation
    target: type[Row]
    given: Mapping[str, Given]
    facets: tuple[Facet, ...]
    size: int | None
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """Fields chosen by name: an array of texts in JSON, a column each in a workbook."""

    key: str
    path: ResponsePath
    columns: tuple[Item, ...]


Item = Leaf | TypeName | Group | Link | Pages | Values


@dataclass(frozen=True, slots=True)
class Plan:
    """All root fields of one operation."""

    roots: tuple[Item, ...]
