"""The rate limit: so many a minute and no more, for each principal by itself, in bounded memory."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.errors import RateLimited
from service.limits import PlanningBudget, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def allowed(limiter: RateLimiter, key: str) -> bool:
    try:
        limiter.take(key)
    except RateLimited:
        return False
    return True


def test_zero_is_no_limit() -> None:
    limiter = RateLimiter(0)
    assert all(allowed(limiter, "a") for _ in range(10_000))


def test_one_principal_does_not_use_up_anothers() -> None:
    limiter = RateLimiter(2, clock=Clock())
    assert [allowed(limiter, "a") for _ in range(3)] == [True, True, False]
    assert allowed(limiter, "b")


def test_the_refusal_says_when_to_come_back() -> None:
    limiter = RateLimiter(60, clock=Clock())
    for _ in range(60):
        limiter.take("a")
    with pytest.raises(RateLimited) as refused:
        limiter.take("a")
    assert refused.value.detail == "rate limit: retry after 1.0 s"


@given(st.lists(st.floats(0, 10), max_size=200), st.integers(1, 30))
def test_no_minute_sees_more_than_a_full_bucket_and_its_refill(waits: list[float], per_minute: int) -> None:
    clock = Clock()
    limiter = RateLimiter(per_minute, clock=clock)
    taken: list[float] = []
    for wait in waits:
        clock.now += wait
        if allowed(limiter, "a"):
            taken.append(clock.now)
    for start in taken:
        within = [moment for moment in taken if start <= moment <= start + 60]
        assert len(within) <= 2 * per_minute + 1


def test_the_number_of_keys_is_bounded_and_nobody_gains_by_it() -> None:
    clock = Clock()
    limiter = RateLimiter(1, max_keys=10, clock=clock)
    for number in range(10):
        clock.now += 1
        assert allowed(limiter, f"key {number}")
    clock.now += 1
    assert allowed(limiter, "one more")
    assert not allowed(limiter, "key 9"), "a recent key was forgotten"
    assert len(limiter) <= 10


def test_new_queries_have_a_budget_of_their_own_and_it_comes_back() -> None:
    clock, work = Clock(), Clock()
    budget = PlanningBudget(30, clock=clock, spent=work)

    def plan(seconds: float) -> bool:
        try:
            with budget.charged("a"):
                work.now += seconds
        except RateLimited:
            return False
        return True

    assert [plan(10) for _ in range(4)] == [True, True, True, False]
    clock.now += 1
    assert plan(10), "half a second came back, and what is begun is finished"
    assert not plan(10)
    with budget.charged("b"):
        work.now += 1
    clock.now += 20
    assert plan(1)


def test_what_fails_costs_what_it_took() -> None:
    work = Clock()
    budget = PlanningBudget(1, clock=Clock(), spent=work)
    with contextlib.suppress(ValueError), budget.charged("a"):
        work.now += 2
        raise ValueError
    with pytest.raises(RateLimited) as refused, budget.charged("a"):
        pass
    assert "retry after" in refused.value.detail


def test_no_budget_is_no_limit() -> None:
    work = Clock()
    budget = PlanningBudget(0, clock=Clock(), spent=work)
    for _ in range(100):
        with budget.charged("a"):
            work.now += 10
