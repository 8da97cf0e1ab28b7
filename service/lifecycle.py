"""Start and stop: what a process opens before its first request and closes after its last, in that order."""

from __future__ import annotations

import asyncio
import functools
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import asyncpg
import structlog

from authz.audit import opened_trail
from authz.audit_keys import AuditKey
from authz.errors import Unavailable
from db.embedded import EmbeddedServer, EmbeddedServerError
from db.engine import Pool, create_pool
from db.migrate import head_revision, upgrade
from db.readers import Readers
from service.accounts import Accounts
from service.faults import database_faults
from service.identity import Identity
from service.keys import signing_keys, signing_secret
from service.limits import RateLimiter
from service.metrics import Metrics
from service.openid import Providers
from service.questions import forgetting
from service.reads import Reads
from service.recorder import Recorder
from service.reserve import Reserve
from service.rollups import kept_rollups
from service.state import AppState
from service.tokens import TokenAuthority
from service.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from authz.audit import AuditTrail
    from service.settings import Settings

POOL_CLOSE_SECONDS = 5.0


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[AppState]:
    """Everything one process shares, open for as long as the context lasts.

    Without ``KEQI_DATABASE_URL`` the embedded server is started (or joined) and migrated; an external database is
    only checked, since migrating it is its owner's decision.

    Raises:
        Unavailable: the database cannot be reached, or its tables are not those of this version.
        BadUserInput: a setting is missing.
    """
    keys = signing_keys(settings)
    async with AsyncExitStack() as stack:
        url = await database_url(settings, stack)
        if settings.is_embedded:
            await upgrade(url)
        pool = await stack.enter_async_context(_pool(url, settings))
        await check_revision(pool)
        await stack.enter_async_context(forgetting(pool))
        read_pools = [
            await stack.enter_async_context(_pool(url.get_secret_value(), settings)) for url in settings.read_urls
        ]
        size = _kept_for_reads(settings)
        reads = Reads(Readers(pool, size), [Readers(replica, size) for replica in read_pools])
        stack.push_async_callback(reads.close)
        tokens = TokenAuthority(keys)
        identity = await stack.enter_async_context(_identity(settings, url, tokens, reads))
        trail = await stack.enter_async_context(opened_trail(url, AuditKey.of_secret(signing_secret(settings))))
        stack.callback(_tell_head, trail)
        recorder = Recorder(trail)
        stack.push_async_callback(recorder.close)
        metrics = Metrics()
        await stack.enter_async_context(
            kept_rollups(url, metrics, Reserve(settings.default_report_year, tokens.signing_key))
        )
        yield AppState(
            settings=settings,
            pool=pool,
            readers=reads,
            tokens=tokens,
            identity=identity,
            metrics=metrics,
            limiter=RateLimiter(settings.rate_limit),
            recorder=recorder,
            export_slots=asyncio.Semaphore(settings.max_exports),
        )


@asynccontextmanager
async def _identity(settings: Settings, url: str, tokens: TokenAuthority, reads: Reads) -> AsyncGenerator[Identity]:
    """Who asks; told of changes by a watch of its own, which the start does not wait for."""
    providers = Providers(settings.openid_issuers, settings.openid_keys_seconds)
    identity = Identity(
        tokens,
        Accounts(reads.primary),
        providers,
        cache_size=settings.token_cache_size,
        takes_accountless=settings.accountless_tokens,
    )
    watch = asyncio.create_task(Watch(url, identity).run())
    try:
        yield identity
    finally:
        watch.cancel()
        await asyncio.wait([watch])
        await providers.close()


def _tell_head(trail: AuditTrail) -> None:
    """Note where the audit chain ends in a place that is not the database: ``keqi audit verify --head`` takes it."""
    if trail.head is not None:
        log: structlog.stdlib.BoundLogger = structlog.get_logger()
        log.info("audit chain", head=trail.head)


def _kept_for_reads(settings: Settings) -> int:
    """Connections that reads may keep for good, of ``pool_size`` and one for each export.

    One more is left for commands, which would wait for ever otherwise.
    """
    return settings.pool_size - 1


async def database_url(settings: Settings, stack: AsyncExitStack) -> str:
    """The database to use: the configured one, or the embedded one, running until ``stack`` closes.

    Raises:
        Unavailable: the embedded server did not come up.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = EmbeddedServer(settings.data_dir)
    log: structlog.stdlib.BoundLogger = structlog.get_logger()
    log.info("embedded database opening", data_dir=str(settings.data_dir))
    try:
        url = await asyncio.to_thread(server.start)
    except EmbeddedServerError as error:
        raise Unavailable("内嵌数据库无法启动，请运行 keqi doctor 检查", detail=str(error)) from error
    stack.push_async_callback(asyncio.to_thread, server.stop)
    return url


async def check_revision(pool: Pool) -> None:
    """Check that the tables are those this version was written for.

    Raises:
        Unavailable: they are not, or there is no answer.
    """
    revision: str | None = None
    with database_faults(), suppress(asyncpg.UndefinedTableError):
        revision = await pool.fetchval("SELECT version_num FROM alembic_version")
    if revision != _needed_revision():
        raise Unavailable(
            "数据库结构不是当前版本，请先运行 keqi migrate",
            detail=f"database at revision {revision}, this version needs {_needed_revision()}",
        )


@functools.cache
def _needed_revision() -> str:
    """The revision of this code; it cannot change while the process runs."""
    return head_revision()


@asynccontextmanager
async def _pool(url: str, settings: Settings) -> AsyncGenerator[Pool]:
    try:
        pool = await create_pool(
            url,
            min_size=min(2, settings.pool_size),
            # Queries keep theirs; exports and commands come on top.
            max_size=settings.pool_size + settings.max_exports,
            statement_timeout=settings.statement_timeout_seconds,
        )
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise Unavailable(
            "数据库无法连接，请检查 KEQI_DATABASE_URL 与数据库是否运行", detail=f"{type(error).__name__}: no connection"
        ) from error
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), POOL_CLOSE_SECONDS)
        except TimeoutError:
            pool.terminate()
