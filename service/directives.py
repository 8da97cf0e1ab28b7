"""What the SDL says beside a type or a field: its unit, who sees it, and what a gateway may ask of the caller.

All of it is read from the declarations, the rules and the scopes; nothing is written by hand at a field. The security
directives are those of Apollo's federation specification: of a list of lists, the outer lists are alternatives and all
entries of an inner one are needed. They repeat the rules for gateways; the service enforces its rules itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from graphql import GraphQLObjectType, GraphQLSchema

from authz.predicates import CONSENTED_TO, Predicate
from authz.principal import PUBLIC, Role
from authz.rules import EVERYONE, Rule, Verdict, Visibility
from db.enums import ConsentScope
from schema.declare import Column
from service.contract import contract
from service.policy import TypePolicy, declaration, rule_name, rule_of

ANYWHERE = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
DEFINITIONS = {
    "unit": '"""数值的单位"""\ndirective @unit(name: String!) on FIELD_DEFINITION',
    "authenticated": f'"""需要登录"""\ndirective @authenticated on {ANYWHERE}',
    "requiresScopes": (
        '"""需要其中任一组的全部范围"""\n'
        f"directive @requiresScopes(scopes: [[federation__Scope!]!]!) on {ANYWHERE}\nscalar federation__Scope"
    ),
    "policy": (
        '"""需要其中任一组的全部规则"""\n'
        f"directive @policy(policies: [[federation__Policy!]!]!) on {ANYWHERE}\nscalar federation__Policy"
    ),
}
"""Definitions by directive, in GraphQL's schema language; security's are as federation has them."""

VISIBLE = '"""谁可以看到字段的值，银行需企业何种授权"""\ndirective @visible(to: Visibility!{}) on FIELD_DEFINITION'

_CONSENT_OF = {predicate.name: scope for scope, predicate in CONSENTED_TO.items()}


class Marks:
    """The directives of one printed schema, for ``roles``: what concerns other roles alone is not told."""

    def __init__(self, matrix: Mapping[str, TypePolicy], roles: tuple[Role, ...], *, security: bool) -> None:
        self._matrix = matrix
        self._roles = roles
        self._security = security
        self._open = contract(PUBLIC.role)
        self._used: set[str] = set()
        self._visible: dict[Visibility, None] = {}
        self._consents: dict[ConsentScope, None] = {}

    def of_type(self, kind: GraphQLObjectType) -> str:
        """What stands beside a type's name."""
        return self._mark("authenticated") if self._security and kind.name not in self._open.type_map else ""

    def of_field(self, kind: GraphQLObjectType, name: str) -> str:
        """What stands beside a field's type."""
        field = kind.fields[name]
        declared, rule = declaration(field), rule_of(kind, field)
        found: list[str] = []
        if rule is not None and rule is not EVERYONE:
            found.append(self._visible_to(rule))
        if isinstance(declared, Column) and declared.unit is not None:
            found.append(self._mark("unit", f"name: {_written(declared.unit)}"))
        if self._security:
            found += self._needed(kind, name, rule)
        return " ".join(found)

    def definitions(self, schema: GraphQLSchema) -> str:
        """The definitions of the directives that stand somewhere, with the enumerations of their arguments."""
        found = [text for name, text in DEFINITIONS.items() if name in self._used]
        if self._visible:
            found.append(VISIBLE.format(", consent: ConsentScope" if self._consents else ""))
            found.append(_enumeration("Visibility", "谁可以看到字段的值", {each.value: None for each in self._visible}))
        if self._consents and "ConsentScope" not in schema.type_map:
            labels = {each.value: each.label for each in self._consents}
            found.append(_enumeration("ConsentScope", "数据授权范围", labels))
        return "\n\n".join(found)

    def _visible_to(self, rule: Rule) -> str:
        self._visible[rule.visibility] = None
        if rule.consent is None:
            return self._mark("visible", f"to: {rule.visibility.value}")
        self._consents[rule.consent] = None
        return self._mark("visible", f"to: {rule.visibility.value}, consent: {rule.consent.value}")

    def _needed(self, kind: GraphQLObjectType, name: str, rule: Rule | None) -> Iterator[str]:
        opened = self._open.get_type(kind.name)
        if isinstance(opened, GraphQLObjectType) and name not in opened.fields:
            yield self._mark("authenticated")
        if rule is None or rule is EVERYONE:
            return
        if rule.consent is None:
            yield self._mark("policy", f"policies: {_written([[rule_name(rule)]])}")
        else:
            yield self._mark("requiresScopes", f"scopes: {_written(self.scopes(kind.name, name))}")

    def _mark(self, directive: str, arguments: str = "") -> str:
        self._used.add(directive)
        return f"@{directive}({arguments})" if arguments else f"@{directive}"

    def scopes(self, kind: str, field: str) -> list[list[str]]:
        """Who gets a field that a consent may open: a role by its office, or a role together with the consent."""
        found: list[list[str]] = []
        for role in self._roles:
            verdict = self._matrix[kind].verdict(field, role)
            if isinstance(verdict, Predicate):
                found.append([f"role:{role.value}", f"consent:{_CONSENT_OF[verdict.name].value}"])
            elif verdict is not Verdict.NEVER:
                found.append([f"role:{role.value}"])
        return found


def _enumeration(name: str, description: str, values: Mapping[str, str | None]) -> str:
    lines = [f'"""{label}"""\n{value}' if label else value for value, label in values.items()]
    return f'"""{description}"""\nenum {name} {{\n' + "\n".join(lines) + "\n}"


def _written(value: object) -> str:
    """Texts and lists of texts as GraphQL writes them, which is as JSON does."""
    return json.dumps(value, ensure_ascii=False)
