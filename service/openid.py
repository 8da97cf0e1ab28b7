"""Tokens of external OpenID providers: checked by issuer, audience, time and the keys the provider publishes.

Such a token proves who somebody is elsewhere and nothing more: its claims about roles are never read. Keys are
fetched when a token needs them, never at start; one fetch serves all who wait, and no token can make it happen more
often than every few seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import jwt
import structlog

from authz.errors import Unavailable
from service.issuers import OpenIdIssuer, is_loopback, unsafe
from service.openid_documents import NotPublished, client_for, document
from service.openid_keys import MalformedKeys, PublishedKey, published_keys
from service.tokens import moment, refused, token_faults

LEEWAY_SECONDS = 30.0
"""How far the provider's clock may be off, ahead of ours or behind."""
PAUSE_SECONDS = 5.0
"""Between two fetches, whatever asks for them."""
STALE_SECONDS = 24 * 3600.0
"""How long known keys go on working while the provider cannot be reached."""
LONGEST_TOKEN = 16 * 1024
LONGEST_SUBJECT = 255
REQUIRED_CLAIMS = ["iss", "aud", "sub", "iat", "exp"]
# What else a provider signs for the same audience (a log-out notice, a security event) must not pass for a log-in.
TOKEN_TYPES = {"jwt", "at+jwt", "application/at+jwt"}

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """What a provider's token proves: who, and signed no earlier than when by our clock.

    Until ``good_until`` (seconds since 1970) it need not be checked again.
    """

    issuer: str
    subject: str
    signed_after: float
    good_until: float


class Provider:
    """One trusted issuer, its published keys, and the tokens they verify."""

    def __init__(self, trusted: OpenIdIssuer, keys_seconds: float, *, clock: Clock = time.monotonic) -> None:
        self.issuer = trusted.issuer
        self.keys = PublishedKeys(trusted, keys_seconds, clock=clock)
        self._trusted = trusted

    async def verify(self, token: str, header: Mapping[str, Any]) -> ForeignToken:
        """What the token proves; ``header`` is its own, not verified yet.

        Raises:
            Unauthenticated: forged, expired, for somebody else, or signed with a key that is not published.
            Unavailable: the key is not known and the provider cannot be asked.
        """
        _check_header(header)
        key_id: object = header.get("kid")
        if key_id is not None and not isinstance(key_id, str):
            raise refused("kid is no text")
        key = await self.keys.find(key_id)
        with token_faults():
            claims: dict[str, Any] = jwt.decode(
                token,
                key.material,
                algorithms=key.algorithms,
                audience=self._trusted.audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED_CLAIMS},
            )
        if "events" in claims:
            raise refused("a notice, not a log-in")
        _check_party(claims, self._trusted.audience)
        if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or not claims["sub"].isprintable():
            raise refused("claim sub")
        until = min(moment(claims, "exp"), time.time() + self.keys.good_seconds)
        # A clock that runs ahead must not carry a token over a cut-off that came after it.
        return ForeignToken(self.issuer, claims["sub"], moment(claims, "iat") - LEEWAY_SECONDS, until)

    async def close(self) -> None:
        """Let go of what is being fetched."""
        await self.keys.close()


async def published_by(trusted: OpenIdIssuer) -> int:
    """How many usable keys a provider publishes just now.

    Raises:
        NotPublished, MalformedKeys: none could be read; says why.
    """
    keys = PublishedKeys(trusted, 0.0)
    try:
        return len(await keys.read())
    finally:
        await keys.close()


class Providers:
    """All trusted issuers, by name."""

    def __init__(
        self, trusted: tuple[OpenIdIssuer, ...] = (), keys_seconds: float = 600.0, *, clock: Clock = time.monotonic
    ) -> None:
        self._by_issuer = {each.issuer: Provider(each, keys_seconds, clock=clock) for each in trusted}

    async def verify(self, token: str) -> ForeignToken | None:
        """What a provider's token proves; None where it names no provider of ours. Raises as ``Provider.verify``."""
        if not self._by_issuer or len(token) > LONGEST_TOKEN:
            return None
        with token_faults():
            unverified = jwt.decode_complete(token, options={"verify_signature": False})
        issuer: object = unverified["payload"].get("iss")
        provider = self._by_issuer.get(issuer) if isinstance(issuer, str) else None
        return None if provider is None else await provider.verify(token, unverified["header"])

    async def close(self) -> None:
        """Let go of what is being fetched."""
        for provider in self._by_issuer.values():
            await provider.close()


class PublishedKeys:
    """The keys of one issuer, of an age that is known."""

    def __init__(self, trusted: OpenIdIssuer, keys_seconds: float, *, clock: Clock = time.monotonic) -> None:
        self._trusted = trusted
        self._fresh_seconds = keys_seconds
        self._clock = clock
        self._keys: dict[str | None, PublishedKey] = {}
        self._read_at = -float("inf")
        self._asked_at = -float("inf")
        self._is_failing = False
        self._fetching: asyncio.Task[None] | None = None
        self._client: httpx2.AsyncClient | None = None

    async def find(self, key_id: str | None) -> PublishedKey:
        """The key of that id; asks the provider when what is known is too old, or the key is not among it.

        Raises:
            Unauthenticated: the provider publishes no such key.
            Unavailable: it may, but cannot be asked just now.
        """
        asked = False
        if self._age > self._fresh_seconds and self._may_ask:
            # Once it fails, nobody waits for it while there are keys to go on with.
            asked = await self._ask(wait=not (self._is_failing and key_id in self._usable))
        if key_id not in self._usable and not asked and self._may_ask:
            await self._ask(wait=True)
        found = self._usable.get(key_id)
        if found is not None:
            return found
        if self._is_failing:
            raise Unavailable(
                "统一登录平台暂时无法连接，请稍后再试", detail="the provider's published keys cannot be fetched"
            )
        raise refused("unknown signing key")

    @property
    def good_seconds(self) -> float:
        """How long a key found now may be believed without asking again."""
        return max(self._fresh_seconds - self._age, 0.0) or PAUSE_SECONDS

    async def close(self) -> None:
        """Stop a fetch that is running, and let go of the client."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @property
    def _age(self) -> float:
        return self._clock() - self._read_at

    @property
    def _usable(self) -> dict[str | None, PublishedKey]:
        return self._keys if self._age <= max(STALE_SECONDS, self._fresh_seconds) else {}

    @property
    def _may_ask(self) -> bool:
        return self._fetching is not None or self._clock() - self._asked_at >= PAUSE_SECONDS

    async def _ask(self, *, wait: bool) -> bool:
        if self._fetching is None:
            self._asked_at = self._clock()
            self._fetching = asyncio.create_task(self._fetch())
        if wait:
            # Shielded: whoever gives up waiting does not take the fetch away from the others.
            await asyncio.shield(self._fetching)
        return wait

    async def _fetch(self) -> None:
        log: structlog.stdlib.BoundLogger = structlog.get_logger()
        try:
            keys = await self.read()
        except (NotPublished, MalformedKeys) as error:
            self._is_failing = True
            log.warning("openid keys not fetched", issuer=self._trusted.issuer, reason=str(error))
        else:
            self._keys, self._read_at, self._is_failing = keys, self._clock(), False
            log.info("openid keys fetched", issuer=self._trusted.issuer, keys=len(keys.keys() - {None}))
        finally:
            self._fetching = None

    async def read(self) -> dict[str | None, PublishedKey]:
        """Discovery and keys as they are now, both anew: the keys' address may have changed too.

        Raises:
            NotPublished, MalformedKeys: they cannot be had.
        """
        issuer = self._trusted.issuer
        if self._client is None:
            # In a thread: reading the machine's certificates takes a tenth of a second, in which nobody is answered.
            self._client = await asyncio.to_thread(client_for, issuer)
        about = await document(self._client, issuer.rstrip("/") + "/.well-known/openid-configuration")
        if about.get("issuer") != issuer:
            raise NotPublished("discovery names another issuer")
        address = about.get("jwks_uri")
        if not isinstance(address, str) or not _may_hold_keys(address, issuer):
            raise NotPublished("jwks_uri is no https address")
        return published_keys(await document(self._client, address), self._trusted.algorithms)


def _may_hold_keys(address: str, issuer: str) -> bool:
    """Whether keys may be fetched there: as secure as an issuer, and on this machine only if the issuer is."""
    if unsafe(address.partition("?")[0]) is not None:
        return False
    return not _is_local(address) or _is_local(issuer)


def _is_local(address: str) -> bool:
    return is_loopback(urlsplit(address).hostname or "")


def _check_party(claims: Mapping[str, Any], ours: tuple[str, ...]) -> None:
    """Of several audiences a token is in the hands of one, whom ``azp`` names (OpenID Connect Core §2)."""
    audiences: object = claims["aud"]
    is_shared = isinstance(audiences, list) and len(cast("list[object]", audiences)) > 1
    if is_shared and "azp" in claims and claims["azp"] not in ours:
        raise refused("claim azp")


def _check_header(header: Mapping[str, Any]) -> None:
    kind: object = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TOKEN_TYPES:
        raise refused("typ")
    if "crit" in header:
        raise refused("crit")
