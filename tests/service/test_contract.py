"""Each role its own contract: what introspection shows can be asked, and what it does not show is refused.

Both directions, for every field, argument, filter entry, sort value, export field and mutation of the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
)

from authz.principal import PUBLIC, Principal, Role
from resolvers.schema import core
from schema.custom_query import catalogue
from tests.fixtures.service import Answer, Service, serving
from tests.fixtures.town import ADMIN, ANALYST, BANK_A, DEPARTMENT, MUNICIPAL, QIMING, YUBEI
from tests.service.reaching import fields, filters, objects, orders, ways, whole

WHO = {who.role: who for who in (YUBEI, MUNICIPAL, QIMING, ADMIN, DEPARTMENT, BANK_A, ANALYST, PUBLIC)}
REFUSED = ("FORBIDDEN", "UNAUTHENTICATED")
EVERYTHING = core()

pytestmark = pytest.mark.parametrize("who", WHO.values(), ids=[role.value for role in WHO])


async def shown(town: Service, who: Principal) -> GraphQLSchema:
    """The schema that introspection shows."""
    return build_client_schema((await town.ask(get_introspection_query(descriptions=False), as_=who)).data)


def is_refused(answer: Answer) -> bool:
    """Whether the role may never have what was asked; then there is no data at all."""
    if answer.json.get("errors", [{}])[0].get("extensions", {}).get("code") not in REFUSED:
        return False
    assert answer.json.get("data") is None
    assert answer.errors[0]["path"]
    return True


async def test_every_field_it_shows_can_be_asked(town: Service, who: Principal) -> None:
    schema = await shown(town, who)
    for name, way in ways(schema).items():
        if way.before.startswith("mutation"):
            continue
        for part in in_parts([whole(each, field) for each, field in fields(schema, name).items()], 15):
            answer = await town.ask(way.asking(" ".join(part)), as_=who)
            assert "errors" not in answer.json, (name, answer.json["errors"])


async def test_every_field_it_does_not_show_is_refused(town: Service, who: Principal) -> None:
    schema = await shown(town, who)
    there, everywhere = ways(schema), ways(EVERYTHING)
    hidden = 0
    for kind in objects(EVERYTHING):
        own = fields(schema, kind.name)
        way = there.get(kind.name, everywhere[kind.name])
        for name, field in kind.fields.items():
            if name not in own:
                hidden += 1
                answer = await town.ask(way.asking(whole(name, field)), as_=who)
                assert is_refused(answer), (kind.name, name, answer.json)
    assert hidden > 0


async def test_every_mutation_it_shows_can_be_run_and_no_other(town_copy: str, who: Principal) -> None:
    async with serving(town_copy) as town:
        schema = await shown(town, who)
        own = fields(schema, "Mutation")
        for name, field in fields(EVERYTHING, "Mutation").items():
            answer = await town.ask(f"mutation {{ {whole(name, field)} }}", as_=who)
            assert is_refused(answer) == (name not in own), (name, answer.json)


async def test_filters_can_use_what_it_shows_and_nothing_else(town: Service, who: Principal) -> None:
    own = dict(filters(await shown(town, who)))
    await asked(town, who, own, dict(filters(EVERYTHING)))


async def test_orders_can_use_what_it_shows_and_nothing_else(town: Service, who: Principal) -> None:
    own = dict(orders(await shown(town, who)))
    await asked(town, who, own, dict(orders(EVERYTHING)))


async def asked(town: Service, who: Principal, own: Mapping[str, str], everything: Mapping[str, str]) -> None:
    assert own.keys() < everything.keys()
    for name, document in own.items():
        answer = await town.ask(document, as_=who)
        assert "errors" not in answer.json, (name, document, answer.json["errors"])
    for name in everything.keys() - own.keys():
        assert is_refused(await town.ask(everything[name], as_=who)), name


async def test_the_custom_query_ticks_what_export_fields_offers_and_nothing_else(town: Service, who: Principal) -> None:
    query = "query ($fields: [String!]) { customQuery(fields: $fields, first: 1) { nodes { values } } }"
    if who is PUBLIC:
        answer = await town.ask(query, {"fields": ["name"]}, as_=who)
        assert is_refused(answer)
        return
    offered = [each["name"] for each in (await town.ask("{ exportFields { name } }", as_=who)).data["exportFields"]]
    for part in in_parts(offered, 40):
        assert "errors" not in (await town.ask(query, {"fields": list(part)}, as_=who)).json
    everything = {name for role in Role for name in catalogue(role)}
    for name in everything.difference(offered):
        answer = await town.ask(query, {"fields": [name]}, as_=who)
        assert is_refused(answer), name
        assert answer.errors[0]["path"] == ["customQuery", "nodes", "values"]
    unknown = await town.ask(query, {"fields": ["name", "noSuchField"]}, as_=who)
    assert unknown.code == "BAD_USER_INPUT"
    assert unknown.errors[0]["path"] == ["customQuery", "nodes", "values"]


async def test_what_it_shows_hangs_together_and_is_part_of_the_whole(town: Service, who: Principal) -> None:
    schema = await shown(town, who)
    reached = ways(schema)
    for name, kind in schema.type_map.items():
        other = EVERYTHING.type_map[name]
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            assert name in reached
            assert kind.fields
            assert isinstance(other, GraphQLObjectType)
            for each, field in kind.fields.items():
                assert str(field.type) == str(other.fields[each].type)
                assert field.args.keys() <= other.fields[each].args.keys()
        elif isinstance(kind, GraphQLInputObjectType | GraphQLEnumType):
            members: Mapping[str, Any] = kind.fields if isinstance(kind, GraphQLInputObjectType) else kind.values
            assert members.keys() - {"and", "or", "not"}, name


async def test_a_type_it_does_not_show_is_null(town: Service, who: Principal) -> None:
    schema = await shown(town, who)
    for name in EVERYTHING.type_map:
        answer = await town.ask("query ($n: String!) { __type(name: $n) { name } }", {"n": name}, as_=who)
        assert answer.data == {"__type": {"name": name} if name in schema.type_map else None}


def in_parts(names: list[str], size: int) -> Iterable[list[str]]:
    """The list in pieces that no limit refuses."""
    return (names[start : start + size] for start in range(0, len(names), size))
