"""The schema as text, for ``/schema.graphql`` and ``keqi schema``: the whole one, or one role's own."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    parse,
    print_ast,
    print_schema,
)
from starlette.responses import Response

from authz.principal import Role
from resolvers.schema import core
from service.caller import caller
from service.contract import contract
from service.directives import Marks
from service.policy import policy
from service.record import record_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from service.state import AppState

MEDIA_TYPE = "application/graphql; charset=utf-8"
_END_OF_MEMBER = re.compile(r'^(  [^ "}].*)\n(?=  """)', re.MULTILINE)


@functools.cache
def sdl(role: Role | None = None, *, security: bool = True) -> str:
    """A schema in GraphQL's schema language, ending in a line break: a role's own, or the whole one.

    Without ``security`` it lacks @authenticated, @requiresScopes and @policy, which some gateways refuse.
    """
    schema = core() if role is None else contract(role)
    matrix = {each.name: each for each in policy(core())}
    marks = Marks(matrix, tuple(Role) if role is None else (role,), security=security)
    printed = [
        _marked(node, schema, marks) if isinstance(node, ObjectTypeDefinitionNode) else node
        for node in parse(print_schema(schema)).definitions
    ]
    needed = marks.definitions(schema)
    definitions = sorted((*printed, *(parse(needed).definitions if needed else ())), key=_place)
    return _spaced(print_ast(DocumentNode(definitions=tuple(definitions)))) + "\n"


def _marked(node: ObjectTypeDefinitionNode, schema: GraphQLSchema, marks: Marks) -> ObjectTypeDefinitionNode:
    """A type's definition with the directives that belong to it and to its fields."""
    kind = cast("GraphQLObjectType", schema.type_map[node.name.value])
    fields = [
        replace(each, directives=_directives(marks.of_field(kind, each.name.value))) for each in node.fields or ()
    ]
    return replace(node, directives=_directives(marks.of_type(kind)), fields=tuple(fields))


@functools.cache
def _directives(text: str) -> tuple[DirectiveNode, ...]:
    """Directives as they stand in a document."""
    return tuple(cast("Any", parse(f"scalar Marked {text}")).definitions[0].directives or ())


def _place(node: Any) -> tuple[bool, str]:
    """Directives first, then types, each by name."""
    return not isinstance(node, DirectiveDefinitionNode), node.name.value


def _spaced(text: str) -> str:
    """An empty line between members that are described, as people read them."""
    return _END_OF_MEMBER.sub(r"\1\n\n", text)


class SchemaText:
    """``/schema.graphql``: what front ends generate their types from. Tells what may be asked, no data.

    Whoever signs in gets the schema of the role; others get the whole one, or (``KEQI_PUBLISH_SCHEMA=false``) only
    what may be asked without signing in.
    """

    def __init__(self, state: AppState) -> None:
        self._state = state

    async def answer(self, request: Request) -> Response:
        """The text.

        Raises:
            Unauthenticated: the token is not valid.
            TooManyRequests: more than ``KEQI_RATE_LIMIT``.
        """
        record = record_of(request.scope)
        principal = await caller(self._state, record)
        is_whole = b"authorization" not in record.headers and self._state.settings.publish_schema
        return Response(sdl(None if is_whole else principal.role), media_type=MEDIA_TYPE)
