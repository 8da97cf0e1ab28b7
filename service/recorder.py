"""What requests leave in the audit trail: reads, exports and refusals, each before its answer leaves.

Decides nothing about what is recorded: the plan says it (``service/recorded.py``), by the rules of ``authz/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.audit import AuditTrail, Line
from authz.errors import ErrorCode, KeqiError
from authz.principal import PUBLIC
from db.enums import AuditKind
from service.folding import Folding
from service.limits import TooManyRequests, TooMuchPlanning

if TYPE_CHECKING:
    from schema.given import Variables
    from service.record import RequestRecord
    from service.recorded import Recorded

REFUSALS = frozenset({ErrorCode.UNAUTHENTICATED, ErrorCode.FORBIDDEN, ErrorCode.RATE_LIMITED})
"""Answers that are a refusal of a right, not of an input."""


class Recorder:
    """Writes the lines of one process's requests; whoever awaits it has the line's word that it is kept.

    Every method raises Unavailable where the line cannot be kept: then the answer must not leave either.
    """

    def __init__(self, trail: AuditTrail) -> None:
        self.trail = trail
        self._folding = Folding(trail.promise)

    async def read(
        self, record: RequestRecord, recorded: Recorded, variables: Variables, subjects: bytes | None
    ) -> None:
        """A read of personal or consented data; ``subjects`` are the comma-joined credit codes of its rows."""
        told = recorded.filter_text(variables)
        await self.trail.promise(line(record, AuditKind.READ, fields=recorded.fields, subjects=subjects, told=told))

    async def exported(
        self, record: RequestRecord, recorded: Recorded, variables: Variables, subjects: bytes, rows: int
    ) -> None:
        """An export that is about to begin, whatever it holds."""
        told, fields = recorded.filter_text(variables), recorded.selected
        await self.trail.promise(line(record, AuditKind.EXPORT, fields=fields, subjects=subjects, told=told, rows=rows))

    async def refused(self, record: RequestRecord, error: KeqiError) -> None:
        """A refusal of a right, its ``rows`` the refusals it stands for: folded where nobody is signed in.

        What is refused for its form only, or for being one of too many requests, is none.
        """
        if error.code in REFUSALS and not isinstance(error, TooManyRequests | TooMuchPlanning):
            asked = error.noted or error.field or ".".join(str(step) for step in error.path)
            fields = (asked,) if asked else ()
            noted = line(record, AuditKind.REFUSAL, fields=fields, rows=1, outcome=error.code)
            if record.principal is PUBLIC:
                await self._folding.refused(noted)
            else:
                await self.trail.promise(noted)

    async def close(self) -> None:
        """Write what is folded; before the trail is closed."""
        await self._folding.close()


def line(
    record: RequestRecord,
    kind: AuditKind,
    *,
    fields: tuple[str, ...],
    subjects: bytes | None = None,
    told: str = "",
    rows: int | None = None,
    outcome: str = "ok",
    reason: str | None = None,
) -> Line:
    """A line about the request being answered; without ``rows``, as many as ``subjects`` are counted."""
    counted = subjects.count(b",") + 1 if subjects else 0
    return Line(
        kind=kind,
        principal=record.principal,
        operation=record.operation,
        fields=fields,
        rows=counted if rows is None else rows,
        subjects=subjects or b"",
        filter=told,
        client=record.client,
        request_id=record.request_id,
        outcome=outcome,
        reason=reason,
    )
