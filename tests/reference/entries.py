"""The ways in: every one of them asks the same operation, and none may tell more than the others.

``_entities`` of a federation gateway will be one more entry of ``ANSWERS`` once the schema has it: its representations
are keys, and what it answers is what ``enterprise(uscc:)`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from graphql import FieldNode, NameNode, OperationDefinitionNode, parse, print_ast

from authz.principal import Principal
from tests.reference.asking import Response, Service
from tests.reference.operations import Operation

Entry = Callable[[Service, Principal, Operation], Response]
DECOY: tuple[str, dict[str, Any]] = ("{ units { code name } settings { defaultReportYear } }", {})
OF_ONESELF = ("viewer", "exports", "export(", "auditLog")
"""Roots that tell by account: what another account of the same rights is told there is another matter."""
REGISTER = "mutation ($input: ExportInput!) { exportWorkbook(input: $input) { id downloadUrl } }"


def post(service: Service, principal: Principal, operation: Operation) -> Response:
    """A POST, as any client sends it."""
    return service.ask(principal, operation.document, operation.variables)


def get(service: Service, principal: Principal, operation: Operation) -> Response:
    """A GET."""
    return service.ask(principal, operation.document, operation.variables, by_get=True)


def legacy(service: Service, principal: Principal, operation: Operation) -> Response:
    """A POST that accepts plain JSON, where a refusal has status 200."""
    return service.ask(principal, operation.document, operation.variables, file_format="application/json")


def among_others(service: Service, principal: Principal, operation: Operation) -> Response:
    """One operation of several in a document, chosen by its name."""
    return service.ask(principal, _with_another(operation.document), operation.variables, operation="Asked")


def introspecting(service: Service, principal: Principal, operation: Operation) -> Response:
    """With introspection among the data, which is taken off again."""
    response = service.ask(principal, _with_introspection(operation.document), operation.variables)
    body = response.json
    if body.get("data"):
        assert body["data"].pop("__schema") == {"queryType": {"name": "Query"}}
    return Response(response.status, response.headers, orjson.dumps(body))


def batched(service: Service, principal: Principal, operation: Operation) -> Response:
    """Among others in a batch."""
    asked = (operation.document, operation.variables)
    before, found, again, after = service.batch(principal, [DECOY, asked, asked, DECOY])
    if "errors" not in found.json:  # behind much that cannot run, the rest of a batch is not read
        assert found.body == again.body
        assert before.body == after.body
    assert "errors" not in before.json
    return found


def planned_anew(service: Service, principal: Principal, operation: Operation) -> Response:
    """Without any plan that was made before."""
    return post(service.without_cache(), principal, operation)


ANSWERS: Mapping[str, Entry] = {
    "post": post,
    "get": get,
    "legacy": legacy,
    "among others": among_others,
    "introspecting": introspecting,
    "batched": batched,
    "planned anew": planned_anew,
}


def accepted(service: Service, principal: Principal, operation: Operation, file_format: str) -> Response:
    """A file by what is accepted."""
    return service.ask(principal, operation.document, operation.variables, file_format=file_format)


def registered(service: Service, principal: Principal, operation: Operation, file_format: str) -> Response:
    """A file by its registration and its link, for an account of the same rights that nobody else is."""
    passing = replace(principal, subject=f"passing-{principal.subject}")
    given = {"query": operation.document, "variables": operation.variables, "format": file_format.upper()}
    response = service.ask(passing, REGISTER, {"input": given})
    if response.status != 200 or "errors" in response.json:
        return Response(400, response.headers, response.body)
    return service.download(response.json["data"]["exportWorkbook"]["downloadUrl"])


FILES: Mapping[str, Callable[[Service, Principal, Operation, str], Response]] = {
    "accepted": accepted,
    "registered": registered,
}


def may_register(operation: Operation) -> bool:
    """Whether another account of the same rights gets the same answer."""
    return not any(root in operation.document for root in OF_ONESELF)


@lru_cache(maxsize=64)
def _with_another(document: str) -> str:
    parsed = parse(document)
    definitions = tuple(
        _renamed(each) if isinstance(each, OperationDefinitionNode) else each for each in parsed.definitions
    )
    rewritten = "\n".join(print_ast(each) for each in definitions)
    return f"query Other {{ enterprises {{ nodes {{ contactName }} }} }}\n{rewritten}"


def _renamed(node: OperationDefinitionNode, *extra: FieldNode) -> OperationDefinitionNode:
    name = NameNode(value="Asked")
    selections = (*node.selection_set.selections, *extra)
    return OperationDefinitionNode(
        operation=node.operation,
        name=name,
        variable_definitions=node.variable_definitions,
        directives=node.directives,
        selection_set=type(node.selection_set)(selections=selections),
    )


@lru_cache(maxsize=64)
def _with_introspection(document: str) -> str:
    extra: Any = parse("{ __schema { queryType { name } } }").definitions[0]
    field = extra.selection_set.selections[0]
    parsed = parse(document)
    return "\n".join(
        print_ast(_renamed(each, field) if isinstance(each, OperationDefinitionNode) else each)
        for each in parsed.definitions
    )
