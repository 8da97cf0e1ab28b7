"""Values planted so that each is unlike any other: seen where they must not be, they tell that something leaked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schema.signatures import opened
from service.keys import Key
from tests.reference.asking import SECRET
from tests.reference.rows import World

_TOKEN = re.compile(r"zq\d{6}")
_AMOUNT = re.compile(r"(?<![0-9A-Za-z])98\d{8}(?![0-9A-Za-z])")
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Za-z])")
_CURSOR = re.compile(r"[A-Za-z0-9_-]{4,}\.[0-9a-f]{32}")
_KEY = Key.of_secret(SECRET.encode()).signatures


def planted(text: str) -> set[str]:
    """Every token, amount and credit code in a text."""
    return {found for pattern in (_TOKEN, _AMOUNT, _CODE) for found in pattern.findall(text)}


@dataclass(frozen=True)
class Canaries:
    """What stands in the database and not among the rows and values that a principal may see."""

    secret: frozenset[str]

    @classmethod
    def of(cls, full: World, seen: World) -> Canaries:
        """Those of one principal."""
        return cls(frozenset(_planted_in(full) - _planted_in(seen)))

    def leaked(self, body: str, asked: str) -> set[str]:
        """Secret values in an answer, cursors opened; what the caller wrote itself is no news to the caller."""
        return (planted(_with_cursors(body)) & self.secret) - planted(_with_cursors(asked))


def _planted_in(world: World) -> set[str]:
    return planted(" ".join(_texts(world)))


def _texts(world: World) -> Iterable[str]:
    # Consents are no rows of the schema; their tables' other values stand in the rows they belong to.
    for table, rows in world.tables.items():
        if table != "data_sharing_consent":
            for row in rows:
                yield " ".join(str(value) for value in row.values())


def _with_cursors(text: str) -> str:
    return "\n".join([text, *(meaning(cursor) for cursor in _CURSOR.findall(text))])


def meaning(cursor: str) -> str:
    """What the service wrote into a cursor; empty for what it did not write."""
    return opened(cursor, _KEY) or ""
