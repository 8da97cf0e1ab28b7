"""Documents that providers publish, fetched with bounds: time, size, address. What they say is read elsewhere."""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import urlsplit

import httpx2
import orjson

from service.issuers import is_loopback

FETCH_SECONDS = 5.0
"""For the whole of one document, however slowly it trickles."""
LARGEST_BYTES = 256 * 1024
# No compression: what arrives is what is counted.
_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "keqi"}


class NotPublished(Exception):
    """A document could not be had; says why in a word, never what was answered."""


def client_for(issuer: str) -> httpx2.AsyncClient:
    """A client for one provider's documents: certificates of the machine's own store, no redirect is followed.

    Proxies of the environment are used, except for a provider on this machine.
    """
    return httpx2.AsyncClient(
        headers=_HEADERS,
        timeout=FETCH_SECONDS,
        follow_redirects=False,
        trust_env=not is_loopback(urlsplit(issuer).hostname or ""),
        limits=httpx2.Limits(max_connections=2, max_keepalive_connections=0),
    )


async def document(client: httpx2.AsyncClient, address: str) -> dict[str, object]:
    """The JSON object at an address.

    Raises:
        NotPublished: no answer in time, another status than 200 (a redirect too), too large, or no JSON object.
    """
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            body = await _body(client, address)
        read: object = orjson.loads(body)
    except TimeoutError:
        raise NotPublished("timeout") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, orjson.JSONDecodeError) as error:
        raise NotPublished(type(error).__name__) from None
    if not isinstance(read, dict):
        raise NotPublished("no JSON object")
    return cast("dict[str, object]", read)


async def _body(client: httpx2.AsyncClient, address: str) -> bytes:
    async with client.stream("GET", address) as response:
        if response.status_code != 200:
            raise NotPublished(f"status {response.status_code}")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise NotPublished(f"over {LARGEST_BYTES} bytes")
        return bytes(body)
