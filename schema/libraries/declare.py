"""How a library is declared: its conditions, their parameters, their sources, and what its page offers.

A rule is a function from inputs and parameter values to a ``Finding``, all of them SQL; nothing here looks at a value.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from db.enums import Labelled, LibraryKey
from schema.declare import Row
from schema.enums import Confidence, GrowthCategory, LibraryGroup, ParameterKind
from schema.libraries.findings import Finding
from schema.libraries.inputs import Inputs
from schema.visible import View

Values = Mapping[str, sa.ColumnElement[Any]]
"""Parameter values by name, as SQL."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, and how far that is to be trusted (domain §3.1)."""

    text: str
    confidence: Confidence


SQL_TYPES: Mapping[ParameterKind, sa.types.TypeEngine[Any]] = {
    ParameterKind.INTEGER: sa.Integer(),
    ParameterKind.DECIMAL: sa.Numeric(),
    ParameterKind.FLAG: sa.Boolean(),
    ParameterKind.WORDS: ARRAY(sa.Text()),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number a condition compares with, or the words it accepts; ``least`` and ``most`` are allowed themselves."""

    name: str
    label: str
    kind: ParameterKind
    default: Decimal | bool | tuple[str, ...]
    unit: str | None = None
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(1)
    choices: tuple[Labelled, ...] = ()
    single: bool = False
    """Of ``choices``, exactly one is meant."""


def whole(name: str, label: str, default: int, most: int, unit: str | None = None) -> Parameter:
    """A whole number from 0 to ``most``."""
    return Parameter(name, label, ParameterKind.INTEGER, Decimal(default), unit, most=Decimal(most))


def share(name: str, label: str, default: str) -> Parameter:
    """A ratio from 0 to 1."""
    return Parameter(name, label, ParameterKind.DECIMAL, Decimal(default))


def amount(name: str, label: str, default: int) -> Parameter:
    """An amount in 千元."""
    return Parameter(name, label, ParameterKind.DECIMAL, Decimal(default), "千元", most=Decimal(10**12))


def flag(name: str, label: str, *, default: bool) -> Parameter:
    """Yes (1) or no (0)."""
    return Parameter(name, label, ParameterKind.FLAG, default)


def words(name: str, label: str, kind: type[Labelled], default: tuple[Labelled, ...], *, single: bool) -> Parameter:
    """Some words of an enumeration, or exactly one."""
    return Parameter(
        name,
        label,
        ParameterKind.WORDS,
        tuple(word.value for word in default),
        choices=tuple(kind),
        single=single,
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: its text with ``{parameter}`` slots, and its rule.

    ``category``: of which kind a member is by this alternative. ``of_record``: it asks for a valid record, and so does
    not count where a register's past ones are asked for.
    """

    key: str
    text: str
    source: Source
    rule: Callable[[Inputs, Values], Finding]
    parameters: tuple[Parameter, ...] = ()
    category: GrowthCategory | None = None
    of_record: bool = False

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name."""
        return next((each for each in self.parameters if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Register:
    """The records by which firms stand in a register; ``number``, ``begun`` and ``until`` name fields of ``kind``.

    ``valid``: what must hold of a record on a day. Rows of ``kind`` are an enterprise's and have a ``status``.
    """

    kind: type[Row]
    number: str
    begun: str
    until: str
    valid: Callable[[View, sa.ColumnElement[Any]], list[sa.ColumnElement[bool]]]


class DefaultYear(enum.Enum):
    """The year of a library whose page names none (domain §1.4)."""

    CONFIGURED = "CONFIGURED"
    """``settings.defaultReportYear``, 2022."""
    LATEST = "LATEST"
    """The latest with an approved report in scope."""
    CURRENT = "CURRENT"
    """The running year, which is judged on today's day."""
    NONE = "NONE"
    """None: a register has no report year, its day is today."""


class Filter(enum.Enum):
    """A filter that a library's page offers, by its name in the filter input (domain §1.1, C36-C49)."""

    SEARCH = "search"
    ESTABLISHED_ON = "establishedOn"
    DISTRICT = "district"
    IS_FIRST_TIME = "isFirstTime"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Library:
    """A library. A member passes all ``conditions`` (or one of ``alternatives``) and every one of ``fixed``.

    ``settable``: conditions take parameters and can be switched off, by request or saved. ``needs_report``: without an
    approved report of the year there is nothing to look at; a library that needs none looks at the newest one up to the
    year, where there is one. ``category``: of which kind a member by ``conditions`` is; ``alternatives`` say their own,
    the greatest first. ``register``: members stand in it, and there is no report year.
    """

    key: LibraryKey
    group: LibraryGroup
    basis: Source
    conditions: tuple[Condition, ...]
    fixed: tuple[Condition, ...] = ()
    alternatives: tuple[Condition, ...] = ()
    filters: tuple[Filter, ...] = (Filter.SEARCH,)
    exports: bool = True
    settable: bool = False
    default_year: DefaultYear = DefaultYear.LATEST
    needs_report: bool = True
    category: GrowthCategory | None = None
    register: Register | None = None

    @property
    def every(self) -> Iterator[Condition]:
        """All conditions in the order of results."""
        yield from self.conditions
        yield from self.alternatives
        yield from self.fixed

    def condition(self, key: str) -> Condition | None:
        """The condition of this key."""
        return next((each for each in self.every if each.key == key), None)

    @property
    def is_register(self) -> bool:
        """Whether its members stand in a register, with a record of their own."""
        return self.register is not None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of ``members`` that say something to this library, by their GraphQL names."""
        if self.is_register:
            return "asOf", "includeExpired"
        return ("year", "conditions") if self.settable else ("year",)
