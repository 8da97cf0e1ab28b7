"""What one request leaves behind: a log line and two metrics.

Whoever answers the request fills the record in; the outermost app reads it at the end. It holds no variable, token
or document text that a log line could carry on.
"""

from __future__ import annotations

import itertools
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from authz.principal import PUBLIC, Principal
from service.headers import DATA, Headers
from service.proxies import Proxies

if TYPE_CHECKING:
    from starlette.types import Scope

SCOPE_KEY = "keqi.record"
"""Where an ASGI scope carries its record."""

NO_PROXIES = Proxies(())
_PROCESS = secrets.token_hex(4)
_numbers = itertools.count(1)
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class RequestRecord:
    """One request, as the log and the metrics see it.

    ``headers`` are the request's, lower-case names, the last of equal names; ``answer_headers`` are added to the
    answer's own. ``kind`` is ``query``, ``mutation``, ``subscription``, ``introspection`` or ``export``; ``outcome``
    is ``ok`` or the error code of the answer; ``rows`` is known for exports, ``title`` for registered ones.
    """

    request_id: str
    headers: dict[bytes, bytes] = field(repr=False)
    answer_headers: Headers = field(default_factory=lambda: DATA, repr=False)
    role: str = "-"
    operation: str = "-"
    kind: str = "-"
    outcome: str = "ok"
    rows: int = -1
    title: str = ""
    status: int = 0
    client: str = field(default="local", repr=False)
    """Address of the caller, for the audit trail and for the rate limit of those without an account; never logged."""
    principal: Principal = field(default=PUBLIC, repr=False)
    """Who asks, once the token was looked at."""

    @classmethod
    def of(cls, scope: Scope, proxies: Proxies = NO_PROXIES) -> RequestRecord:
        """A fresh record of a request, already in its scope; a well-formed ``X-Request-ID`` is kept."""
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        if given is not None and _GIVEN_ID.fullmatch(given):
            request_id = given.decode("ascii")
        else:
            request_id = f"{_PROCESS}-{next(_numbers):x}"
        record = scope[SCOPE_KEY] = cls(request_id, headers)
        if (client := scope.get("client")) is not None:
            record.client = proxies.client(client[0], scope["headers"])
        return record


def record_of(scope: Scope) -> RequestRecord:
    """The record of the request being answered."""
    record: RequestRecord = scope[SCOPE_KEY]
    return record
