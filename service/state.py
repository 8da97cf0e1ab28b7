"""What one running service process shares. Made once at start; nothing here knows of HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.limits import RateLimiter
from service.metrics import Metrics
from service.settings import Settings
from service.tokens import TokenAuthority

if TYPE_CHECKING:
    import asyncpg


@dataclass(slots=True)
class AppState:
    """Everything a request needs besides the request.

    ``read_pools`` are the replicas' (empty: read from ``pool``). ``is_stopping`` turns true when the service has been
    told to stop: running requests finish, readiness fails.
    """

    settings: Settings
    pool: asyncpg.Pool
    tokens: TokenAuthority
    metrics: Metrics
    limiter: RateLimiter
    read_pools: tuple[asyncpg.Pool, ...] = field(default=())
    is_stopping: bool = False
