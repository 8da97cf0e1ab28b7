"""The schema as text: every role's own, with directives that say of each field what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, cast

import httpx
import pytest
from graphql import (
    DirectiveNode,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    get_introspection_query,
    value_from_ast_untyped,
)

from authz.predicates import CONSENTED_TO, Predicate
from authz.principal import PUBLIC, Role
from authz.rules import EVERYONE, Verdict
from db.enums import ConsentScope
from resolvers.schema import core
from schema.declare import Column
from service.contract import contract
from service.policy import declaration, policy, rule_name, rule_of
from service.sdl import sdl
from tests.fixtures.service import serving
from tests.fixtures.town import BANK_A
from tests.service.conftest import as_, run_keqi
from tests.service.reaching import objects

MATRIX = {each.name: each for each in policy(core())}
SECURITY = {"authenticated", "requiresScopes", "policy"}
OURS = {"unit", "visible"}
SCOPES: dict[Role, tuple[tuple[str, ...], dict[str, str]]] = {
    Role.DISTRICT_OFFICER: (("500112",), {}),
    Role.ENTERPRISE_USER: ((), {"uscc": "91500112MAA6FAGQ4K"}),
    Role.BANK_USER: ((), {"bank": "BANK_LJ"}),
    Role.DEPARTMENT_OFFICER: ((), {"department": "IP"}),
}
PRINTED = build_schema(sdl())


def directives(node: Any) -> dict[str, dict[str, Any]]:
    """The directives beside a definition, each once, with their arguments."""
    found: tuple[DirectiveNode, ...] = node.ast_node.directives or ()
    assert len({each.name.value for each in found}) == len(found)
    return {
        each.name.value: {given.name.value: value_from_ast_untyped(given.value) for given in each.arguments or ()}
        for each in found
    }


def printed_fields() -> Iterator[tuple[str, str, Any]]:
    for kind in objects(PRINTED):
        yield from ((kind.name, name, field) for name, field in kind.fields.items())


def test_the_text_is_the_schema() -> None:
    assert {kind.name for kind in objects(PRINTED)} == {kind.name for kind in objects(core())}
    for kind in objects(PRINTED):
        whole = core().type_map[kind.name]
        assert isinstance(whole, GraphQLObjectType)
        assert list(kind.fields) == list(whole.fields)
        assert [str(field.type) for field in kind.fields.values()] == [str(each.type) for each in whole.fields.values()]


def test_a_field_says_who_sees_it_and_in_which_unit() -> None:
    for kind, name, field in printed_fields():
        whole = core().type_map[kind]
        assert isinstance(whole, GraphQLObjectType)
        rule, declared, found = rule_of(whole, whole.fields[name]), declaration(whole.fields[name]), directives(field)
        if rule is None or rule is EVERYONE:
            assert not found.keys() - {"unit", "authenticated"}, (kind, name)
        else:
            consent = {} if rule.consent is None else {"consent": rule.consent.value}
            assert found["visible"] == {"to": rule.visibility.value, **consent}
            assert ("policy" in found) == (rule.consent is None)
            assert ("requiresScopes" in found) == (rule.consent is not None)
            if rule.consent is None:
                assert found["policy"] == {"policies": [[rule_name(rule)]]}
        unit = declared.unit if isinstance(declared, Column) else None
        assert found.get("unit") == (None if unit is None else {"name": unit})
    assert 'mainBusinessRevenue: Decimal @visible(to: CONSENTED, consent: FINANCIAL) @unit(name: "千元")' in sdl()


def test_what_the_public_may_not_ask_needs_a_sign_in() -> None:
    public = contract(PUBLIC.role)
    for kind, name, field in printed_fields():
        own = public.get_type(kind)
        is_open = isinstance(own, GraphQLObjectType) and name in own.fields
        is_marked = "authenticated" in directives(field) or "authenticated" in directives(PRINTED.type_map[kind])
        assert is_marked != is_open, (kind, name)


def test_apollo_pr_3321_alternatives_stay_alternatives_and_needs_stay_needs() -> None:
    """Directives renamed or merged: OR became AND or the reverse (Apollo federation PR 3321, 3343)."""
    seen = 0
    for kind, name, field in printed_fields():
        scopes: list[list[str]] | None = directives(field).get("requiresScopes", {}).get("scopes")
        if scopes is None:
            continue
        seen += 1
        for role in Role:
            for given in consents():
                held = {f"role:{role.value}", *(f"consent:{each.value}" for each in given)}
                may = any(set(group) <= held for group in scopes)
                assert may == rules_allow(kind, name, role, given), (kind, name, role, given)
    assert seen > 100


def consents() -> Iterator[tuple[ConsentScope, ...]]:
    for size in range(len(ConsentScope) + 1):
        yield from combinations(ConsentScope, size)


def rules_allow(kind: str, name: str, role: Role, given: tuple[ConsentScope, ...]) -> bool:
    verdict = MATRIX[kind].verdict(name, role)
    if isinstance(verdict, Predicate):
        return any(verdict is CONSENTED_TO[scope] for scope in given)
    return verdict is not Verdict.NEVER


def test_definitions_are_as_federation_has_them() -> None:
    places = {"FIELD_DEFINITION", "OBJECT", "INTERFACE", "SCALAR", "ENUM"}
    shapes = {
        "authenticated": {},
        "requiresScopes": {"scopes": "[[federation__Scope!]!]!"},
        "policy": {"policies": "[[federation__Policy!]!]!"},
    }
    for name, arguments in shapes.items():
        definition = PRINTED.get_directive(name)
        assert definition is not None
        assert {place.name for place in definition.locations} == places
        assert {key: str(cast("Any", each).type) for key, each in definition.args.items()} == arguments
        assert not definition.is_repeatable


@pytest.mark.parametrize("role", [None, *Role])
def test_without_security_directives_nothing_else_changes(role: Role | None) -> None:
    text = sdl(role, security=False)
    plain, marked = build_schema(text), build_schema(sdl(role))
    assert not SECURITY & {each.name for each in plain.directives}
    assert not any(f"@{name}" in text for name in SECURITY)
    assert "federation__" not in text
    assert {kind.name for kind in objects(plain)} == {kind.name for kind in objects(marked)}
    for kind in objects(plain):
        other = marked.type_map[kind.name]
        assert isinstance(other, GraphQLObjectType)
        for name, field in kind.fields.items():
            kept = {each: given for each, given in directives(other.fields[name]).items() if each in OURS}
            assert directives(field) == kept


@pytest.mark.parametrize("role", Role)
def test_a_roles_text_is_what_introspection_shows_it_and_names_no_other_role(http: httpx.Client, role: Role) -> None:
    units, scope = SCOPES.get(role, ((), {}))
    headers = {} if role is Role.PUBLIC else as_(role, *units, **scope)
    answer = http.post("/graphql", json={"query": get_introspection_query()}, headers=headers).json()
    shown = build_client_schema(answer["data"])
    text = sdl(role)
    assert members(build_schema(text)) == members(shown)
    assert {other for other in Role if f'"role:{other.value}"' in text} <= {role}
    if role is not Role.PUBLIC:
        assert http.get("/schema.graphql", headers=headers).text == text


def members(schema: GraphQLSchema) -> dict[str, list[str]]:
    """Names of all that a client can write, by type; what only directives of the text use is not of it."""
    only_here = {"Visibility", "ConsentScope", "federation__Scope", "federation__Policy"}
    return {
        name: sorted(getattr(kind, "fields", None) or getattr(kind, "values", None) or ())
        for name, kind in schema.type_map.items()
        if not name.startswith("__") and name not in only_here | {"String", "Boolean"}
    }


def test_the_command_and_the_address_tell_the_same(http: httpx.Client) -> None:
    assert http.get("/schema.graphql").text == run_keqi("schema").stdout == sdl()
    asked = ("schema", "--role", "bank_user", "--no-security-directives")
    assert run_keqi(*asked).stdout == sdl(Role.BANK_USER, security=False)
    assert run_keqi("schema", "--role", "nobody").returncode == 2


def test_an_invalid_token_gets_no_schema(http: httpx.Client) -> None:
    for header in ("Bearer nonsense", "Basic Zm9vOmJhcg==", ""):
        answer = http.get("/schema.graphql", headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_unpublished_schema_is_told_to_those_who_sign_in(town_url: str) -> None:
    async with serving(town_url, publish_schema=False) as service:
        assert (await service.get("/schema.graphql")).body.decode() == sdl(PUBLIC.role)
    async with serving(town_url) as service:
        assert (await service.get("/schema.graphql")).body.decode() == sdl()


async def test_asking_for_the_schema_counts_as_a_request(town_url: str) -> None:
    async with serving(town_url, rate_limit=1) as service:
        assert (await service.get("/schema.graphql")).status == 200
        assert (await service.get("/schema.graphql")).code == "RATE_LIMITED"
        bank = service.token(BANK_A)
        assert (await service.get("/schema.graphql", Authorization=bank)).body.decode() == sdl(Role.BANK_USER)
        assert (await service.get("/schema.graphql", Authorization=f"{bank}x")).code == "RATE_LIMITED"
