"""Bearer tokens and export links: issued and verified here and nowhere else.

A token says who asks (role, scope), never what may be seen: that is ``authz/``'s. A token's text never reaches a
log, an error or the cache's keys.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import jwt

from authz.errors import Unauthenticated
from authz.principal import Principal, Role
from schema.signatures import is_signed
from service.keys import Key, KeyRing

ISSUER = "keqi"
API = "keqi:api"
EXPORT_LINK = "keqi:export"
CLOCK_SKEW_SECONDS = 5
LATEST = 2.0**53
"""Times beyond are none; a float still counts seconds below."""
REQUIRED_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "role"]


@dataclass(frozen=True, slots=True)
class OwnToken:
    """What a token of ours says: for whom it was signed, and from when to when (seconds since 1970)."""

    principal: Principal
    id: str
    issued_at: float
    expires_at: float


class TokenAuthority:
    """Issues tokens and verifies what it issued: signature, audience and time.

    Whether one was revoked since, or its account disabled, only ``Identity`` can tell.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def issue(self, principal: Principal, ttl_seconds: float) -> str:
        """A bearer token for the API, valid for ``ttl_seconds``."""
        return self._sign(API, principal, ttl_seconds, {})

    def verify(self, token: str) -> OwnToken:
        """What a bearer token says.

        Raises:
            Unauthenticated: malformed, forged, expired, or meant for something else.
        """
        return _own(self._claims(token, API))

    @property
    def signing_key(self) -> bytes:
        """The key of what the database signs from now on (cursors, links)."""
        return self._keys.current.signatures

    def issue_export_token(self, principal: Principal, ttl_seconds: float) -> str:
        """The principal's part of download links; the database signs it together with each export's id."""
        return self._sign(EXPORT_LINK, principal, ttl_seconds, {})

    def verify_export_link(self, token: str, export_id: uuid.UUID) -> OwnToken:
        """What the link's token says. A link goes on working under the key it was signed with.

        Raises:
            Unauthenticated: malformed, forged, expired, or of another export.
        """
        principal_token, _, signature = token.rpartition(".")
        key = self._key_of(principal_token)
        if not is_signed(f"{export_id}{principal_token}", signature, key.signatures):
            raise refused("link is not of this export")
        return _own(self._claims(principal_token, EXPORT_LINK))

    def _sign(self, audience: str, principal: Principal, ttl_seconds: float, extra: Mapping[str, str]) -> str:
        now = time.time()
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now,  # finer than a second, so that what is signed right after a revocation counts
            "exp": int(now + ttl_seconds),
            "jti": uuid.uuid4().hex,
            **_claims_of(principal),
            **extra,
        }
        key = self._keys.current
        return jwt.encode(claims, key.material, algorithm=key.algorithm, headers={"kid": key.id})

    def _key_of(self, token: str) -> Key:
        try:
            key_id: object = jwt.get_unverified_header(token).get("kid")
        except (jwt.InvalidTokenError, ValueError) as error:
            raise refused(type(error).__name__) from None
        key = self._keys.known.get(str(key_id))
        if key is None:
            raise refused("unknown signing key")
        return key

    def _claims(self, token: str, audience: str) -> dict[str, Any]:
        key = self._key_of(token)
        with token_faults():
            return jwt.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                audience=audience,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": REQUIRED_CLAIMS, "verify_exp": True, "strict_aud": True},
            )


@contextmanager
def token_faults() -> Generator[None]:
    """Turn PyJWT's refusals into ours: the check that failed is named, nothing of the token is.

    Raises:
        Unauthenticated: the token is not, or no longer, valid.
    """
    try:
        yield
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("登录已过期，请重新登录", detail="token expired") from None
    except (jwt.PyJWTError, ValueError) as error:
        raise refused(type(error).__name__) from None


def refused(why: str) -> Unauthenticated:
    """The refusal of a token; ``why`` names the check, for developers."""
    return Unauthenticated("登录凭证无效，请重新登录后再试", detail=f"invalid token: {why}")


def moment(claims: Mapping[str, Any], name: str) -> float:
    """A claim that is a time, as seconds since 1970.

    Raises:
        Unauthenticated: it is no number. (PyJWT takes a text of digits too.)
    """
    value: object = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LATEST:
        raise refused(f"claim {name}")
    return float(value)


def _own(claims: Mapping[str, Any]) -> OwnToken:
    return OwnToken(_principal(claims), str(claims["jti"]), moment(claims, "iat"), moment(claims, "exp"))


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
        raise refused("claim units")
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise refused(f"claim {name}")
    try:
        role = Role(claims["role"])
    except ValueError:
        raise refused("claim role") from None
    return Principal(
        role=role,
        subject=str(claims["sub"]),
        name=texts["name"] or "",
        units=tuple(cast("list[str]", units)),
        uscc=texts["uscc"],
        bank=texts["bank"],
        department=texts["department"],
    )
