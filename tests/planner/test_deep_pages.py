"""Pages deep in a list: walked in any order, either way, they are the list; an index leads to where each begins."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.principal import Principal
from tests.fixtures.service import Service
from tests.fixtures.town import MUNICIPAL, TWO_UNITS, YUBEI

LISTS = {
    "enterprises": ("Enterprise", "uscc", ("NAME", "ESTABLISHED_ON", "IN_LIBRARY_ON", "CONTACT_MOBILE")),
    "annualReports": ("AnnualReport", "uscc year", ("YEAR", "STATUS", "SUBMITTED_AT", "OPERATION_RD_EXPENSE")),
    "annualReportReviewQueue": ("AnnualReport", "uscc year", ("YEAR", "SUBMITTED_AT")),
    "creditRatings": ("CreditRating", "uscc year", ("YEAR", "GRADE", "SCORE")),
    "vouchers": ("VoucherApplication", "id", ("YEAR", "STATUS", "APPROVED_AMOUNT")),
}
MOST = 1000


def query(root: str) -> str:
    kind, key, _ = LISTS[root]
    page = f"nodes {{ {key} }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }}"
    arguments = "first: $first, after: $after, last: $last, before: $before, orderBy: $order"
    variables = f"$first: Int, $after: String, $last: Int, $before: String, $order: [{kind}Order!]"
    return f"query ({variables}) {{ {root}({arguments}) {{ {page} }} }}"


async def page(service: Service, who: Principal, root: str, **variables: Any) -> Any:
    answer = await service.ask(query(root), variables, as_=who)
    return answer.data[root]


async def walked(service: Service, who: Principal, root: str, order: Any, size: int) -> list[Any]:
    """The list, page by page from its begin."""
    found: list[Any] = []
    after = None
    while True:
        part = await page(service, who, root, order=order, first=size, after=after)
        found += part["nodes"]
        assert part["pageInfo"]["hasPreviousPage"] == (after is not None)
        if not part["pageInfo"]["hasNextPage"]:
            return found
        after = part["pageInfo"]["endCursor"]


async def walked_back(service: Service, who: Principal, root: str, order: Any, size: int) -> list[Any]:
    """The list, page by page from its end."""
    found: list[Any] = []
    before = None
    while True:
        part = await page(service, who, root, order=order, last=size, before=before)
        found = part["nodes"] + found
        assert part["pageInfo"]["hasNextPage"] == (before is not None)
        if not part["pageInfo"]["hasPreviousPage"]:
            return found
        before = part["pageInfo"]["startCursor"]


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, Any]:
    """A list and an order of it; None is its own."""
    root = draw(st.sampled_from(list(LISTS)))
    step = st.fixed_dictionaries(
        {"field": st.sampled_from(LISTS[root][2]), "direction": st.sampled_from(["ASC", "DESC"])}
    )
    return root, draw(st.none() | st.lists(step, min_size=1, max_size=2, unique_by=lambda each: each["field"]))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=orders(), who=st.sampled_from([YUBEI, TWO_UNITS, MUNICIPAL]), parts=st.integers(1, 7))
async def test_pages_walked_either_way_are_the_list(
    seeded: Service, order: tuple[str, Any], who: Principal, parts: int
) -> None:
    root, by = order
    whole = await page(seeded, who, root, order=by, first=MOST)
    rows = whole["nodes"]
    if whole["pageInfo"]["hasNextPage"]:
        rows = await walked(seeded, who, root, by, MOST)
    size = min(MOST, len(rows) // parts + 1)
    assert await walked(seeded, who, root, by, size) == rows
    assert await walked_back(seeded, who, root, by, size) == rows
    assert len({tuple(row.values()) for row in rows}) == len(rows)


@pytest.mark.parametrize("root", [root for root in LISTS if root != "enterprises"])
@pytest.mark.parametrize("who", [YUBEI, MUNICIPAL], ids=["unit", "city"])
async def test_an_order_of_both_directions_is_sought_stretch_by_stretch(
    seeded: Service, root: str, who: Principal
) -> None:
    first = await page(seeded, who, root, first=2)
    if not first["pageInfo"]["hasNextPage"]:
        pytest.skip("too short a list in this unit")
    seeded.statements.clear()
    await page(seeded, who, root, first=2, after=first["pageInfo"]["endCursor"])
    (statement,) = seeded.statements
    assert " UNION ALL " in statement
    assert " OR " not in statement.split("UNION ALL", 1)[0].rsplit("WHERE", 1)[1]
