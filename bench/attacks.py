"""Requests under a megabyte that are meant to cost much: what each sends, and the code that it has to be refused with.

Each is refused before anything is sent to the database; ``tests/service/test_hostile_documents.py`` holds that true,
``bench/hostile.py`` measures what it costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

MEGABYTE: Final = 1_000_000
LONGEST: Final = 99_000
"""Characters of a document just within its limit."""
TOO_COMPLEX: Final = "QUERY_TOO_COMPLEX"
BAD_INPUT: Final = "BAD_USER_INPUT"


@dataclass(frozen=True, slots=True)
class Attack:
    """One request: its name, its body, the code of its refusal."""

    name: str
    body: bytes
    code: str = TOO_COMPLEX


def attacks() -> list[Attack]:
    """All of them."""
    return [*_long(), *_repeated(), *_deep(), *_fragments(), *_wrong(), *_introspection(), *_variables(), *_bodies()]


def asked(query: str, variables: object = None, operation: str | None = None) -> bytes:
    """A document as the body of a request."""
    body: dict[str, object] = {"query": query}
    if variables is not None:
        body["variables"] = variables
    if operation is not None:
        body["operationName"] = operation
    return orjson.dumps(body)


def _document(name: str, query: str, code: str = TOO_COMPLEX) -> Attack:
    return Attack(name, asked(query), code)


def _numbered(pattern: str, count: int) -> str:
    return " ".join(pattern.replace("@", str(number)) for number in range(count))


def _long() -> Iterator[Attack]:
    yield _document("a megabyte of tokens", "{ " + "a " * 490_000 + "}")
    yield _document(
        "a megabyte in a string", '{ enterprises(filter: {search: "%s"}) { totalCount } }' % ("x" * 990_000)
    )
    yield _document("a megabyte in a block string", '{ units(kind: """%s""") { code } }' % ("x\n" * 300_000))
    yield _document("a megabyte of comment", "#" + "x" * 990_000)
    yield _document("a hundred thousand comments", "#\n" * 49_000)
    yield _document("tokens within the length", "{ " + "a " * 49_000 + "}")
    yield _document("escapes within the length", '{ nope(a: "%s") }' % ("\\u0041" * 16_000), BAD_INPUT)
    yield _document("a block string within the length", '{ nope(a: """%s""") }' % (" x\n" * 3_900), BAD_INPUT)
    yield _document("lines within the length, wrong at their end", "\n" * LONGEST + "{ nope }")
    yield _document("every place far down", "\n" * 3_900 + "{ " + _numbered("nope@", 900) + " }", BAD_INPUT)
    yield _document("a name of a hundred thousand letters", "{ " + "a" * LONGEST + " }", BAD_INPUT)
    yield _document(
        "a number of a hundred thousand digits",
        "{ enterprises(first: %s) { totalCount } }" % ("9" * LONGEST),
        BAD_INPUT,
    )
    yield _document(
        "a number of a thousand digits", "{ enterprises(first: %s) { totalCount } }" % ("9" * 1000), BAD_INPUT
    )
    yield Attack("an operation's name of a megabyte", asked("{ __typename }", operation="x" * 990_000), BAD_INPUT)


def _repeated() -> Iterator[Attack]:
    yield _document("101 aliases", "{ " + _numbered("a@: __typename", 101) + " }")
    yield _document("31 aliases below", "{ settings { " + _numbered("a@: maxPageSize", 31) + " } }")
    yield _document("660 root fields", "{ " + _numbered("a@: __typename", 600) + " }")
    yield _document("500 times the same field", "{ " + "__typename " * 500 + "}")
    yield _document("1,900 times the same field", "{ " + "__typename " * 1_900 + "}")
    yield _document("490 times the same object", "{ " + "units { code } " * 490 + "}")
    yield _document("270 times the same list", "{ " + "enterprises { nodes { uscc } } " * 270 + "}")
    yield _document("160 conflicting arguments", "{ " + _numbered("x: units(kind: COUNTY, a: @) { code }", 160) + " }")
    yield _document("250 directives on a field", "{ __typename " + "@include(if: true) " * 250 + "}", BAD_INPUT)
    yield _document("990 unknown directives", "{ __typename " + "@nope " * 990 + "}", BAD_INPUT)
    yield _document("600 times the same argument", "{ units(" + "kind: COUNTY " * 600 + ") { code } }")
    yield _document("390 operations", _numbered("query A@ { __typename }", 390))
    yield _document("480 variables", "query (" + _numbered("$a@: Int", 480) + ") { __typename }", BAD_INPUT)
    yield _document(
        "1,900 elements of a wrong enumeration",
        "{ units(kind: [" + _numbered("COUNT@", 1_900) + "]) { code } }",
        BAD_INPUT,
    )
    yield _document("300 conditions", "{ enterprises(filter: {or: [" + '{name: "a"} ' * 300 + "]}) { totalCount } }")
    yield _document(
        "380 steps of an order", "{ enterprises(orderBy: [" + "{field: NAME} " * 380 + "]) { totalCount } }"
    )
    yield _document("2,400 fields by aliases and a fragment", _wide_plan())
    yield _document(
        "lists within lists", "{ enterprises(first: 1000) { nodes { annualReports(first: 1000) { nodes { uscc } } } } }"
    )


def _wide_plan() -> str:
    fields = "uscc name establishedOn industryCode " + _numbered("x@: name", 1)
    return (
        "{ "
        + _numbered("a@: enterprises { nodes { ...F ...G } }", 20)
        + " } fragment F on Enterprise { "
        + fields
        + " } "
        + ("fragment G on Enterprise { " + _numbered("y@: uscc", 200) + " }")
    )


def _deep() -> Iterator[Attack]:
    chain = "annualReport { enterprise { "
    yield _document("selections 460 deep", "{ enterprises { nodes { " + chain * 230 + "uscc" + " } }" * 230 + " } } }")
    yield _document("selections 40 deep", "{ enterprises { nodes { " + chain * 20 + "uscc" + " } }" * 20 + " } } }")
    yield _document("inline fragments 600 deep", "{ " + "... { " * 600 + "__typename" + " }" * 600 + " }")
    yield _document("lists 990 deep", "{ enterprises(filter: " + "[" * 990 + "]" * 990 + ") { totalCount } }")
    yield _document("a type 990 deep", "query ($a: " + "[" * 990 + "Int" + "]" * 990 + ") { __typename }")
    yield _document(
        "negations 480 deep", "{ enterprises(filter: " + "{not: " * 480 + "{}" + "}" * 480 + ") { totalCount } }"
    )
    yield _document(
        "negations 60 deep", "{ enterprises(filter: " + "{not: " * 60 + "{}" + "}" * 60 + ") { totalCount } }"
    )
    yield _document(
        "related rows 30 deep",
        "{ enterprises(filter: "
        + "{annualReports: {some: {enterprise: " * 15
        + "{}"
        + "}}}" * 15
        + ") { totalCount } }",
    )
    pairs = chain * 20 + "uscc " + "} }" * 20 + " "
    yield _document("16 chains of one name, 40 deep", "{ enterprises { nodes { " + pairs * 16 + "} } }")


def _fragments() -> Iterator[Attack]:
    yield _document("fragments that double 200 times", _chain(200, "...F@ ...F@"))
    yield _document("fragments that double under aliases", _chain(18, _forked("...F@")))
    yield _document("a circle of 200 fragments", "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ ...F{(n + 1) % 200} }}" for n in range(200)
    ))  # fmt: skip
    every = " ".join(f"...F{n}" for n in range(28))
    circle = " ".join(f"fragment F{n} on Query {{ {every} }}" for n in range(28))
    yield _document("28 fragments that all spread each other", f"{{ ...F0 }} {circle}", BAD_INPUT)
    spread = " ".join(f"...F{n}" for n in range(60))
    same = " ".join(f"fragment F{n} on Enterprise {{ {'unit { code ...G } ' * 3} }}" for n in range(60))
    nested = f"{{ enterprises {{ nodes {{ {spread} }} }} }} {same} fragment G on Unit {{ name }}"
    yield _document("60 fragments with the same objects", nested)
    own = " ".join(
        f"fragment F{n} on Enterprise {{ {f'unit {{ code ...G{n} }} ' * 3} }} fragment G{n} on Unit {{ name }}"
        for n in range(60)
    )
    yield _document("60 fragments with fragments of their own", f"{{ enterprises {{ nodes {{ {spread} }} }} }} {own}")
    yield _document("280 unused fragments", "{ __typename } " + _numbered("fragment F@ on Unit { code }", 280))
    yield _document(
        "95 unused fragments",
        "{ __typename } " + _numbered("fragment F@ on Unit { code name kind shortCode }", 95),
        BAD_INPUT,
    )
    fifty = _numbered("query A@($v: Int) { ...F0 }", 50)
    forty = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(48))
    end = "fragment F48 on Query { enterprises(first: $v) { totalCount } }"
    yield _document("50 operations down 49 fragments", f"{fifty} {forty} {end}", BAD_INPUT)
    queries = _numbered("query A@($v: Int) { ...F0 }", 90)
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(90))
    last = "fragment F90 on Query { enterprises(first: $v) { totalCount } }"
    yield _document("90 operations down 90 fragments", f"{queries} {chain} {last}")


def _forked(inner: str) -> str:
    return " ".join(f"{alias}: annualReport {{ enterprise {{ {inner} }} }}" for alias in "ab")


def _chain(length: int, body: str) -> str:
    links = " ".join(f"fragment F{n} on Enterprise {{ {body.replace('@', str(n + 1))} }}" for n in range(length))
    return f"{{ enterprises {{ nodes {{ ...F0 }} }} }} {links} fragment F{length} on Enterprise {{ uscc }}"


def _wrong() -> Iterator[Attack]:
    yield _document("990 unknown fields", "{ " + _numbered("enterprisez@", 900) + " }", BAD_INPUT)
    yield _document(
        "900 almost known fields", "{ enterprises { nodes { " + _numbered("u@scc", 900) + " } } }", BAD_INPUT
    )
    yield _document("600 unknown arguments", "{ units(" + _numbered("kin@: 1", 600) + ") { code } }")
    yield _document(
        "600 unknown conditions",
        "{ enterprises(filter: {" + _numbered("nam@: 1", 600) + "}) { totalCount } }",
    )
    unknown = "{" + _numbered("nam@: 1", 95) + "}"
    yield _document(
        "400 unknown conditions in pieces",
        f"{{ enterprises(filter: {{or: [{unknown * 4}]}}) {{ totalCount }} }}",
        BAD_INPUT,
    )
    words = " ".join(f'"{"x" * 90}"' for _ in range(1_000))
    yield _document("1,000 long words for an enumeration", f"{{ units(kind: [{words}]) {{ code }} }}", BAD_INPUT)
    yield _document("280 unknown types", _numbered("fragment F@ on T@ { a }", 280))


def _introspection() -> Iterator[Attack]:
    types = "{ __schema { types { fields { type { %s } } } } }"
    yield _document("introspection 50 types deep", types % ("ofType { " * 50 + "name" + " }" * 50))
    circle = "fields { type { " * 10 + "name" + " } }" * 10
    yield _document("introspection in a circle", f"{{ __schema {{ types {{ {circle} }} }} }}")
    everything = "types { name fields { name args { name type { name } } } }"
    yield _document("introspection 20 times over", "{ " + _numbered(f"a@: __schema {{ {everything} }}", 20) + " }")
    below = " ".join(f"a{n}: types {{ fields {{ b: name }} }}" for n in range(40))
    yield _document("introspection with 80 aliases", f"{{ __schema {{ {below} }} }}")
    yield _document("aliases like introspection", "{ settings { " + _numbered("__a@: __typename", 31) + " } }")


FILTERED: Final = (
    "query ($f: EnterpriseFilter, $o: [EnterpriseOrder!], $n: Int)"
    " { enterprises(filter: $f, orderBy: $o, first: $n) { totalCount } }"
)


def _variables() -> Iterator[Attack]:
    def given(name: str, variables: dict[str, Any], code: str = TOO_COMPLEX) -> Attack:
        return Attack(name, asked(FILTERED, variables), code)

    yield given("40,000 credit codes", {"f": {"uscc": ["91500000MA5U00000X"] * 40_000}})
    yield given("16,000 conditions", {"f": {"or": [{"name": ["a"]}] * 16_000}})
    yield given("300 conditions in a variable", {"f": {"or": [{"name": ["a"]}] * 300}})
    yield given("negations 200 deep in a variable", {"f": _nested("not", 200)})
    yield given("negations 30 deep in a variable", {"f": _nested("not", 30)})
    yield given("40,000 unknown conditions", {"f": {f"k{n}": 1 for n in range(40_000)}})
    yield given("9,000 unknown conditions", {"f": {f"k{n}": 1 for n in range(9_000)}}, BAD_INPUT)
    yield given("9,000 unknown conditions in pieces", {"f": {"or": [{f"k{n}": n for n in range(9)}] * 900}}, BAD_INPUT)
    yield given("20,000 steps of an order", {"o": [{"field": "NAME"}] * 16_000})
    yield given("ten long words for an enumeration", {"o": [{"field": "x" * 95_000}] * 10}, BAD_INPUT)
    yield given("a long word for a number", {"n": "9" * 900_000}, BAD_INPUT)
    yield given("a long name of a condition", {"f": {"x" * 900_000: 1}})
    yield given("100,000 unknown variables", {f"k{n}": 1 for n in range(49_000)})


def _nested(name: str, depth: int) -> dict[str, object]:
    inner: dict[str, object] = {}
    for _ in range(depth):
        inner = {name: inner}
    return inner


def _bodies() -> Iterator[Attack]:
    yield Attack("330,000 lists", b"[" + b"[]," * 330_000 + b"[]]")
    yield Attack("a list 900,000 deep", b"[" * 900_000)
    yield Attack("60,000 objects within objects", b"[" + b'{"a":{"a":[]}},' * 60_000 + b"1]")
    yield Attack("110,000 floats", b"[" + b"1.5e300," * 110_000 + b"1]")
    yield Attack("a number of a million digits", b'{"a":' + b"9" * 990_000 + b"}", BAD_INPUT)
    yield Attack("a batch of 11", orjson.dumps([{"query": "{ __typename }"}] * 11))
    same = asked("{ " + "units { code } " * 490 + "}")
    yield Attack("ten hostile documents in a batch", b"[" + b",".join([same] * 10) + b"]")
    yield Attack("a million bytes of nothing", b" " * 990_000, BAD_INPUT)
