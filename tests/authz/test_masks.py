"""Masked and hidden values: what is shown is a mask, and filters, orders and computed fields work on the mask alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from authz import masks
from authz.principal import Principal
from schema.signatures import opened
from tests.fixtures.rows import uscc
from tests.fixtures.service import Service
from tests.fixtures.town import ADMIN, ANALYST, BANK_A, BANK_B, DEPARTMENT, MUNICIPAL, NAMES, QIMING, YUBEI

MASKS: dict[Callable[[sa.ColumnElement[str]], sa.ColumnElement[str]], list[tuple[str | None, str | None]]] = {
    masks.mobile: [
        ("13800000001", "138****0001"),
        ("12345678", "123****5678"),
        ("1234567", "****"),
        ("1", "****"),
        ("", "****"),
        (None, None),
        ("+86 138 0000 0001", "+86****0001"),
    ],
    masks.person: [("王小明", "王*"), ("王", "王*"), ("", "*"), (None, None), ("𠮷田", "𠮷*")],
    masks.email: [
        ("alice@example.com", "a***@example.com"),
        ("a@b@c.cn", "a***@c.cn"),
        ("@x", "@***@x"),
        ("nobody", "n***"),
        ("", "***"),
        (None, None),
    ],
}


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.__name__)
async def test_a_mask_shows_no_more_than_it_says(
    mask: Callable[[sa.ColumnElement[str]], sa.ColumnElement[str]], database_url: str
) -> None:
    column = sa.column("value", sa.Text)
    expression = str(mask(column).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    database = await asyncpg.connect(database_url)
    try:
        for value, shown in MASKS[mask]:
            assert await database.fetchval(f"SELECT {expression} FROM (SELECT $1::text AS value) v", value) == shown
    finally:
        await database.close()


CONTACTS = ("researchContactName", "researchContactMobile", "researchContactEmail", "contactName", "contactMobile")
QUERY = f"query ($u: ID!) {{ enterprise(uscc: $u) {{ {' '.join(CONTACTS)} }} }}"


@pytest.mark.parametrize("who", [MUNICIPAL, ANALYST, ADMIN])
async def test_contacts_are_masked_and_named_as_redacted(town: Service, who: Principal) -> None:
    answer = await town.ask(QUERY, {"u": uscc(1)}, as_=who)
    assert list(answer.data["enterprise"].values()) == ["科*", "138****0001", "r***@example.com", "联*", "139****0001"]
    assert answer.redacted == sorted(f"enterprise.{name}" for name in CONTACTS)


@pytest.mark.parametrize("who", [YUBEI, QIMING])
async def test_contacts_are_whole_for_their_own(town: Service, who: Principal) -> None:
    answer = await town.ask(QUERY, {"u": uscc(1)}, as_=who)
    assert list(answer.data["enterprise"].values()) == [
        "科研1", "13800000001", "research1@example.com", "联络1", "13900000001"
    ]  # fmt: skip
    assert answer.redacted == []


@pytest.mark.parametrize("who", [BANK_A, DEPARTMENT])
@pytest.mark.parametrize("name", CONTACTS)
async def test_surrealdb_ghsa_9722_contacts_are_refused_under_any_name(
    town: Service, who: Principal, name: str
) -> None:
    """The rule was checked on the alias, not on the field; a filter or an order asked what could not be selected."""
    for query in (
        f"{{ enterprises {{ nodes {{ {name} }} }} }}",
        f"{{ enterprises {{ nodes {{ name: {name} }} }} }}",
        f"{{ enterprises {{ edges {{ node {{ ... {{ ...F }} }} }} }} }} fragment F on Enterprise {{ x: {name} }}",
        f'{{ enterprises(filter: {{{name}: ["x"]}}) {{ totalCount }} }}',
        f'{{ enterprises(filter: {{or: [{{not: {{{name}: ["x"]}}}}]}}) {{ totalCount }} }}',
        f"{{ enterprises(orderBy: [{{field: {snake(name)}}}]) {{ totalCount nodes {{ uscc }} }} }}",
    ):
        assert (await town.ask(query, as_=who)).code == "FORBIDDEN", query
    custom = await town.ask(f'{{ customQuery(fields: ["{name}"]) {{ nodes {{ values }} }} }}', as_=who)
    assert custom.status in (400, 403)
    assert "data" not in custom.json


def snake(name: str) -> str:
    """An order's name of a field."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in name).upper()


async def count(town: Service, condition: str, who: Principal) -> int:
    """How many enterprises satisfy a condition."""
    answer = await town.ask(f"{{ enterprises(filter: {{{condition}}}) {{ totalCount }} }}", as_=who)
    return answer.data["enterprises"]["totalCount"]


async def test_strapi_cve_2023_34235_a_filter_on_a_masked_column_is_no_oracle(town: Service) -> None:
    real, mask = 'contactMobile: ["13900000001"]', 'contactMobile: ["139****0001"]'
    assert (await count(town, real, ANALYST), await count(town, mask, ANALYST)) == (0, 1)
    assert (await count(town, real, YUBEI), await count(town, mask, YUBEI)) == (1, 0)
    assert await count(town, f"not: {{{real}}}", ANALYST) == 11
    nested = '{ annualReports(filter: {enterprise: {contactMobile: ["%s"]}}) { totalCount } }'
    assert (await town.ask(nested % "13900000001", as_=ANALYST)).data["annualReports"]["totalCount"] == 0
    assert (await town.ask(nested % "139****0001", as_=ANALYST)).data["annualReports"]["totalCount"] == 4
    tab = '{ annualReports(filter: {basic: {reporterMobile: ["%s"]}}) { totalCount } }'
    assert (await town.ask(tab % "13700000001", as_=ANALYST)).data["annualReports"]["totalCount"] == 0


async def test_search_finds_no_contact(town: Service) -> None:
    """Free-text search never covers phone or ID number (domain §4.4), not even for who may read them."""
    for text in ("13900000001", "139****0001", "联络1", "科研1", "example.com", "500***"):
        for who in (YUBEI, ANALYST, QIMING):
            assert await count(town, f'search: "{text}"', who) == 0


async def test_apollo_m8jr_a_field_computed_from_a_hidden_one_is_hidden(town: Service) -> None:
    """2 shared BASIC only: what is computed from its revenue is as hidden as the revenue itself."""
    tabs = "operation { operatingRevenue rdExpense rdIntensity salesRevenue } personnel { staffTotal }"
    query = f"{{ enterprises {{ nodes {{ uscc annualReport {{ basic {{ enterpriseSize }} {tabs} }} }} }} }}"
    answer = await town.ask(query, as_=BANK_A)
    found = {node["uscc"]: node for node in answer.data["enterprises"]["nodes"]}
    hidden = found[uscc(2)]
    assert set(hidden["annualReport"]["operation"].values()) == {None}
    assert hidden["annualReport"]["personnel"] == {"staffTotal": 20}
    assert hidden["annualReport"]["basic"]["enterpriseSize"] is None
    assert found[uscc(1)]["annualReport"]["operation"]["rdIntensity"] == "0.060000"
    assert "enterprises.nodes.annualReport.operation.rdIntensity" in answer.redacted


async def test_cerbos_null_under_not_a_hidden_value_satisfies_neither_side(town: Service) -> None:
    """UNKNOWN taken for FALSE let every such row through: 2's revenue is hidden from A."""
    high = 'annualReports: {some: {year: [2022], operation: {operatingRevenue: {gt: "15000"}}}}'
    low = 'annualReports: {some: {year: [2022], not: {operation: {operatingRevenue: {gt: "15000"}}}}}'
    missing = "annualReports: {some: {year: [2022], operation: {operatingRevenue: {isNull: true}}}}"
    found = {
        name: {
            node["uscc"]
            for node in (
                await town.ask(f"{{ enterprises(filter: {{{condition}}}) {{ nodes {{ uscc }} }} }}", as_=BANK_A)
            ).data["enterprises"]["nodes"]
        }
        for name, condition in {"high": high, "low": low, "missing": missing}.items()
    }
    assert found == {"high": {uscc(6)}, "low": {uscc(1)}, "missing": {uscc(2)}}


async def test_an_order_by_a_hidden_column_says_nothing_of_it(town: Service) -> None:
    """Hidden values stand last like missing ones, ascending and descending."""
    for direction in ("ASC", "DESC"):
        order = f"orderBy: [{{field: OPERATION_OPERATING_REVENUE, direction: {direction}}}]"
        query = f"{{ annualReports(filter: {{year: [2022]}}, {order}) {{ nodes {{ uscc }} }} }}"
        nodes = (await town.ask(query, as_=BANK_A)).data["annualReports"]["nodes"]
        assert nodes[-1]["uscc"] == uscc(2)


async def test_a_cursor_holds_the_mask_and_not_what_is_behind_it(town: Service) -> None:
    query = "{ enterprises(first: 3, orderBy: [{field: CONTACT_MOBILE}]) { pageInfo { endCursor } } }"
    cursor = (await town.ask(query, as_=ANALYST)).data["enterprises"]["pageInfo"]["endCursor"]
    assert town.app.state is not None
    held = opened(cursor, town.app.state.tokens.signing_key)
    assert held is not None
    assert "****" in held


async def test_redactions_that_depend_on_rows_are_named_only_where_they_happened(town: Service) -> None:
    query = "query ($n: [String!]) { enterprises(filter: {name: $n}) { nodes { name legalRepresentative } } }"
    shared = await town.ask(query, {"n": [NAMES[1]]}, as_=BANK_A)
    kept = await town.ask(query, {"n": [NAMES[6]]}, as_=BANK_A)
    assert (shared.redacted, kept.redacted) == ([], ["enterprises.nodes.legalRepresentative"])
    assert kept.data["enterprises"]["nodes"][0]["legalRepresentative"] is None


async def test_consent_is_per_bank_and_per_kind_of_data(town: Service) -> None:
    query = (
        "{ enterprises { nodes { uscc registeredCapital annualReport { operation { rdExpense } hnte { isHnte } } } } }"
    )

    async def kinds(who: Principal) -> dict[str, tuple[bool, bool, bool]]:
        nodes = (await town.ask(query, as_=who)).data["enterprises"]["nodes"]
        return {node["uscc"]: seen(node) for node in nodes}

    def seen(node: dict[str, Any]) -> tuple[bool, bool, bool]:
        report = node["annualReport"]
        values = (node["registeredCapital"], report["operation"]["rdExpense"], report["hnte"]["isHnte"])
        basic, financial, ip = (value is not None for value in values)
        return basic, financial, ip

    assert await kinds(BANK_A) == {
        uscc(1): (True, True, True),
        uscc(2): (True, False, False),
        uscc(6): (False, True, False),
    }
    assert await kinds(BANK_B) == {uscc(6): (False, True, False)}


async def test_the_reviewers_account_is_for_the_bureau_and_the_reviewers_own_unit(town: Service) -> None:
    """2 was reviewed by 两江新区 before it moved: 渝北 sees which unit decided, not who."""
    query = "query ($u: ID!) { annualReport(uscc: $u, year: 2021) { opinions { reviewer reviewerUnit { name } } } }"
    for who, reviewer in ((MUNICIPAL, "liangjiang-1"), (YUBEI, None)):
        (opinion,) = (await town.ask(query, {"u": uscc(2)}, as_=who)).data["annualReport"]["opinions"]
        assert opinion == {"reviewer": reviewer, "reviewerUnit": {"name": "两江新区"}}


async def test_the_form_says_no_more_than_its_row(town: Service) -> None:
    query = "query ($u: ID!) { enterprise(uscc: $u) { basicInfo { fields { name value } } } }"

    async def form(who: Principal) -> dict[str, str | None]:
        found = (await town.ask(query, {"u": uscc(1)}, as_=who)).data["enterprise"]["basicInfo"]["fields"]
        return {entry["name"]: entry["value"] for entry in found}

    assert (await form(YUBEI))["contactMobile"] == "13900000001"
    assert (await form(MUNICIPAL))["contactMobile"] == "139****0001"
    assert (await form(BANK_A)).get("contactMobile") is None
    assert (await form(BANK_A))["website"] == "https://e1.example.com"


async def test_an_id_number_is_for_the_enterprise_and_the_administrator_masked(town: Service) -> None:
    query = "query ($u: ID!) { enterprise(uscc: $u) { contactIdNumber } }"
    for who in (QIMING, ADMIN):
        answer = await town.ask(query, {"u": uscc(1)}, as_=who)
        assert answer.data["enterprise"]["contactIdNumber"] == "500***********0001"
    for who in (YUBEI, MUNICIPAL, ANALYST, BANK_A, DEPARTMENT):
        assert (await town.ask(query, {"u": uscc(1)}, as_=who)).code == "FORBIDDEN"
