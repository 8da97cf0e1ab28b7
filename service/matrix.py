"""The matrix of ``service/policy.py`` as text: markdown for people and the reference, JSON for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import Verdict
from service.markdown import code, table
from service.policy import PLACES, FieldPolicy, MutationPolicy, TypePolicy, conditions, rules_of

SIGNS = {Verdict.FULL: "F", Verdict.MASKED: "M", Verdict.NEVER: "–"}

HOW_TO_READ = """F: in full. M: masked. –: asking is refused (`FORBIDDEN`). A name in code: only in rows where that
condition holds, else null and named in `extensions.redacted`. Everything is within the rows of the first table; what is
reached only through another record (a tab, a list of a report) is within that record's rows.
"""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The types and mutations chosen, for the roles chosen."""

    types: list[TypePolicy]
    mutations: list[MutationPolicy]
    roles: tuple[Role, ...] = tuple(Role)


# ── markdown ────────────────────────────────────────────────────────────────────────────────────


def markdown(matrix: Matrix) -> str:
    """A section a type, after the rows of all of them; then mutations, rules and conditions with their reasons."""
    heads = [role.label for role in matrix.roles]
    parts = [
        HOW_TO_READ,
        "## Rows\n",
        table(("type", *heads), [_rows_of(each, matrix.roles) for each in matrix.types]),
        *(_fields_of(each, matrix.roles) for each in matrix.types),
    ]
    if matrix.mutations:
        parts += ["## Mutations\n", table(("mutation", "action", *heads), _mutations_of(matrix))]
    parts += ["## Rules\n", table(("rule", "meaning"), _legend(rules_of(matrix.types)))]
    if named := conditions(matrix.types, matrix.roles):
        parts += ["## Conditions\n", table(("condition", "meaning"), _legend(named))]
    return "\n".join(parts)


def _legend(reasons: dict[str, str]) -> list[tuple[str, str]]:
    return [(code(name), reason) for name, reason in reasons.items()]


def _rows_of(found: TypePolicy, roles: tuple[Role, ...]) -> list[str]:
    """Which rows of a type each role gets."""
    chosen = [found.rows[PLACES[role]] for role in roles]
    cells = [SIGNS[Verdict.NEVER] if rows is None else " ".join(code(each.name) for each in rows) for rows in chosen]
    return [found.name, *(cell or "all" for cell in cells)]


def _fields_of(found: TypePolicy, roles: tuple[Role, ...]) -> str:
    """One type's fields with each role's verdict; fields of one rule share a line."""
    rows = [
        (
            ", ".join(code(name) for name in each.fields),
            code(each.rule),
            *(_sign(each.verdicts[PLACES[role]]) for role in roles),
        )
        for each in found.fields
    ]
    return f"## {found.name}\n\n" + table(("fields", "rule", *(role.label for role in roles)), rows)


def _sign(verdict: Verdict | Predicate) -> str:
    return code(verdict.name) if isinstance(verdict, Predicate) else SIGNS[verdict]


def _mutations_of(matrix: Matrix) -> list[list[str]]:
    return [
        [
            code(each.name),
            f"{code(each.action.value)} {each.action.label}",
            *(SIGNS[Verdict.FULL if each.allowed[PLACES[role]] else Verdict.NEVER] for role in matrix.roles),
        ]
        for each in matrix.mutations
    ]


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def as_json(matrix: Matrix) -> bytes:
    """The same, a cell a verdict and its reason."""
    told = {
        "roles": {role.value: role.label for role in matrix.roles},
        "rules": rules_of(matrix.types),
        "conditions": conditions(matrix.types, matrix.roles),
        "types": [_type(each, matrix.roles) for each in matrix.types],
        "mutations": [
            {
                "mutation": each.name,
                "action": each.action.value,
                "label": each.action.label,
                "allowed": {role.value: each.allowed[PLACES[role]] for role in matrix.roles},
            }
            for each in matrix.mutations
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _type(found: TypePolicy, roles: tuple[Role, ...]) -> dict[str, Any]:
    chosen = {role.value: found.rows[PLACES[role]] for role in roles}
    return {
        "type": found.name,
        "label": found.label,
        "scope": found.scope,
        "rows": {role: None if rows is None else [each.name for each in rows] for role, rows in chosen.items()},
        "fields": [
            {"field": name, "rule": group.rule, "cells": {role.value: _cell(group, role) for role in roles}}
            for group in found.fields
            for name in group.fields
        ],
    }


def _cell(group: FieldPolicy, role: Role) -> dict[str, str]:
    verdict, reason = group.verdicts[PLACES[role]], group.reasons[PLACES[role]]
    if isinstance(verdict, Predicate):
        return {"verdict": "CONDITION", "condition": verdict.name, "reason": reason}
    return {"verdict": verdict.value, "reason": reason}
