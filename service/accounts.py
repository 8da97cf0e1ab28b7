"""Accounts, asked: whose a token is, whether it may still log in, and since when its tokens count.

One statement on the primary for each token that is not remembered. Nothing here changes a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from authz.principal import Principal, Role
from db.enums import AccountStatus
from service.faults import database_faults

if TYPE_CHECKING:
    import asyncpg

    from db.readers import Readers

ACCOUNT = "a.login, a.display_name, a.role, a.units, a.uscc, a.bank_code, a.department_code, a.status"
"""The columns that make a principal."""

_OF_SUBJECT = f"""
SELECT {ACCOUNT},
    EXISTS (SELECT FROM revoked_token WHERE token_id = $2) AS is_revoked,
    (SELECT extract(epoch FROM issued_before)::float8 FROM token_cutoff WHERE subject = $1) AS issued_before
FROM (SELECT) AS asked LEFT JOIN account AS a ON a.login = $1
"""  # noqa: S608 - our own columns

_OF_IDENTITY = f"""
SELECT {ACCOUNT},
    false AS is_revoked,
    (SELECT extract(epoch FROM issued_before)::float8 FROM token_cutoff WHERE subject = a.login) AS issued_before
FROM account AS a WHERE a.issuer = $1 AND a.external_subject = $2
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database knows of a token's subject.

    ``account`` is None where the subject has none; tokens issued before ``issued_before`` (seconds since 1970) are
    believed no longer, nor is one that ``is_revoked`` by itself.
    """

    account: Principal | None
    is_active: bool
    is_revoked: bool
    issued_before: float

    def has_revoked(self, issued_at: float) -> bool:
        """Whether a token issued at that moment is believed no longer."""
        return self.is_revoked or issued_at < self.issued_before


class Accounts:
    """The accounts of the primary database."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def of_subject(self, subject: str, token_id: str) -> Standing:
        """The standing of a token of ours. Raises as ``database_faults`` does."""
        with database_faults("登录验证"):
            row = await self._readers.fetchrow(_OF_SUBJECT, (subject, token_id))
        if row is None:
            raise AssertionError("a join with one row has one")
        return standing_of(row)

    async def of_identity(self, issuer: str, subject: str) -> Standing | None:
        """The standing of whoever logged in elsewhere; None where no account is mapped. Raises likewise."""
        with database_faults("登录验证"):
            row = await self._readers.fetchrow(_OF_IDENTITY, (issuer, subject))
        return None if row is None else standing_of(row)


def standing_of(row: asyncpg.Record) -> Standing:
    """A row as a standing; whatever status is not active may not log in."""
    return Standing(
        account=None if row["login"] is None else principal_of_row(row),
        is_active=row["status"] == AccountStatus.ACTIVE.value,
        is_revoked=row["is_revoked"],
        issued_before=row["issued_before"] or 0.0,
    )


def principal_of_row(row: asyncpg.Record) -> Principal:
    """The principal that an account is."""
    return Principal(
        role=Role(row["role"]),
        subject=row["login"],
        name=row["display_name"],
        units=tuple(row["units"]),
        uscc=row["uscc"],
        bank=row["bank_code"],
        department=row["department_code"],
    )
