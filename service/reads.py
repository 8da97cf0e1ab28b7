"""Where a query reads: a replica if there is one, the primary for whoever has just written."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

from db.readers import Readers

OWN_WRITES_SECONDS = 10.0
"""How long after a write a principal reads from the primary; replicas are expected to follow sooner."""
SUBJECTS_REMEMBERED = 10_000


class Reads:
    """The readers of one process."""

    def __init__(
        self, primary: Readers, replicas: Sequence[Readers] = (), *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.primary = primary
        self._replicas = tuple(replicas)
        self._turns = itertools.cycle(self._replicas or (primary,))
        self._clock = clock
        self._wrote: dict[str, float] = {}

    def of(self, subject: str) -> Readers:
        """Whose turn it is, for a query of ``subject``."""
        if not self._replicas:
            return self.primary
        since = self._wrote.get(subject)
        if since is not None and self._clock() - since < OWN_WRITES_SECONDS:
            return self.primary
        return next(self._turns)

    def wrote(self, subject: str) -> None:
        """Remember that ``subject`` wrote, so that it reads its own write."""
        self._wrote.pop(subject, None)
        self._wrote[subject] = self._clock()
        if len(self._wrote) > SUBJECTS_REMEMBERED:
            del self._wrote[next(iter(self._wrote))]

    async def close(self) -> None:
        """Give every connection back."""
        for readers in (self.primary, *self._replicas):
            await readers.close()
