"""企业信息: what district officers look up about enterprises, and the queue of their reviews (domain C3–C11)."""

from __future__ import annotations

from typing import Any

import pytest

from authz.principal import Principal, Role
from db.engine import Pool
from tests.fixtures.rows import basic_info, insert, uscc
from tests.fixtures.service import serving
from tests.fixtures.town import NAMES, YUBEI, YUBEI_UNIT
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, listing

QUEUE = listing("basicInfoReviewQueue", "BasicInfoFilter", "uscc version status enterprise { name }")
LIST = listing("enterprises", "EnterpriseFilter", "uscc name reviewStatus inLibrary district { name }")
DETAIL = """query ($uscc: ID!) { enterprise(uscc: $uscc) { name basicInfo {
    version status name mainProducts fields { name label value readOnly required }
    opinions { level decision opinion reviewerUnit { name } decidedAt } } } }"""
VERSIONS = """query ($uscc: ID!) { enterprise(uscc: $uscc) { basicInfoVersions { nodes {
    version status opinions { level decision opinion } } } } }"""


def names(page: Any) -> list[str]:
    """The enterprises of a page, in its order."""
    return [(row.get("enterprise") or row)["name"] for row in page["nodes"]]


def named(*numbers: int) -> list[str]:
    """Enterprises of the town by number."""
    return [NAMES[number] for number in numbers]


def test_c03_a_district_sees_its_own_enterprises_only(yubei: Desk, beibei: Desk, two_units: Desk) -> None:
    assert sorted(names(yubei.see(LIST))) == sorted(named(1, 2, 3, 4, 5))
    assert sorted(names(beibei.see(LIST))) == sorted(named(8, 9, 10))
    assert sorted(names(two_units.see(LIST))) == sorted(named(1, 2, 3, 4, 5, 6, 7))


def test_c04_the_queue_holds_what_waits_for_the_own_district(yubei: Desk, beibei: Desk) -> None:
    page = yubei.see(QUEUE)
    assert page["nodes"] == [
        {"uscc": uscc(2), "version": 1, "status": "PENDING_DISTRICT", "enterprise": {"name": NAMES[2]}}
    ]
    assert page["totalCount"] == 1
    assert beibei.see(QUEUE) == {
        "totalCount": 0,
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None},
    }


@pytest.mark.parametrize("search", ["精密", "渝北机械厂", " 渝北精密 ", uscc(2)[:12], uscc(2).lower(), "", None])
def test_c04_the_queue_is_searched_by_name_former_name_or_code(yubei: Desk, beibei: Desk, search: str | None) -> None:
    assert names(yubei.see(QUEUE, filter={"search": search})) == named(2)
    assert names(beibei.see(QUEUE, filter={"search": search})) == []


@pytest.mark.parametrize("search", ["启明", "精%密", "_", "1380000"])
def test_c04_a_search_that_finds_nobody_in_the_queue(yubei: Desk, search: str) -> None:
    page = yubei.see(QUEUE, filter={"search": search})
    assert (page["totalCount"], page["nodes"]) == (0, [])


def test_c04_only_the_district_decides_so_only_it_has_the_queue(bureau: Desk, analyst: Desk, qiming: Desk) -> None:
    for desk in (bureau, analyst, qiming):
        assert desk.ask(QUEUE).code == "FORBIDDEN"


def test_c04_the_schema_shows_the_queue_to_those_who_have_it(yubei: Desk, bureau: Desk) -> None:
    def roots(desk: Desk) -> set[str]:
        shown = desk.see("{ __schema { queryType { fields { name } } } }")["queryType"]["fields"]
        return {field["name"] for field in shown}

    assert {"basicInfoReviewQueue", "annualReportReviewQueue"} <= roots(yubei)
    assert {"basicInfoReviewQueue", "annualReportReviewQueue"} & roots(bureau) == {"annualReportReviewQueue"}


async def test_c04_the_queue_of_a_large_district_page_by_page(city_desk_of: Desks, pool: Pool) -> None:
    unit = await pool.fetchval(
        "SELECT unit_code FROM basic_info WHERE status = 'PENDING_DISTRICT'"
        " GROUP BY unit_code ORDER BY count(*) DESC, unit_code LIMIT 1"
    )
    waiting = await pool.fetch(
        "SELECT DISTINCT ON (uscc) uscc, version, status, submitted_at FROM basic_info"
        " WHERE unit_code = $1 AND status <> 'DRAFT' ORDER BY uscc, version DESC",
        unit,
    )
    rows = [row for row in waiting if row["status"] == "PENDING_DISTRICT"]
    expected = [row["uscc"] for row in sorted(rows, key=lambda row: (row["submitted_at"], row["uscc"]))]
    assert len(expected) > 2
    officer = city_desk_of(Principal(Role.DISTRICT_OFFICER, "queue", units=(unit,)))
    assert [row["uscc"] for row in officer.walk(QUEUE)] == expected


@pytest.mark.parametrize(("later", "waits"), [("DRAFT", [1]), ("PENDING_DISTRICT", [2]), ("APPROVED", [])])
async def test_c04_only_the_latest_submitted_version_waits(town_copy: str, later: str, waits: list[int]) -> None:
    await insert(town_copy, [basic_info(2, NAMES[2], YUBEI_UNIT, 2, status=later)])
    async with serving(town_copy) as service:
        page = (await service.ask(QUEUE, as_=YUBEI)).data["basicInfoReviewQueue"]
        assert ([row["version"] for row in page["nodes"]], page["totalCount"]) == (waits, len(waits))
        found = (await service.ask(LIST, {"filter": {"search": NAMES[2]}}, as_=YUBEI)).data["enterprises"]["nodes"]
        assert found[0]["reviewStatus"] == ("PENDING_DISTRICT" if waits else "APPROVED")


def test_c06_the_detail_is_the_whole_form(yubei: Desk, beibei: Desk) -> None:
    found = yubei.see(DETAIL, uscc=uscc(2))["basicInfo"]
    assert (found["version"], found["status"], found["name"]) == (1, "PENDING_DISTRICT", NAMES[2])
    form = {field["name"]: field for field in found["fields"]}
    assert form["uscc"] == {
        "name": "uscc",
        "label": "统一社会信用代码",
        "value": uscc(2),
        "readOnly": True,
        "required": True,
    }
    assert form["mainProducts"]["value"] == "数据库、中间件"
    assert form["contactMobile"]["value"] == "13900000002"  # in full for the own district (design, Contacts)
    assert beibei.see(DETAIL, uscc=uscc(2)) is None


def test_c07_opinions_are_the_districts_version_by_version(yubei: Desk, beibei: Desk) -> None:
    shown = yubei.see(DETAIL, uscc=uscc(1))["basicInfo"]
    assert (shown["version"], [opinion["decision"] for opinion in shown["opinions"]]) == (2, ["APPROVE"])
    assert shown["opinions"][0]["reviewerUnit"] == {"name": "渝北区"}
    versions = yubei.see(VERSIONS, uscc=uscc(1))["basicInfoVersions"]["nodes"]
    rejected = {"level": "DISTRICT", "decision": "REJECT", "opinion": "缺营业执照"}
    assert [row["opinions"] for row in versions if row["version"] == 1] == [[rejected]]
    assert yubei.see(DETAIL, uscc=uscc(2))["basicInfo"]["opinions"] == []
    assert beibei.see(VERSIONS, uscc=uscc(1)) is None


def test_c09_reset_lists_every_enterprise_in_the_default_order(yubei: Desk, bureau: Desk) -> None:
    page = yubei.see(LIST)
    assert names(page) == sorted(named(1, 2, 3, 4, 5))
    assert page["totalCount"] == 5
    assert page == yubei.see(LIST, filter={"reviewStatus": None, "inLibrary": None, "search": ""})
    status = {row["uscc"]: row["reviewStatus"] for row in bureau.see(LIST, first=100)["nodes"]}
    expected = {1: "APPROVED", 2: "PENDING_DISTRICT", 6: "APPROVED", 8: "APPROVED"}
    assert status == {uscc(number): expected.get(number) for number in NAMES}


def test_c09_a_condition_on_a_related_row_without_a_value_is_none(yubei: Desk) -> None:
    """Three enterprises have no basic information and one has no district: a reset shows them all the same."""
    without: list[dict[str, Any]] = [{"basicInfo": {"status": None}}, {"basicInfo": {}}, {"district": {"code": []}}]
    for given in without:
        assert yubei.see(LIST, filter=given) == yubei.see(LIST)


def test_c09_review_status_and_library_filter_together(yubei: Desk, beibei: Desk, two_units: Desk) -> None:
    def found(desk: Desk, **given: Any) -> list[str]:
        return sorted(names(desk.see(LIST, filter=given)))

    assert found(yubei, reviewStatus=["APPROVED"]) == named(1)
    assert found(two_units, reviewStatus=["APPROVED", "PENDING_DISTRICT"]) == sorted(named(1, 2, 6))
    assert found(yubei, inLibrary=True) == sorted(named(1, 3))
    assert found(yubei, inLibrary=False) == sorted(named(2, 4, 5))
    assert found(yubei, reviewStatus=["APPROVED"], inLibrary=True, search="启明") == named(1)
    assert found(yubei, reviewStatus=["REJECTED_DISTRICT"]) == []
    assert found(beibei, reviewStatus=["APPROVED"]) == named(8)
    assert found(beibei, inLibrary=True) == []


def test_c09_what_the_form_waits_for_is_no_draft(yubei: Desk, qiming: Desk) -> None:
    """启明 has a draft after its approved version: officials filter by what was submitted."""
    assert names(yubei.see(LIST, filter={"reviewStatus": ["DRAFT"]})) == []
    assert yubei.see(LIST, filter={"search": "启明"})["nodes"][0]["reviewStatus"] == "APPROVED"
    assert qiming.see(DETAIL, uscc=uscc(1))["basicInfo"]["status"] == "DRAFT"


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("abc生物医药(重庆)", [5]),
        ("ＡＢＣ生物医药（重庆）", [5]),
        ("'新材料'", [4]),
        ('"双引号"', [4]),
        ("=sum(1,2)", [3]),
        ("＝sum（1，2）", [3]),
        ("科技", [3]),
        ("机械", [2]),
        ("重庆机械", [2]),
        (uscc(4)[-6:].lower(), [4]),
        ("北碚", []),
        ("不存在的企业", []),
    ],
)
def test_c09_search_takes_names_as_officers_type_them(yubei: Desk, search: str, expected: list[int]) -> None:
    page = yubei.see(LIST, filter={"search": search})
    assert (sorted(names(page)), page["totalCount"]) == (sorted(named(*expected)), len(expected))


def test_c09_the_last_page_ends_the_list(yubei: Desk, beibei: Desk) -> None:
    assert [row["name"] for row in yubei.walk(LIST, size=2)] == sorted(named(1, 2, 3, 4, 5))
    assert [row["name"] for row in beibei.walk(LIST, size=3)] == sorted(named(8, 9, 10))
    assert [row["name"] for row in yubei.walk(LIST, size=2, filter={"inLibrary": False})] == sorted(named(2, 4, 5))


@pytest.mark.parametrize(
    "given",
    [None, {"reviewStatus": ["APPROVED"]}, {"inLibrary": True}, {"search": "重庆"}, {"search": "没有这家"}],
    ids=str,
)
def test_c10_the_export_carries_the_conditions(yubei: Desk, beibei: Desk, given: dict[str, Any] | None) -> None:
    for desk in (yubei, beibei):
        header, *rows = desk.sheet(LIST, filter=given)
        assert header == ["统一社会信用代码", "企业名称", "审核状态", "是否入库", "区县"]
        screen = desk.see(LIST, filter=given, first=100)["nodes"]
        assert [row[:2] for row in rows] == [[row["uscc"], row["name"]] for row in screen]
        assert [row[3] for row in rows] == ["是" if row["inLibrary"] else "否" for row in screen]


def test_c10_without_conditions_everything_of_the_scope(yubei: Desk, analyst: Desk, bank: Desk) -> None:
    assert len(yubei.sheet(LIST)) == 1 + 5
    assert len(analyst.sheet(LIST)) == 1 + len(NAMES)
    assert bank.ask("{ enterprises { nodes { name } } }", accept="xlsx").code == "FORBIDDEN"


def test_c11_the_detail_from_the_list_is_that_of_the_queue(yubei: Desk, beibei: Desk) -> None:
    for row in yubei.see(LIST)["nodes"]:
        found = yubei.see(DETAIL, uscc=row["uscc"])
        assert found["name"] == row["name"]
        assert (found["basicInfo"] or {"status": None})["status"] == row["reviewStatus"]
        assert beibei.see(DETAIL, uscc=row["uscc"]) is None


def test_c11_an_enterprise_sees_its_own_page(qiming: Desk) -> None:
    assert names(qiming.see(LIST)) == named(1)
    assert qiming.see(DETAIL, uscc=uscc(2)) is None
