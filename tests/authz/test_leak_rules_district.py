"""The rules of ratings, vouchers, registers, queues, libraries, statistics and questions, each broken once.

As ``test_leak_rules``, whose words these are; beside scopes and rules, what rows made for an answer could lose: the
scope of a roll-up, of a library's join, of a neighbour's place, of an aggregate's count, and the cells it hides.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa

from authz import predicates, rules, scopes
from planner.page import Page
from resolvers import neighbors
from schema import cells
from schema.visible import Asked
from tests.authz.test_leak_rules import AN, BANK, DEPT, Broken, D, E, M, both, check, many, scope, verdict
from tests.reference.breaking import always, answering, changed, entry, reading_past_rules
from tests.reference.fixtures import Place


def listed(root: str, selection: str, given: str = "") -> str:
    """All rows of a list at the root."""
    return f"{{ {root}(first: 300{given}) {{ totalCount nodes {{ {selection} }} }} }}"


def members(key: str, selection: str, given: str = "") -> str:
    """The members of a library."""
    return f"{{ library(key: {key}) {{ defaultYear members(first: 200{given}) {{ nodes {{ {selection} }} }} }} }}"


def question(of: str, by: str, more: str = "") -> str:
    """An aggregate with its total."""
    row = f"first second enterprises reportedCount value average suppressed {more}"
    return f"{{ statistics {{ aggregate(of: {of}, by: [{by}]) {{ rows {{ {row} }} total {{ {row} }} }} }} }}"


RATINGS, VOUCHERS = listed("creditRatings", "uscc year grade"), listed("vouchers", "id")
FORMS_WAITING = listed("basicInfoReviewQueue", "uscc version")
REPORTS_WAITING = listed("annualReportReviewQueue", "uscc year")
ENROLMENT = "{ statistics { enrolment { reports { total { registeredCount inLibraryCount } } } } }"
OVERVIEW = "{ statistics { overview { districts { rows { inLibraryCount } } } } }"
SAVED = "{ library(key: HNTE_RESERVE) { conditions { enabled parameters { value values } } } }"
OTHER_PARAMETERS = ', conditions: [{key: "H1", parameters: [{name: "minDaysRegistered", value: "0"}]}]'
NEXT = '{ neighbors(of: "$OWN", in: {enterprises: {}}) { previousId nextId position total } }'
PROFIT = question("REPORT_OPERATION_NET_PROFIT", "INDUSTRY_CATEGORY")
SMALL = question("REPORT_OPERATION_NET_PROFIT", "UNIT, HI_TECH_FIELD")


def of_every_row() -> AbstractContextManager[None]:
    """Rows that are made out of all there are: scopes are forgotten where a source opens what it reads."""
    real = Asked.open

    def opened(self: Asked, kind: Any) -> Any:
        view, _ = real(self, kind)
        return view, []

    return changed(Asked, "open", opened)


def counting_every_row() -> AbstractContextManager[None]:
    """Cells that forget the caller's scope."""
    real = cells.opened

    def opened(*given: Any, **more: Any) -> Any:
        view, _ = real(*given, **more)
        return view, []

    return changed(cells, "opened", opened)


def placed_among_all() -> AbstractContextManager[None]:
    """A place in a list that counts what is out of scope and out of the filter."""
    real = neighbors._before  # pyright: ignore[reportPrivateUsage]

    def before(page: Page, values: Any) -> sa.ColumnElement[int]:
        kept, page.conditions = page.conditions, []
        try:
            return real(page, values)
        finally:
            page.conditions = kept

    return changed(neighbors, "_before", before)


BROKEN: dict[str, Broken] = {
    # ── ratings, loans, vouchers, registers, queues ──
    "officers see every rating": scope(scopes.CREDIT_RATINGS, D, "yubei", RATINGS),
    "banks see ratings by any consent": scope(scopes.CREDIT_RATINGS, BANK, "bank_a", RATINGS, (predicates.CONSENTED,)),
    "banks see every loan": scope(scopes.CREDIT_LOANS, BANK, "bank_a", many("creditLoans { id }")),
    "every loan is one's own": Broken("bank_a", (many("creditLoans { id }"),), lambda: always(predicates.OWN_BANK)),
    "officers see every application": scope(scopes.VOUCHERS, D, "yubei", VOUCHERS),
    "banks see register entries by any consent": scope(
        scopes.REGISTERS, BANK, "bank_a", many("certificates { certificateNo }"), (predicates.CONSENTED,)
    ),
    "a queue holds other units' forms": scope(
        scopes.BASIC_INFO_QUEUE, D, "yubei", FORMS_WAITING, (predicates.AWAITS_DISTRICT, predicates.LATEST_SUBMITTED)
    ),
    "a queue holds what waits for the district": scope(scopes.ANNUAL_REPORT_QUEUE, M, "bureau", REPORTS_WAITING),
    "forms of any status wait": Broken("yubei", (FORMS_WAITING,), lambda: always(predicates.AWAITS_DISTRICT)),
    "reports of any status wait": Broken("bureau", (REPORTS_WAITING,), lambda: always(predicates.AWAITS_MUNICIPAL)),
    "forms submitted again still wait": Broken("yubei", (FORMS_WAITING,), lambda: always(predicates.LATEST_SUBMITTED)),
    "banks see how a grade came about": verdict(
        rules.RATING_DETAIL, BANK, "bank_a", listed("creditRatings", "score factorIp")
    ),
    "banks see how far a form has come": verdict(rules.REVIEW_STATUS, BANK, "bank_a", many("reviewStatus")),
    # ── libraries ──
    "departments see libraries": scope(scopes.LIBRARIES, DEPT, "department", "{ libraries { key } }"),
    "other units' parameters count": scope(scopes.LIBRARY_SETTINGS, D, "yubei", SAVED),
    "every parameter is saved here": Broken("yubei", (SAVED,), lambda: always(predicates.SAVED_HERE)),
    "enterprises see what was measured": verdict(
        rules.LIBRARY_RESULTS, E, "enterprise", members("INCUBATION", "uscc missing")
    ),
    "analysts ask with parameters": verdict(
        rules.LIBRARY_PARAMETERS, AN, "analyst", members("HNTE_RESERVE", "uscc", OTHER_PARAMETERS)
    ),
    # An entry's own scope stands behind that of the enterprises it is made of: both have to be lost.
    "a library's members are everybody's": Broken(
        "wanzhou",
        (members("TECH_ENTERPRISE_REGISTER", "uscc recordNo"),),
        lambda: both(of_every_row(), entry(scopes.LIBRARY_ENTRIES.rows, D, ())),
    ),
    # ── statistics, neighbours ──
    "banks see the overview": scope(scopes.STATISTICS, BANK, "bank_a", OVERVIEW),
    "a roll-up is everybody's": scope(scopes.TALLIES, D, "yubei", ENROLMENT),
    "a roll-up is opened without its scope": Broken("yubei", (ENROLMENT,), of_every_row),
    "enterprises go through lists": scope(scopes.NEIGHBORS, E, "enterprise", NEXT),
    "a place counts rows out of sight": Broken("yubei", (NEXT,), placed_among_all),
    # ── questions ──
    "enterprises put questions": scope(scopes.AGGREGATES, E, "enterprise", PROFIT),
    "cells count rows out of sight": Broken("yubei", (PROFIT,), counting_every_row),
    "cells add up what is hidden": Broken("bank_a", (PROFIT,), lambda: reading_past_rules(lambda asked: asked == "of")),
    "cells are told apart by what is hidden": Broken(
        "bank_a",
        (question("ENTERPRISES", "REPORT_BASIC_ENTERPRISE_SIZE"),),
        lambda: reading_past_rules(lambda asked: asked == "by"),
    ),
    "small cells are shown": Broken("bank_a", (SMALL,), lambda: changed(cells, "is_suppressed", answering(False))),
    "banks see extremes": verdict(
        rules.SINGLE_AMOUNT, BANK, "bank_a", question("REPORT_OPERATION_NET_PROFIT", "UNIT", "minimum")
    ),
}
"""By kind; each is found by the documents it names."""


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_of_the_district_edition_is_noticed(place: Place, broken: str) -> None:
    what = BROKEN[broken]
    check(place, place.service.without_cache(), what)
    with what.breaking(), pytest.raises(AssertionError):
        check(place, place.service.without_cache(), what)
