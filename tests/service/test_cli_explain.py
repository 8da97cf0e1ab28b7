"""``keqi explain``: a query's plan in a role, told to people and to machines, without running it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from authz.principal import Role
from tests.service.conftest import SECRET, run_keqi
from tests.service.test_cli import SCOPES

BANK = ("--role", "BANK_USER", "--bank", "BANK_LJ")
CANARY = "金丝雀公司"
QUERY = """
query Page($search: String) {
  enterprises(first: 5, filter: {search: $search}) {
    totalCount
    nodes { name legalRepresentative annualReport(year: 2022) { operation { operatingRevenue } } basicInfo { version } }
  }
}
query Contacts { enterprises { nodes { contactMobile } } }
"""


@pytest.fixture
def settings(seeded_url: str) -> dict[str, str]:
    return {"KEQI_DATABASE_URL": seeded_url, "KEQI_SECRET": SECRET}


def explain(settings: dict[str, str], *arguments: str, operation: str = "Page") -> str:
    """What the command prints for a query that can be explained."""
    return _printed(settings["KEQI_DATABASE_URL"], arguments, operation)


@cache
def _printed(url: str, arguments: tuple[str, ...], operation: str) -> str:
    settings = {"KEQI_DATABASE_URL": url, "KEQI_SECRET": SECRET}
    told = run_keqi("explain", "-", "--operation", operation, *arguments, stdin=QUERY, **settings)
    assert told.returncode == 0, told.stderr
    return told.stdout


def in_json(settings: dict[str, str], *arguments: str, operation: str = "Page") -> dict[str, Any]:
    """The same for machines."""
    answer: dict[str, Any] = json.loads(explain(settings, "--json", *arguments, operation=operation))
    return answer


def test_a_person_reads_what_is_asked_what_is_hidden_and_how_it_is_found(settings: dict[str, str]) -> None:
    told = explain(settings, *BANK, "--variables", '{"search": "有限"}')
    lines = told.splitlines()
    assert lines[0].startswith("合作银行 可以执行：代价 ")
    assert any(line.endswith("legalRepresentative 法定代表人 空②") for line in lines)
    assert any(line.endswith("annualReport 年报 已含① 行③") for line in lines)
    assert "  ① 企业已授权本银行" in lines
    assert "  ② 企业未向本银行授权“基本信息”数据，或授权已到期、已撤回" in lines
    assert any(line.startswith("  enterprises.nodes.legalRepresentative （部分行）企业未向本银行") for line in lines)
    assert any(line.split()[1:] == ["text", "filter.search", "$search"] for line in lines)
    assert "FROM enterprise AS t1" in told
    assert "cost=" in told, "whoever has the database may see its estimates"
    assert told.index("查询") < told.index("SQL") < told.index("EXPLAIN")


def test_a_variable_without_a_value_is_named(settings: dict[str, str]) -> None:
    told = in_json(settings, *BANK)
    assert told["absentVariables"] == ["search"]
    assert "filter.search" not in {each["from"] for each in told["parameters"]}
    assert "$search" in explain(settings, *BANK, "--brief").splitlines()[1]


def test_brief_leaves_the_database_out(settings: dict[str, str]) -> None:
    told = explain(settings, *BANK, "--brief")
    assert "① 企业已授权本银行" in told
    assert "SELECT" not in told
    assert "cost=" not in told


def test_a_mask_is_always_there_and_a_condition_in_some_rows(settings: dict[str, str]) -> None:
    masked = in_json(settings, "--role", "MUNICIPAL_OFFICER", operation="Contacts")["hidden"]
    assert [(each["path"], each["always"]) for each in masked] == [("enterprises.nodes.contactMobile", True)]
    assert masked[0]["reason"].startswith("个人信息")
    assert {each["always"] for each in in_json(settings, *BANK)["hidden"]} == {False}
    officer = ("--role", "DISTRICT_OFFICER", "--district", "500112")
    assert in_json(settings, *officer, operation="Contacts")["hidden"] == []
    assert "没有会隐藏的值" in explain(settings, *officer, operation="Contacts")


def test_json_has_what_an_answer_over_http_has_and_the_estimates(settings: dict[str, str]) -> None:
    told = in_json(settings, *BANK)
    assert {"sql", "parameters", "absentVariables", "cost", "scopes", "rules", "hidden", "database"} == told.keys()
    assert told["database"][0]["Plan"]["Plan Rows"] >= 1


def test_values_appear_only_where_the_query_is_run(settings: dict[str, str]) -> None:
    asked = (*BANK, "--variables", json.dumps({"search": CANARY}))
    for form, measured in (((), "actual time"), (("--json",), "Actual Rows")):
        told = explain(settings, *asked, *form)
        assert CANARY not in told
        assert "BANK_LJ" not in told
        assert measured not in told
        assert measured in explain(settings, *asked, *form, "--analyze")


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.DEPARTMENT_OFFICER, Role.ENTERPRISE_USER])
def test_every_role_can_be_looked_at(settings: dict[str, str], role: Role) -> None:
    told = run_keqi(
        "explain", "-", "--json", "--role", role.value, *SCOPES.get(role, ()), stdin="{ units { name } }", **settings
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["scopes"][0]["type"] == "Unit"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ enterprises { nodes { contactIdNumber } } }", "enterprises.nodes.contactIdNumber: 统计分析无权查询"),
        ("{ enterprises { nodes { nonsense } } }", "nonsense"),
        ("{ enterprises(first: 100000) { nodes { uscc } } }", "每页条数"),
        ("mutation { exportWorkbook(input: {fields: []}) { id } }", "只有查询可以解释"),
        ("{", "Syntax Error"),
    ],
)
def test_a_refusal_is_told_as_people_read_it(settings: dict[str, str], query: str, says: str) -> None:
    told = run_keqi("explain", "-", stdin=query, **settings)
    assert told.returncode == 1
    assert told.stdout == ""
    assert says in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.graphql"],
        ["-", "-o", "plan.pdf"],
        ["-", "--variables", "["],
        ["-", "--role", "BANK_USER"],
        ["-", "--nonsense"],
    ],
)
def test_asked_for_wrongly_it_exits_with_2(settings: dict[str, str], arguments: list[str]) -> None:
    told = run_keqi("explain", *arguments, stdin="{ units { name } }", **settings)
    assert told.returncode == 2
    assert told.stdout == ""


def test_it_writes_a_page_that_fetches_nothing_and_runs_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    asked, page = tmp_path / "q.graphql", tmp_path / "计划.html"
    asked.write_text('{ enterprises(filter: {search: "<script>"}) { nodes { contactMobile } } }', "utf-8")
    told = run_keqi("explain", str(asked), "-o", str(page), **settings)
    assert (told.returncode, told.stdout) == (0, ""), told.stderr
    text = page.read_text("utf-8")
    assert "enterprises.nodes.contactMobile" in text
    assert "个人信息" in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"<script|https?:|<link|@import", text)


def test_it_writes_json(settings: dict[str, str], tmp_path: Path) -> None:
    told = run_keqi("explain", "-", "-o", str(tmp_path / "plan.json"), stdin="{ units { name } }", **settings)
    assert (told.returncode, told.stdout) == (0, ""), told.stderr
    assert json.loads((tmp_path / "plan.json").read_text("utf-8"))["sql"]
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]
