"""What a process is told of changed accounts, as it is told: tests wait for the word itself, not for time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from service.identity import Identity

PATIENCE_SECONDS = 60.0


class Ears:
    """Hears what ``Identity`` of this process hears, in the same order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._heard: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        for name in ("hears", "is_deaf", "forget", "forget_all"):
            monkeypatch.setattr(Identity, name, self._overhearing(name, getattr(Identity, name)))

    def _overhearing(self, name: str, real: Callable[..., None]) -> Callable[..., None]:
        def overheard(identity: Identity, *arguments: Any) -> None:
            real(identity, *arguments)
            self._heard.put_nowait((name, *arguments))

        return overheard

    async def until(self, *word: Any) -> None:
        """Wait until a word was said, after those that were waited for before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._heard.get() != word:
                pass
