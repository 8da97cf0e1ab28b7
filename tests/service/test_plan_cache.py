"""What is remembered of queries has an end, by number and by weight; a flood of new ones has a price."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from service.plan_cache import PlanCache
from service.plans import Operation
from tests.fixtures.service import serving
from tests.fixtures.town import ANALYST


def operation(*sizes: int) -> Operation:
    """One with statements of these lengths."""
    made = {size: SimpleNamespace(sql="x" * size) for size in sizes}
    return Operation(cast("Any", None), {}, variants=cast("dict[Any, Any]", made))


def test_heavy_statements_push_out_what_was_used_least() -> None:
    cache = PlanCache(size=100, max_bytes=100_000)
    for name in "abc":
        cache.keep((name, None), operation(10_000))
    assert cache.find(("a", None)) is not None
    cache.keep(("d", None), operation(10_000))
    assert [name for name in "abcd" if cache.find((name, None))] == ["a", "c", "d"]
    assert cache.weight <= 100_000


def test_an_operation_is_weighed_again_with_each_of_its_plans() -> None:
    cache = PlanCache(size=100, max_bytes=1_000_000)
    one = operation()
    cache.keep(("a", None), one)
    light = cache.weight
    one.variants["more"] = SimpleNamespace(sql="x" * 1000)
    cache.keep(("a", None), one)
    assert cache.weight - light == 3000
    one.variants.clear()
    cache.keep(("a", None), one)
    assert (cache.weight, len(cache)) == (light, 1)


def test_one_operation_over_the_limit_is_kept_alone() -> None:
    cache = PlanCache(size=100, max_bytes=1000)
    cache.keep(("a", None), operation())
    cache.keep(("b", None), operation(10_000))
    assert cache.find(("a", None)) is None
    assert cache.find(("b", None)) is not None


async def test_a_flood_of_new_documents_is_limited_and_known_ones_still_run(town_url: str) -> None:
    """Each costs milliseconds to plan: without a price, one client could keep the process busy with a few a second."""
    async with serving(town_url, planning_seconds=0.5) as service:
        known = "{ units { code } }"
        assert (await service.ask(known)).data
        number, answer = 0, await service.ask("{ a: units { code name } }")
        while "errors" not in answer.json:
            number += 1
            answer = await service.ask(f"{{ a{number}: units {{ code name }} }}")
        assert (answer.status, answer.code) == (429, "RATE_LIMITED")
        assert "retry after" in answer.errors[0]["extensions"]["detail"]
        assert (await service.ask(known)).data, "what is known costs nothing"
        assert (await service.ask("{ units { name } }", as_=ANALYST)).data, "another account has its own budget"


async def test_a_flood_of_refused_documents_is_limited_too(town_url: str) -> None:
    async with serving(town_url, planning_seconds=0.05) as service:
        codes = [(await service.ask(f"{{ nope{number} }}")).code for number in range(200)]
        assert codes[0] == "BAD_USER_INPUT"
        assert codes[-1] == "RATE_LIMITED"
