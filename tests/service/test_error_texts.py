"""What an error says: nothing that the role may not see and did not itself write.

Parse-server GHSA-9g8f-h8f3-hjcm and its like: names of hidden fields came out of suggestions, of coercion's errors, of
"must have a selection" and of unknown types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.principal import Role
from resolvers.schema import core
from service.contract import contract
from tests.service.conftest import as_
from tests.service.reaching import ways

HEADERS: Mapping[Role, dict[str, str]] = {
    Role.DISTRICT_OFFICER: as_(Role.DISTRICT_OFFICER, "500112"),
    Role.ENTERPRISE_USER: as_(Role.ENTERPRISE_USER, uscc="91500112MAA6FAGQ4K"),
    Role.BANK_USER: as_(Role.BANK_USER, bank="BANK_LJ"),
    Role.DEPARTMENT_OFFICER: as_(Role.DEPARTMENT_OFFICER, department="IP"),
    Role.ANALYST: as_(Role.ANALYST),
    Role.PLATFORM_ADMIN: as_(Role.PLATFORM_ADMIN),
    Role.PUBLIC: {},
}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def names(schema: GraphQLSchema) -> set[str]:
    """Every name of a schema: of types, fields, arguments, entries, values and directives."""
    found = {each.name for each in schema.directives} | set(schema.type_map)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            found |= {*kind.fields, *(name for field in kind.fields.values() for name in field.args)}
        elif isinstance(kind, GraphQLInputObjectType):
            found |= kind.fields.keys()
        elif isinstance(kind, GraphQLEnumType):
            found |= kind.values.keys()
    return found


EVERY_NAME = sorted(name for name in names(core()) if not name.startswith("__"))
HIDDEN = {role: names(core()) - names(contract(role)) for role in HEADERS}
WAYS = {name: way for name, way in ways(core()).items() if way.before.startswith("query")}

Question = tuple[str, dict[str, Any] | None]
PLACES: list[Callable[[str], Question]] = [
    lambda name: (f"{{ enterprises({name}: 1) {{ totalCount }} }}", None),
    lambda name: (f"{{ {name} }}", None),
    lambda name: (f"{{ {name} {{ x }} }}", None),
    lambda name: (f"mutation {{ {name} {{ x }} }}", None),
    lambda name: (f'mutation {{ exportWorkbook(input: {{{name}: "x"}}) {{ id }} }}', None),
    lambda name: (f'{{ enterprises(filter: {{{name}: ["x"]}}) {{ totalCount }} }}', None),
    lambda name: (f"{{ enterprises(filter: {{not: {{{name}: {{}}}}}}) {{ totalCount }} }}", None),
    lambda name: (f"{{ annualReports(filter: {{operation: {{{name}: 1}}}}) {{ totalCount }} }}", None),
    lambda name: (f"{{ enterprises(orderBy: [{{field: {name}}}]) {{ totalCount }} }}", None),
    lambda name: (f"{{ units(kind: [{name}]) {{ code }} }}", None),
    lambda name: (f"query ($x: {name}) {{ units {{ code }} }}", None),
    lambda name: (f"{{ settings {{ maxPageSize }} ... on {name} {{ x }} }}", None),
    lambda name: (f"{{ ...F }} fragment F on {name} {{ x }}", None),
    lambda name: (f"{{ settings @{name} {{ maxPageSize }} }}", None),
    lambda name: ("query ($f: EnterpriseFilter) { enterprises(filter: $f) { totalCount } }", {"f": {name: ["x"]}}),
    lambda name: ("query ($f: AuditEntryFilter) { auditLog(filter: $f) { totalCount } }", {"f": {name: {}}}),
    lambda name: (
        "query ($o: [EnterpriseOrder!]) { enterprises(orderBy: $o) { totalCount } }",
        {"o": [{"field": name}]},
    ),
    lambda name: ("mutation ($i: ExportInput!) { exportWorkbook(input: $i) { id } }", {"i": {name: "x"}}),
    lambda name: ("query ($n: [String!]) { customQuery(fields: $n) { totalCount nodes { values } } }", {"n": [name]}),
    *(lambda name, way=way: (way.asking(name), None) for way in WAYS.values()),
    *(lambda name, way=way: (way.asking(f"{name} {{ x }}"), None) for way in WAYS.values()),
]


@st.composite
def misspelt(draw: st.DrawFn) -> str:
    """A name of the schema, or one that nearly is, so that something is suggested for it."""
    name = draw(st.sampled_from(EVERY_NAME))
    at = draw(st.integers(0, len(name) - 1))
    how = draw(st.sampled_from(["as it is", "dropped", "doubled", "changed", "cut"]))
    match how:
        case "dropped":
            name = name[:at] + name[at + 1 :]
        case "doubled":
            name = name[: at + 1] + name[at:]
        case "changed":
            name = f"{name[:at]}q{name[at + 1 :]}"
        case "cut":
            name = name[: max(at, 3)]
        case _:
            pass
    return name if WORD.fullmatch(name) else f"x{name}"


def told(answer: Any) -> Iterator[str]:
    """The names that the errors of an answer quote, and every word of what tells who may what."""
    for error in answer.get("errors", ()):
        extensions = error["extensions"]
        for text in (error["message"], extensions.get("detail", "")):
            yield from (word for pair in QUOTED.findall(text) for word in WORD.findall(" ".join(pair)))
        if extensions["code"] in ("FORBIDDEN", "UNAUTHENTICATED"):
            yield from WORD.findall(extensions["detail"].partition(" ")[0])
        yield from WORD.findall(extensions.get("field", ""))
        yield from (step for step in error.get("path", ()) if isinstance(step, str))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(HEADERS)), misspelt(), st.sampled_from(PLACES))
def test_an_error_names_nothing_hidden_that_was_not_written(
    http: httpx.Client, role: Role, name: str, place: Callable[[str], Question]
) -> None:
    query, variables = place(name)
    answer = http.post("/graphql", json={"query": query, "variables": variables}, headers=HEADERS[role]).json()
    written = {name, *WORD.findall(query)}
    assert not (set(told(answer)) & HIDDEN[role]) - written, answer["errors"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ enterprises { nodes { basicInfo { opinions } } } }", "Cannot query field 'opinions' on type 'BasicInfo'."),
        ("mutation { revealContact }", "The mutation operation is not supported by the schema."),
        ("{ ...F } fragment F on ReviewRecord { x }", "Unknown type 'ReviewRecord'."),
    ],
)
def test_a_mistake_about_something_hidden_is_a_mistake_about_nothing(http: httpx.Client, query: str, says: str) -> None:
    """Such as "Field 'opinions' of type '[ReviewRecord!]!' must have a selection", which named the hidden type."""
    answer = http.post("/graphql", json={"query": query}, headers=HEADERS[Role.BANK_USER]).json()
    assert answer["errors"][0]["extensions"]["detail"] == says
    assert set(told(answer)) & HIDDEN[Role.BANK_USER] <= set(WORD.findall(query))


def test_the_whole_schemas_own_words_would_have_told() -> None:
    """The guard of the tests above: what they look for is there to be found."""
    for query in (
        "{ enterprises { nodes { basicInfo { opinions } } } }",
        "{ enterprises { nodes { contactMobil } } }",
        "query ($x: ReviewRecor) { units { code } }",
    ):
        errors = [{"message": error.message, "extensions": {"code": "-"}} for error in validate(core(), parse(query))]
        answer = {"errors": errors}
        assert set(told(answer)) & HIDDEN[Role.BANK_USER] - set(WORD.findall(query))


def test_beside_a_real_mistake_a_hidden_field_is_not_told_to_be_one(http: httpx.Client) -> None:
    query = "{ enterprises { nodes { contactMobile nam } } }"
    answer = http.post("/graphql", json={"query": query}, headers=HEADERS[Role.BANK_USER]).json()
    (error,) = answer["errors"]
    assert error["extensions"]["detail"].startswith("Cannot query field 'nam'")
    query = "{ enterprises { nodes { contactMobile name } } }"
    answer = http.post("/graphql", json={"query": query}, headers=HEADERS[Role.BANK_USER]).json()
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert answer["errors"][0]["path"] == ["enterprises", "nodes", "contactMobile"]


def test_variables_of_types_that_introspection_lacks_do_not_spoil_it(http: httpx.Client) -> None:
    query = """query ($f: AuditEntryFilter, $no: Boolean!, $n: String!) {
        auditLog(filter: $f) @include(if: $no) { totalCount } __type(name: $n) { name } }"""
    asked = {"query": query, "variables": {"f": {"kind": ["READ"]}, "no": False, "n": "Unit"}}
    assert http.post("/graphql", json=asked).json() == {"data": {"__type": {"name": "Unit"}}}


def test_a_bad_cursor_says_where_it_stands(http: httpx.Client) -> None:
    for given_ in ("nonsense", "YWJj.0123456789abcdef0123456789abcdef"):
        query = (
            "query ($c: String) { e: enterprises(first: 1) { nodes { r: annualReports(after: $c) { totalCount } } } }"
        )
        asked = {"query": query, "variables": {"c": given_}}
        answer = http.post("/graphql", json=asked, headers=HEADERS[Role.ANALYST]).json()
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert answer["errors"][0]["path"] == ["e", "nodes", "r"]
        assert answer["errors"][0]["extensions"]["field"] == "after"
