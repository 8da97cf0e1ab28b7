"""``keqi query`` and ``keqi schema``: the service asked from the command line, in process."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import orjson
import typer

from authz.errors import BadUserInput
from authz.principal import Role
from service import logs
from service.cli_access import ROLES, Bank, Department, Districts, RoleOption, Subject, UsccOption, principal_of
from service.graphql import GraphQLEndpoint
from service.inside import ACCEPT, ask, bearer
from service.lifecycle import opened
from service.sdl import sdl
from service.terminal import ERR, FAILED, ProgressBar, progress, settings

if TYPE_CHECKING:
    from starlette.types import Message

    from authz.principal import Principal
    from service.record import RequestRecord
    from service.settings import Settings


QueryFile = Annotated[
    str, typer.Argument(help="查询文件，- 为标准输入。 File of one GraphQL operation; -: standard input.")
]
VariablesOption = Annotated[str, typer.Option(help="变量 JSON，或 @文件。 Variables as JSON, or @FILE.")]
OperationOption = Annotated[str | None, typer.Option(help="文件中的操作名。 Name of the operation to run.")]


def query_command(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: QueryFile,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="结果文件 .xlsx/.csv/.json；不写则打印 JSON。 Where to write.")
    ] = None,
    role: RoleOption = Role.ANALYST,
    district: Districts = None,
    uscc: UsccOption = None,
    bank: Bank = None,
    department: Department = None,
    subject: Subject = None,
    variables: VariablesOption = "",
    operation: OperationOption = None,
) -> None:
    """运行一个查询文件，结果存为 Excel、CSV 或 JSON。 Run a query file; the answer as workbook, csv or JSON."""
    principal = principal_of(role, district or [], uscc, bank, department, subject)
    chosen = settings()
    logs.configure(chosen.model_copy(update={"log_level": "warning"}))
    question = Question(document_in(file), variables_in(variables), operation, principal, _format_of(output))
    raise typer.Exit(asyncio.run(_run(chosen, question, output)))


def schema_command(
    role: Annotated[
        Role | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            help=f"只打印该角色可查询的部分。 Only what a role may ask; one of {ROLES}.",
            case_sensitive=False,
        ),
    ] = None,
    security: Annotated[
        bool,
        typer.Option(
            "--security-directives/--no-security-directives",
            help="是否带 @authenticated、@requiresScopes、@policy。 Print with or without the security directives.",
        ),
    ] = True,
) -> None:
    """打印接口定义（GraphQL SDL）。 Print the schema."""
    typer.echo(sdl(role, security=security), nl=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One operation to ask, and how its answer is wanted."""

    document: str
    variables: dict[str, Any]
    operation: str | None
    principal: Principal
    file_format: str


async def _run(chosen: Settings, question: Question, output: Path | None) -> int:
    with progress("正在打开数据库") as bar:
        async with opened(chosen) as state:
            bar.relabel("查询中")
            answer = Answer(output, bar)
            record = await ask(
                GraphQLEndpoint(state),
                answer.take,
                authorization=bearer(state.tokens, question.principal),
                file_format=question.file_format,
                document=question.document,
                variables=question.variables,
                operation=question.operation,
            )
    return answer.finish(record)


class Answer:
    """Takes an answer's messages and keeps them: a file appears whole, under its name, or not at all."""

    def __init__(self, output: Path | None, bar: ProgressBar) -> None:
        self._output = output
        self._bar = bar
        self._file: BinaryIO | None = None
        self._held = bytearray()
        self._size = 0
        self._is_whole = False
        self.status = 0

    @property
    def _part(self) -> Path | None:
        return self._output and self._output.with_name(f"{self._output.name}.part")

    async def take(self, message: Message) -> None:
        """One ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._part is not None and self.status == 200:
                self._file = self._part.open("wb")
            return
        chunk: bytes = message.get("body", b"")
        self._size += len(chunk)
        self._is_whole = not message.get("more_body", False)
        if self._file is None:
            self._held += chunk
        else:
            self._file.write(chunk)
        self._bar.relabel(f"已写入 {self._size:,} 字节")

    def finish(self, record: RequestRecord) -> int:
        """Put the file in place, or print what there is; answer the exit code."""
        if self._file is not None:
            self._file.close()
        if self.status == 200 and self._is_whole and self._output is not None and self._part is not None:
            self._part.replace(self._output)
            rows = f"，{record.rows:,} 行" if record.rows >= 0 else ""
            ERR.print(f"[green]✓[/green] {self._output}（{self._size:,} 字节{rows}）")
            return 0
        if self._part is not None:
            self._part.unlink(missing_ok=True)
        answer = orjson.loads(bytes(self._held)) if self._held else {"errors": [{"message": "查询中断，没有写出文件"}]}
        if self._output is None and "data" in answer:
            typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), nl=False)
        for error in answer.get("errors", ()):
            where = ".".join(str(part) for part in error.get("path", ()))
            ERR.print(f"[red]✗[/red] {where}{': ' if where else ''}{error['message']}")
        return FAILED if "errors" in answer else 0


def _format_of(output: Path | None) -> str:
    file_format = output.suffix.removeprefix(".").lower() if output else "json"
    if file_format not in ACCEPT:
        raise BadUserInput("output", "结果文件应以 .xlsx、.csv 或 .json 结尾", detail=f"unknown format: .{file_format}")
    return file_format


def document_in(file: str) -> str:
    """The text of a query file; ``-`` is standard input.

    Raises:
        BadUserInput: it cannot be read.
    """
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUserInput("file", f"无法读取查询文件 {file}", detail=str(error)) from error


def variables_in(given: str) -> dict[str, Any]:
    """Variables as the command line gives them: JSON, or ``@`` and the file it is in.

    Raises:
        BadUserInput: they are no JSON object.
    """
    if not given:
        return {}
    try:
        text = Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
        read: object = orjson.loads(text)
    except (OSError, ValueError) as error:
        raise BadUserInput("variables", "变量应为 JSON 对象，或 @文件", detail=str(error)) from error
    if not isinstance(read, dict):
        raise BadUserInput("variables", "变量应为 JSON 对象", detail="variables must be a JSON object")
    return cast("dict[str, Any]", read)
