"""Bearer tokens and export links: issued and verified here and nowhere else.

A token says who asks (role, scope), never what may be seen: that is ``authz/``'s. A token's text never reaches a
log, an error or the cache's keys.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import jwt

from authz.errors import Unauthenticated
from authz.principal import PUBLIC, Principal, Role
from schema.signatures import is_signed
from service.keys import KeyRing

ISSUER = "keqi"
API = "keqi:api"
EXPORT_LINK = "keqi:export"
CLOCK_SKEW_SECONDS = 5
REQUIRED_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "role"]


@dataclass(frozen=True, slots=True)
class ExportLink:
    """What a download link proves: this export, for this principal."""

    export_id: uuid.UUID
    principal: Principal


class TokenAuthority:
    """Issues and verifies tokens, and remembers the verified ones until they expire.

    The cache is keyed by a hash of the ``Authorization`` header, so a repeated request costs one hash instead of a
    signature and a JSON parse. It is bounded; the oldest entry leaves first.
    """

    def __init__(self, keys: KeyRing, *, cache_size: int = 4096) -> None:
        self._keys = keys
        self._cache_size = cache_size
        self._verified: dict[bytes, tuple[Principal, float]] = {}

    def issue(self, principal: Principal, ttl_seconds: float) -> str:
        """A bearer token for the API, valid for ``ttl_seconds``."""
        return self._sign(API, principal, ttl_seconds, {})

    def verify(self, token: str) -> Principal:
        """The principal of a bearer token.

        Raises:
            Unauthenticated: malformed, forged, expired, or meant for something else.
        """
        return _principal(self._claims(token, API))

    def of_header(self, authorization: bytes | None) -> Principal:
        """The principal of an ``Authorization`` header; without one, the public. Cached: the hot path.

        Raises:
            Unauthenticated: see ``verify``; also another scheme than ``Bearer``.
        """
        if authorization is None:
            return PUBLIC
        digest = hashlib.blake2b(authorization, digest_size=16).digest()
        known = self._verified.get(digest)
        if known is not None:
            if time.time() < known[1]:
                return known[0]
            del self._verified[digest]
        claims = self._claims(_bearer(authorization), API)
        principal = _principal(claims)
        if len(self._verified) >= self._cache_size:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = (principal, float(claims["exp"]))
        return principal

    @property
    def signing_key(self) -> bytes:
        """The key of what the database signs (cursors, links): derived, so that it signs no token."""
        return hashlib.sha256(b"keqi signatures" + self._keys.current.material).digest()

    def issue_export_token(self, principal: Principal, ttl_seconds: float) -> str:
        """The principal's part of download links; the database signs it together with each export's id."""
        return self._sign(EXPORT_LINK, principal, ttl_seconds, {})

    def verify_export_link(self, token: str, export_id: uuid.UUID) -> ExportLink:
        """What the link proves.

        Raises:
            Unauthenticated: malformed, forged, expired, or of another export.
        """
        principal_token, _, signature = token.rpartition(".")
        if not is_signed(f"{export_id}{principal_token}", signature, self.signing_key):
            raise _refused("link is not of this export")
        return ExportLink(export_id, _principal(self._claims(principal_token, EXPORT_LINK)))

    def _sign(self, audience: str, principal: Principal, ttl_seconds: float, extra: Mapping[str, str]) -> str:
        now = time.time()
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "iat": int(now),
            "exp": int(now + ttl_seconds),
            "jti": uuid.uuid4().hex,
            **_claims_of(principal),
            **extra,
        }
        key = self._keys.current
        return jwt.encode(claims, key.material, algorithm=key.algorithm, headers={"kid": key.id})

    def _claims(self, token: str, audience: str) -> dict[str, Any]:
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = self._keys.known.get(str(key_id))
            if key is None:
                raise _refused("unknown signing key")
            return jwt.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                audience=audience,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": REQUIRED_CLAIMS, "verify_exp": True, "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("登录已过期，请重新登录", detail="token expired") from None
        except (jwt.InvalidTokenError, ValueError) as error:
            raise _refused(type(error).__name__) from None


def _claims_of(principal: Principal) -> dict[str, Any]:
    """A principal as claims; what it lacks is left out."""
    claims: dict[str, Any] = {
        "sub": principal.subject,
        "role": principal.role.value,
        "name": principal.name,
        "units": list(principal.units),
        "uscc": principal.uscc,
        "bank": principal.bank,
        "department": principal.department,
    }
    return {name: value for name, value in claims.items() if value}


def _principal(claims: Mapping[str, Any]) -> Principal:
    """Claims as a principal; claims of a wrong shape are refused, never repaired."""
    units: object = claims.get("units", [])
    texts = {name: claims.get(name) for name in ("name", "uscc", "bank", "department")}
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in cast("list[object]", units)):
        raise _refused("claim units")
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise _refused(f"claim {name}")
    try:
        role = Role(claims["role"])
    except ValueError:
        raise _refused("claim role") from None
    return Principal(
        role=role,
        subject=str(claims["sub"]),
        name=texts["name"] or "",
        units=tuple(cast("list[str]", units)),
        uscc=texts["uscc"],
        bank=texts["bank"],
        department=texts["department"],
    )


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise _refused("Authorization must be 'Bearer <token>'")
    try:
        return token.strip().decode("ascii")
    except UnicodeDecodeError:
        raise _refused("token is not ASCII") from None


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated("登录凭证无效，请重新登录后再试", detail=f"invalid token: {why}")
