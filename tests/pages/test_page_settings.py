"""What the pages begin with is told by the service, so that 重置 can be built from it (domain §1.3, §1.4)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, cast

import pytest

from authz.principal import Role
from resolvers.page_settings import offered
from resolvers.schema import core
from schema.given import CHINA
from schema.kinds import named_type
from schema.page_settings import PAGES, ListPage
from tests.pages.desks import Desk

SETTINGS = """{
  settings { defaultReportYear pages {
    key title root order tabs exports exportRange picksFields defaults { name value } filters { argument label }
  } }
}"""


def pages_of(desk: Desk) -> dict[str, Any]:
    return {page["key"]: page for page in desk.see(SETTINGS)["pages"]}


def root_of(page: ListPage) -> Any:
    """The page's list in the schema."""
    found: Any = None
    kind: Any = core().query_type
    for name in page.root.split("."):
        found = kind.fields[name]
        kind = named_type(found.type)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_a_page_points_into_the_schema(page: ListPage) -> None:
    root = root_of(page)
    for place in (*page.filters, *page.defaults):
        first, *names = place.split(".")
        kind: Any = named_type(root.args[first].type)
        for name in names:
            kind = named_type(kind.fields[name].type)
    assert set(page.tabs) <= set(cast("Any", named_type(root.type)).fields)


def test_keys_are_unique() -> None:
    assert len({page.key for page in PAGES}) == len(PAGES)


def test_every_page_has_somebody_who_works_with_it() -> None:
    assert {page.key for page in PAGES} == {found.page.key for role in Role for found in offered(role)}


def test_a_role_is_told_of_the_pages_that_it_may_ask(yubei: Desk, bureau: Desk, bank: Desk, public: Desk) -> None:
    assert "BASIC_INFO_REVIEW" in pages_of(yubei)
    assert "BASIC_INFO_REVIEW" not in pages_of(bureau)
    assert "ANNUAL_REPORT_REVIEW" in pages_of(bureau)
    assert not {"VOUCHERS", "ANNUAL_REPORT_REVIEW"} & pages_of(bank).keys()
    assert pages_of(public) == {}


def test_a_role_without_the_right_to_export_is_offered_none(bank: Desk) -> None:
    assert not any(page["exports"] or page["exportRange"] for page in pages_of(bank).values())


def test_a_filter_that_a_role_may_not_use_is_not_offered(yubei: Desk, department: Desk) -> None:
    def offers(desk: Desk) -> list[str]:
        return [each["argument"] for each in pages_of(desk)["ENTERPRISES"]["filters"]]

    assert offers(yubei) == ["filter.reviewStatus", "filter.inLibrary", "filter.search"]
    assert offers(department) == ["filter.inLibrary", "filter.search"]  # no basic information, no status of it


def test_what_exports_and_how_much_is_as_the_domain_says(yubei: Desk) -> None:
    found = {key: page["exportRange"] for key, page in pages_of(yubei).items()}
    assert found["BASIC_INFO_REVIEW"] is found["ANNUAL_REPORT_REVIEW"] is None
    assert {found[key] for key in ("ENTERPRISES", "ANNUAL_REPORTS", "CREDIT_RATINGS", "CUSTOM_QUERY")} == {"ALL"}
    assert found["VOUCHERS"] == "RESULT"
    assert [key for key, page in pages_of(yubei).items() if page["picksFields"]] == ["CUSTOM_QUERY"]


def test_reset_is_the_list_with_its_defaults(yubei: Desk) -> None:
    settings = yubei.see(SETTINGS)
    page = next(page for page in settings["pages"] if page["key"] == "CUSTOM_QUERY")
    defaults = {each["name"]: json.loads(each["value"]) for each in page["defaults"]}
    assert defaults == {"year": settings["defaultReportYear"]}
    query = "query ($year: Int) { customQuery(year: $year) { nodes { values } } }"
    assert yubei.see(query, **defaults) == yubei.see(query)


def test_a_library_tells_which_year_it_begins_with(yubei: Desk) -> None:
    asked = "{ settings { pages { key defaults { name value meaning } } } }"
    pages = {page["key"]: page["defaults"] for page in yubei.see(asked)["pages"]}
    assert pages["HNTE_RESERVE"] == [{"name": "year", "value": "2022", "meaning": "默认统计年份"}]
    latest = [{"name": "year", "value": "null", "meaning": "最近一个有审核通过年报的年份"}]
    assert pages["HIGH_GROWTH"] == pages["STAR_RESERVE"] == pages["LEADING_CULTIVATION"] == latest
    this_year = f"{dt.datetime.now(CHINA).year}"
    assert pages["INCUBATION"] == [{"name": "year", "value": this_year, "meaning": "今年，截至今天"}]
    assert pages["HNTE_REGISTER"] == []
    query = "query ($year: Int) { library(key: HIGH_GROWTH) { defaultYear members(year: $year) { nodes { year } } } }"
    assert yubei.see(query, year=None) == yubei.see(query)


def test_the_order_is_the_lists_own(yubei: Desk) -> None:
    assert pages_of(yubei)["ANNUAL_REPORTS"]["order"] == ["unitCode", "-year", "uscc"]
    assert pages_of(yubei)["ANNUAL_REPORT_REVIEW"]["order"] == ["unitCode", "submittedAt", "uscc", "year"]
