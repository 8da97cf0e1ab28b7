"""Who asks: an ``Authorization`` header or a download link becomes a principal, or is refused.

A token is verified once and then remembered, so a repeated request costs one hash and one look-up. What is remembered
stays true because ``Watch`` tells of every change in the database; while it cannot, nothing is remembered at all and
each request asks the database.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from dataclasses import dataclass

from authz.errors import Unauthenticated
from authz.principal import PUBLIC, Principal
from service.accounts import Accounts, Standing
from service.openid import ForeignToken, Providers
from service.tokens import OwnToken, TokenAuthority, refused


@dataclass(frozen=True, slots=True)
class ExportLink:
    """What a download link proves: this export, for this principal."""

    export_id: uuid.UUID
    principal: Principal


class Identity:
    """The principals of one process.

    Remembered by a hash of the whole header, whichever issuer it names; bounded, the oldest leaves first.
    """

    def __init__(
        self,
        tokens: TokenAuthority,
        accounts: Accounts,
        providers: Providers,
        *,
        cache_size: int = 4096,
        takes_accountless: bool = True,
    ) -> None:
        self._tokens = tokens
        self._accounts = accounts
        self._providers = providers
        self._cache_size = cache_size
        self._takes_accountless = takes_accountless
        self._verified: dict[bytes, tuple[Principal, float]] = {}
        self._is_told = False
        self._changes = 0

    async def of_header(self, authorization: bytes | None) -> Principal:
        """The principal of an ``Authorization`` header; without one, the public. The hot path.

        Raises:
            Unauthenticated: another scheme than ``Bearer``; a token that is forged, expired or revoked; an account
                that is disabled, unknown, or no longer what the token says.
            Unavailable: the database, or a provider's unknown key, cannot be reached.
        """
        if authorization is None:
            return PUBLIC
        digest = hashlib.blake2b(authorization, digest_size=16).digest()
        known = self._verified.get(digest)
        if known is not None:
            if time.time() < known[1]:
                return known[0]
            del self._verified[digest]
        changes = self._changes
        principal, until = await self._verify(_bearer(authorization))
        if self._is_told and changes == self._changes:  # else what was read may be true no longer
            if len(self._verified) >= self._cache_size:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = (principal, until)
        return principal

    async def of_link(self, token: str, export_id: uuid.UUID) -> ExportLink:
        """What a download link proves, to whoever is still what it says. Raises as ``of_header``."""
        own = self._tokens.verify_export_link(token, export_id)
        return ExportLink(export_id, await self._still_valid(own))

    async def _verify(self, token: str) -> tuple[Principal, float]:
        """Who that is, and until when (seconds since 1970) it need not be verified again."""
        foreign = await self._providers.verify(token)
        if foreign is not None:
            return await self._mapped(foreign), foreign.good_until
        own = self._tokens.verify(token)
        return await self._still_valid(own), own.expires_at

    async def _still_valid(self, own: OwnToken) -> Principal:
        if not (own.principal.subject + own.id).isprintable():
            raise refused("claim sub or jti")  # no column could hold it, so nobody could revoke it
        standing = await self._accounts.of_subject(own.principal.subject, own.id)
        _check(standing, own.issued_at)
        if standing.account is None:
            if not self._takes_accountless:
                raise Unauthenticated(
                    "本系统不接受没有账号的令牌，请用已开通的账号登录", detail="the token names no account"
                )
            return own.principal  # a development token: signed by us, for nobody in particular
        if _rights(standing.account) != _rights(own.principal):
            raise Unauthenticated(
                "账号的角色或范围已变更，请重新登录", detail="the token's role or scope is not the account's"
            )
        return standing.account

    async def _mapped(self, foreign: ForeignToken) -> Principal:
        standing = await self._accounts.of_identity(foreign.issuer, foreign.subject)
        if standing is None or standing.account is None:
            raise Unauthenticated(
                "您已登录，但尚未开通本系统账号，请联系管理员开通", detail="no account is mapped to this identity"
            )
        _check(standing, foreign.signed_after)
        return standing.account

    # ── what is remembered ──────────────────────────────────────────────────────────────────────

    def hears(self) -> None:
        """From now on every change is told: what is verified may be remembered."""
        self.forget_all()
        self._is_told = True

    def is_deaf(self) -> None:
        """Changes may be missed: nothing that was remembered counts, and nothing more is."""
        self._is_told = False
        self.forget_all()

    def forget(self, subject: str) -> None:
        """Verify anew whatever was remembered of a subject."""
        self._changes += 1
        for digest in [digest for digest, (who, _) in self._verified.items() if who.subject == subject]:
            del self._verified[digest]

    def forget_all(self) -> None:
        """Verify everything anew."""
        self._changes += 1
        self._verified.clear()

    def __len__(self) -> int:
        """How many headers are remembered."""
        return len(self._verified)


def _check(standing: Standing, issued_at: float) -> None:
    if standing.account is not None and not standing.is_active:
        raise Unauthenticated("账号已停用，如需恢复请联系管理员", detail="the account is not active")
    if standing.has_revoked(issued_at):
        raise Unauthenticated("登录已失效，请重新登录", detail="token revoked")


def _rights(principal: Principal) -> tuple[object, ...]:
    """What an account decides and a token must agree with."""
    return (principal.role, frozenset(principal.units), principal.uscc, principal.bank, principal.department)


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise refused("Authorization must be 'Bearer <token>'")
    try:
        return token.strip().decode("ascii")
    except UnicodeDecodeError:
        raise refused("token is not ASCII") from None
