"""Limits on by default, counted on what a query expands to; each refusal has a code of its own, and nothing runs."""

from __future__ import annotations

from tests.fixtures.service import Answer, Service, serving
from tests.fixtures.town import PUBLIC


def too_complex(answer: Answer, detail: str = "") -> None:
    """Refused before anything was sent to the database."""
    assert (answer.status, answer.code) == (400, "QUERY_TOO_COMPLEX"), answer.body[:300]
    assert detail in answer.errors[0]["extensions"]["detail"]
    assert "data" not in answer.json


def spread(levels: int, body: str, times: int = 2) -> str:
    """Fragments F0 to F``levels``, each spreading the next one in ``body`` several times."""
    chain = " ".join(
        f"fragment F{n} on Enterprise {{ {' '.join(body.replace('@', f'...F{n + 1}') for _ in range(times))} }}"
        for n in range(levels)
    )
    return f"{{ enterprises {{ nodes {{ ...F0 }} }} }} {chain} fragment F{levels} on Enterprise {{ uscc }}"


async def test_depth(town: Service) -> None:
    """Keystone CVE-2026-10802: a query of depth 16 hung a small database for 38 s."""
    inner = "{ uscc }"
    for _ in range(4):
        inner = f"{{ enterprise {{ annualReports(first: 1) {{ nodes {inner} }} }} }}"
    too_complex(await town.ask(f"{{ annualReports {{ nodes {inner} }} }}"), "too deep")


async def test_depth_by_fragments(town: Service) -> None:
    too_complex(await town.ask(spread(18, "annualReport { enterprise { @ } }", times=1)), "too deep")


async def test_fragments_that_double_18_times_cost_what_they_select(town: Service) -> None:
    """Each fragment counts once where it is merged: 262,144 spreads are one field (Apollo GHSA-75m2-jhh5-j5g2)."""
    assert len((await town.ask(spread(18, "@"))).data["enterprises"]["nodes"]) == 12


async def test_fragments_that_double_under_aliases_are_refused(town: Service) -> None:
    body = "a: annualReport { enterprise { @ } } b: annualReport { enterprise { @ } }"
    too_complex(await town.ask(spread(18, body, times=1)))
    flat = " ".join(f"a{n}: annualReport {{ @ }}" for n in range(31)).replace("@", "uscc")
    too_complex(
        await town.ask(f"{{ enterprises {{ nodes {{ ...F }} }} }} fragment F on Enterprise {{ {flat} }}"), "aliases"
    )


async def test_aliases(town: Service) -> None:
    """Directus GHSA-6q22-g298-grjh: the same field under hundreds of aliases, each costing a query."""
    too_complex(await town.ask("{ settings { " + " ".join(f"a{n}: maxPageSize" for n in range(31)) + " } }"))
    assert (await town.ask("{ settings { " + " ".join(f"a{n}: maxPageSize" for n in range(30)) + " } }")).data


async def test_aliases_of_typename_count_too(town: Service) -> None:
    """graphql-armor GHSA-733v-p3h5-qpq7: the limit walked around by fields named like introspection."""
    query = "{ settings { " + " ".join(f"__a{n}: __typename" for n in range(31)) + " } }"
    too_complex(await town.ask(query), "too many aliases")


async def test_root_fields(town: Service) -> None:
    query = "{ " + " ".join(f"a{n}: settings {{ maxPageSize }}" for n in range(21)) + " }"
    too_complex(await town.ask(query, as_=PUBLIC), "too many root fields")


async def test_root_fields_of_a_mutation(town: Service) -> None:
    query = "mutation { " + " ".join(f"a{n}: exportWorkbook(input: {{}}) {{ id }}" for n in range(31)) + " }"
    before = await town.ask("{ exports { totalCount } }")
    assert (await town.ask(query)).code == "QUERY_TOO_COMPLEX"
    assert (await town.ask("{ exports { totalCount } }")).data == before.data


async def test_tokens(town: Service) -> None:
    too_complex(await town.ask("{ " + "uscc " * 2000 + "}"), "2000 tokens")


async def test_500_directives(town: Service) -> None:
    too_complex(await town.ask("{ __typename " + "@include(if: true) " * 500 + "}"))


async def test_100_typenames_are_one_field_and_500_are_too_many_to_compare(town: Service) -> None:
    assert (await town.ask("{ " + "__typename " * 100 + "}")).data == {"__typename": "Query"}
    too_complex(await town.ask("{ " + "__typename " * 500 + "}"), "same name")


async def test_circular_introspection(town: Service) -> None:
    query = "{ __schema { types { " + "fields { type { " * 10 + "name" + " } }" * 10 + " } } }"
    too_complex(await town.ask(query), "introspection depth")


async def test_nested_lists_multiply(town: Service) -> None:
    inner = "annualReports(first: 1000) { nodes { uscc } }"
    assert (await town.ask(f"{{ enterprises(first: 100) {{ nodes {{ {inner} }} }} }}")).data
    too_complex(await town.ask(f"{{ enterprises(first: 1000) {{ nodes {{ {inner} }} }} }}"), "cost")


async def test_the_page_size_of_a_variable_counts_as_much(town: Service) -> None:
    query = "query ($n: Int) { enterprises(first: $n) { nodes { annualReports(first: $n) { nodes { uscc } } } } }"
    assert (await town.ask(query, {"n": 10})).data
    too_complex(await town.ask(query, {"n": 1000}), "cost")
    assert (await town.ask(query, {"n": 11})).data


async def test_skipped_fields_cost_nothing(town: Service) -> None:
    inner = "annualReports(first: 1000) { nodes { uscc } }"
    rows = f"uscc ... @include(if: $no) {{ {inner} }}"
    query = f"query ($no: Boolean!) {{ enterprises(first: 1000) {{ nodes {{ {rows} }} }} }}"
    assert (await town.ask(query, {"no": False})).data
    too_complex(await town.ask(query, {"no": True}))


async def test_the_custom_querys_fields_cost_too(town_url: str) -> None:
    query = "query ($f: [String!]) { customQuery(first: 100, fields: $f) { nodes { values } } }"
    async with serving(town_url, max_cost=500) as service:
        assert (await service.ask(query, {"f": ["name"]})).data
        too_complex(await service.ask(query, {"f": ["name", "uscc", "inLibrary", "size"]}), "cost")


async def test_each_limit_is_a_setting(town_url: str) -> None:
    limits = {"max_depth": 3, "max_aliases": 1, "max_root_fields": 1, "max_tokens": 30, "max_page_size": 5}
    async with serving(town_url, **limits, default_page_size=2) as service:
        assert (await service.ask("{ enterprises { nodes { unit { name } } } }")).code == "QUERY_TOO_COMPLEX"
        assert (await service.ask("{ a: settings { b: maxPageSize } }")).code == "QUERY_TOO_COMPLEX"
        assert (await service.ask("{ settings { maxPageSize } units { code } }")).code == "QUERY_TOO_COMPLEX"
        assert (await service.ask("{ settings {" + " maxPageSize" * 30 + "} }")).code == "QUERY_TOO_COMPLEX"
        assert (await service.ask("{ enterprises(first: 6) { totalCount } }")).code == "BAD_USER_INPUT"
        answer = await service.ask("{ enterprises { nodes { uscc } } }")
        assert len(answer.data["enterprises"]["nodes"]) == 2


async def test_no_limit_applies_to_what_nobody_may_ask(town: Service) -> None:
    """A refused query sends nothing to the database."""
    town.statements.clear()
    for query in ("{ enterprises(first: 2000) { totalCount } }", "{ viewer { name } }", "{ nope }", "{"):
        assert (await town.ask(query, as_=PUBLIC)).status in (400, 401)
    assert town.statements == []
