"""Pages for people: the landing page and GraphiQL, from files beside ``web/``; no address outside this service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

import web
from service.headers import PAGE
from service.record import RequestRecord, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


def wants_console(record: RequestRecord) -> bool:
    """Whether a person's browser opened ``/graphql``, as opposed to a program asking by GET."""
    accept = record.headers.get(b"accept", b"")
    return b"text/html" in accept and b"json" not in accept


async def landing(request: Request) -> FileResponse:
    """``/``: what this is and where to go."""
    return _file(request, web.LANDING)


async def console(request: Request) -> FileResponse:
    """``GET /graphql`` in a browser: GraphiQL, or how to build it where its files are missing."""
    return _file(request, web.CONSOLE if web.is_built() else web.UNBUILT)


async def asset(request: Request) -> FileResponse:
    """``/assets/{name}``: a script or style of the pages, by name from a closed list."""
    path = web.asset(request.path_params["name"])
    if path is None or not path.is_file():
        raise HTTPException(404)
    return _file(request, path)


def _file(request: Request, path: Path) -> FileResponse:
    record_of(request.scope).answer_headers = PAGE
    return FileResponse(path)
