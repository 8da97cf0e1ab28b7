"""``keqi explain``: what a query would do in a role, without running it: rules and their reasons, SQL, cost, EXPLAIN.

Whoever runs it has the database anyway, so it tells what an answer over HTTP does not: the database's estimates, and
with ``--analyze`` what running it for these values took.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from authz.errors import BadUserInput, KeqiError
from authz.principal import Role
from service import logs
from service.cli_access import Bank, Department, Districts, RoleOption, Subject, UsccOption, principal_of
from service.cli_ask import OperationOption, QueryFile, VariablesOption, document_in, variables_in
from service.database_plan import generic_plan, measured_plan
from service.documents import RequestRefused
from service.explanation import CONSTANT, Explanation, explained
from service.graphql import REFUSED, GraphQLEndpoint
from service.lifecycle import opened
from service.plan_tree import Drawing, readable
from service.plans import Statement, json_statement
from service.terminal import ERR, FAILED, OUT, progress, settings

if TYPE_CHECKING:
    from authz.principal import Principal
    from service.settings import Settings


def explain_command(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: QueryFile,
    role: RoleOption = Role.ANALYST,
    district: Districts = None,
    uscc: UsccOption = None,
    bank: Bank = None,
    department: Department = None,
    subject: Subject = None,
    variables: VariablesOption = "",
    operation: OperationOption = None,
    analyze: Annotated[
        bool, typer.Option("--analyze", help="真正运行并计时（会显示参数值）。 Run it, and show what that took.")
    ] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="只看规则与理由，不看 SQL 与数据库计划。 Rules and reasons only.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取。 For machines.")] = False,
) -> None:
    """解释一个查询：规则与理由、SQL、代价、数据库计划。 Explain a query: rules and reasons, SQL, cost, EXPLAIN."""
    principal = principal_of(role, district or [], uscc, bank, department, subject)
    chosen = settings()
    logs.configure(chosen.model_copy(update={"log_level": "warning"}))
    asked = Asked(
        document_in(file), variables_in(variables), operation, principal, analyze, brief, "JSON" if as_json else "TEXT"
    )
    raise typer.Exit(asyncio.run(_run(chosen, asked)))


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation to explain; ``form`` is how the database writes its plan."""

    document: str
    variables: dict[str, Any]
    operation: str | None
    principal: Principal
    analyze: bool
    brief: bool
    form: str


async def _run(chosen: Settings, asked: Asked) -> int:
    with progress("正在打开数据库") as bar:
        async with opened(chosen) as state:
            bar.relabel("运行中" if asked.analyze else "生成计划")
            try:
                explanation, database = await _explained(GraphQLEndpoint(state), asked)
            except RequestRefused as refused:
                return _refused([f"{REFUSED[refused.code]}：{error.message}" for error in refused.errors])
            except KeqiError as error:
                return _refused([f"{'.'.join(map(str, error.path))}: {error.message}" if error.path else error.message])
    if asked.form == "JSON":
        hidden = [{"path": each.path, "reason": each.reason, "always": each.always} for each in explanation.hidden]
        answer = {**explanation.as_json(), "hidden": hidden, "database": orjson.loads(database)}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), nl=False)
    else:
        _show_rules(explanation, asked.principal)
        if not asked.brief:
            _show_statement(explanation, database)
    return 0


async def _explained(endpoint: GraphQLEndpoint, asked: Asked) -> tuple[Explanation, str]:
    """The explanation, and what the database says of the statement."""
    planner, pool = endpoint.planner, endpoint.state.pool
    operation = planner.operation(asked.document, asked.operation)
    if not operation.is_query:
        raise BadUserInput("file", "只有查询可以解释", detail="only a query has a plan to explain")
    variables = planner.variables(operation, asked.variables)
    explanation = explained(planner, operation, variables, asked.principal)
    if not asked.analyze:
        return explanation, await generic_plan(pool, explanation.sql, len(explanation.parameters), asked.form)
    statement: Statement = planner.prepare(operation, variables, asked.principal, json_statement)
    values = statement.values(variables, planner.facts(asked.principal))
    return explanation, await measured_plan(pool, statement.sql, values, asked.form)


def _refused(messages: list[str]) -> int:
    for message in messages:
        ERR.print(Text.assemble(("✗ ", "red"), message))
    return FAILED


def _show_rules(explanation: Explanation, principal: Principal) -> None:
    drawing = Drawing(explanation)
    OUT.print(Text.assemble((principal.role.label, "bold"), " 可以执行：", _costs(explanation)))
    if explanation.absent:
        names = "、".join(f"${name}" for name in explanation.absent)
        OUT.print(Text(f"没有给出的变量不参与计划 without a value: {names}", style="yellow"))
    OUT.print(drawing.tree())
    for line in drawing.legend():
        OUT.print(line)
    _heading("会隐藏的值 hidden values" if explanation.hidden else "没有会隐藏的值 nothing is hidden")
    for each in explanation.hidden:
        OUT.print(Text.assemble(f"  {each.path} ", ("" if each.always else "（部分行）", "magenta"), each.reason))


def _show_statement(explanation: Explanation, database: str) -> None:
    _heading("参数 parameters")
    OUT.print(_parameters(explanation))
    _heading("SQL")
    OUT.print(Syntax("", "sql", theme="ansi_light").highlight(readable(explanation.sql)))
    _heading("EXPLAIN")
    OUT.print(Text(database))


def _heading(words: str) -> None:
    OUT.print(Text(f"\n{words}", style="bold"))


def _costs(explanation: Explanation) -> str:
    return "，".join(f"{each.label} {each.counted:,}/{each.limit:,}" for each in explanation.costs)


def _parameters(explanation: Explanation) -> Table:
    """Where the parameters come from; the statement's own constants are counted only."""
    table = Table.grid(padding=(0, 2))
    told = [each for each in explanation.parameters if each.origin != CONSTANT]
    for each in told:
        table.add_row(f"  {each.name}", each.kind, each.origin, f"${each.variable}" if each.variable else "")
    if constants := len(explanation.parameters) - len(told):
        table.add_row("", "", f"另有 {constants} 个常量 constants of the statement")
    return table
