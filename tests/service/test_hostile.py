"""How systems like this one were exhausted elsewhere, by the number of the advisory: each line of the list is refused.

The list stands in known-failures; requests from foreign pages (Apollo GHSA-hff2-gcpx-8f4p) are in ``test_origins.py``.
"""

from __future__ import annotations

import orjson
import pytest

from bench.attacks import attacks
from service.inside import JSON
from tests.fixtures.service import Answer, Service
from tests.fixtures.town import MUNICIPAL, PUBLIC
from tests.service.test_graphql_limits import spread, too_complex

BY_NAME = {attack.name: attack for attack in attacks()}


async def sent(town: Service, name: str) -> Answer:
    """The answer to one of the bench's attacks."""
    headers = {"Content-Type": "application/json", "Accept": JSON, "Authorization": town.token(MUNICIPAL)}
    return await town.post(BY_NAME[name].body, headers)


@pytest.mark.parametrize("count", [31, 101, 320])
async def test_directus_ghsa_6q22_g298_grjh_cve_2026_35441_aliases_of_one_field(town: Service, count: int) -> None:
    """Hundreds of aliases, each costing a query."""
    town.statements.clear()
    aliased = " ".join(f"a{n}: annualReport {{ uscc }}" for n in range(count))
    too_complex(await town.ask(f"{{ enterprises {{ nodes {{ {aliased} }} }} }}"), "aliases")
    assert town.statements == []


async def test_directus_ghsa_6q22_g298_grjh_aliases_of_a_mutation(town: Service) -> None:
    """Counted before the first of them runs."""
    aliased = " ".join(f"a{n}: exportWorkbook(input: {{}}) {{ id }}" for n in range(21))
    before = await town.ask("{ exports { totalCount } }")
    too_complex(await town.ask(f"mutation {{ {aliased} }}"), "root fields")
    assert (await town.ask("{ exports { totalCount } }")).body == before.body


@pytest.mark.parametrize("advisory", ["GHSA-3j43-9v8v-cp3f", "GHSA-84m6-5m72-45fp", "GHSA-75m2-jhh5-j5g2"])
async def test_apollo_fragments_spread_again_and_again(town: Service, advisory: str) -> None:
    """Optimiser, planner and validation each went through every spread anew: 2 to the 18th of them."""
    match advisory:
        case "GHSA-3j43-9v8v-cp3f":  # named fragments reused
            answer = await town.ask(spread(18, "@", times=2))
            assert len(answer.data["enterprises"]["nodes"]) == 12, "262,144 spreads are one field"
        case "GHSA-84m6-5m72-45fp":  # reused below aliases, where each is a field of its own
            too_complex(await sent(town, "fragments that double under aliases"))
        case _:  # reused more often than a document has tokens
            too_complex(await sent(town, "fragments that double 200 times"))


async def test_apollo_ghsa_3j43_9v8v_cp3f_fragments_in_circles(town: Service) -> None:
    assert (await sent(town, "28 fragments that all spread each other")).code == "BAD_USER_INPUT"
    too_complex(await sent(town, "a circle of 200 fragments"))


@pytest.mark.parametrize("name", ["__typename", "__a", "__schema", "_service", "__proto__"])
async def test_graphql_armor_ghsa_733v_p3h5_qpq7_a_field_named_like_introspection_costs_the_same(
    town: Service, name: str
) -> None:
    """Names that begin like introspection's were skipped by the limits."""
    inner = "annualReports(first: 1000) { nodes { uscc } }"
    too_complex(await town.ask(f"{{ {name}: enterprises(first: 1000) {{ nodes {{ {inner} }} }} }}"), "cost")
    aliased = " ".join(f"{name}{n}: uscc" for n in range(31))
    too_complex(await town.ask(f"{{ enterprises {{ nodes {{ {aliased} }} }} }}"), "aliases")


async def test_graphql_armor_ghsa_733v_p3h5_qpq7_introspection_itself_is_counted(town: Service) -> None:
    too_complex(await sent(town, "introspection 20 times over"), "introspection costs too much")
    too_complex(await sent(town, "introspection with 80 aliases"))
    too_complex(await town.ask("{ " + " ".join(f"a{n}: __schema {{ queryType {{ name }} }}" for n in range(21)) + " }"))


@pytest.mark.parametrize("depth", [6, 16, 100])
async def test_keystone_cve_2026_10802_depth(town: Service, depth: int) -> None:
    """A query 16 deep hung a small database for 38 seconds."""
    town.statements.clear()
    inner = "uscc"
    for _ in range(depth):
        inner = f"annualReports(first: 1) {{ nodes {{ enterprise {{ {inner} }} }} }}"
    too_complex(await town.ask(f"{{ enterprises(first: 1) {{ nodes {{ {inner} }} }} }}"), "too deep")
    assert town.statements == []


@pytest.mark.parametrize("depth", [8, 30])
async def test_keystone_cve_2026_10802_depth_of_a_filter(town: Service, depth: int) -> None:
    """What joins the same tables through a filter costs the database as much."""
    town.statements.clear()
    inner: dict[str, object] = {}
    for _ in range(depth):
        inner = {"annualReports": {"some": {"enterprise": inner}}}
    query = "query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }"
    too_complex(await town.ask(query, {"f": inner}))
    literal = orjson.dumps(inner).decode().replace('"', "")
    too_complex(await town.ask(f"{{ enterprises(filter: {literal}) {{ totalCount }} }}"))
    assert town.statements == []


async def test_a_filter_as_deep_as_the_limit_runs(town: Service) -> None:
    inner: dict[str, object] = {"inLibrary": True}
    for _ in range(11):
        inner = {"not": inner}
    query = "query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }"
    assert (await town.ask(query, {"f": inner})).data
    too_complex(await town.ask(query, {"f": {"not": {"not": inner}}}), "filter too deep")


async def test_graphql_cop_alias_overloading(town: Service) -> None:
    too_complex(await sent(town, "101 aliases"))


async def test_graphql_cop_batches(town: Service) -> None:
    too_complex(await sent(town, "a batch of 11"), "batch of 11")


async def test_graphql_cop_directive_overloading(town: Service) -> None:
    assert (await sent(town, "250 directives on a field")).code == "BAD_USER_INPUT"
    too_complex(await town.ask("{ __typename " + "@include(if: true) " * 500 + "}"), "tokens")
    assert (await town.ask("{ __typename " + "@aa" * 500 + " }")).code == "BAD_USER_INPUT"


async def test_graphql_cop_field_duplication(town: Service) -> None:
    too_complex(await sent(town, "500 times the same field"), "same name")


async def test_graphql_cop_circular_introspection(town: Service) -> None:
    too_complex(await sent(town, "introspection in a circle"), "introspection depth")


async def test_graphql_cop_get_and_forms(town: Service) -> None:
    """Mutations by GET, queries as forms: two more of its checks."""
    assert (await town.get("/graphql?query=mutation%20%7B__typename%7D", Accept="*/*")).code == "BAD_USER_INPUT"
    answer = await town.post(b"query=%7B__typename%7D", {"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.code) == (415, "BAD_USER_INPUT")


async def test_graphql_cop_suggestions_name_nothing_hidden(town: Service) -> None:
    answer = await town.ask("{ viewer { nam } enterprises { nodes { contactIdNumbe } } }", as_=PUBLIC)
    assert "contactIdNumber" not in answer.body.decode()


async def test_500_lists_of_one_argument_are_counted_together(town: Service) -> None:
    """A limit for each list is none where lists may be many."""
    some = {"or": [{"and": [{"name": ["a"]}]} for _ in range(120)]}
    query = "query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }"
    too_complex(await town.ask(query, {"f": some}), "conditions")


async def test_elements_of_a_list_are_bounded_in_variables_and_as_literals(town: Service) -> None:
    query = "query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }"
    assert (await town.ask(query, {"f": {"uscc": ["x"] * 5000}})).data
    too_complex(await town.ask(query, {"f": {"uscc": ["x"] * 5001}}), "list of 5001")
    too_complex(
        await town.ask(query, {"f": {"uscc": ["x"] * 4000, "name": ["x"] * 4000, "search": "x"}, "g": ["x"] * 3000})
    )
