"""``keqi policy``: who sees what, as a table."""

from __future__ import annotations

from typing import Annotated, cast

import typer
from graphql import GraphQLSchema
from rich import box
from rich.console import Console
from rich.table import Table

from authz.errors import BadUserInput
from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import Verdict
from resolvers.schema import build
from service.policy import TypePolicy, conditions, policy
from service.terminal import OUT

SIGNS = {Verdict.FULL: "全", Verdict.MASKED: "掩", Verdict.NEVER: "–"}
LEGEND = "全 in full · 掩 masked · – refused (FORBIDDEN) · ①… only in rows where the condition holds, else null"
FIRST_NUMBER = ord("①")
WIDEST = 400

Types = Annotated[list[str] | None, typer.Argument(metavar="TYPE", help="只看这些类型。 Only these types.")]
Roles = Annotated[
    list[Role] | None,
    typer.Option("--role", metavar="ROLE", help="只看这些角色。 Only these roles.", case_sensitive=False),
]


def policy_command(types: Types = None, role: Roles = None) -> None:
    """打印权限矩阵：每个角色能看到哪些行、哪些字段。 Who sees what: rows and fields by role."""
    every = policy(cast("GraphQLSchema", vars(build())["_schema"]))
    unknown = set(types or ()) - {each.name for each in every}
    if unknown:
        known = ", ".join(each.name for each in every)
        raise BadUserInput("types", f"没有这个类型：{', '.join(sorted(unknown))}", detail=f"known: {known}")
    chosen = [each for each in every if not types or each.name in types]
    roles = [each for each in Role if not role or each in role]
    reasons = conditions(chosen)
    signs = {name: chr(FIRST_NUMBER + index) for index, name in enumerate(reasons)}
    wide = Console(width=WIDEST, highlight=False)  # a folded table can be neither read nor searched
    for each in chosen:
        wide.print(_table(each, roles, signs))
    OUT.print(LEGEND)
    for name, reason in reasons.items():
        OUT.print(f"  {signs[name]} {reason} ({name})", markup=False)


def _table(of: TypePolicy, roles: list[Role], signs: dict[str, str]) -> Table:
    table = Table(title=of.name, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("字段", no_wrap=True)
    for role in roles:
        table.add_column(role.label, justify="center", no_wrap=True)
    numbers = [list(Role).index(role) for role in roles]
    table.add_row("（行）", *(_rows(of.rows[number], signs) for number in numbers), style="bold")
    for each in of.fields:
        verdicts = [_sign(each.verdicts[number], signs) for number in numbers]
        for name in each.fields:
            table.add_row(name, *verdicts)
    return table


def _rows(found: tuple[Predicate, ...] | None, signs: dict[str, str]) -> str:
    if found is None:
        return SIGNS[Verdict.NEVER]
    return "".join(signs[each.name] for each in found) or SIGNS[Verdict.FULL]


def _sign(verdict: Verdict | Predicate, signs: dict[str, str]) -> str:
    return signs[verdict.name] if isinstance(verdict, Predicate) else SIGNS[verdict]
