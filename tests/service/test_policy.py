"""``keqi policy``: the matrix says what the service does."""

from __future__ import annotations

import json

import httpx
import pytest

from authz.predicates import Predicate
from authz.principal import Role
from authz.rules import Verdict
from docs.reference_schema import who_sees_what
from resolvers.schema import core
from service.matrix import Matrix, markdown
from service.policy import mutations, policy
from tests.service.conftest import as_, run_keqi

MATRIX = {each.name: each for each in policy(core())}
SCOPES: dict[Role, tuple[tuple[str, ...], dict[str, str]]] = {
    Role.DISTRICT_OFFICER: (("500112",), {}),
    Role.ENTERPRISE_USER: ((), {"uscc": "91500112MAA6FAGQ4K"}),
    Role.BANK_USER: ((), {"bank": "BANK_LJ"}),
    Role.DEPARTMENT_OFFICER: ((), {"department": "IP"}),
}
ENTERPRISE_VALUES = ("uscc", "registeredCapital", "businessScope", "researchContactMobile", "contactIdNumber")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
@pytest.mark.parametrize("field", ENTERPRISE_VALUES)
def test_what_the_matrix_refuses_the_service_refuses_and_nothing_else(
    http: httpx.Client, role: Role, field: str
) -> None:
    units, scope = SCOPES.get(role, ((), {}))
    asked = {"query": f"{{ enterprises(first: 1) {{ nodes {{ {field} }} }} }}"}
    answer = http.post("/graphql", json=asked, headers=as_(role, *units, **scope)).json()
    if MATRIX["Enterprise"].verdict(field, role) is Verdict.NEVER:
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
    assert "Mutation" not in told.stdout
    assert run_keqi("policy", "Nonsense").returncode == 2
    assert run_keqi("policy", "--format", "xml").returncode == 2


def test_json_has_every_cell_with_its_rule_verdict_and_reason() -> None:
    told = json.loads(run_keqi("policy", "--format", "json").stdout)
    assert list(told["roles"]) == [role.value for role in Role]
    assert {each["type"] for each in told["types"]} == MATRIX.keys()
    for of in told["types"]:
        expected = [name for group in MATRIX[of["type"]].fields for name in group.fields]
        assert [each["field"] for each in of["fields"]] == expected
        for each in of["fields"]:
            assert each["rule"] in told["rules"]
            assert list(each["cells"]) == list(told["roles"])
            for role, cell in each["cells"].items():
                verdict = MATRIX[of["type"]].verdict(each["field"], Role(role))
                if isinstance(verdict, Predicate):
                    assert cell == {"verdict": "CONDITION", "condition": verdict.name, "reason": verdict.reason}
                else:
                    assert cell["verdict"] == verdict.value
                assert len(cell["reason"]) > 3
    reveal = next(each for each in told["mutations"] if each["mutation"] == "revealContact")
    assert {role for role, may in reveal["allowed"].items() if may} == {"MUNICIPAL_OFFICER", "PLATFORM_ADMIN"}


@pytest.mark.parametrize(
    ("of", "field", "role", "reason"),
    [
        (
            "Enterprise",
            "researchContactMobile",
            Role.BANK_USER,
            "合作银行不在可见范围内（个人信息：本单位区县科技局和企业本身可见，其他人看到脱敏值）",
        ),
        ("Enterprise", "annualReport", Role.PLATFORM_ADMIN, "平台管理员看不到任何“科技信息年报”"),
        ("ReviewRecord", "opinion", Role.ANALYST, "统计分析看不到任何“审批意见”"),
        ("Enterprise", "registeredCapital", Role.BANK_USER, "企业已向本银行授权“基本信息”数据"),
        ("Query", "enterprises", Role.PUBLIC, "公众看不到任何“企业”"),
        ("Enterprise", "size", Role.DEPARTMENT_OFFICER, "看得到这一行的人都可以看到；已审核通过"),
    ],
)
def test_a_cells_reason_is_a_persons_sentence(of: str, field: str, role: Role, reason: str) -> None:
    cells = json.loads(run_keqi("policy", of, "--role", role.value, "--format", "json").stdout)["types"][0]["fields"]
    assert next(each for each in cells if each["field"] == field)["cells"][role.value]["reason"] == reason


def test_markdown_is_what_the_reference_shows() -> None:
    told = run_keqi("policy", "--format", "markdown").stdout
    assert told == markdown(Matrix(policy(core()), mutations(core())))
    assert told in who_sees_what(core())
    for of, found in MATRIX.items():
        assert f"## {of}\n" in told
        assert all(f"`{name}`" in told for each in found.fields for name in each.fields)
    assert "## Mutations" in told
    assert "`exportWorkbook`" in told
