"""Which actions: who may export, and what a refusal says."""

from __future__ import annotations

import pytest

from authz.actions import Action, require
from authz.errors import Forbidden, Unauthenticated
from authz.principal import PUBLIC, Principal, Role
from tests.fixtures.service import Service
from tests.fixtures.town import PEOPLE

EXPORTS = frozenset(Role) - {Role.BANK_USER, Role.PUBLIC}


@pytest.mark.parametrize("role", Role)
def test_who_may_export(role: Role) -> None:
    """Everyone with the right to query, but neither banks nor the public (domain §4.3)."""
    principal = Principal(role)
    if role in EXPORTS:
        require(principal, Action.EXPORT)
    elif role is Role.PUBLIC:
        with pytest.raises(Unauthenticated, match="登录"):
            require(principal, Action.EXPORT)
    else:
        with pytest.raises(Forbidden, match="合作银行"):
            require(principal, Action.EXPORT)


@pytest.mark.parametrize("action", Action)
def test_every_action_has_words_and_refuses_the_public(action: Action) -> None:
    assert action.label
    with pytest.raises(Unauthenticated):
        require(PUBLIC, action)


@pytest.mark.parametrize("name", PEOPLE)
async def test_registering_an_export_asks_for_the_action(town: Service, name: str) -> None:
    who = PEOPLE[name]
    query = 'mutation { exportWorkbook(input: {query: "{ units { name } }"}) { rows } }'
    answer = await town.ask(query, as_=who)
    if who.role in EXPORTS:
        assert answer.data["exportWorkbook"]["rows"] == 67
    else:
        assert answer.code in ("FORBIDDEN", "UNAUTHENTICATED")
        assert answer.json["data"] is None
        assert answer.errors[0]["path"] == ["exportWorkbook"]
