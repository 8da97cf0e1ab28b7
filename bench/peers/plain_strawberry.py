"""Plain Strawberry, well written: typed rows, one data loader a relation, asyncpg, parser and validation caches.

It has types of its own, as small as the bench's queries need: fewer fields only make it faster. Answers are
encoded by orjson; numbers of rows come with the batch, so no relation is asked row by row.

Run: ``python -m bench.peers.plain_strawberry PORT DATABASE_URL POOL_SIZE``.
"""

# The annotations are the schema: Strawberry reads them when the classes are made.
import base64
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

import orjson
import strawberry
import uvicorn
from aiodataloader import DataLoader
from asyncpg import Record
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from db.engine import Pool, create_pool

ENTERPRISE_COLUMNS = """uscc, name, established_on, industry_category, hi_tech_field, operating_status, in_library,
    registered_capital, unit_code"""


@strawberry.type
class Unit:
    """A district, county or zone."""

    code: strawberry.ID
    name: str


@strawberry.type
class Operation:
    """Figures of the second tab."""

    operating_revenue: Decimal | None
    rd_expense: Decimal | None
    total_profit: Decimal | None


@strawberry.type
class Personnel:
    """Figures of the fifth tab."""

    staff_total: int | None


@strawberry.type
class AnnualReport:
    """One year's report."""

    year: int
    status: str
    version: int
    operation: Operation
    personnel: Personnel

    @classmethod
    def of(cls, row: Record) -> Self:
        """A report from a row of ``annual_report``."""
        return cls(
            year=row["year"],
            status=row["status"],
            version=row["version"],
            operation=Operation(
                operating_revenue=row["operating_revenue"],
                rd_expense=row["rd_expense"],
                total_profit=row["total_profit"],
            ),
            personnel=Personnel(staff_total=row["staff_total"]),
        )


@strawberry.type
class AnnualReportConnection:
    """A page of reports."""

    nodes: list[AnnualReport]


class UnitLoader(DataLoader[str, Unit]):
    """Units by code."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool = pool

    async def batch_load_fn(self, keys: list[str]) -> list[Unit]:
        """One statement for all codes of a batch."""
        rows = await self._pool.fetch("select code, name from unit where code = any($1)", keys)
        found = {row["code"]: Unit(code=row["code"], name=row["name"]) for row in rows}
        return [found[key] for key in keys]


class ReportLoader(DataLoader[tuple[str, int], list[AnnualReport]]):
    """The latest reports by credit code and number wanted."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool = pool

    async def batch_load_fn(self, keys: list[tuple[str, int]]) -> list[list[AnnualReport]]:
        """One statement for all enterprises of a batch."""
        rows = await self._pool.fetch(
            """select r.uscc, r.year, r.status, r.version, r.operating_revenue, r.rd_expense, r.total_profit,
                   r.staff_total
               from unnest($1::text[], $2::int[]) as wanted (uscc, first), lateral (
                   select * from annual_report r where r.uscc = wanted.uscc and r.status <> 'DRAFT'
                   order by r.year desc limit wanted.first) as r""",
            [uscc for uscc, _ in keys],
            [first for _, first in keys],
        )
        found: dict[str, list[AnnualReport]] = {uscc: [] for uscc, _ in keys}
        for row in rows:
            found[row["uscc"]].append(AnnualReport.of(row))
        return [found[uscc] for uscc, _ in keys]


@dataclass(slots=True)
class Context:
    """What one request needs: the pool and its own loaders."""

    pool: Pool
    units: UnitLoader
    reports: ReportLoader


@strawberry.type
class Enterprise:
    """An enterprise."""

    uscc: strawberry.ID
    name: str
    established_on: date
    industry_category: str | None
    hi_tech_field: str | None
    operating_status: str
    in_library: bool
    registered_capital: Decimal | None
    unit_code: strawberry.Private[str]

    @strawberry.field
    async def unit(self, info: strawberry.Info[Context, None]) -> Unit:
        """Its unit, through the loader."""
        return await info.context.units.load(self.unit_code)

    @strawberry.field
    async def annual_reports(self, info: strawberry.Info[Context, None], first: int = 20) -> AnnualReportConnection:
        """Its latest reports, through the loader."""
        return AnnualReportConnection(nodes=await info.context.reports.load((str(self.uscc), first)))

    @classmethod
    def of(cls, row: Record) -> Self:
        """An enterprise from a row of the table of that name."""
        return cls(
            uscc=strawberry.ID(row["uscc"]),
            name=row["name"],
            established_on=row["established_on"],
            industry_category=row["industry_category"],
            hi_tech_field=row["hi_tech_field"],
            operating_status=row["operating_status"],
            in_library=row["in_library"],
            registered_capital=row["registered_capital"],
            unit_code=row["unit_code"],
        )


@strawberry.type
class PageInfo:
    """Where a page ends."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class EnterpriseConnection:
    """A page of enterprises."""

    nodes: list[Enterprise]
    page_info: PageInfo


@strawberry.type
class Query:
    """The two root fields that the bench asks."""

    @strawberry.field
    async def enterprise(self, info: strawberry.Info[Context, None], uscc: strawberry.ID) -> Enterprise | None:
        """One enterprise by credit code."""
        row = await info.context.pool.fetchrow(f"select {ENTERPRISE_COLUMNS} from enterprise where uscc = $1", uscc)  # noqa: S608 (texts of this module)
        return Enterprise.of(row) if row is not None else None

    @strawberry.field
    async def enterprises(self, info: strawberry.Info[Context, None], first: int = 20) -> EnterpriseConnection:
        """The first page by unit and name."""
        # A literal limit, as in the hand-written peer: the number was checked to be one.
        rows = await info.context.pool.fetch(
            f"select {ENTERPRISE_COLUMNS} from enterprise order by unit_code, name, uscc limit {first + 1:d}"  # noqa: S608 (texts of this module)
        )
        page = rows[:first]
        return EnterpriseConnection(
            nodes=[Enterprise.of(row) for row in page],
            page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=_cursor(page[-1]) if page else None),
        )


def _cursor(row: Record) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["unit_code"], row["name"], row["uscc"]])).decode()


class Service(GraphQL[Context, None]):
    """Strawberry's own ASGI application with a context of one request and a faster encoder."""

    pool: Pool

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Loaders live as long as the request."""
        del request, response
        return Context(self.pool, UnitLoader(self.pool), ReportLoader(self.pool))

    def encode_json(self, data: object) -> bytes:
        """Encode by orjson."""
        return orjson.dumps(data)


def application(url: str, pool_size: int) -> Starlette:
    """The service under ``/graphql``."""
    service = Service(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]), graphql_ide=None)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        async with await create_pool(url, min_size=pool_size, max_size=pool_size) as pool:
            service.pool = pool
            yield

    return Starlette(routes=[Route("/graphql", service)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[2], int(sys.argv[3])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
