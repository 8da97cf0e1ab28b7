"""Who sends a request: its principal, noted in its record, and one request less of what the principal may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.errors import Unauthenticated
from authz.principal import PUBLIC, Principal

if TYPE_CHECKING:
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
    except Unauthenticated:
        state.limiter.take(record.client)  # guessing is limited too
        raise
    record.role, record.principal = principal.role.value, principal
    state.limiter.take(record.client if principal is PUBLIC else principal.subject)
    return principal
