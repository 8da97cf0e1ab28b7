"""The rules of the libraries, held against the domain written down once more in Python: every state and number."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Generator, Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from authz.principal import Principal, Role
from db.engine import connect
from db.rollups.fold import TurnTaken, fold_all
from exporters.statement import finished_sql, statement_of
from resolvers.schema import core
from service.plans import Planner
from service.workbooks import File, as_file
from tests.conftest import Databases
from tests.fixtures.files import lines
from tests.fixtures.rows import insert, uscc
from tests.fixtures.town import BEIBEI, BEIBEI_UNIT, MUNICIPAL, YUBEI, YUBEI_UNIT
from tests.libraries import oracle
from tests.libraries.firms import FIELDS, YEARS, drawn, rows
from tests.libraries.oracle import Firm, Found, judge
from tests.pages.conftest import Desks
from tests.pages.desks import service_on

FIRMS = 40
STATES = {True: "PASS", False: "FAIL", None: "UNKNOWN"}
EXPLAINED = (
    "library isMember category firstQualifiedYear isFirstTime missing failed results { key state actual threshold gap }"
)
OF_FIRMS = f"""query ($year: Int, $codes: [ID!]) {{ enterprises(first: 100, filter: {{uscc: $codes}}) {{ nodes {{ uscc
    libraries(year: $year, missingAtMost: 99) {{ {EXPLAINED} }} }} }} }}"""
OF_LIBRARY = f"""query ($key: LibraryKey!, $year: Int, $conditions: [ConditionInput!]) {{ library(key: $key) {{
    members(year: $year, conditions: $conditions, first: 500) {{ totalCount nodes {{ uscc {EXPLAINED} }} }} }} }}"""

OF_FILE = """query ($key: LibraryKey!, $year: Int, $conditions: [ConditionInput!]) { library(key: $key) {
    members(year: $year, conditions: $conditions) { nodes { uscc name } } } }"""


@pytest.fixture(scope="module")
async def laboratory(databases: Databases, migrated_template: str) -> AsyncGenerator[str]:
    """A database of this module's own."""
    name = await databases.create("laboratory", migrated_template)
    yield databases.url(name)
    await databases.drop(name)


@pytest.fixture(scope="module")
def desks(laboratory: str) -> Generator[Desks]:
    """A service on it."""
    with service_on(laboratory) as found:
        yield found


class Town:
    """The firms stored at the moment."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.firms: dict[str, Firm] = {}

    def settle(self, dice: Random) -> None:
        """Other firms instead of those there are; every other time the facts are folded before anybody asks."""
        self.firms = {uscc(number): drawn(dice) for number in range(1, FIRMS + 1)}
        made = [
            row
            for number in range(1, FIRMS + 1)
            for row in rows(number, YUBEI_UNIT if number % 2 else BEIBEI_UNIT, self.firms[uscc(number)])
        ]
        asyncio.run(self._settled(made, folded=dice.random() < 0.5))

    async def _settled(self, made: list[Any], *, folded: bool) -> None:
        connection = await connect(self.url)
        for table in ("annual_report", "basic_info", "hnte_certificate", "tech_sme_registration", "enterprise"):
            await connection.execute(f"DELETE FROM {table}")
        await insert(self.url, made)
        if folded:
            with contextlib.suppress(TurnTaken):  # the service's own keeper is at it
                await fold_all(connection)
        await connection.close()


@pytest.fixture(scope="module")
def town(laboratory: str) -> Town:
    return Town(laboratory)


def today() -> dt.date:
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def number(value: Fraction | Decimal | None) -> Decimal | None:
    return value if isinstance(value, Decimal) else oracle.rounded(value)


def told(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(Decimal("0.000001"))


def compared(found: Mapping[str, Found], results: list[dict[str, Any]]) -> None:
    assert [each["key"] for each in results] == list(found)
    for each in results:
        state, actual, threshold = found[each["key"]]
        assert each["state"] == STATES[state], each
        assert told(each["actual"]) == number(actual), each
        assert told(each["threshold"]) == number(threshold), each
        assert (each["gap"] is None) or (each["state"] == "FAIL" and Decimal(each["gap"]) >= 0), each


@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9))
def test_every_condition_of_every_library_is_as_the_domain_says(town: Town, desks: Desks, seed: int) -> None:
    dice = Random(seed)
    town.settle(dice)
    year = dice.choice(YEARS[1:])
    asked = desks(MUNICIPAL).see(OF_FIRMS, year=year, codes=list(town.firms))
    assert len(asked["nodes"]) == FIRMS
    for node in asked["nodes"]:
        firm = town.firms[node["uscc"]]
        entries = {entry["library"]: entry for entry in node["libraries"]}
        for key in oracle.RULES:
            found = judge(key, firm, year, today())
            assert (found is None) == (key not in entries)
            if found is None:
                continue
            entry = entries[key]
            compared(found, entry["results"])
            member = oracle.is_member(key, found)
            assert entry["isMember"] is member
            assert entry["failed"] == lacking(key, found)
            assert (entry["missing"] == 0) is member
            first = oracle.first_year(key, firm, today())
            assert entry["firstQualifiedYear"] == first
            assert entry["isFirstTime"] is (first == year)
            assert entry["category"] == (oracle.category(found) if key == "HIGH_GROWTH" else None)


def lacking(key: str, found: Mapping[str, Found]) -> list[str]:
    instead = oracle.INSTEAD.get(key, ())
    by_other = any(found[each][0] is True for each in instead)
    return [
        each
        for each in found
        if each not in instead and found[each][0] is not True and not (by_other and each[1] != "X")
    ]


def changed(dice: Random) -> dict[str, tuple[list[dict[str, Any]], dict[str, Any], frozenset[str]]]:
    """For each library with parameters: what is asked, what the oracle takes, what does not count."""
    parameters: dict[str, dict[str, tuple[str, Any]]] = {
        "HNTE_RESERVE": {
            "minDaysRegistered": ("H1", dice.choice((0, 365, 366, 3652))),
            "minIpCount": ("H2", dice.choice((0, 1, 6))),
            "minClassI": ("H2", dice.choice((0, 1))),
            "minClassII": ("H2", dice.choice((0, 5))),
            "fields": ("H3", dice.sample([each for each in FIELDS if each], 2)),
            "minSciTechStaffRatio": ("H4", dice.choice(("0", "0.25"))),
            "tier1Max": ("H5", dice.choice((9999, 50000))),
            "tier1Ratio": ("H5", dice.choice(("0.02", "0.06"))),
            "tier3Ratio": ("H5", dice.choice(("0", "0.3"))),
            "minDomesticRdShare": ("H5", dice.choice(("0.5", "1"))),
            "requireDomesticData": ("H5", dice.choice((True, False))),
            "minHighTechRevenueRatio": ("H6", dice.choice(("0.61", "0"))),
            "minInnovationScore": ("H7", dice.choice((10, 30, 50))),
            "excludeValidHnte": ("HX2", dice.choice((True, False))),
        },
        "LEADING_CULTIVATION": {
            "minOperatingRevenue": ("L1", dice.choice((0, 10000, 300000))),
            "minRdIntensity": ("L2", dice.choice(("0.02", "0"))),
            "minInventionPatents": ("L3", dice.choice((0, 1, 50))),
            "minPlatformLevel": ("L4", dice.choice(("ENTERPRISE", "NATIONAL"))),
            "minRdStaffRatio": ("L5", dice.choice(("0", "0.3"))),
            "requireHnte": ("L6", dice.choice((True, False))),
        },
        "NATIONAL_SME_RESERVE": {
            "maxStaff": ("N1", dice.choice((10, 501))),
            "maxSalesRevenue": ("N1", dice.choice((50000, 1000000))),
            "maxTotalAssets": ("N1", dice.choice((9999, 1000000))),
            "minScore": ("N2", dice.choice((0, 40, 80))),
            "allowDirectPass": ("N2", dice.choice((True, False))),
            "excludeValidTechSme": ("NX4", dice.choice((True, False))),
        },
    }
    found: dict[str, tuple[list[dict[str, Any]], dict[str, Any], frozenset[str]]] = {}
    for key, all_of_it in parameters.items():
        chosen = {name: value for name, value in all_of_it.items() if dice.random() < 0.6}
        keys = list(dict.fromkeys(condition for condition, _ in chosen.values()))
        off = frozenset(each for each in keys if dice.random() < 0.3 and each[1] != "X")
        asked = [
            {
                "key": each,
                "enabled": each not in off,
                "parameters": [
                    given_as(name, value) for name, (condition, value) in chosen.items() if condition == each
                ],
            }
            for each in keys
        ]
        found[key] = asked, {name: value for name, (_, value) in chosen.items()}, off
    return found


def given_as(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list) or name == "minPlatformLevel":
        return {"name": name, "values": value if isinstance(value, list) else [value]}
    return {"name": name, "value": str(int(value)) if isinstance(value, bool) else str(value)}


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9))
def test_any_parameters_make_the_members_that_the_domain_says(town: Town, desks: Desks, seed: int) -> None:
    dice = Random(seed)
    town.settle(dice)
    for key, (conditions, params, off) in changed(dice).items():
        year = dice.choice(YEARS)
        judged = {code: judge(key, firm, year, today(), params) for code, firm in town.firms.items()}
        expected = {code for code, found in judged.items() if oracle.is_member(key, found, off)}
        members = desks(MUNICIPAL).see(OF_LIBRARY, key=key, year=year, conditions=conditions)["members"]
        assert {node["uscc"] for node in members["nodes"]} == expected
        assert members["totalCount"] == len(expected)
        for node in members["nodes"]:
            found = judged[node["uscc"]]
            assert found is not None
            compared(found, node["results"])
        taken = desks(MUNICIPAL).ask(OF_FILE, accept="csv", key=key, year=year, conditions=conditions)
        assert expected == {code for line in lines(taken.body)[1:] for code in line if code in town.firms}
        for person, odd in ((YUBEI, 1), (BEIBEI, 0)):
            own = desks(person).see(OF_LIBRARY, key=key, year=year, conditions=conditions)["members"]
            mine = {uscc(each) for each in range(1, FIRMS + 1) if each % 2 == odd}
            assert {node["uscc"] for node in own["nodes"]} == expected & mine


SAVED: Mapping[str, tuple[str, str, str, Any]] = {
    "HNTE_RESERVE": ("H7", "minInnovationScore", "10", 10),
    "LEADING_CULTIVATION": ("L1", "minOperatingRevenue", "0", 0),
    "NATIONAL_SME_RESERVE": ("N2", "minScore", "0", 0),
}
"""For each library with parameters one that is saved: condition, name, as stored, as the oracle takes it."""


def holders_at(firms: Mapping[str, Firm], unit: str | None) -> set[str]:
    """Whose firms these are: of the one unit those with odd numbers, of the other the rest."""
    odd = {YUBEI_UNIT: (1,), BEIBEI_UNIT: (0,), None: (0, 1)}[unit]
    return {code for number, code in ((each, uscc(each)) for each in range(1, len(firms) + 1)) if number % 2 in odd}


async def mixed(url: str, saved: str | None) -> None:
    """Some firms wait to be folded and some do not; what is saved is saved by ``saved`` alone."""
    connection = await connect(url)
    with contextlib.suppress(TurnTaken):
        await fold_all(connection)
    await connection.execute("DELETE FROM library_setting")
    for key, (condition, name, stored, _) in SAVED.items() if saved else ():
        await connection.execute(
            "INSERT INTO library_setting (holder, library, condition, parameter, number, saved_by)"
            " VALUES ($1, $2, $3, $4, $5, '测试')",
            saved, key, condition, name, Decimal(stored),
        )  # fmt: skip
    await connection.execute("UPDATE annual_report SET staff_total = staff_total WHERE right(uscc, 1) < '8'")
    await connection.close()


@pytest.mark.parametrize("saved", [None, "CITY", YUBEI_UNIT])
def test_a_file_tells_the_members_under_whatever_is_saved(town: Town, desks: Desks, saved: str | None) -> None:
    told = 0
    for seed in (1, 2):
        town.settle(Random(seed))
        asyncio.run(mixed(town.url, saved))
        for key, (_, name, _, value) in SAVED.items():
            for year in (2021, 2022, today().year):
                for person, unit in ((MUNICIPAL, None), (YUBEI, YUBEI_UNIT), (BEIBEI, BEIBEI_UNIT)):
                    params = {name: value} if saved in ("CITY", unit) and saved else {}
                    judged = {code: judge(key, town.firms[code], year, today(), params)
                              for code in holders_at(town.firms, unit)}  # fmt: skip
                    expected = {code for code, found in judged.items() if oracle.is_member(key, found)}
                    taken = desks(person).ask(OF_FILE, accept="csv", key=key, year=year)
                    assert {code for line in lines(taken.body)[1:] for code in line if code in town.firms} == expected
                    told += len(expected)
    asyncio.run(mixed(town.url, None))
    assert told


@pytest.mark.parametrize("key", SAVED)
async def test_declared_conditions_are_what_an_index_keeps(laboratory: str, key: str) -> None:
    planner = Planner(core(), signing_key=b"k", default_year=2022)
    officer = Principal(Role.MUNICIPAL_OFFICER, "m")
    operation = planner.operation(OF_FILE, None)
    variables = planner.variables(operation, {"key": key})
    file: File = planner.prepare(operation, variables, officer, as_file, whole_lists=True)
    parameters: dict[str, Any] = planner.facts(officer).everything()
    parameters |= {name: extract(variables, parameters) for name, extract in file.extracts.items()}
    connection = await connect(laboratory)
    transaction = connection.transaction()
    await transaction.start()
    # Without another way to find them, only an index whose condition the query is proven to ask can be used.
    await connection.execute("ALTER TABLE library_fact DROP CONSTRAINT pk_library_fact; SET LOCAL enable_seqscan = off")
    sheet = file.sheets[0]
    statement = await statement_of(sheet, "explained", lambda: sheet.source.with_only_columns(sa.literal_column("1")))
    found = await connection.fetch("EXPLAIN " + await finished_sql(connection, statement, parameters))
    await transaction.rollback()
    await connection.close()
    assert f"Index Only Scan using ix_library_fact_{key.lower()} " in "".join(row[0] for row in found)
