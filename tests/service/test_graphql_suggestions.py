"""Parse-server GHSA-9g8f-h8f3-hjcm: suggestions in errors named what the caller may not see, in variables too."""

from __future__ import annotations

from typing import Any

import pytest

from authz.principal import Principal
from tests.fixtures.service import Service
from tests.fixtures.town import ANALYST, BANK_A, PUBLIC, YUBEI

MISSPELT: list[tuple[str, dict[str, Any] | None]] = [
    ("{ enterprises { nodes { contactMobil } } }", None),
    ('{ enterprises(filter: {contactMobil: ["x"]}) { totalCount } }', None),
    ("query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }", {"f": {"contactMobil": ["x"]}}),
    ("{ enterprises(orderBy: [{field: CONTACT_MOBIL}]) { totalCount } }", None),
    ("query ($o: [EnterpriseOrder!]) { enterprises(orderBy: $o) { totalCount } }", {"o": [{"field": "CONTACT_MOBIL"}]}),
]


@pytest.mark.parametrize(("query", "variables"), MISSPELT)
async def test_a_hidden_field_is_not_suggested(town: Service, query: str, variables: dict[str, Any] | None) -> None:
    for who in (BANK_A, PUBLIC):
        answer = await town.ask(query, variables, as_=who)
        assert answer.status == 400
        assert "contactMobile" not in answer.body.decode()
        assert "CONTACT_MOBILE" not in answer.body.decode()
    helped = (await town.ask(query, variables, as_=YUBEI)).errors[0]["message"]
    assert "contactMobile" in helped or "CONTACT_MOBILE" in helped


@pytest.mark.parametrize("who", [BANK_A, ANALYST])
async def test_a_hidden_type_and_relation_are_not_suggested(town: Service, who: Principal) -> None:
    for query in (
        "{ enterprises { nodes { annualReport { opinion } } } }",
        "{ enterprises { nodes { name } } ... on ReviewRecor { id } }",
        "query ($x: ReviewRecor) { units { code } }",
    ):
        message = (await town.ask(query, as_=who)).body.decode()
        assert "opinions" not in message
        assert "ReviewRecord" not in message
        assert "Did you mean" in (await town.ask(query, as_=YUBEI)).body.decode()


async def test_what_the_role_may_see_is_suggested(town: Service) -> None:
    assert "'name'" in (await town.ask("{ enterprises { nodes { nam } } }", as_=BANK_A)).errors[0]["message"]
    assert "'filter'" in (await town.ask("{ enterprises(filte: {}) { totalCount } }", as_=BANK_A)).errors[0]["message"]
