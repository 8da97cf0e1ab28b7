"""An export gives way: while pages are being asked, it rests after each piece, so that they hardly notice it.

It rests a moment for each answer that left meanwhile, and at most twice as long as the piece took: alone it never
rests, beside any number of pages it keeps a third of its pace. The database rests with it, for it runs no further ahead
than a few pieces.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.state import AppState

SECONDS_PER_ANSWER = 0.001
LONGEST_REST = 2.0
"""In times of what the piece took."""


class Courtesy:
    """One export's regard for the other requests of its process."""

    def __init__(self, state: AppState) -> None:
        self._state = state
        self._answered = state.requests_answered
        self._since = time.perf_counter()

    async def rest(self) -> None:
        """Rest after a piece, if anything else was answered meanwhile."""
        answered = self._state.requests_answered - self._answered
        if answered:
            took = time.perf_counter() - self._since
            await asyncio.sleep(min(answered * SECONDS_PER_ANSWER, took * LONGEST_REST))
            self._answered = self._state.requests_answered
        self._since = time.perf_counter()
