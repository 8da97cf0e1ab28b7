"""上一页, 下一页: the record before and the one after in the list one came from (domain C8, C11, C17, C20)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.principal import Principal
from tests.fixtures import town
from tests.fixtures.rows import enterprise, insert, report, uscc
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, service_on

QUERY = "query ($of: ID!, $list: ListContext!) { neighbors(of: $of, in: $list) { previousId nextId position total } }"
WALK = "query (%s) { %s(filter: $filter, orderBy: $orderBy, first: 1000) { totalCount nodes { %s } } }"

LISTS = {
    "enterprises": ("Enterprise", "uscc"),
    "annualReports": ("AnnualReport", "uscc year"),
    "basicInfoReviewQueue": ("BasicInfo", "uscc version"),
    "annualReportReviewQueue": ("AnnualReport", "uscc year"),
    "creditRatings": ("CreditRating", "uscc year"),
    "vouchers": ("VoucherApplication", "id"),
}
"""Each list's row type, and the fields that are its key."""


def listed(desk: Desk, root: str, filter: Any = None, orderBy: Any = None) -> list[str]:  # noqa: A002, N803 - GraphQL's
    """The identifiers of a whole list, in its order."""
    kind, key = LISTS[root]
    query = WALK % (f"$filter: {kind}Filter, $orderBy: [{kind}Order!]", root, key)
    page = desk.see(query, filter=filter, orderBy=orderBy)
    found = ["/".join(str(row[name]) for name in key.split()) for row in page["nodes"]]
    assert len(found) == page["totalCount"]
    return found


def beside(desk: Desk, of: str, root: str, **context: Any) -> Any:
    """What stands before and after a record in a list."""
    return desk.see(QUERY, of=of, list={root: context})


def check_every_row(desk: Desk, root: str, **context: Any) -> int:
    """The neighbours of every row are those one meets walking the list; gives the number of rows."""
    rows = listed(desk, root, **context)
    for place, (before, of, after) in enumerate(zip([None, *rows], rows, [*rows[1:], None], strict=False), start=1):
        expected = {"previousId": before, "nextId": after, "position": place, "total": len(rows)}
        assert beside(desk, of, root, **context) == expected, (root, of)
    return len(rows)


@pytest.mark.parametrize("root", LISTS)
def test_c08_c17_c20_walking_by_neighbours_is_walking_the_list(
    desk_of: Desks, yubei: Desk, bureau: Desk, root: str
) -> None:
    desks = [yubei, desk_of(town.TWO_UNITS)]
    if root != "basicInfoReviewQueue":  # the bureau decides none of those
        desks.append(bureau)
    assert sum(check_every_row(desk, root) for desk in desks) > 0


def test_c08_the_first_has_none_before_and_the_last_none_after(yubei: Desk) -> None:
    first, *_, last = listed(yubei, "enterprises")
    assert beside(yubei, first, "enterprises")["previousId"] is None
    assert beside(yubei, last, "enterprises")["nextId"] is None


def test_c11_neighbours_are_those_of_the_filter_that_was_set(yubei: Desk) -> None:
    assert check_every_row(yubei, "enterprises", filter={"search": "重庆"}) == 4
    assert check_every_row(yubei, "enterprises", filter={"inLibrary": True}) == 2
    assert check_every_row(yubei, "annualReports", filter={"year": [2022], "enterprise": {"search": "有限"}}) > 2


def test_c11_neighbours_follow_the_order_that_was_set(yubei: Desk, bureau: Desk) -> None:
    for desk in (yubei, bureau):
        for field in ("NAME", "REGISTERED_CAPITAL", "LEGAL_REPRESENTATIVE", "IN_LIBRARY_ON", "CONTACT_MOBILE"):
            for direction in ("ASC", "DESC"):
                check_every_row(desk, "enterprises", orderBy=[{"field": field, "direction": direction}])
        check_every_row(desk, "annualReports", orderBy=[{"field": "YEAR"}, {"field": "OPERATION_RD_EXPENSE"}])
        check_every_row(desk, "annualReports", orderBy=[{"field": "SUBMITTED_AT", "direction": "DESC"}])


@pytest.mark.parametrize("person", ["beibei", "no_unit"])
def test_c17_a_record_out_of_scope_is_as_unknown_as_one_that_is_not_there(desk_of: Desks, person: str) -> None:
    desk = desk_of(town.PEOPLE[person])
    assert beside(desk, uscc(1), "enterprises") is None
    assert beside(desk, f"{uscc(1)}/2022", "annualReports") is None
    assert beside(desk, uscc(999), "enterprises") is None
    assert beside(desk, f"{uscc(1)}/1999", "annualReports") is None


def test_c17_a_second_unit_never_meets_the_first_ones_records(yubei: Desk, beibei: Desk) -> None:
    own = {*listed(beibei, "annualReports"), None}
    for of in listed(beibei, "annualReports"):
        found = beside(beibei, of, "annualReports")
        assert {found["previousId"], found["nextId"]} <= own
    assert not own & {*listed(yubei, "annualReports")}


@pytest.mark.parametrize(
    ("of", "root"),
    [
        ("", "enterprises"),
        ("a/b", "enterprises"),
        (uscc(1), "annualReports"),
        (f"{uscc(1)}/", "annualReports"),
        (f"{uscc(1)}/年", "annualReports"),
        (f"{uscc(1)}/\uff12\uff10\uff12\uff12", "annualReports"),
        (f"{uscc(1)}/99999999999", "annualReports"),
        (f"{uscc(1)}/2022/1", "annualReports"),
        ("not-a-uuid", "vouchers"),
    ],
)
def test_c20_what_can_be_no_identifier_of_the_list_is_refused_by_name(bureau: Desk, of: str, root: str) -> None:
    refused = bureau.ask(QUERY, of=of, list={root: {}})
    assert refused.code == "BAD_USER_INPUT"
    assert refused.errors[0]["extensions"]["field"] == "of"
    assert "标识" in refused.errors[0]["message"]


async def test_c20_neighbours_by_a_contact_leave_a_line_that_names_no_number(town_copy: str) -> None:
    mobile = await _fetched(town_copy, "SELECT contact_mobile FROM enterprise WHERE uscc = $1", uscc(1))
    with service_on(town_copy) as desk_at:
        yubei, administrator = desk_at(town.YUBEI), desk_at(town.ADMIN)
        assert beside(yubei, uscc(1), "enterprises", filter={"contactMobile": [mobile]})["position"] is not None
        assert beside(yubei, uscc(1), "enterprises")["position"] is not None
        query = "{ auditLog(first: 5) { nodes { subject operation fields filter subjects } } }"
        (line,) = [row for row in administrator.see(query)["nodes"] if row["subject"] == town.YUBEI.subject]
    assert "Enterprise.contactMobile(in)" in line["fields"]
    assert uscc(1) in line["subjects"]
    assert mobile not in str(line)


@pytest.mark.parametrize("context", [{}, {"enterprises": {}, "vouchers": {}}, {"enterprises": None}, {"units": {}}])
def test_c20_exactly_one_list_is_named(bureau: Desk, context: Any) -> None:
    assert bureau.ask(QUERY, of=uscc(1), list=context).code == "BAD_USER_INPUT"


def test_c20_a_list_that_a_role_cannot_ask_has_no_neighbours_for_it(desk_of: Desks, analyst: Desk) -> None:
    assert analyst.ask(QUERY, of=f"{uscc(1)}/2022", list={"annualReportReviewQueue": {}}).code == "FORBIDDEN"
    assert desk_of(town.BANK_A).ask(QUERY, of=uscc(1), list={"enterprises": {}}).code == "FORBIDDEN"


def test_c17_only_what_is_selected_is_counted(bureau: Desk) -> None:
    query = "query ($of: ID!) { neighbors(of: $of, in: {annualReports: {orderBy: [{field: YEAR}]}}) { nextId } }"
    rows = listed(bureau, "annualReports", orderBy=[{"field": "YEAR"}])
    assert bureau.see(query, of=rows[0]) == {"nextId": rows[1]}


def test_c20_neighbours_leave_as_a_sheet_of_one_row(yubei: Desk) -> None:
    first, second, *_ = rows = listed(yubei, "enterprises")
    header, *found = yubei.sheet(QUERY, of=second, list={"enterprises": {}})
    assert len(header) == 4
    assert [row[:2] for row in found] == [[first, rows[2]]]


# ── while others work ───────────────────────────────────────────────────────────────────────────


async def _execute(url: str, statement: str, *values: Any) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


async def _fetched(url: str, query: str, *values: Any) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query, *values)
    finally:
        await connection.close()


PENDING = [(n, 2024) for n in (1, 2, 3, 4, 5)]


@pytest.fixture
async def busy_town(town_copy: str) -> str:
    """A town where five reports wait for 渝北, and two enterprises of one name."""
    rows = [report(n, town.YUBEI_UNIT, year, status="PENDING_DISTRICT") for n, year in PENDING]
    await insert(town_copy, [*rows, enterprise(21, town.NAMES[1], town.YUBEI_UNIT)])
    return town_copy


def _queue(desk: Desk) -> list[str]:
    return listed(desk, "annualReportReviewQueue")


async def test_c17_a_report_just_reviewed_still_has_its_neighbours(busy_town: str) -> None:
    with service_on(busy_town) as desk_at:
        yubei = desk_at(town.YUBEI)
        before, reviewed, after = _queue(yubei)[1:4]
        code, year = reviewed.split("/")
        change = "UPDATE annual_report SET status = 'PENDING_MUNICIPAL' WHERE uscc = $1 AND year = $2"
        await _execute(busy_town, change, code, int(year))
        left = _queue(yubei)
        assert reviewed not in left
        found = beside(yubei, reviewed, "annualReportReviewQueue")
        assert found == {"previousId": before, "nextId": after, "position": None, "total": len(left)}
        assert reviewed in _queue(desk_at(town.MUNICIPAL))


async def test_c17_a_record_deleted_or_moved_away_has_none(busy_town: str) -> None:
    with service_on(busy_town) as desk_at:
        yubei, beibei = desk_at(town.YUBEI), desk_at(town.BEIBEI)
        moved, deleted = f"{uscc(3)}/2024", f"{uscc(4)}/2024"
        await _execute(busy_town, "UPDATE enterprise SET unit_code = $1 WHERE uscc = $2", town.BEIBEI_UNIT, uscc(3))
        await _execute(busy_town, "DELETE FROM annual_report WHERE uscc = $1 AND year = 2024", uscc(4))
        assert beside(yubei, moved, "annualReportReviewQueue") is None
        assert beside(yubei, deleted, "annualReportReviewQueue") is None
        assert beside(beibei, moved, "annualReportReviewQueue")["position"] == 1


async def test_c11_enterprises_of_one_name_stand_beside_each_other(busy_town: str) -> None:
    with service_on(busy_town) as desk_at:
        yubei = desk_at(town.YUBEI)
        rows = listed(yubei, "enterprises")
        twins = sorted([uscc(1), uscc(21)])
        assert rows[rows.index(twins[0]) + 1] == twins[1]
        assert beside(yubei, twins[0], "enterprises")["nextId"] == twins[1]
        assert beside(yubei, twins[1], "enterprises")["previousId"] == twins[0]
        check_every_row(yubei, "enterprises", orderBy=[{"field": "NAME", "direction": "DESC"}])


# ── the whole city ──────────────────────────────────────────────────────────────────────────────

ORDERS = {
    "enterprises": ("NAME", "ESTABLISHED_ON", "INDUSTRY_CODE", "IN_LIBRARY_ON", "REGISTERED_CAPITAL"),
    "annualReports": ("YEAR", "STATUS", "SUBMITTED_AT", "OPERATION_RD_EXPENSE", "BASIC_NAME"),
    "creditRatings": ("YEAR", "GRADE", "SCORE", "RATED_ON"),
    "vouchers": ("YEAR", "TYPE", "STATUS", "APPLIED_AMOUNT", "APPROVED_AMOUNT"),
}


@st.composite
def contexts(draw: st.DrawFn) -> tuple[str, list[dict[str, str]] | None, float]:
    """A list, an order of it, and how far down in it to look."""
    root = draw(st.sampled_from(list(ORDERS)))
    step = st.fixed_dictionaries(
        {"field": st.sampled_from(ORDERS[root]), "direction": st.sampled_from(["ASC", "DESC"])}
    )
    order = draw(st.none() | st.lists(step, min_size=1, max_size=2, unique_by=lambda each: each["field"]))
    return root, order, draw(st.floats(0, 1))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(context=contexts(), person=st.sampled_from([town.YUBEI, town.TWO_UNITS, town.MUNICIPAL]))
def test_c20_neighbours_agree_with_the_list_in_any_order(
    city_desk_of: Desks,
    person: Principal,
    context: tuple[str, list[dict[str, str]] | None, float],
) -> None:
    desk, (root, order, share) = city_desk_of(person), context
    kind, key = LISTS[root]
    rows = f"nodes {{ {key} }} pageInfo {{ endCursor }} totalCount"
    query = (
        f"query ($o: [{kind}Order!], $n: Int, $a: String) {{ {root}(orderBy: $o, first: $n, after: $a) {{ {rows} }} }}"
    )
    total = desk.see(query, o=order, n=0)["totalCount"]
    skipped = min(int(share * total), 900)
    after = desk.see(query, o=order, n=skipped)["pageInfo"]["endCursor"] if skipped else None
    some = desk.see(query, o=order, n=6, a=after)["nodes"]
    found = ["/".join(str(row[name]) for name in key.split()) for row in some]
    for place, (before, of) in enumerate(pairwise(found), start=skipped + 2):
        beside_it = beside(desk, of, root, orderBy=order)
        assert (beside_it["previousId"], beside_it["position"], beside_it["total"]) == (before, place, total)
        assert beside(desk, before, root, orderBy=order)["nextId"] == of
