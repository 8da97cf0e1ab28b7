"""Domain §4.2 cell by cell: what each role gets of each group of fields, in rows within its scope and outside.

The letters are the domain's, as the design amends them ("Where the files differ"). F full; M masked; O the own
enterprise's only; C:SCOPE only with the enterprise's consent to this bank, in force; U the account only for the
reviewer's own unit; a dash: asking is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from authz.predicates import CONSENTED_TO, Predicate
from authz.principal import Role
from authz.rules import Verdict
from resolvers.schema import core
from service.policy import mutations, policy
from tests.authz.decisions import FIELDS, ROWS, Fields, Rows
from tests.reference.comparing import Person
from tests.reference.difference import difference
from tests.reference.executor import Reference
from tests.reference.fixtures import Place
from tests.reference.operations import Operation
from tests.reference.redacted import MASKS
from tests.reference.rows import Row, snake
from tests.service.reaching import named, objects

PERSON_OF = {
    Role.DISTRICT_OFFICER: "yubei",
    Role.MUNICIPAL_OFFICER: "bureau",
    Role.ENTERPRISE_USER: "enterprise",
    Role.PLATFORM_ADMIN: "admin",
    Role.DEPARTMENT_OFFICER: "department",
    Role.BANK_USER: "bank_a",
    Role.ANALYST: "analyst",
    Role.PUBLIC: "public",
}

REPORT = "annualReport(year: 2022) {{ {} }}".format
GROUPS: dict[str, tuple[str, str]] = {
    # group: (what is asked of an enterprise, letters for DIST MUNI ENT ADMIN DEPT BANK ANLT PUB)
    "Enterprise identity": (
        "uscc name district { code } zone { code } industryCategory hiTechField operatingStatus size inLibrary",
        "F F O F F F F -",  # a bank sees the row at all by consent; analysts see rows (design)
    ),
    "Enterprise registry": (
        "registrationType legalRepresentative registeredCapital registeredAddress businessAddress businessScope",
        "F F O F - C:BASIC F -",
    ),
    "Enterprise contact": (
        "researchContactName researchContactMobile researchContactEmail contactName contactMobile",
        "F M O M - - M -",
    ),
    "Enterprise contactIdNumber": ("contactIdNumber", "- - O F - - - -"),  # the column holds a mask only (§4.4)
    "BasicInfo payload": (
        "basicInfo { name website mainProducts staffTotal qualificationTags legalRepresentative district { code } }",
        "F F O F - C:BASIC F -",
    ),
    "BasicInfo fieldMeta": ("basicInfo { fields { name label source readOnly required } }", "F F O F - C:BASIC F -"),
    "ReviewRecord decision": (
        "basicInfoVersions { nodes { opinions { level decision opinion decidedAt reviewerUnit { code } } } }",
        "F F O F - - - -",
    ),
    "ReviewRecord reviewer": ("basicInfoVersions { nodes { opinions { reviewer } } }", "U F - F - - - -"),
    "AnnualReport tab 1": (REPORT("basic { name industryCode enterpriseSize inAbnormalList }"), "F F O - - C:IP F -"),
    "AnnualReport tab 2": (REPORT("operation { operatingRevenue rdIntensity netProfit }"), "F F O - - C:FINANCIAL F -"),
    "AnnualReport tab 3": (
        REPORT("achievements { classI classII papers sciTechProjects { name } }"),
        "F F O - - C:IP F -",
    ),
    "AnnualReport tab 4": (REPORT("standards { name }"), "F F O - - C:IP F -"),
    "AnnualReport tab 5": (REPORT("personnel { staffTotal rdShare doctors }"), "F F O - - C:BASIC F -"),
    "AnnualReport tab 6": (REPORT("platforms { name } research { hasRdDepartment }"), "F F O - - C:IP F -"),
    "AnnualReport tab 7": (REPORT("listings { board } equityFinancing"), "F F O - - C:IP F -"),
    "AnnualReport tab 8": (REPORT("hnte { isHnte certificateNo }"), "F F O - - C:IP F -"),
    "AnnualReport tab 9": (REPORT("hiTechProducts { name } hiTechProductCount"), "F F O - - C:IP F -"),
    "AnnualReport reporter": (REPORT("basic { reporterName reporterMobile }"), "F M O - - - M -"),
}
CELLS = [
    (group, role, letter)
    for group, (_, letters) in GROUPS.items()
    for role, letter in zip(PERSON_OF, letters.split(), strict=True)
]


@pytest.mark.parametrize(("group", "role", "letter"), CELLS, ids=[f"{group}-{role}" for group, role, _ in CELLS])
def test_cell(place: Place, group: str, role: Role, letter: str) -> None:
    person = Person(place, PERSON_OF[role])
    asked = GROUPS[group][0]
    if letter == "-":
        answer = ask(person, a_row(place)["uscc"], asked)
        assert answer["errors"][0]["extensions"]["code"] == ("UNAUTHENTICATED" if role is Role.PUBLIC else "FORBIDDEN")
        assert "data" not in answer
        return
    consent = letter.removeprefix("C:") if letter.startswith("C:") else None
    inside = a_row(place, seen(person, consent))
    answer, whole = ask(person, inside["uscc"], asked), complete(person, inside["uscc"], asked)
    if letter == "M":
        whole = masked(whole)
    if letter == "U":
        unit = person.sight.principal.units[0]
        whole = complete(person, inside["uscc"], asked, reviewed_in=unit)
    assert difference(whole, answer["data"]) is None, difference(whole, answer["data"])
    assert bool(answer.get("extensions")) == (letter == "M") or letter == "U"
    if role in (Role.DISTRICT_OFFICER, Role.ENTERPRISE_USER, Role.BANK_USER):
        outside = a_row(
            place, lambda row: row["uscc"] not in {each["uscc"] for each in person.world.rows("Enterprise")}
        )
        assert ask(person, outside["uscc"], asked)["data"] == {"enterprise": None}
    if consent is not None:
        without = ask(person, a_row(place, unshared(person, consent))["uscc"], asked)
        assert set(leaves(without["data"]["enterprise"])) <= {None}
        assert without["extensions"]["redacted"]


@pytest.mark.parametrize("role", PERSON_OF)
def test_a_draft_is_its_enterprises_alone(place: Place, role: Role) -> None:
    """BasicInfo, draft versions: only O."""
    person = Person(place, PERSON_OF[role])
    answer = person.ask(
        Operation("{ enterprises { nodes { basicInfoVersions(filter: {status: [DRAFT]}) { totalCount } } } }", {})
    ).json
    if role in (Role.DEPARTMENT_OFFICER, Role.PUBLIC):
        assert answer["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "UNAUTHENTICATED")
        return
    counts = [node["basicInfoVersions"]["totalCount"] for node in answer["data"]["enterprises"]["nodes"]]
    own = [
        row
        for row in place.full.tables["basic_info"]
        if row["status"] == "DRAFT" and role is Role.ENTERPRISE_USER and row["uscc"] == person.sight.principal.uscc
    ]
    assert sum(counts) == len(own)


# ── the matrix itself ───────────────────────────────────────────────────────────────────────────

WORDS = {
    "own_units": "unit",
    "own_enterprise": "own",
    "consented": "consent",
    "approved": "approved",
    "not_draft": "sent",
    "own_request": "mine",
    "own_bank": "lent",
    **{predicate.name: f"consent:{scope.value}" for scope, predicate in CONSENTED_TO.items()},
    "own_actions": "actions",
    "of_own_office": "office",
    "names_own_enterprise": "named",
}
LETTERS = {
    Verdict.FULL: "F",
    Verdict.MASKED: "M",
    Verdict.NEVER: "-",
    "reviewed_here": "U",
    **{predicate.name: f"C:{scope.value}" for scope, predicate in CONSENTED_TO.items()},
}
LISTED = next(each for each in ROWS if "ReportStandard" in each.types).types.split()
MATRIX = {each.name: each for each in policy(core())}
MUTATIONS = {each.name: each for each in mutations(core())}


def test_every_type_and_field_is_decided_once() -> None:
    """No type, field, root or mutation without a decision; none decided that is not there."""
    rows = Counter(name for each in ROWS for name in each.types.split())
    assert rows == Counter(MATRIX.keys())
    decided = Counter((each.type, name) for each in FIELDS for name in each.fields.split())
    assert decided == Counter(
        (kind.name, name)
        for kind in objects(core())
        if kind.name in MATRIX or kind.name == "Mutation"
        for name in kind.fields
    )
    # What is neither a row nor a root is a page around rows, whose members say nothing of their own.
    rest = {kind.name for kind in objects(core())} - MATRIX.keys() - {"Mutation", "PageInfo"}
    assert all(name.endswith(("Connection", "Edge")) for name in rest), rest


@pytest.mark.parametrize(("of", "role"), [(each, role) for each in ROWS for role in Role], ids=str)
def test_the_rows_are_those_decided(of: Rows, role: Role) -> None:
    expected = of.now.split()[list(Role).index(role)]
    for name in of.types.split():
        found = MATRIX[name].rows[list(Role).index(role)]
        told = "-" if found is None else "+".join(WORDS[each.name] for each in found) or "all"
        assert told == expected, name


@pytest.mark.parametrize("of", FIELDS, ids=lambda of: f"{of.type}.{of.fields.split()[0]}")
def test_the_cells_are_those_decided(of: Fields) -> None:
    for name in of.fields.split():
        assert " ".join(cell(of.type, name, role) for role in Role) == of.now, name


def cell(of: str, name: str, role: Role) -> str:
    if of == "Mutation":
        return "F" if MUTATIONS[name].allowed[list(Role).index(role)] else "-"
    verdict = MATRIX[of].verdict(name, role)
    return LETTERS[verdict.name if isinstance(verdict, Predicate) else verdict]


@pytest.mark.parametrize("of", FIELDS, ids=lambda of: f"{of.type}.{of.fields.split()[0]}")
def test_what_departs_from_the_domain_says_by_whose_decision(of: Fields) -> None:
    domain = ["F" if letter in ("O", "C") else letter for letter in of.domain.split()]
    assert len(of.now.split()) == len(Role)
    assert of.now.split() == domain or of.why
    assert len(domain) in (0, len(Role))


def test_a_reports_lists_are_open_to_banks_by_consent_alone() -> None:
    """Their rows carry no rule of their own, so no other way may lead to them than the relation that does."""
    for kind in objects(core()):
        for name, field in kind.fields.items():
            if named(field).name in LISTED:
                assert cell(kind.name, name, Role.BANK_USER) == "C:IP", (kind.name, name)


# ── rows and answers ────────────────────────────────────────────────────────────────────────────


def ask(person: Person, uscc: str, asked: str) -> dict[str, Any]:
    return person.ask(document(uscc, asked)).json


def document(uscc: str, asked: str) -> Operation:
    return Operation(f"query One($uscc: ID!) {{ enterprise(uscc: $uscc) {{ {asked} }} }}", {"uscc": uscc})


def complete(person: Person, uscc: str, asked: str, reviewed_in: str | None = None) -> dict[str, Any]:
    """The answer with nothing hidden or masked; with ``reviewed_in``, reviewers of other units are not named.

    Rows are those of the person's scope: which drafts count is not this test's matter.
    """
    full, seen_rows = person.place.full, person.world
    keys = {name: {row_key(name, row) for row in rows} for name, rows in seen_rows.tables.items()}
    tables = {
        name: [row for row in rows if name == "unit" or row_key(name, row) in keys.get(name, set())]
        for name, rows in full.tables.items()
        if name in seen_rows.tables
    }
    if reviewed_in is not None:
        tables["review_record"] = [
            row if row["reviewer_unit"] == reviewed_in else {**row, "reviewer": None} for row in tables["review_record"]
        ]
    operation = document(uscc, asked)
    return Reference(type(full)(tables), person.sight).answer(operation.document, operation.variables).data


def row_key(table: str, row: Row) -> tuple[Any, ...]:
    return (table, *(row.get(name) for name in ("id", "uscc", "year", "version", "no")))


def seen(person: Person, consent: str | None) -> Callable[[Row], bool]:
    """Enterprises in scope with a report of the year and a reviewed form; of a bank, with this consent and no doubt."""
    reports = {row["uscc"]: row for row in person.world.tables["annual_report"] if row["year"] == 2022}
    forms = {row["uscc"] for row in person.world.tables["basic_info"]}
    mine = {row["uscc"]: row for row in person.world.rows("Enterprise")}
    needs_report = person.sight.role not in (Role.PLATFORM_ADMIN, Role.DEPARTMENT_OFFICER)

    def found(row: Row) -> bool:
        own = mine.get(row["uscc"])
        if own is None or (consent is not None and consent in own["~hidden"]):
            return False
        return (row["uscc"] in reports or not needs_report) and (row["uscc"] in forms or person.name == "department")

    return found


def unshared(person: Person, consent: str) -> Callable[[Row], bool]:
    """Enterprises that share something with the bank, but not this."""
    reports = {row["uscc"] for row in person.world.tables["annual_report"] if row["year"] == 2022}
    forms = {row["uscc"] for row in person.world.tables["basic_info"]}
    hides = {row["uscc"] for row in person.world.rows("Enterprise") if consent in row["~hidden"]}
    return lambda row: row["uscc"] in hides & reports & forms


def a_row(place: Place, wanted: Callable[[Row], bool] = lambda _row: True) -> Row:
    return next(row for row in place.full.rows("Enterprise") if wanted(row))


def masked(data: Any, name: str = "") -> Any:
    """The same answer with the masks of domain §4.2."""
    if isinstance(data, Mapping):
        return {key: masked(value, key) for key, value in cast("Mapping[str, Any]", data).items()}
    return MASKS[snake(name)](data) if isinstance(data, str) else data


def leaves(data: Any) -> list[Any]:
    if isinstance(data, Mapping):
        return [leaf for value in cast("Mapping[str, Any]", data).values() for leaf in leaves(value)]
    if isinstance(data, list):
        return [leaf for value in cast("list[Any]", data) for leaf in leaves(value)]
    return [data]
