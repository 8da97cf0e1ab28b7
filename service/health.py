"""Liveness, readiness and metrics: for machines that watch the service. Nothing here needs a token or tells data."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from authz.errors import KeqiError, Unavailable
from service.lifecycle import check_revision
from service.record import record_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from service.state import AppState

READY_SECONDS = 3.0


class Health:
    """The three routes, bound to one process's state."""

    def __init__(self, state: AppState) -> None:
        self._state = state

    async def live(self, _: Request) -> Response:
        """``/healthz``: this process answers."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """``/readyz``: database reachable, tables of this version, not stopping; else 503 and what is wrong."""
        try:
            if self._state.is_stopping:
                raise Unavailable("服务正在停止", detail="stopping")
            async with asyncio.timeout(READY_SECONDS):
                await check_revision(self._state.pool)
        except TimeoutError:
            return _not_ready(request, Unavailable("数据库响应超时", detail=f"no answer within {READY_SECONDS} s"))
        except KeqiError as error:
            return _not_ready(request, error)
        return JSONResponse({"status": "ready", "database": "ok", "migrations": "head"})

    async def metrics(self, _: Request) -> Response:
        """``/metrics``: counters of this process for Prometheus."""
        metrics, pool = self._state.metrics, self._state.pool
        metrics.pool_size.set(pool.get_size())
        metrics.pool_in_use.set(pool.get_size() - pool.get_idle_size())
        metrics.requests_running.set(self._state.requests_running)
        return Response(metrics.render(), media_type=metrics.content_type)


def _not_ready(request: Request, error: KeqiError) -> Response:
    record_of(request.scope).outcome = error.code.value
    return JSONResponse({"status": "unavailable", "reason": error.message, "detail": error.detail}, status_code=503)
