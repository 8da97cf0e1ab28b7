"""Cases by the thousand: each a document, asked by everybody of one form, by every way in, with ever other values."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authz.actions import PERMISSIONS, Action
from tests.reference.asking import Response
from tests.reference.comparing import Expected, Person, Tally
from tests.reference.dice import Dice
from tests.reference.entries import ANSWERS, FILES, may_register
from tests.reference.files import ExpectedFile
from tests.reference.fixtures import Place
from tests.reference.lists import Cursors, Mark
from tests.reference.operations import Operation, Writer
from tests.reference.values import Values

FORMS: Sequence[Sequence[str]] = (
    ("yubei", "wanzhou"),
    ("bank_a", "bank_b", "no_bank"),
    ("bureau",),
    ("analyst",),
    ("two_units", "no_unit"),
    ("enterprise", "other_enterprise"),
    ("yubei", "wanzhou"),
    ("bank_b", "bank_a"),
    ("admin",),
    ("bureau",),
    ("analyst",),
    ("department",),
    ("enterprise", "other_enterprise"),
    ("public",),
)
"""People who share their plans, asked in turn; those from whom more is hidden come more often."""
ROUNDS, ROUNDS_OF_FILES = 10, 3
KEPT_CURSORS = 24
# What costs a plan of its own comes less often.
WAYS = (
    *("post", "get", "batched", "post", "legacy", "get", "post", "among others", "get", "batched", "post"),
    *("introspecting", "post", "get", "legacy", "batched", "post", "planned anew", "get"),
)


class Leak(Exception):
    """An answer that is not the one: who asked what, how, and what is wrong with it. Has its case's number."""

    def __init__(self, case: int, person: str, way: str, operation: Operation, problem: str) -> None:
        super().__init__(case, person, way, operation.document, operation.variables, problem)
        self.case = case
        self.told = f"case {case}, {person}, {way}\n{operation.document}\n{operation.variables}\n{problem}"


@dataclass
class Run:
    """The cases of one process. Each is the same in every run of its seed, whichever cases came before."""

    place: Place
    seed: int
    tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    catalogues: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def __post_init__(self) -> None:
        self.values = Values(self.place.full)
        for name in dict.fromkeys(name for form in FORMS for name in form):
            self.people[name] = Person(self.place, name)
            self.tallies[name] = Tally()
            self.catalogues[name] = self.people[name].catalogue()

    @property
    def asked(self) -> int:
        """Operations so far."""
        return sum(tally.asked for tally in self.tallies.values())

    def case(self, number: int) -> None:
        """One document, in all its rounds.

        Raises:
            Leak: an answer was not the reference's.
        """
        dice = Dice(f"{self.seed}:{number}")
        form = FORMS[number % len(FORMS)]
        exported = dice.chance(12) and self._exports(form[0])
        known = {} if exported else self._cursors(form, dice)
        operation = self._written(form[0], dice, exported=exported, cursors=known)
        for at in range(ROUNDS_OF_FILES if exported else ROUNDS):
            asked = operation.again(dice, self.values, self.people[form[0]].sight) if at else operation
            person = self.people[form[at % len(form)]]
            if exported:
                self._file(number, person, asked, dice)
            else:
                self._answers(number, person, asked, known, at)

    def _exports(self, name: str) -> bool:
        return self.people[name].sight.role in PERMISSIONS[Action.EXPORT]

    def _written(self, name: str, dice: Dice, *, exported: bool, cursors: Mapping[str, Mark]) -> Operation:
        sight = self.people[name].sight
        daring, loose = dice.chance(15), dice.one([20, 60, 90])
        writer = Writer(
            dice,
            self.values,
            sight,
            self.catalogues[name],
            daring=daring,
            exported=exported,
            loose=loose,
            cursors=[*cursors, *(_tampered(each, dice) for each in list(cursors)[:2])] if dice.chance(40) else (),
        )
        return writer.operation()

    def _cursors(self, form: Sequence[str], dice: Dice) -> dict[str, Mark]:
        """Cursors that somebody was given: of this form, or of any other one."""
        asker = self.people[form[0] if dice.chance(60) else dice.one(list(self.people))]
        writer = Writer(dice, self.values, asker.sight, self.catalogues[asker.name])
        found: deque[tuple[str, Mark]] = deque(maxlen=KEPT_CURSORS)
        for root, kind in (("enterprises", "Enterprise"), ("annualReports", "AnnualReport")):
            if dice.chance(35) and not asker.sight.never("Query", root):
                order = writer.order(kind) if dice.chance(60) else None
                document = f"query ($o: [{kind}Order!]) {{ {root}(first: 9, orderBy: $o) {{ edges {{ cursor }} }} }}"
                asked = Operation(document, {"o": order})
                expected = Expected.of(asker, asked)
                response = asker.ask(asked)
                expected.check(response)
                found.extend(expected.harvest(response).items())
        return dict(found)

    def _answers(self, number: int, person: Person, asked: Operation, known: Mapping[str, Mark], at: int) -> None:
        """One way, and then another that must say the same to the byte."""
        way = WAYS[(number + at) % len(WAYS)]
        try:
            expected = Expected.of(person, asked, Cursors(dict(known)))
            first = ANSWERS[way](self.place.service, person.sight.principal, asked)
            expected.check(first)
            self.tallies[person.name].add(expected)
            if at % 2:
                way = f"{way}, then post"
                again = ANSWERS["post"](self.place.service, person.sight.principal, asked)
                assert again.json == first.json
                self.tallies[person.name].add(expected)
        except Exception as problem:
            raise Leak(number, person.name, way, asked, _told(problem)) from problem

    def _file(self, number: int, person: Person, asked: Operation, dice: Dice) -> None:
        file_format = dice.one(["xlsx", "csv", "xlsx"])
        way = "registered" if may_register(asked) and dice.chance(50) else "accepted"
        try:
            expected = ExpectedFile.of(person, asked)
            response: Response = FILES[way](self.place.service, person.sight.principal, asked, file_format)
            is_file = expected.check(response, file_format)
        except Exception as problem:
            raise Leak(number, person.name, f"{file_format} {way}", asked, _told(problem)) from problem
        tally = self.tallies[person.name]
        tally.asked += 1
        tally.exported += is_file
        tally.refused += expected.sheets is None
        tally.empty += expected.sheets is not None and not (is_file and expected.rows)


def _told(problem: Exception) -> str:
    """What is wrong, and where it was noticed."""
    where = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__}: {str(problem)[:3000]}\n{where.name}: {where.line}"


def _tampered(cursor: str, dice: Dice) -> str:
    """A cursor that was cut, changed, or put together from two."""
    token, _, code = cursor.partition(".")
    return dice.one(
        [cursor[:-1], token, f"{token[:-2]}AA.{code}", f"{token}.{code[::-1]}", f"{code}.{token}", "", f"A{cursor}"]
    )
