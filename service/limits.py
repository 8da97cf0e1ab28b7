"""How often one principal may ask, and how much work its new queries may be.

Counts requests and seconds, never looks at what is asked (``planner/`` limits that).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from authz.errors import RateLimited


class TooManyRequests(RateLimited):
    """A bucket is empty; says when the next request will be taken."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__("请求过于频繁，请稍后再试", detail=f"rate limit: retry after {wait_seconds:.1f} s")
        self.wait_seconds = wait_seconds


class TooMuchPlanning(RateLimited):
    """A principal's new queries have used up their share of the processor; queries asked before still run."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(
            "新的查询过多，请稍后再试；重复的查询（只换变量）不受影响",
            detail=f"planning budget used up: retry after {wait_seconds:.1f} s, or send variables instead of literals",
        )
        self.wait_seconds = wait_seconds


class RateLimiter:
    """A token bucket per key: ``per_minute`` requests a minute, all of which may come at once. 0 is no limit.

    Counts in one process; behind several, each allows its share. The number of keys is bounded: full buckets are
    forgotten when there are too many, which loses nothing.
    """

    def __init__(
        self, per_minute: float, *, max_keys: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_minute = per_minute
        self._max_keys = max_keys
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Take one request from the bucket of ``key`` (an account's subject, or an address).

        Raises:
            TooManyRequests: the bucket is empty.
        """
        if not self.per_minute:
            return
        now = self._clock()
        level = self._level(key, now)
        if level < 1:
            raise TooManyRequests((1 - level) * 60 / self.per_minute)
        self._keep(key, level - 1, now)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._buckets)

    def _keep(self, key: str, level: float, now: float) -> None:
        if key not in self._buckets and len(self._buckets) >= self._max_keys:
            self._forget(now)
        self._buckets[key] = (level, now)

    def _level(self, key: str, now: float) -> float:
        level, since = self._buckets.get(key, (float(self.per_minute), now))
        return min(self.per_minute, level + (now - since) * self.per_minute / 60)

    def _forget(self, now: float) -> None:
        """Drop full buckets; where none is full, the one longest unused (it has refilled most)."""
        for key in [key for key in self._buckets if self._level(key, now) >= self.per_minute]:
            del self._buckets[key]
        if len(self._buckets) >= self._max_keys:
            del self._buckets[min(self._buckets, key=lambda key: self._buckets[key][1])]


class PlanningBudget(RateLimiter):
    """Seconds of the processor that reading and planning new queries may take a principal each minute. 0 is no limit.

    A query that is in the cache costs none of it; one that is refused costs what it took to refuse.
    """

    def __init__(
        self,
        seconds_per_minute: float,
        *,
        max_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        super().__init__(seconds_per_minute, max_keys=max_keys, clock=clock)
        self._spent = spent

    @contextmanager
    def charged(self, key: str) -> Generator[None]:
        """Work on behalf of ``key``.

        Raises:
            TooMuchPlanning: its share of this minute is used up.
        """
        if not self.per_minute:
            yield
            return
        level = self._level(key, self._clock())
        if level <= 0:
            raise TooMuchPlanning(max(0.1, -level * 60 / self.per_minute))
        started = self._spent()
        try:
            yield
        finally:
            now = self._clock()
            self._keep(key, self._level(key, now) - (self._spent() - started), now)
