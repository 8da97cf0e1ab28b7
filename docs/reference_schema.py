"""Reference pages of the schema: types, inputs, enumerations, who sees what. Each row is read from a declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_scalar_type,
)

from authz.principal import Role
from authz.rules import EVERYONE
from schema.custom_query import catalogue, default_fields
from schema.declare import Column
from service.markdown import code, table
from service.matrix import Matrix, markdown
from service.policy import declaration, mutations, policy, rule_of

ROLES = tuple(Role)

INDEX = """# Reference

Written from the code by `make reference`; a test fails when a page is stale.

| page | what it lists |
| --- | --- |
| [schema.md](schema.md) | every type, field, argument and enumeration, with label, unit and rule |
| [policy.md](policy.md) | who sees what: rows and fields by role |
| [export-fields.md](export-fields.md) | what the custom query (自定义查询) may tick |
| [schema.graphql](schema.graphql) | the schema as text, what `keqi schema` prints: a change to it shows in a review |
| [settings.md](settings.md) | every `KEQI_*` variable |
| [limits.md](limits.md) | what one request may cost |
| [errors.md](errors.md) | every error code |
| [cli.md](cli.md) | every command |
"""

SCHEMA = """# Schema

A type written `X!` is never null. Amounts are `Decimal`, a string on the wire, in the unit beside them; a ratio is a
fraction (`0.05` is 5 %). *Who sees it* names the rule; [policy.md](policy.md) spells it out by role.
"""

POLICY = """# Who sees what

What `keqi policy --format markdown` prints.

"""

EXPORT_FIELDS = """# What the custom query may tick

Names for `customQuery(fields: […])`, as `exportFields` offers them to each role. A field's own rule holds in each row.

"""


def pages(schema: GraphQLSchema) -> dict[str, str]:
    """The index, the schema, the policy and the export catalogue, by file name."""
    return {
        "index.md": INDEX,
        "schema.md": types(schema),
        "policy.md": who_sees_what(schema),
        "export-fields.md": export_fields(),
    }


# ── types ───────────────────────────────────────────────────────────────────────────────────────


def types(schema: GraphQLSchema) -> str:
    """Root fields first, then types, inputs, enumerations, scalars, each by name."""
    ours = own_types(schema)
    roots = [kind for kind in (schema.query_type, schema.mutation_type, schema.subscription_type) if kind]
    objects = [each for each in ours if isinstance(each, GraphQLObjectType) and each not in roots]
    return "\n".join(
        [
            SCHEMA,
            *(object_section(each) for each in roots),
            *(object_section(each) for each in objects),
            *(input_section(each) for each in ours if isinstance(each, GraphQLInputObjectType)),
            *(enum_section(each) for each in ours if isinstance(each, GraphQLEnumType)),
            scalar_section(each for each in ours if isinstance(each, GraphQLScalarType)),
        ]
    )


def own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """Types that are not GraphQL's or federation's own, by name."""
    return [
        each
        for name, each in sorted(schema.type_map.items())
        if not name.startswith("_") and not (isinstance(each, GraphQLScalarType) and is_specified_scalar_type(each))
    ]


def object_section(kind: GraphQLObjectType) -> str:
    """One object type: a row a field."""
    rows = [
        (
            code(name) + arguments(field.args),
            code(written(field)),
            field.description or "",
            unit(field),
            seen_by(kind, field),
        )
        for name, field in kind.fields.items()
        if not name.startswith("_")
    ]
    return heading(kind) + table(("field", "type", "meaning", "unit", "who sees it"), rows)


def input_section(kind: GraphQLInputObjectType) -> str:
    """One input type: a row an entry."""
    rows = [(code(name), code(written(field)), field.description or "") for name, field in kind.fields.items()]
    return heading(kind) + table(("entry", "type", "meaning"), rows)


def enum_section(kind: GraphQLEnumType) -> str:
    """One enumeration: a row a value."""
    return heading(kind) + table(
        ("value", "meaning"), [(code(name), value.description or "") for name, value in kind.values.items()]
    )


def scalar_section(kinds: Iterator[GraphQLScalarType]) -> str:
    """All scalars in one table."""
    return "## Scalars\n\n" + table(
        ("scalar", "meaning"), [(code(each.name), each.description or "") for each in kinds]
    )


def heading(kind: GraphQLNamedType) -> str:
    """A section's heading and description."""
    return f"## {kind.name}\n\n" + (f"{kind.description}\n\n" if kind.description else "")


def arguments(args: Mapping[str, GraphQLArgument]) -> str:
    """A field's arguments, after its name."""
    return "".join(f"<br>{code(f'{name}: {written(arg)}')}" for name, arg in args.items())


def written(typed: GraphQLField | GraphQLInputField | GraphQLArgument) -> str:
    """A type as the schema writes it."""
    return str(cast("Any", typed).type)


def unit(field: object) -> str:
    """The unit of a number, as its form states it."""
    found = declaration(field)
    return (found.unit or "") if isinstance(found, Column) else ""


def seen_by(kind: GraphQLObjectType, field: object) -> str:
    """The rule's name, with the consent it asks for; nothing where everyone who sees the row sees the field."""
    rule = rule_of(kind, field)
    if rule is None or rule is EVERYONE:
        return ""
    return code(rule.visibility.value) + (f" {code(rule.consent.value)}" if rule.consent else "")


# ── what may be ticked ──────────────────────────────────────────────────────────────────────────


def export_fields() -> str:
    """The custom query's fields, in the order offered, with the roles that are not offered one."""
    offered = {role: catalogue(role) for role in ROLES if catalogue(role)}
    every = {name: entry for entries in offered.values() for name, entry in entries.items()}
    defaults = {name for role in offered for name in default_fields(role)}
    rows = [
        (
            code(name),
            entry.label,
            entry.unit or "",
            entry.group,
            code(entry.type),
            "✓" if name in defaults else "",
            " ".join(role.label for role, entries in offered.items() if name not in entries),
        )
        for name, entry in every.items()
    ]
    return EXPORT_FIELDS + table(("name", "label", "unit", "group", "type", "default", "not offered to"), rows)


# ── who sees what ───────────────────────────────────────────────────────────────────────────────


def who_sees_what(schema: GraphQLSchema) -> str:
    """Rows, fields and mutations by role, as the rules state them."""
    return POLICY + markdown(Matrix(policy(schema), mutations(schema)))
