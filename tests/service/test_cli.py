"""The command line: results on standard output alone, help for both readers, exit codes 0, 1 and 2."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import openpyxl
import pytest

from authz.principal import Role
from service.cli import app, main
from service.keys import KeyRing
from service.tokens import TokenAuthority
from tests.service.conftest import SECRET, run_keqi, running

COMMANDS = [info.name or "" for info in app.registered_commands]
AUTHORITY = TokenAuthority(KeyRing.of_secret(SECRET.encode()))
LIST = "{ enterprises { totalCount nodes { uscc name } } }"


@pytest.fixture
def settings(seeded_url: str) -> dict[str, str]:
    return {"KEQI_DATABASE_URL": seeded_url, "KEQI_SECRET": SECRET}


@dataclass
class Told:
    """What a command said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def keqi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """``keqi`` in this process, for commands that open nothing."""

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["keqi", *arguments])
        monkeypatch.setenv("KEQI_SECRET", SECRET)
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        told = capsys.readouterr()
        return Told(code if isinstance(code, int) else 0, told.out, told.err)

    return run


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_speaks_to_both_readers(keqi: Callable[..., Told], command: str) -> None:
    told = keqi(*([command] if command else []), "--help")
    assert told.returncode == 0
    assert re.search(r"[\u4e00-\u9fff]{4}", told.stdout)
    assert re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", told.stdout)


def test_version(keqi: Callable[..., Told]) -> None:
    told = keqi("--version")
    assert told.returncode == 0
    assert re.fullmatch(r"keqi \d+\.\d+\.\d+\n", told.stdout)


@pytest.mark.parametrize("arguments", [["nonsense"], ["token"], ["token", "--role", "KING"], ["serve", "--port", "x"]])
def test_misuse_exits_with_2(keqi: Callable[..., Told], arguments: list[str]) -> None:
    told = keqi(*arguments)
    assert told.returncode == 2
    assert told.stdout == ""
    assert "Traceback" not in told.stderr


# ── token ───────────────────────────────────────────────────────────────────────────────────────

SCOPES = {
    Role.DISTRICT_OFFICER: ("--district", "500112"),
    Role.ENTERPRISE_USER: ("--uscc", "91500112MAA6FAGQ4K"),
    Role.BANK_USER: ("--bank", "BANK_LJ"),
    Role.DEPARTMENT_OFFICER: ("--department", "IP"),
}


@pytest.mark.parametrize("role", Role)
def test_token_prints_only_the_token(keqi: Callable[..., Told], role: Role) -> None:
    told = keqi("token", "--role", role.value, *SCOPES.get(role, ()))
    assert told.returncode == 0
    assert told.stderr == ""
    principal = AUTHORITY.verify(told.stdout.removesuffix("\n")).principal
    assert principal.role is role
    scope = {*principal.units, principal.uscc, principal.bank, principal.department} - {None}
    assert scope == set(SCOPES.get(role, ())[1:])


def test_token_takes_several_districts_a_subject_and_hours(keqi: Callable[..., Told]) -> None:
    told = keqi(
        "token", "--role", "district_officer", "--district", "500112", "--district", "LIANGJIANG",
        "--subject", "someone", "--hours", "0.5",
    )  # fmt: skip
    principal = AUTHORITY.verify(told.stdout.strip()).principal
    assert principal.units == ("500112", "LIANGJIANG")
    assert principal.subject == "someone"


@pytest.mark.parametrize("role", SCOPES)
def test_a_role_without_its_scope_is_refused(keqi: Callable[..., Told], role: Role) -> None:
    told = keqi("token", "--role", role.value)
    assert told.returncode == 2
    assert SCOPES[role][0] in told.stderr
    assert told.stdout == ""


def test_a_scope_of_another_role_is_refused(keqi: Callable[..., Told]) -> None:
    told = keqi("token", "--role", "ANALYST", "--district", "500112")
    assert told.returncode == 2
    assert "--district" in told.stderr


# ── query ───────────────────────────────────────────────────────────────────────────────────────


def test_query_prints_json_and_nothing_else(settings: dict[str, str]) -> None:
    told = run_keqi("query", "-", stdin="{ enterprises(first: 2) { nodes { uscc } } }", **settings)
    assert told.returncode == 0, told.stderr
    assert len(json.loads(told.stdout)["data"]["enterprises"]["nodes"]) == 2


def test_query_takes_variables_and_an_operation(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "q.graphql").write_text(
        "query A { __typename } query B($n: Int!) { enterprises(first: $n) { nodes { uscc } } }", "utf-8"
    )
    (tmp_path / "v.json").write_text('{"n": 3}', "utf-8")
    asked = ("query", str(tmp_path / "q.graphql"), "--operation", "B", "--variables")
    for variables in ('{"n": 3}', f"@{tmp_path / 'v.json'}"):
        told = run_keqi(*asked, variables, **settings)
        assert len(json.loads(told.stdout)["data"]["enterprises"]["nodes"]) == 3, told.stderr


def test_query_writes_a_workbook_of_the_whole_list(settings: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "企业.xlsx"
    told = run_keqi("query", "-", "-o", str(output), stdin="{ enterprises { nodes { uscc name } } }", **settings)
    assert told.returncode == 0, told.stderr
    assert told.stdout == ""
    sheet = openpyxl.load_workbook(output).worksheets[0]
    everything = json.loads(run_keqi("query", "-", stdin="{ enterprises { totalCount } }", **settings).stdout)
    assert sheet.max_row - 1 == everything["data"]["enterprises"]["totalCount"]
    assert [path.name for path in tmp_path.iterdir()] == ["企业.xlsx"]


def test_query_asks_in_the_role_it_was_given(settings: dict[str, str]) -> None:
    def count(*role: str) -> int:
        told = run_keqi("query", "-", *role, stdin="{ enterprises { totalCount } }", **settings)
        total: int = json.loads(told.stdout)["data"]["enterprises"]["totalCount"]
        return total

    assert 0 < count("--role", "DISTRICT_OFFICER", "--district", "500112") < count()


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "json"])
def test_a_refused_query_leaves_no_file(settings: dict[str, str], tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"out.{suffix}"
    told = run_keqi("query", "-", "-o", str(output), stdin="{ nonsense }", **settings)
    assert told.returncode == 1
    assert "nonsense" in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["-", "-o", "out.pdf"], ["missing.graphql"], ["-", "--variables", "[1]"], ["-", "--variables", "{"]],
)
def test_a_query_asked_wrongly_exits_with_2(settings: dict[str, str], arguments: list[str]) -> None:
    told = run_keqi("query", *arguments, stdin=LIST, **settings)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr


# ── schema, migrate, seed, doctor ───────────────────────────────────────────────────────────────


def test_schema_prints_what_the_service_serves(http: httpx.Client) -> None:
    told = run_keqi("schema")
    assert told.returncode == 0
    assert told.stdout == http.get("/schema.graphql").text


async def test_migrate_and_seed_say_what_they_did_and_spoil_nothing(empty_copy: str) -> None:
    settings = {"KEQI_DATABASE_URL": empty_copy, "KEQI_SECRET": SECRET}
    told = run_keqi("migrate", **settings)
    assert told.returncode == 0
    assert "已是版本" in told.stderr
    assert run_keqi("seed", "--enterprises", "30", "--years", "1", **settings).returncode == 0
    again = run_keqi("seed", "--enterprises", "30", "--years", "1", **settings)
    assert again.returncode == 2
    assert "--replace" in again.stderr
    assert run_keqi("seed", "--enterprises", "20", "--years", "1", "--replace", **settings).returncode == 0
    counted = run_keqi("query", "-", stdin="{ enterprises { totalCount } }", **settings)
    assert json.loads(counted.stdout)["data"]["enterprises"]["totalCount"] == 20


def test_doctor_says_what_to_do(settings: dict[str, str], tmp_path: Path) -> None:
    well = run_keqi("doctor", KEQI_PORT="0", **settings)
    assert well.returncode == 0, well.stdout
    assert "迁移版本" in well.stdout
    ill = run_keqi("doctor", KEQI_PORT="0", KEQI_DATABASE_URL="postgresql:///keqi?host=/nowhere", KEQI_SECRET=SECRET)
    assert ill.returncode == 1
    assert "→" in ill.stdout
    assert "KEQI_DATABASE_URL" in ill.stdout
    assert run_keqi("doctor", KEQI_PORT="0", KEQI_DATA_DIR=str(tmp_path / "new")).returncode == 0


# ── demo ────────────────────────────────────────────────────────────────────────────────────────


def ask(line: str, variables: dict[str, str]) -> httpx.Response:
    """What ``curl`` would send for a printed line of shell."""
    for name, value in variables.items():
        line = line.replace(f"${name}", value)
    words = shlex.split(line)
    options = list(itertools.pairwise(words))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    (body,) = (value for option, value in options if option == "-d")
    return httpx.post(words[2], headers=headers, content=body.encode(), timeout=60)


def test_the_demos_tokens_and_queries_work_as_printed(data_dir: Path) -> None:
    settings = {"KEQI_DATA_DIR": str(data_dir)}
    with running("demo", "--enterprises", "300", "--years", "2", **settings) as service:
        told: list[str] = []
        assert service.process.stdout is not None
        for line in service.process.stdout:
            told.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        tokens = dict(line.removeprefix("export ").split("=", 1) for line in told if line.startswith("export "))
        assert set(tokens) == {role.value for role in Role if role is not Role.PUBLIC}
        lines = [line for line in told if line.startswith("curl ")]
        assert len(lines) == 3
        answers = [ask(line, tokens) for line in lines]
        for answer in answers[:2]:
            assert answer.json()["data"]["enterprises"]["totalCount"] > 0, answer.text
        assert answers[2].content.startswith(b"PK")
        url = next(word for line in told for word in line.split() if word.startswith("http")).removesuffix("/graphql")
        for token in tokens.values():
            mine = httpx.post(
                f"{url}/graphql", json={"query": "{ viewer { role } }"}, headers={"Authorization": f"Bearer {token}"}
            )
            assert mine.json()["data"]["viewer"]["role"] in tokens
        assert service.stop() == 0
    with running("demo", **settings) as again:
        assert "生成" not in again.log, "the second start made data anew"
