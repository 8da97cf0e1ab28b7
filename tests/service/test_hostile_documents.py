"""Documents and bodies under a megabyte that are meant to cost much: each refused with its code, and nothing runs.

What a refusal costs is measured by ``bench/hostile.py``; that it costs the same whatever was sent is held here by
counting what reaches the database, and by the size of the answer.
"""

from __future__ import annotations

import re

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
    assert "data" not in answer.json
    assert answer.code == attack.code, answer.errors[0]
    assert answer.errors[0]["message"]
    assert town.statements == []
    assert len(answer.body) < 20_000, "an answer quotes no megabyte"
    assert not INNER_WORDS.search(answer.body.decode())


def test_every_attack_fits_into_a_body_and_has_a_name_of_its_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 70
    assert max(len(attack.body) for attack in ATTACKS) <= 1_000_000


async def test_a_batch_of_hostile_documents_is_refused_one_by_one(town: Service) -> None:
    small = sorted((attack for attack in ATTACKS if attack.body[:1] == b"{"), key=lambda attack: len(attack.body))[:10]
    body = b"[" + b",".join(attack.body for attack in small) + b"]"
    answer = await town.post(body, {"Content-Type": "application/json", "Authorization": town.token(MUNICIPAL)})
    codes = [each["errors"][0]["extensions"]["code"] for each in orjson.loads(answer.body)]
    assert codes == [attack.code for attack in small]
