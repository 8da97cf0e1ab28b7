"""What a command gets to work with.

A command changes rows in one transaction, and answers with the key of its payload. Whether the role may do it is the
declaration's matter (``schema.declare.Command``): nobody gets as far as a command who may not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authz.audit import AuditTrail, Line
from authz.principal import Principal
from db.engine import Pool


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export would hold now: its rows, and the fields that a rule redacts.

    The count alone tells of what narrowed it, so the rest is what the audit trail is told: the ``fields`` that the
    file reads, the comma-joined credit codes of the ``subjects`` whose personal or consented data it takes, and what
    narrowed the rows (``told``; personal values already masked).
    """

    rows: int
    redacted: tuple[str, ...]
    fields: tuple[str, ...]
    subjects: bytes
    told: str


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who runs a command, over which pool.

    ``preview`` plans an export without sending it. ``line`` makes a line about this command for the audit ``trail``;
    a command writes one in the transaction of what it changes, so that neither is there without the other.
    """

    pool: Pool
    principal: Principal
    export_link_hours: float
    reveals_per_hour: int
    preview: Callable[[str, Mapping[str, Any], str], Awaitable[Preview]]
    trail: AuditTrail
    line: Callable[..., Line]
