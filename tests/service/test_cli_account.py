"""``keqi account``: accounts are opened by the rules of ``keqi token``, and what cannot be is said clearly."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.errors import BadUserInput
from db.uscc import check_character
from service.account_changes import DEVELOPMENT, LONGEST_LOGIN, check_login
from service.cli import main
from tests.conftest import Databases
from tests.service.conftest import SECRET, Running, run_keqi, running
from tests.service.provider import FakeProvider, SigningKey, provider

WHO = {"query": "{ viewer { subject role } }"}
ELSEWHERE = ("--issuer", "https://login.example", "--external-subject")
NOBODYS_USCC = "91500000MA5XXXXX1" + check_character("91500000MA5XXXXX1")


@pytest.fixture(scope="module")
async def settings(databases: Databases, seeded_template: str) -> AsyncGenerator[dict[str, str]]:
    name = await databases.create("accounts", seeded_template)
    yield {"KEQI_DATABASE_URL": databases.url(name), "KEQI_SECRET": SECRET}
    await databases.drop(name)


@pytest.fixture(scope="module")
async def uscc(settings: dict[str, str]) -> str:
    connection = await asyncpg.connect(settings["KEQI_DATABASE_URL"])
    code: str = await connection.fetchval("SELECT uscc FROM enterprise ORDER BY uscc LIMIT 1")
    await connection.close()
    return code


@dataclass
class Told:
    """What a command said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


class Keqi:
    """``keqi account`` in this process: the whole command, on the module's database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, stdin: str = "") -> Told:
        self._monkeypatch.setattr(sys, "argv", ["keqi", "account", *arguments])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with ThreadPoolExecutor(1) as thread:  # its event loop is none of the tests'
            code = thread.submit(self._main).result()
        told = self._capsys.readouterr()
        return Told(code, told.out, told.err)

    @staticmethod
    def _main() -> int:
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return code if isinstance(code, int) else 0

    def listed(self, *options: str) -> dict[str, dict[str, object]]:
        told = self("list", "--json", *options)
        assert told.returncode == 0, told.stderr
        return {each["login"]: each for each in json.loads(told.stdout)}


@pytest.fixture
def keqi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: dict[str, str]) -> Keqi:
    for name, value in {**settings, "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)
    return Keqi(monkeypatch, capsys)


@pytest.mark.parametrize("command", ["", "add", "list", "disable", "enable", "link", "revoke-tokens"])
def test_help_speaks_to_both_readers(keqi: Keqi, command: str) -> None:
    told = keqi(*([command] if command else []), "--help")
    assert told.returncode == 0
    assert re.search(r"[\u4e00-\u9fff]{4}", told.stdout)
    assert re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", told.stdout)


def test_an_account_is_opened_stopped_opened_again_and_listed(keqi: Keqi, uscc: str) -> None:
    opened = keqi(
        "add", "qiye[1]", "--role", "enterprise_user", "--uscc", f" {uscc.lower()} ", "--name", "企业[/]一号",
        *ELSEWHERE, "abc",
    )  # fmt: skip
    assert (opened.returncode, opened.stdout) == (0, ""), opened.stderr
    assert "qiye[1]" in opened.stderr
    mine = keqi.listed("--role", "ENTERPRISE_USER")["qiye[1]"]
    assert mine == {
        "login": "qiye[1]", "name": "企业[/]一号", "role": "ENTERPRISE_USER", "units": [], "uscc": uscc, "bank": None,
        "department": None, "status": "ACTIVE", "issuer": "https://login.example", "externalSubject": "abc",
        "tokensIssuedBefore": None,
    }  # fmt: skip
    for command, status in (("disable", "DISABLED"), ("disable", "DISABLED"), ("enable", "ACTIVE")):
        assert keqi(command, "qiye[1]").returncode == 0
        assert keqi.listed("--status", status)["qiye[1]"]["tokensIssuedBefore"]
    table = keqi("list", "--role", "ENTERPRISE_USER")
    assert table.returncode == 0
    line = next(line for line in table.stdout.splitlines() if "qiye[1]" in line)
    for word in ("企业[/]一号", "企业用户", uscc, "启用", "https://login.example abc"):
        assert word in line


def test_scopes_of_each_role(keqi: Keqi) -> None:
    for login, *scope in (
        ("two", "--role", "DISTRICT_OFFICER", "--district", "500112", "--district", "LIANGJIANG"),
        ("bank", "--role", "BANK_USER", "--bank", "BANK_LJ"),
        ("ip", "--role", "DEPARTMENT_OFFICER", "--department", "IP"),
        ("city", "--role", "MUNICIPAL_OFFICER"),
    ):
        told = keqi("add", login, *scope)
        assert told.returncode == 0, told.stderr
    found = keqi.listed()
    assert found["two"]["units"] == ["500112", "LIANGJIANG"]
    assert (found["bank"]["bank"], found["ip"]["department"], found["city"]["name"]) == ("BANK_LJ", "IP", "city")


REFUSED = {
    "no scope": (("new", "--role", "DISTRICT_OFFICER"), "--district"),
    "another role's scope": (("new", "--role", "ANALYST", "--district", "500112"), "--district"),
    "the public": (("new", "--role", "PUBLIC"), "公众"),
    "no role": (("new",), "--role"),
    "unknown unit": (("new", "--role", "DISTRICT_OFFICER", "--district", "999999"), "999999"),
    "a unit that oversees nobody": (("new", "--role", "DISTRICT_OFFICER", "--district", "CQ_X"), "CQ_X"),
    "a unit twice": (("new", "--role", "DISTRICT_OFFICER", "--district", "500112", "--district", "500112"), "重复"),
    "unknown bank": (("new", "--role", "BANK_USER", "--bank", "NOBODY"), "NOBODY"),
    "no credit code": (("new", "--role", "ENTERPRISE_USER", "--uscc", "123"), "校验"),
    "unknown enterprise": (("new", "--role", "ENTERPRISE_USER", "--uscc", NOBODYS_USCC), NOBODYS_USCC),
    "taken login": (("admin-1", "--role", "ANALYST"), "已存在"),
    "empty login": (("", "--role", "ANALYST"), "login"),
    "a development token's name": (("dev:me", "--role", "ANALYST"), "dev:"),
    "long name": (("new", "--role", "ANALYST", "--name", "名" * 101), "100"),
    "half an identity": (("new", "--role", "ANALYST", "--issuer", "https://login.example"), "--external-subject"),
    "insecure issuer": (("new", "--role", "ANALYST", "--issuer", "http://x.cn", "--external-subject", "x"), "https"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "word"), REFUSED.values(), ids=REFUSED)
def test_an_account_that_could_not_be_is_refused(keqi: Keqi, arguments: tuple[str, ...], word: str) -> None:
    told = keqi("add", *arguments)
    assert told.returncode == 2
    assert word in told.stderr
    assert "Traceback" not in told.stderr
    assert told.stdout == ""


@given(st.text(max_size=80))
def test_whatever_is_a_login_can_be_stored_and_read_by_people(login: str) -> None:
    try:
        check_login(login)
    except BadUserInput:
        return
    assert 0 < len(login) <= LONGEST_LOGIN
    assert login == login.strip()
    assert login.isprintable()
    assert not login.startswith(DEVELOPMENT)


def test_one_person_elsewhere_has_one_account(keqi: Keqi) -> None:
    def link(login: str, *arguments: str) -> tuple[int, str]:
        told = keqi("link", login, *arguments)
        return told.returncode, told.stderr

    assert link("municipal-1", *ELSEWHERE, "p1")[0] == 0
    code, told = link("municipal-2", *ELSEWHERE, "p1")
    assert (code, "已绑定" in told) == (2, True)
    assert link("municipal-1", "--remove")[0] == 0
    assert link("municipal-2", *ELSEWHERE, "p1")[0] == 0
    assert link("municipal-2")[0] == 2
    assert link("municipal-2", *ELSEWHERE, "p2", "--remove")[0] == 2
    assert link("nobody", "--remove")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["disable", "nobody[/]"], 1),
        (["enable", "nobody"], 1),
        (["revoke-tokens", "nobody"], 1),
        (["revoke-tokens"], 2),
        (["revoke-tokens", "admin-1", "--jti", "x"], 2),
        (["revoke-tokens", "--jti", ""], 2),
        (["revoke-tokens", "--jti", "x", "--before", "2026-01-01"], 2),
        (["revoke-tokens", "admin-1", "--before", "yesterday"], 2),
        (["revoke-tokens", "--token", "no-such-file"], 2),
        (["revoke-tokens", "--token", "-"], 1),
        (["disable"], 2),
        (["list", "--role", "KING"], 2),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said(keqi: Keqi, arguments: list[str], code: int) -> None:
    told = keqi(*arguments, stdin="no.to.ken")
    assert told.returncode == code, told.stderr
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    assert "no.to.ken" not in told.stderr


def test_tokens_are_revoked_before_a_moment_of_beijing(keqi: Keqi) -> None:
    for arguments in (["analyst-1", "--before", "2026-03-01 08:00:00"], ["--jti", "0123"], ["--subject", "dev:x"]):
        assert keqi("revoke-tokens", *arguments).returncode == 0
    assert str(keqi.listed()["analyst-1"]["tokensIssuedBefore"]).startswith("2026-03-01T00:00:00")


@pytest.fixture(scope="module")
async def unmigrated(databases: Databases) -> str:
    return databases.url(await databases.create("unmigrated"))


def test_a_database_of_an_older_revision_is_told(keqi: Keqi, unmigrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQI_DATABASE_URL", unmigrated)
    told = keqi("list")
    assert told.returncode == 1
    assert "keqi migrate" in told.stderr
    assert "Traceback" not in told.stderr


# ── from the first account to the first page, as the how-to says ────────────────────────────────


@pytest.fixture(scope="module")
def portal() -> Generator[FakeProvider]:
    with provider(SigningKey.rsa("first")) as running_portal:
        yield running_portal


def test_an_account_that_is_added_logs_in_without_a_restart(settings: dict[str, str], portal: FakeProvider) -> None:
    def who(service: Running) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {portal.token(sub='newcomer')}"}
        answer = httpx.post(f"{service.url}/graphql", json=WHO, headers=headers, timeout=60)
        return answer.status_code, answer.json().get("data")

    with running("serve", KEQI_OPENID_ISSUERS=portal.environment, **settings) as service:
        assert who(service)[0] == 401
        added = run_keqi(
            "account", "add", "newcomer", "--role", "ANALYST", "--issuer", portal.issuer, "--external-subject",
            "newcomer", **settings,
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        assert who(service) == (200, {"viewer": {"subject": "newcomer", "role": "ANALYST"}})
