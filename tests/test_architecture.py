"""Imports point one way, and the heart stays small enough to read in one sitting."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import cast

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("authz", "db", "exporters", "loaders", "planner", "resolvers", "schema", "service")
LONGEST_MODULE = 500
LONGEST_PLANNER = 600


def lines(path: Path) -> int:
    """Lines of one file."""
    return len(path.read_text("utf-8").splitlines())


def test_imports_point_one_way(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    outcome = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert outcome == 0, capsys.readouterr().out


def test_the_contract_speaks_of_every_room() -> None:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracted = cast("list[str]", configured["tool"]["importlinter"]["root_packages"])
    assert sorted(contracted) == sorted(ROOMS)
    assert all((ROOT / room / "__init__.py").read_text("utf-8").startswith('"""') for room in ROOMS)


def test_the_planner_is_read_in_one_sitting() -> None:
    total = {path.name: lines(path) for path in sorted((ROOT / "planner").rglob("*.py"))}
    assert sum(total.values()) < LONGEST_PLANNER, total


@pytest.mark.parametrize("room", [*ROOMS, "bench", "docs", "tests", "web"])
def test_modules_stay_short(room: str) -> None:
    own = [path for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts]
    long = {str(path): lines(path) for path in own if lines(path) >= LONGEST_MODULE}
    assert not long, f"split by noun: {long}"
