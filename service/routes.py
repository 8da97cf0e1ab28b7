"""Every route but ``/graphql``, as small Starlette endpoints; their errors leave in the one shape of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router

from authz.errors import NotFound
from service.downloads import Downloads
from service.health import Health
from service.pages import asset, console, landing
from service.refusals import WrongMethod
from service.sdl import SchemaText

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.state import AppState


class OtherRoutes:
    """The routes, bound to one process's state.

    A bare router instead of a Starlette app: that one answers a fault itself, before the outermost app can say which
    request it was.
    """

    def __init__(self, state: AppState, graphql: ASGIApp) -> None:
        health = Health(state)
        self._router = Router(
            [
                Route("/", landing, name="landing"),
                Route("/graphql", console, name="console"),
                Route("/assets/{name}", asset, name="asset"),
                Route("/schema.graphql", SchemaText(state).answer, name="schema"),
                Route("/exports/{id:uuid}.{format}", Downloads(state, graphql), methods=["GET"], name="export"),
                Route("/healthz", health.live, name="healthz"),
                Route("/readyz", health.ready, name="readyz"),
                Route("/metrics", health.metrics, name="metrics"),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            NotFound: no such address.
            WrongMethod: the address is not asked that way.
        """
        scope["app"] = self  # makes the router raise its refusals instead of answering them in plain text
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:
            if error.status_code == 405:
                raise WrongMethod(scope["method"], (error.headers or {}).get("Allow", "GET")) from None
            raise NotFound("没有这个页面", detail="no such address") from None
