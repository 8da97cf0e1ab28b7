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
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_scalar_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import EVERYONE, Rule, Verdict
from docs.markdown import code, table
from schema.custom_query import catalogue, default_fields
from schema.declare import Column, Declared, Relation, Row, declared

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF

SIGNS = {Verdict.FULL: "F", Verdict.MASKED: "M", Verdict.NEVER: "–"}
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

F: in full. M: masked. –: asking is refused (`FORBIDDEN`). A name in code: only in rows where that condition holds, else
null and named in `extensions.redacted`. Everything is within the rows of the first table, and what is reached only
through another record (a tab, a list of a report) is within that record's rows.
"""

EXPORT_FIELDS = """# What the custom query may tick

Names for `customQuery(fields: […])`, as `exportFields` offers them to each role. A field's own rule holds in each row.

"""


def pages(schema: GraphQLSchema) -> dict[str, str]:
    """The index, the schema, the policy and the export catalogue, by file name."""
    return {
        "index.md": INDEX,
        "schema.md": types(schema),
        "policy.md": policy(schema),
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


def named_type(field: GraphQLField) -> GraphQLNamedType:
    """What a field leads to, whether one, many or never null."""
    kind: object = cast("Any", field).type
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = cast("Any", kind).of_type
    return cast("GraphQLNamedType", kind)


def declaration(field: object) -> Declared | None:
    """What a GraphQL field was declared as; none where it is an ordinary one."""
    extensions = cast("Mapping[str, object]", getattr(field, "extensions", {}))
    definition = extensions.get(DEFINITION)
    return declared(definition) if isinstance(definition, StrawberryField) else None


def unit(field: object) -> str:
    """The unit of a number, as its form states it."""
    found = declaration(field)
    return (found.unit or "") if isinstance(found, Column) else ""


def row_class(kind: GraphQLNamedType) -> type[Row] | None:
    """The class behind a type that stands for rows; none for others."""
    definition = kind.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    origin = definition.origin
    return origin if issubclass(origin, Row) else None


def rule_of(kind: GraphQLObjectType, field: object) -> Rule | None:
    """The rule a field follows: its own; else, for a value, its type's. None where the type is no row."""
    row, found = row_class(kind), declaration(field)
    if row is None or found is None:
        return None
    if isinstance(found, Column | Relation) and found.rule is not None:
        return found.rule
    return row.__row__.rule if isinstance(found, Column) else EVERYONE


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


def policy(schema: GraphQLSchema) -> str:
    """Rows and fields by role, as the rules state them."""
    kinds = [each for each in own_types(schema) if isinstance(each, GraphQLObjectType) and row_class(each)]
    return "\n".join(
        [
            POLICY,
            "## Rows\n",
            table(("type", *(role.label for role in ROLES)), [rows_of(each) for each in kinds]),
            *(fields_of(each) for each in kinds),
            "## Conditions\n",
            table(("condition", "meaning"), sorted(conditions(kinds).items())),
        ]
    )


def rows_of(kind: GraphQLObjectType) -> list[str]:
    """Which rows of a type each role gets."""
    row = row_class(kind)
    scope = row.__row__.scope if row else None
    cells = [kind.name]
    for role in ROLES:
        predicates = scope.of(role) if scope else None
        cells.append("–" if predicates is None else " ".join(code(each.name) for each in predicates) or "all")
    return cells


def fields_of(kind: GraphQLObjectType) -> str:
    """One type's fields with each role's verdict; fields of one rule share a line."""
    by_rule: dict[tuple[str, ...], list[str]] = {}
    for name, field in kind.fields.items():
        rule = rule_of(kind, field)
        if rule is not None:
            by_rule.setdefault(tuple(verdict(kind, field, rule, role) for role in ROLES), []).append(code(name))
    rows = [(", ".join(names), *verdicts) for verdicts, names in by_rule.items()]
    return f"## {kind.name}\n\n" + table(("fields", *(role.label for role in ROLES)), rows)


def verdict(kind: GraphQLObjectType, field: GraphQLField, rule: Rule, role: Role) -> str:
    """One cell: what a role gets of a field, if it gets rows of its type, and of the type it leads to, at all."""
    rows = [row_class(kind), row_class(named_type(field))]
    if any(row.__row__.scope.of(role) is None for row in rows if row is not None):
        return SIGNS[Verdict.NEVER]
    found = rule.verdict(role)
    return code(found.name) if isinstance(found, Predicate) else SIGNS[found]


def conditions(kinds: list[GraphQLObjectType]) -> dict[str, str]:
    """Every predicate that rows or fields name, with its reason."""
    named: dict[str, str] = {}
    for kind in kinds:
        row = row_class(kind)
        scoped = [each for role in ROLES for each in (row.__row__.scope.of(role) or ())] if row else []
        ruled = [
            rule.verdict(role) for field in kind.fields.values() if (rule := rule_of(kind, field)) for role in ROLES
        ]
        named.update({code(each.name): each.reason for each in (*scoped, *ruled) if isinstance(each, Predicate)})
    return named
