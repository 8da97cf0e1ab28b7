"""What an administrator does to accounts and tokens: each a statement or two, checked, with an answer for people.

Every running process learns of it from the database itself (revision 0003); nothing here has to tell them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from authz.errors import BadUserInput, NotFound
from authz.principal import Principal, Role
from db.enums import AccountStatus
from db.uscc import is_valid
from service.issuers import unsafe
from service.openid import LONGEST_SUBJECT

if TYPE_CHECKING:
    from datetime import datetime

    from db.engine import Connection

LONGEST_LOGIN = 60
LONGEST_NAME = 100
LONGEST_TOKEN_SUBJECT = 300
DEVELOPMENT = "dev:"
"""What the made-up subjects of development tokens begin with; no account may look like one."""

_ADD = """
INSERT INTO account (
    login, display_name, role, units, uscc, bank_code, department_code, status, issuer, external_subject
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_LIST = """
SELECT a.login, a.display_name, a.role, a.units, a.uscc, a.bank_code, a.department_code, a.status,
    a.issuer, a.external_subject, c.issued_before
FROM account AS a LEFT JOIN token_cutoff AS c ON c.subject = a.login
WHERE ($1::text IS NULL OR a.role = $1) AND ($2::text IS NULL OR a.status = $2)
ORDER BY a.login
"""
_CUT_OFF = """
INSERT INTO token_cutoff AS kept (subject, issued_before)
SELECT $1, least(coalesce($2, clock_timestamp()), clock_timestamp())
ON CONFLICT (subject) DO UPDATE SET issued_before = greatest(kept.issued_before, excluded.issued_before)
RETURNING issued_before
"""
_FORGET_EXPIRED = "DELETE FROM revoked_token WHERE expires_at < now() - interval '1 day'"
_REVOKE = "INSERT INTO revoked_token (token_id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_LATEST_EXPIRY = "SELECT now() + interval '366 days'"


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Who somebody is at a provider."""

    issuer: str
    subject: str


async def add(connection: Connection, account: Principal, identity: ExternalIdentity | None) -> None:
    """Open an account with the principal's login, name, role and scope.

    Raises:
        BadUserInput: the login is taken or no login, the role is nobody's, or what it is bound to does not exist.
    """
    check_login(account.subject)
    _check_length("name", account.name, LONGEST_NAME)
    if account.role is Role.PUBLIC:
        raise BadUserInput("role", "公众不需要账号", detail="PUBLIC has no account")
    await _check_scope(connection, account)
    _check_identity(identity)
    values = (
        account.subject, account.name, account.role.value, list(account.units), account.uscc, account.bank,
        account.department, AccountStatus.ACTIVE.value, identity and identity.issuer, identity and identity.subject,
    )  # fmt: skip
    try:
        await connection.execute(_ADD, *values)
    except asyncpg.UniqueViolationError as error:
        raise _taken(error, account.subject) from None


async def link(connection: Connection, login: str, identity: ExternalIdentity | None) -> None:
    """Say who logs in elsewhere for an account; None: nobody any more.

    Raises:
        NotFound: no such account.
        BadUserInput: the identity is another account's, or none.
    """
    _check_identity(identity)
    change = "UPDATE account SET issuer = $2, external_subject = $3 WHERE login = $1 RETURNING true"
    try:
        found = await connection.fetchval(change, login, identity and identity.issuer, identity and identity.subject)
    except asyncpg.UniqueViolationError as error:
        raise _taken(error, login) from None
    if not found:
        raise no_account(login)


async def set_status(connection: Connection, login: str, status: AccountStatus) -> None:
    """Let an account log in, or not. Raises NotFound: no such account."""
    change = "UPDATE account SET status = $2 WHERE login = $1 RETURNING true"
    if not await connection.fetchval(change, login, status.value):
        raise no_account(login)


async def listed(connection: Connection, role: Role | None, status: AccountStatus | None) -> list[asyncpg.Record]:
    """Accounts in the order of their logins, with the moment before which their tokens count no longer."""
    return await connection.fetch(_LIST, role and role.value, status and status.value)


async def revoke_of_account(connection: Connection, login: str, before: datetime | None) -> datetime:
    """Believe no token of an account issued so far, or before a moment; answers since when tokens count.

    Raises:
        NotFound: no such account.
    """
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM account WHERE login = $1)", login):
        raise no_account(login)
    return await revoke_of_subject(connection, login, before)


async def revoke_of_subject(connection: Connection, subject: str, before: datetime | None) -> datetime:
    """The same for any subject, such as a development token's; it need not have an account.

    A moment in the future is taken as now: nobody is locked out beforehand.
    """
    _check_length("subject", subject, LONGEST_TOKEN_SUBJECT)
    since: datetime = await connection.fetchval(_CUT_OFF, subject, before)
    return since


async def revoke_token(connection: Connection, token_id: str, expires_at: datetime | None) -> None:
    """Believe one token of ours no longer, by its id (``jti``); kept until it would have expired anyway."""
    _check_length("jti", token_id, LONGEST_TOKEN_SUBJECT)
    until = expires_at or await connection.fetchval(_LATEST_EXPIRY)
    async with connection.transaction():
        await connection.execute(_FORGET_EXPIRED)
        await connection.execute(_REVOKE, token_id, until)


def check_login(login: str) -> None:
    """Raises BadUserInput: it cannot be an account's login."""
    _check_length("login", login, LONGEST_LOGIN)
    if login != login.strip() or login.startswith(DEVELOPMENT):
        raise BadUserInput(
            "login", "账号名不能以空格或 dev: 开头，也不能以空格结尾", detail=f"no spaces around, no '{DEVELOPMENT}'"
        )


def no_account(login: str) -> NotFound:
    """The refusal of a login that nobody has."""
    return NotFound(f"没有账号 {login}，请用 keqi account list 查看", detail="no such account")


async def _check_scope(connection: Connection, account: Principal) -> None:
    known = {
        row["code"]
        for row in await connection.fetch(
            "SELECT code FROM unit WHERE is_jurisdiction AND code = ANY($1)", list(account.units)
        )
    }
    if unknown := [unit for unit in account.units if unit not in known]:
        raise BadUserInput(
            "district", f"没有这个主管单位：{'、'.join(unknown)}", detail=f"no such unit: {', '.join(unknown)}"
        )
    if len(known) < len(account.units):
        raise BadUserInput("district", "主管单位重复", detail="a unit is named twice")
    if account.uscc is not None and not is_valid(account.uscc):
        raise BadUserInput("uscc", "统一社会信用代码校验位不对，请核对", detail="not a credit code")
    for field, word, found, value in (
        ("uscc", "企业", "SELECT EXISTS (SELECT FROM enterprise WHERE uscc = $1)", account.uscc),
        ("bank", "合作银行", "SELECT EXISTS (SELECT FROM partner_bank WHERE code = $1)", account.bank),
    ):
        if value is not None and not await connection.fetchval(found, value):
            raise BadUserInput(field, f"没有这家{word}：{value}", detail=f"no such {field}: {value}")
    if account.department is not None:
        _check_length("department", account.department, 30)


def _check_identity(identity: ExternalIdentity | None) -> None:
    if identity is None:
        return
    if (problem := unsafe(identity.issuer)) is not None:
        raise BadUserInput("issuer", f"登录平台地址无法使用：{problem}", detail="issuer")
    _check_length("issuer", identity.issuer, 300)
    _check_length("external-subject", identity.subject, LONGEST_SUBJECT)


def _check_length(field: str, value: str, longest: int) -> None:
    if not 0 < len(value) <= longest or not value.isprintable():
        raise BadUserInput(
            field, f"--{field} 应为 1 至 {longest} 个可见字符", detail=f"{field}: 1 to {longest} printable characters"
        )


def _taken(error: asyncpg.UniqueViolationError, login: str) -> BadUserInput:
    if error.constraint_name == "uq_account_login":
        return BadUserInput("login", f"账号 {login} 已存在", detail="the login is taken")
    return BadUserInput(
        "external-subject", "该外部身份已绑定其他账号，请先解除绑定", detail="the identity is mapped to another account"
    )
