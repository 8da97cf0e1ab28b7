"""What one running service process shares. Made once at start; nothing here knows of HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.identity import Identity
from service.limits import RateLimiter
from service.metrics import Metrics
from service.reads import Reads
from service.recorder import Recorder
from service.settings import Settings
from service.tokens import TokenAuthority

if TYPE_CHECKING:
    from db.engine import Pool


@dataclass(slots=True)
class AppState:
    """Everything a request needs besides the request.

    ``pool`` is the primary's, for commands and exports; queries go through ``readers``. ``is_stopping`` turns true
    when the service has been told to stop: running requests finish, readiness fails. An export holds one of
    ``export_slots`` while it streams, so that exports never take every connection.
    """

    settings: Settings
    pool: Pool
    readers: Reads
    tokens: TokenAuthority
    identity: Identity
    metrics: Metrics
    limiter: RateLimiter
    recorder: Recorder
    export_slots: asyncio.Semaphore
    is_stopping: bool = False
    requests_running: int = 0
    requests_answered: int = 0
