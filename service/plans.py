"""The cache in front: document text → operation → plan → statement.

A repeated operation costs no parse, no validation and no compile, only the coercion and binding of its variables.
Cached by document, operation, encoder, shape of the principal and form of the variables; never by who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import partial
from typing import Any

import asyncpg
import sqlalchemy as sa
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.values import get_variable_values
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from authz.principal import Principal
from exporters.json import JsonEncoder
from planner.plan import Plan
from planner.select import INTROSPECTION, Selector
from schema.given import Binder, Extract, Path, ResponsePath, Structure, shape
from schema.limits import Limits, Spent
from schema.visible import Frame
from service.documents import MAX_ERRORS, DocumentLimits, RequestRefused, coercion_errors, valid_document
from service.limits import PlanningBudget
from service.plan_cache import PlanCache
from service.recorded import NOTHING, Recorded

DIALECT = PGDialect_asyncpg()
VARIANTS_PER_OPERATION = 64
PLAIN_TYPES: dict[str, type] = {"ID": str, "String": str, "Int": int, "Boolean": bool}
MIN_INT, MAX_INT = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled statement: its text, where its parameters come from, and what the role alone redacts."""

    sql: str
    extracts: tuple[Extract, ...]
    keys: tuple[bytes, ...] = ()
    redacted: tuple[ResponsePath, ...] = ()
    hidden: tuple[tuple[ResponsePath, ...], ...] = ()
    recorded: Recorded = NOTHING
    masks: tuple[str, ...] = ()
    """Why each of ``redacted`` is masked."""
    conditions: tuple[str, ...] = ()
    """Why each group of ``hidden`` is, where it is."""

    def data(self, row: asyncpg.Record) -> bytes:
        """The response's data: the row's texts behind their keys."""
        pieces = [part for key, text in zip(self.keys, row, strict=False) for part in (key, text)]
        return b"".join((b"{", *pieces, b"}"))

    def values(self, variables: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Any]:
        """The parameters' values for one request."""
        return [extract(variables, facts) for extract in self.extracts]


@dataclass(slots=True)
class Operation:
    """One operation of a parsed and validated document, with the statements made for it so far."""

    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    fixed: dict[Path, Structure] = attribute(default_factory=dict[Path, Structure])
    variants: dict[Any, Any] = attribute(default_factory=dict[Any, Any])

    @property
    def is_query(self) -> bool:
        """Whether it only reads."""
        return self.definition.operation is OperationType.QUERY

    introspects: bool = False
    key: tuple[str, str | None] = ("", None)
    """The document and the operation's name as asked."""
    simple: dict[str, tuple[type, bool]] | None = None
    """Variables of the plainest types, and whether each is required; None where any is of another kind."""

    def taken_as_given(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """Variables that coercion would leave as they are; None where graphql-core has to look at them."""
        if self.simple is None:
            return None
        taken: dict[str, Any] = {}
        for name, (kind, required) in self.simple.items():
            if name in given:
                value = given[name]
                if type(value) is not kind or (kind is int and not MIN_INT <= value <= MAX_INT):
                    return None
                taken[name] = value
            elif required:
                return None
        return taken

    @property
    def name(self) -> str | None:
        """The operation's name, for logs."""
        return self.definition.name.value if self.definition.name else None


class Facts(dict[str, object]):
    """Values of the parameters that are about the principal and the service, each made when first read."""

    def __init__(
        self, providers: Mapping[str, Callable[[Principal], object]], principal: Principal, known: Mapping[str, object]
    ) -> None:
        super().__init__()
        self._providers = providers
        self._principal = principal
        self._known = known

    def everything(self) -> dict[str, object]:
        """All values, the costly ones included."""
        provided = {name: provide(self._principal) for name, provide in self._providers.items()}
        return {**self._known, **self._principal.parameters(), **provided}

    def __missing__(self, name: str) -> object:
        """Look a value up, or make it."""
        if name in self._known:
            return self._known[name]
        if name in self._providers:
            value = self[name] = self._providers[name](self._principal)
            return value
        parameters = self._principal.parameters()
        self.update(parameters)
        return parameters[name]


Encode = Callable[[Plan, Frame], Any]
"""Makes a plan into what is executed; whatever it returns is cached."""


class Planner:
    """Operations by document, statements by operation. One per process."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        limits: Limits | None = None,
        signing_key: bytes,
        default_year: int,
        latest_year: int | None = None,
        providers: Mapping[str, Callable[[Principal], object]] | None = None,
        documents: DocumentLimits | None = None,
        cache: PlanCache | None = None,
        budget: PlanningBudget | None = None,
    ) -> None:
        self.schema = schema
        self.limits = limits or Limits()
        self.hits = 0
        self.misses = 0
        self.signing_key = signing_key
        self._facts: dict[str, object] = {
            "p_signing_key": signing_key,
            "p_default_year": default_year,
            "p_latest_year": latest_year,
        }
        self._providers = providers or {}
        self._documents = documents or DocumentLimits()
        self._operations = PlanCache(1024, 128 << 20) if cache is None else cache
        self.budget = PlanningBudget(0) if budget is None else budget
        self.payer = "-"
        """Who the next operation and its plan are made for, and whose budget they are taken from."""

    def operation(self, document: str, name: str | None) -> Operation:
        """The operation of a document, parsed and validated once.

        Raises:
            RequestRefused: syntax or validation errors, or no such operation.
            TooComplex, BadUserInput: see ``documents.valid_document``.
            TooMuchPlanning: it is new, and the payer's budget is used up.
        """
        key = (document, name)
        found = self._operations.find(key)
        if found is None:
            with self.budget.charged(self.payer):
                found = self._parsed(document, name)
            found.key = key
            self._operations.keep(key, found)
        return found

    def _parsed(self, text: str, name: str | None) -> Operation:
        document = valid_document(self.schema, text, self._documents)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        chosen = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if len(chosen) != 1:
            message = (
                "找不到指定的操作，请检查 operationName" if name else "文档含多个操作，请用 operationName 指明一个"
            )
            raise RequestRefused([GraphQLError(message)])
        introspects = any(_introspects(node, fragments) for node in chosen)
        return Operation(chosen[0], fragments, introspects=introspects, simple=_simple(chosen[0]))

    def variables(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        """The operation's variables, coerced by graphql-core itself so that its errors stay the same.

        Raises:
            RequestRefused: a value does not fit its type.
        """
        definitions = operation.definition.variable_definitions
        if not definitions:
            return {}
        taken = operation.taken_as_given(given)
        if taken is not None:
            return taken
        coerced = get_variable_values(self.schema, definitions, dict(given), max_errors=MAX_ERRORS)
        if isinstance(coerced, list):
            raise RequestRefused(coerced, partial(coercion_errors, definitions, given))
        return coerced.coerced

    def facts(self, principal: Principal) -> Facts:
        """What the parameters of scopes and defaults take their values from."""
        return Facts(self._providers, principal, self._facts)

    def selector(
        self, operation: Operation, variables: Mapping[str, Any], principal: Principal, *, whole_lists: bool = False
    ) -> Selector:
        """A walk over an operation, for one set of variables."""
        return Selector(
            self.schema, operation.fragments, variables, Binder(), principal.role, Spent(self.limits, whole_lists)
        )

    def prepare(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        principal: Principal,
        encode: Encode,
        *,
        whole_lists: bool = False,
    ) -> Any:
        """What ``encode`` makes of the operation's plan, from the cache where its form is known.

        Raises:
            KeqiError: the principal may not ask this, a limit was passed, or an argument cannot be used.
            TooMuchPlanning: this form of it is new, and the payer's budget is used up.
        """
        key = (encode, principal.shape, shape(variables, operation.fixed))
        found = operation.variants.get(key)
        if found is not None:
            self.hits += 1
            return found
        self.misses += 1
        with self.budget.charged(self.payer):
            made = self._made(operation, variables, principal, encode, whole_lists=whole_lists)
        self._operations.keep(operation.key, operation)
        return made

    def _made(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        principal: Principal,
        encode: Encode,
        *,
        whole_lists: bool,
    ) -> Any:
        selector = self.selector(operation, variables, principal, whole_lists=whole_lists)
        binder = selector.binder
        plan = selector.plan(operation.definition)
        frame = Frame(principal.role, principal.shape, binder, self.signing_key)
        made = encode(plan, frame)
        if not binder.fixed.keys() <= operation.fixed.keys():
            # More inputs turned out to decide the form: earlier keys are too coarse.
            operation.fixed.update(binder.fixed)
            operation.variants.clear()
        if len(operation.variants) >= VARIANTS_PER_OPERATION:
            operation.variants.pop(next(iter(operation.variants)))
        operation.variants[(encode, principal.shape, shape(variables, operation.fixed))] = made
        return made


def _simple(operation: OperationDefinitionNode) -> dict[str, tuple[type, bool]] | None:
    """The operation's variables, where coercion does nothing to a value of the right kind."""
    found: dict[str, tuple[type, bool]] = {}
    for definition in operation.variable_definitions or ():
        required = isinstance(definition.type, NonNullTypeNode)
        named = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
        if definition.default_value is not None or not isinstance(named, NamedTypeNode):
            return None
        kind = PLAIN_TYPES.get(named.name.value)
        if kind is None:
            return None
        found[definition.variable.name.value] = (kind, required)
    return found


def _introspects(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    pending: list[Any] = [operation.selection_set]
    seen: set[str] = set()
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                if selection.name.value in INTROSPECTION:
                    return True
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value not in seen:
                    seen.add(selection.name.value)
                    pending.append(fragments[selection.name.value].selection_set)
            else:
                pending.append(selection.selection_set)
    return False


def rendered(query: sa.Select[Any]) -> Any:
    """A statement as SQLAlchemy compiled it: its text, and its parameters by name and place."""
    return query.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})


def compiled(query: sa.Select[Any], binder: Binder) -> tuple[str, tuple[Extract, ...]]:
    """A statement's text with numbered parameters, and where each takes its value from."""
    done = rendered(query)
    return str(done), tuple(binder.extracts.get(name) or _fact(name, done.params) for name in done.positiontup or ())


def _fact(name: str, constants: Mapping[str, Any]) -> Extract:
    if name.startswith("p_"):
        return lambda _variables, facts: facts[name]
    value = constants[name]
    return lambda _variables, _facts: value


def json_statement(plan: Plan, frame: Frame) -> Statement:
    """The statement that writes a query's JSON."""
    encoder = JsonEncoder(frame)
    sql, extracts = compiled(encoder.statement(plan), frame.binder)
    hidden = tuple(tuple(paths) for paths in encoder.hidden_paths())
    keys = tuple(f'{"," if index else ""}"{item.key}":'.encode() for index, item in enumerate(plan.roots))
    masks = tuple(rule.reason for rule in frame.masks)
    conditions = tuple(frame.guards[name].otherwise for _source, name in encoder.bits)
    recorded = Recorded.of(plan, frame)
    return Statement(sql, extracts, keys, tuple(frame.redacted), hidden, recorded, masks, conditions)
