"""What one request leaves behind: a log line and two metrics.

Whoever answers the request fills the record in; the outermost app reads it at the end. It holds no variable, token,
header value or document text, so nothing personal can reach a log through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SCOPE_KEY = "keqi.record"
"""Where an ASGI scope carries its record."""


@dataclass(slots=True)
class RequestRecord:
    """One request, as the log and the metrics see it.

    ``kind`` is ``query``, ``mutation``, ``subscription``, ``introspection`` or ``export``; ``outcome`` is ``ok`` or
    the error code of the answer; ``headers`` are the request's, lower-case names, the last of equal names.
    """

    request_id: str
    headers: dict[bytes, bytes] = field(repr=False)
    role: str = "-"
    operation: str = "-"
    kind: str = "-"
    outcome: str = "ok"
    rows: int = -1
    status: int = 0
