"""The limit: a Starlette handler on asyncpg with the best SQL found for these three responses and no others.

It parses no query, knows no role, checks no token: what it takes, nobody can save. Shapes that were tried and
were slower (page of 100; backend's CPU time against the shape below): row_to_json of sub-selects with json_agg 1.4 ×,
the same over a materialised page and wrapped once more 2.2 ×, json_build_object 2.3 ×, a join with GROUP BY 2.8 ×,
to_json on every leaf 1.5 ×, to-one by scalar sub-select 1.2 ×, `||` instead of concat 1.15 ×, a cast to json at the
end 1.15 ×, rows joined in Python 1.5 ×. Copying a big document once more costs 0.1 to 0.2 ms each time.

Run: ``python -m bench.peers.handwritten PORT DATABASE_URL POOL_SIZE``.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from db.engine import Pool, create_pool

JSON = "application/json"

# The order of the list page, and with it the index that serves it.
ORDER = "e.unit_code, e.name, e.uscc"


def _quoted(column: str) -> str:
    """A nullable value that never holds a character JSON escapes, as a string or null."""
    return f"""coalesce('"' || {column} || '"', 'null')"""


ENTERPRISE = f"""'{{"uscc":"', e.uscc, '","name":', to_json(e.name), ',"establishedOn":"', e.established_on,
    '","industryCategory":', {_quoted("e.industry_category")}, ',"hiTechField":', {_quoted("e.hi_tech_field")},
    ',"operatingStatus":"', e.operating_status, '","inLibrary":', e.in_library::text,
    ',"registeredCapital":', {_quoted("e.registered_capital")}"""

UNIT = """',"unit":{"code":"', t.code, '","name":', to_json(t.name), '}'"""

REPORT = f"""concat('{{"year":', r.year, ',"status":"', r.status, '","version":', r.version,
    ',"operation":{{"operatingRevenue":', {_quoted("r.operating_revenue")}, ',"rdExpense":', {_quoted("r.rd_expense")},
    ',"totalProfit":', {_quoted("r.total_profit")},
    '}},"personnel":{{"staffTotal":', coalesce(r.staff_total::text, 'null'), '}}}}')"""

REPORTS = f"""',"annualReports":{{"nodes":[', (select string_agg(report, ',') from (
    select {REPORT} as report from annual_report r
    where r.uscc = e.uscc and r.status <> 'DRAFT' order by r.year desc limit 5) as five), ']}}'"""  # noqa: S608 (texts of this module)

PAGED_COLUMNS = """e.uscc, e.name, e.established_on, e.industry_category, e.hi_tech_field, e.operating_status,
    e.in_library, e.registered_capital, e.unit_code"""

CURSOR = """translate(encode(convert_to(json_build_array(e.unit_code, e.name, e.uscc)::text, 'UTF8'), 'base64'),
    E'+/=\\n', '-_')"""


def _list(node: str, joined: str, size: int, scoped: bool) -> str:
    """One statement for a whole page. The size is a literal: as a parameter it would be planned at every call."""
    return f"""
select convert_to(concat(
    '{{"data":{{"enterprises":{{"nodes":[', string_agg(node, ','), '],"pageInfo":{{"hasNextPage":',
    (count(*) > {size})::text, ',"endCursor":', {_quoted("max(cursor)")}, '}}}}}}}}'), 'UTF8')
from (
    select case when place <= {size} then concat({node}, '}}') end as node,
        case when place = {size} then {CURSOR} end as cursor
    from (
        select {PAGED_COLUMNS}, row_number() over (order by {ORDER}) as place
        from enterprise e {"where e.unit_code = $1" if scoped else ""} order by {ORDER} limit {size + 1}
    ) as e {joined}
    order by {ORDER}
) as page"""  # noqa: S608 (texts of this module)


@cache
def page_sql(size: int, *, scoped: bool) -> str:
    """A list page: eight fields, their unit and five reports of seven fields each."""
    return _list(f"{ENTERPRISE}, {UNIT}, {REPORTS}", "join unit t on t.code = e.unit_code", size, scoped)


@cache
def flat_sql(size: int, *, scoped: bool) -> str:
    """Eight fields of many enterprises."""
    return _list(ENTERPRISE, "", size, scoped)


@cache
def one_sql(*, scoped: bool) -> str:
    """One enterprise with its unit."""
    return f"""select convert_to(concat('{{"data":{{"enterprise":', {ENTERPRISE}, {UNIT}, '}}}}}}'), 'UTF8')
from enterprise e join unit t on t.code = e.unit_code
where e.uscc = $1 {"and e.unit_code = $2" if scoped else ""}"""  # noqa: S608 (texts of this module)


def _scope(request: Request) -> list[str]:
    """The district officer's unit, or nothing for the bureau, which sees all."""
    return [request.query_params["unit"]] if "unit" in request.query_params else []


async def page(request: Request) -> Response:
    """``/page?first=100[&unit=500112]``."""
    scope = _scope(request)
    pool: Pool = request.app.state.pool
    sql = page_sql(int(request.query_params["first"]), scoped=bool(scope))
    return Response(await pool.fetchval(sql, *scope), media_type=JSON)


async def flat(request: Request) -> Response:
    """``/flat?first=1000[&unit=500112]``."""
    scope = _scope(request)
    pool: Pool = request.app.state.pool
    sql = flat_sql(int(request.query_params["first"]), scoped=bool(scope))
    return Response(await pool.fetchval(sql, *scope), media_type=JSON)


async def one(request: Request) -> Response:
    """``/one/{uscc}[?unit=500112]``."""
    scope = _scope(request)
    pool: Pool = request.app.state.pool
    body: bytes | None = await pool.fetchval(one_sql(scoped=bool(scope)), request.path_params["uscc"], *scope)
    return Response(body or b'{"data":{"enterprise":null}}', media_type=JSON)


def application(url: str, pool_size: int) -> Starlette:
    """The three routes over one pool."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with await create_pool(url, min_size=pool_size, max_size=pool_size) as pool:
            app.state.pool = pool
            yield

    return Starlette(
        routes=[Route("/page", page), Route("/flat", flat), Route("/one/{uscc}", one)],
        lifespan=lifespan,
    )


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[2], int(sys.argv[3])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
