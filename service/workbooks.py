"""A query answered as a file: planned like any other, its rows streamed while the database still reads.

The count comes first, so that ``X-Total-Rows`` tells what is coming; from then on the answer is one stream that either
ends whole or breaks off.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import orjson

from authz.actions import Action, require
from authz.errors import BadUserInput, Unavailable
from exporters.copying import snapshot
from exporters.lines import stream_csv
from exporters.note import SHANGHAI
from exporters.plans import SheetEncoder
from exporters.sheet import Outcome, Provenance, Sheet
from exporters.workbook import count_rows, hidden_paths, stream_workbook, subjects
from planner.plan import Plan
from resolvers.commands import Preview
from schema.visible import Frame
from service.courtesy import Courtesy
from service.explain import check_plan
from service.explanation import Hidden, hidden_in
from service.faults import database_faults
from service.plans import Extract
from service.recorded import Recorded
from service.request import Accepted, GraphQLRequest

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

    from authz.principal import Principal
    from db.engine import PooledConnection
    from service.graphql import GraphQLEndpoint
    from service.record import RequestRecord


@dataclass(frozen=True, slots=True)
class File:
    """What one plan becomes as a file: its sheets, its parameters, what the role alone redacts in it."""

    sheets: tuple[Sheet, ...]
    extracts: Mapping[str, Extract]
    redacted: tuple[str, ...]
    hidden: tuple[Hidden, ...]
    recorded: Recorded
    title: str
    meant: frozenset[str]
    """Arguments that stand for a default of the service where nobody gave them."""


def as_file(plan: Plan, frame: Frame) -> File:
    """The sheets of a plan."""
    encoder = SheetEncoder(frame)
    sheets = tuple(encoder.encode(plan))
    redacted = tuple(sorted({".".join(path) for path in frame.redacted}))
    recorded = Recorded.of(plan, frame)
    title, meant = encoder.title(plan), frozenset(frame.meant)
    return File(sheets, dict(frame.binder.extracts), redacted, tuple(hidden_in(frame)), recorded, title, meant)


@dataclass(slots=True)
class Asked:
    """A file with the values of its parameters. ``redacted`` is known once its rows were looked at."""

    file: File
    parameters: dict[str, Any]
    variables: Mapping[str, Any]
    title: str
    filter_text: str
    redacted: tuple[str, ...] = ()


def planned(endpoint: GraphQLEndpoint, request: GraphQLRequest, principal: Principal) -> Asked:
    """The file that a request asks for.

    Raises:
        KeqiError: the principal may not export this, or nothing in it can stand in a sheet.
        RequestRefused: the query cannot run.
    """
    require(principal, Action.EXPORT)
    planner = endpoint.planner
    operation = planner.operation(request.query, request.operation_name)
    if not operation.is_query:
        raise BadUserInput("query", "只有查询可以导出为文件", detail="only a query can be a file")
    variables = planner.variables(operation, request.variables)
    file: File = planner.prepare(operation, variables, principal, as_file, whole_lists=True)
    parameters: dict[str, Any] = planner.facts(principal).everything()
    facts: Mapping[str, Any] = parameters
    parameters.update({name: extract(variables, facts) for name, extract in file.extracts.items()})
    title = operation.name or file.title
    return Asked(file, parameters, variables, title, _filter_text(request))


async def previewed(
    endpoint: GraphQLEndpoint, request: GraphQLRequest, principal: Principal, file_format: str
) -> Preview:
    """What the file would hold now, and what the audit trail is told of having counted it."""
    asked = planned(endpoint, request, principal)
    _check_format(asked, file_format)
    recorded = asked.file.recorded
    async with _connection(endpoint) as connection, snapshot(connection):
        rows = await _looked_at(connection, asked)
        counted = await subjects(connection, asked.file.sheets, asked.parameters) if recorded.fields else b""
    fields = recorded.fields or recorded.selected
    return Preview(sum(rows), asked.redacted, fields, counted, recorded.filter_text(asked.variables))


async def _looked_at(connection: PooledConnection, asked: Asked) -> list[int]:
    """Count the rows of each sheet, and note what a rule hides in some of them."""
    rows = await count_rows(connection, asked.file.sheets, asked.parameters)
    hidden = await hidden_paths(connection, asked.file.sheets, asked.parameters)
    asked.redacted = tuple(sorted({*asked.file.redacted, *hidden}))
    return rows


async def send_file(
    endpoint: GraphQLEndpoint,
    request: GraphQLRequest,
    principal: Principal,
    wanted: Accepted,
    record: RequestRecord,
    receive: Receive,
    send: Send,
) -> None:
    """Answer a request with a streamed file.

    Raises:
        KeqiError, RequestRefused: before the first byte; after it the stream just breaks off.
    """
    endpoint.operation(request, record)
    record.kind = "export"
    check_plan(endpoint, request, principal, answers_data=False)
    file_format = "csv" if wanted is Accepted.CSV else "xlsx"
    asked = planned(endpoint, request, principal)
    asked.title = record.title or asked.title
    _check_format(asked, file_format)
    try:
        size = await _unless_gone(_exported(endpoint, asked, principal, file_format, record, send), receive)
    except Undelivered as undelivered:
        raise cast("OSError", undelivered.__cause__) from None
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    endpoint.state.metrics.exported(file_format, record.rows, size)


async def _exported(
    endpoint: GraphQLEndpoint,
    asked: Asked,
    principal: Principal,
    file_format: str,
    record: RequestRecord,
    send: Send,
) -> int:
    """Count the rows, then send the file. Gives the bytes sent."""
    state = endpoint.state
    async with state.export_slots, _connection(endpoint) as connection, snapshot(connection):
        seconds = state.settings.export_timeout_seconds
        await connection.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        rows = await _looked_at(connection, asked)
        record.rows = sum(rows)
        taken = await subjects(connection, asked.file.sheets, asked.parameters)
        await state.recorder.exported(record, asked.file.recorded, asked.variables, taken, record.rows)
        stream = await _stream(connection, asked, principal, file_format, rows)
        return await _sent(stream, _headers(asked, file_format, rows), send, Courtesy(state))


async def _stream(
    connection: PooledConnection, asked: Asked, principal: Principal, file_format: str, rows: Sequence[int]
) -> AsyncGenerator[bytes, None]:
    if file_format == "csv":
        return stream_csv(connection, asked.file.sheets[0], asked.parameters)
    provenance = Provenance(
        title=asked.title,
        account=principal.name or principal.subject,
        role=principal.role.label,
        exported_at=dt.datetime.now(SHANGHAI),
        units=await _scope_words(connection, principal),
        filter_text=asked.filter_text,
        redacted=asked.redacted,
        reasons=_reasons(asked),
        notes=tuple(_defaults(asked)),
    )
    return stream_workbook(connection, asked.file.sheets, provenance, asked.parameters, rows=rows, outcome=Outcome())


def _defaults(asked: Asked) -> Iterator[str]:
    """Which year and month are meant where the query names none."""
    if "year" in asked.file.meant:
        yield f"未指定年份时为 {asked.parameters['p_default_year']} 年"
    if "today" in asked.file.meant:
        yield f"未指定年份时为今天：{dt.datetime.now(SHANGHAI).date()}"
    if "month" in asked.file.meant:
        last = dt.datetime.now(SHANGHAI).date().replace(day=1) - dt.timedelta(days=1)
        yield f"未指定月份时为最近一个已结束的月份：{last:%Y-%m}"


def _reasons(asked: Asked) -> tuple[str, ...]:
    """Why the redacted fields are hidden: a line for each reason, with the fields it is about."""
    why: dict[str, list[str]] = {}
    for each in asked.file.hidden:
        why.setdefault(each.path, []).append(each.reason)
    fields: dict[str, dict[str, None]] = {}
    for path in asked.redacted:
        # A related record that is hidden takes its fields with it.
        for found in accumulate(path.split("."), "{}.{}".format):
            for reason in why.get(found, ()):
                fields.setdefault(reason, {})[path] = None
    return tuple(f"{'、'.join(paths)}：{reason}" for reason, paths in fields.items())


async def _scope_words(connection: PooledConnection, principal: Principal) -> tuple[str, ...]:
    """Whose rows the principal sees, in words: its units by name, or what its role has."""
    if principal.scope_label is not None:
        return (principal.scope_label,)
    names = await connection.fetch("SELECT name FROM unit WHERE code = ANY($1) ORDER BY code", list(principal.units))
    return tuple(row["name"] for row in names) or ("无",)


@contextlib.asynccontextmanager
async def _connection(endpoint: GraphQLEndpoint) -> AsyncGenerator[PooledConnection]:
    with database_faults("导出"):
        async with endpoint.state.pool.acquire() as connection:
            yield connection


async def _sent(
    stream: AsyncGenerator[bytes, None], headers: list[tuple[bytes, bytes]], send: Send, courtesy: Courtesy
) -> int:
    """Send the stream, all but the word that it is whole. Gives the bytes sent."""
    size = 0
    deliver = _delivering(send)
    await deliver({"type": "http.response.start", "status": 200, "headers": headers})
    async with contextlib.aclosing(stream):
        async for piece in stream:
            size += len(piece)
            await deliver({"type": "http.response.body", "body": piece, "more_body": True})
            await courtesy.rest()
    return size


class Undelivered(Exception):
    """What takes the file failed, not what makes it: its cause is not the database's."""


def _delivering(send: Send) -> Send:
    async def deliver(message: Message) -> None:
        try:
            await send(message)
        except OSError as error:
            raise Undelivered from error

    return deliver


async def _unless_gone(work: Coroutine[Any, Any, int], receive: Receive) -> int:
    """Do the work; a client that goes away ends it, and with it its query, whether that waits, counts or streams.

    Raises:
        Unavailable: the client went away.
    """
    working = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            await asyncio.wait((working,))
            raise Unavailable("下载已取消", detail="client went away")
        return await working
    finally:
        for task in (gone, working):
            if not task.done():
                task.cancel()
        await asyncio.wait((gone, working))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(asked: Asked, file_format: str, rows: Sequence[int]) -> list[tuple[bytes, bytes]]:
    wanted = Accepted.CSV if file_format == "csv" else Accepted.XLSX
    name = quote(f"{asked.title}.{file_format}", safe="")
    headers = [
        (b"content-type", wanted.value.encode() + (b"; charset=utf-8" if file_format == "csv" else b"")),
        (b"content-disposition", f"attachment; filename=\"export.{file_format}\"; filename*=UTF-8''{name}".encode()),
        (b"x-total-rows", str(sum(rows)).encode()),
        (b"x-sheets", str(len(rows)).encode()),
    ]
    if asked.redacted:
        headers.append((b"x-redacted", ",".join(asked.redacted).encode()))
    return headers


def _check_format(asked: Asked, file_format: str) -> None:
    if file_format == "csv" and len(asked.file.sheets) != 1:
        message = "csv 只能容纳一个列表；请只选一个列表，或改用 xlsx"
        raise BadUserInput("accept", message, detail=f"{len(asked.file.sheets)} lists in one csv")


def _filter_text(request: GraphQLRequest) -> str:
    """What narrowed the rows, for the 说明 sheet: the query as asked and its variables."""
    variables = f"\n变量：{orjson.dumps(dict(request.variables)).decode()}" if request.variables else ""
    return f"{request.query.strip()}{variables}"
