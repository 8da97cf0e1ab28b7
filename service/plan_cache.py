"""Operations by document, the least used of them forgotten first; bounded by their number and by what they weigh."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from service.plans import Operation

Key = tuple[str, str | None]
"""A document's text and the name of one of its operations."""

BYTES_A_CHARACTER: Final = 250
"""Of a parsed document, measured; it has at most so many tokens, and so much does it weigh at most."""
HEAVIEST_DOCUMENT_BYTES: Final = 1 << 20
PLAN_BYTES: Final = 50_000
"""Of a plan whose text is not its own, a workbook's."""


class PlanCache:
    """What is known of operations asked before. Weights are estimates; an operation alone is always kept."""

    def __init__(self, size: int, max_bytes: int) -> None:
        self._size = size
        self._max_bytes = max_bytes
        self._operations: OrderedDict[Key, tuple[Operation, int]] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        """How many operations are known."""
        return len(self._operations)

    def find(self, key: Key) -> Operation | None:
        """The operation, now the one used last."""
        found = self._operations.get(key)
        if found is None:
            return None
        self._operations.move_to_end(key)
        return found[0]

    def keep(self, key: Key, operation: Operation) -> None:
        """Know an operation from now on, and weigh it (again, where a plan was added to it)."""
        weight = min(len(key[0]) * BYTES_A_CHARACTER, HEAVIEST_DOCUMENT_BYTES) + len(key[0])
        weight += sum(map(_weight, operation.variants.values()))
        _, before = self._operations.pop(key, (None, 0))
        self._operations[key] = operation, weight
        self.weight += weight - before
        while len(self._operations) > 1 and (len(self._operations) > self._size or self.weight > self._max_bytes):
            _, (_, lost) = self._operations.popitem(last=False)
            self.weight -= lost


def _weight(made: Any) -> int:
    """A statement holds its text twice, here and in a connection, and its parameters."""
    sql: str | None = getattr(made, "sql", None)
    return PLAN_BYTES if sql is None else 3 * len(sql)
