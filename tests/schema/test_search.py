"""Search: whatever stands in a name is found by it, at any length, and each term gets a plan of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from db.tables import enterprise
from schema.expressions import contains
from tests.fixtures.rows import uscc
from tests.fixtures.service import Service
from tests.fixtures.town import MUNICIPAL, YUBEI

WORDS = st.text(
    st.sampled_from([*"重庆科技有限公司生物医药", *"abAB01_%\\ (（）\uff21\uff22\uff11\n\U00020000"]), max_size=12
)


@pytest.fixture(scope="module")
async def connection(seeded_url: str) -> AsyncGenerator[Any]:
    opened = await asyncpg.connect(seeded_url)
    yield opened
    await opened.close()


def compiled(statement: sa.Select[Any]) -> str:
    return str(statement.compile(dialect=dialect.dialect(), compile_kwargs={"render_postcompile": True}))


FOUND = compiled(
    sa.select(contains(sa.func.keqi_fold(sa.bindparam("s"), type_=sa.Text), sa.bindparam("t", type_=sa.Text)))
)
SEARCH = compiled(
    sa.select(enterprise.c.uscc)
    .where(contains(enterprise.c.search_text, sa.bindparam("t", type_=sa.Text)))
    .order_by(enterprise.c.unit_code, enterprise.c.name, enterprise.c.uscc)
    .limit(sa.literal_column("21"))
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=WORDS, term=WORDS, part=st.tuples(st.integers(0, 12), st.integers(0, 12)))
async def test_the_grams_never_decide(connection: Any, text: str, term: str, part: tuple[int, int]) -> None:
    for asked in (term, text[min(part) : max(part)]):
        stands = await connection.fetchval("SELECT strpos(keqi_fold($1), keqi_fold($2)) > 0", text, asked)
        assert await connection.fetchval(FOUND, text, asked) == stands, (text, asked)


@pytest.mark.parametrize(
    "term", ["有限", "重庆", "科", "9150", "有限公司", "不存在的词", "", " ", "%", "（重", "\uff19\uff11"]
)
async def test_what_is_found_is_what_a_pass_over_the_table_finds(connection: Any, term: str) -> None:
    count = "SELECT count(*) FROM enterprise WHERE "
    whole = await connection.fetchval(count + "strpos(search_text, keqi_fold($1)) > 0", term)
    grams = count + "keqi_grams(search_text) @> keqi_term_grams($1) AND strpos(search_text, keqi_term($1)) <> 0"
    async with connection.transaction():
        assert await connection.fetchval(grams, term) == whole
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_indexscan = off")
        assert await connection.fetchval(grams, term) == whole


async def test_a_statement_that_searches_is_planned_for_its_term_each_time(connection: Any) -> None:
    statement = await connection.prepare(SEARCH)
    for term in ("有限", "智云", "不存在", "科技") * 5:
        await statement.fetch(term)
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
    assert tuple(await connection.fetchrow(plans, SEARCH)) == (0, 20)


async def test_the_index_serves_two_chinese_characters(connection: Any) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_indexscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + SEARCH, "智云"))
    assert "Bitmap Index Scan on ix_enterprise_grams" in plan
    assert "keqi_grams(search_text) @> '{智云}'" in plan


async def test_of_a_words_chinese_pairs_the_rarest_is_looked_for(connection: Any) -> None:
    grams = "SELECT keqi_term_grams($1)"
    assert await connection.fetchval(grams, "科技有限公司") == ["技有"]
    (rarest,) = await connection.fetchval(grams, "不存在有限公司")
    assert rarest in ("不存", "存在", "在有")
    assert sorted(await connection.fetchval(grams, "ABC")) == ["ab", "bc"]
    assert len(await connection.fetchval(grams, "91500112ma5u")) == 3


@pytest.mark.parametrize(
    ("term", "numbers"),
    [
        ("启明", {1}),
        ("机械厂", {2}),
        ("abc", {5}),
        ("\uff21\uff22\uff23生", {5}),
        ("(1,2)", {3}),
        ('"双', {4}),
        (uscc(2)[3:9], {2}),
        ("软", {1}),
        ("启%", set[int]()),
    ],
)
async def test_c09_one_unit_finds_its_own_by_name_former_name_or_code(
    town: Service, term: str, numbers: set[int]
) -> None:
    query = "query ($s: String) { enterprises(filter: {search: $s}) { nodes { uscc } totalCount } }"
    own = (await town.ask(query, {"s": term}, as_=YUBEI)).data["enterprises"]
    assert {row["uscc"] for row in own["nodes"]} >= {uscc(number) for number in numbers}
    everybody = (await town.ask(query, {"s": term}, as_=MUNICIPAL)).data["enterprises"]
    assert own["totalCount"] == len(own["nodes"]) <= everybody["totalCount"]
    if term != uscc(2)[3:9]:
        assert {row["uscc"] for row in own["nodes"]} == {uscc(number) for number in numbers}
