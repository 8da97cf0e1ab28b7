"""What requests leave in the audit trail, and who may read it there: over the app, as each role asks."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from authz.principal import PUBLIC, Principal
from db.engine import Connection, connect
from tests.fixtures.rows import enterprise, insert, uscc
from tests.fixtures.service import Service, serving
from tests.fixtures.town import (
    ADMIN,
    ANALYST,
    BANK_A,
    BEIBEI,
    DEPARTMENT,
    MUNICIPAL,
    NO_UNIT,
    QIMING,
    YUBEI,
)

CONTACTS = "query Contacts { enterprises(first: 3) { nodes { uscc name researchContactMobile } } }"
REVEAL = (
    "mutation Reveal($uscc: ID!, $reason: String!) "
    "{ revealContact(uscc: $uscc, reason: $reason) { uscc researchContactName researchContactMobile contactMobile } }"
)
REASON = "核实年报联系人"
LOG = "{ auditLog { nodes { no kind role units { code } bank fields outcome reason } } }"


@dataclass(frozen=True, slots=True)
class Watched:
    """A service on a town of its own, and what stands in its trail."""

    service: Service
    connection: Connection
    url: str

    async def lines(self, kind: str | None = None) -> list[Any]:
        """The lines so far, of one kind or of all."""
        where = "WHERE kind = $1" if kind else "WHERE $1::text IS NULL"
        return await self.connection.fetch(f"SELECT * FROM audit_entry {where} ORDER BY no", kind)

    async def only(self) -> Any:
        """The one line there is."""
        found = await self.lines()
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
async def watched(town_copy: str) -> AsyncGenerator[Watched]:
    connection = await connect(town_copy)
    try:
        async with serving(town_copy, reveals_per_hour=3) as service:
            yield Watched(service, connection, town_copy)
    finally:
        await connection.close()


# ── reads ───────────────────────────────────────────────────────────────────────────────────────


async def test_an_officer_who_reads_contacts_leaves_a_line(watched: Watched) -> None:
    answer = await watched.service.ask(CONTACTS, as_=YUBEI)
    line = await watched.only()
    shown = sorted(node["uscc"] for node in answer.data["enterprises"]["nodes"])
    assert (line["kind"], line["subject"], line["role"]) == ("READ", YUBEI.subject, "DISTRICT_OFFICER")
    assert (line["operation"], line["fields"]) == ("Contacts", ["Enterprise.researchContactMobile"])
    assert (line["rows"], line["subjects"], line["units"]) == (3, shown, ["500112"])
    assert (line["outcome"], line["reason"]) == ("ok", None)
    assert json.loads(line["filter"]) == {"Enterprise": [{"first": 3}]}
    assert line["request_id"] == answer.headers["x-request-id"]


async def test_the_row_that_only_tells_of_a_next_page_is_not_named(watched: Watched) -> None:
    query = "{ enterprises(first: 2) { nodes { contactName } pageInfo { hasNextPage } } }"
    await watched.service.ask(query, as_=YUBEI)
    assert (await watched.only())["rows"] == 2


@pytest.mark.parametrize("who", [MUNICIPAL, ADMIN, ANALYST])
async def test_a_mask_reads_nothing(watched: Watched, who: Principal) -> None:
    answer = await watched.service.ask(CONTACTS, as_=who)
    assert answer.redacted == ["enterprises.nodes.researchContactMobile"]
    assert await watched.lines() == []


async def test_what_is_not_personal_leaves_no_line(watched: Watched) -> None:
    await watched.service.ask("{ enterprises { totalCount nodes { uscc name businessScope } } }", as_=YUBEI)
    assert await watched.lines() == []


@pytest.mark.parametrize(
    ("selection", "field"),
    [
        ("annualReport(year: 2022) { basic { reporterMobile } }", "ReportBasic.reporterMobile"),
        ("basicInfo { contactMobile }", "BasicInfo.contactMobile"),
        ("basicInfo { fields { name value } }", "FormField.value"),
        ("annualReports { nodes { enterprise { contactName } } }", "Enterprise.contactName"),
        ("harmless: contactMobile", "Enterprise.contactMobile"),
    ],
)
async def test_contacts_below_an_enterprise_name_the_enterprise(watched: Watched, selection: str, field: str) -> None:
    answer = await watched.service.ask(f'{{ enterprise(uscc: "{uscc(1)}") {{ {selection} }} }}', as_=YUBEI)
    assert answer.data["enterprise"] is not None
    line = await watched.only()
    assert (line["fields"], line["subjects"]) == ([field], [uscc(1)])


async def test_every_read_of_a_bank_leaves_a_line(watched: Watched) -> None:
    answer = await watched.service.ask("{ enterprises { nodes { uscc name } } }", as_=BANK_A)
    line = await watched.only()
    assert line["bank"] == "BANK_A"
    assert line["fields"] == ["Enterprise", "Enterprise.uscc", "Enterprise.name"]
    assert line["subjects"] == sorted(node["uscc"] for node in answer.data["enterprises"]["nodes"])


@pytest.mark.parametrize(
    "query",
    [
        "{ enterprises { totalCount } }",
        "{ enterprises { edges { cursor } } }",
        "{ enterprises { pageInfo { endCursor } } }",
        "{ enterprises { nodes { unit { name } } } }",
        "{ enterprises { nodes { __typename } } }",
        '{ enterprises(filter: {search: "公司"}) { totalCount } }',
        '{ customQuery(fields: ["unit.name"]) { nodes { values } } }',
        "{ enterprises { nodes { basicInfo { fields { name value } } } } }",
        "{ enterprises { nodes { annualReports { totalCount } } } }",
    ],
)
async def test_whatever_a_bank_reads_names_the_enterprises(watched: Watched, query: str) -> None:
    answer = await watched.service.ask(query, as_=BANK_A)
    assert "errors" not in answer.json
    line = await watched.only()
    assert line["fields"][0] == "Enterprise"
    assert line["subjects"] == [uscc(1), uscc(2), uscc(6)]


async def test_a_count_by_a_contact_names_whom_it_counted(watched: Watched) -> None:
    query = "query ($m: [String!]) { enterprises(filter: {contactMobile: $m}) { totalCount } }"
    answer = await watched.service.ask(query, {"m": ["13900000002"]}, as_=YUBEI)
    assert answer.data["enterprises"]["totalCount"] == 1
    line = await watched.only()
    assert (line["fields"], line["subjects"]) == (["Enterprise.contactMobile(filter)"], [uscc(2)])


async def test_neither_cursor_nor_search_brings_a_number_into_the_trail(watched: Watched) -> None:
    query = (
        "query ($after: String, $search: String) { enterprises(first: 1, after: $after, filter: {search: $search}, "
        "orderBy: [{field: RESEARCH_CONTACT_MOBILE}]) { pageInfo { endCursor } } }"
    )
    answer = await watched.service.ask(query, as_=YUBEI)
    cursor = answer.data["enterprises"]["pageInfo"]["endCursor"]
    await watched.service.ask(query, {"after": cursor, "search": "手机13800000001"}, as_=YUBEI)
    line = (await watched.lines())[1]
    asked = json.loads(line["filter"])["Enterprise"][0]
    assert (asked["after"], asked["filter"]) == ("***", {"search": "手机***"})
    assert cursor not in line["filter"]


async def test_a_bank_that_finds_nothing_has_asked_all_the_same(watched: Watched) -> None:
    await watched.service.ask(f'{{ enterprise(uscc: "{uscc(9)}") {{ name }} }}', as_=BANK_A)
    line = await watched.only()
    assert (line["rows"], line["subjects"], json.loads(line["filter"])) == (0, [], {"Enterprise": [{"uscc": uscc(9)}]})


async def test_a_condition_on_a_contact_is_noted_without_its_value(watched: Watched) -> None:
    query = (
        "query ($m: [String!], $f: EnterpriseFilter) { "
        'a: enterprises(filter: {or: [{contactMobile: $m}, {contactName: ["吴可"]}], inLibrary: true}) { totalCount }'
        " b: enterprises(filter: $f) { nodes { uscc } } }"
    )
    given = {"m": ["13987654321"], "f": {"and": {"researchContactEmail": "who@example.com"}, "search": "软件"}}
    await watched.service.ask(query, given, as_=YUBEI)
    line = await watched.only()
    assert set(line["fields"]) == {
        "Enterprise.contactMobile(filter)",
        "Enterprise.contactName(filter)",
        "Enterprise.researchContactEmail(filter)",
    }
    hidden = "***"
    assert json.loads(line["filter"]) == {
        "Enterprise": [
            {"filter": {"or": [{"contactMobile": hidden}, {"contactName": hidden}], "inLibrary": True}},
            {"filter": {"and": [{"researchContactEmail": hidden}], "search": "软件"}},
        ]
    }


async def test_a_nested_condition_on_a_contact_keeps_its_value_out(watched: Watched) -> None:
    query = (
        '{ annualReports(filter: {enterprise: {contactMobile: "13900000000"}}) { nodes { uscc } } '
        "enterprises(orderBy: {field: CONTACT_NAME}) { nodes { uscc } } }"
    )
    answer = await watched.service.ask(query, as_=YUBEI)
    line = await watched.only()
    assert "13900000000" not in "".join(str(value) for value in line.values())
    assert "Enterprise.contactName(orderBy)" in line["fields"]
    ordered = {node["uscc"] for node in answer.data["enterprises"]["nodes"]}
    assert ordered <= set(line["subjects"])


async def test_each_of_a_batch_leaves_its_own_line(watched: Watched) -> None:
    body = json.dumps([{"query": CONTACTS}, {"query": "{ units { code } }"}, {"query": CONTACTS}]).encode()
    headers = {"Content-Type": "application/json", "Authorization": watched.service.token(YUBEI)}
    await watched.service.post(body, headers)
    assert len(await watched.lines("READ")) == 2


async def test_an_answer_from_the_cache_leaves_its_line(watched: Watched) -> None:
    for who in (YUBEI, BEIBEI, YUBEI):
        await watched.service.ask(CONTACTS, as_=who)
    found = await watched.lines("READ")
    assert [line["subject"] for line in found] == [YUBEI.subject, BEIBEI.subject, YUBEI.subject]
    assert found[0]["subjects"] == found[2]["subjects"] != found[1]["subjects"]


async def test_nothing_leaves_that_could_not_be_noted(watched: Watched) -> None:
    await watched.connection.execute("ALTER TABLE audit_seal RENAME TO audit_seal_gone")
    answer = await watched.service.ask(CONTACTS, as_=YUBEI)
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert "data" not in answer.json
    for accept in ("xlsx", "csv"):
        assert (await watched.service.ask(CONTACTS, as_=YUBEI, accept=accept)).status == 503
    refused = await watched.service.ask("{ enterprises { totalCount } }", as_=PUBLIC)
    assert refused.code == "UNAVAILABLE"
    await watched.connection.execute("ALTER TABLE audit_seal_gone RENAME TO audit_seal")
    assert (await watched.service.ask(CONTACTS, as_=YUBEI)).data


# ── exports, refusals ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("accept", ["xlsx", "csv"])
async def test_an_export_names_whose_contacts_it_takes_away(watched: Watched, accept: str) -> None:
    await watched.service.ask("query Roster { enterprises { nodes { uscc contactMobile } } }", as_=YUBEI, accept=accept)
    line = await watched.only()
    assert (line["kind"], line["operation"], line["rows"]) == ("EXPORT", "Roster", 5)
    assert line["fields"] == ["Enterprise.uscc", "Enterprise.contactMobile"]
    assert line["subjects"] == sorted(uscc(number) for number in range(1, 6))


async def test_an_export_without_contacts_is_noted_with_its_fields(watched: Watched) -> None:
    await watched.service.ask("{ enterprises(first: 4) { nodes { uscc name } } }", as_=MUNICIPAL, accept="csv")
    line = await watched.only()
    assert (line["kind"], line["rows"], line["subjects"]) == ("EXPORT", 4, [])
    assert line["fields"] == ["Enterprise.uscc", "Enterprise.name"]


async def test_forms_in_a_workbook_name_their_enterprise(watched: Watched) -> None:
    query = f'{{ enterprise(uscc: "{uscc(1)}") {{ uscc basicInfo {{ fields {{ label value }} }} }} }}'
    await watched.service.ask(query, as_=YUBEI, accept="xlsx")
    assert (await watched.only())["subjects"] == [uscc(1)]


async def test_a_registered_export_is_a_write_and_its_download_an_export(watched: Watched) -> None:
    query = 'mutation { exportWorkbook(input: {query: "{ enterprises { nodes { contactName } } }"}) { downloadUrl } }'
    url = (await watched.service.ask(query, as_=YUBEI)).data["exportWorkbook"]["downloadUrl"]
    assert [line["kind"] for line in await watched.lines()] == ["WRITE"]
    assert (await watched.service.get(url)).status == 200
    taken = (await watched.lines())[1]
    assert (taken["kind"], taken["subject"], taken["rows"]) == ("EXPORT", YUBEI.subject, 5)


async def test_counting_for_an_export_is_told_like_a_read(watched: Watched) -> None:
    """The payload's count answers a question about contacts though no contact leaves."""
    mobile = await watched.connection.fetchval(
        "SELECT research_contact_mobile FROM enterprise WHERE uscc = $1", uscc(1)
    )
    register = (
        "mutation ($m: [String!]) { exportWorkbook("
        'input: {fields: ["name"], filter: {researchContactMobile: $m}}) { rows } }'
    )
    answer = await watched.service.ask(register, {"m": [mobile]}, as_=YUBEI)
    assert answer.data["exportWorkbook"]["rows"] >= 1
    line = await watched.only()
    assert (line["kind"], line["rows"]) == ("WRITE", answer.data["exportWorkbook"]["rows"])
    assert line["fields"] == ["Enterprise.researchContactMobile(filter)"]
    assert uscc(1) in line["subjects"]
    assert "***" in line["filter"]
    assert mobile not in line["filter"]


async def test_registering_an_export_without_contacts_names_nobody(watched: Watched) -> None:
    query = 'mutation { exportWorkbook(input: {query: "{ enterprises(first: 4) { nodes { uscc name } } }"}) { rows } }'
    await watched.service.ask(query, as_=MUNICIPAL)
    line = await watched.only()
    assert (line["kind"], line["rows"], line["subjects"]) == ("WRITE", 4, [])
    assert line["fields"] == ["Enterprise.uscc", "Enterprise.name"]
    assert json.loads(line["filter"]) == {"Enterprise": [{"first": 4}]}


async def test_refusals_are_noted(watched: Watched) -> None:
    ask = watched.service.ask
    await ask("query Sneak { enterprises { nodes { uscc name contactIdNumber } } }", as_=YUBEI)
    await ask("{ enterprises { totalCount } }", as_=PUBLIC)
    await ask("{ units { code } }", as_=BANK_A, accept="csv")
    await ask(REVEAL, {"uscc": uscc(1), "reason": REASON}, as_=YUBEI)
    await watched.service.post(b'{"query": "{ units { code } }"}', {
        "Content-Type": "application/json", "Authorization": "Bearer forged",
    })  # fmt: skip
    found = [(line["kind"], line["role"], line["outcome"], line["fields"]) for line in await watched.lines()]
    assert found == [
        ("REFUSAL", "DISTRICT_OFFICER", "FORBIDDEN", ["Enterprise.contactIdNumber"]),
        ("REFUSAL", "PUBLIC", "UNAUTHENTICATED", ["Enterprise"]),
        ("REFUSAL", "BANK_USER", "FORBIDDEN", []),
        ("REFUSAL", "DISTRICT_OFFICER", "FORBIDDEN", ["revealContact"]),
        ("REFUSAL", "PUBLIC", "UNAUTHENTICATED", []),
    ]


async def test_a_mistake_is_no_refusal(watched: Watched) -> None:
    await watched.service.ask("{ nothing }", as_=YUBEI)
    await watched.service.ask("{ enterprises(first: -1) { totalCount } }", as_=YUBEI)
    assert await watched.lines() == []


# ── revealing ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", [MUNICIPAL, ADMIN])
async def test_a_reason_reveals_one_enterprise(watched: Watched, who: Principal) -> None:
    answer = await watched.service.ask(REVEAL, {"uscc": uscc(1), "reason": f" {REASON} "}, as_=who)
    mobile = await watched.connection.fetchval("SELECT contact_mobile FROM enterprise WHERE uscc = $1", uscc(1))
    assert answer.data["revealContact"]["contactMobile"] == mobile
    assert answer.redacted == []
    line = await watched.only()
    assert (line["kind"], line["reason"], line["subjects"], line["rows"]) == ("REVEAL", REASON, [uscc(1)], 1)
    assert "RevealedContact.contactMobile" in line["fields"]


@pytest.mark.parametrize("reason", ["", "   ", "看看", "理" * 201, "核实\n联系人", "核实\x7f联系人"])
async def test_without_a_reason_nothing_is_revealed(watched: Watched, reason: str) -> None:
    answer = await watched.service.ask(REVEAL, {"uscc": uscc(1), "reason": reason})
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("BAD_USER_INPUT", "reason")
    assert await watched.lines("REVEAL") == []


@pytest.mark.parametrize("who", [YUBEI, NO_UNIT, ANALYST, QIMING, DEPARTMENT, BANK_A, PUBLIC])
async def test_others_reveal_nothing(watched: Watched, who: Principal) -> None:
    answer = await watched.service.ask(REVEAL, {"uscc": uscc(1), "reason": REASON}, as_=who)
    assert answer.code == ("UNAUTHENTICATED" if who is PUBLIC else "FORBIDDEN")
    assert await watched.lines("REVEAL") == []


async def test_a_code_that_nobody_has_is_noted_and_not_found(watched: Watched) -> None:
    answer = await watched.service.ask(REVEAL, {"uscc": uscc(999), "reason": REASON})
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert (await watched.only())["subjects"] == [uscc(999)]
    wrong = await watched.service.ask(REVEAL, {"uscc": "1", "reason": REASON})
    assert (wrong.code, wrong.errors[0]["extensions"]["field"]) == ("BAD_USER_INPUT", "uscc")


async def test_reveals_are_limited_by_the_hour(watched: Watched) -> None:
    for number in (1, 2, 3):
        assert (await watched.service.ask(REVEAL, {"uscc": uscc(number), "reason": REASON})).data
    answer = await watched.service.ask(REVEAL, {"uscc": uscc(4), "reason": REASON})
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert (await watched.service.ask(REVEAL, {"uscc": uscc(4), "reason": REASON}, as_=ADMIN)).data
    async with serving(watched.url, reveals_per_hour=3) as second:  # another process counts the same lines
        assert (await second.ask(REVEAL, {"uscc": uscc(4), "reason": REASON})).code == "RATE_LIMITED"
    assert len(await watched.lines("REVEAL")) == 4
    assert {line["outcome"] for line in await watched.lines("REFUSAL")} == {"RATE_LIMITED"}


async def test_two_reveals_of_one_operation_count_twice(watched: Watched) -> None:
    fields = " ".join(f'r{n}: revealContact(uscc: "{uscc(n)}", reason: "{REASON}") {{ uscc }}' for n in range(1, 6))
    answer = await watched.service.ask(f"mutation {{ {fields} }}")
    assert (answer.code, answer.errors[0]["path"]) == ("RATE_LIMITED", ["r4"])
    assert len(await watched.lines("REVEAL")) == 3


# ── who reads the trail ─────────────────────────────────────────────────────────────────────────


async def fill(watched: Watched) -> None:
    """Lines of several people about several enterprises."""
    ask = watched.service.ask
    await ask(CONTACTS, as_=YUBEI)
    await ask(CONTACTS, as_=BEIBEI)
    await ask("{ enterprises { nodes { uscc } } }", as_=BANK_A)
    await ask(REVEAL, {"uscc": uscc(1), "reason": REASON}, as_=MUNICIPAL)
    await ask(REVEAL, {"uscc": uscc(8), "reason": REASON}, as_=ADMIN)


async def log(watched: Watched, who: Principal, selection: str = "no kind role") -> list[Any]:
    """The trail as one principal sees it."""
    answer = await watched.service.ask(f"{{ auditLog {{ nodes {{ {selection} }} }} }}", as_=who)
    return answer.data["auditLog"]["nodes"]


@pytest.mark.parametrize(
    ("who", "kinds"),
    [(YUBEI, ["READ"]), (BEIBEI, ["READ"]), (BANK_A, ["READ"]), (MUNICIPAL, ["REVEAL"]), (DEPARTMENT, [])],
)
async def test_officers_see_their_own_actions(watched: Watched, who: Principal, kinds: list[str]) -> None:
    await fill(watched)
    found = await log(watched, who, "kind subject role filter rows client requestId operation")
    assert [node["kind"] for node in found] == kinds
    assert all(node["role"] == who.role for node in found)


async def test_the_administrator_sees_all_newest_first(watched: Watched) -> None:
    await fill(watched)
    found = await log(watched, ADMIN, "no kind subject subjects")
    assert [node["no"] for node in found] == ["5", "4", "3", "2", "1"]
    assert found[0]["subjects"] == [uscc(8)]


async def test_an_enterprise_sees_which_office_read_its_data(watched: Watched) -> None:
    await fill(watched)
    found = await log(watched, QIMING, "kind role units { code } bank fields reason")
    assert [(node["kind"], node["role"]) for node in found] == [
        ("REVEAL", "MUNICIPAL_OFFICER"),
        ("READ", "BANK_USER"),
        ("READ", "DISTRICT_OFFICER"),
    ]
    assert found[0]["reason"] == REASON
    assert found[2]["units"] == [{"code": "500112"}]


@pytest.mark.parametrize("field", ["subject", "subjects", "filter", "rows", "client", "requestId", "operation"])
async def test_an_enterprise_learns_neither_the_person_nor_the_others(watched: Watched, field: str) -> None:
    answer = await watched.service.ask(f"{{ auditLog {{ nodes {{ {field} }} }} }}", as_=QIMING)
    assert answer.code == "FORBIDDEN"


@pytest.mark.parametrize("who", [ANALYST, PUBLIC])
async def test_others_do_not_read_the_trail(watched: Watched, who: Principal) -> None:
    answer = await watched.service.ask(LOG, as_=who)
    assert answer.code == ("UNAUTHENTICATED" if who is PUBLIC else "FORBIDDEN")


async def test_the_trail_is_filtered_paged_and_exported_like_any_list(watched: Watched) -> None:
    await fill(watched)
    query = '{ auditLog(filter: {kind: READ, subject: "district-500112"}, first: 1) { totalCount nodes { fields } } }'
    assert (await watched.service.ask(query, as_=ADMIN)).data["auditLog"]["totalCount"] == 1
    answer = await watched.service.ask("{ auditLog { nodes { no at kind fields } } }", as_=ADMIN, accept="csv")
    assert (answer.status, answer.headers["x-total-rows"]) == (200, "5")


async def test_an_enterprise_finds_itself_in_a_long_export(watched: Watched) -> None:
    others = [enterprise(n, f"长名单{n}", "500112", established_on="2020-01-01") for n in range(1000, 2100)]
    await insert(watched.url, others)
    await watched.service.ask("{ enterprises { nodes { contactMobile } } }", as_=YUBEI, accept="csv")
    line = await watched.only()
    assert (line["rows"], line["subjects"]) == (1105, [])  # so many stand in a list of their own
    assert [node["kind"] for node in await log(watched, QIMING)] == ["EXPORT"]
    beibei = replace(QIMING, uscc=uscc(8))
    assert await log(watched, beibei) == []


@pytest.mark.parametrize("no", ["abc", "", "-1", "1.5", "9" * 30, "\N{FULLWIDTH DIGIT ONE}"])
async def test_a_number_that_is_none_is_no_lines(watched: Watched, no: str) -> None:
    await fill(watched)
    answer = await watched.service.ask(
        "query ($n: [ID!]) { auditLog(filter: {no: $n}) { totalCount } }", {"n": [no, "2"]}, as_=ADMIN
    )
    assert answer.data["auditLog"]["totalCount"] == 1
