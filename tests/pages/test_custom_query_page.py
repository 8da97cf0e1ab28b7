"""自定义查询: nine columns, or those one ticks, for a year and a keyword (domain C34, C35)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.rows import uscc
from tests.fixtures.town import NAMES
from tests.pages.desks import Desk

QUERY = """query ($fields: [String!], $filter: EnterpriseFilter, $year: Int, $first: Int, $after: String) {
    customQuery(fields: $fields, filter: $filter, year: $year, first: $first, after: $after) {
        totalCount nodes { values } pageInfo { hasNextPage endCursor } } }"""
FIELDS = "{ exportFields { name label unit default } }"
REGISTER = """mutation ($input: ExportInput!) { exportWorkbook(input: $input) { rows redacted downloadUrl } }"""
TICKED = ["name", "uscc", "annualReport.operation.rdExpense"]
NINE = [
    "序号",
    "区县",
    "企业名称",
    "产业类别",
    "统一社会信用代码",
    "注册年月",
    "科研联系人",
    "科研联系人手机",
    "主营业务收入(千元)",
]


def codes(rows: Any) -> list[str]:
    """The credit codes of rows of the nine columns."""
    return [row["values"][4] for row in rows]


def test_c34_reset_shows_the_nine_columns_for_the_default_year(yubei: Desk, beibei: Desk) -> None:
    page = yubei.see(QUERY)
    assert page["totalCount"] == len(page["nodes"]) == 5
    assert page == yubei.see(QUERY, year=2022)
    numbered = [row["values"][0] for row in page["nodes"]]
    assert numbered == ["1", "2", "3", "4", "5"]
    qiming = next(row["values"] for row in page["nodes"] if row["values"][4] == uscc(1))
    assert qiming[1:] == [
        "渝北区",
        NAMES[1],
        "第三产业",
        uscc(1),
        "2001-02",
        "科研1",
        "13800000001",
        "8000.125",
    ]
    assert sorted(codes(beibei.see(QUERY)["nodes"])) == [uscc(8), uscc(9), uscc(10)]


def test_c34_the_nine_columns_are_named_as_in_the_manual(yubei: Desk) -> None:
    default = [field for field in yubei.see(FIELDS) if field["default"]]
    assert [field["label"] + (f"({field['unit']})" if field["unit"] else "") for field in default] == NINE


def test_c34_another_year_shows_that_years_revenue(yubei: Desk) -> None:
    def revenue(year: int) -> str | None:
        rows = yubei.see(QUERY, year=year, filter={"search": "启明"})["nodes"]
        return rows[0]["values"][8]

    assert (revenue(2020), revenue(2022), revenue(1999)) == ("7000.000", "8000.125", None)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("启明", [1]),
        ("渝北机械厂", [2]),
        ("ａｂｃ生物医药(重庆）", [5]),
        (uscc(4), [4]),
        ("北碚", []),
        ("13800000001", []),
    ],
)
def test_c34_search(yubei: Desk, search: str, expected: list[int]) -> None:
    page = yubei.see(QUERY, filter={"search": search})
    assert (codes(page["nodes"]), page["totalCount"]) == ([uscc(number) for number in expected], len(expected))


def test_c34_the_last_page_ends_the_list(yubei: Desk) -> None:
    assert codes(yubei.walk(QUERY, size=2)) == codes(yubei.see(QUERY)["nodes"])


def test_c34_contacts_are_the_own_districts(yubei: Desk, bureau: Desk, analyst: Desk, bank: Desk) -> None:
    given = {"search": "启明软件"}
    assert yubei.see(QUERY, filter=given)["nodes"][0]["values"][6:8] == ["科研1", "13800000001"]
    for desk in (bureau, analyst):
        assert desk.see(QUERY, filter=given)["nodes"][0]["values"][6:8] == ["科*", "138****0001"]
    assert bank.ask(QUERY, fields=["researchContactMobile"]).code == "FORBIDDEN"


@pytest.mark.parametrize("given", [None, {"search": "重庆"}, {"search": "无此企业"}], ids=str)
def test_c35_the_export_has_exactly_the_ticked_fields(yubei: Desk, beibei: Desk, given: dict[str, Any] | None) -> None:
    for desk in (yubei, beibei):
        header, *rows = desk.sheet(QUERY, fields=TICKED, filter=given, year=2022)
        assert header == ["企业名称", "统一社会信用代码", "研发费用(千元)"]
        screen = desk.see(QUERY, fields=TICKED, filter=given, year=2022)["nodes"]
        assert [row[:2] for row in rows] == [row["values"][:2] for row in screen]


def test_c35_the_pop_up_registers_the_export_and_hands_out_a_link(yubei: Desk, bank: Desk) -> None:
    given = {"title": "自定义查询", "fields": TICKED, "year": 2022, "filter": {"search": "重庆"}}
    registered = yubei.see(REGISTER, input=given)
    assert registered["rows"] == yubei.see(QUERY, filter={"search": "重庆"})["totalCount"]
    taken = yubei.client.get(registered["downloadUrl"])
    assert (taken.status_code, int(taken.headers["X-Total-Rows"])) == (200, registered["rows"])
    assert bank.ask(REGISTER, input=given).code == "FORBIDDEN"


def test_c35_a_field_that_is_not_there_is_refused_by_name(yubei: Desk) -> None:
    refused = yubei.ask(QUERY, fields=["name", "telephone"])
    assert refused.code == "BAD_USER_INPUT"
    assert "telephone" in refused.errors[0]["message"]
