"""科企梯次培育库、科企后备库、科企认定库: the eight libraries as district and bureau use them (domain C36-C49)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from tests.conftest import Databases
from tests.fixtures import town
from tests.fixtures.rows import insert, uscc
from tests.libraries import shire
from tests.libraries.shire import (
    GAZELLE,
    LAPSED,
    LEADING,
    NEARLY,
    NEWBORN,
    RECENT,
    REGISTERED,
    RESERVE,
    RESERVE_BEIBEI,
    STAR,
    YOUNG,
)
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, rows_of, service_on

MEMBERS = """query ($key: LibraryKey!, $year: Int, $filter: LibraryEntryFilter, $conditions: [ConditionInput!],
    $asOf: Date, $includeExpired: Boolean, $first: Int, $after: String) {
  library(key: $key) { name defaultYear members(year: $year, filter: $filter, conditions: $conditions, asOf: $asOf,
    includeExpired: $includeExpired, first: $first, after: $after) {
      totalCount nodes { uscc name year isFirstTime category recordNo recordStatus }
      pageInfo { hasNextPage endCursor } } } }"""
EXPLAINED = """query ($key: LibraryKey!) { library(key: $key) { members { nodes { uscc failed
    report { year operation { operatingRevenue } }
    results { key state actual threshold gap measure condition { text source confidence } } } } } }"""
TEXTS = """query ($key: LibraryKey!) { library(key: $key) { name group basis confidence exports settable filters
    conditions { key order text source confidence isFixed enabled
        parameters { name label kind unit default defaults value values min max } } } }"""
SAVE = """mutation ($i: LibraryConditionsInput!) { saveLibraryConditions(input: $i) {
    key name conditions { key enabled } } }"""
RESET = "mutation ($i: LibraryResetInput!) { resetLibraryConditions(input: $i) { key } }"
FILE = """query ($key: LibraryKey!, $year: Int, $conditions: [ConditionInput!]) { library(key: $key) {
    members(year: $year, conditions: $conditions) {
        nodes { name uscc year results { key state actual threshold } } } } }"""


@pytest.fixture(scope="module")
async def shire_url(databases: Databases, migrated_template: str) -> AsyncGenerator[str]:
    """The shire's database; what a test saves it resets."""
    name = await databases.create("shire", migrated_template)
    await insert(databases.url(name), shire.shire())
    yield databases.url(name)
    await databases.drop(name)


@pytest.fixture(scope="module")
def at(shire_url: str) -> Generator[Desks]:
    """Anybody's desk in the shire."""
    with service_on(shire_url) as desks:
        yield desks


@pytest.fixture
def yubei(at: Desks) -> Desk:
    return at(town.YUBEI)


@pytest.fixture
def beibei(at: Desks) -> Desk:
    return at(town.BEIBEI)


@pytest.fixture
def bureau(at: Desks) -> Desk:
    return at(town.MUNICIPAL)


def found(desk: Desk, key: str, **asked: Any) -> list[str]:
    """The names of a library's members, in the page's order."""
    members = desk.see(MEMBERS, key=key, **asked)["members"]
    assert members["totalCount"] == len(members["nodes"])
    return [node["name"] for node in members["nodes"]]


def named(*numbers: int) -> list[str]:
    return [shire.named(number) for number in numbers]


def taken(desk: Desk, key: str, **asked: Any) -> list[str]:
    """The names on the first sheet of a library's workbook."""
    header, *rows = rows_of(desk.workbook(FILE, key=key, **asked).worksheets[0])
    return [row[header.index("企业名称")] for row in rows]


def adjusted(key: str, enabled: bool = True, **values: str) -> dict[str, Any]:
    """One condition with other parameters."""
    return {"key": key, "enabled": enabled, "parameters": [{"name": n, "value": v} for n, v in values.items()]}


# ── 科企梯次培育库 ──────────────────────────────────────────────────────────────────────────────


def test_c36_the_incubation_library_is_searched_by_day_and_has_no_export(yubei: Desk, beibei: Desk) -> None:
    assert found(yubei, "INCUBATION", year=2022) == named(YOUNG)
    assert found(
        yubei, "INCUBATION", year=2022, filter={"establishedOn": {"gte": "2020-03-01", "lt": "2020-03-02"}}
    ) == named(YOUNG)
    assert found(yubei, "INCUBATION", year=2022, filter={"establishedOn": {"gt": "2020-03-01"}}) == []
    assert found(yubei, "INCUBATION", year=2022, filter={"search": "0006"}) == named(YOUNG)
    assert found(yubei, "INCUBATION", year=2025) == []  # more than five years old by then
    assert found(beibei, "INCUBATION", year=2022) == []
    refused = yubei.ask(FILE, accept="xlsx", key="INCUBATION")
    assert refused.code == "BAD_USER_INPUT"
    assert refused.errors[0]["message"] == "科企孵化库不提供导出，请在页面查看"


def test_c36_firms_are_judged_today_by_the_newest_report_they_have(yubei: Desk, beibei: Desk) -> None:
    page = yubei.see(MEMBERS, key="INCUBATION")
    assert page["defaultYear"] == shire.TODAY.year
    assert [(node["name"], node["year"]) for node in page["members"]["nodes"]] == [
        (shire.named(NEWBORN), shire.TODAY.year)
    ]
    assert found(yubei, "INCUBATION", year=shire.TODAY.year) == named(NEWBORN)
    founded = (shire.TODAY - dt.timedelta(days=30)).isoformat()
    assert found(yubei, "INCUBATION", filter={"establishedOn": {"gte": founded}}) == named(NEWBORN)
    # A report of last year is the newest there is; its patent counts, and it is what the member shows.
    assert found(beibei, "INCUBATION") == named(RECENT)
    query = "{ library(key: INCUBATION) { members { nodes { report { year } firstQualifiedYear isFirstTime } } } }"
    (member,) = beibei.see(query)["members"]["nodes"]
    last_year = shire.TODAY.year - 1
    assert member == {"report": {"year": last_year}, "firstQualifiedYear": last_year, "isFirstTime": False}
    assert found(beibei, "INCUBATION", year=last_year - 1) == []


def test_c37_the_hnte_reserve_begins_with_the_reports_of_2022(yubei: Desk, beibei: Desk, bureau: Desk) -> None:
    page = yubei.see(MEMBERS, key="HNTE_RESERVE")
    assert page["defaultYear"] == 2022
    assert {node["year"] for node in page["members"]["nodes"]} == {2022}
    assert found(yubei, "HNTE_RESERVE") == named(RESERVE)
    assert found(beibei, "HNTE_RESERVE") == named(RESERVE_BEIBEI)
    assert found(bureau, "HNTE_RESERVE") == named(RESERVE_BEIBEI, RESERVE)  # by unit, then name
    assert found(bureau, "HNTE_RESERVE", filter={"search": uscc(RESERVE)[:18]}) == named(RESERVE)
    assert found(yubei, "HNTE_RESERVE", year=2018) == []
    walked = bureau.see(MEMBERS, key="HNTE_RESERVE", first=1)["members"]
    second = bureau.see(MEMBERS, key="HNTE_RESERVE", first=1, after=walked["pageInfo"]["endCursor"])["members"]
    assert [node["name"] for node in (*walked["nodes"], *second["nodes"])] == named(RESERVE_BEIBEI, RESERVE)
    assert not second["pageInfo"]["hasNextPage"]


def test_c38_seven_conditions_tell_their_texts_parameters_and_sources(yubei: Desk) -> None:
    library = yubei.see(TEXTS, key="HNTE_RESERVE")
    main = [each for each in library["conditions"] if not each["isFixed"]]
    assert [each["key"] for each in main] == ["H1", "H2", "H3", "H4", "H5", "H6", "H7"]
    assert main[3]["text"] == "科技人员占职工总数的比例不低于{minSciTechStaffRatio}"
    assert main[3]["parameters"] == [
        {"name": "minSciTechStaffRatio", "label": "科技人员占比下限", "kind": "DECIMAL", "unit": None,
         "default": "0.10", "defaults": [], "value": "0.10", "values": [], "min": "0", "max": "1"}
    ]  # fmt: skip
    assert main[0]["confidence"] == "REGULATION_HIGH"
    assert main[6]["confidence"] == "PROPOSED"
    assert library["confidence"] == "PROPOSED"
    assert len(main[2]["parameters"][0]["defaults"]) == 8


def test_c38_parameters_of_a_query_decide_and_are_not_kept(yubei: Desk) -> None:
    assert found(yubei, "HNTE_RESERVE", conditions=[adjusted("H5", tier1Ratio="0.049")]) == named(RESERVE, NEARLY)
    assert found(yubei, "HNTE_RESERVE", conditions=[adjusted("H5", enabled=False)]) == named(RESERVE, NEARLY)
    assert found(yubei, "HNTE_RESERVE", conditions=[adjusted("H4", minSciTechStaffRatio="0.3")]) == named(RESERVE)
    assert found(yubei, "HNTE_RESERVE", conditions=[adjusted("H4", minSciTechStaffRatio="0.31")]) == []
    fields = {"key": "H3", "parameters": [{"name": "fields", "values": ["AEROSPACE"]}]}
    assert found(yubei, "HNTE_RESERVE", conditions=[fields]) == []
    assert found(yubei, "HNTE_RESERVE") == named(RESERVE)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([adjusted("H4", minSciTechStaffRatio="1.01")],
         "高企后备库的参数“科技人员占比下限”（H4.minSciTechStaffRatio）应为 0 至 1 之间的数值（比例）"),
        ([adjusted("H1", minDaysRegistered="1.5")],
         "高企后备库的参数“注册天数下限”（H1.minDaysRegistered）应为 0 至 36,500 之间的整数（天）"),
        ([adjusted("H1", minDays="1")], "高企后备库的条件 H1 没有参数“minDays”，可设置的参数：minDaysRegistered"),
        ([adjusted("H9")], "高企后备库没有条件“H9”，可设置的条件：H1、H2、H3、H4、H5、H6、H7、HX1、HX2"),
        ([adjusted("HX1", enabled=False)], "高企后备库的条件 HX1 是固定条件，不能停用"),
        ([adjusted("H1"), adjusted("H1")], "“H1”重复设置，请只保留一个"),
        ([{"key": "H1", "parameters": [{"name": "minDaysRegistered"}]}],
         "高企后备库的参数“注册天数下限”（H1.minDaysRegistered）需要填写 value"),
        ([adjusted("HX2", excludeValidHnte="2")],
         "高企后备库的参数“排除有效高企”（HX2.excludeValidHnte）应为 1（是）或 0（否）"),
    ],
)  # fmt: skip
def test_c38_wrong_parameters_are_refused_by_name_and_range(
    yubei: Desk, conditions: list[dict[str, Any]], message: str
) -> None:
    for accept in ("json", "xlsx"):
        refused = yubei.ask(MEMBERS, accept=accept, key="HNTE_RESERVE", conditions=conditions)
        assert refused.code == "BAD_USER_INPUT"
        assert refused.errors[0]["message"] == message


@pytest.mark.parametrize(
    "key", ["INCUBATION", "STAR_RESERVE", "HIGH_GROWTH", "TECH_ENTERPRISE_REGISTER", "HNTE_REGISTER"]
)
def test_c40_c44_libraries_without_parameters_refuse_them(yubei: Desk, key: str) -> None:
    refused = yubei.ask(MEMBERS, key=key, conditions=[adjusted("S1")])
    assert refused.code == "BAD_USER_INPUT"
    assert "不能设置条件参数" in refused.errors[0]["message"]
    assert yubei.ask(SAVE, i={"library": key, "conditions": []}).code == "BAD_USER_INPUT"


def test_c38_saved_parameters_count_for_the_unit_then_the_city_until_they_are_reset(
    yubei: Desk, beibei: Desk, bureau: Desk
) -> None:
    looser, stricter = [adjusted("H5", tier1Ratio="0.01")], [adjusted("H4", minSciTechStaffRatio="0.9")]
    try:
        saved = yubei.see(SAVE, i={"library": "HNTE_RESERVE", "conditions": looser})
        assert saved["name"] == "高企后备库"
        assert found(yubei, "HNTE_RESERVE") == named(RESERVE, NEARLY)
        assert found(beibei, "HNTE_RESERVE") == named(RESERVE_BEIBEI)
        assert found(bureau, "HNTE_RESERVE") == named(RESERVE_BEIBEI, RESERVE)
        bureau.see(SAVE, i={"library": "HNTE_RESERVE", "conditions": stricter})
        assert found(bureau, "HNTE_RESERVE") == found(beibei, "HNTE_RESERVE") == found(yubei, "HNTE_RESERVE") == []
        shown = yubei.see(TEXTS, key="HNTE_RESERVE")["conditions"]
        assert shown[3]["parameters"][0]["value"] == "0.9"
        assert {each["name"]: each["value"] for each in shown[4]["parameters"]}["tier1Ratio"] == "0.01"
        assert found(yubei, "HNTE_RESERVE", conditions=[adjusted("H4", minSciTechStaffRatio="0.1")]) == named(
            RESERVE, NEARLY
        )
        off = [adjusted("H4", enabled=False), *looser]
        kept = yubei.see(SAVE, i={"library": "HNTE_RESERVE", "conditions": off})["conditions"]
        assert [each["key"] for each in kept if not each["enabled"]] == ["H4"]
        assert found(yubei, "HNTE_RESERVE") == named(RESERVE, NEARLY)
    finally:
        assert yubei.see(RESET, i={"library": "HNTE_RESERVE"})["key"] == "HNTE_RESERVE"
        bureau.see(RESET, i={"library": "HNTE_RESERVE"})
    assert found(yubei, "HNTE_RESERVE") == named(RESERVE)


def test_c38_what_is_saved_replaces_all_that_was_saved_before(yubei: Desk) -> None:
    def differing() -> dict[str, str]:
        conditions = yubei.see(TEXTS, key="HNTE_RESERVE")["conditions"]
        every = [each for condition in conditions for each in condition["parameters"]]
        return {each["name"]: each["value"] for each in every if each["value"] != each["default"]}

    try:
        yubei.see(SAVE, i={"library": "HNTE_RESERVE", "conditions": [adjusted("H5", tier1Ratio="0.01")]})
        assert differing() == {"tier1Ratio": "0.01"}
        yubei.see(SAVE, i={"library": "HNTE_RESERVE", "conditions": [adjusted("H4", minSciTechStaffRatio="0.2")]})
        assert differing() == {"minSciTechStaffRatio": "0.2"}
        yubei.see(SAVE, i={"library": "HNTE_RESERVE", "conditions": []})
        assert differing() == {}
    finally:
        yubei.see(RESET, i={"library": "HNTE_RESERVE"})
    told = '{ __type(name: "Mutation") { fields { name description } } }'
    fields = {each["name"]: each["description"] for each in yubei.see(told)["fields"]}
    assert "整体替换原来保存的参数" in fields["saveLibraryConditions"]


@pytest.mark.parametrize("key", ["HNTE_RESERVE", "LEADING_CULTIVATION", "NATIONAL_SME_RESERVE"])
def test_c38_a_whole_form_sent_with_its_declared_values_finds_what_no_form_finds(yubei: Desk, key: str) -> None:
    form = [
        {
            "key": each["key"],
            "enabled": True,
            "parameters": [
                {"name": of["name"], "value": of["default"]}
                if of["kind"] != "WORDS"
                else {"name": of["name"], "values": of["defaults"]}
                for of in each["parameters"]
            ],
        }
        for each in yubei.see(TEXTS, key=key)["conditions"]
        if each["parameters"] or not each["isFixed"]
    ]
    assert found(yubei, key) == found(yubei, key, conditions=form) != []


def test_c38_an_officer_saves_for_own_units_and_the_bureau_for_the_city(at: Desks) -> None:
    keep: dict[str, Any] = {"library": "HNTE_RESERVE", "conditions": []}
    assert at(town.YUBEI).ask(SAVE, i={**keep, "unit": town.BEIBEI_UNIT}).code == "NOT_FOUND"
    assert at(town.TWO_UNITS).ask(SAVE, i=keep).code == "BAD_USER_INPUT"
    assert at(town.TWO_UNITS).see(RESET, i={"library": "HNTE_RESERVE", "unit": town.YUBEI_UNIT})["key"]
    assert at(town.MUNICIPAL).ask(SAVE, i={**keep, "unit": town.YUBEI_UNIT}).code == "BAD_USER_INPUT"
    for person in (town.ANALYST, town.QIMING, town.BANK_A, town.ADMIN):
        assert at(person).ask(SAVE, i=keep).code == "FORBIDDEN"


def test_c39_the_hnte_reserve_is_exported_with_its_parameters(yubei: Desk) -> None:
    book = yubei.workbook(FILE, key="HNTE_RESERVE", conditions=[adjusted("H5", tier1Ratio="0.049")])
    sheets = [rows_of(sheet) for sheet in book.worksheets]
    listed = next(rows for rows in sheets if "企业名称" in rows[0] and len(rows) == 3)
    at_name = listed[0].index("企业名称")
    assert [row[at_name] for row in listed[1:]] == named(RESERVE, NEARLY)
    results = next(rows for rows in sheets if "判断结果" in rows[0])
    assert len(results) == 1 + 2 * 9
    assert {row[results[0].index("判断结果")] for row in results[1:]} == {"满足"}


def test_c40_the_star_reserve_filters_by_district(yubei: Desk, beibei: Desk) -> None:
    assert found(yubei, "STAR_RESERVE") == named(STAR)
    assert found(yubei, "STAR_RESERVE", filter={"district": {"code": ["500112"]}}) == named(STAR)
    assert found(yubei, "STAR_RESERVE", filter={"district": {"code": ["500109"]}}) == []
    assert found(beibei, "STAR_RESERVE", filter={"district": {"code": ["500112"]}}) == []
    assert taken(yubei, "STAR_RESERVE") == named(STAR)


def test_c41_c42_the_leading_library_is_queried_with_parameters(yubei: Desk, beibei: Desk) -> None:
    assert found(yubei, "LEADING_CULTIVATION") == named(LEADING)
    assert found(yubei, "LEADING_CULTIVATION", filter={"search": "0004"}) == named(LEADING)
    assert found(yubei, "LEADING_CULTIVATION", filter={"search": "0005"}) == []
    assert found(yubei, "LEADING_CULTIVATION", conditions=[adjusted("L3", minInventionPatents="16")]) == []
    level = {"key": "L4", "parameters": [{"name": "minPlatformLevel", "values": ["NATIONAL"]}]}
    assert found(yubei, "LEADING_CULTIVATION", conditions=[level]) == []
    assert found(beibei, "LEADING_CULTIVATION") == []
    assert yubei.see(TEXTS, key="LEADING_CULTIVATION")["confidence"] == "REGULATION_LOW"


def test_c43_the_leading_library_is_exported(yubei: Desk) -> None:
    assert taken(yubei, "LEADING_CULTIVATION") == named(LEADING)


# ── 科企后备库 ──────────────────────────────────────────────────────────────────────────────────


def test_c44_the_high_growth_library_knows_who_qualifies_for_the_first_time(yubei: Desk, beibei: Desk) -> None:
    (member,) = yubei.see(MEMBERS, key="HIGH_GROWTH")["members"]["nodes"]
    assert (member["name"], member["category"], member["isFirstTime"]) == (shire.named(GAZELLE), "GAZELLE", True)
    assert found(yubei, "HIGH_GROWTH", filter={"isFirstTime": True}) == named(GAZELLE)
    assert found(yubei, "HIGH_GROWTH", filter={"isFirstTime": False}) == []
    assert found(yubei, "HIGH_GROWTH", year=2021) == []
    assert found(beibei, "HIGH_GROWTH") == []
    assert taken(yubei, "HIGH_GROWTH") == named(GAZELLE)


def test_c45_the_tech_sme_reserve_begins_with_the_reports_of_2022(yubei: Desk, beibei: Desk) -> None:
    assert yubei.see(MEMBERS, key="NATIONAL_SME_RESERVE")["defaultYear"] == 2022
    assert found(yubei, "NATIONAL_SME_RESERVE") == named(RESERVE, NEARLY)
    assert found(beibei, "NATIONAL_SME_RESERVE") == named(RESERVE_BEIBEI)
    assert found(yubei, "NATIONAL_SME_RESERVE", filter={"search": "0008"}) == named(NEARLY)


def test_c46_two_conditions_take_parameters(yubei: Desk) -> None:
    conditions = yubei.see(TEXTS, key="NATIONAL_SME_RESERVE")["conditions"]
    assert [each["key"] for each in conditions if not each["isFixed"]] == ["N1", "N2"]
    assert found(yubei, "NATIONAL_SME_RESERVE", conditions=[adjusted("N1", maxSalesRevenue="39999")]) == []
    assert found(yubei, "NATIONAL_SME_RESERVE", conditions=[adjusted("N2", minScore="95")]) == named(RESERVE)


def test_c47_the_tech_sme_reserve_is_exported_with_its_parameters(yubei: Desk) -> None:
    assert taken(yubei, "NATIONAL_SME_RESERVE", conditions=[adjusted("N2", minScore="95")]) == named(RESERVE)


# ── 科企认定库 ──────────────────────────────────────────────────────────────────────────────────


def test_c48_the_tech_enterprise_register_lists_valid_filings(yubei: Desk, beibei: Desk) -> None:
    (member,) = yubei.see(MEMBERS, key="TECH_ENTERPRISE_REGISTER")["members"]["nodes"]
    assert (member["name"], member["recordNo"], member["recordStatus"]) == (shire.named(REGISTERED), "CQ7", "VALID")
    assert found(yubei, "TECH_ENTERPRISE_REGISTER", includeExpired=True) == named(REGISTERED, LAPSED)
    assert found(yubei, "TECH_ENTERPRISE_REGISTER", filter={"search": "0007"}) == named(REGISTERED)
    assert found(beibei, "TECH_ENTERPRISE_REGISTER") == []
    assert taken(yubei, "TECH_ENTERPRISE_REGISTER") == named(REGISTERED)


def test_c49_the_hnte_register_lists_certificates_valid_on_a_day(yubei: Desk, beibei: Desk) -> None:
    assert found(yubei, "HNTE_REGISTER") == named(REGISTERED)
    assert found(yubei, "HNTE_REGISTER", asOf="2022-12-31") == named(LEADING)
    assert found(yubei, "HNTE_REGISTER", asOf="2018-01-01") == named(LAPSED)
    assert found(yubei, "HNTE_REGISTER", asOf="2018-01-02") == []
    assert found(yubei, "HNTE_REGISTER", includeExpired=True) == named(LEADING, REGISTERED, LAPSED)
    yesterday = (shire.TODAY - dt.timedelta(days=1)).isoformat()
    assert found(yubei, "HNTE_REGISTER", asOf=yesterday) == []
    assert found(beibei, "HNTE_REGISTER") == []


# ── everybody's ─────────────────────────────────────────────────────────────────────────────────


def test_a_member_explains_itself_with_numbers_texts_and_sources(yubei: Desk) -> None:
    (member,) = yubei.see(EXPLAINED, key="HNTE_RESERVE")["members"]["nodes"]
    assert member["report"] == {"year": 2022, "operation": {"operatingRevenue": "40000.000"}}
    assert member["failed"] == []
    research = member["results"][4]
    assert (research["key"], research["state"], research["actual"], research["threshold"], research["gap"]) == (
        "H5", "PASS", "0.060000", "0.05", None)  # fmt: skip
    assert research["measure"] == "近三年研发费用占销售收入比例"
    assert "国科发火〔2016〕32号" in research["condition"]["source"]


def test_an_enterprise_shows_which_library_it_just_misses_and_by_how_much(yubei: Desk) -> None:
    query = """query ($uscc: ID!, $most: Int) { enterprise(uscc: $uscc) { libraries(year: 2022, missingAtMost: $most) {
        library isMember failed results { key state actual threshold gap } } } }"""
    own = yubei.see(query, uscc=uscc(NEARLY))["libraries"]
    assert [entry["library"] for entry in own] == ["NATIONAL_SME_RESERVE"]
    missed = yubei.see(query, uscc=uscc(NEARLY), most=1)["libraries"]
    entry = next(each for each in missed if each["library"] == "HNTE_RESERVE")
    assert (entry["isMember"], entry["failed"]) == (False, ["H5"])
    assert next(each for each in entry["results"] if each["key"] == "H5") == {
        "key": "H5", "state": "FAIL", "actual": "0.049975", "threshold": "0.05", "gap": "0.000025"}  # fmt: skip


def test_all_libraries_at_once_say_what_each_alone_says(yubei: Desk) -> None:
    every = yubei.see("{ libraries { key members { totalCount nodes { name } } } }")
    assert len(every) == 8
    for library in every:
        assert [node["name"] for node in library["members"]["nodes"]] == found(yubei, library["key"])
    of_2021 = yubei.see("{ libraries { key members(year: 2021) { totalCount } } }")
    counts = {each["key"]: each["members"]["totalCount"] for each in of_2021}
    assert (counts["HIGH_GROWTH"], counts["HNTE_REGISTER"]) == (0, 1)  # each takes what says something to it
    refused = yubei.ask('{ libraries { members(conditions: [{key: "H1"}]) { totalCount } } }')
    assert refused.code == "BAD_USER_INPUT"
    assert yubei.ask("{ libraries { members { nodes { name } } } }", accept="xlsx").code == "BAD_USER_INPUT"


def test_an_enterprise_sees_membership_only_and_banks_nothing(at: Desks) -> None:
    own = at(town.QIMING)
    assert found(own, "HNTE_RESERVE") == named(RESERVE)
    mine = own.see("{ enterprises { nodes { libraries { library isMember firstQualifiedYear } } } }")["nodes"][0]
    assert {each["library"] for each in mine["libraries"]} == {"HNTE_RESERVE", "NATIONAL_SME_RESERVE"}
    for query in (
        "{ library(key: HNTE_RESERVE) { members { nodes { results { key } } } } }",
        "{ library(key: HNTE_RESERVE) { members { nodes { failed } } } }",
        '{ library(key: HNTE_RESERVE) { members(conditions: [{key: "H1"}]) { nodes { name } } } }',
        "{ enterprises { nodes { libraries(missingAtMost: 1) { library } } } }",
    ):
        assert own.ask(query).code == "FORBIDDEN"
    for person in (town.BANK_A, town.ADMIN, town.DEPARTMENT):
        assert at(person).ask("{ libraries { name } }").code == "FORBIDDEN"
        assert at(person).ask("{ library(key: HNTE_RESERVE) { members { nodes { name } } } }").code == "FORBIDDEN"
    assert at(town.PUBLIC).ask("{ libraries { name } }").code == "UNAUTHENTICATED"
    analyst = at(town.ANALYST)
    assert analyst.see(EXPLAINED, key="HNTE_RESERVE")["members"]["nodes"][0]["results"]
    asked = analyst.ask(MEMBERS, key="HNTE_RESERVE", conditions=[adjusted("H1")])
    assert asked.code == "FORBIDDEN"


@pytest.mark.parametrize(
    ("key", "argument", "value", "message"),
    [
        ("HNTE_REGISTER", "year", 2022, "高新技术企业认定库不使用参数“year”，请去掉；可用的参数：asOf、includeExpired"),
        ("TECH_ENTERPRISE_REGISTER", "year", 2022,
         "科技型企业认定库不使用参数“year”，请去掉；可用的参数：asOf、includeExpired"),
        ("HNTE_RESERVE", "asOf", "2022-12-31", "高企后备库不使用参数“asOf”，请去掉；可用的参数：year、conditions"),
        ("STAR_RESERVE", "includeExpired", True,
         "科创板上市企业储备库不使用参数“includeExpired”，请去掉；可用的参数：year"),
    ],
)  # fmt: skip
def test_arguments_that_say_nothing_to_a_library_are_refused_by_name(
    yubei: Desk, key: str, argument: str, value: Any, message: str
) -> None:
    refused = yubei.ask(MEMBERS, key=key, **{argument: value})
    assert (refused.code, refused.errors[0]["message"]) == ("BAD_USER_INPUT", message)
    assert refused.errors[0]["extensions"]["field"] == argument
    assert yubei.see(MEMBERS, key=key, **{argument: None})["members"]


def test_a_year_nobody_has_is_refused(yubei: Desk) -> None:
    refused = yubei.ask(MEMBERS, key="HNTE_RESERVE", year=1999)
    assert (refused.code, refused.errors[0]["message"]) == ("BAD_USER_INPUT", "年份应在 2000 至 2100 之间")


def test_the_latest_year_may_be_fixed_while_the_first_reports_of_a_new_one_come_in(
    beibei: Desk, shire_url: str
) -> None:
    query = "{ libraries { key defaultYear } }"
    last_year, now = shire.TODAY.year - 1, shire.TODAY.year
    years = {each["key"]: each["defaultYear"] for each in beibei.see(query)}
    assert (years["STAR_RESERVE"], years["HNTE_RESERVE"], years["INCUBATION"]) == (last_year, 2022, now)
    with service_on(shire_url, KEQI_LATEST_REPORT_YEAR="2021") as fixed:
        years = {each["key"]: each["defaultYear"] for each in fixed(town.BEIBEI).see(query)}
    assert (years["STAR_RESERVE"], years["HNTE_RESERVE"], years["INCUBATION"]) == (2021, 2022, now)


def test_pages_tell_what_each_library_offers(yubei: Desk) -> None:
    query = "{ settings { pages { key root exports defaults { name value } filters { argument } } } }"
    pages = {page["key"]: page for page in yubei.see(query)["pages"] if page["root"] == "library.members"}
    assert len(pages) == 8
    assert [key for key, page in pages.items() if not page["exports"]] == ["INCUBATION"]
    assert pages["HNTE_RESERVE"]["defaults"] == [{"name": "year", "value": "2022"}]
    offered = {key: [each["argument"] for each in page["filters"]] for key, page in pages.items()}
    assert offered["INCUBATION"] == ["filter.search", "filter.establishedOn"]
    assert offered["STAR_RESERVE"] == ["filter.district.code"]
    assert offered["HIGH_GROWTH"] == ["filter.search", "filter.isFirstTime", "year"]
    assert offered["LEADING_CULTIVATION"] == ["filter.search", "conditions"]
