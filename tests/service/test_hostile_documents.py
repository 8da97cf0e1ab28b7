"""Documents and bodies under a megabyte that are meant to cost much: each refused with its code, and nothing runs.

What a refusal costs is measured by ``bench/hostile.py``; that it costs the same whatever was sent is held here by
counting what reaches the database, and by the size of the answer.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from bench.attacks import Attack, attacks
from tests.fixtures.service import Service
from tests.fixtures.town import MUNICIPAL

ATTACKS = attacks()
INNER_WORDS = re.compile(
    r"Traceback|\.py\b|graphql-core|graphql_|sys\.|asyncpg|sqlalchemy|orjson|strawberry|SELECT |psycopg"
)
"""What no answer may hold: modules, tracebacks, SQL."""


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "_"))
async def test_refused_with_its_code_before_anything_runs(town: Service, attack: Attack) -> None:
    town.statements.clear()
    headers = {"Content-Type": "application/json", "Authorization": town.token(MUNICIPAL)}
    answer = await town.post(attack.body, headers)
    every: list[Any] = [answer.json] if answer.body.startswith(b"{") else answer.json
    assert all("data" not in told for told in every)
    error = every[0]["errors"][0]
    assert error["extensions"]["code"] == attack.code, error
    assert error["message"]
    assert town.statements == []
    assert len(answer.body) < 20_000, "an answer quotes no megabyte"
    assert not INNER_WORDS.search(answer.body.decode())


def test_every_attack_fits_into_a_body_and_has_a_name_of_its_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 70
    assert max(len(attack.body) for attack in ATTACKS) <= 1_000_000


async def test_a_batch_of_hostile_documents_costs_no_more_than_one(town: Service) -> None:
    batch = next(attack for attack in ATTACKS if attack.name == "ten hostile documents in a batch")
    town.statements.clear()
    answers = (
        await town.post(batch.body, {"Content-Type": "application/json", "Authorization": town.token(MUNICIPAL)})
    ).json
    assert len(answers) == 10
    details = [answer["errors"][0]["extensions"]["detail"] for answer in answers]
    assert "same name" in details[0]
    assert set(details[1:]) == {"not read: others of this batch cannot run"}
    assert town.statements == []


async def test_a_batch_with_a_mistake_in_it_is_answered_to_its_end(town: Service) -> None:
    body = orjson.dumps([{"query": "{ nope }"}, {"query": "{ __typename }"}])
    answers = (await town.post(body, {"Content-Type": "application/json"})).json
    assert "errors" in answers[0]
    assert answers[1] == {"data": {"__typename": "Query"}}
