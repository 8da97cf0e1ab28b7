"""Refusals of callers who are not signed in: one line stands for many, so that nobody can fill the trail from outside.

The first refusal of an address for the same thing leaves its line at once; those of the next minute are counted, and
the next line tells how many it stands for. Refusals of people who are signed in never come here.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import structlog

from authz.errors import Unavailable

if TYPE_CHECKING:
    from authz.audit import Line

SECONDS = 60.0
MOST_KEYS = 1_000
"""Different refusals that are told apart at a time: what comes on top shares one line a minute for each code."""
ANYBODY = "*"
"""Stands for the address and the field of refusals that were too many to be told apart."""
NETWORK_BITS = 64
"""What one caller has of IPv6 addresses, at least: they are not told apart."""


@dataclass(slots=True)
class _Fold:
    """``line`` is the last refusal, ``count`` how many no line has told of yet."""

    line: Line
    since: float
    count: int = 0


class Folding:
    """The refusals of one process that wait for their line. ``write`` keeps a line or raises Unavailable."""

    def __init__(
        self,
        write: Callable[[Line], Awaitable[None]],
        *,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._most_keys = most_keys
        self._clock = clock
        self._folds: dict[Hashable, _Fold] = {}
        self._swept = clock()

    async def refused(self, line: Line) -> None:
        """Note a refusal: by a line of its own, or in the next one.

        Raises:
            Unavailable: a line cannot be kept; its count is, and stands in a later one.
        """
        now = self._clock()
        if now - self._swept >= SECONDS:
            self._swept = now
            await self._sweep(now)
        key = _key(line)
        if key not in self._folds and len(self._folds) >= self._most_keys:
            line = dataclasses.replace(line, client=ANYBODY, fields=(ANYBODY,), operation="-")
            key = _key(line)
        fold = self._folds.setdefault(key, _Fold(line, now - SECONDS))
        fold.line, fold.count = line, fold.count + 1
        if now - fold.since >= SECONDS:
            await self._tell(fold, now)

    async def close(self) -> None:
        """Write what was counted and not told."""
        for fold in list(self._folds.values()):
            if fold.count:
                try:
                    await self._tell(fold, self._clock())
                except Unavailable as error:
                    log: structlog.stdlib.BoundLogger = structlog.get_logger()
                    log.warning("refusals not noted", count=fold.count, error=error.detail)
        self._folds.clear()

    def __len__(self) -> int:
        """How many refusals are told apart now."""
        return len(self._folds)

    async def _sweep(self, now: float) -> None:
        """Tell what is a minute old, and forget it."""
        for key, fold in list(self._folds.items()):
            if now - fold.since >= SECONDS:
                if fold.count:
                    await self._tell(fold, now)
                elif self._folds.get(key) is fold:
                    del self._folds[key]

    async def _tell(self, fold: _Fold, now: float) -> None:
        count, before = fold.count, fold.since
        fold.count, fold.since = 0, now
        try:
            await self._write(dataclasses.replace(fold.line, rows=count))
        except BaseException:
            fold.count, fold.since = fold.count + count, before
            raise


def _key(line: Line) -> Hashable:
    return _network(line.client), line.outcome, line.fields


def _network(client: str) -> object:
    try:
        address = ip_address(client)
    except ValueError:
        return client
    return int(address) >> (128 - NETWORK_BITS) if isinstance(address, IPv6Address) else client
