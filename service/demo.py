"""What ``keqi demo`` shows: made-up data, a token per role, three queries worth pasting."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from authz.principal import Principal, Role
from db.engine import Connection, connect
from db.migrate import upgrade
from service import logs
from service.cli_database import filled
from service.inside import XLSX
from service.keys import signing_keys
from service.lifecycle import database_url
from service.terminal import ERR, OUT
from service.tokens import TokenAuthority

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from service.settings import Settings

DISTRICT = "500112"
TOKEN_SECONDS = 7 * 24 * 3600.0
SEED = 1

# One account a role: the district's own, an enterprise with a report of that district, the first of the others.
ACCOUNTS = """
SELECT DISTINCT ON (a.role) a.role, a.login, a.display_name, a.units, a.uscc, a.bank_code, a.department_code
FROM account AS a LEFT JOIN enterprise AS e ON e.uscc = a.uscc
WHERE a.status = 'ACTIVE' AND (a.role <> 'DISTRICT_OFFICER' OR a.units = ARRAY[$1])
ORDER BY a.role, (e.unit_code = $1) DESC NULLS LAST, a.login
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A principal to try, and its token. ``variable`` is the shell variable that the queries use."""

    principal: Principal
    variable: str
    token: str


@dataclass(frozen=True, slots=True)
class Query:
    """A query worth pasting, asked as the holder of ``variable``; with ``file``, taken away as a workbook."""

    title: str
    variable: str
    text: str
    file: str = ""


QUERIES = (
    Query(
        "渝北区科技局看本区企业与当年研发投入（只有本区的行）",
        Role.DISTRICT_OFFICER.value,
        "{ enterprises(first: 5) { totalCount nodes { uscc name establishedOn industryCategory "
        "annualReport(year: 2022) { status operation { operatingRevenue rdExpense rdIntensity } } } } }",
    ),
    Query(
        "市局分析人员按名称搜索全市企业，联系人已脱敏",
        Role.ANALYST.value,
        '{ enterprises(first: 5, filter: {search: "智能"}, orderBy: [{field: ESTABLISHED_ON, direction: DESC}]) '
        "{ totalCount nodes { name unit { name } establishedOn researchContactMobile } } }",
    ),
    Query(
        "同样的写法换一个 Accept，整份清单就是 Excel 工作簿",
        Role.DISTRICT_OFFICER.value,
        "{ enterprises { nodes { uscc name unit { name } establishedOn industryCategory inLibrary "
        "annualReport(year: 2022) { operation { operatingRevenue rdExpense } } } } }",
        file="企业.xlsx",
    ),
)


@contextmanager
def prepared(settings: Settings, *, enterprises: int, years: int) -> Generator[list[Sample]]:
    """A database with data, running for as long as the context lasts, and a token for each role.

    Data is made only where there is none.
    """
    logs.configure(settings.model_copy(update={"log_level": "warning"}))
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield runner.run(_prepare(settings, stack, enterprises, years))
        finally:
            runner.run(stack.aclose())


async def _prepare(settings: Settings, stack: AsyncExitStack, enterprises: int, years: int) -> list[Sample]:
    with ERR.status("正在启动数据库…"):
        url = await database_url(settings, stack)
        await upgrade(url)
    connection = await connect(url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM enterprise)"):
            await filled(url, enterprises, years, SEED)
        principals = await _principals(connection)
    finally:
        await connection.close()
    tokens = TokenAuthority(signing_keys(settings))
    return [Sample(who, who.role.value, tokens.issue(who, TOKEN_SECONDS)) for who in principals]


async def _principals(connection: Connection) -> list[Principal]:
    rows = {row["role"]: row for row in await connection.fetch(ACCOUNTS, DISTRICT)}
    return [
        Principal(
            role=role,
            subject=rows[role.value]["login"],
            name=rows[role.value]["display_name"],
            units=tuple(rows[role.value]["units"]),
            uscc=rows[role.value]["uscc"],
            bank=rows[role.value]["bank_code"],
            department=rows[role.value]["department_code"],
        )
        for role in Role
        if role.value in rows
    ]


def show(url: str, samples: Sequence[Sample]) -> None:
    """Print addresses, tokens and queries; every line of shell can be pasted as it is."""
    OUT.rule("科企 keqi")
    for what, path in {"查询台": "/graphql", "首页": "/", "接口定义": "/schema.graphql", "状态": "/readyz"}.items():
        OUT.print(f"  {what}  {url}{path}")
    OUT.print("\n[bold]一、令牌[/bold]（七天有效；先粘贴到终端，再运行下面的查询）\n")
    for sample in samples:
        OUT.print(f"# {sample.principal.role.label}：{sample.principal.name}", style="dim", markup=False)
        OUT.print(f"export {sample.variable}={sample.token}", markup=False)
    OUT.print("\n[bold]二、查询[/bold]（查询台里粘贴 {…} 部分；终端里粘贴整行 curl）")
    for query in QUERIES:
        OUT.print(f"\n# {query.title}", style="dim", markup=False)
        OUT.print(curl(url, query), markup=False)
    OUT.rule("Ctrl-C 停止")


def curl(url: str, query: Query) -> str:
    """The query as one line of shell."""
    body = json.dumps({"query": query.text}, ensure_ascii=False)
    wanted = f" -H 'Accept: {XLSX}' -o {query.file}" if query.file else ""
    return (
        f'curl -sS {url}/graphql -H "Authorization: Bearer ${query.variable}" '
        f"-H 'Content-Type: application/json'{wanted} -d '{body}'"
    )
