"""Aggregates: any measure by any dimension, out of what is in sight; small cells hidden from who may not see them.

Each answer is held against ``tests/reference/aggregates.py``, which counts the rows that a principal may see.
"""

from __future__ import annotations

from typing import Any

import pytest

from authz.principal import Role
from tests.reference.aggregates import dimensions, measures, sdl, table
from tests.reference.audited import Trail
from tests.reference.comparing import Expected, Person
from tests.reference.fixtures import Place
from tests.reference.operations import Operation
from tests.reference.sheets import workbook

READERS = ("bureau", "yubei", "analyst", "bank_a", "no_unit")
BANKS_ROW = "first second third keys { dimension value label } enterprises reportedCount value average suppressed"
ROW = f"{BANKS_ROW} minimum maximum"
EACH_IN_TURN = 4
"""The analyst asks everything; others ask every so manieth measure and dimension, not the same ones."""


def asked(of: str, by: str = "", given: str = "", row: str = BANKS_ROW) -> str:
    """One question."""
    return f"aggregate(of: {of}, by: [{by}]{given}) {{ __typename label unit rows {{ {row} }} total {{ {row} }} }}"


def together(questions: list[str]) -> Operation:
    """Several questions in one operation."""
    listed = " ".join(f"q{at}: {question}" for at, question in enumerate(questions))
    return Operation(f"{{ statistics {{ {listed} }} }}", {})


def answered(person: Person, operation: Operation) -> Any:
    """The service's answer, once it is the reference's."""
    response = person.ask(operation)
    Expected.of(person, operation).check(response)
    return response.json["data"]["statistics"]


def code(person: Person, question: str) -> tuple[str, list[str]]:
    """How a question is refused, and at which path."""
    error = person.ask(Operation(f"{{ statistics {{ {question} }} }}", {})).json["errors"][0]
    return error["extensions"]["code"], error["path"]


def test_every_number_is_a_measure_and_every_kind_a_dimension() -> None:
    assert set(sdl().type_map["Measure"].values) == set(measures())  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    assert set(sdl().type_map["Dimension"].values) == set(dimensions())  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    assert not [name for name in (*measures(), *dimensions()) if "CONTACT" in name or "REPORTER" in name]


def test_what_reports_it_adds_up_is_said_where_it_is_asked() -> None:
    described = sdl().type_map["Statistics"].fields["aggregate"].description  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    assert "含草稿" in described
    assert "REPORT_STATUS" in described


@pytest.mark.parametrize("name", READERS)
def test_every_measure_and_dimension_is_counted_out_of_what_is_in_sight(place: Place, name: str) -> None:
    person = Person(place, name)
    offered = [each for each, read in dimensions().items() if not person.sight.never(read.kind, read.name)]
    row = BANKS_ROW if person.sight.role is Role.BANK_USER else ROW
    questions = [asked(of, offered[at % len(offered)], row=row) for at, of in enumerate(measures())]
    questions += [asked("ENTERPRISES", each, row=row) for each in offered]
    if name != "analyst":
        questions = questions[READERS.index(name) % EACH_IN_TURN :: EACH_IN_TURN]
    for start in range(0, len(questions), 20):
        answered(person, together(questions[start : start + 20]))


@pytest.mark.parametrize("name", READERS)
def test_three_dimensions_a_filter_and_a_year(place: Place, name: str) -> None:
    narrowed = ", year: 2021, filter: {not: {hiTechField: [NEW_MATERIALS]}, registeredCapital: {isNull: false}}"
    found = answered(
        Person(place, name), together([asked("REPORT_PERSONNEL_STAFF_TOTAL", "UNIT, SIZE, IN_LIBRARY", narrowed)])
    )
    keys = [[key["value"] for key in row["keys"]] for row in found["q0"]["rows"]]
    assert len(set(map(str, keys))) == len(keys)


@pytest.mark.parametrize("of", ["ENTERPRISES", "REPORT_OPERATION_RD_EXPENSE"])
def test_without_a_dimension_there_is_nothing_but_the_total(place: Place, of: str) -> None:
    found = answered(Person(place, "bureau"), together([asked(of)]))["q0"]
    assert found["rows"] == []
    assert (found["total"]["first"], found["total"]["keys"]) == ("合计", [])
    assert found["total"]["enterprises"] == len(place.full.rows("Enterprise"))


def test_nothing_reported_is_not_zero(place: Place) -> None:
    found = answered(Person(place, "analyst"), together([asked("REPORT_OPERATION_RD_EXPENSE", given=", year: 2001")]))
    total = found["q0"]["total"]
    assert (total["value"], total["average"], total["reportedCount"]) == (None, None, 0)
    assert total["enterprises"] > 0


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("by", "refused"),
    [
        ("UNIT, SIZE, IN_LIBRARY, ZONE", "BAD_USER_INPUT"),
        ("UNIT, UNIT", "BAD_USER_INPUT"),
        ("UNIT, DISTRICT, ZONE", "QUERY_TOO_COMPLEX"),
        ("ESTABLISHED_YEAR, IN_LIBRARY_YEAR, UNIT", "QUERY_TOO_COMPLEX"),
    ],
)
def test_questions_that_cannot_be_answered(place: Place, by: str, refused: str) -> None:
    assert code(Person(place, "bureau"), asked("ENTERPRISES", by)) == (refused, ["statistics", "aggregate"])


@pytest.mark.parametrize("name", ["enterprise", "admin", "department", "public"])
def test_who_sees_no_statistics_may_not_ask(place: Place, name: str) -> None:
    expected = "UNAUTHENTICATED" if name == "public" else "FORBIDDEN"
    assert code(Person(place, name), asked("ENTERPRISES"))[0] == expected


def test_a_dimension_out_of_sight_is_refused_with_its_path(place: Place) -> None:
    bank = Person(place, "bank_a")
    assert code(bank, asked("ENTERPRISES", "REVIEW_STATUS")) == ("FORBIDDEN", ["statistics", "aggregate"])
    forbidden, path = code(bank, asked("ENTERPRISES", "SIZE", row="minimum"))
    assert (forbidden, path[:2], path[-1]) == ("FORBIDDEN", ["statistics", "aggregate"], "minimum")


# ── what is hidden tells nothing ────────────────────────────────────────────────────────────────

GUESSES = (
    'registeredCapital: {gte: "0"}',
    'not: {registeredCapital: {gte: "0"}}',
    'annualReports: {some: {operation: {netProfit: {lt: "0"}}}}',
    'annualReports: {none: {operation: {netProfit: {lt: "0"}}}}',
    'or: [{legalRepresentative: ["重名"]}, {not: {legalRepresentative: ["重名"]}}]',
)


@pytest.mark.parametrize("guess", GUESSES)
def test_a_filter_on_what_is_hidden_counts_nobody(place: Place, guess: str) -> None:
    person = Person(place, "bank_a")
    questions = [asked("ENTERPRISES", "INDUSTRY_CATEGORY", f", filter: {{{guess}}}"), asked("ENTERPRISES")]
    found = answered(person, together(questions))
    listed = person.ask(Operation(f"{{ enterprises(filter: {{{guess}}}) {{ totalCount }} }}", {})).json["data"]
    assert found["q0"]["total"]["enterprises"] == listed["enterprises"]["totalCount"]
    assert found["q0"]["total"]["enterprises"] <= found["q1"]["total"]["enterprises"]


ENROLLED = "{ statistics { enrolment(year: 2022) { reports { total { inLibraryCount } } } } }"


@pytest.mark.parametrize("name", ["bureau", "yubei", "wanzhou", "two_units", "no_unit", "analyst"])
def test_lists_libraries_statistics_neighbours_and_questions_count_the_same_enterprises(
    place: Place, name: str
) -> None:
    person = Person(place, name)
    # Enrolled by the end of 2022, in the words of each way in.
    enrolled = 'unit: {city: ["重庆市"]}, inLibrary: true, or: [{inLibraryOn: {lte: "2022-12-31"}}, {inLibraryOn: {isNull: true}, establishedOn: {lte: "2022-12-31"}}]'  # fmt: skip  # noqa: E501
    every = person.world.rows("Enterprise")
    of = every[0]["uscc"] if every else place.full.rows("Enterprise")[0]["uscc"]
    document = f"""{{ enterprises(filter: {{{enrolled}}}) {{ totalCount }}
        customQuery(filter: {{{enrolled}}}) {{ totalCount }}
        neighbors(of: "{of}", in: {{enterprises: {{filter: {{{enrolled}}}}}}}) {{ total }}
        statistics {{ enrolment(year: 2022) {{ reports {{ total {{ inLibraryCount }} }} }}
            aggregate(of: ENTERPRISES, by: [UNIT], filter: {{{enrolled}}}) {{ rows {{ value }} total {{ value }} }} }}
        library(key: HNTE_REGISTER) {{ members(first: 1) {{ totalCount }} }} }}"""
    response = person.ask(Operation(document, {}))
    Expected.of(person, Operation(document, {})).check(response)
    data = response.json["data"]
    counts = {
        data["enterprises"]["totalCount"],
        data["customQuery"]["totalCount"],
        data["statistics"]["enrolment"]["reports"]["total"]["inLibraryCount"],
        int(data["statistics"]["aggregate"]["total"]["value"]),
        sum(int(row["value"]) for row in data["statistics"]["aggregate"]["rows"]),
        *([data["neighbors"]["total"]] if every else []),
    }
    assert len(counts) == 1, counts


# ── small cells ─────────────────────────────────────────────────────────────────────────────────


def test_amounts_of_small_cells_are_hidden_from_banks_and_from_nobody_else(place: Place) -> None:
    question = asked("REPORT_OPERATION_NET_PROFIT", "UNIT, HI_TECH_FIELD")
    rows = answered(Person(place, "bank_a"), together([question]))["q0"]["rows"]
    small = [row for row in rows if 0 < row["reportedCount"] < 3]
    assert small
    for row in small:
        assert (row["suppressed"], row["value"], row["average"]) == (True, None, None)
    for name in ("bureau", "yubei", "analyst"):
        seen = answered(Person(place, name), together([question]))["q0"]["rows"]
        assert not any(row["suppressed"] for row in seen)


def test_one_cell_more_is_hidden_where_the_total_would_tell(place: Place) -> None:
    person = Person(place, "bank_a")
    reference = person.reference()
    told: list[list[dict[str, Any]]] = []
    for name, each in dimensions().items():
        if person.sight.never(each.kind, each.name):
            continue
        given = {"of": "REPORT_OPERATION_NET_PROFIT", "by": [name]}
        hidden = [row for row in table(reference, given)["rows"] if row["suppressed"]]
        if any(row["reportedCount"] >= 3 for row in hidden):
            found = answered(person, together([asked("REPORT_OPERATION_NET_PROFIT", name)]))["q0"]
            told.append([row for row in found["rows"] if row["suppressed"]])
            assert not found["total"]["suppressed"]
    assert told
    assert all(sum(row["reportedCount"] for row in rows) >= 3 for rows in told)


def test_whoever_a_bank_counts_is_told_to_the_trail(place: Place) -> None:
    person, trail = Person(place, "bank_a"), Trail(place.service)
    trail.skip()
    person.ask(together([asked("REPORT_OPERATION_NET_PROFIT", "UNIT")]))
    (line,) = trail.news()
    assert set(line["subjects"]) == {row["uscc"] for row in person.world.rows("Enterprise")}
    assert {"ReportOperation.netProfit(of)", "Enterprise.unit(by)", "AggregateRow.value"} <= set(line["fields"])


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["bureau", "yubei", "analyst"])
def test_a_workbook_holds_the_cells_and_the_total_last(place: Place, name: str) -> None:
    person = Person(place, name)
    row = "first second enterprises value"
    document = asked("REPORT_OPERATION_RD_EXPENSE", "UNIT, IN_LIBRARY", row=row).replace("label unit", "")
    found = answered(person, Operation(f"{{ statistics {{ {document} }} }}", {}))["aggregate"]
    file = person.ask(Operation(f"{{ statistics {{ {document} }} }}", {}), file_format="xlsx")
    assert file.status == 200, file.body
    (sheet,) = workbook(file.body).values()
    shown = [[each and str(each) for each in line[:2]] for line in sheet]
    assert shown == [[line["first"], line["second"]] for line in (*found["rows"], found["total"])]
    assert [int(line[2] or 0) for line in sheet] == [line["enterprises"] for line in (*found["rows"], found["total"])]
