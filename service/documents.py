"""From a query's text to a document that may be planned; what costs too much is refused in time linear in the text.

Everything up to a refusal is bounded: the text's length and lines before it is read, its tokens while it is read, the
comparisons of its fields and the errors it may have while it is validated. No rule of GraphQL is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    VariableDefinitionNode,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

from authz.errors import BadUserInput, ErrorCode, TooComplex

if TYPE_CHECKING:
    from typing import Final

MAX_ERRORS: Final = 3
"""Errors told of one request: each may print a whole filter, or look through a hundred names for one to suggest."""
MAX_PLACES: Final = 5
"""Places told of one error: each is found by counting the lines before it."""
MAX_MESSAGE: Final = 500
"""Characters of one error's message, which quotes what was sent."""
MAX_LINES: Final = 4_000
MAX_DEFINITIONS: Final = 100
"""Operations and fragments of one document: four rules walk each of them anew."""
MAX_ENTRIES: Final = 100
"""Arguments of one field, or entries of one object: an error prints them all."""
MAX_DIGITS: Final = 1_000
"""Digits of one number; reading one takes time quadratic in them."""

# Where one name is selected n times, n² / 2 pairs are compared, each with all that is selected below. graphql-core
# counts this work for a document as a whole and gives up at half a million units, half a second of a processor.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 15_000

_ENTRIES = frozenset({"arguments", "fields"})
_PARTS = ("definitions", "selection_set", "selections", "arguments", "directives", "value", "values", "fields")
"""Attributes of graphql-core's nodes that lead to whatever may have entries."""
_DIGITS = re.compile(r"[0-9]+")


Check = Callable[[GraphQLSchema], Sequence[GraphQLError]]
"""What found the errors of a request, to be asked again of the schema that a role may know."""


class RequestRefused(Exception):
    """The request cannot run: syntax, validation, unknown operation or variables; GraphQL's own errors.

    ``errors`` may name whatever the schema has; without a ``check`` they name nothing of it.
    """

    def __init__(self, errors: Sequence[GraphQLError], check: Check | None = None) -> None:
        super().__init__(errors[0].message[:MAX_MESSAGE])
        self.errors = brief(errors)
        self.code = ErrorCode.BAD_USER_INPUT
        self.check = check


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What the text of a query may be: lexical tokens, characters."""

    tokens: int = 2_000
    length: int = 100_000


def valid_document(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> DocumentNode:
    """The document of a text.

    Raises:
        RequestRefused: syntax or validation errors.
        TooComplex: it is longer, deeper or more repetitive than it may be.
        BadUserInput: a number in it has more digits than any value.
    """
    _check_text(text, limits)
    document = _parsed(text, limits)
    _check_size(document)
    check = partial(_errors, document)
    errors = check(schema)
    if errors:
        _refuse(errors, check)
    return document


def _errors(document: DocumentNode, schema: GraphQLSchema) -> list[GraphQLError]:
    return validate(schema, document, max_errors=MAX_ERRORS)


def _check_text(text: str, limits: DocumentLimits) -> None:
    if len(text) > limits.length:
        raise TooComplex(
            f"查询文本过长，最多 {limits.length:,} 个字符；大段内容请放在变量中",
            detail=f"document over {limits.length} characters",
        )
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise TooComplex(f"查询文本最多 {MAX_LINES:,} 行", detail=f"document over {MAX_LINES} lines")
    if len(text) > MAX_DIGITS and any(len(run[0]) > MAX_DIGITS for run in _DIGITS.finditer(text)):
        raise BadUserInput("query", f"查询中的数字最多 {MAX_DIGITS:,} 位", detail=f"number over {MAX_DIGITS} digits")


def _check_size(document: DocumentNode) -> None:
    if len(document.definitions) > MAX_DEFINITIONS:
        message = f"一个文档最多含 {MAX_DEFINITIONS} 个操作与片段"
        raise TooComplex(message, detail=f"more than {MAX_DEFINITIONS} operations and fragments")
    pending: list[Any] = [document]
    while pending:
        node = pending.pop()
        for kind in _PARTS:
            part: object = getattr(node, kind, None)
            if isinstance(part, Node):
                pending.append(part)
            elif isinstance(part, tuple):
                entries = cast("tuple[Any, ...]", part)
                if kind in _ENTRIES and len(entries) > MAX_ENTRIES:
                    message = f"一个字段的参数、一个对象的内容最多 {MAX_ENTRIES} 项"
                    raise TooComplex(message, detail=f"more than {MAX_ENTRIES} entries of one object or field")
                pending += entries


def _parsed(text: str, limits: DocumentLimits) -> DocumentNode:
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        # graphql-core has no class of its own for a passed limit.
        if "contains more than" in error.message:
            message = f"查询文本过长，最多 {limits.tokens} 个词元"
            raise TooComplex(message, detail=f"document over {limits.tokens} tokens") from None
        if "nested too deeply" in error.message:
            raise TooComplex("查询嵌套过深，请减少层数", detail="document nested too deeply") from None
        raise RequestRefused([error]) from None


def coercion_errors(
    definitions: Sequence[VariableDefinitionNode], given: Mapping[str, Any], schema: GraphQLSchema
) -> list[GraphQLError]:
    """Which of a request's variables do not fit their types."""
    coerced = get_variable_values(schema, definitions, dict(given), max_errors=MAX_ERRORS)
    return coerced if isinstance(coerced, list) else []


def _refuse(errors: Sequence[GraphQLError], check: Check) -> None:
    last = errors[-1]
    if isinstance(last, ValidationAbortedError) and "Too many validation errors" not in last.message:
        message = "同一名称的字段或片段在查询中重复过多，请合并后重试"
        raise TooComplex(message, detail="too many fields of the same name to compare") from None
    if any("introspection depth" in error.message for error in errors):
        message = "内省查询嵌套过深，请分几次查询各个类型"
        raise TooComplex(message, detail="maximum introspection depth exceeded") from None
    raise RequestRefused(errors, check)


def brief(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """As many of the errors as fit into an answer, each brief enough."""
    return [_brief(error) for error in errors[: MAX_ERRORS + 1]]


def _brief(error: GraphQLError) -> GraphQLError:
    """The error with a message and places that fit into an answer."""
    message = error.message if len(error.message) <= MAX_MESSAGE else f"{error.message[:MAX_MESSAGE]}…"
    if error.nodes:
        return GraphQLError(message, error.nodes[:MAX_PLACES], path=error.path, extensions=error.extensions)
    positions = list(error.positions)[:MAX_PLACES] if error.positions else None
    return GraphQLError(message, source=error.source, positions=positions, path=error.path, extensions=error.extensions)
