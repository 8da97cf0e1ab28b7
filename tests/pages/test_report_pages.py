"""科技信息年报: the queues of its two reviews, the list, the nine tabs and the opinions (domain C12–C20)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.rows import uscc
from tests.fixtures.town import NAMES, REPORTS, UNIT_OF, YUBEI_UNIT
from tests.pages.desks import Desk, listing

FIELDS = "uscc year status submittedAt enterprise { name unit { code } district { name } }"
QUEUE = listing("annualReportReviewQueue", "AnnualReportFilter", FIELDS)
LIST = listing("annualReports", "AnnualReportFilter", FIELDS)
DETAIL = """query ($uscc: ID!, $year: Int!) { annualReport(uscc: $uscc, year: $year) {
    year status version
    basic { name industryCategory enterpriseSize }
    operation { mainBusinessRevenue rdExpense rdIntensity }
    achievements { validInventionPatents softwareCopyrights classI scienceAwards { name grade } }
    standards { standardNo name level role }
    personnel { staffTotal sciTechStaff }
    platforms { name kind level }
    listings { board status }
    hnte { isHnte certificateNo }
    hiTechProductCount hiTechProducts { name salesRevenue }
    opinions { level decision opinion reviewerUnit { name } } } }"""
NINE_TABS = {
    "基本信息": "basic",
    "经营概况": "operation",
    "科技成果": "achievements",
    "主导或参与标准制定": "standards",
    "人员状况": "personnel",
    "研发平台": "platforms",
    "挂牌上市": "listings",
    "高企认定情况": "hnte",
    "高新技术产品数": "hiTechProductCount",
}
Key = tuple[int, int]


def keys(rows: Any) -> list[Key]:
    """Reports by enterprise number and year, in their order."""
    numbers = {uscc(number): number for number in NAMES}
    return [(numbers[row["uscc"]], row["year"]) for row in rows]


def of(*numbers: int) -> set[Key]:
    """All reports of these enterprises."""
    return {key for key in REPORTS if key[0] in numbers}


def test_c12_a_district_has_the_reports_of_its_own_enterprises(yubei: Desk, beibei: Desk, two_units: Desk) -> None:
    assert set(keys(yubei.see(LIST)["nodes"])) == of(1, 2, 3, 4, 5)
    assert set(keys(beibei.see(LIST)["nodes"])) == of(8, 9, 10)
    assert set(keys(two_units.see(LIST)["nodes"])) == of(1, 2, 3, 4, 5, 6, 7)


def test_c13_what_waits_for_the_district_then_for_the_bureau(yubei: Desk, beibei: Desk, bureau: Desk) -> None:
    assert keys(yubei.see(QUEUE)["nodes"]) == [(1, 2023)]
    assert keys(bureau.see(QUEUE)["nodes"]) == [(3, 2022)]
    empty = {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None}
    assert beibei.see(QUEUE) == {"totalCount": 0, "nodes": [], "pageInfo": empty}


def test_c13_nobody_else_reviews(analyst: Desk, qiming: Desk, bank: Desk, administrator: Desk) -> None:
    for desk in (analyst, qiming, bank, administrator):
        assert desk.ask(QUEUE).code == "FORBIDDEN"


@pytest.mark.parametrize(
    ("search", "found"),
    [("启明", True), (uscc(1)[3:12], True), (" 启明软件 ", True), ("sum(1,2)", False), ("%", False)],
)
def test_c13_the_queue_is_searched_by_the_enterprises_name_or_code(yubei: Desk, search: str, found: bool) -> None:
    page = yubei.see(QUEUE, filter={"search": search})
    assert keys(page["nodes"]) == ([(1, 2023)] if found else [])
    assert page["totalCount"] == found


def test_c13_the_last_page_of_a_queue(yubei: Desk) -> None:
    page = yubei.see(QUEUE, first=1)
    assert not page["pageInfo"]["hasNextPage"]
    assert yubei.see(QUEUE, first=1, after=page["pageInfo"]["endCursor"])["nodes"] == []


def test_c15_a_report_has_nine_tabs(yubei: Desk, beibei: Desk) -> None:
    report = yubei.see(DETAIL, uscc=uscc(1), year=2022)
    assert len([report[field] for field in NINE_TABS.values()]) == 9
    assert report["basic"]["name"] == "报告名1"
    assert report["operation"]["mainBusinessRevenue"] == "8000.125"
    assert report["achievements"]["validInventionPatents"] == 3
    assert report["achievements"]["scienceAwards"] == [{"name": "科技进步奖", "grade": "SECOND"}]
    assert [row["standardNo"] for row in report["standards"]] == ["GB/T 1-2022"]
    assert report["personnel"] == {"staffTotal": 10, "sciTechStaff": 3}
    assert [row["name"] for row in report["platforms"]] == ["重庆市重点实验室", "企业技术中心"]
    assert report["listings"] == []
    assert report["hnte"] == {"isHnte": False, "certificateNo": None}
    assert report["hiTechProductCount"] == len(report["hiTechProducts"]) == 1
    assert beibei.see(DETAIL, uscc=uscc(1), year=2022) is None
    assert yubei.see(DETAIL, uscc=uscc(1), year=1999) is None


def test_c15_the_tabs_are_called_as_in_the_manual(yubei: Desk) -> None:
    query = '{ __type(name: "AnnualReport") { fields { name description } } }'
    told = {field["name"]: field["description"] for field in yubei.see(query)["fields"]}
    assert {told[field]: field for field in NINE_TABS.values()} == NINE_TABS


def test_c16_the_district_decides_first_then_the_bureau(yubei: Desk, bureau: Desk, beibei: Desk) -> None:
    expected = [
        {"level": "DISTRICT", "decision": "APPROVE", "opinion": "数据属实", "reviewerUnit": {"name": "渝北区"}},
        {"level": "MUNICIPAL", "decision": "APPROVE", "opinion": None, "reviewerUnit": None},
    ]
    for desk in (yubei, bureau):
        assert desk.see(DETAIL, uscc=uscc(1), year=2022)["opinions"] == expected
    assert [row["level"] for row in yubei.see(DETAIL, uscc=uscc(4), year=2022)["opinions"]] == ["MUNICIPAL"]
    assert yubei.see(DETAIL, uscc=uscc(3), year=2022)["opinions"] == []
    assert [row["opinion"] for row in beibei.see(DETAIL, uscc=uscc(8), year=2022)["opinions"]] == ["请补充材料"]


def test_c16_analysts_and_banks_see_no_opinions(analyst: Desk, bank: Desk) -> None:
    for desk in (analyst, bank):
        assert desk.ask(DETAIL, uscc=uscc(1), year=2022).code == "FORBIDDEN"


def test_c18_reset_lists_reports_of_any_status_newest_year_first(yubei: Desk) -> None:
    page = yubei.see(LIST)
    assert keys(page["nodes"]) == sorted(of(1, 2, 3, 4, 5), key=lambda key: (-key[1], uscc(key[0])))
    assert page["totalCount"] == len(of(1, 2, 3, 4, 5))
    assert page == yubei.see(LIST, filter={"status": [], "year": None, "search": ""})
    assert {row["status"] for row in page["nodes"]} >= {"DRAFT", "PENDING_DISTRICT", "REJECTED_MUNICIPAL", "APPROVED"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"year": [2021]}, {(1, 2021), (2, 2021)}),
        ({"year": [2020, 2023]}, {(1, 2020), (1, 2023)}),
        ({"status": ["PENDING_DISTRICT"]}, {(1, 2023)}),
        ({"status": ["PENDING_MUNICIPAL", "DRAFT"]}, {(3, 2022), (5, 2022)}),
        ({"search": "启明", "year": [2022], "status": ["APPROVED"]}, {(1, 2022)}),
        ({"search": "渝北机械厂"}, {(2, 2021), (2, 2022)}),
        ({"search": "abc生物医药(重庆)"}, {(5, 2022)}),
        ({"search": "＝sum（1，2）"}, {(3, 2022)}),
        ({"search": "报告名1"}, set[Key]()),  # by the enterprise's own name, not the one once filed
        ({"search": "北碚"}, set[Key]()),
        ({"year": [1999]}, set[Key]()),
        ({"enterprise": {"unit": {"code": ["500109"]}}}, set[Key]()),
    ],
    ids=str,
)
def test_c18_status_year_and_search(yubei: Desk, given: dict[str, Any], expected: set[Key]) -> None:
    page = yubei.see(LIST, filter=given)
    assert (set(keys(page["nodes"])), page["totalCount"]) == (expected, len(expected))


def test_c18_the_second_unit_filters_its_own(beibei: Desk, bureau: Desk) -> None:
    assert keys(beibei.see(LIST, filter={"year": [2022]})["nodes"]) == [(8, 2022), (9, 2022)]
    assert keys(beibei.see(LIST, filter={"status": ["REJECTED_DISTRICT"]})["nodes"]) == [(8, 2022)]
    found = keys(bureau.see(LIST, filter={"enterprise": {"unit": {"code": [YUBEI_UNIT]}}}, first=50)["nodes"])
    assert set(found) == of(*(number for number, unit in UNIT_OF.items() if unit == YUBEI_UNIT))


def test_c18_the_last_page_ends_the_list(yubei: Desk, bureau: Desk) -> None:
    assert keys(yubei.walk(LIST, size=4)) == keys(yubei.see(LIST)["nodes"])
    assert set(keys(bureau.walk(LIST, size=3))) == set(REPORTS)


@pytest.mark.parametrize("given", [None, {"year": [2022]}, {"status": ["DRAFT"]}, {"search": "没有这家"}], ids=str)
def test_c19_the_export_is_the_list_with_its_conditions(
    yubei: Desk, given: dict[str, Any] | None, beibei: Desk
) -> None:
    for desk in (yubei, beibei):
        header, *rows = desk.sheet(LIST, filter=given)
        assert header[:3] == ["统一社会信用代码", "年份", "审核状态"]
        screen = desk.see(LIST, filter=given, first=100)["nodes"]
        assert [(row[0], row[1]) for row in rows] == [(row["uscc"], row["year"]) for row in screen]


def test_c20_the_report_of_each_row_of_the_list(yubei: Desk, beibei: Desk) -> None:
    for row in yubei.see(LIST)["nodes"]:
        found = yubei.see(DETAIL, uscc=row["uscc"], year=row["year"])
        assert (found["year"], found["status"]) == (row["year"], row["status"])
        assert beibei.see(DETAIL, uscc=row["uscc"], year=row["year"]) is None


def test_c20_an_enterprise_sees_its_reports_and_their_opinions(qiming: Desk) -> None:
    assert keys(qiming.see(LIST)["nodes"]) == [(1, 2023), (1, 2022), (1, 2021), (1, 2020)]
    assert len(qiming.see(DETAIL, uscc=uscc(1), year=2022)["opinions"]) == 2
