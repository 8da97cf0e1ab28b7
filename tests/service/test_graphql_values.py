"""Values that no column can hold are the client's mistake, in literals and in variables, never a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures.service import Answer, Service
from tests.fixtures.town import MUNICIPAL, YUBEI

ENTERPRISES = "query ($v: EnterpriseFilter) { enterprises(filter: $v) { nodes { uscc } } }"
REPORTS = "query ($v: AnnualReportFilter) { annualReports(filter: $v) { nodes { uscc } } }"
REVENUE = "{annualReports(filter: {operation: {operatingRevenue: {gt: %s}}}) { nodes { uscc } }}"


async def raw(service: Service, query: str, variables: str) -> Answer:
    """Ask with variables as JSON text, so that they may hold what no JSON writer of ours writes."""
    body = f'{{"query": {json.dumps(query)}, "variables": {variables}}}'
    headers = {
        "Accept": "application/graphql-response+json",
        "Content-Type": "application/json",
        "Authorization": service.token(MUNICIPAL),
    }
    return await service.post(body.encode("utf-8", "surrogatepass"), headers)


def refused(answer: Answer) -> None:
    """Refused as the client's mistake, and nothing ran."""
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT"), answer.body
    assert "data" not in answer.json


@pytest.mark.parametrize("text", ['"a\\u0000b"', '"\\u0000"', '"\\ud800"', '"\\udfff x"'])
async def test_text_that_no_database_keeps(town: Service, text: str) -> None:
    for place in ('{"name": [%s]}', '{"search": %s}', '{"or": [{"uscc": ["x", %s]}]}', '{"unit": {"code": [%s]}}'):
        refused(await raw(town, ENTERPRISES, f'{{"v": {place % text}}}'))
    for query in (
        "{ enterprises(filter: {name: [%s]}) { totalCount } }",
        "{ enterprises(filter: {search: %s}) { totalCount } }",
        "{ enterprise(uscc: %s) { name } }",
        "{ enterprises(after: %s) { totalCount } }",
        "{ customQuery(fields: [%s]) { nodes { values } } }",
    ):
        refused(await town.ask(query % text))


async def test_text_that_no_database_keeps_in_a_mutation(town: Service) -> None:
    for member in ({"title": "a\0"}, {"query": "{ units { code } }", "variables": {"unused": ["\0"]}}):
        answer = await town.ask("mutation ($v: ExportInput!) { exportWorkbook(input: $v) { id } }", {"v": member})
        assert answer.code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "text", ["😀", "\\", "%", "_", "'", '"', "\n", "\x01", "\ufffe", "é", "e\u0301", "x" * 100_000]
)
async def test_any_other_text_is_looked_for(town: Service, text: str) -> None:
    answer = await town.ask("query ($t: String) { enterprises(filter: {search: $t}) { nodes { name } } }", {"t": text})
    assert all("\\" not in node["name"] for node in answer.data["enterprises"]["nodes"])


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "1e999999999", "1e41", "1e-50", "9" * 400])
async def test_numbers_beyond_any_column(town: Service, number: str) -> None:
    refused(await raw(town, REPORTS, f'{{"v": {{"operation": {{"operatingRevenue": {{"lt": "{number}"}}}}}}}}'))
    refused(await town.ask(REVENUE % f'"{number}"'))


@pytest.mark.parametrize("number", ['"abc"', '""', "true", "[]", "{}", '"1,000"'])
async def test_what_is_no_number(town: Service, number: str) -> None:
    refused(await raw(town, REPORTS, f'{{"v": {{"operation": {{"operatingRevenue": {{"lt": {number}}}}}}}}}'))
    refused(await town.ask(REVENUE % number))


@pytest.mark.parametrize(
    "number",
    ["0", "-0", "1e3", "100000.000", '"100000"', '"1e5"', "99999999999999.999", "123456789012345678901234567890"],
)
async def test_numbers_written_in_any_way(town: Service, number: str) -> None:
    literal = (await town.ask(REVENUE % number)).data
    assert (
        await raw(town, REPORTS, f'{{"v": {{"operation": {{"operatingRevenue": {{"gt": {number}}}}}}}}}')
    ).data == literal


async def test_a_number_keeps_every_digit(town: Service) -> None:
    """A JSON number is binary in most clients; an amount as text is exact."""
    query = "query ($v: Decimal) { annualReports(filter: {operation: {operatingRevenue: {eq: $v}}}) { totalCount } }"
    assert (await town.ask(query, {"v": "99999999999999.999"})).data["annualReports"]["totalCount"] == 1
    assert (await town.ask(query, {"v": "99999999999999.998"})).data["annualReports"]["totalCount"] == 0
    exact = REVENUE % "99999999999999.998"
    assert (await town.ask(exact)).data["annualReports"]["nodes"]


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**18, 1.5, "2022", True, [[2022]]])
async def test_integers_are_of_32_bits(town: Service, number: Any) -> None:
    refused(await town.ask(REPORTS, {"v": {"year": [number]}}))
    refused(await town.ask(f"{{ annualReports(filter: {{year: [{json.dumps(number)}]}}) {{ totalCount }} }}"))
    refused(await town.ask("query ($n: Int) { enterprises(first: $n) { totalCount } }", {"n": number}))


async def test_the_largest_integer_is_only_a_year_without_reports(town: Service) -> None:
    assert (await town.ask(REPORTS, {"v": {"year": [2**31 - 1]}})).data["annualReports"]["nodes"] == []


@pytest.mark.parametrize(
    "day", ["2022-13-01", "2022-02-30", "10000-01-01", "infinity", "now", "", "2022-1-1", 20220101]
)
async def test_days_that_are_none(town: Service, day: Any) -> None:
    refused(await town.ask(ENTERPRISES, {"v": {"establishedOn": {"gt": day}}}))
    refused(await town.ask(f"{{ enterprises(filter: {{establishedOn: {{gt: {json.dumps(day)}}}}}) {{ totalCount }} }}"))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_first_and_the_last_day_are_days(town: Service, day: str) -> None:
    assert (await town.ask(ENTERPRISES, {"v": {"establishedOn": {"eq": day}}})).data["enterprises"]["nodes"] == []


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2022-01-01T25:00:00Z", "now", ""]
)
async def test_moments_that_are_none(town: Service, moment: str) -> None:
    refused(await town.ask(REPORTS, {"v": {"submittedAt": {"gt": moment}}}))
    refused(await town.ask(f'{{ annualReports(filter: {{submittedAt: {{gt: "{moment}"}}}}) {{ totalCount }} }}'))


@pytest.mark.parametrize("moment", ["2023-03-02T10:30:00+08:00", "2023-03-02T02:30:00Z", "2023-03-02T10:30:00"])
async def test_a_moment_without_offset_is_chinas(town: Service, moment: str) -> None:
    found = (await town.ask(REPORTS, {"v": {"submittedAt": {"eq": moment}}})).data["annualReports"]["nodes"]
    assert len(found) == 1


# ── cursors and page sizes ──────────────────────────────────────────────────────────────────────

PAGE = "query ($a: String, $b: String) { enterprises(after: $a, before: $b) { totalCount nodes { uscc } } }"


async def cursor(town: Service) -> str:
    """The cursor of the first enterprise in the default order."""
    answer = await town.ask("{ enterprises(first: 1) { pageInfo { endCursor } } }")
    return answer.data["enterprises"]["pageInfo"]["endCursor"]


async def test_a_cursor_that_was_tampered_with(town: Service) -> None:
    good = await cursor(town)
    payload, signature = good.split(".")
    flipped = ("0" if signature[-1] != "0" else "1").join((signature[:-1], ""))
    for bad in (
        "", "x", ".", "\0", "💣", good + "\n", good + "0", payload, f"{payload}.", f"A{good[1:]}",
        f"{payload}.{flipped}",
        f"{payload}.{signature.upper()}", good * 200, f"WyJ4Il0.{signature}",
    ):  # fmt: skip
        refused(await town.ask(PAGE, {"a": bad}))
        refused(await town.ask(PAGE, {"b": bad}))


async def test_a_cursor_of_another_list_or_order(town: Service) -> None:
    given = {"a": await cursor(town)}
    for query in (
        "query ($a: String) { annualReports(after: $a) { nodes { uscc } } }",
        "query ($a: String) { annualReports(after: $a) { totalCount } }",
        "query ($a: String) { enterprises(after: $a, orderBy: [{field: NAME}]) { nodes { uscc } } }",
        "query ($a: String) { enterprises(after: $a, orderBy: [{field: NAME, direction: DESC}]) { totalCount } }",
        "query ($a: String) { enterprises { nodes { annualReports(after: $a) { totalCount } } } }",
    ):
        refused(await town.ask(query, given))


async def test_a_cursor_is_good_for_whoever_lists_the_same(town: Service) -> None:
    """It holds sort values, no rights: the next page is the one that the asker may see."""
    answer = await town.ask(PAGE, {"a": await cursor(town)}, as_=YUBEI)
    assert len(answer.data["enterprises"]["nodes"]) == 5


@pytest.mark.parametrize(
    "arguments", ["first: 1001", "last: 1001", "first: -1", "last: -1", "first: 1, last: 1", "first: 0, last: 0"]
)
async def test_page_sizes_that_are_none(town: Service, arguments: str) -> None:
    for query in (
        f"{{ enterprises({arguments}) {{ totalCount }} }}",
        f"{{ customQuery({arguments}) {{ totalCount }} }}",
    ):
        answer = await town.ask(query)
        refused(answer)
        assert answer.errors[0]["path"] == [query.split("(")[0][2:]]
    nested = await town.ask(f"{{ enterprises {{ nodes {{ annualReports({arguments}) {{ totalCount }} }} }} }}")
    assert nested.errors[0]["path"] == ["enterprises", "nodes", "annualReports"]


async def test_an_unknown_field_of_the_custom_query(town: Service) -> None:
    answer = await town.ask('{ customQuery(fields: ["name", "nope"]) { nodes { values } } }')
    refused(answer)
    assert "nope" in answer.errors[0]["message"]
    assert "exportFields" in answer.errors[0]["message"]
