"""The keys that seal the audit trail: one a day, each derived from the service's secret.

The database is given the key of the day with every batch, for it computes the seals; so whoever can watch the
database at work could learn it. A day's key seals that day's batches alone: what was sealed before stays out of reach.
Nothing here logs or returns a key as text.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

BLOCK_BYTES = 64
"""SHA-256's block, to which HMAC pads its key."""

CLOCK_TOLERANCE = timedelta(days=1)
"""How far the clocks of a service and its database may be apart around midnight, in whole days."""

_SEPARATOR = "@"


@dataclass(frozen=True, slots=True)
class DayKey:
    """What one batch is sealed with: the id that the seal names, and HMAC's two padded blocks."""

    id: str
    blocks: bytes = field(repr=False)

    def digest(self, message: bytes) -> bytes:
        """HMAC-SHA-256 of a message, as the database's ``audit_hmac`` computes it."""
        inner = hashlib.sha256(self.blocks[:BLOCK_BYTES] + message).digest()
        return hashlib.sha256(self.blocks[BLOCK_BYTES:] + inner).digest()


@dataclass(frozen=True, slots=True)
class AuditKey:
    """One secret's audit key: its id and its material, from which each day's key comes."""

    id: str
    material: bytes = field(repr=False)

    @classmethod
    def of_secret(cls, secret: bytes) -> AuditKey:
        """The audit key of a service's secret; neither tells anything of the other keys made from it."""
        key_id = hashlib.sha256(b"keqi audit key id\0" + secret).hexdigest()[:12]
        return cls(key_id, hashlib.sha256(b"keqi audit key\0" + secret).digest())

    def of_day(self, day: date) -> DayKey:
        """The key of one day (UTC)."""
        return _day_key(self, day)

    def of_today(self) -> DayKey:
        """The key of this moment's day."""
        return _day_key(self, datetime.now(UTC).date())


@functools.lru_cache(maxsize=1024)
def _day_key(key: AuditKey, day: date) -> DayKey:
    derived = hmac.digest(key.material, f"keqi audit day {day.isoformat()}".encode(), "sha256")
    padded = derived.ljust(BLOCK_BYTES, b"\0")
    blocks = bytes(byte ^ 0x36 for byte in padded) + bytes(byte ^ 0x5C for byte in padded)
    return DayKey(f"{key.id}{_SEPARATOR}{day.isoformat()}", blocks)


def key_of_seal(key_id: str, sealed_at: datetime, keys: Mapping[str, AuditKey]) -> DayKey | None:
    """The key that a seal names.

    None where its secret is not among ``keys``, or where it is another day's than the seal's: who learned one day's
    key could pass it off for any day otherwise.
    """
    secret_id, _, written = key_id.partition(_SEPARATOR)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    if secret_id not in keys or abs(sealed_at.astimezone(UTC).date() - day) > CLOCK_TOLERANCE:
        return None
    return keys[secret_id].of_day(day)
