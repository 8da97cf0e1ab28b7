"""Who sends a request: its principal, noted in its record, and one request less of what the principal may send.

Whoever has no valid token or link is noted here and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.errors import Unauthenticated
from authz.principal import PUBLIC, Principal

if TYPE_CHECKING:
    import uuid

    from service.identity import ExportLink
    from service.record import RequestRecord
    from service.state import AppState


async def caller(state: AppState, record: RequestRecord) -> Principal:
    """The principal of a request's ``Authorization`` header; without one, the public.

    Raises:
        Unauthenticated, Unavailable: see ``Identity.of_header``.
        TooManyRequests: more than ``KEQI_RATE_LIMIT``.
    """
    try:
        principal = await state.identity.of_header(record.headers.get(b"authorization"))
    except Unauthenticated as error:
        await _turned_away(state, record, error)
        raise
    record.role, record.principal = principal.role.value, principal
    state.limiter.take(record.client if principal is PUBLIC else principal.subject)
    return principal


async def link_holder(state: AppState, record: RequestRecord, token: str, export_id: uuid.UUID) -> ExportLink:
    """What a download link proves. Raises as ``caller``."""
    try:
        return await state.identity.of_link(token, export_id)
    except Unauthenticated as error:
        await _turned_away(state, record, error)
        raise


async def _turned_away(state: AppState, record: RequestRecord, error: Unauthenticated) -> None:
    state.limiter.take(record.client)  # guessing is limited too
    await state.recorder.refused(record, error)
