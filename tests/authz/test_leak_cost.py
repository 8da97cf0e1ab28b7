"""A query on hidden rows costs what one on absent rows costs: same statement, same plan, same class of work.

What is claimed, and held here by what the database counts, not by a clock: for a key, a filter or a keyword that only
hidden rows have, and for one that nobody has, the service sends the same statement, and the database runs it by the
same plan, step for step. What is computed of a row (values, masks, related rows, JSON) is computed for neither: a
hidden row is thrown away where its scope is looked at. What remains is to find it and look: one row, of its reports a
few, of its consents a few, each by an index; some pages of the database's cache. That is some microseconds beside a
request of milliseconds, and far below what a network or a busy machine shows.

What is not claimed: that those microseconds are none (a bank's or an officer's key that exists elsewhere is found by an
index that knows no units); that a page is or is not in the database's cache, which whoever asked before decides; and
that two different operations cost the same. For a masked value there is no difference at all: the mask of every row is
compared, and nothing is looked up by the value itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
import orjson
import pytest

from authz.principal import Principal, Role
from service.graphql import GraphQLEndpoint
from service.plans import json_statement
from tests.fixtures.service import Service

ANALYZED = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, COSTS OFF, FORMAT JSON) "
NOBODYS = "91500112MA5U9WXK0B"
MOST_ROWS, MOST_PAGES = 24, 48
"""What finding one enterprise with its reports and consents may touch: rows, and pages of the database's cache.

Twice, for under a consent what a count counted is also named to the audit trail.
"""


@dataclass(frozen=True)
class Step:
    """One step of a plan, and what it did."""

    what: str
    loops: int
    rows: int
    removed: int


@dataclass(frozen=True)
class Work:
    """What a statement made the database do."""

    steps: tuple[Step, ...]
    pages: int

    @property
    def plan(self) -> list[str]:
        """The steps, without what they did."""
        return [step.what for step in self.steps]

    @property
    def read(self) -> int:
        """Rows that were read from tables, kept or thrown away."""
        return sum(step.loops * (step.rows + step.removed) for step in self.steps if " Scan" in step.what)

    def assert_like(self, other: Work) -> None:
        """The same plan, and the same work but for finding a row.

        Raises:
            AssertionError: it is not.
        """
        assert self.plan == other.plan
        assert abs(self.read - other.read) <= MOST_ROWS, (self.read, other.read)
        assert abs(self.pages - other.pages) <= MOST_PAGES, (self.pages, other.pages)


@pytest.fixture
async def connection(seeded_url: str) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record]]:
    opened = await asyncpg.connect(seeded_url)
    await opened.execute("VACUUM (ANALYZE) enterprise, annual_report, data_sharing_consent")
    # These tables are small enough to be read whole, which those of no installation are.
    await opened.execute("SET enable_seqscan = off")
    yield opened
    await opened.close()


@dataclass
class Bench:
    """Statements as the service makes them, run with the database counting."""

    endpoint: GraphQLEndpoint
    connection: asyncpg.Connection[asyncpg.Record]

    async def work(self, document: str, variables: dict[str, Any], who: Principal) -> tuple[str, Work]:
        """The statement's text, and what it makes the database do: the second time, with everything in its cache."""
        planner = self.endpoint.planner
        operation = planner.operation(document, None)
        given = planner.variables(operation, variables)
        statement = planner.prepare(operation, given, who, json_statement)
        values = statement.values(given, planner.facts(who))
        await self.connection.fetchval(ANALYZED + statement.sql, *values)
        told: str = await self.connection.fetchval(ANALYZED + statement.sql, *values)
        plan = cast("dict[str, Any]", orjson.loads(told)[0]["Plan"])
        return statement.sql, Work(tuple(_steps(plan)), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _steps(plan: dict[str, Any]) -> Iterator[Step]:
    named = ("Node Type", "Relation Name", "Index Name", "Join Type", "Subplan Name")
    what = " ".join(str(plan[key]) for key in named if key in plan)
    removed = sum(int(plan.get(f"Rows Removed by {by}", 0)) for by in ("Filter", "Index Recheck", "Join Filter"))
    yield Step(what, int(plan["Actual Loops"]), int(plan["Actual Rows"]), removed)
    for inner in plan.get("Plans", ()):
        yield from _steps(inner)


@pytest.fixture
def bench(seeded: Service, connection: asyncpg.Connection[asyncpg.Record]) -> Bench:
    return Bench(cast("GraphQLEndpoint", seeded.app._graphql), connection)  # pyright: ignore[reportPrivateUsage]


@dataclass(frozen=True)
class Strangers:
    """Who asks, and whose row it is that must not show."""

    officer: Principal
    bank: Principal
    hidden: str
    name: str
    mobile: str


@pytest.fixture
async def strangers(connection: asyncpg.Connection[asyncpg.Record]) -> Strangers:
    units = [row["unit_code"] for row in await connection.fetch("SELECT DISTINCT unit_code FROM enterprise ORDER BY 1")]
    hidden = await connection.fetchrow(
        """SELECT uscc, name, contact_mobile FROM enterprise AS e
        WHERE unit_code <> $1 AND NOT EXISTS (SELECT FROM data_sharing_consent AS c WHERE c.uscc = e.uscc)
            AND EXISTS (SELECT FROM annual_report AS r WHERE r.uscc = e.uscc AND year = 2022)
            AND contact_mobile IS NOT NULL ORDER BY uscc LIMIT 1""",
        units[0],
    )
    assert hidden is not None
    return Strangers(
        Principal(Role.DISTRICT_OFFICER, "officer", units=(units[0],)),
        Principal(Role.BANK_USER, "bank", bank="BANK_A"),
        hidden["uscc"],
        hidden["name"],
        hidden["contact_mobile"],
    )


BY_KEY = {
    "an enterprise": "query ($key: ID!) { enterprise(uscc: $key) { name legalRepresentative } }",
    "an enterprise with all below it": """query ($key: ID!) { enterprise(uscc: $key) {
        name legalRepresentative unit { name } basicInfo { version website }
        annualReports(first: 5) { totalCount nodes { year operation { netProfit } platforms { name } } } } }""",
    "a report": "query ($key: ID!) { annualReport(uscc: $key, year: 2022) { status operation { rdExpense } } }",
    "a list of one": "query ($key: ID!) { enterprises(filter: {uscc: [$key]}) { totalCount nodes { name } } }",
    "a list of all but one": """query ($key: ID!) {
        enterprises(filter: {not: {uscc: [$key]}}, first: 3) { totalCount nodes { uscc } } }""",
    "reports by their enterprise": """query ($key: ID!) {
        annualReports(filter: {enterprise: {uscc: [$key]}}) { totalCount nodes { year } } }""",
}


@pytest.mark.parametrize("what", BY_KEY)
@pytest.mark.parametrize("who", ["officer", "bank"])
async def test_a_hidden_key_costs_what_an_absent_one_does(
    bench: Bench, strangers: Strangers, what: str, who: str
) -> None:
    principal: Principal = getattr(strangers, who)
    hidden_text, hidden = await bench.work(BY_KEY[what], {"key": strangers.hidden}, principal)
    absent_text, absent = await bench.work(BY_KEY[what], {"key": NOBODYS}, principal)
    assert hidden_text == absent_text
    hidden.assert_like(absent)


async def test_a_keyword_of_hidden_rows_costs_what_one_of_none_does(bench: Bench, strangers: Strangers) -> None:
    document = "query ($text: String!) { enterprises(filter: {search: $text}) { totalCount nodes { name } } }"
    hidden_text, hidden = await bench.work(document, {"text": strangers.name}, strangers.officer)
    absent_text, absent = await bench.work(document, {"text": strangers.name[::-1]}, strangers.officer)
    assert hidden_text == absent_text
    hidden.assert_like(absent)


@pytest.mark.parametrize("role", [Role.MUNICIPAL_OFFICER, Role.ANALYST])
async def test_a_masked_value_that_is_guessed_costs_what_a_wrong_guess_does(
    bench: Bench, strangers: Strangers, role: Role
) -> None:
    document = (
        "query ($mobile: String!) { enterprises(filter: {contactMobile: [$mobile]}) { totalCount nodes { name } } }"
    )
    who = Principal(role, "guessing")
    right_text, right = await bench.work(document, {"mobile": strangers.mobile}, who)
    wrong_text, wrong = await bench.work(document, {"mobile": strangers.mobile[::-1]}, who)
    assert right_text == wrong_text
    assert right == wrong
