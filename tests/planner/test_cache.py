"""The cache in front: a repeated operation is bound and run, whoever asks; each form of its variables has a plan."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

import service.plans
from authz.principal import Principal
from exporters.json import JsonEncoder
from planner.select import Selector
from tests.fixtures.service import Service, serving
from tests.fixtures.town import ANALYST, BEIBEI, MUNICIPAL, QIMING, TWO_UNITS, YUBEI

LIST = "query ($first: Int, $f: EnterpriseFilter) { enterprises(first: $first, filter: $f) { nodes { uscc } } }"


@pytest.fixture
def nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """From here on nothing may be parsed, validated, planned or encoded; ``undo`` lifts it."""

    def made(*_arguments: Any, **_named: Any) -> Any:
        pytest.fail("what is cached was made anew")

    for owner, name in (
        (service.plans, "valid_document"),
        (service.plans, "compiled"),
        (Selector, "plan"),
        (JsonEncoder, "statement"),
    ):
        monkeypatch.setattr(owner, name, made)
    return monkeypatch


async def lookups(service: Service) -> tuple[int, int]:
    """Hits and misses so far, as the metrics say."""
    text = (await service.get("/metrics")).body.decode()
    found = dict(re.findall(r'keqi_plan_cache_total\{result="(hit|miss)"\} (\d+)', text))
    return int(found.get("hit", 0)), int(found.get("miss", 0))


async def test_a_repeated_operation_is_neither_parsed_nor_validated_nor_compiled(
    town_url: str, request: pytest.FixtureRequest
) -> None:
    async with serving(town_url) as service:
        first = await service.ask(LIST, {"first": 3, "f": {"inLibrary": True}})
        assert await lookups(service) == (0, 1)
        request.getfixturevalue("nothing_is_made")
        again = await service.ask(LIST, {"first": 3, "f": {"inLibrary": True}})
        other = await service.ask(LIST, {"first": 3, "f": {"inLibrary": False}})
        assert await lookups(service) == (2, 1)
        assert again.body == first.body != other.body
        assert len(set(service.statements)) == 1


async def test_who_asks_is_no_part_of_the_key(town_url: str, request: pytest.FixtureRequest) -> None:
    """Another officer of one unit: the same statement, other rows."""
    async with serving(town_url) as service:
        yubei = await service.ask(LIST, as_=YUBEI)
        request.getfixturevalue("nothing_is_made")
        beibei = await service.ask(LIST, as_=BEIBEI)
        assert (len(yubei.data["enterprises"]["nodes"]), len(beibei.data["enterprises"]["nodes"])) == (5, 3)
        assert len(set(service.statements)) == 1


@pytest.mark.parametrize("who", [ANALYST, QIMING, TWO_UNITS, MUNICIPAL])
async def test_the_kind_of_principal_is_part_of_the_key(town_url: str, who: Principal) -> None:
    query = "{ enterprises { nodes { uscc contactMobile } } }"
    async with serving(town_url) as warm, serving(town_url) as cold:
        await warm.ask(query, as_=YUBEI)
        assert (await warm.ask(query, as_=who)).body == (await cold.ask(query, as_=who)).body
        assert await lookups(warm) == (0, 2)


async def test_a_file_and_json_do_not_share_a_plan(town_url: str) -> None:
    async with serving(town_url) as service:
        for accept, rows in itertools.product(("json", "csv", "json", "csv"), (2, 4)):
            answer = await service.ask(LIST, {"first": rows}, accept=accept)
            if accept == "json":
                assert len(answer.data["enterprises"]["nodes"]) == rows
            else:
                assert len(answer.body.splitlines()) == rows + 1


async def test_the_number_of_documents_is_bounded(town_url: str, request: pytest.FixtureRequest) -> None:
    async with serving(town_url, plan_cache_size=3) as service:
        queries = [f"{{ settings {{ a{n}: maxPageSize }} }}" for n in range(4)]
        for query in queries:
            assert (await service.ask(query)).data
        kept = request.getfixturevalue("nothing_is_made")
        for query in queries[1:]:
            assert (await service.ask(query)).data
        kept.undo()
        before = await lookups(service)
        assert (await service.ask(queries[0])).data
        assert await lookups(service) == (before[0], before[1] + 1)


async def test_what_was_used_last_is_kept_longest(town_url: str, request: pytest.FixtureRequest) -> None:
    async with serving(town_url, plan_cache_size=2) as service:
        for query in ("{ a: __typename }", "{ b: __typename }", "{ a: __typename }", "{ c: __typename }"):
            assert (await service.ask(query)).data
        request.getfixturevalue("nothing_is_made")
        assert (await service.ask("{ a: __typename }")).data == {"a": "Query"}


async def test_the_number_of_forms_of_one_document_is_bounded_and_each_is_right(town_url: str) -> None:
    async with serving(town_url) as service:
        for first in [*range(100), *range(100)]:
            answer = await service.ask(LIST, {"first": first})
            assert len(answer.data["enterprises"]["nodes"]) == min(first, 12)


async def test_a_refused_document_is_not_kept_and_goes_on_being_refused(town: Service) -> None:
    for _ in range(2):
        assert (await town.ask("{ nope }")).code == "BAD_USER_INPUT"
        assert (await town.ask("{ enterprises { nodes { contactIdNumber } } }", as_=ANALYST)).code == "FORBIDDEN"
        assert (await town.ask(LIST, {"first": 2000})).code == "BAD_USER_INPUT"


async def test_operations_of_one_document_are_told_apart(town: Service) -> None:
    query = "query A { settings { maxPageSize } } query B { settings { defaultPageSize } }"
    for name, field in (("A", "maxPageSize"), ("B", "defaultPageSize"), ("A", "maxPageSize")):
        assert list((await town.ask(query, operation=name)).data["settings"]) == [field]


FORMS: list[dict[str, Any]] = [
    {},
    {"f": None},
    {"f": {}},
    {"first": None},
    {"first": 0},
    {"first": 1},
    {"first": 5},
    {"f": {"name": None}},
    {"f": {"name": []}},
    {"f": {"name": ["万州环保有限公司"]}},
    {"f": {"name": ["万州环保有限公司", "北碚新能源有限公司"]}},
    {"f": {"name": "万州环保有限公司"}},
    {"f": {"search": None}},
    {"f": {"search": ""}},
    {"f": {"search": "北碚"}},
    {"f": {"inLibrary": None}},
    {"f": {"inLibrary": True}},
    {"f": {"inLibrary": False}},
    {"f": {"not": None}},
    {"f": {"not": {}}},
    {"f": {"not": {"inLibrary": True}}},
    {"f": {"not": {"name": []}}},
    {"f": {"or": []}},
    {"f": {"or": None}},
    {"f": {"or": [{"inLibrary": True}]}},
    {"f": {"or": {"inLibrary": True}}},
    {"f": {"or": [{"inLibrary": True}, {"name": ["万州环保有限公司"]}]}},
    {"f": {"or": [{"name": ["万州环保有限公司"]}, {"inLibrary": True}]}},
    {"f": {"and": [{"inLibrary": True}, {"search": "软件"}]}},
    {"f": {"inLibraryOn": {"isNull": True}}},
    {"f": {"inLibraryOn": {"isNull": False}}},
    {"f": {"inLibraryOn": {"isNull": None}}},
    {"f": {"inLibraryOn": {"gt": "2021-01-01"}}},
    {"f": {"inLibraryOn": {"gt": "2021-01-01", "lt": None}}},
    {"f": {"inLibraryOn": {"gt": "2020-01-01", "lt": "2021-01-01"}}},
    {"f": {"annualReports": {"some": {"year": [2021]}}}},
    {"f": {"annualReports": {"some": {}}}},
    {"f": {"annualReports": {"none": {}}}},
    {"f": {"annualReports": {"some": {"year": [2021]}, "none": {"year": [2022]}}}},
    {"f": {"unit": {}}},
    {"f": {"basicInfo": {}}},
    {"f": {"basicInfo": {"status": []}}},
    {"f": {"basicInfo": {"status": ["APPROVED"]}}},
    {"f": {"zone": {"kind": None, "host": {"code": []}}}},
    {"f": {"zone": {"validFrom": {"isNull": None}}}},
    {"f": {"unit": {"kind": ["ZONE"]}}},
    {"f": {"unit": {"kind": ["ZONE", "DISTRICT"]}}},
    {"f": {"operatingStatus": ["ACTIVE"]}},
    {"f": {"hiTechField": ["AEROSPACE"]}, "first": 5},
    {"first": 5, "f": {"hiTechField": ["AEROSPACE"]}},
]
"""Variables whose presence, emptiness, length or value decides the form of the statement."""


async def test_every_form_of_the_variables_gets_its_own_answer(town_url: str) -> None:
    """Asked of a cache that has seen all other forms, in both orders, and of one that forgets each document at once."""
    async with serving(town_url) as warm, serving(town_url, plan_cache_size=1) as cold:
        expected: list[bytes] = []
        for variables in FORMS:
            assert (await cold.ask("{ __typename }")).data
            expected.append((await cold.ask(LIST, variables)).body)
        assert len(set(expected)) > 15
        pairs = list(zip(FORMS, expected, strict=True))
        for variables, body in [*pairs, *reversed(pairs), *pairs]:
            assert (await warm.ask(LIST, variables)).body == body, variables


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        ({"a": True, "b": True}, ["x"]),
        ({"a": True, "b": False}, ["x", "y"]),
        ({"a": False, "b": True}, []),
        ({"a": False, "b": False}, ["y"]),
        ({"a": True}, ["x", "y"]),
    ],
)
async def test_skip_and_include_are_part_of_the_form(
    town: Service, variables: dict[str, bool], keys: list[str]
) -> None:
    query = """
        query ($a: Boolean!, $b: Boolean = false) {
          settings { t: __typename x: maxPageSize @include(if: $a) ... @skip(if: $b) { y: defaultPageSize } }
        }
    """
    for _ in range(2):
        assert list((await town.ask(query, variables)).data["settings"]) == ["t", *keys]


async def test_an_order_and_ticked_fields_are_part_of_the_form(town: Service) -> None:
    ordered = "query ($o: [EnterpriseOrder!]) { enterprises(orderBy: $o) { nodes { name } } }"
    fields = "query ($f: [String!]) { customQuery(fields: $f, first: 1) { nodes { values } } }"
    ascending = (await town.ask(ordered, {"o": [{"field": "NAME"}]})).data["enterprises"]["nodes"]
    descending = (await town.ask(ordered, {"o": [{"field": "NAME", "direction": "DESC"}]})).data["enterprises"]["nodes"]
    assert ascending == descending[::-1]
    single = (await town.ask(ordered, {"o": {"field": "NAME", "direction": "ASC"}})).data["enterprises"]["nodes"]
    assert single == ascending
    for names in (["name"], ["uscc", "name"], [], ["name", "name"]):
        (node,) = (await town.ask(fields, {"f": names})).data["customQuery"]["nodes"]
        assert len(node["values"]) == len(names)
