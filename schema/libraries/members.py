"""The one query of a library: every enterprise in scope that is a member, with what each condition found of it.

Enterprises are walked in the list's own order and their inputs looked up beside them, so that a page stops where it is
full; a whole library is one pass. Nothing is read but through views.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from authz.errors import BadUserInput
from authz.predicates import CARRIED, constant
from authz.refusals import refusal
from authz.rules import LIBRARY_RESULTS, Verdict
from db.enums import LibraryKey, OperatingStatus, ReviewStatus
from schema.declare import Row, targets
from schema.enums import TriState
from schema.libraries.declare import Condition, DefaultYear, Library, Register
from schema.libraries.findings import Finding, word
from schema.libraries.inputs import Inputs, RuleInput, inputs_of, inputs_waiting, is_kept, newest_inputs_of
from schema.libraries.known import LIBRARIES
from schema.libraries.parameters import Chosen, Resolved, chosen, declared_values, is_saved, resolved, year_given
from schema.libraries.records import Record, record_of
from schema.visible import Asked, Frame, View, correlated, opened

TEXTS = ARRAY(sa.Text())
NUMBERS = ARRAY(sa.Numeric())

SHAPE = sa.table(
    "library_entry",
    sa.column("uscc", sa.Text),
    sa.column("unit_code", sa.Text),
    sa.column("name", sa.Text),
    sa.column("district_code", sa.Text),
    sa.column("established_on", sa.Date),
    sa.column("industry_category", sa.Text),
    sa.column("hi_tech_field", sa.Text),
    sa.column("search_text", sa.Text),
    sa.column("library", sa.Text),
    sa.column("library_no", sa.Integer),
    sa.column("year", sa.Integer),
    sa.column("report_year", sa.Integer),
    sa.column("is_member", sa.Boolean),
    sa.column("missing", sa.Integer),
    sa.column("failed", TEXTS),
    sa.column("category", sa.Text),
    sa.column("first_year", sa.Integer),
    sa.column("record_no", sa.Text),
    sa.column("record_from", sa.Date),
    sa.column("record_until", sa.Date),
    sa.column("record_status", sa.Text),
    sa.column("conditions", TEXTS),
    sa.column("enabled", ARRAY(sa.Boolean())),
    sa.column("states", TEXTS),
    sa.column("actuals", NUMBERS),
    sa.column("thresholds", NUMBERS),
    sa.column("gaps", NUMBERS),
    sa.column("measures", TEXTS),
)
"""The columns of an entry; arrays are in the order of the library's conditions."""

TODAY = sa.func.current_date(type_=sa.Date)
CONFIGURED_YEAR = sa.bindparam("p_default_year", None, type_=sa.Integer)
THIS_YEAR = sa.cast(sa.extract("year", TODAY), sa.Integer)


@dataclass(frozen=True, slots=True)
class Judged:
    """A library's conditions about one enterprise and year."""

    library: Library
    parameters: Resolved
    findings: dict[str, Finding]

    @classmethod
    def of(cls, library: Library, parameters: Resolved, inputs: Inputs) -> Judged:
        """Every condition's finding."""
        findings = {each.key: each.rule(inputs, parameters.of(each)) for each in library.every}
        return cls(library, parameters, findings)

    def met(self, condition: Condition) -> sa.ColumnElement[bool]:
        """The condition passes, or does not count."""
        enabled = self.parameters.enabled(condition)
        passes = self.findings[condition.key].passes
        return passes if enabled is None else sa.or_(sa.not_(enabled), passes)

    def membership(self) -> list[sa.ColumnElement[bool]]:
        """What must all hold of a member; null is not enough."""
        main = [self.met(each) for each in self.library.conditions]
        fixed = [self.met(each) for each in self.library.fixed]
        if self.library.alternatives:
            instead = [self.met(each) for each in self.library.alternatives]
            return [sa.or_(sa.and_(*main), *instead), *fixed]
        return [*main, *fixed]

    def unmet(self) -> list[tuple[Condition, sa.ColumnElement[bool]]]:
        """Each condition that a member would need, with whether it is not met; none of the main where another does."""
        instead = [self.met(each).is_(sa.true()) for each in self.library.alternatives]
        found: list[tuple[Condition, sa.ColumnElement[bool]]] = []
        for each in (*self.library.conditions, *self.library.fixed):
            lacks = self.met(each).is_not(sa.true())
            is_main = each in self.library.conditions
            found.append((each, sa.and_(lacks, *map(sa.not_, instead)) if is_main and instead else lacks))
        return found

    def missing(self) -> sa.ColumnElement[int]:
        """How many conditions keep it out."""
        terms = [sa.cast(lacks, sa.Integer) for _, lacks in self.unmet()]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    def failed(self) -> sa.ColumnElement[Any]:
        """The keys of the conditions that keep it out."""
        named: list[sa.ColumnElement[Any]] = [sa.case((lacks, word(each.key))) for each, lacks in self.unmet()]
        return sa.func.array_remove(array(named), sa.null(), type_=TEXTS)

    def category(self) -> sa.ColumnElement[Any]:
        """Of which kind a member is, where the library knows kinds: the greatest it reaches."""
        library = self.library
        kinds = [(self.met(each), each.category) for each in library.alternatives]
        kinds.append((sa.and_(*(self.met(each) for each in library.conditions)), library.category))
        told = [(reached, constant(kind)) for reached, kind in kinds if kind is not None]
        return sa.case(*told) if told else sa.cast(sa.null(), sa.Text)

    def columns(self) -> dict[str, sa.ColumnElement[Any]]:
        """What explains an entry."""
        every = list(self.library.every)
        findings = [self.findings[each.key] for each in every]
        return {
            "missing": self.missing(),
            "failed": self.failed(),
            "category": self.category(),
            "conditions": array([word(each.key) for each in every], type_=sa.Text),
            "enabled": array(
                [sa.true() if (found := self.parameters.enabled(each)) is None else found for each in every],
                type_=sa.Boolean,
            ),
            "states": array([_state(each) for each in findings], type_=sa.Text),
            "actuals": array([each.actual for each in findings], type_=sa.Numeric),
            "thresholds": array([each.threshold for each in findings], type_=sa.Numeric),
            "gaps": array([_gap(each) for each in findings], type_=sa.Numeric),
            "measures": array([each.measure for each in findings], type_=sa.Text),
        }


def _state(finding: Finding) -> sa.ColumnElement[str]:
    return sa.case(
        (finding.passes, constant(TriState.PASS)),
        (sa.not_(finding.passes), constant(TriState.FAIL)),
        else_=constant(TriState.UNKNOWN),
    )


def _gap(finding: Finding) -> sa.ColumnElement[Any]:
    """What is missing where it fails; a share that rounds to its threshold lacks nothing that could be shown."""
    nothing = sa.literal_column("0", sa.Integer)
    return sa.case((sa.not_(finding.passes), sa.func.greatest(finding.gap, nothing, type_=sa.Numeric)))


# ── the query ───────────────────────────────────────────────────────────────────────────────────


def members(asked: Asked) -> sa.FromClause:
    """The members of the library above; of any, where the plan does not know which it is."""
    library = library_above(asked)
    if library is not None:
        check_export(asked.frame, library)
        check_arguments(asked, library)
        asked.frame.named.append(library.key.label)
        given = chosen(asked, library)
        ways = ways_of(asked, library, given)
        queries = [Branch(asked, library, given, way).select(only_members=True) for way in ways]
        apart = [correlated(query, *query.get_final_froms()) for query in queries]
        return (sa.union_all(*apart) if len(apart) > 1 else apart[0]).lateral(asked.frame.name())
    if (given := asked.given.get("conditions")) is not None and not given.absent:
        message = "libraries 下不能设置条件参数，请用 library(key:) 指定一个库"
        raise BadUserInput("conditions", message, detail="conditions need one library", path=asked.path)
    parts: list[sa.Select[Any]] = []
    for each in LIBRARIES.values():
        check_export(asked.frame, each)
        query = Branch(asked, each, Chosen()).select(only_members=True)
        query = query.where(asked.row.raw.key == word(each.key.value))
        parts.append(correlated(query, *(found for found in query.get_final_froms() if found is not asked.row.source)))
    return sa.union_all(*parts).lateral(asked.frame.name())


def libraries_of(asked: Asked) -> sa.FromClause:
    """The libraries that the enterprise above is a member of, or lacks at most ``missingAtMost`` conditions for.

    Raises:
        Forbidden: the role sees membership only, and asks what is lacking.
    """
    frame, above = asked.frame, asked.row
    most = asked.given.get("missingAtMost")
    lacking: sa.ColumnElement[int] | None = None
    if most is not None and most.value is not None:
        if LIBRARY_RESULTS.verdict(frame.role) is Verdict.NEVER:
            raise refusal(frame.role, "所缺条件", "LibraryEntry", asked.path, "missingAtMost")
        lacking = frame.binder.bind(most, sa.Integer())
    parts: list[sa.Select[Any]] = []
    for each in LIBRARIES.values():
        branch = Branch(asked, each, Chosen())
        query = branch.select(only_members=lacking is None)
        query = query.where(branch.enterprise.raw.uscc == above.raw.uscc)
        if lacking is not None:
            query = query.where(branch.judged.missing() <= lacking)
        parts.append(correlated(query, *(found for found in query.get_final_froms() if found is not above.source)))
    return sa.union_all(*parts).lateral(frame.name())


def library_above(asked: Asked) -> Library | None:
    """The library whose members are asked for, where the plan is made for one: its key then is part of the plan."""
    key = asked.row.given.get("key")
    if key is None:
        return None
    try:
        return LIBRARIES[LibraryKey(asked.frame.binder.fix(key))]
    except ValueError:  # the payload of a command, whose key is known when it has run
        return None


def check_export(frame: Frame, library: Library) -> None:
    """Refuse a workbook of a library that has none (domain §1.3).

    Raises:
        BadUserInput: it has none.
    """
    if frame.is_export and not library.exports:
        message = f"{library.key.label}不提供导出，请在页面查看"
        raise BadUserInput("query", message, detail=f"{library.key} cannot be exported")


def check_arguments(asked: Asked, library: Library) -> None:
    """Refuse what would say nothing to the library: a register has no year, the others no day.

    Raises:
        BadUserInput: such an argument is given. ``conditions`` are refused where they are read.
    """
    known = library.arguments
    for name in ("year", "asOf", "includeExpired"):
        given = asked.given.get(name)
        if name not in known and given is not None and given.value is not None:
            message = f"{library.key.label}不使用参数“{name}”，请去掉；可用的参数：{'、'.join(known)}"
            raise BadUserInput(name, message, detail=f"{library.key} does not use {name}", path=asked.path)


def ways_of(asked: Asked, library: Library, given: Chosen) -> tuple[Way, ...]:
    """A file takes the whole list: no row is looked up on its own."""
    if not (asked.frame.is_export and library.needs_report):
        return (Way.ROW_BY_ROW,)
    if library.settable and not given.values:
        return Way.DECLARED, Way.SAVED, Way.WAITING
    return Way.KEPT, Way.WAITING


class Way(enum.Enum):
    """How inputs come beside their enterprises; whichever, the answer is exact in the statement's snapshot."""

    ROW_BY_ROW = "ROW_BY_ROW"
    """Looked up when the enterprise is reached, so that a page stops where it is full."""
    KEPT = "KEPT"
    """All at once, of enterprises whose stored inputs hold."""
    DECLARED = "DECLARED"
    """KEPT where nothing is saved and the year is over: with constants, that the indexes of ``library_fact`` know."""
    SAVED = "SAVED"
    """KEPT otherwise. Which of the two it is, the statement finds out once; the other one then reads nothing."""
    WAITING = "WAITING"
    """All at once, of the others."""


class Branch:
    """One library's query being put together."""

    def __init__(self, asked: Asked, library: Library, given: Chosen, way: Way = Way.ROW_BY_ROW) -> None:
        self.asked, self.library, self.way = asked, library, way
        self.parameters = declared_values(library) if way is Way.DECLARED else resolved(asked, library, given)
        self.enterprise, self.conditions = asked.open(targets(RuleInput)["enterprise"])
        self.conditions.append(self.enterprise.raw.operating_status == constant(OperatingStatus.ACTIVE))
        self.year = self._year()
        self.day = self._day()
        self.record: Record | None = None
        self.source: sa.FromClause = self.enterprise.source
        self.inputs = (
            self._judged_by_reports() if library.register is None else self._judged_by_record(library.register)
        )
        self.judged = Judged.of(library, self.parameters, self.inputs)

    def _opened(
        self, kind: type[Row], source: sa.FromClause | None = None
    ) -> tuple[View, list[sa.ColumnElement[bool]]]:
        """Rows of the enterprise: whose they are, the enterprise's own scope has said."""
        carried = frozenset(name for name in self.enterprise.established if name in CARRIED)
        return opened(self.asked.frame, kind, self.asked.path, carried=carried, source=source)

    def _inputs_beside(self, year: sa.ColumnElement[int]) -> tuple[View, list[sa.ColumnElement[bool]]]:
        """The year's inputs; of a library that needs no report, those of the newest one up to the year."""
        frame = self.asked.frame
        if not self.library.needs_report:
            return self._opened(RuleInput, newest_inputs_of(frame, self.enterprise, year))
        report, on = self._opened(RuleInput, inputs_of(frame, self.enterprise))
        return report, [*on, report.raw.year == year]

    def _judged_by_record(self, register: Register) -> Inputs:
        record = record_of(self.asked, register, self.enterprise, self.day)
        self.record = record
        self.source = self.source.join(record.source, sa.true())
        return Inputs(self.enterprise, self.enterprise, self.day, self._opened, record.is_valid)

    def _judged_by_reports(self) -> Inputs:
        """The year's inputs beside the enterprise; without a report a library that needs none looks at nothing."""
        report, on = self._inputs_by_way()
        self.source = self.source.join(report.source, sa.and_(sa.true(), *on), isouter=not self.library.needs_report)
        is_over = self.way is Way.DECLARED
        return Inputs(self.enterprise, report, self.day, self._opened, sa.false(), year_is_over=is_over)

    def _inputs_by_way(self) -> tuple[View, list[sa.ColumnElement[bool]]]:
        frame, code = self.asked.frame, self.enterprise.raw.uscc
        if self.way is Way.ROW_BY_ROW:
            return self._inputs_beside(self.year)
        if self.way is not Way.WAITING:
            self.conditions += [is_kept(frame, self.enterprise), *self._decided_once()]
            report, on = self._opened(RuleInput)
        else:
            report, on = self._opened(RuleInput, inputs_waiting(frame, self.year))
        return report, [*on, report.raw.uscc == code, report.raw.year == self.year]

    def _decided_once(self) -> list[sa.ColumnElement[bool]]:
        """What tells two ways apart: nothing of a row, so that PostgreSQL tests it before it reads any."""
        if self.way is Way.KEPT:
            return []
        is_over = self.year < THIS_YEAR
        as_declared = sa.and_(sa.not_(is_saved(self.asked, self.library)), is_over)
        return [as_declared if self.way is Way.DECLARED else sa.not_(as_declared)]

    def _year(self) -> sa.ColumnElement[int]:
        given = self.asked.given.get("year")
        if self.library.is_register:
            return sa.cast(sa.extract("year", self._as_of()), sa.Integer)
        if given is not None and given.value is not None:
            return self.asked.frame.binder.bind(given, sa.Integer(), year_given(given))
        return default_year(self.asked.frame, self.asked.path, self.library)

    def _as_of(self) -> sa.ColumnElement[Any]:
        given = self.asked.given.get("asOf")
        return TODAY if given is None or given.value is None else self.asked.frame.binder.bind(given, sa.Date())

    def _day(self) -> sa.ColumnElement[Any]:
        """The day on which ages and certificates count: the year's last, or today (domain §3.2)."""
        if self.library.is_register:
            return self._as_of()
        return last_day(self.year)

    def select(self, *, only_members: bool) -> sa.Select[Any]:
        """The rows; without ``only_members`` those of every enterprise that could be judged."""
        source = self.source
        if self.parameters.source is not None:
            source = source.join(self.parameters.source, sa.true())
        membership = self._membership()
        query = sa.select(*(column.label(name) if not _keeps_name(column, name) else column
                            for name, column in self._columns().items()))  # fmt: skip
        query = query.select_from(source).where(*self.conditions)
        return query.where(*membership) if only_members else query

    def _membership(self) -> list[sa.ColumnElement[bool]]:
        """A register lists those whose record is past, too, where that was asked for."""
        membership = self.judged.membership()
        given = self.asked.given.get("includeExpired")
        if self.record is None or given is None or not self.asked.frame.binder.fix(given):
            return membership
        return [self.judged.met(each) for each in self.library.conditions if not each.of_record]

    def _columns(self) -> dict[str, sa.ColumnElement[Any]]:
        firm = self.enterprise
        found: dict[str, sa.ColumnElement[Any]] = {
            "uscc": firm.raw.uscc,
            "unit_code": firm.raw.unit_code,
            "name": firm.raw.name,
            "district_code": firm.raw.district_code,
            "established_on": firm.established_on,
            "industry_category": firm.industry_category,
            "hi_tech_field": firm.hi_tech_field,
            "search_text": firm.raw.search_text,
            "library": word(self.library.key.value),
            "library_no": sa.literal_column(str(list(LibraryKey).index(self.library.key) + 1), sa.Integer),
            "year": self.year,
            "report_year": sa.cast(sa.null(), sa.Integer) if self.library.is_register else self.inputs.year,
            # A record that is past is listed where it was asked for; a member it makes nobody.
            "is_member": sa.func.coalesce(sa.and_(*self.judged.membership()), sa.false()),
            "first_year": self._first_year(),
            **self.judged.columns(),
            **(self.record.columns if self.record else Record.nothing()),
        }
        return {column.name: found[column.name] for column in SHAPE.c}

    def _first_year(self) -> sa.ColumnElement[Any]:
        """The smallest year of membership under the declared parameters (domain §3.2)."""
        if self.record is not None:
            return self.record.first_year
        if self.library.needs_report:
            report, conditions = self._opened(RuleInput, inputs_of(self.asked.frame, self.enterprise))
            years, year = report.source, report.raw.year
        else:
            # Reports are optional: every year since the establishment may be the first.
            born = sa.cast(sa.extract("year", self.enterprise.established_on), sa.Integer)
            listed = sa.func.generate_series(born, THIS_YEAR)
            series = listed.table_valued(sa.column("year", sa.Integer), name=self.asked.frame.name()).render_derived()
            year = series.c.year
            report, on = self._inputs_beside(year)
            years = series.outerjoin(report.source, sa.and_(sa.true(), *on))
            conditions = []
        inputs = Inputs(self.enterprise, report, last_day(year), self._opened, sa.false())
        judged = Judged.of(self.library, declared_values(self.library), inputs)
        found = sa.select(sa.func.min(year)).select_from(years).where(*conditions, *judged.membership())
        own = [report.source] if self.library.needs_report else [years, report.source, *_plain(years)]
        return correlated(found, *own).scalar_subquery()


def _plain(source: sa.FromClause) -> list[sa.FromClause]:
    return [source.left, source.right] if isinstance(source, sa.Join) else [source]


def _keeps_name(column: sa.ColumnElement[Any], name: str) -> bool:
    """A stored column says of itself whether it can be null; a label would forget."""
    return isinstance(column, sa.Column) and column.name == name


def last_day(year: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    """31 December of the year, or today where that is still to come."""
    end = sa.func.make_date(year, sa.literal_column("12", sa.Integer), sa.literal_column("31", sa.Integer))
    return sa.func.least(end, TODAY, type_=sa.Date)


def default_year(frame: Frame, path: tuple[str, ...], library: Library) -> sa.ColumnElement[int]:
    """The year of a library whose page names none (domain §1.4)."""
    if library.default_year is DefaultYear.CONFIGURED:
        return CONFIGURED_YEAR
    if library.default_year is DefaultYear.CURRENT:
        return THIS_YEAR
    return latest_year(frame, path)


def latest_year(frame: Frame, path: tuple[str, ...]) -> sa.ColumnElement[int]:
    """The year that is set as the latest, else the latest with an approved report in scope, else the configured."""
    report, conditions = opened(frame, targets(RuleInput)["annual_report"], path)
    conditions.append(report.raw.status == constant(ReviewStatus.APPROVED))
    latest = sa.select(sa.func.max(report.raw.year, type_=sa.Integer)).select_from(report.source).where(*conditions)
    fixed = sa.bindparam("p_latest_year", None, type_=sa.Integer)
    found = correlated(latest, report.source).scalar_subquery()
    return sa.func.coalesce(fixed, found, CONFIGURED_YEAR, type_=sa.Integer)


def default_year_of(frame: Frame, path: tuple[str, ...], rule: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    """The default year by the library's declared ``rule``; null for a register."""
    return sa.case(
        (rule == word(DefaultYear.CONFIGURED.value), CONFIGURED_YEAR),
        (rule == word(DefaultYear.LATEST.value), latest_year(frame, path)),
        (rule == word(DefaultYear.CURRENT.value), THIS_YEAR),
    )
