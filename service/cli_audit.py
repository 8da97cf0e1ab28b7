"""``keqi audit``: whether the audit trail is what was written, for an inspector."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import asyncpg
import typer

from authz.audit_check import Check, Head, check
from authz.audit_keys import AuditKey
from authz.errors import BadUserInput, Unavailable
from db.engine import connect
from service.cli_database import reached
from service.keys import signing_secret
from service.terminal import ERR, FAILED, OUT, progress, settings

if TYPE_CHECKING:
    from service.settings import Settings

audit_app = typer.Typer(
    help="审计记录：核对是否完整、未被改动。 The audit trail: whether it is whole and unchanged.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@audit_app.callback()
def audit_options() -> None:
    """审计记录：核对是否完整、未被改动。 The audit trail: whether it is whole and unchanged."""


@audit_app.command("verify")
def verify_command(
    first: Annotated[
        int, typer.Option("--from", min=1, metavar="BATCH", help="从这一批次开始核对。 Start at this batch.")
    ] = 1,
    head: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BATCH:DIGEST",
            help="以前记下的链头，须仍在链中（可发现末尾被截去）。 A head noted earlier, to be in the chain still.",
        ),
    ] = None,
) -> None:
    """逐批核对审计链，指出被改动、缺失、多出之处，并打印链头。 Check the whole chain, say what is wrong and where."""
    done = asyncio.run(_verify(settings(), first, [_noted(each) for each in head or ()]))
    for note in done.notes:
        ERR.print(f"[yellow]![/yellow] {note}")
    for finding in done.findings:
        ERR.print("[red]✗[/red] ", end="")
        ERR.print(finding, markup=False)
    if done.head is not None:
        OUT.print(f"{done.head}")
    if done.findings:
        ERR.print(f"[red]✗[/red] 审计链有 {len(done.findings)} 处异常 (the chain is not what was written)")
        raise typer.Exit(FAILED)
    told = f"{done.batches:,} 批，共 {done.lines:,} 行" if done.head else "尚无审计记录"
    ERR.print(f"[green]✓[/green] 审计链完整：{told}。请把链头另行记下，日后用 --head 核对 (note the head elsewhere)")


def audit_keys(chosen: Settings) -> dict[str, AuditKey]:
    """The keys of all secrets this service knows, by id. Raises as ``signing_secret`` does."""
    secrets = [signing_secret(chosen), *(each.get_secret_value().encode() for each in chosen.previous_secrets)]
    return {key.id: key for key in map(AuditKey.of_secret, secrets)}


async def _verify(chosen: Settings, first: int, noted: list[Head]) -> Check:
    keys = audit_keys(chosen)
    async with reached(chosen) as url:
        connection = await connect(url)
        try:
            with progress("核对审计链") as bar:
                return await check(connection, keys, first=first, noted=noted, progress=bar.advance_to)
        except asyncpg.UndefinedTableError as error:
            raise Unavailable("数据库中没有审计表，请先运行 keqi migrate", detail=str(error)) from error
        except LookupError as error:
            raise BadUserInput("from", f"没有批次 {first}", detail=str(error)) from error
        finally:
            await connection.close()


def _noted(written: str) -> Head:
    try:
        return Head.parse(written)
    except ValueError:
        message = "链头应为 批次:摘要，例如 42:9f…（64 位十六进制）"
        raise BadUserInput("head", message, detail="--head BATCH:DIGEST, as printed by verify") from None
