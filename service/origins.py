"""Which pages may ask from a browser: those of this service, and those of the origins that a setting names.

A browser sends some requests for any page without asking first ("simple" ones): forms, images, scripts, links. None
of them may run an operation. A POST is never simple, for its body has to be JSON; a GET has to show that no page of
another site made it. What a browser asks first (a preflight) is answered here. No cookie is ever read, so nothing here
allows credentials.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from authz.errors import Forbidden

if TYPE_CHECKING:
    from starlette.types import Scope, Send

    from service.headers import Headers

NOT_SIMPLE: Final = (b"authorization", b"x-requested-with", b"x-request-id", b"apollo-require-preflight")
"""Headers that a page cannot send to another site without a preflight; any one shows that none was needed."""
READABLE: Final = b"x-total-rows, x-sheets, x-redacted, x-request-id, content-disposition, retry-after"
ALLOWED_HEADERS: Final = (
    b"authorization, content-type, accept, x-requested-with, x-request-id, apollo-require-preflight"
)
MAX_AGE_SECONDS: Final = 600
ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
"""An origin as browsers write it: scheme, host, port; no path, no star."""


class Origins:
    """The origins that may ask besides our own."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed)

    def headers_for(self, headers: Mapping[bytes, bytes]) -> Headers:
        """What lets a page of an allowed origin read the answer; nothing for any other."""
        if not self._allowed:
            return []
        origin = headers.get(b"origin")
        if origin not in self._allowed:
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", READABLE),
            (b"vary", b"Origin"),
        ]

    async def answer_preflight(self, headers: Mapping[bytes, bytes], send: Send) -> None:
        """Answer a browser that asks whether it may ask.

        Raises:
            Forbidden: the page is of an origin that may not.
        """
        if headers.get(b"origin") not in self._allowed:
            message = "不允许该网站的页面访问；管理员可将其来源加入 KEQI_ALLOWED_ORIGINS"
            raise Forbidden(message, detail="origin not allowed")
        permissions: Headers = [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", ALLOWED_HEADERS),
            (b"access-control-max-age", b"%d" % MAX_AGE_SECONDS),
            (b"content-length", b"0"),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": permissions})
        await send({"type": "http.response.body", "body": b""})

    def check_get(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse an operation by GET that a page of another site may have caused.

        Browsers name the site that asks in ``Sec-Fetch-Site``, but not to an address without TLS; there, what calls
        itself a browser must come from a page of ours or send a header that no simple request has.

        Raises:
            Forbidden: it may come from another site's page.
        """
        if any(name in headers for name in NOT_SIMPLE) or headers.get(b"origin") in self._allowed:
            return
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            is_ours = site in (b"same-origin", b"none")
        elif b"origin" in headers or b"mozilla/" in headers.get(b"user-agent", b"").lower():
            is_ours = _is_ours(headers)
        else:
            is_ours = True  # no browser
        if not is_ours:
            message = "为防止其他网站冒用，浏览器请以 POST 发送查询，或加上请求头 X-Requested-With"
            raise Forbidden(
                message, detail="a cross-site simple request cannot run an operation; send X-Requested-With"
            )


def is_preflight(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks if it may ask."""
    return scope["method"] == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers


def _is_ours(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the page that asks, by its own address, is one of this host's."""
    page = headers.get(b"origin") or headers.get(b"referer") or b""
    try:
        host = urlsplit(page.decode("latin-1")).netloc
    except ValueError:
        return False
    return bool(host) and host.encode("latin-1") == headers.get(b"host")
