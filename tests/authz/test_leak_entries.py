"""One path with more rights than the others is a leak: every way in is asked the same and held against one oracle.

JSON by POST, GET, in a batch, among other operations, with introspection, planned anew; files by what is accepted and
by link; cursors of other people, lists and orders; keys; the catalogue; mutations (parse-server 6802).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from authz.errors import ErrorCode
from authz.principal import PUBLIC, Principal, Role
from tests.reference.asking import Response
from tests.reference.comparing import Expected, Person
from tests.reference.entries import ANSWERS, FILES, REGISTER
from tests.reference.executor import Reference
from tests.reference.files import ExpectedFile
from tests.reference.fixtures import Place
from tests.reference.kinds import fields_of
from tests.reference.lists import Cursors, Mark
from tests.reference.operations import Operation
from tests.reference.runs import FORMS, Run

ASKERS = ("bureau", "yubei", "two_units", "analyst", "enterprise", "admin", "department", "bank_a", "public")
EXPORTERS = ("bureau", "yubei", "analyst", "enterprise", "admin", "department")
CASES = 5 * len(FORMS)
"""Of those that ``make leak`` asks by the hundred thousand."""

SAME = Operation(
    """query Same($size: Int = 4, $mobile: [String!], $out: Boolean = true) {
        units(kind: [ZONE]) { code @skip(if: $out) name }
        enterprises(first: $size, filter: {not: {researchContactMobile: $mobile}}, orderBy: {field: NAME}) {
            totalCount pageInfo { hasNextPage hasPreviousPage }
            nodes { ...Told other: uscc ... on Enterprise @include(if: $out) { ...Told legalRepresentative } } } }
    fragment Told on Enterprise { uscc name mobile: researchContactMobile unit { ...Where } district { ...Where } }
    fragment Where on Unit { code name }""",
    {"mobile": ["13800000000"]},
)
ROWS = Operation(
    """{ enterprises(orderBy: {field: CONTACT_NAME}) {
        nodes { uscc name legalRepresentative contactName contactMobile } } }""",
    {},
)
IDENTITY = Operation("{ enterprises { nodes { uscc name unit { name } inLibrary } } }", {})


@pytest.fixture(scope="module")
def run(place: Place) -> Run:
    return Run(place, seed=7)


@pytest.mark.parametrize("part", range(len(FORMS)))
def test_cases_of_the_long_run(run: Run, part: int) -> None:
    for case in range(part, CASES, len(FORMS)):
        run.case(case)


def test_cases_tell_something(run: Run) -> None:
    for case in range(2 * len(FORMS)):
        run.case(case)
    for name, tally in run.tallies.items():
        # A department has few lists beside its own exports and its own lines of the trail.
        if name not in ("public", "no_unit", "no_bank", "department") and tally.asked > 20:
            assert tally.telling * 4 >= tally.asked - tally.refused, (name, tally.telling, tally.asked)


@pytest.mark.parametrize("name", ASKERS)
@pytest.mark.parametrize("way", ANSWERS)
def test_every_way_in_tells_the_same(place: Place, name: str, way: str) -> None:
    person = Person(place, name)
    for operation in (SAME, IDENTITY):
        Expected.of(person, operation).check(ANSWERS[way](place.service, person.sight.principal, operation))


@pytest.mark.parametrize("name", EXPORTERS)
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
@pytest.mark.parametrize("way", FILES)
def test_every_file_holds_the_same(place: Place, name: str, file_format: str, way: str) -> None:
    person = Person(place, name)
    operation = IDENTITY if person.sight.role is Role.DEPARTMENT_OFFICER else ROWS
    expected = ExpectedFile.of(person, operation)
    assert expected.check(FILES[way](place.service, person.sight.principal, operation, file_format), file_format)
    assert expected.rows > 0


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_registered_custom_query_is_the_one_on_screen(place: Place, name: str) -> None:
    person = Person(place, name)
    fields = ["number", "name", "unit.name", "inLibrary"]
    screen = Operation("query ($f: [String!]) { customQuery(fields: $f) { nodes { values } } }", {"f": fields})
    passing = replace(person.sight.principal, subject=f"passing-{name}")
    given = {"input": {"fields": fields, "title": "名单", "format": "CSV"}}
    link = place.service.ask(passing, REGISTER, given).json["data"]["exportWorkbook"]["downloadUrl"]
    assert ExpectedFile.of(person, screen).check(place.service.download(link), "csv")


# ── links ───────────────────────────────────────────────────────────────────────────────────────


def _registered(place: Place, subject: str, role: Role = Role.ANALYST) -> dict[str, str]:
    answer = place.service.ask(Principal(role, subject), REGISTER, {"input": {"query": IDENTITY.document}})
    return answer.json["data"]["exportWorkbook"]


def test_a_link_stands_for_whoever_was_given_it_whoever_follows_it(place: Place) -> None:
    link = _registered(place, "passing-one")["downloadUrl"]
    analyst = ExpectedFile.of(Person(place, "analyst"), IDENTITY)
    for follower in (PUBLIC, place.people["bank_a"], place.people["yubei"]):
        assert analyst.check(place.service.download(link, follower), "xlsx")


def test_a_link_opens_no_other_export(place: Place) -> None:
    one, other = _registered(place, "passing-one"), _registered(place, "passing-other", Role.MUNICIPAL_OFFICER)
    changed = one["downloadUrl"].replace(one["id"], other["id"])
    assert _code(place.service.download(changed)) == "UNAUTHENTICATED"
    asked = "query ($id: ID!) { export(id: $id) { id title downloadUrl } }"
    assert place.service.ask(place.people["yubei"], asked, {"id": one["id"]}).json == {"data": {"export": None}}


# ── what is hidden is told like what is not there ───────────────────────────────────────────────

NOBODYS = "91500112MA5U9WXK0B"


def _hidden_from(place: Place, name: str) -> str:
    seen = {row["uscc"] for row in Person(place, name).world.rows("Enterprise")}
    with_reports = {row["uscc"] for row in place.full.rows("AnnualReport") if row["year"] == 2022}
    return min(with_reports - seen)


ABOUT_A_KEY = (
    "query ($key: ID!) { enterprise(uscc: $key) { name } }",
    "query ($key: ID!) { annualReport(uscc: $key, year: 2022) { status } }",
    "query ($key: ID!) { enterprises(filter: {uscc: [$key]}) { totalCount nodes { name } pageInfo { endCursor } } }",
    "query ($key: String!) { enterprises(filter: {search: $key}) { totalCount } }",
    'query ($key: ID!) { customQuery(filter: {uscc: [$key]}, fields: ["name"]) { totalCount nodes { values } } }',
    "query ($key: ID!) { annualReports(filter: {enterprise: {uscc: [$key]}}) { totalCount } }",
)


@pytest.mark.parametrize("name", ["yubei", "enterprise", "bank_a"])
@pytest.mark.parametrize("document", ABOUT_A_KEY)
def test_a_hidden_key_is_answered_like_one_of_nobody(place: Place, name: str, document: str) -> None:
    who = place.people[name]
    hidden = place.service.ask(who, document, {"key": _hidden_from(place, name)})
    absent = place.service.ask(who, document, {"key": NOBODYS})
    assert (hidden.status, hidden.body) == (absent.status, absent.body)


WRONG = (
    "{ enterprises { nodes { nam } } }",
    "{ enterprises(filter: {contactNam: [1]}) { totalCount } }",
    "{ enterprises(first: -1) { totalCount } }",
    "{ enterprises(first: 2, last: 2) { totalCount } }",
    '{ customQuery(fields: ["zq"]) { totalCount } }',
    '{ annualReport(uscc: "x", year: "y") { status } }',
    "query ($x: EnterpriseFilter!) { enterprises(filter: $x) { totalCount } }",
    "{ enterprises(",
    "query A { units { code } } query B { units { code } }",
    '{ auditLog(filter: {no: ["abc"]}) { totalCount } }',
)


@pytest.mark.parametrize("name", ASKERS)
def test_errors_have_a_code_of_the_enum_and_hold_no_value(place: Place, name: str) -> None:
    person = Person(place, name)
    for document in WRONG:
        response = person.ask(Operation(document, {}))
        assert not person.canaries.leaked(response.body.decode(), document)
        for error in response.json.get("errors", ()):
            assert error["extensions"]["code"] in set(ErrorCode) - {ErrorCode.INTERNAL}, (document, error)
            assert set(error) <= {"message", "path", "locations", "extensions"}
            assert set(error["extensions"]) <= {"code", "detail", "field"}


# ── cursors ─────────────────────────────────────────────────────────────────────────────────────

PAGE = """query ($o: EnterpriseOrderField!, $after: String, $before: String) {
    enterprises(orderBy: [{field: $o}], first: 3, after: $after, before: $before) {
        nodes { uscc } pageInfo { hasNextPage hasPreviousPage } edges { cursor } } }"""


def _cursors(person: Person, order: str) -> dict[str, Mark]:
    operation = Operation(PAGE, {"o": order})
    expected, response = Expected.of(person, operation), person.ask(operation)
    expected.check(response)
    return expected.harvest(response)


@pytest.mark.parametrize("order", ["NAME", "CONTACT_NAME", "REGISTERED_CAPITAL", "IN_LIBRARY_ON"])
@pytest.mark.parametrize(("giver", "taker"), [("yubei", "bureau"), ("bureau", "yubei"), ("yubei", "enterprise")])
def test_a_cursor_of_somebody_else_is_a_place_and_no_right(place: Place, giver: str, taker: str, order: str) -> None:
    person = Person(place, taker)
    for cursor, mark in _cursors(Person(place, giver), order).items():
        for way in ("after", "before"):
            operation = Operation(PAGE, {"o": order, way: cursor})
            Expected.of(person, operation, Cursors({cursor: mark})).check(person.ask(operation))


def _strange(place: Place) -> Iterator[tuple[str, str]]:
    """Cursors that fit no page of enterprises by name, each with what is the matter with it."""
    person = Person(place, "bureau")
    cursor = next(iter(_cursors(person, "NAME")))
    token, _, code = cursor.partition(".")
    yield "of another order", next(iter(_cursors(person, "INDUSTRY_CODE")))
    reports = person.ask(Operation("{ annualReports(first: 1) { edges { cursor } } }", {})).json
    yield "of another list", reports["data"]["annualReports"]["edges"][0]["cursor"]
    yield "cut", cursor[:-1]
    yield "without its signature", token
    yield "with another's signature", f"{token}.{'0' * len(code)}"
    yield "of another place", f"{token[:-2]}AA.{code}"
    yield "turned round", f"{code}.{token}"
    yield "longer", f"{cursor}0"
    yield "empty", ""
    yield "no cursor at all", "1"


@pytest.mark.parametrize("way", ["after", "before"])
def test_every_strange_cursor_is_refused_in_the_same_words(place: Place, way: str) -> None:
    told: dict[str, Any] = {}
    for what, cursor in _strange(place):
        response = place.service.ask(place.people["bureau"], PAGE, {"o": "NAME", way: cursor})
        assert _code(response) == "BAD_USER_INPUT", what
        told[what] = response.body
    assert len(set(told.values())) == 1, told


# ── what each may choose, and do ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ASKERS[:-1])
def test_the_catalogue_offers_what_may_be_seen_and_no_more(place: Place, name: str) -> None:
    person = Person(place, name)
    offered, everything = set(person.catalogue()), set(Person(place, "enterprise").catalogue())
    reference: Reference = person.reference()
    assert not {each for each in offered if reference.unreachable(each)}
    assert {each for each in everything if not reference.unreachable(each)} <= offered


ASKED_HERE = {"exportWorkbook", "revealContact", "saveLibraryConditions", "resetLibraryConditions"}
CONTACTS = "name researchContactName researchContactMobile researchContactEmail contactName contactMobile"
REVEAL = f"""mutation ($uscc: ID!, $reason: String!) {{
    revealContact(uscc: $uscc, reason: $reason) {{ uscc {CONTACTS} }} }}"""


def test_every_mutation_is_asked_here() -> None:
    assert set(fields_of("Mutation")) == ASKED_HERE
    assert set(fields_of("RevealedContact")) == {"uscc", *CONTACTS.split()}


@pytest.mark.parametrize("name", ASKERS)
def test_contacts_are_revealed_to_whom_they_are_masked_with_a_right_to(place: Place, name: str) -> None:
    who = place.people[name]
    row = next(each for each in place.full.rows("Enterprise") if each["contact_mobile"])
    given = {"uscc": row["uscc"], "reason": "核实联系方式"}
    passing = who if who is PUBLIC else replace(who, subject=f"revealing-{name}")
    response = place.service.ask(passing, REVEAL, given)
    if who.role in (Role.MUNICIPAL_OFFICER, Role.PLATFORM_ADMIN):
        assert response.json["data"]["revealContact"] == {
            "uscc": row["uscc"], "name": row["name"], "researchContactName": row["research_contact_name"],
            "researchContactMobile": row["research_contact_mobile"], "contactName": row["contact_name"],
            "researchContactEmail": row["research_contact_email"], "contactMobile": row["contact_mobile"],
        }  # fmt: skip
    else:
        assert _code(response) == ("UNAUTHENTICATED" if who is PUBLIC else "FORBIDDEN")
        assert not Person(place, name).canaries.leaked(response.body.decode(), REVEAL + str(given))


SAVE = """mutation ($unit: ID) { saveLibraryConditions(input: {library: HNTE_RESERVE, unit: $unit, conditions: [
    {key: "H1", parameters: [{name: "minDaysRegistered", value: "7"}]}]}) { key } }"""
RESET = "mutation ($unit: ID) { resetLibraryConditions(input: {library: HNTE_RESERVE, unit: $unit}) { key } }"


@pytest.mark.parametrize("document", [SAVE, RESET])
@pytest.mark.parametrize("name", ASKERS)
def test_parameters_are_kept_for_nobody_elses_unit(place: Place, name: str, document: str) -> None:
    who = place.people[name]
    expected = {Role.DISTRICT_OFFICER: "NOT_FOUND", Role.MUNICIPAL_OFFICER: "BAD_USER_INPUT"}
    response = place.service.ask(who, document, {"unit": "500101"})
    refused = "UNAUTHENTICATED" if who is PUBLIC else "FORBIDDEN"
    assert _code(response) == expected.get(who.role, refused)
    assert not Person(place, name).canaries.leaked(response.body.decode(), document)


@pytest.mark.parametrize("name", ["analyst", "yubei", "bank_a"])
def test_a_batch_is_answered_each_by_itself_in_its_order(place: Place, name: str) -> None:
    person = Person(place, name)
    refused, wrong = Operation("{ enterprises { nodes { contactIdNumber } } }", {}), Operation("{ nope }", {})
    operations = [SAME, refused, IDENTITY, wrong]
    answers = place.service.batch(person.sight.principal, [(each.document, each.variables) for each in operations])
    for operation, answer in zip(operations, answers, strict=True):
        alone = person.ask(operation)
        assert answer.json == alone.json


def _code(response: Response) -> str:
    body: Mapping[str, Any] = response.json
    return body["errors"][0]["extensions"]["code"]
