"""The one schema, put together."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.query import Query
from schema.inputs import add_list_arguments
from schema.scalars import SCALARS


@cache
def build() -> strawberry.Schema:
    """The schema with every type of every room."""
    add_list_arguments(Query)
    return strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=cast("Any", SCALARS)))
