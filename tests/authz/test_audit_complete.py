"""Nothing personal, and nothing a consent opened, leaves without its line in the audit trail (issue 4, "Audit").

Whatever is asked (generated operations, by every way in, as a file, by cursor, revealed): an answer that shows such
data leaves exactly one line of its kind, which names every enterprise whose data stand in it, and no other; which calls
what was read by the schema's names; and in which no contact stands, not even one that somebody looked for. At the end
each place that notes is switched off once, to see that this is noticed.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import orjson
import pytest

from authz.rules import Rule
from exporters.json import JsonEncoder
from schema import visible
from schema.recording import Recording
from service.recorded import Recorded
from service.recorder import Recorder
from tests.reference.asking import Response
from tests.reference.audited import Owed, Ticked, Traced, Trail, called, is_asked, is_of_schema, personal
from tests.reference.breaking import Breaking, answering, changed
from tests.reference.canaries import planted
from tests.reference.comparing import Expected, Person
from tests.reference.dice import Dice
from tests.reference.entries import ANSWERS, FILES, may_register
from tests.reference.examples import for_each_choice
from tests.reference.fixtures import Place
from tests.reference.lists import Cursors
from tests.reference.operations import Operation, Writer
from tests.reference.redacted import CONTACTS
from tests.reference.rows import Row, World
from tests.reference.sheets import Flattener
from tests.reference.values import Values

READERS = {"yubei": 40, "two_units": 25, "wanzhou": 25, "enterprise": 30, "bank_a": 40, "bank_b": 30, "no_bank": 8}
"""Who reads personal or consented data, and how many operations they get."""
OTHERS = ("bureau", "analyst", "admin", "department", "no_unit")
EXPORTERS = ("yubei", "two_units", "enterprise", "bureau", "analyst")
REVEALERS = ("bureau", "admin")
WAYS = tuple(ANSWERS)


@dataclass
class Auditor:
    """Asks as one person and holds what stands in the trail against what the answer owes to it."""

    person: Person
    values: Values
    trail: Trail
    secret: frozenset[str]
    due: int = 0
    private: int = 0

    @classmethod
    def of(cls, place: Place, name: str) -> Auditor:
        """Somebody's."""
        return cls(Person(place, name), Values(place.full), Trail(place.service), personal(place.full))

    def operation(self, dice: Dice, *, exported: bool = False) -> Operation:
        """One that likes contacts."""
        catalogue = self.person.catalogue()
        daring, loose = dice.chance(10), dice.one([10, 50, 90])
        return Writer(
            dice, self.values, self.person.sight, catalogue, daring=daring, exported=exported,
            focus=CONTACTS if dice.chance(70) else frozenset(), loose=loose,
        ).operation()  # fmt: skip

    def answer(self, operation: Operation, way: str = "post", cursors: Cursors | None = None) -> Response:
        """Ask by one of the ways in.

        Raises:
            AssertionError: the lines are not those that the answer owes.
        """
        asked, known = self._asked(operation, cursors), Cursors(dict((cursors or Cursors({})).given))
        response = ANSWERS[way](self.person.place.service, self.person.sight.principal, operation)
        lines = self._news(operation, known)
        if self._is_refused(response, lines):
            return response
        assert not asked.refused
        traced = Traced(self.person.world, self.person.sight, known, full=self.person.place.full)
        traced.answer(operation.document, operation.variables)
        traced.owed.is_asked = is_asked(asked)
        times = 2 if way == "batched" else 1
        assert {line["kind"] for line in lines} <= {"READ"}, lines
        assert len(lines) == times * traced.owed.is_due, (traced.owed, lines)
        for line in lines:
            self._check(line, traced.owed)
            assert line["rows"] >= len(line["subjects"])
        return response

    def file(self, operation: Operation, file_format: str, way: str = "accepted") -> Response:
        """Take a file.

        Raises:
            AssertionError: the lines are not those that the file owes.
        """
        asked = self._asked(operation)
        who = self.person.sight.principal
        response = FILES[way](self.person.place.service, who, operation, file_format)
        lines = self._news(operation, Cursors({}))
        if self._is_refused(response, lines):
            return response
        traced = Traced(self.person.world, self.person.sight, whole_lists=True, full=self.person.place.full)
        sheets = Flattener(traced, asked).flattened(operation.document)
        kinds = [line["kind"] for line in lines]
        assert kinds == (["WRITE", "EXPORT"] if way == "registered" else ["EXPORT"]), lines
        self._check(lines[-1], traced.owed)
        assert lines[-1]["rows"] == sum(map(len, sheets))
        return response

    def _asked(self, operation: Operation, cursors: Cursors | None = None) -> Ticked:
        found = Ticked.of(operation.document, operation.variables, self.person.sight, cursors)
        return cast("Ticked", found)

    def _news(self, operation: Operation, cursors: Cursors) -> list[Row]:
        """The request's lines, once it is seen that none holds what no line may."""
        lines = self.trail.news()
        for line in lines:
            told = " ".join(str(value) for value in line.values())
            assert not planted(told) & self.secret, (operation, line)
            assert not [cursor for cursor in cursors.given if cursor in told], line
            assert line["client"] == "local"
        return lines

    @staticmethod
    def _is_refused(response: Response, lines: Sequence[Row]) -> bool:
        """Whether there is no answer: then there is a line if it was a right that was missing, and none else."""
        if response.status == 200 and not response.body.startswith(b'{"errors"'):
            return False
        code = response.json["errors"][0]["extensions"]["code"]
        assert code in ("FORBIDDEN", "BAD_USER_INPUT"), response.json
        assert bool(lines) == (code == "FORBIDDEN"), (code, lines)
        assert all((line["kind"], line["outcome"]) == ("REFUSAL", code) for line in lines)
        assert all(is_of_schema(said) for line in lines for said in line["fields"]), lines
        return True

    def _check(self, line: Row, owed: Owed) -> None:
        who = self.person.sight.principal
        named = set(line["subjects"])
        assert owed.subjects <= named, ("not named", owed.subjects - named, line)
        assert named <= owed.possible, ("named, but not in the answer", named - owed.possible, line)
        said = {called(each) for each in line["fields"]}
        assert owed.fields <= said, ("not said", owed.fields - said, line)
        assert not (strange := [said for said in line["fields"] if not is_of_schema(said)]), strange
        assert (line["role"], line["bank"], line["outcome"]) == (who.role.value, who.bank, "ok")
        self.due += bool(owed.subjects)
        self.private += "***" in line["filter"]


def audited(place: Place, name: str, examples: int) -> Auditor:
    """Many operations of one person, by each way in turn."""
    auditor = Auditor.of(place, name)

    def check(dice: Dice) -> None:
        auditor.answer(auditor.operation(dice), dice.one(WAYS))

    for_each_choice(check, examples=examples)
    return auditor


@pytest.mark.parametrize("name", READERS)
def test_whatever_is_read_leaves_its_line(place: Place, name: str) -> None:
    auditor = audited(place, name, READERS[name])
    assert auditor.due * 6 >= READERS[name] or name == "no_bank"


@pytest.mark.parametrize("name", OTHERS)
def test_masks_leave_no_line(place: Place, name: str) -> None:
    assert audited(place, name, 12).due == 0


@pytest.mark.parametrize("name", EXPORTERS)
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_whatever_is_taken_away_leaves_its_line(place: Place, name: str, file_format: str) -> None:
    auditor = Auditor.of(place, name)
    filled: list[int] = []

    def check(dice: Dice) -> None:
        operation = auditor.operation(dice, exported=True)
        way = "registered" if may_register(operation) and dice.chance(40) else "accepted"
        filled.append(auditor.file(operation, file_format, way).status == 200)

    for_each_choice(check, examples=12)
    assert sum(filled) * 3 >= len(filled)
    assert auditor.due or name in ("bureau", "analyst")


# ── cursors ─────────────────────────────────────────────────────────────────────────────────────

PAGE = """query ($o: [EnterpriseOrder!], $f: EnterpriseFilter, $after: String, $before: String) {
    some: enterprises(orderBy: $o, filter: $f, first: 3, after: $after, before: $before) {
        pageInfo { startCursor hasNextPage } edges { cursor } } }"""
COUNT = """query ($o: [EnterpriseOrder!], $f: EnterpriseFilter, $after: String, $before: String) {
    all: enterprises(orderBy: $o, filter: $f, last: 2, after: $after, before: $before) {
        totalCount pageInfo { hasPreviousPage } nodes { __typename } } }"""


@pytest.mark.parametrize("name", ["yubei", "enterprise", "bank_a"])
@pytest.mark.parametrize("order", ["CONTACT_NAME", "NAME", "LEGAL_REPRESENTATIVE"])
def test_a_cursor_is_a_read_and_no_cursor_stands_in_a_line(place: Place, name: str, order: str) -> None:
    auditor = Auditor.of(place, name)
    first = Operation(PAGE, {"o": {"field": order, "direction": "DESC"}})
    expected = Expected.of(auditor.person, first)
    given = expected.harvest(auditor.answer(first)) if not expected.asked.refused else {}
    assert given or (name, order) == ("bank_a", "CONTACT_NAME")
    for cursor, mark in given.items():
        for document in (PAGE, COUNT):
            for way in ("after", "before"):
                operation = Operation(document, {**first.variables, way: cursor})
                auditor.answer(operation, cursors=Cursors({cursor: mark}))


# ── what somebody looks for ─────────────────────────────────────────────────────────────────────


def _looked_for(world: World) -> tuple[str, str, str]:
    """A name, a mobile and a reporter's mobile that stand in rows of a district."""
    rows = [row for row in world.rows("Enterprise") if row["contact_name"] and row["contact_mobile"]]
    reports = [row for row in world.rows("AnnualReport") if row["reporter_mobile"]]
    return rows[0]["contact_name"], rows[-1]["contact_mobile"], reports[0]["reporter_mobile"]


CODES, TOTAL, YEARS = "{ nodes { uscc } }", "{ totalCount }", "{ nodes { year } }"
LOOKING: Mapping[str, str] = {
    "a literal": f'{{ enterprises(filter: {{contactName: ["$name"]}}) {TOTAL} }}',
    "a literal, no list": '{ enterprises(filter: {contactName: "$name"}) { nodes { __typename } } }',
    "a variable": f"query ($n: [String!]) {{ enterprises(filter: {{contactName: $n}}) {TOTAL} }}",
    "a variable, no list": f"query ($n1: [String!]) {{ enterprises(filter: {{contactName: $n1}}) {CODES} }}",
    "variables in a list": f"query ($n1: String!) {{ enterprises(filter: {{contactName: [$n1, $n1]}}) {TOTAL} }}",
    "a default": f'query ($x: [String!] = ["$name"]) {{ enterprises(filter: {{contactName: $x}}) {TOTAL} }}',
    "a whole filter": f"query ($f: EnterpriseFilter) {{ enterprises(filter: $f) {CODES} }}",
    "or": '{ enterprises(filter: {or: [{contactName: ["$name"]}, {contactMobile: "$mobile"}]}) { edges { cursor } } }',
    "or, no list": f'{{ enterprises(filter: {{or: {{and: {{contactMobile: "$mobile"}}}}}}) {TOTAL} }}',
    "or with a variable": "query ($f: EnterpriseFilter!) { enterprises(filter: {or: [{inLibrary: true}, $f]}) "
    f"{TOTAL} }}",
    "and in a variable": f"query ($l: [EnterpriseFilter!]) {{ enterprises(filter: {{and: $l}}) {CODES} }}",
    "not": f'{{ enterprises(filter: {{not: {{not: {{contactName: ["$name"]}}}}}}) {CODES} }}',
    "a report's enterprise": f'{{ annualReports(filter: {{enterprise: {{contactMobile: "$mobile"}}}}) {YEARS} }}',
    "some reports": '{ enterprises(filter: {annualReports: {some: {basic: {reporterMobile: "$reporter"}}}}) '
    "{ totalCount nodes { name } } }",
    "no reports": '{ enterprises(filter: {annualReports: {none: {basic: {reporterMobile: ["$reporter"]}}}}) '
    f"{TOTAL} }}",
    "a report": f'{{ annualReports(filter: {{basic: {{reporterMobile: "$reporter"}}}}) {YEARS} }}',
    "a list below": '{ enterprises(first: 40) { nodes { annualReports(filter: {basic: {reporterMobile: "$reporter"}}) '
    f"{TOTAL} }} }} }}",
    "a list below, by its enterprise": "{ enterprises(first: 40) { nodes { uscc a: annualReports(filter: "
    f'{{enterprise: {{contactName: ["$name"]}}}}) {YEARS} }} }} }}',
    "custom query": '{ customQuery(fields: ["uscc"], filter: {contactMobile: "$mobile"}) { nodes { values } } }',
    "custom query, variables": "query ($f: EnterpriseFilter, $c: [String!]) "
    "{ customQuery(fields: $c, filter: $f) { totalCount nodes { number values } } }",
    "left out": f'{{ enterprises(filter: {{contactName: ["$name"]}}) @skip(if: true) {TOTAL} units {{ code }} }}',
}


@pytest.mark.parametrize("name", ["yubei", "bureau"])
@pytest.mark.parametrize("way", LOOKING)
def test_who_looks_for_a_contact_is_noted_without_it(place: Place, name: str, way: str) -> None:
    auditor = Auditor.of(place, name)
    contact, mobile, reporter = _looked_for(Person(place, "yubei").world)
    document = LOOKING[way].replace("$name", contact).replace("$mobile", mobile).replace("$reporter", reporter)
    given = {
        "n": [contact, mobile], "n1": contact, "f": {"or": {"contactName": contact}, "contactMobile": None},
        "l": [{"not": {"contactMobile": [mobile]}}, {"researchContactName": contact}], "c": ["name", "contactMobile"],
    }  # fmt: skip
    operation = Operation(document, {key: each for key, each in given.items() if f"${key}:" in document})
    for entry in ("post", "get", "batched"):
        assert auditor.answer(operation, entry).status == 200
    auditor.file(operation, "csv")


# ── reveals, registered exports ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", REVEALERS)
def test_whatever_is_revealed_leaves_its_line(place: Place, name: str) -> None:
    auditor = Auditor.of(place, name)
    service, who = place.service, auditor.person.sight.principal
    shown = ["researchContactName", "researchContactMobile", "researchContactEmail", "contactName", "contactMobile"]
    codes = [row["uscc"] for row in place.full.rows("Enterprise")]

    def check(dice: Dice) -> None:
        fields = {dice.one(["", "a1: ", "name: "][:2]) + each: each for each in dice.some(shown, 3)}
        roots = {f"r{at}": dice.one(codes) for at in range(dice.number(1, 2))}
        asked = "".join(
            f'{key}: revealContact(uscc: "{uscc}", reason: "核实年报联系人") {{ uscc ...F }} '
            for key, uscc in roots.items()
        )
        chosen = " ".join({written.partition(":")[0]: written for written in fields}.values())
        document = f"mutation Reveal {{ {asked} }} fragment F on RevealedContact {{ __typename {chosen} }}"
        passing = replace(who, subject=f"trail-{name}-{dice.number(0, 2**40)}")
        auditor.trail.skip()
        response = service.ask(passing, document)
        assert response.status == 200
        lines = auditor._news(Operation(document, {}), Cursors({}))  # pyright: ignore[reportPrivateUsage]
        assert [(line["kind"], line["subjects"]) for line in lines] == [("REVEAL", [uscc]) for uscc in roots.values()]
        read = {f"RevealedContact.{each.rpartition(' ')[2]}" for each in chosen.split(" ") if each[-1] != ":"}
        assert all(read <= set(line["fields"]) and all(map(is_of_schema, line["fields"])) for line in lines), lines

    for_each_choice(check, examples=15)


# ── the property notices ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Silenced:
    """A place that notes, switched off; and an operation of somebody that must then be missed."""

    breaking: Breaking
    person: str
    document: str
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file_format: str = ""


async def _nothing(*_: object, **__: object) -> None:
    """Note nothing."""


def _silent(*_: object, **__: object) -> None:
    """Note nothing, at once."""


@contextmanager
def _without_subjects() -> Generator[None]:
    real = Recording.field

    def noted(self: Recording, source: str, name: str, asked: str | None, *, is_personal: bool) -> None:
        sources = set(self.sources)
        real(self, source, name, asked, is_personal=is_personal)
        self.sources = sources

    with changed(Recording, "field", noted):
        yield


CONTACTS_OF_ALL = "{ enterprises(first: 50) { nodes { m: contactMobile } } }"
OF_A_BANK = "{ enterprises(first: 50) { nodes { __typename } } }"
BY_CONTACT = "query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }"
SILENCED: Mapping[str, Silenced] = {
    "rules": Silenced(lambda: changed(Rule, "is_recorded", answering(False)), "yubei", CONTACTS_OF_ALL),
    "consents": Silenced(lambda: changed(visible, "RECORDED", frozenset[str]()), "bank_a", OF_A_BANK),
    "rows": Silenced(lambda: changed(Recording, "rows", answering(None)), "bank_a", OF_A_BANK),
    "fields": Silenced(lambda: changed(Recording, "field", _silent), "yubei", CONTACTS_OF_ALL),
    "sources": Silenced(_without_subjects, "yubei", CONTACTS_OF_ALL),
    "names below": Silenced(
        lambda: changed(JsonEncoder, "_record", answering(None)), "bank_a", "{ enterprises { nodes { uscc } } }"
    ),
    "counts": Silenced(
        lambda: changed(JsonEncoder, "_record_count", answering(None)), "bank_a", "{ enterprises { totalCount } }"
    ),
    "reads": Silenced(lambda: changed(Recorder, "read", _nothing), "yubei", CONTACTS_OF_ALL),
    "exports": Silenced(lambda: changed(Recorder, "exported", _nothing), "yubei", CONTACTS_OF_ALL, file_format="xlsx"),
    "refusals": Silenced(
        lambda: changed(Recorder, "refused", _nothing), "yubei", "{ enterprises { nodes { contactIdNumber } } }"
    ),
    "masks of a filter": Silenced(
        lambda: changed(Recorded, "_without_private", _as_it_is),
        "yubei",
        BY_CONTACT,
        {"f": {"contactName": "%(name)s"}},
    ),
}


def _as_it_is(_self: Recorded, _path: object, _name: str, value: object) -> object:
    return value


@pytest.mark.parametrize("place_that_notes", SILENCED)
def test_a_place_that_notes_nothing_is_noticed(place: Place, place_that_notes: str) -> None:
    case = SILENCED[place_that_notes]
    contact = _looked_for(Person(place, "yubei").world)[0]
    given = orjson.loads(orjson.dumps(case.variables).decode() % {"name": contact})
    anew = replace(place, service=place.service.without_cache())

    def asked(where: Place) -> None:
        auditor, operation = Auditor.of(where, case.person), Operation(case.document, given)
        if case.file_format:
            auditor.file(operation, case.file_format)
        else:
            auditor.answer(operation)

    asked(place)
    with case.breaking(), pytest.raises(AssertionError):
        asked(anew)
    Trail(place.service).skip()
