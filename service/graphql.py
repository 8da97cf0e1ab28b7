"""``/graphql``: the hot path. A request becomes a statement and its answer goes out as the database wrote it.

GraphQL over HTTP: what a request may look like is ``service/request.py``'s; workbooks leave by ``exporters/``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import orjson

from authz.errors import BadUserInput, ErrorCode, KeqiError, TooComplex
from authz.principal import PUBLIC, Role
from db.readers import Readers
from resolvers.commands import CommandContext, Preview
from resolvers.schema import core
from schema.given import ResponsePath
from schema.limits import Limits
from service.caller import caller
from service.contract import contract
from service.documents import DocumentLimits, RequestRefused
from service.explain import check_plan, told
from service.facts import providers
from service.faults import database_faults
from service.introspection import introspected
from service.limits import PlanningBudget
from service.mutations import mutated
from service.plan_cache import PlanCache
from service.plans import Operation, Planner, Statement, json_statement
from service.record import RequestRecord, record_of
from service.recorder import line
from service.refusals import WrongMethod, body_of, status_of
from service.request import Accepted, GraphQLRequest, RequestLimits, accepted, parsed
from service.suggestions import restated
from service.values import ValueLimits
from service.workbooks import previewed, send_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from service.state import AppState

MAX_REFUSED_OF_BATCH = 1_000
"""Characters and values of a batch that could not run, after which the rest is refused unread."""

Headers = list[tuple[bytes, bytes]]


class GraphQLEndpoint:
    """The endpoint of one process: its plans, over its pools."""

    def __init__(self, state: AppState) -> None:
        settings = state.settings
        self.state = state
        self._limits = RequestLimits(
            batch=settings.max_batch, values=ValueLimits(settings.max_list_length, settings.max_values)
        )
        self.planner = Planner(
            core(),
            limits=Limits(
                depth=settings.max_depth,
                aliases=settings.max_aliases,
                root_fields=settings.max_root_fields,
                page_size=settings.max_page_size,
                default_page_size=settings.default_page_size,
                cost=settings.max_cost,
                fields=settings.max_fields,
                conditions=settings.max_conditions,
                list_length=settings.max_list_length,
            ),
            signing_key=state.tokens.signing_key,
            default_year=settings.default_report_year,
            latest_year=settings.latest_report_year,
            providers=providers(state),
            documents=DocumentLimits(settings.max_tokens, settings.max_document_length),
            cache=PlanCache(settings.plan_cache_size, settings.plan_cache_mib << 20),
            budget=PlanningBudget(settings.planning_seconds),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request.

        Raises:
            KeqiError: the request is not one that GraphQL over HTTP knows, or its token is not valid.
        """
        record = record_of(scope)
        wanted = accepted(record.headers.get(b"accept", b""))
        requests = await parsed(scope, receive, record.headers, self._limits)
        principal = await caller(self.state, record)
        if isinstance(requests, GraphQLRequest):
            if wanted.is_file:
                try:
                    await send_file(self, requests, principal, wanted, record, receive, send)
                except RequestRefused as refused:
                    wanted, status, body = Accepted.GRAPHQL, 400, _refusal(refused, record)
                except KeqiError as error:
                    await self._refused(error, record)
                    raise
                else:
                    return
            else:
                status, body = await self.answer(requests, record)
                status = status if wanted is Accepted.GRAPHQL or status in (401, 405) else 200
        elif wanted.is_file:
            raise BadUserInput("accept", "一次只能导出一个查询", detail="a batch cannot be a file")
        else:
            status, body = 200, await self._answers(requests, record)
        headers: Headers = [(b"content-type", wanted.content_type), (b"content-length", b"%d" % len(body))]
        if status == 405:
            headers.append((b"allow", b"POST"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answers(self, requests: list[GraphQLRequest], record: RequestRecord) -> bytes:
        """The body of a batch: each answered on its own, until much of it turned out to be none of a query."""
        bodies: list[bytes] = []
        refused = 0
        for request in requests:
            if refused > MAX_REFUSED_OF_BATCH:
                error = TooComplex(
                    "前面的操作无法执行，其余未处理；请修改后重发", detail="not read: others of this batch cannot run"
                )
                bodies.append(body_of(error))
                continue
            status, body = await self.answer(request, record)
            refused += request.size if status == 400 else 0
            bodies.append(body)
        return b"[" + b",".join(bodies) + b"]"

    async def answer(self, request: GraphQLRequest, record: RequestRecord) -> tuple[int, bytes]:
        """The HTTP status and the body of one operation."""
        try:
            operation = self.operation(request, record)
            check_plan(self, request, record.principal, answers_data=operation.is_query)
            if not operation.is_query:
                if request.by_get:
                    raise WrongMethod("GET", "POST")
                variables = self.planner.variables(operation, request.variables)
                body, refused = await mutated(self, operation, variables, record)
                if refused is None:
                    return 200, body
                return await self._refused(refused, record), body
            return 200, await self._query(operation, request, record)
        except RequestRefused as problem:
            return 400, _refusal(problem, record)
        except KeqiError as error:
            return await self._refused(error, record), orjson.dumps({"errors": [error.formatted()]})

    async def _refused(self, error: KeqiError, record: RequestRecord) -> int:
        """Note a refusal where it has to be noted; gives the HTTP status. Raises Unavailable where that fails."""
        record.outcome = error.code.value
        await self.state.recorder.refused(record, error)
        return status_of(error)

    def operation(self, request: GraphQLRequest, record: RequestRecord) -> Operation:
        """The request's operation, noted in the record."""
        self.planner.payer = _payer(record)
        operation = self.planner.operation(request.query, request.operation_name)
        record.kind = operation.definition.operation.value
        record.operation = operation.name or "-"
        return operation

    async def _query(self, operation: Operation, request: GraphQLRequest, record: RequestRecord) -> bytes:
        planner, principal = self.planner, record.principal
        variables = planner.variables(operation, request.variables)
        misses = planner.misses
        statement: Statement = planner.prepare(operation, variables, principal, json_statement)
        cached = planner.misses == misses
        if cached:
            self.state.metrics.plan_hit()
        else:
            self.state.metrics.plan_miss()
        values = statement.values(variables, planner.facts(principal))
        row = await self.fetched(self.state.readers.of(principal.subject), statement, values)
        if statement.recorded.fields:
            await self.state.recorder.read(record, statement.recorded, variables, row.get("subjects"))
        data = statement.data(row)
        if operation.introspects:
            selector = planner.selector(operation, variables, principal)
            with planner.budget.charged(_payer(record)):  # graphql-core takes as long as a plan for it, each time
                data = introspected(contract(principal.role), operation, selector, request.variables, data)
        redacted = redactions(statement, row["hidden"]) if statement.redacted or statement.hidden else ()
        extensions: dict[str, Any] = {"redacted": redacted} if redacted else {}
        if request.plan or request.reasons:
            extensions |= await told(
                self, request, operation, variables, principal, statement, row["hidden"], cached=cached
            )
        if not extensions:
            return b'{"data":' + data + b"}"
        return b'{"data":' + data + b',"extensions":' + orjson.dumps(extensions) + b"}"

    def commands(self, record: RequestRecord, fields: tuple[str, ...]) -> CommandContext:
        """What a command works with that one field of this request runs; ``fields`` are those of its payload."""
        principal = record.principal

        async def preview(document: str, variables: Mapping[str, Any], file_format: str) -> Preview:
            return await previewed(self, GraphQLRequest(document, variables, None), principal, file_format)

        settings, trail = self.state.settings, self.state.recorder.trail
        return CommandContext(
            pool=self.state.pool,
            principal=principal,
            export_link_hours=settings.export_ttl_hours,
            reveals_per_hour=settings.reveals_per_hour,
            preview=preview,
            trail=trail,
            line=partial(line, record, fields=fields),
        )

    async def fetched(self, readers: Readers, statement: Statement, values: list[Any]) -> asyncpg.Record:
        """The one row of a statement. Raises as ``database_faults`` does."""
        with database_faults():
            row = await readers.fetchrow(statement.sql, values)
        return cast("asyncpg.Record", row)  # every statement of a plan gives exactly one row


def _payer(record: RequestRecord) -> str:
    """Whose budget a request's new queries are taken from."""
    return record.client if record.principal is PUBLIC else record.principal.subject


def redactions(statement: Statement, bits: str | None) -> list[str]:
    """The fields that a rule hid or masked, as dotted paths in the order of the query."""
    paths: list[ResponsePath] = list(statement.redacted)
    if bits is not None:
        for index, hidden in enumerate(statement.hidden):
            if bits[-1 - index] == "1":
                paths += hidden
    return sorted({".".join(path) for path in paths})


REFUSED = dict.fromkeys(ErrorCode, "查询无法执行，请按提示修改") | {
    ErrorCode.QUERY_TOO_COMPLEX: "查询过于复杂，请拆成几次",
}


def _refusal(refused: RequestRefused, record: RequestRecord) -> bytes:
    """The body for a request that cannot run."""
    record.outcome = refused.code.value
    role = Role(record.role)
    return orjson.dumps({"errors": [_formatted(error, refused.code) for error in restated(refused, role)]})


def _formatted(error: Any, code: ErrorCode) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    detail = formatted["message"]
    # GraphQL's own words are English, and what they say is for whoever wrote the query.
    formatted["message"] = f"{REFUSED[code]}：{detail}"
    formatted["extensions"] = {**formatted.get("extensions", {}), "code": code.value, "detail": detail}
    return formatted
