"""Suggestions in GraphQL's own errors ("Did you mean"): only those whose every name the role may see.

graphql-core knows no roles, and validation runs once for all of them; so what it suggests is looked through here.
"""

from __future__ import annotations

import functools
import re

from strawberry.utils.str_converters import to_snake_case

from authz.principal import Role
from authz.rules import Verdict
from resolvers.schema import core
from service.policy import policy

_SUGGESTION = re.compile(r" ?Did you mean [^?]*\?")
_NAME = re.compile(r"'([^']*)'")
MADE_OF_A_TYPE = ("", "Filter", "ListFilter", "Order", "OrderField", "Connection", "Edge")
"""Endings of the types that every row type brings along."""


def without_hidden(message: str, role: Role) -> str:
    """The message without a suggestion that names something hidden from the role."""

    def kept(suggestion: re.Match[str]) -> str:
        return "" if hidden_names(role).intersection(_NAME.findall(suggestion[0])) else suggestion[0]

    return _SUGGESTION.sub(kept, message)


@functools.cache
def hidden_names(role: Role) -> frozenset[str]:
    """Types, fields and the orders by them of which no type shows the role anything."""
    place = list(Role).index(role)
    seen: set[str] = set()
    hidden: set[str] = set()
    for each in policy(core()):
        names = hidden if each.rows[place] is None else seen
        names.update(each.name + ending for ending in MADE_OF_A_TYPE)
        for group in each.fields:
            (hidden if group.verdicts[place] is Verdict.NEVER else seen).update(group.fields)
    unseen = hidden - seen
    return frozenset(unseen | {to_snake_case(name).upper() for name in unseen})
