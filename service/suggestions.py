"""GraphQL's own errors, told by the role's schema: they name what the role may ask, and what the client wrote.

graphql-core knows no roles, and validation runs once for all of them. So where it refuses, the same check is made
again on the schema of the role, and what that one says is what the client reads: no suggestion, no type and no
argument in it can be one that the role may not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLError

from service.contract import contract
from service.documents import brief

if TYPE_CHECKING:
    from authz.principal import Role
    from service.documents import RequestRefused


def restated(refused: RequestRefused, role: Role) -> list[GraphQLError]:
    """The errors of a request that cannot run, as ``role`` may read them.

    A hidden field that is asked for properly is no mistake here; it is told of only where the mistakes stand inside it.
    """
    if refused.check is None:
        return refused.errors
    own = brief(refused.check(contract(role)))
    places = {_place(error) for error in refused.errors}
    return [error for error in own if _place(error) in places] or own or [GraphQLError("The request cannot run.")]


def _place(error: GraphQLError) -> tuple[int, int] | None:
    return next(((where.line, where.column) for where in error.locations or ()), None)
