"""``keqi explain``: what a query would do in a role, without running it: rules and their reasons, SQL, cost, EXPLAIN.

Whoever runs it has the database anyway, so it tells what an answer over HTTP does not: the database's estimates, and
with ``--analyze`` what running it for these values took.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
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

PAGE = """\
<!DOCTYPE html>
<html lang="zh">
<head><meta charset="utf-8"><title>keqi explain</title></head>
<body style="color: {foreground}; background-color: {background}">
<pre style="font-family: monospace; line-height: 1.4">{code}</pre>
</body>
</html>
"""
"""The frame of a page; it fetches nothing."""

PAGE_WIDTH = 400
"""Characters; wider than any line but a statement's, which a page scrolls."""

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
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="写入 .html（供人查看、存档）或 .json 文件。 A page to look at, or JSON."),
    ] = None,
) -> None:
    """解释一个查询：规则与理由、SQL、代价、数据库计划。 Explain a query: rules and reasons, SQL, cost, EXPLAIN."""
    principal = principal_of(role, district or [], uscc, bank, department, subject)
    chosen = settings()
    logs.configure(chosen.model_copy(update={"log_level": "warning"}))
    form = _form(output, as_json=as_json)
    asked = Asked(document_in(file), variables_in(variables), operation, principal, analyze, brief, form, output)
    raise typer.Exit(asyncio.run(_run(chosen, asked)))


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation to explain; ``form`` is how the database writes its plan (``TEXT`` or ``JSON``)."""

    document: str
    variables: dict[str, Any]
    operation: str | None
    principal: Principal
    analyze: bool
    brief: bool
    form: str
    output: Path | None


def _form(output: Path | None, *, as_json: bool) -> str:
    if output is not None and output.suffix not in (".html", ".json"):
        detail = f"unknown format: {output.suffix}"
        raise BadUserInput("output", "结果文件应以 .html 或 .json 结尾", detail=detail)
    return "JSON" if as_json or (output is not None and output.suffix == ".json") else "TEXT"


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
    text = _as_json(explanation, database) if asked.form == "JSON" else None
    if asked.output is None and text is None:
        _show(OUT, asked, explanation, database)
    elif asked.output is None:
        typer.echo(text, nl=False)
    else:
        asked.output.write_text(text or _page(asked, explanation, database), "utf-8")
        ERR.print(Text.assemble(("✓ ", "green"), str(asked.output)))
    return 0


def _as_json(explanation: Explanation, database: str) -> str:
    hidden = [{"path": each.path, "reason": each.reason, "always": each.always} for each in explanation.hidden]
    answer = {**explanation.as_json(), "hidden": hidden, "database": orjson.loads(database)}
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _page(asked: Asked, explanation: Explanation, database: str) -> str:
    """The same as a page of its own, the question before the answer."""
    out = Console(record=True, file=StringIO(), width=PAGE_WIDTH, highlight=False, soft_wrap=True)
    out.print(Text(f"{asked.document.strip()}\n"))
    _show(out, asked, explanation, database)
    return out.export_html(code_format=PAGE, inline_styles=True)


def _show(out: Console, asked: Asked, explanation: Explanation, database: str) -> None:
    _show_rules(out, explanation, asked.principal)
    if not asked.brief:
        _show_statement(out, explanation, database)


async def _explained(endpoint: GraphQLEndpoint, asked: Asked) -> tuple[Explanation, str]:
    """The explanation, and what the database says of the statement."""
    planner, pool = endpoint.planner, endpoint.state.pool
    operation = planner.operation(asked.document, asked.operation)
    if not operation.is_query:
        raise BadUserInput("file", "只有查询可以解释", detail="only a query has a plan to explain")
    variables = planner.variables(operation, asked.variables)
    explanation = explained(planner, operation, variables, asked.principal)
    if asked.brief and asked.form == "TEXT":
        return explanation, ""
    if not asked.analyze:
        return explanation, await generic_plan(pool, explanation.sql, len(explanation.parameters), asked.form)
    statement: Statement = planner.prepare(operation, variables, asked.principal, json_statement)
    values = statement.values(variables, planner.facts(asked.principal))
    return explanation, await measured_plan(pool, statement.sql, values, asked.form)


def _refused(messages: list[str]) -> int:
    for message in messages:
        ERR.print(Text.assemble(("✗ ", "red"), message))
    return FAILED


def _show_rules(out: Console, explanation: Explanation, principal: Principal) -> None:
    drawing = Drawing(explanation)
    out.print(Text.assemble((principal.role.label, "bold"), " 可以执行：", _costs(explanation)))
    if explanation.absent:
        names = "、".join(f"${name}" for name in explanation.absent)
        out.print(Text(f"没有给出的变量不参与计划 without a value: {names}", style="yellow"))
    out.print(drawing.tree())
    for line in drawing.legend():
        out.print(line)
    _heading(out, "会隐藏的值 hidden values" if explanation.hidden else "没有会隐藏的值 nothing is hidden")
    for each in explanation.hidden:
        out.print(Text.assemble(f"  {each.path} ", ("" if each.always else "（部分行）", "magenta"), each.reason))


def _show_statement(out: Console, explanation: Explanation, database: str) -> None:
    _heading(out, "参数 parameters")
    out.print(_parameters(explanation))
    _heading(out, "SQL")
    out.print(Syntax("", "postgresql", theme="ansi_light").highlight(readable(explanation.sql)))
    _heading(out, "EXPLAIN")
    out.print(Text(database))


def _heading(out: Console, words: str) -> None:
    out.print(Text(f"\n{words}", style="bold"))


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
