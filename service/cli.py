"""The command line: one command a service of the contract; nothing here but names, help and exit codes.

Exit codes: 0 done; 1 it could not be done; 2 asked for wrongly (an option, a file or a setting).
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from authz.errors import KeqiError
from service.cli_access import token_command
from service.cli_account import account_app
from service.cli_ask import query_command, schema_command
from service.cli_audit import audit_app
from service.cli_database import migrate_command, seed_command
from service.cli_doctor import doctor_command
from service.cli_explain import explain_command
from service.cli_policy import policy_command
from service.cli_rebuild import rebuild_command
from service.cli_serve import demo_command, serve_command
from service.terminal import tell

app = typer.Typer(
    name="keqi",
    help="科企 keqi：科技型企业数据查询服务。 GraphQL query service for science-and-technology enterprise data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for name, command in {
    "demo": demo_command,
    "serve": serve_command,
    "migrate": migrate_command,
    "seed": seed_command,
    "rebuild": rebuild_command,
    "query": query_command,
    "explain": explain_command,
    "schema": schema_command,
    "token": token_command,
    "policy": policy_command,
    "doctor": doctor_command,
}.items():
    app.command(name)(command)
app.add_typer(account_app, name="account")
app.add_typer(audit_app, name="audit")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"keqi {version('keqi')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="打印版本后退出。 Print the version."),
    ] = False,
) -> None:
    """科企 keqi：科技型企业数据查询服务。 GraphQL query service for science-and-technology enterprise data."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeqiError as error:
        sys.exit(tell(error))


if __name__ == "__main__":
    main()
