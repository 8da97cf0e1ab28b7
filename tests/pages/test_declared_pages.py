"""申报事项: ratings and vouchers, enterprise by enterprise (domain C21, C22, C25, C26), and the registers' entries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.rows import uscc
from tests.fixtures.town import BEIBEI_UNIT, NAMES, YUBEI_UNIT
from tests.fixtures.town_registers import RATINGS, VOUCHERS
from tests.pages.desks import Desk, listing

RATED = listing(
    "creditRatings",
    "CreditRatingFilter",
    "enterprise { district { name } name uscc } year grade creditLimit ratedOn",
)
VOUCHER = listing(
    "vouchers",
    "VoucherApplicationFilter",
    "enterprise { district { name } name uscc } year type appliedAmount issuedAmount usedAmount redeemedAmount status",
)
IN_YUBEI = (1, 2, 3, 4, 5)
Key = tuple[int, int]


def keys(rows: Any) -> list[Key]:
    """Rows by enterprise number and year, in their order."""
    numbers = {name: number for number, name in NAMES.items()}
    return [(numbers[row["enterprise"]["name"]], row["year"]) for row in rows]


def rated(*numbers: int) -> list[Key]:
    """The ratings of these enterprises, newest year first."""
    found = [(number, year) for number, year, _ in RATINGS if number in numbers]
    return sorted(found, key=lambda key: (-key[1], uscc(key[0])))


def applied(*numbers: int) -> list[Key]:
    """The voucher applications of these enterprises, newest year first."""
    found = [(number, year) for number, year, _ in VOUCHERS if number in numbers]
    return sorted(found, key=lambda key: (-key[1], uscc(key[0])))


# ── 知识价值信用评级列表 ────────────────────────────────────────────────────────────────────────


def test_c21_reset_lists_the_ratings_of_own_enterprises(yubei: Desk, beibei: Desk, bureau: Desk) -> None:
    page = yubei.see(RATED)
    assert (keys(page["nodes"]), page["totalCount"]) == (rated(*IN_YUBEI), len(rated(*IN_YUBEI)))
    assert page == yubei.see(RATED, filter={"grade": [], "year": None, "unitCode": [], "search": ""})
    assert keys(beibei.see(RATED)["nodes"]) == rated(8, 9, 10)
    assert sorted(keys(bureau.walk(RATED, size=4))) == sorted(rated(*NAMES))


def test_c21_a_row_has_the_columns_of_the_page(yubei: Desk) -> None:
    first = yubei.see(RATED, filter={"search": "启明", "year": [2022]})["nodes"]
    assert first == [
        {
            "enterprise": {"district": {"name": "渝北区"}, "name": NAMES[1], "uscc": uscc(1)},
            "year": 2022,
            "grade": "A",
            "creditLimit": "500.0000",
            "ratedOn": "2022-06-30",
        }
    ]
    assert yubei.see(RATED, filter={"search": "渝北精密"})["nodes"][0]["grade"] is None  # 未评级


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"grade": ["A"]}, [(1, 2022)]),
        ({"grade": ["B", "D"]}, [(1, 2021), (5, 2021)]),
        ({"year": [2021]}, [(1, 2021), (5, 2021)]),
        ({"year": [2021], "grade": ["D"]}, [(5, 2021)]),
        ({"unitCode": [YUBEI_UNIT], "year": [2020]}, [(1, 2020)]),
        ({"enterprise": {"unit": {"code": [YUBEI_UNIT]}}, "year": [2020]}, [(1, 2020)]),
        ({"enterprise": {"district": {"code": [YUBEI_UNIT]}}, "grade": ["E"]}, [(3, 2022)]),
        ({"search": "重庆机械"}, [(2, 2022)]),
        ({"search": "ａｂｃ生物医药（重庆）"}, [(5, 2021)]),
        ({"search": uscc(3)[-8:].lower()}, [(3, 2022)]),
        ({"search": "不存在"}, []),
        ({"grade": ["C"], "year": [2022]}, []),
    ],
    ids=str,
)
def test_c21_grade_year_unit_and_search(yubei: Desk, given: dict[str, Any], expected: list[Key]) -> None:
    page = yubei.see(RATED, filter=given)
    assert (keys(page["nodes"]), page["totalCount"]) == (expected, len(expected))


def test_c21_the_unit_filter_stays_within_the_scope(yubei: Desk, beibei: Desk, bureau: Desk) -> None:
    given = {"unitCode": [BEIBEI_UNIT]}
    assert yubei.see(RATED, filter=given)["nodes"] == []
    assert keys(beibei.see(RATED, filter=given)["nodes"]) == rated(8, 9)
    assert keys(bureau.see(RATED, filter=given)["nodes"]) == rated(8, 9)


def test_c21_the_last_page_ends_the_list(yubei: Desk) -> None:
    assert keys(yubei.walk(RATED, size=4)) == rated(*IN_YUBEI)
    assert keys(yubei.walk(RATED, size=1, filter={"grade": ["E"]})) == [(3, 2022)]


def test_c21_a_bank_sees_grades_that_were_shared_with_it_and_no_scores(bank: Desk, qiming: Desk) -> None:
    assert keys(bank.see(RATED)["nodes"]) == rated(1)  # 渝北精密 shares BASIC with it, 两江航空 FINANCIAL
    scores = "{ creditRatings { nodes { year score factorIp factorRd } } }"
    assert bank.ask(scores).code == "FORBIDDEN"
    assert qiming.see(scores)["nodes"][0] == {"year": 2022, "score": "90.00", "factorIp": "24.50", "factorRd": "22.00"}
    assert bank.ask("{ enterprises { nodes { vouchers { year } } } }").code == "FORBIDDEN"


def test_c21_what_a_bank_reads_is_on_record(bank: Desk, administrator: Desk) -> None:
    bank.see("query RatingsOnRecord { creditRatings { nodes { grade creditLimit } } }")
    trail = """{ auditLog(filter: {operation: ["RatingsOnRecord"]}, first: 1) {
        nodes { kind bank fields rows subjects } } }"""
    (line,) = administrator.see(trail)["nodes"]
    assert (line["kind"], line["bank"], line["rows"], line["subjects"]) == ("READ", "BANK_A", 3, [uscc(1)])
    assert {"CreditRating.creditLimit", "CreditRating.grade"} <= set(line["fields"])


def test_c21_loans_are_seen_by_the_bank_that_gave_them(bank: Desk, yubei: Desk, qiming: Desk) -> None:
    query = "query ($uscc: ID!) { enterprise(uscc: $uscc) { creditLoans { bankCode amount loanOn kind overdue } } }"
    assert [loan["bankCode"] for loan in yubei.see(query, uscc=uscc(1))["creditLoans"]] == ["BANK_A", "BANK_B"]
    assert len(qiming.see(query, uscc=uscc(1))["creditLoans"]) == 2
    assert [loan["bankCode"] for loan in bank.see(query, uscc=uscc(1))["creditLoans"]] == ["BANK_A"]
    assert bank.see(query, uscc=uscc(8)) is None


@pytest.mark.parametrize(
    "given", [None, {"grade": ["A"]}, {"year": [2021], "search": "重庆"}, {"search": "无"}], ids=str
)
def test_c22_the_export_is_the_list_with_its_conditions(
    yubei: Desk, beibei: Desk, given: dict[str, Any] | None
) -> None:
    for desk in (yubei, beibei):
        header, *rows = desk.sheet(RATED, filter=given)
        assert header == [
            "区县",
            "企业名称",
            "统一社会信用代码",
            "年份",
            "信用等级",
            "授信额度(万元)",
            "评级日期",
        ]
        screen = desk.see(RATED, filter=given, first=100)["nodes"]
        assert [(row[2], row[3]) for row in rows] == [(row["enterprise"]["uscc"], row["year"]) for row in screen]


# ── 科技创新券情况统计表 ────────────────────────────────────────────────────────────────────────


def test_c25_reset_lists_the_applications_of_own_enterprises(yubei: Desk, beibei: Desk, analyst: Desk) -> None:
    page = yubei.see(VOUCHER)
    assert (keys(page["nodes"]), page["totalCount"]) == (applied(*IN_YUBEI), len(applied(*IN_YUBEI)))
    assert page == yubei.see(VOUCHER, filter={"year": None, "search": ""})
    assert keys(beibei.see(VOUCHER)["nodes"]) == applied(8, 9, 10)
    assert sorted(keys(analyst.walk(VOUCHER, size=3))) == sorted(applied(*NAMES))


def test_c25_a_row_has_the_columns_of_the_page(yubei: Desk) -> None:
    rows = yubei.see(VOUCHER, filter={"search": "启明", "year": [2022]})["nodes"]
    assert {
        "enterprise": {"district": {"name": "渝北区"}, "name": NAMES[1], "uscc": uscc(1)},
        "year": 2022,
        "type": "RD_SERVICE",
        "appliedAmount": "10.0000",
        "issuedAmount": "8.0000",
        "usedAmount": "7.5000",
        "redeemedAmount": "7.5000",
        "status": "REDEEMED",
    } in rows
    waiting = next(row for row in rows if row["status"] == "APPLIED")
    assert (waiting["issuedAmount"], waiting["redeemedAmount"]) == (None, None)  # not come so far, which is not zero


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"year": [2021]}, [(1, 2021)]),
        ({"search": "启明"}, [(1, 2022), (1, 2022), (1, 2022), (1, 2021)]),
        ({"year": [2022], "search": "＝sum（1，2）"}, [(3, 2022)]),
        ({"year": [2022], "search": "渝北机械厂"}, [(2, 2022)]),
        ({"year": [2020]}, []),
        ({"search": "北碚"}, []),
        ({"status": ["REJECTED"]}, [(1, 2021)]),
    ],
    ids=str,
)
def test_c25_year_and_keyword_one_or_both(yubei: Desk, given: dict[str, Any], expected: list[Key]) -> None:
    page = yubei.see(VOUCHER, filter=given)
    assert (keys(page["nodes"]), page["totalCount"]) == (expected, len(expected))


def test_c25_the_last_page_ends_the_list(yubei: Desk, beibei: Desk) -> None:
    assert keys(yubei.walk(VOUCHER, size=2)) == applied(*IN_YUBEI)
    assert keys(beibei.walk(VOUCHER, size=3)) == applied(8, 9)


def test_c25_an_enterprise_sees_its_own_and_banks_none(qiming: Desk, bank: Desk, public: Desk) -> None:
    assert keys(qiming.see(VOUCHER)["nodes"]) == applied(1)
    assert bank.ask(VOUCHER).code == "FORBIDDEN"
    assert public.ask(VOUCHER).code == "UNAUTHENTICATED"


def test_c25_the_vouchers_of_one_enterprise_in_a_year(yubei: Desk) -> None:
    query = "query ($uscc: ID!, $year: Int) { enterprise(uscc: $uscc) { vouchers(year: $year) { year appliedOn } } }"
    assert [row["year"] for row in yubei.see(query, uscc=uscc(1))["vouchers"]] == [2022, 2022, 2022, 2021]
    assert [row["year"] for row in yubei.see(query, uscc=uscc(1), year=2021)["vouchers"]] == [2021]
    assert yubei.see(query, uscc=uscc(1), year=2019)["vouchers"] == []


@pytest.mark.parametrize("given", [None, {"year": [2021]}, {"search": "无此企业"}], ids=str)
def test_c26_the_export_is_the_list_with_its_conditions(
    yubei: Desk, beibei: Desk, given: dict[str, Any] | None
) -> None:
    for desk in (yubei, beibei):
        header, *rows = desk.sheet(VOUCHER, filter=given)
        assert header == [
            "区县",
            "企业名称",
            "统一社会信用代码",
            "年份",
            "创新券类型",
            "申领金额(万元)",
            "发放金额(万元)",
            "使用金额(万元)",
            "兑付金额(万元)",
            "状态",
        ]
        screen = desk.see(VOUCHER, filter=given, first=100)["nodes"]
        assert [(row[2], row[3]) for row in rows] == [(row["enterprise"]["uscc"], row["year"]) for row in screen]
        amounts = [row["redeemedAmount"] for row in screen]
        assert [row[8] for row in rows] == [None if amount is None else float(amount) for amount in amounts]


# ── the registers' entries, as far as one enterprise has them ───────────────────────────────────

ENTRIES = """query ($uscc: ID!) { enterprise(uscc: $uscc) {
    techEnterpriseRecords { techEnterpriseNo filedOn validUntil status }
    certificates { certificateNo batch issuedOn expiresOn status }
    techSmeRegistrations { registrationNo registeredOn validUntil } } }"""


def test_c48_c49_the_entries_of_an_enterprise_newest_first(yubei: Desk, beibei: Desk) -> None:
    found = yubei.see(ENTRIES, uscc=uscc(1))
    assert [row["techEnterpriseNo"] for row in found["techEnterpriseRecords"]] == ["CQ2021000001", "CQ2018000001"]
    assert [row["certificateNo"] for row in found["certificates"]] == ["GR202250000001", "GR201950000001"]
    assert [row["registeredOn"] for row in found["techSmeRegistrations"]] == ["2022-04-20", "2021-04-20"]
    assert beibei.see(ENTRIES, uscc=uscc(1)) is None
    assert not any(yubei.see(ENTRIES, uscc=uscc(5)).values())


def test_c48_c49_a_bank_sees_entries_by_consent_to_basic_data(bank: Desk) -> None:
    assert len(bank.see(ENTRIES, uscc=uscc(1))["certificates"]) == 2
    assert len(bank.see(ENTRIES, uscc=uscc(2))["certificates"]) == 1
    assert not any(bank.see(ENTRIES, uscc=uscc(6)).values())  # it shares FINANCIAL only
    assert bank.see(ENTRIES, uscc=uscc(8)) is None
