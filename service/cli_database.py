"""``keqi migrate`` and ``keqi seed``: the database's tables, and made-up data to try things on."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import asyncpg
import typer

from authz.errors import BadUserInput, Unavailable
from db.migrate import head_revision, upgrade
from db.seed import DatabaseNotEmpty, seed
from service import logs
from service.lifecycle import database_url
from service.terminal import ERR, progress, settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.settings import Settings


def migrate_command() -> None:
    """建立或更新数据库表结构。 Bring the database to the newest revision; harmless when it is there."""
    changed = asyncio.run(_migrate(settings()))
    ERR.print(f"[green]✓[/green] 数据库{'已更新到' if changed else '已是'}版本 {head_revision()}")


def seed_command(
    enterprises: Annotated[int, typer.Option(min=1, help="企业数。 Enterprises.")] = 20_000,
    years: Annotated[int, typer.Option(min=1, max=20, help="每家企业的年报年数，至 2022 年。 Years, up to 2022.")] = 5,
    seed_number: Annotated[int, typer.Option("--seed", help="随机种子，相同则数据相同。 Same seed, same data.")] = 1,
    replace: Annotated[bool, typer.Option("--replace", help="清空已有数据后重建。 Empty what is there first.")] = False,
) -> None:
    """生成虚构的示例数据。 Fill the database with made-up enterprises and reports; no real person's data."""
    asyncio.run(_seed(settings(), enterprises, years, seed_number, replace=replace))
    ERR.print(f"[green]✓[/green] {enterprises:,} 家企业，各 {years} 年年报")


async def _migrate(chosen: Settings) -> bool:
    async with reached(chosen) as url:
        return await upgrade(url)


async def _seed(chosen: Settings, enterprises: int, years: int, number: int, *, replace: bool) -> None:
    async with reached(chosen) as url:
        await upgrade(url)
        await filled(url, enterprises, years, number, replace=replace)


async def filled(url: str, enterprises: int, years: int, number: int, *, replace: bool = False) -> None:
    """Seed the database at ``url`` under a progress bar.

    Raises:
        BadUserInput: there are rows already, and ``replace`` is false.
    """
    with progress("生成数据") as bar:

        def tell(what: str, done: int, total: int) -> None:
            bar.relabel(what)
            bar.advance_to(done, total)

        try:
            await seed(url, enterprises=enterprises, years=years, seed=number, replace=replace, progress=tell)
        except DatabaseNotEmpty as error:
            raise BadUserInput("replace", str(error), detail="the database has rows; --replace empties it") from error


@asynccontextmanager
async def reached(chosen: Settings) -> AsyncGenerator[str]:
    """The URL of the database, embedded or not, reachable for as long as the context lasts.

    Raises:
        Unavailable: there is none to be reached.
    """
    logs.configure(chosen.model_copy(update={"log_level": "warning"}))
    async with AsyncExitStack() as stack:
        url = await database_url(chosen, stack)
        try:
            yield url
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InvalidAuthorizationSpecificationError) as error:
            raise Unavailable(
                "数据库无法连接，请检查 KEQI_DATABASE_URL 与数据库是否运行", detail=type(error).__name__
            ) from error
