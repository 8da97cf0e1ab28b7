"""The one schema, put together."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import strawberry
from graphql import GraphQLSchema
from strawberry.directive import DirectiveLocation, DirectiveValue
from strawberry.schema.config import StrawberryConfig

from authz.actions import Action
from resolvers.mutation import Mutation
from resolvers.query import Query
from schema.inputs import add_list_arguments
from schema.neighbors import offer_lists
from schema.scalars import SCALARS


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name="column",
    description="导出为工作簿时：header 为列名，hide 为真则不导出该列",
)
def column(value: DirectiveValue[str], header: str | None = strawberry.UNSET, hide: bool = False) -> str:  # noqa: ARG001 - read by the planner
    """Change nothing: what the directive says is for workbooks."""
    return value


DIRECTIVE_ACTIONS = {"column": Action.EXPORT}
"""Directives that only serve an action; other roles' schemas do not have them."""


def core() -> GraphQLSchema:
    """graphql-core's schema, which Strawberry keeps to itself."""
    return cast("Any", build())._schema  # noqa: SLF001


@cache
def build() -> strawberry.Schema:
    """The schema with every type of every room."""
    add_list_arguments(Query)
    offer_lists(Query)
    made = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        directives=[column],
        config=StrawberryConfig(scalar_map=cast("Any", SCALARS)),
    )
    # graphql-core itself sees to it that one entry is given; Strawberry has a rule of its own, which is not asked here.
    cast("Any", made)._schema.type_map["ListContext"].is_one_of = True  # noqa: SLF001
    return made
