"""Behaviour kept as data: each query of ``tests/fixtures`` has its statement and its answer beside it.

``pytest tests/planner/test_cases.py --record`` writes them anew; what changed is reviewed as a diff. A case begins with
comments: what it guards, who asks (``as:``), the ``variables:`` as JSON (a value ``@case path`` is taken from another
case's answer), the ``operation:``, and ``also: csv`` where the same query leaves as a file too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import orjson
import pytest

from authz.principal import PUBLIC
from tests.fixtures.service import Service
from tests.fixtures.town import PEOPLE

FOLDER = Path(__file__).parents[1] / "fixtures"
CASES = sorted(path.stem for path in FOLDER.glob("*.graphql"))


@dataclass(frozen=True, slots=True)
class Case:
    """One query of the folder, with the comments above it."""

    name: str
    query: str
    notes: dict[str, str]

    @classmethod
    def read(cls, name: str) -> Case:
        """Read a case from its file."""
        query = (FOLDER / f"{name}.graphql").read_text("utf-8")
        return cls(name, query, dict(re.findall(r"^# (as|variables|operation|also): (.+)$", query, re.MULTILINE)))

    @property
    def variables(self) -> dict[str, Any]:
        """The variables, with those taken from other cases' answers."""
        given: dict[str, Any] = orjson.loads(self.notes.get("variables", "{}"))
        return {name: _borrowed(value) for name, value in given.items()}

    def beside(self, kind: str) -> Path:
        """A file beside the query."""
        return FOLDER / f"{self.name}.{kind}"


def _borrowed(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith("@")):
        return value
    name, path = value[1:].split(" ")
    found: Any = orjson.loads(Case.read(name).beside("json").read_bytes())["data"]
    for step in path.split("."):
        found = found[int(step) if isinstance(found, list) else step]
    return found


def _check(path: Path, text: str, *, record: bool) -> None:
    if record:
        path.write_bytes(text.encode())
    assert path.exists(), f"{path.name} is not recorded: run with --record and review the diff"
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("name", CASES)
async def test_case(name: str, town: Service, request: pytest.FixtureRequest) -> None:
    case, record = Case.read(name), cast("bool", request.config.getoption("--record"))
    who = PEOPLE[case.notes["as"]]
    town.statements.clear()
    answer = await town.ask(case.query, case.variables, as_=who, operation=case.notes.get("operation"))
    assert b'"INTERNAL"' not in answer.body
    body = orjson.dumps(answer.json, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    _check(case.beside("json"), body, record=record)
    _check(case.beside("sql"), ";\n".join(town.statements) + "\n", record=record)
    if case.notes.get("also") == "csv":
        file = await town.ask(case.query, case.variables, as_=who, operation=case.notes.get("operation"), accept="csv")
        assert file.status == 200, file.body
        _check(case.beside("csv"), file.body.decode("utf-8-sig").replace("\r\n", "\n"), record=record)


@pytest.mark.parametrize("name", CASES)
async def test_case_again_from_the_cache_and_by_get(name: str, town: Service) -> None:
    case = Case.read(name)
    who, operation = PEOPLE[case.notes["as"]], case.notes.get("operation")
    recorded = orjson.loads(case.beside("json").read_bytes())
    for _ in range(2):
        again = await town.ask(case.query, case.variables, as_=who, operation=operation)
        assert orjson.dumps(again.json) == orjson.dumps(recorded)
    asked = {"query": case.query, "variables": orjson.dumps(case.variables).decode(), "operationName": operation or ""}
    signed = {} if who is PUBLIC else {"Authorization": town.token(who)}
    by_get = await town.get(f"/graphql?{urlencode(asked)}", **signed)
    assert orjson.dumps(by_get.json) == orjson.dumps(recorded)


def test_every_file_beside_belongs_to_a_case() -> None:
    recorded = {path.stem for kind in ("json", "sql", "csv") for path in FOLDER.glob(f"*.{kind}")}
    assert recorded <= set(CASES)
