"""``keqi account``: who may log in, and tokens that count no longer. Running services learn of it by themselves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import asyncpg
import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from authz.errors import BadUserInput, Unavailable
from authz.principal import Role
from db.engine import TIME_ZONE, Connection, connect
from db.enums import AccountStatus
from db.migrate import upgrade
from db.uscc import normalised
from service import account_changes as changes
from service.account_changes import ExternalIdentity
from service.accounts import principal_of_row
from service.cli_access import Bank, Department, Districts, RoleOption, UsccOption, principal_of
from service.cli_database import reached
from service.keys import signing_keys
from service.terminal import ERR, settings
from service.tokens import TokenAuthority

if TYPE_CHECKING:
    from service.settings import Settings

T = TypeVar("T")
WIDEST = 400

account_app = typer.Typer(
    help="管理账号：开通、停用、撤销令牌。 Accounts: who may log in, and tokens that count no longer.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="账号名。 The account's name.")]
Issuer = Annotated[
    str | None,
    typer.Option("--issuer", metavar="URL", help="外部登录平台（令牌的 iss）。 Provider, as in tokens' iss."),
]
ExternalSubject = Annotated[
    str | None,
    typer.Option("--external-subject", metavar="ID", help="平台上的用户编号（令牌的 sub）。 The tokens' sub there."),
]


@account_app.command("add")
def add_command(
    login: Login,
    role: RoleOption,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="显示名称，默认同账号名。 Shown name; the login if absent."),
    ] = None,
    district: Districts = None,
    uscc: UsccOption = None,
    bank: Bank = None,
    department: Department = None,
    issuer: Issuer = None,
    external_subject: ExternalSubject = None,
) -> None:
    """开通账号；角色需要的范围与 keqi token 相同。 Open an account; a role needs its scope, as with keqi token."""
    changes.check_login(login)
    scope = principal_of(role, district or [], uscc and normalised(uscc), bank, department, login, name or login)
    identity = _identity(issuer, external_subject)
    _run(lambda connection: changes.add(connection, scope, identity))
    _done(f"已开通账号 {login}（{role.label}）")


@account_app.command("list")
def list_command(
    role: Annotated[
        Role | None, typer.Option("--role", metavar="ROLE", help="只看此角色。 Only this role.", case_sensitive=False)
    ] = None,
    status: Annotated[
        AccountStatus | None,
        typer.Option("--status", metavar="STATUS", help="ACTIVE 或 DISABLED。 Only these.", case_sensitive=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 As JSON.")] = False,
) -> None:
    """列出账号：角色、范围、状态、外部登录身份。 Accounts with role, scope, status and identity elsewhere."""
    rows = _run(lambda connection: changes.listed(connection, role, status))
    if as_json:
        listed = [_as_object(row) for row in rows]
        typer.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), nl=False)
    else:
        Console(width=WIDEST, highlight=False, markup=False).print(_table(rows))  # a name may look like markup
        ERR.print(f"共 {len(rows)} 个账号")


@account_app.command("disable")
def disable_command(login: Login) -> None:
    """停用账号：其令牌与下载链接随即失效。 Stop an account: its tokens and download links end within a second."""
    _run(lambda connection: changes.set_status(connection, login, AccountStatus.DISABLED))
    _done(f"已停用账号 {login}，其令牌与下载链接已失效")


@account_app.command("enable")
def enable_command(login: Login) -> None:
    """重新启用账号；停用前签发的令牌仍然无效。 Let an account log in again; earlier tokens stay void."""
    _run(lambda connection: changes.set_status(connection, login, AccountStatus.ACTIVE))
    _done(f"已启用账号 {login}，需重新登录")


@account_app.command("link")
def link_command(
    login: Login,
    issuer: Issuer = None,
    external_subject: ExternalSubject = None,
    remove: Annotated[bool, typer.Option("--remove", help="解除绑定。 Nobody elsewhere any more.")] = False,
) -> None:
    """绑定或解除外部登录身份。 Say who logs in for an account at an OpenID provider."""
    identity = _identity(issuer, external_subject)
    if (identity is None) != remove:
        raise BadUserInput(
            "issuer",
            "请给出 --issuer 与 --external-subject，或用 --remove 解除绑定",
            detail="give --issuer and --external-subject, or --remove",
        )
    _run(lambda connection: changes.link(connection, login, identity))
    _done(f"账号 {login} {'已解除外部身份' if remove else '已绑定外部身份'}，需重新登录")


@account_app.command("revoke-tokens")
def revoke_command(
    login: Annotated[str | None, typer.Argument(metavar="[LOGIN]", help="账号名。 All tokens of an account.")] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="NAME", help="开发令牌的主体。 All tokens of a subject.")
    ] = None,
    token_id: Annotated[
        str | None, typer.Option("--jti", metavar="ID", help="单个令牌的编号。 One token by id.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", metavar="FILE", help="单个令牌，文件或 -（标准输入）。 One token, in a file or -."),
    ] = None,
    before: Annotated[
        datetime | None,
        typer.Option("--before", metavar="TIME", help="只撤销此前签发的（北京时间）。 Only those issued before."),
    ] = None,
) -> None:
    """撤销令牌：一个账号或主体的全部，或单个。 Revoke tokens: all of an account or subject, or a single one."""
    if sum(given is not None for given in (login, subject, token_id, token)) != 1:
        raise BadUserInput(
            "login",
            "请给出账号名、--subject、--jti、--token 之一",
            detail="give one of LOGIN, --subject, --jti, --token",
        )
    if before is not None and login is None and subject is None:
        raise BadUserInput("before", "--before 用于账号或主体", detail="--before goes with LOGIN or --subject")
    _run(_revocation(login, subject, token_id, token, before and before.replace(tzinfo=ZoneInfo(TIME_ZONE))))
    _done("已撤销")


def _revocation(
    login: str | None, subject: str | None, token_id: str | None, token: str | None, before: datetime | None
) -> Callable[[Connection], Awaitable[object]]:
    if login is not None:
        return lambda connection: changes.revoke_of_account(connection, login, before)
    if subject is not None:
        return lambda connection: changes.revoke_of_subject(connection, subject, before)
    if token is not None:
        own = TokenAuthority(signing_keys(settings())).verify(_read(token))
        expires_at = datetime.fromtimestamp(own.expires_at, UTC)
        return lambda connection: changes.revoke_token(connection, own.id, expires_at)
    return lambda connection: changes.revoke_token(connection, token_id or "", None)


def _read(file: str) -> str:
    """A token from a file or standard input: on the command line it would stay in the shell's history."""
    try:
        return (sys.stdin.read() if file == "-" else Path(file).read_text("ascii")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUserInput("token", f"无法读取令牌文件 {file}", detail=type(error).__name__) from None


def _identity(issuer: str | None, subject: str | None) -> ExternalIdentity | None:
    if issuer is None and subject is None:
        return None
    if issuer is None or subject is None:
        raise BadUserInput(
            "issuer", "--issuer 与 --external-subject 须同时给出", detail="--issuer and --external-subject go together"
        )
    return ExternalIdentity(issuer, subject)


# ── the database ────────────────────────────────────────────────────────────────────────────────


def _run(change: Callable[[Connection], Awaitable[T]]) -> T:
    """Do something to the accounts of the configured database.

    Raises:
        Unavailable: there is none to be reached, or it was not migrated.
    """
    return asyncio.run(_connected(settings(), change))


async def _connected(chosen: Settings, change: Callable[[Connection], Awaitable[T]]) -> T:
    async with reached(chosen) as url:
        if chosen.is_embedded:
            await upgrade(url)
        connection = await connect(url)
        try:
            return await change(connection)
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
            raise Unavailable(
                "数据库结构不是当前版本，请先运行 keqi migrate", detail=f"run keqi migrate: {type(error).__name__}"
            ) from error
        finally:
            await connection.close()


def _done(what: str) -> None:
    ERR.print("[green]✓[/green]", escape(what))


# ── how accounts are shown ──────────────────────────────────────────────────────────────────────


def _as_object(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "login": row["login"],
        "name": row["display_name"],
        "role": row["role"],
        "units": row["units"],
        "uscc": row["uscc"],
        "bank": row["bank_code"],
        "department": row["department_code"],
        "status": row["status"],
        "issuer": row["issuer"],
        "externalSubject": row["external_subject"],
        "tokensIssuedBefore": row["issued_before"],
    }


def _table(rows: list[asyncpg.Record]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("账号", "名称", "角色", "范围", "状态", "外部登录", "此前令牌已失效"):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        who = principal_of_row(row)
        scope = "、".join(who.units) or who.uscc or who.bank or who.department or who.scope_label or ""
        elsewhere = f"{row['issuer']} {row['external_subject']}" if row["issuer"] else ""
        since: datetime | None = row["issued_before"]
        cut = since.astimezone(ZoneInfo(TIME_ZONE)).strftime("%Y-%m-%d %H:%M:%S") if since else ""
        status = AccountStatus[row["status"]].label
        table.add_row(who.subject, who.name, who.role.label, scope, status, elsewhere, cut)
    return table
