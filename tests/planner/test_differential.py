"""Plans against plain graphql-core: thousands of operations, each answered twice, by two programs that share no code.

What a plan writes in SQL must be what the reference says in Python over the rows that the principal may see, to the
last member and in the same order; cached or not, by POST or GET, whoever asked before.
"""

from __future__ import annotations

import pytest

from tests.reference.comparing import Person, Tally, compared
from tests.reference.dice import Dice
from tests.reference.difference import difference
from tests.reference.examples import for_each_choice, for_each_operation
from tests.reference.fixtures import Place
from tests.reference.lists import Cursors
from tests.reference.operations import Operation, Writer
from tests.reference.values import Values, plain

PEOPLE = (
    "bureau",
    "yubei",
    "two_units",
    "no_unit",
    "analyst",
    "enterprise",
    "other_enterprise",
    "admin",
    "department",
    "bank_a",
    "bank_b",
    "no_bank",
    "public",
)
EVERY_ROW = {"bureau", "yubei", "two_units", "analyst", "admin", "department", "bank_a", "bank_b"}
"""People who see so many rows that most answers hold some."""
HIDES = {"bureau": 20, "analyst": 20, "admin": 20, "bank_a": 20, "bank_b": 10}
"""People from whom much is hidden: at least so many per cent of their answers say so."""


@pytest.fixture(scope="session")
def values(place: Place) -> Values:
    return Values(place.full)


@pytest.mark.parametrize("name", PEOPLE)
def test_plan_answers_as_graphql_core_does(place: Place, values: Values, name: str) -> None:
    person, tally = Person(place, name), Tally()

    def check(operation: Operation) -> None:
        first = person.ask(operation)
        compared(person, operation, first, tally)
        again, by_get = person.ask(operation), person.ask(operation, by_get=True)
        assert again.body == first.body
        assert by_get.body == first.body

    for_each_operation(check, person.sight, values, person.catalogue(), examples=40 if name in EVERY_ROW else 15)
    tally.assert_healthy(least_rows=40 if name in EVERY_ROW else 0, least_redacted=HIDES.get(name, 0))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("bank_a", "bank_b"),
        ("yubei", "two_units"),
        ("bureau", "analyst"),
        ("enterprise", "other_enterprise"),
        ("bank_b", "yubei"),
    ],
)
def test_an_answer_is_never_anothers(place: Place, values: Values, name: str, other: str) -> None:
    one, two, tally = Person(place, name), Person(place, other), Tally()

    def check(operation: Operation) -> None:
        first = one.ask(operation)
        compared(two, operation, two.ask(operation), tally)
        assert one.ask(operation).body == first.body
        fresh = place.service.without_cache()
        assert fresh.ask(one.sight.principal, operation.document, operation.variables).body == first.body
        compared(two, operation, fresh.ask(two.sight.principal, operation.document, operation.variables), tally)

    for_each_operation(check, one.sight, values, one.catalogue(), examples=15)


ONCE_DIFFERED = {
    "a filter by a masked name": ("bureau", '{ enterprises(filter: {contactName: ["李*"]}) { totalCount } }'),
    "a page from the end is numbered from its top": ("bureau", "{ customQuery(last: 2) { nodes { number } } }"),
    "a nested list's last rows stand in its order": (
        "bureau",
        "{ enterprises(first: 9) { nodes { annualReports(last: 3) { nodes { year } } } } }",
    ),
    "a filter asks about the latest version": (
        "bureau",
        "{ enterprises(filter: {basicInfo: {version: {eq: 1}}}) { totalCount } }",
    ),
    "a form shows a bank what it may see": (
        "bank_a",
        "{ enterprises { nodes { basicInfo { fields { name value } } } } }",
    ),
    "a form within a page that tells its ends": (
        "enterprise",
        "{ enterprises { nodes { basicInfoVersions { nodes { fields { value } } pageInfo { hasNextPage } } } } }",
    ),
    "a size that a bank may not see is named": ("bank_a", "{ enterprises { nodes { size } } }"),
    "what a custom query hides is named": (
        "bank_a",
        '{ customQuery(fields: ["annualReport.operation.netProfit"]) { nodes { values } } }',
    ),
    "what only the next page hides is not named": (
        "bank_a",
        "{ enterprises(first: 1) { pageInfo { hasNextPage } nodes { legalRepresentative } } }",
    ),
    "an empty list beside another swallows nothing": (
        "bank_a",
        '{ enterprises { nodes { businessScope } } annualReports(filter: {uscc: ["x"]}) { nodes { equityFinancing } }}',
    ),
    "a list of words in a custom query": (
        "analyst",
        '{ customQuery(fields: ["annualReport.achievements.starFlags"]) { nodes { values } } }',
    ),
    "a moment in a custom query": (
        "analyst",
        '{ customQuery(fields: ["annualReport.submittedAt"]) { nodes { values } } }',
    ),
    "an identifier that is none": ("analyst", '{ export(id: "x") { id } exports(filter: {id: ["x"]}) { totalCount } }'),
    "a bank's order below a row reads the consent that its parent asked for": (
        "bank_a",
        """{ enterprises(first: 5) { nodes { annualReports(orderBy: [{field: HNTE_EXPIRES_ON}], first: 1) {
            nodes { year } pageInfo { endCursor } } } } }""",
    ),
    "administrators may read who reviewed": (
        "admin",
        "{ enterprises { nodes { basicInfoVersions { nodes { opinions { reviewer } } } } } }",
    ),
}
"""What these tests found, each as small as it gets."""


@pytest.mark.parametrize("case", ONCE_DIFFERED)
def test_what_once_differed(place: Place, case: str) -> None:
    name, document = ONCE_DIFFERED[case]
    person, operation = Person(place, name), Operation(document, {})
    compared(person, operation, person.ask(operation), Tally())


def test_a_documents_order_may_change_between_pages(place: Place) -> None:
    person = Person(place, "bureau")
    document = """query ($by: EnterpriseOrderField!, $after: String) {
        enterprises(orderBy: [{field: $by}], first: 2, after: $after) { nodes { uscc } pageInfo { endCursor } } }"""
    for by in ("NAME", "ESTABLISHED_ON", "NAME"):
        first = person.ask(Operation(document, {"by": by})).json["data"]["enterprises"]
        second = person.ask(Operation(document, {"by": by, "after": first["pageInfo"]["endCursor"]})).json
        assert first["nodes"] != second["data"]["enterprises"]["nodes"]


LISTS = (("enterprises", "Enterprise", "uscc"), ("annualReports", "AnnualReport", "uscc year"))
DIRECTIONS = (("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage"))


@pytest.mark.parametrize("name", ["bureau", "two_units", "analyst", "bank_a"])
@pytest.mark.parametrize(("root", "kind", "key"), LISTS)
@pytest.mark.parametrize("direction", DIRECTIONS, ids=["forward", "backward"])
def test_pages_walk_a_list_to_its_end(
    place: Place, values: Values, name: str, root: str, kind: str, key: str, direction: tuple[str, str, str, str]
) -> None:
    person = Person(place, name)
    walked: list[int] = []

    def check(dice: Dice) -> None:
        writer = Writer(dice, values, person.sight, [])
        size, cursor, _, _ = direction
        variables = {
            "filter": plain(writer.filter(kind, 1)) if dice.chance(40) else None,
            "order": writer.order(kind) if dice.chance(80) else None,
            "size": dice.one([7, 5, 20]),
        }
        document = f"""query Walk($filter: {kind}Filter, $order: [{kind}Order!], $size: Int, $cursor: String) {{
            {root}(filter: $filter, orderBy: $order, {size}: $size, {cursor}: $cursor) {{
                totalCount nodes {{ {key} }} edges {{ cursor }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
        walked.append(walk(person, Operation(document, variables), root, direction))

    for_each_choice(check, examples=4)
    assert max(walked) > 5


def walk(person: Person, operation: Operation, root: str, direction: tuple[str, str, str, str]) -> int:
    """Page through a list in both programs; the pages are the whole list, each row once. Gives the number of rows."""
    size, _, end, more = direction
    reference = person.reference(Cursors({}))
    ours: str | None = None
    theirs: str | None = None
    seen: list[str] = []
    while True:
        mine = reference.answer(operation.document, {**operation.variables, "cursor": ours}).data
        response = person.ask(Operation(operation.document, {**operation.variables, "cursor": theirs})).json
        assert "errors" not in response, response
        assert difference(mine, response["data"]) is None, difference(mine, response["data"])
        page = response["data"][root]
        rows = [str(node) for node in page["nodes"]]
        seen = [*seen, *rows] if size == "first" else [*rows, *seen]
        if not page["pageInfo"][more]:
            assert len(seen) == len(set(seen)) == page["totalCount"]
            return len(seen)
        ours, theirs = mine[root]["pageInfo"][end], page["pageInfo"][end]
