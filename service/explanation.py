"""A plan explained: the SQL it becomes, the scopes and rules that took part and why, what it costs.

Made by planning once more with somebody taking notes; no row is read here, and no parameter's value is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa
from strawberry.utils.str_converters import to_camel_case

from authz.predicates import Predicate
from authz.principal import Principal
from exporters.json import JsonEncoder
from planner.plan import Facet, Group, Item, Link, Pages, Plan, Values
from planner.select import Selector
from schema.declare import Row
from schema.given import Binder, Given, ResponsePath
from schema.inputs import python_names
from schema.trace import Opened, Ruled, Trace
from schema.visible import Frame
from service.plans import DIALECT, Operation, Planner, rendered

Answer = dict[str, Any]
"""JSON in the making."""

CONSTANT = "constant"
"""Origin of a parameter that is the same for everybody: SQLAlchemy's way to write a number or a word."""


@dataclass(slots=True)
class Naming(Binder):
    """Remembers which argument each parameter takes its value from."""

    origins: dict[str, Given] = attribute(default_factory=dict[str, Given])

    def bind(self, given: Given, kind: sa.types.TypeEngine[Any], convert: Any = None) -> sa.BindParameter[Any]:
        """A parameter, as ever, and its origin noted."""
        parameter = Binder.bind(self, given, kind, convert)
        self.origins[parameter.key] = given
        return parameter


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the statement: its kind, and where its value comes from; never the value."""

    name: str
    kind: str
    origin: str
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the planner counted of an operation, each beside its limit."""

    name: str
    label: str
    counted: int
    limit: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """A field that this role does not see, or not in every row (``always``), and the sentence a person would give."""

    path: str
    reason: str
    always: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """One operation's plan for one kind of principal."""

    plan: Plan
    trace: Trace
    sql: str
    parameters: tuple[Parameter, ...]
    costs: tuple[Cost, ...]
    hidden: tuple[Hidden, ...]
    absent: tuple[str, ...]
    """Variables without a value: conditions that read one take no part in this plan."""

    @property
    def rules(self) -> list[RuleGroup]:
        """The rules that took part, fields alike in one group."""
        groups: dict[Any, RuleGroup] = {}
        for ruled in self.trace.ruled:
            key = (ruled.kind, ruled.rule.reason, ruled.verdict, ruled.folded)
            groups.setdefault(key, RuleGroup(ruled)).add(ruled)
        return list(groups.values())

    def as_json(self) -> Answer:
        """All of it but the plan's own form."""
        return {
            "sql": self.sql,
            "parameters": [_parameter(each) for each in self.parameters],
            "absentVariables": list(self.absent),
            "cost": {each.name: {"counted": each.counted, "limit": each.limit} for each in self.costs},
            "scopes": [_scope(each) for each in self.trace.opened],
            "rules": [each.as_json() for each in self.rules],
        }


@dataclass(slots=True)
class RuleGroup:
    """Fields of one type that one rule treats alike."""

    first: Ruled
    fields: dict[str, None] = attribute(default_factory=dict[str, None])
    paths: dict[str, None] = attribute(default_factory=dict[str, None])
    arguments: dict[str, None] = attribute(default_factory=dict[str, None])

    def add(self, ruled: Ruled) -> None:
        """One more field, or one more use of it."""
        self.fields[graphql_name(ruled.kind, ruled.name)] = None
        if ruled.path is not None:
            self.paths[".".join(ruled.path)] = None
        elif ruled.asked is not None:
            self.arguments[f"{'.'.join(ruled.at)}({ruled.asked})"] = None

    @property
    def verdict(self) -> str:
        """``FULL``, ``MASKED``, or the condition's name."""
        verdict = self.first.verdict
        return verdict.name if isinstance(verdict, Predicate) else verdict.value

    def as_json(self) -> Answer:
        """The group; ``paths`` are where the fields stand in the response, ``arguments`` what else reads them."""
        verdict = self.first.verdict
        answer: Answer = {
            "type": self.first.kind.__name__,
            "fields": list(self.fields),
            "rule": self.first.rule.visibility.value,
            "reason": self.first.rule.reason,
            "verdict": self.verdict,
        }
        if isinstance(verdict, Predicate):
            answer |= {"condition": verdict.reason, "folded": self.first.folded}
        return answer | {"paths": list(self.paths), "arguments": list(self.arguments)}


def explained(
    planner: Planner, operation: Operation, variables: Mapping[str, Any], principal: Principal
) -> Explanation:
    """The explanation of a query as ``principal`` would ask it.

    Raises:
        KeqiError: the principal may not ask this, a limit was passed, or an argument cannot be used.
    """
    binder, trace = Naming(), Trace()
    selector = planner.selector(operation, variables, principal)
    selector.binder = binder
    plan = selector.plan(operation.definition)
    frame = Frame(principal.role, principal.shape, binder, planner.signing_key, trace=trace)
    done = rendered(JsonEncoder(frame).statement(plan))
    declared = (each.variable.name.value for each in operation.definition.variable_definitions or ())
    return Explanation(
        plan,
        trace,
        str(done),
        tuple(_parameters(done, binder, principal)),
        tuple(_costs(selector, plan)),
        tuple(hidden_in(frame)),
        tuple(name for name in declared if variables.get(name) is None),
    )


def graphql_name(kind: type[Row], name: str) -> str:
    """A field's name in the schema; one of a list whose rows are another type's (``number``) is not the row's own."""
    return next((found for found, python in python_names(kind).items() if python == name), to_camel_case(name))


def _parameters(done: Any, binder: Naming, principal: Principal) -> Iterator[Parameter]:
    of_principal = principal.parameters()
    for place, name in enumerate(done.positiontup or (), start=1):
        kind = done.binds[name].type.compile(dialect=DIALECT).lower()
        given = binder.origins.get(name)
        if given is not None:
            variable = None if given.path is None else ".".join(str(step) for step in given.path)
            yield Parameter(f"${place}", kind, given.name, variable)
        elif name.startswith("p_"):
            owner = "principal" if name in of_principal else "service"
            yield Parameter(f"${place}", kind, f"{owner}.{name.removeprefix('p_')}")
        else:
            yield Parameter(f"${place}", kind, CONSTANT)


def _costs(selector: Selector, plan: Plan) -> Iterator[Cost]:
    spent = selector.spent
    limits = spent.limits
    yield Cost("rowsTimesFields", "代价", spent.cost, limits.cost)
    yield Cost("fields", "字段", spent.fields, limits.fields)
    yield Cost("depth", "层数", max((len(path) for path in _paths(plan.roots)), default=0), limits.depth)
    yield Cost("aliases", "别名", spent.aliases, limits.aliases)
    yield Cost("rootFields", "根字段", len(plan.roots), limits.root_fields)


def _paths(items: Iterable[Item]) -> Iterator[ResponsePath]:
    for item in items:
        yield item.path
        if isinstance(item, Group | Link):
            yield from _paths(item.items)
        elif isinstance(item, Pages):
            yield from _facet_paths(item.facets)
        elif isinstance(item, Values):
            yield from _paths(item.columns)


def _facet_paths(facets: Iterable[Facet]) -> Iterator[ResponsePath]:
    for facet in facets:
        yield facet.path
        yield from _paths(facet.items)
        yield from _facet_paths(facet.facets)


def hidden_in(frame: Frame) -> Iterator[Hidden]:
    """What a plan made in this frame hides whatever the rows are, then what it may in some; each sentence once."""
    found: dict[Hidden, None] = {}
    for path, rule in zip(frame.redacted, frame.masks, strict=True):
        found[Hidden(".".join(path), rule.reason, always=True)] = None
    for (_source, name), paths in frame.guarded.items():
        for path in paths:
            found[Hidden(".".join(path), frame.guards[name].otherwise, always=False)] = None
    return iter(found)


def _parameter(parameter: Parameter) -> Answer:
    answer: Answer = {"name": parameter.name, "type": parameter.kind, "from": parameter.origin}
    return answer if parameter.variable is None else answer | {"variable": parameter.variable}


def _scope(opened: Opened) -> Answer:
    answer: Answer = {
        "type": opened.kind.__name__,
        "path": ".".join(opened.path),
        "conditions": [
            {"name": each.name, "reason": each.reason, "folded": each.name in opened.folded}
            for each in opened.predicates
        ],
    }
    if opened.asked is not None:
        answer["argument"] = opened.asked
    if opened.source.isidentifier():  # what stands for the service's own words has no name of its own
        answer["source"] = opened.source
    return answer
