"""How to ask for anything that a schema has: the shortest way to each type, and a sample of each input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)

from tests.fixtures.rows import uscc

SAMPLES = {
    "ID": f'"{uscc(1)}"',
    "String": '"x"',
    "Int": "2022",
    "Boolean": "true",
    "Decimal": "1",
    "Date": '"2022-01-01"',
    "DateTime": '"2022-01-01T00:00:00Z"',
    "YearMonth": '"2022-01"',
    "JSON": "{}",
}
COMBINING = ("and", "or", "not")


@dataclass(frozen=True, slots=True)
class Way:
    """A selection that ends inside a type: ``before`` and ``after`` what is asked of it."""

    before: str
    after: str

    def asking(self, selection: str) -> str:
        """The document that asks this of the type."""
        return f"{self.before} {{ {selection} }}{self.after}"

    def into(self, field: str) -> Way:
        """One field further."""
        return Way(f"{self.before} {{ {field}", f" }}{self.after}")


def named(typed: Any) -> GraphQLNamedType:
    """The type of a field, entry or argument, without lists and requirements."""
    return cast("GraphQLNamedType", get_named_type(typed.type))


DEAR = ("libraries",)
"""Fields that lead where others do, at the price of eight libraries instead of one."""


def ways(schema: GraphQLSchema) -> dict[str, Way]:
    """The shortest way to each object type, queries before mutations."""
    found: dict[str, Way] = {}
    for root, word in ((schema.query_type, "query"), (schema.mutation_type, "mutation")):
        if root is None:
            continue
        found[root.name] = Way(word, "")
        pending = [root]
        while pending:
            kind = pending.pop(0)
            for name, field in sorted(kind.fields.items(), key=lambda each: each[0] in DEAR):
                target = named(field)
                if isinstance(target, GraphQLObjectType) and target.name not in found:
                    found[target.name] = found[kind.name].into(call(name, field))
                    pending.append(target)
    return found


def fields(schema: GraphQLSchema, name: str) -> Mapping[str, GraphQLField]:
    """The fields of a type; none where there is no such type."""
    kind = schema.get_type(name)
    return kind.fields if isinstance(kind, GraphQLObjectType) else {}


def objects(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """The object types that are not GraphQL's own."""
    return [
        kind
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
    ]


def call(name: str, field: GraphQLField) -> str:
    """A field with the arguments it cannot do without."""
    given = [
        f"{key}: {sample(cast('Any', each).type)}" for key, each in field.args.items() if is_required_argument(each)
    ]
    return f"{name}({', '.join(given)})" if given else name


def whole(name: str, field: GraphQLField) -> str:
    """A field with the least that can be selected of it."""
    kind = named(field)
    return f"{call(name, field)} {{ __typename }}" if isinstance(kind, GraphQLObjectType) else call(name, field)


def sample(kind: Any) -> str:
    """A value of an input type as a document writes it, with a condition in it where there can be one."""
    if isinstance(kind, GraphQLNonNull):
        return sample(cast("Any", kind).of_type)
    if isinstance(kind, GraphQLList):
        return f"[{sample(cast('Any', kind).of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return "{" + _entry(kind) + "}"
    return SAMPLES[kind.name]


def _entry(kind: GraphQLInputObjectType) -> str:
    """The required entries of an input; where there are none, one that leads nowhere further."""
    required = [name for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)]
    plain = [name for name, field in kind.fields.items() if not isinstance(named(field), GraphQLInputObjectType)]
    chosen = required or plain[:1] or list(kind.fields)[:1]
    return ", ".join(f"{name}: {sample(kind.fields[name].type)}" for name in chosen)


def filters(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every entry of every filter, and a document that uses it in the first list that takes it."""
    for (kind, name), arguments in _entries(schema, "filter").items():
        yield f"{kind}.{name}", arguments


def orders(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every value of every order, and a document that sorts by it."""
    for (kind, name), document in _entries(schema, "orderBy").items():
        yield f"{kind}.{name}", document


def _entries(schema: GraphQLSchema, argument: str) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    places = ways(schema)
    for kind in objects(schema):
        for name, field in kind.fields.items():
            if argument in field.args:
                for owner, entry, value in _values(named(field.args[argument])):
                    asked = f"{name}(first: 1, {argument}: {value}) {{ totalCount }}"
                    found.setdefault((owner, entry), places[kind.name].asking(asked))
    return found


def _values(kind: GraphQLNamedType) -> Iterator[tuple[str, str, str]]:
    """The entries of a filter or of an order, with a value that uses each, and those of the filters within."""
    if "field" in cast("GraphQLInputObjectType", kind).fields:
        fields = cast("GraphQLEnumType", named(cast("GraphQLInputObjectType", kind).fields["field"]))
        yield from ((fields.name, value, f"[{{field: {value}}}]") for value in fields.values)
        return
    pending, seen = [(cast("GraphQLInputObjectType", kind), "{", "}")], {kind.name}
    while pending:
        owner, before, after = pending.pop(0)
        for name, field in owner.fields.items():
            yield owner.name, name, f"{before}{name}: {sample(field.type)}{after}"
            inner = named(field)
            if isinstance(inner, GraphQLInputObjectType) and inner.name not in seen and name not in COMBINING:
                seen.add(inner.name)
                pending.append((inner, f"{before}{name}: {{", f"}}{after}"))
