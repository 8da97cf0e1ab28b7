"""``keqi policy``: who sees what and who may do what, as a table, markdown or JSON."""

from __future__ import annotations

import enum
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from authz.errors import BadUserInput
from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import Verdict
from resolvers.schema import core
from service.matrix import Matrix, as_json, markdown
from service.policy import PLACES, MutationPolicy, TypePolicy, conditions, mutations, policy, rules_of
from service.terminal import OUT

SIGNS = {Verdict.FULL: "全", Verdict.MASKED: "掩", Verdict.NEVER: "–"}
LEGEND = "全 in full · 掩 masked · – refused (FORBIDDEN) · ①… only in rows where the condition holds, else null"
FIRST_NUMBER = ord("①")
WIDEST = 400
MUTATION = "Mutation"

Signs = dict[str, str]


class Format(enum.StrEnum):
    """How the matrix is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


Types = Annotated[list[str] | None, typer.Argument(metavar="TYPE", help="只看这些类型。 Only these types.")]
Roles = Annotated[
    list[Role] | None,
    typer.Option("--role", metavar="ROLE", help="只看这些角色。 Only these roles.", case_sensitive=False),
]
Printed = Annotated[
    Format, typer.Option("--format", help="table、markdown 或 json。 How to print it.", case_sensitive=False)
]


def policy_command(types: Types = None, role: Roles = None, format: Printed = Format.TABLE) -> None:  # noqa: A002 - the option's name
    """打印权限矩阵：每个角色能看到哪些行、哪些字段，能做什么。 Who sees what and may do what, by role."""
    matrix = chosen(types or [], role or [])
    match format:
        case Format.TABLE:
            _print_tables(matrix)
        case Format.MARKDOWN:
            typer.echo(markdown(matrix), nl=False)
        case Format.JSON:
            typer.echo(as_json(matrix), nl=False)


def chosen(names: list[str], roles: list[Role]) -> Matrix:
    """The matrix of these types and roles; of all of them where none is named.

    Raises:
        BadUserInput: there is no such type.
    """
    types = policy(core())
    known = [*(each.name for each in types), MUTATION]
    unknown = sorted(set(names).difference(known))
    if unknown:
        raise BadUserInput("types", f"没有这个类型：{', '.join(unknown)}", detail=f"known: {', '.join(known)}")
    return Matrix(
        [each for each in types if not names or each.name in names],
        mutations(core()) if not names or MUTATION in names else [],
        tuple(each for each in Role if not roles or each in roles),
    )


def _print_tables(matrix: Matrix) -> None:
    reasons = conditions(matrix.types, matrix.roles)
    signs = {name: chr(FIRST_NUMBER + index) for index, name in enumerate(reasons)}
    wide = Console(width=WIDEST, highlight=False)  # a folded table can be neither read nor searched
    for each in matrix.types:
        wide.print(_fields(each, matrix.roles, signs))
    if matrix.mutations:
        wide.print(_mutations(matrix.mutations, matrix.roles))
    OUT.print(LEGEND)
    for name, reason in reasons.items():
        OUT.print(f"  {signs[name]} {reason} ({name})", markup=False)
    for name, reason in rules_of(matrix.types).items():
        OUT.print(f"  {name}: {reason}", markup=False)


def _fields(of: TypePolicy, roles: tuple[Role, ...], signs: Signs) -> Table:
    table = _table(of.name, "字段", "规则", roles)
    table.add_row("（行）", of.scope, *(_rows(of.rows[PLACES[role]], signs) for role in roles), style="bold")
    for each in of.fields:
        verdicts = [_sign(each.verdicts[PLACES[role]], signs) for role in roles]
        for name in each.fields:
            table.add_row(name, each.rule, *verdicts)
    return table


def _mutations(found: list[MutationPolicy], roles: tuple[Role, ...]) -> Table:
    table = _table(MUTATION, "变更", "操作", roles)
    for each in found:
        signs = [SIGNS[Verdict.FULL if each.allowed[PLACES[role]] else Verdict.NEVER] for role in roles]
        table.add_row(each.name, f"{each.action.value} {each.action.label}", *signs)
    return table


def _table(title: str, what: str, by: str, roles: tuple[Role, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column(what, no_wrap=True)
    table.add_column(by, no_wrap=True)
    for role in roles:
        table.add_column(role.label, justify="center", no_wrap=True)
    return table


def _rows(found: tuple[Predicate, ...] | None, signs: Signs) -> str:
    if found is None:
        return SIGNS[Verdict.NEVER]
    return "".join(signs[each.name] for each in found) or SIGNS[Verdict.FULL]


def _sign(verdict: Verdict | Predicate, signs: Signs) -> str:
    return signs[verdict.name] if isinstance(verdict, Predicate) else SIGNS[verdict]
