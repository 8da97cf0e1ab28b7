"""Which pages a role has: those of ``schema.page_settings`` whose list it may ask, with the filters it may use.

Nothing is decided here; the scopes and rules of ``authz/`` are asked. A page that points nowhere is a ``KeyError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from authz.actions import PERMISSIONS, Action
from authz.principal import Role
from authz.rules import Verdict
from resolvers.query import Query
from schema.declare import Column, Declared, Part, Relation, declarations, targets
from schema.inputs import python_names
from schema.page_settings import PAGES, ListPage


@dataclass(frozen=True, slots=True)
class Offered:
    """A page as one role has it: its list's default order, and the filters it may use, by label."""

    page: ListPage
    order: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]
    exports: bool


@cache
def offered(role: Role) -> tuple[Offered, ...]:
    """The pages of a role, in the order of the menu."""
    return tuple(found for page in PAGES if (found := _offered(page, role)) is not None)


def _offered(page: ListPage, role: Role) -> Offered | None:
    kind: type[Any] = Query
    order: tuple[str, ...] = ()
    arguments = frozenset[str]()
    for name in page.root.split("."):
        declared, kind = _step(kind, name)
        if not _may_follow(declared, kind, role):
            return None
        if isinstance(declared, Relation):
            order = declared.order or kind.__row__.order
            arguments = frozenset(to_camel_case(argument) for argument in declared.arguments or ())
    filters = tuple(
        (argument, label) for argument, label in page.filters.items() if _may_filter(kind, argument, arguments, role)
    )
    exports = page.export is not None and role in PERMISSIONS[Action.EXPORT]
    return Offered(page, tuple(map(_shown, order)), filters, exports)


def _step(kind: type[Any], name: str) -> tuple[Declared, type[Any]]:
    python = python_names(kind)[name]
    return declarations(kind)[python], targets(kind)[python]


def _may_follow(declared: Declared, target: type[Any], role: Role) -> bool:
    """Whether a role may ask for what a relation or a part leads to."""
    if not isinstance(declared, Relation):
        return isinstance(declared, Part)
    scope = declared.scope or target.__row__.scope
    never = declared.rule is not None and declared.rule.verdict(role) is Verdict.NEVER
    return scope.of(role) is not None and not never


def _may_filter(kind: type[Any], argument: str, arguments: frozenset[str], role: Role) -> bool:
    """Whether a role may use a filter of a list: one of its arguments, its search, or a field that the role may see."""
    if argument in arguments:
        return True
    first, *names = argument.split(".")
    if first != "filter" or not names:
        raise KeyError(argument)
    if names == ["search"]:
        return kind.__row__.search is not None
    for name in names[:-1]:
        declared, target = _step(kind, name)
        if not _may_follow(declared, target, role):
            return False
        kind = target
    column = declarations(kind)[python_names(kind)[names[-1]]]
    rule = (column.rule or kind.__row__.rule) if isinstance(column, Column) else None
    return rule is not None and rule.verdict(role) is not Verdict.NEVER


def _shown(step: str) -> str:
    """A step of an order as the schema spells its field."""
    name = step.removeprefix("-")
    return "-" * (name != step) + to_camel_case(name)
