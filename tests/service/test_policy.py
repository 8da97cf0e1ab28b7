"""``keqi policy``: the matrix says what the service does."""

from __future__ import annotations

from typing import cast

import httpx
import pytest
from graphql import GraphQLSchema

from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import Verdict
from resolvers.schema import build
from service.policy import policy
from tests.service.conftest import as_, run_keqi

MATRIX = {each.name: each for each in policy(cast("GraphQLSchema", vars(build())["_schema"]))}
SCOPES: dict[Role, tuple[tuple[str, ...], dict[str, str]]] = {
    Role.DISTRICT_OFFICER: (("500112",), {}),
    Role.ENTERPRISE_USER: ((), {"uscc": "91500112MAA6FAGQ4K"}),
    Role.BANK_USER: ((), {"bank": "BANK_LJ"}),
    Role.DEPARTMENT_OFFICER: ((), {"department": "IP"}),
}
ENTERPRISE_VALUES = ("uscc", "registeredCapital", "businessScope", "researchContactMobile", "contactIdNumber")


def verdict(of: str, field: str, role: Role) -> Verdict | Predicate:
    found = next(each for each in MATRIX[of].fields if field in each.fields)
    return found.verdicts[list(Role).index(role)]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
@pytest.mark.parametrize("field", ENTERPRISE_VALUES)
def test_what_the_matrix_refuses_the_service_refuses_and_nothing_else(
    http: httpx.Client, role: Role, field: str
) -> None:
    units, scope = SCOPES.get(role, ((), {}))
    asked = {"query": f"{{ enterprises(first: 1) {{ nodes {{ {field} }} }} }}"}
    answer = http.post("/graphql", json=asked, headers=as_(role, *units, **scope)).json()
    if verdict("Enterprise", field, role) is Verdict.NEVER:
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "data" not in answer
    else:
        assert "errors" not in answer


def test_the_table_has_a_line_a_field_and_a_reason_a_sign() -> None:
    told = run_keqi("policy", "Enterprise", "ReviewRecord")
    assert told.returncode == 0
    for name in (name for of in ("Enterprise", "ReviewRecord") for each in MATRIX[of].fields for name in each.fields):
        assert sum(line.split()[:1] == [name] for line in told.stdout.splitlines()) >= 1, name
    assert "① " in told.stdout
    assert "own_units" in told.stdout


def test_roles_can_be_picked_and_a_wrong_type_is_refused() -> None:
    told = run_keqi("policy", "Unit", "--role", "bank_user")
    assert Role.BANK_USER.label in told.stdout
    assert Role.ANALYST.label not in told.stdout
    assert run_keqi("policy", "Nonsense").returncode == 2
