"""The same operations answered by graphql-core, field by field, over rows in Python.

It takes from the service nothing but the schema's SDL and its scalars. Given the rows that a principal may see,
its answer is what the service has to say to that principal (design, "Authorisation").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import graphql
from graphql.pyutils import Path

from authz.principal import Principal, Role
from tests.reference import aggregates
from tests.reference.derived import DERIVED, FORM, as_text
from tests.reference.filters import TABS, holds
from tests.reference.kinds import identifier, made_kinds, next_kind, ordered_fields, schema, shown, valid
from tests.reference.libraries import LIBRARIES, Libraries
from tests.reference.lists import Cursors, Order, Page, Step
from tests.reference.redacted import HIDDEN, Sight
from tests.reference.rows import KINDS, RELATIONS, Row, World, column, snake
from tests.reference.tables import Tables, closed_month, today

DEFAULT_YEAR = 2022
DEFAULT_COLUMNS = (
    "number",
    "district.name",
    "name",
    "industryCategory",
    "uscc",
    "establishedMonth",
    "researchContactName",
    "researchContactMobile",
    "annualReport.operation.mainBusinessRevenue",
)
"""The custom query's page (domain C34)."""


@dataclass(frozen=True)
class Answer:
    """What the reference says: the data, and the fields in which a rule hid or masked something.

    ``rows`` of lists and by key stand in it, of ``of_all`` that the same lists and keys have in the whole database;
    ``seen`` are the fields that have a value somewhere in it, by type.
    """

    data: dict[str, Any]
    redacted: frozenset[str]
    rows: int
    of_all: int
    seen: frozenset[tuple[str, str]]


@dataclass
class Reference:
    """One operation's context: the rows one may see, and who that is."""

    world: World
    sight: Sight
    cursors: Cursors = field(default_factory=lambda: Cursors({}))
    whole_lists: bool = False
    full: World | None = None
    redacted: set[str] = field(default_factory=set[str])
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    listed: int = 0
    of_all: int = 0
    year_of_question: int | None = None

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.sight.principal

    def answer(self, document: str, variables: Mapping[str, Any], operation: str | None = None) -> Answer:
        """Run an operation."""
        self.redacted, self.seen, self.listed, self.of_all = set(), set(), 0, 0
        parsed = valid(document)
        result = cast("Any", graphql).execute_sync(
            schema(), parsed, context_value=self, variable_values=dict(variables), operation_name=operation
        )
        assert not result.errors, result.errors
        data = cast("dict[str, Any]", result.data)
        return Answer(data, frozenset(self.redacted), self.listed, self.of_all, frozenset(self.seen))

    # -- values ---------------------------------------------------------------------------------

    def value(self, kind: str, row: Row, name: str) -> Any:
        """A field's value, as filters and orders see it."""
        computed = DERIVED.get((kind, name))
        if computed is not None:
            return computed(row)
        return row[column(kind, name)]

    def related(self, kind: str, row: Row, name: str) -> list[Row]:
        """The rows of a relation, in its order."""
        relation = RELATIONS[(kind, name)]
        if self.hides(kind, row, name):
            return []
        rows = self.world.where(relation.kind, relation.of(row))
        if relation.order:
            rows = Order([self._column_step(name) for name in relation.order]).sorted(rows)
        return rows[:1] if relation.latest else rows

    def hides(self, kind: str, row: Row, name: str) -> bool:
        """Whether a rule about the row hides the field in it."""
        return self.sight.guard(kind, name) in row.get(HIDDEN, frozenset())

    def report_of(self, row: Row, year: int | None) -> Row | None:
        """An enterprise's report of a year, by default the settings'."""
        found = self.world.where("AnnualReport", {"uscc": row["uscc"], "year": DEFAULT_YEAR if year is None else year})
        return found[0] if found else None

    # -- resolvers ------------------------------------------------------------------------------

    def resolve(self, kind: str, row: Row, name: str, given: Mapping[str, Any], path: Path | None) -> Any:
        """A field of a row."""
        if kind in ("Query", "Viewer", "Settings", "Statistics"):
            return self._about(kind, name, given)
        if (kind, name) == ("Library", "members"):
            return self.members(row["key"], given)
        if kind in made_kinds():
            return row[name]
        if self.hides(kind, row, name):
            self._note(path)
        special = SPECIAL.get((kind, name))
        if special is not None:
            return special(self, row, given, path)
        if (kind, name) in RELATIONS:
            return self._reached(kind, row, name, given)
        return row[name] if kind == "FormField" else self.value(kind, row, name)

    def _about(self, kind: str, name: str, given: Mapping[str, Any]) -> Any:
        if kind == "Query":
            return self._root(name, given)
        if kind == "Statistics":
            return self.statistics(name, given)
        return self._viewer(name) if kind == "Viewer" else SETTINGS[name]

    def _reached(self, kind: str, row: Row, name: str, given: Mapping[str, Any]) -> Any:
        relation, rows = RELATIONS[(kind, name)], self.related(kind, row, name)
        if not relation.many:
            return rows[0] if rows else None
        if self.full is not None:
            self.of_all += len(self.full.where(relation.kind, relation.of(row)))
        if relation.order:
            self.listed += len(rows)
            return rows
        return self.page(relation.kind, rows, given, constant=frozenset(relation.match) | {"unit_code"})

    def _root(self, name: str, given: Mapping[str, Any]) -> Any:
        if name in ROOTS:
            return ROOTS[name](self, given)
        if name in ROOT_LISTS:
            self._count_all(ROOT_LISTS[name])
            return self.page(ROOT_LISTS[name], self._listed(name), given, default=QUEUES.get(name, ()))
        kind = {"enterprise": "Enterprise", "annualReport": "AnnualReport", "export": "Export"}[name]
        key = {ours: given[ours] for ours in KINDS[kind].key}
        found = [row for row in self.world.rows(kind) if all(str(row[ours]) == str(key[ours]) for ours in key)]
        self._count_all(kind)
        self.listed += len(found)
        return found[0] if found else None

    def statistics(self, name: str, given: Mapping[str, Any]) -> Row:
        """A page of the statistics, or the answer to a question."""
        if name == "aggregate":
            self.year_of_question = given.get("year")
            found = aggregates.table(self, given)
        else:
            tables = Tables(self.world, self.full or self.world, self.principal)
            # The overview has no filter, and is of today.
            default = today().year if name == "overview" else DEFAULT_YEAR
            year: int = given.get("year") or default
            is_monthly = name == "cultivationProgress"
            found = tables.progress(given.get("month")) if is_monthly else tables.page(name, year)
        # Tables have a line for every unit, whatever stands in it; an officer's are not the whole city's.
        self.listed += 1
        self.of_all += 1 + (self.sight.role in (Role.DISTRICT_OFFICER, Role.BANK_USER))
        return found

    def members(self, key: str, given: Mapping[str, Any]) -> Row:
        """A page of a library's members."""
        if self.full is not None:
            self.of_all += len(Libraries.of(self.full).members(key, given))
        return self.page("LibraryEntry", Libraries.of(self.world).members(key, given), given)

    def libraries_of(self, row: Row, given: Mapping[str, Any]) -> list[Row]:
        """The libraries that an enterprise is in, or nearly."""
        found = Libraries.of(self.world).of_enterprise(row, given)
        self.listed += len(found)
        self.of_all += len(found)
        return found

    def neighbors(self, of: str, context: Mapping[str, Any]) -> Row | None:
        """The record before and after one in the list it was opened from, by sort key, be it in the list or not."""
        name, asked = next((key, value) for key, value in context.items() if value is not None)
        kind, listed = ROOT_LISTS[name], self._listed(name)
        self._count_all(kind)
        record = next((row for row in self.world.rows(kind) if identifier(kind, row) == of), None)
        if record is None:
            return None
        order = self.order(kind, asked.get("orderBy") or [], default=QUEUES.get(name, ()))
        rows = order.sorted([row for row in listed if holds(self, kind, row, asked.get("filter") or {}) is True])
        place = order.values(record)
        before = [row for row in rows if order.compare(order.values(row), place) < 0]
        after = [row for row in rows if order.compare(order.values(row), place) > 0]
        self.listed += 1
        return {
            "previousId": identifier(kind, before[-1]) if before else None,
            "nextId": identifier(kind, after[0]) if after else None,
            "position": len(before) + 1 if any(row is record for row in rows) else None,
            "total": len(rows),
        }

    def _listed(self, name: str) -> list[Row]:
        """The rows of a list at the root: all there are, or those that wait for this person's decision."""
        rows = self.world.rows(ROOT_LISTS[name])
        if name not in QUEUES:
            return rows
        level = "PENDING_DISTRICT" if self.sight.role is Role.DISTRICT_OFFICER else "PENDING_MUNICIPAL"
        waiting = [row for row in rows if row["status"] == level]
        if name == "annualReportReviewQueue":
            return waiting
        # What was submitted again since waits for nobody; drafts are not among the rows that an officer has.
        latest: dict[str, int] = {}
        for row in rows:
            latest[row["uscc"]] = max(row["version"], latest.get(row["uscc"], 0))
        return [row for row in waiting if row["version"] == latest[row["uscc"]]]

    def _count_all(self, kind: str) -> None:
        self.of_all += 0 if self.full is None else len(self.full.rows(kind))

    def _viewer(self, name: str) -> Any:
        who = self.principal
        if name == "units":
            return self.units_of(who.units)
        if name == "enterprise":
            found = self.world.where("Enterprise", {"uscc": who.uscc})
            return found[0] if found else None
        if name == "role":
            return who.role.value
        return who.role.label if name == "roleLabel" else getattr(who, snake(name))

    def units(self, kinds: Sequence[str] | None) -> list[Row]:
        """The units, or those of some kinds."""
        return self.units_of([row["code"] for row in self.world.rows("Unit") if not kinds or row["kind"] in kinds])

    def units_of(self, codes: Sequence[str]) -> list[Row]:
        """The units of these codes."""
        return [row for row in sorted(self.world.rows("Unit"), key=lambda row: row["code"]) if row["code"] in codes]

    def size_of(self, row: Row, year: int | None) -> str | None:
        """An enterprise's size in a year, by default the settings'."""
        found = self.world.where("Size", {"uscc": row["uscc"], "year": DEFAULT_YEAR if year is None else year})
        return found[0]["enterprise_size"] if found else None

    def vouchers_of(self, row: Row, year: int | None) -> list[Row]:
        """An enterprise's applications, of a year or of all."""
        if self.full is not None:
            self.of_all += len(self.full.where("VoucherApplication", {"uscc": row["uscc"]}))
        found = [each for each in self.related("Enterprise", row, "vouchers") if year in (None, each["year"])]
        self.listed += len(found)
        return found

    def form_of(self, row: Row) -> list[Row]:
        """The form's rows of one basic information."""
        if self.hides("BasicInfo", row, "fields"):
            return []
        return [
            {
                "no": number,
                "name": name,
                "label": label,
                "value": as_text(row[column("BasicInfo", name)]),
                "source": "BUSINESS_REGISTRY" if registry else "SELF_FILLED",
                "readOnly": registry,
                "required": required,
            }
            for number, (name, label, registry, required) in enumerate(FORM, start=1)
        ]

    def _note(self, path: Path | None, *below: str) -> None:
        if path is not None:
            steps = [step for step in path.as_list() if isinstance(step, str)]
            self.redacted.add(".".join([*steps, *below]))

    # -- lists ----------------------------------------------------------------------------------

    def page(
        self,
        kind: str,
        rows: list[Row],
        given: Mapping[str, Any],
        constant: frozenset[str] = frozenset(),
        default: Sequence[str] = (),
    ) -> dict[str, Any]:
        """A page of a list, in Relay's shape; ``constant`` columns are the same in all rows of the list."""
        asked: Mapping[str, Any] | None = given.get("filter")
        target = "Enterprise" if kind == "CustomQueryRow" else kind
        chosen = [row for row in rows if holds(self, target, row, asked or {}) is True]
        order = self.order(target, given.get("orderBy") or [], constant, default)
        page = Page.of(chosen, order, given, self.cursors, whole=self.whole_lists)
        self.listed += len(page.rows)
        cursors = [self.cursors.written(order, row) for row in page.rows]
        nodes = page.rows
        if kind == "CustomQueryRow":
            nodes = [{**row, "~place": at, "~given": given} for at, row in enumerate(page.rows, start=1)]
        return {
            "nodes": nodes,
            "edges": [{"cursor": cursor, "node": row} for cursor, row in zip(cursors, nodes, strict=True)],
            "pageInfo": {
                "hasNextPage": page.has_next,
                "hasPreviousPage": page.has_previous,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
            "totalCount": page.total,
        }

    def order(
        self,
        kind: str,
        asked: Sequence[Mapping[str, Any]],
        constant: frozenset[str] = frozenset(),
        default: Sequence[str] = (),
    ) -> Order:
        """The order asked for, or the list's or the type's own; then its key. What is constant orders nothing."""
        steps: dict[str, Step] = {}
        for entry in asked:
            owner, name = ordered_fields(kind)[entry["field"]]
            step = self._field_step(owner, name, entry["field"], descending=entry["direction"] == "DESC")
            steps.setdefault(step.name, step)
        for name in (*(() if steps else default or KINDS[kind].order), *KINDS[kind].key):
            step = self._column_step(name)
            steps.setdefault(step.name, step)
        kept = [step for step in steps.values() if step.name not in constant]
        return Order(kept or [self._column_step(KINDS[kind].key[-1])], kind)

    def _field_step(self, kind: str, name: str, shown: str, *, descending: bool) -> Step:
        return Step(lambda row: self.value(kind, row, name), descending, shown.lower())

    @staticmethod
    def _column_step(name: str) -> Step:
        plain = name.removeprefix("-")
        return Step(lambda row: row[plain], name.startswith("-"), plain)

    # -- the custom query -----------------------------------------------------------------------

    def chosen_texts(self, row: Row, path: Path | None) -> list[str | None]:
        """A row of the custom query as people read it."""
        found = [self.chosen(row, name.split("."), path) for name in self.chosen_names(row["~given"])]
        return [None if each is None else shown(*each) for each in found]

    def chosen_names(self, given: Mapping[str, Any]) -> list[str]:
        """The fields a custom query names, or those of its page that the role may see."""
        names: list[str] | None = given.get("fields")
        return [name for name in DEFAULT_COLUMNS if not self.unreachable(name)] if names is None else names

    def unreachable(self, name: str) -> bool:
        """Whether the role may never see a field of the custom query."""
        kind, names = "Enterprise", name.split(".")
        for step in names:
            if step == "number":
                return False
            if self.sight.never(kind, step):
                return True
            kind = next_kind(kind, step)
        return False

    def chosen(self, row: Row, names: Sequence[str], path: Path | None = None) -> tuple[str, str, Any] | None:
        """A field of the custom query by its path: its type, its name, its value; None where no row is reached."""
        kind, here, year = "Enterprise", row, row["~given"].get("year")
        if list(names) == ["number"]:
            return "CustomQueryRow", "number", row["~place"]
        for at, name in enumerate(names[:-1], start=1):
            if self.hides(kind, here, name):
                self._note(path, *names[:at])
            below = {"year": year} if name == "annualReport" else {}
            reached = self.resolve(kind, here, name, below, None)
            if reached is None:
                return None
            kind, here = next_kind(kind, name), cast("Row", reached)
        if self.hides(kind, here, names[-1]):
            self._note(path, *names)
        given = {"year": year} if names[-1] == "size" else {}
        return kind, names[-1], self.resolve(kind, here, names[-1], given, None)


SPECIAL: Mapping[tuple[str, str], Callable[[Reference, Row, Mapping[str, Any], Path | None], Any]] = {
    ("AuditEntry", "units"): lambda reference, row, _given, _path: reference.units_of(row["units"]),
    ("BasicInfo", "fields"): lambda reference, row, _given, _path: reference.form_of(row),
    ("Enterprise", "annualReport"): lambda reference, row, given, _path: reference.report_of(row, given.get("year")),
    ("Enterprise", "libraries"): lambda reference, row, given, _path: reference.libraries_of(row, given),
    ("LibraryEntry", "results"): lambda _reference, row, _given, _path: row["results"],
    ("Enterprise", "vouchers"): lambda reference, row, given, _path: reference.vouchers_of(row, given.get("year")),
    ("Enterprise", "size"): lambda reference, row, given, _path: reference.size_of(row, given.get("year")),
    ("CustomQueryRow", "number"): lambda _reference, row, _given, _path: row["~place"],
    ("CustomQueryRow", "values"): lambda reference, row, _given, path: reference.chosen_texts(row, path),
    **{("AnnualReport", tab): lambda _reference, row, _given, _path: row for tab in TABS},
}
"""Fields that are neither a value of the row nor a relation by key; a tab is the same row."""

ROOTS: Mapping[str, Callable[[Reference, Mapping[str, Any]], Any]] = {
    **{name: lambda _reference, _given: {} for name in ("viewer", "settings", "statistics")},
    "units": lambda reference, given: reference.units(given.get("kind")),
    "libraries": lambda reference, _given: [Libraries.of(reference.world).known(key) for key in LIBRARIES],
    "library": lambda reference, given: Libraries.of(reference.world).known(given["key"]),
    "neighbors": lambda reference, given: reference.neighbors(given["of"], given["in"]),
}
SETTINGS = {
    "defaultReportYear": 2022,
    "defaultPageSize": 20,
    "maxPageSize": 1000,
    "exportLinkHours": 24,
    "defaultMonth": closed_month(),
}
ROOT_LISTS = {
    "enterprises": "Enterprise",
    "annualReports": "AnnualReport",
    "customQuery": "CustomQueryRow",
    "exports": "Export",
    "auditLog": "AuditEntry",
    "basicInfoReviewQueue": "BasicInfo",
    "annualReportReviewQueue": "AnnualReport",
    "creditRatings": "CreditRating",
    "vouchers": "VoucherApplication",
}
QUEUES: Mapping[str, tuple[str, ...]] = {
    "basicInfoReviewQueue": ("unit_code", "submitted_at", "uscc", "version"),
    "annualReportReviewQueue": ("unit_code", "submitted_at", "uscc", "year"),
}
"""What waits for a decision, first come first (domain C4, C13)."""
