"""The schema as text, for ``/schema.graphql`` and ``keqi schema``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from starlette.responses import Response

from resolvers.schema import build

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPE = "application/graphql; charset=utf-8"


@cache
def sdl() -> str:
    """The whole schema in GraphQL's schema language, ending in a line break."""
    return build().as_str().rstrip() + "\n"


async def schema_text(_: Request) -> Response:
    """``/schema.graphql``: what front ends generate their types from. Tells what may be asked, no data."""
    return Response(sdl(), media_type=MEDIA_TYPE)
