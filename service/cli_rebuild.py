"""``keqi rebuild``: the roll-ups behind the statistics, counted anew or held against a recount; months frozen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import asyncpg
import typer

from authz.errors import BadUserInput, Unavailable
from db.engine import connect
from db.migrate import current_revision, head_revision
from db.rollups.fold import tidy
from db.rollups.frozen import freeze_closed
from db.rollups.rebuild import Differences, check, rebuild
from service.cli_database import reached
from service.terminal import ERR, FAILED, OUT, progress, settings

if TYPE_CHECKING:
    from service.settings import Settings

_SHOWN = 20
"""Enterprises that are named; of more the number tells enough."""


def rebuild_command(
    check_only: Annotated[
        bool,
        typer.Option(
            "--check",
            help="只核对、不改动；有差异时退出码为 1。 Recount and compare only; exit code 1 when they differ.",
        ),
    ] = False,
    freeze: Annotated[
        bool,
        typer.Option(
            "--freeze",
            help="另外封存所有已结束月份的培育进度。 Also freeze every closed month of cultivation progress.",
        ),
    ] = False,
) -> None:
    """重新汇总统计数据，服务运行时亦可执行。 Count the statistics' roll-ups anew; safe while the service runs."""
    if check_only and freeze:
        raise BadUserInput("freeze", "--check 只核对、不改动，不能与 --freeze 同用", detail="--check writes nothing")
    found, months = asyncio.run(_rebuild(settings(), check_only=check_only, freeze=freeze))
    _tell(found)
    if months:
        ERR.print(f"[green]✓[/green] 已封存 {len(months)} 个月：{months[0]} 至 {months[-1]} (frozen)")
    if not found:
        ERR.print("[green]✓[/green] 汇总与明细一致 (roll-ups equal a recount)")
    elif check_only:
        ERR.print("[red]✗[/red] 汇总与明细不一致，请运行 keqi rebuild 重新汇总 (roll-ups differ from a recount)")
        raise typer.Exit(FAILED)
    else:
        ERR.print("[green]✓[/green] 已按明细重新汇总 (put right)")


def _tell(found: Differences) -> None:
    """Say what differed, a line each, for a program to read as well."""
    for code in found.enterprises[:_SHOWN]:
        OUT.print(f"enterprise {code}", markup=False)
    if found.enterprises:
        ERR.print(f"[yellow]![/yellow] {len(found.enterprises):,} 家企业的汇总依据有误 (facts of enterprises)")
    for cube, keys in found.sums.items():
        if keys:
            OUT.print(f"{cube} {keys}", markup=False)
            ERR.print(f"[yellow]![/yellow] {cube} 有 {keys:,} 个汇总数有误 (sums)")


async def _rebuild(chosen: Settings, *, check_only: bool, freeze: bool) -> tuple[Differences, list[int]]:
    async with reached(chosen) as url:
        connection = await connect(url)
        try:
            await _check_revision(connection)
            with progress("核对汇总" if check_only else "重新汇总") as bar:
                found = await (check if check_only else rebuild)(connection, bar.advance_to)
            if not check_only:
                await tidy(connection)
            if not freeze:
                return found, []
            with progress("封存月份") as bar:
                return found, await freeze_closed(connection, bar.advance_to)
        finally:
            await connection.close()


async def _check_revision(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """The tables are those of this version.

    Raises:
        Unavailable: they are not.
    """
    revision = await current_revision(connection)
    if revision != head_revision():
        raise Unavailable(
            "数据库结构不是当前版本，请先运行 keqi migrate",
            detail=f"database at revision {revision}, this version needs {head_revision()}",
        )
