"""Which rows: each role sees its own, by every way in alike (list, key, node, relation, count, custom query, file)."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

import asyncpg
import pytest

from authz.principal import Principal, Role
from tests.fixtures import town as people
from tests.fixtures.rows import uscc
from tests.fixtures.service import Service, serving
from tests.fixtures.town import (
    ADMIN,
    ANALYST,
    BANK_A,
    BANK_B,
    DEPARTMENT,
    MUNICIPAL,
    NAMES,
    PEOPLE,
    PUBLIC,
    QIMING,
    REPORTS,
    UNIT_OF,
    YUBEI,
)

EVERYBODY = frozenset(NAMES)
ENTERPRISES: dict[str, frozenset[int]] = {
    "municipal": EVERYBODY,
    "analyst": EVERYBODY,
    "admin": EVERYBODY,
    "department": EVERYBODY,
    "yubei": frozenset({1, 2, 3, 4, 5}),
    "beibei": frozenset({8, 9, 10}),
    "two_units": frozenset({1, 2, 3, 4, 5, 6, 7}),
    "no_unit": frozenset(),
    "qiming": frozenset({1}),
    "bank_a": frozenset({1, 2, 6}),
    "bank_b": frozenset({6}),
    "no_bank": frozenset(),
}
NUMBERS = {uscc(number): number for number in NAMES}


def numbers(nodes: list[dict[str, Any]]) -> set[int]:
    """The enterprises of rows that have a code."""
    return {NUMBERS[node["uscc"]] for node in nodes}


@pytest.mark.parametrize("name", ENTERPRISES)
async def test_each_role_sees_its_enterprises(town: Service, name: str) -> None:
    answer = await town.ask("{ enterprises { totalCount nodes { uscc } } }", as_=PEOPLE[name])
    assert numbers(answer.data["enterprises"]["nodes"]) == ENTERPRISES[name]
    assert answer.data["enterprises"]["totalCount"] == len(ENTERPRISES[name])


WAYS_IN = (
    ("{ enterprises { nodes { uscc } } }", "enterprises.nodes.uscc"),
    ("{ enterprises { edges { node { uscc } } } }", "enterprises.edges.node.uscc"),
    ("{ enterprises(last: 1000) { nodes { x: uscc } } }", "enterprises.nodes.x"),
    ('{ enterprises(filter: {search: "9199"}) { nodes { uscc } } }', "enterprises.nodes.uscc"),
    (
        '{ enterprises(filter: {or: [{not: {name: ["x"]}}, {name: ["x"]}]}) { nodes { uscc } } }',
        "enterprises.nodes.uscc",
    ),
    ('{ customQuery(fields: ["uscc"]) { nodes { values } } }', "customQuery.nodes.values"),
)
"""Queries for all enterprises, and where their codes stand in the answer (OWASP: edges checked, nodes not)."""


def reached(value: Any, path: str) -> list[str]:
    """The values at a path, through lists."""
    values: list[Any] = [value]
    for step in path.split("."):
        values = [member[step] for member in values]
        values = [
            entry
            for member in values
            for entry in (cast("list[Any]", member) if isinstance(member, list) else [member])
        ]
    return values


@pytest.mark.parametrize("name", ENTERPRISES)
async def test_parse_server_6802_every_way_in_shows_the_same_rows(town: Service, name: str) -> None:
    who, seen = PEOPLE[name], ENTERPRISES[name]
    for query, path in WAYS_IN:
        assert {NUMBERS[code] for code in reached((await town.ask(query, as_=who)).data, path)} == seen, query
    for number in NAMES:
        one = await town.ask("query ($u: ID!) { enterprise(uscc: $u) { name } }", {"u": uscc(number)}, as_=who)
        assert one.data["enterprise"] == ({"name": NAMES[number]} if number in seen else None)
        filtered = f'{{ enterprises(filter: {{uscc: ["{uscc(number)}"]}}) {{ totalCount }} }}'
        assert (await town.ask(filtered, as_=who)).data["enterprises"]["totalCount"] == (number in seen)
    if who.role is not Role.BANK_USER:
        file = await town.ask("{ enterprises { nodes { uscc } } }", as_=who, accept="csv")
        rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"))))
        assert {NUMBERS[row["统一社会信用代码"]] for row in rows} == seen


@pytest.mark.parametrize("name", sorted(ENTERPRISES.keys() - {"admin", "department"}))
async def test_reports_are_those_of_the_enterprises_and_of_a_state_the_role_sees(town: Service, name: str) -> None:
    who = PEOPLE[name]
    seen = {key: columns.get("status", "APPROVED") for key, columns in REPORTS.items() if key[0] in ENTERPRISES[name]}
    if who.role is Role.BANK_USER:
        seen = {key: status for key, status in seen.items() if status == "APPROVED"}
    elif who.role is Role.ANALYST:
        seen = {key: status for key, status in seen.items() if status != "DRAFT"}
    query = "{ annualReports { totalCount nodes { uscc year status enterprise { uscc } } } }"
    page = (await town.ask(query, as_=who)).data["annualReports"]
    assert {(NUMBERS[node["uscc"]], node["year"]): node["status"] for node in page["nodes"]} == seen
    assert all(node["enterprise"]["uscc"] == node["uscc"] for node in page["nodes"])
    assert page["totalCount"] == len(seen)
    nested = "{ enterprises { nodes { uscc annualReports { totalCount nodes { year } } annualReport { year } } } }"
    for node in (await town.ask(nested, as_=who)).data["enterprises"]["nodes"]:
        years = {year for number, year in seen if number == NUMBERS[node["uscc"]]}
        assert {report["year"] for report in node["annualReports"]["nodes"]} == years
        assert node["annualReports"]["totalCount"] == len(years)
        assert (node["annualReport"] is not None) == (2022 in years)


async def test_a_draft_report_is_found_by_nobody_else(town: Service) -> None:
    key = {"u": uscc(5)}
    query = "query ($u: ID!) { annualReport(uscc: $u, year: 2022) { status } }"
    assert (await town.ask(query, key, as_=YUBEI)).data["annualReport"] == {"status": "DRAFT"}
    for who in (people.ANALYST, people.BEIBEI, BANK_A):
        assert (await town.ask(query, key, as_=who)).data["annualReport"] is None


async def test_drafts_of_basic_information_are_the_enterprises_own(town: Service) -> None:
    query = "query ($u: ID!) { enterprise(uscc: $u) { basicInfoVersions { nodes { version } } basicInfo { version } } }"
    for who, versions in ((QIMING, [1, 2, 3]), (YUBEI, [1, 2]), (MUNICIPAL, [1, 2]), (BANK_A, [2])):
        found = (await town.ask(query, {"u": uscc(1)}, as_=who)).data["enterprise"]
        assert sorted(node["version"] for node in found["basicInfoVersions"]["nodes"]) == versions
        assert found["basicInfo"]["version"] == versions[-1]


@pytest.mark.parametrize("who", [BANK_A, people.ANALYST, people.DEPARTMENT])
async def test_opinions_are_refused_to_who_may_never_see_one(town: Service, who: Principal) -> None:
    answer = await town.ask("{ enterprises { nodes { annualReport { opinions { opinion } } } } }", as_=who)
    assert answer.code == "FORBIDDEN"


async def test_the_public_sees_reference_data_only(town: Service) -> None:
    for query in ("{ enterprises { totalCount } }", "{ annualReports { totalCount } }", "{ exports { totalCount } }"):
        assert (await town.ask(query, as_=PUBLIC)).code == "UNAUTHENTICATED"
    assert (await town.ask("{ units(kind: [COUNTY]) { code } settings { maxPageSize } }", as_=PUBLIC)).data


async def test_a_missing_row_and_anothers_row_answer_alike(town: Service) -> None:
    query = "query ($u: ID!) { enterprise(uscc: $u) { name annualReport { year } } }"
    missing = await town.ask(query, {"u": uscc(99)}, as_=YUBEI)
    foreign = await town.ask(query, {"u": uscc(8)}, as_=YUBEI)
    assert (missing.status, missing.body) == (foreign.status, foreign.body)


async def test_a_filter_reaches_no_further_than_the_scope(town: Service) -> None:
    """The 区县 filter stays inside the caller's scope (domain C21)."""
    query = "query ($c: [ID!]) { enterprises(filter: {unit: {code: $c}}) { nodes { uscc } } }"
    answer = await town.ask(query, {"c": sorted(set(UNIT_OF.values()))}, as_=YUBEI)
    assert numbers(answer.data["enterprises"]["nodes"]) == ENTERPRISES["yubei"]
    assert (await town.ask(query, {"c": ["500109"]}, as_=YUBEI)).data["enterprises"]["nodes"] == []


async def test_a_relation_leads_back_into_the_scope_only(town: Service) -> None:
    """Hasura 10711: a rule lost where rules nest. Reports of reports' enterprises are still the district's."""
    inner = "nodes { uscc enterprise { uscc unit { code } } }"
    query = f"{{ annualReports {{ nodes {{ enterprise {{ annualReports {{ {inner} }} }} }} }} }}"
    nodes = (await town.ask(query, as_=YUBEI)).data["annualReports"]["nodes"]
    reports = [report for node in nodes for report in node["enterprise"]["annualReports"]["nodes"]]
    assert numbers(reports) == {1, 2, 3, 4, 5}
    assert {report["enterprise"]["unit"]["code"] for report in reports} == {"500112"}


async def test_some_and_none_see_no_row_out_of_scope(town: Service) -> None:
    """A draft that the analyst may not see satisfies no ``some``, and none says it is not there."""
    draft = "annualReports: {%s: {year: [2022], status: [DRAFT]}}"
    some = await town.ask(f"{{ enterprises(filter: {{{draft % 'some'}}}) {{ totalCount }} }}", as_=people.ANALYST)
    none = await town.ask(f"{{ enterprises(filter: {{{draft % 'none'}}}) {{ totalCount }} }}", as_=people.ANALYST)
    assert (some.data["enterprises"]["totalCount"], none.data["enterprises"]["totalCount"]) == (0, 12)
    officer = await town.ask(f"{{ enterprises(filter: {{{draft % 'some'}}}) {{ nodes {{ uscc }} }} }}", as_=YUBEI)
    assert numbers(officer.data["enterprises"]["nodes"]) == {5}


async def test_asvs_8_3_2_a_revoked_consent_ends_at_once(town_copy: str) -> None:
    query = "{ enterprises { nodes { uscc registeredCapital } } }"
    async with serving(town_copy) as service:
        before = await service.ask(query, as_=BANK_A)
        assert numbers(before.data["enterprises"]["nodes"]) == {1, 2, 6}
        database = await asyncpg.connect(town_copy)
        await database.execute("UPDATE data_sharing_consent SET revoked_at = now() WHERE uscc = $1", uscc(2))
        await database.execute("UPDATE data_sharing_consent SET scopes = '{SCORE}' WHERE uscc = $1", uscc(1))
        await database.close()
        after = (await service.ask(query, as_=BANK_A)).data["enterprises"]["nodes"]
        assert numbers(after) == {1, 6}
        assert all(node["registeredCapital"] is None for node in after)
        assert numbers((await service.ask(query, as_=BANK_B)).data["enterprises"]["nodes"]) == {6}


async def test_a_moved_enterprise_is_its_new_units_at_once(town_copy: str) -> None:
    query = "{ enterprises { nodes { uscc } } annualReports { nodes { uscc } } }"
    async with serving(town_copy) as service:
        database = await asyncpg.connect(town_copy)
        await database.execute("UPDATE enterprise SET unit_code = '500109' WHERE uscc = $1", uscc(1))
        await database.close()
        for who, is_theirs in ((YUBEI, False), (people.BEIBEI, True)):
            data = (await service.ask(query, as_=who)).data
            assert (1 in numbers(data["enterprises"]["nodes"])) is is_theirs
            assert (1 in numbers(data["annualReports"]["nodes"])) is is_theirs


async def test_a_cached_answer_is_never_anothers(town: Service) -> None:
    """Two officers share a statement, never an answer; asked in turns and at once."""
    query = "{ enterprises { nodes { uscc } } viewer { subject } }"
    for who in (YUBEI, people.BEIBEI, YUBEI, people.TWO_UNITS, people.NO_UNIT, MUNICIPAL, QIMING, people.BEIBEI):
        name = next(name for name, person in PEOPLE.items() if person is who)
        data = (await town.ask(query, as_=who)).data
        assert numbers(data["enterprises"]["nodes"]) == ENTERPRISES[name]
        assert data["viewer"]["subject"] == who.subject


async def test_an_empty_key_is_nobodys(town: Service) -> None:
    """Empty text is no condition of a filter, but it is a key: one that nothing has."""
    one = "enterprise(uscc: $u) { uscc } annualReport(uscc: $u, year: 2022) { uscc } export(id: $u) { id }"
    query = f"query ($u: ID!) {{ {one} }}"
    nothing = {"enterprise": None, "annualReport": None, "export": None}
    for key in ("", " ", "x", "00000000-0000-0000-0000-00000000000x"):
        for who in (MUNICIPAL, YUBEI, QIMING):
            assert (await town.ask(query, {"u": key}, as_=who)).data == nothing
    assert (await town.ask('{ enterprise(uscc: "") { uscc } }')).data == {"enterprise": None}


async def test_the_size_is_of_the_identity_where_its_report_may_count(town: Service) -> None:
    """Domain §4.2: whoever sees an enterprise sees its size; of a report that is out of sight only once approved."""
    query = "{ enterprises { nodes { uscc size annualReports { nodes { year status } } } } }"
    whole = {node["uscc"]: node for node in (await town.ask(query)).data["enterprises"]["nodes"]}
    statuses = {
        code: next((each["status"] for each in node["annualReports"]["nodes"] if each["year"] == 2022), None)
        for code, node in whole.items()
    }
    assert {"DRAFT", "APPROVED", None} < set(statuses.values())
    for who, seen in ((ADMIN, {"APPROVED"}), (DEPARTMENT, {"APPROVED"}), (ANALYST, set(statuses.values()) - {"DRAFT"})):
        nodes = (await town.ask("{ enterprises { nodes { uscc size } } }", as_=who)).data["enterprises"]["nodes"]
        assert {node["uscc"]: node["size"] for node in nodes} == {
            code: node["size"] if statuses[code] in seen else None for code, node in whole.items()
        }
    # 2 shared no innovation facts with A, hence not the tab that says the size.
    asked = "{ enterprises { nodes { uscc size annualReport { basic { enterpriseSize } } } } }"
    nodes = (await town.ask(asked, as_=BANK_A)).data["enterprises"]["nodes"]
    second = next(node for node in nodes if node["uscc"] == uscc(2))
    assert second["size"] == whole[uscc(2)]["size"] is not None
    assert second["annualReport"]["basic"]["enterpriseSize"] is None
