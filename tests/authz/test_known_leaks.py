"""How others leaked, line by line: those that no other test is named after (all: ``tests/test_known_failures.py``)."""

from __future__ import annotations

import asyncpg
import pytest
from graphql import GraphQLInterfaceType, GraphQLUnionType

from authz.principal import Principal, Role
from tests.reference.comparing import Expected, Person
from tests.reference.fixtures import Place
from tests.reference.kinds import schema
from tests.reference.operations import Operation

NEVER_FOR_BANKS = ("contactName", "contactMobile", "researchContactEmail", "contactIdNumber")


def compare(place: Place, name: str, document: str) -> Expected:
    """Ask, and hold the answer against the reference's."""
    person, operation = Person(place, name), Operation(document, {})
    expected = Expected.of(person, operation)
    expected.check(person.ask(operation))
    return expected


@pytest.mark.parametrize("field", NEVER_FOR_BANKS)
@pytest.mark.parametrize(
    "document",
    [
        '{{ annualReports(filter: {{enterprise: {{{field}: ["x"]}}}}) {{ totalCount }} }}',
        '{{ enterprises(filter: {{or: [{{name: ["x"]}}, {{not: {{{field}: ["x"]}}}}]}}) {{ totalCount }} }}',
        '{{ name: enterprises(filter: {{{field}: ["x"]}}) {{ totalCount }} }}',
    ],
)
def test_strapi_cve_2023_34235_no_filter_through_a_relation_or_below_an_alias(
    place: Place, field: str, document: str
) -> None:
    assert compare(place, "bank_a", document.format(field=field)).asked.refused


@pytest.mark.parametrize("field", NEVER_FOR_BANKS)
@pytest.mark.parametrize(
    "document",
    [
        '{{ customQuery(fields: ["name", "{field}"]) {{ nodes {{ values }} }} }}',
        '{{ customQuery(filter: {{{field}: ["x"]}}) {{ nodes {{ values }} }} }}',
        "{{ enterprises {{ nodes {{ name: {field} uscc }} }} }}",
        "{{ enterprises {{ nodes {{ ...Other }} }} }} fragment Other on Enterprise {{ name: {field} }}",
    ],
)
def test_directus_26133_no_argument_and_no_alias_reaches_a_hidden_field(
    place: Place, field: str, document: str
) -> None:
    assert compare(place, "bank_a", document.format(field=field)).asked.refused


@pytest.mark.parametrize("name", ["yubei", "bank_a", "enterprise", "analyst"])
def test_hasura_10711_a_rule_holds_however_deep_rows_nest(place: Place, name: str) -> None:
    below = "uscc legalRepresentative"
    for _ in range(3):
        below = f"{below} annualReports(first: 2) {{ totalCount nodes {{ status enterprise {{ {below} }} }} }}"
    expected = compare(place, name, f"{{ enterprises(first: 4) {{ nodes {{ {below} }} }} }}")
    assert not expected.is_empty


def test_apollo_ghsa_mx7m_no_interface_and_no_union_stands_between_a_rule_and_its_type() -> None:
    abstract = [
        kind.name for kind in schema().type_map.values() if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
    ]
    assert [name for name in abstract if not name.startswith("_")] == [], "a rule must be looked at on both"


def test_strawberry_cast_no_id_opens_another_type(place: Place) -> None:
    fields = place.service.ask(place.people["admin"], "{ __schema { queryType { fields { name } } } }").json
    assert "node" not in {each["name"] for each in fields["data"]["__schema"]["queryType"]["fields"]}
    keys = {
        "enterprise(uscc: {})": place.full.rows("Export"),
        "export(id: {})": [*place.full.rows("Enterprise")[:3], *place.full.rows("ReviewRecord")[:3]],
        "annualReport(uscc: {}, year: 2022)": place.full.rows("ReviewRecord")[:3],
    }
    for field, rows in keys.items():
        for row in rows:
            key = str(row.get("id") or row["uscc"])
            asked = f"{{ found: {field.format(chr(34) + key + chr(34))} {{ __typename }} }}"
            assert place.service.ask(place.people["analyst"], asked).json["data"] == {"found": None}


@pytest.mark.parametrize("name", ["yubei", "two_units", "bank_a", "analyst", "enterprise"])
def test_owasp_edges_and_nodes_are_checked_alike(place: Place, name: str) -> None:
    document = """{ enterprises(first: 30) {
        totalCount nodes { uscc legalRepresentative } edges { cursor node { uscc legalRepresentative } } } }"""
    response = Person(place, name).ask(Operation(document, {})).json["data"]["enterprises"]
    assert response["nodes"] == [edge["node"] for edge in response["edges"]]
    compare(place, name, document)


async def test_postgresql_no_row_level_security_stands_before_an_index(small_url: str) -> None:
    """Its operators are not leak-proof, so a text index would not be used: our rules are part of the statement."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(small_url)
    try:
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_class WHERE relrowsecurity OR relforcerowsecurity") == 0
        )
        assert await connection.fetchval("SELECT count(*) FROM pg_policy") == 0
    finally:
        await connection.close()


def test_one_principals_answer_is_never_given_to_another(place: Place) -> None:
    asked = "{ enterprises(first: 200) { totalCount nodes { uscc contactMobile } } viewer { subject } }"
    answers: dict[str, bytes] = {}
    for name in ("yubei", "wanzhou", "bureau", "analyst", "yubei", "wanzhou"):
        response = place.service.ask(place.people[name], asked)
        assert answers.setdefault(name, response.body) == response.body
        alone, again = place.service.batch(place.people[name], [(asked, {}), (asked, {})])
        assert alone.json == again.json == response.json
    nobody = place.service.ask(Principal(Role.DISTRICT_OFFICER, "nobody", units=("500999",)), asked).json
    assert nobody["data"]["enterprises"] == {"totalCount": 0, "nodes": []}
    assert len(set(answers.values())) == len(answers)
