"""What is committed: nothing of one machine, everything pinned, every dependency with its reason."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
SERVED = ("authz", "db", "exporters", "loaders", "planner", "resolvers", "schema", "service")
AROUND = ("bench", "docs", "tests", "web")
LARGEST_FILE_BYTES = 500_000

# Escaped dots keep these expressions from finding themselves.
REGISTRY_HOST = re.compile(r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|npmmirror|debian)\.(?:org|com)\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users|opt|tmp)/\w")
BARE_IGNORE = re.compile(r"#\s*(?:pyright:\s*(?:ignore(?!\[)|basic|off)|type:\s*ignore(?!\[)|noqa(?!:))")

# Dependencies that nothing imports: programs, plug-ins found by name, type stubs, test tools started by pytest.
NOT_IMPORTED = {
    "asyncpg-stubs", "cryptography", "httptools", "pip-tools", "pyright", "pytest-asyncio", "ruff", "setuptools",
    "types-openpyxl", "types-psutil", "uvloop",
}  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control that is there."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: there is nothing committed to look at")
    # Git is asked for names only, in the folder of this file.
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    names = listed.stdout.decode().split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every tracked file that is text."""
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield str(path.relative_to(ROOT)), content.decode("utf-8")


def found(pattern: re.Pattern[str]) -> list[str]:
    """Places where ``pattern`` stands, as file:line."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def project() -> dict[str, Any]:
    """The project table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    """Distribution names of requirement lines."""
    return {normal(re.split(r"[\[<>=!~;\s]", line, maxsplit=1)[0]) for line in requirements}


def served_dependencies() -> set[str]:
    """What the service needs at run time."""
    return named(project()["dependencies"])


def all_dependencies() -> set[str]:
    """Everything that pyproject.toml names."""
    extras: dict[str, list[str]] = project()["optional-dependencies"]
    return served_dependencies().union(*(named(lines) for lines in extras.values()))


@cache
def pins(lock: str) -> dict[str, str]:
    """Requirement → its whole entry, continuation lines joined."""
    joined = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {normal(entry.split("==")[0]): entry for entry in entries}


def imported(rooms: tuple[str, ...]) -> dict[str, set[str]]:
    """Distribution → modules of ``rooms`` that import it."""
    distributions = packages_distributions()
    ours = {*SERVED, *AROUND}
    users: dict[str, set[str]] = {}
    for path in (path for room in rooms for path in modules(room)):
        for top in top_level_imports(path):
            if top in ours or top in sys.stdlib_module_names:
                continue
            providers = distributions.get(top, [top])
            for provider in providers:
                users.setdefault(normal(provider), set()).add(str(path.relative_to(ROOT)))
    return users


def modules(room: str) -> list[Path]:
    """A room's modules; not what npm put beside them."""
    return [path for path in sorted((ROOT / room).rglob("*.py")) if "node_modules" not in path.parts]


def top_level_imports(path: Path) -> set[str]:
    """First parts of the names a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and (text := asked_for_by_name(node)):
            names.add(text.split(".")[0])
    return names


def asked_for_by_name(call: ast.Call) -> str:
    """The module's name in ``import_module("…")`` or ``find_spec("…")``."""
    asks = isinstance(call.func, ast.Attribute) and call.func.attr in {"import_module", "find_spec"}
    first = call.args[0] if asks and call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_no_file_names_a_package_registry() -> None:
    assert not found(REGISTRY_HOST)


def test_no_file_names_a_path_of_one_machine() -> None:
    assert not found(MACHINE_PATH)


def test_no_rule_is_switched_off_wholesale() -> None:
    assert not [place for place in found(BARE_IGNORE) if not place.startswith("tests/test_repository.py")]


def test_no_large_file_is_committed() -> None:
    large = {str(path): path.stat().st_size for path in tracked() if path.stat().st_size > LARGEST_FILE_BYTES}
    assert not large


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_pin_every_package_by_hash_and_name_no_address(lock: str) -> None:
    entries = pins(lock)
    assert entries
    for entry in entries.values():
        assert re.match(r"[\w.-]+==\S+ ", entry), entry
        assert "--hash=sha256:" in entry, entry
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"://|file:/|find-links|index-url|trusted-host|^-[er] |^\s+/", text, re.MULTILINE)


def test_locks_hold_what_the_project_names_and_agree() -> None:
    served, developed = pins(LOCKS[0]), pins(LOCKS[1])
    assert served_dependencies() <= served.keys()
    assert all_dependencies() <= developed.keys()
    assert {name: entry for name, entry in developed.items() if name in served} == served, "run: make lock"


def test_every_dependency_has_its_reason_and_no_reason_outlives_its_dependency() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    reasons = {normal(name): reason for name, reason in re.findall(r"^\| `([^`]+)` \| (.+) \|$", page, re.MULTILINE)}
    assert reasons.keys() == all_dependencies()
    assert all(len(reason.strip()) > 10 for reason in reasons.values())


def test_every_npm_package_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    named_there = {
        name for line in re.findall(r"^- (`.+`):", page, re.MULTILINE) for name in re.findall("`(.+?)`", line)
    }
    packages = [json.loads(path.read_text("utf-8")) for path in tracked() if path.name == "package.json"]
    assert named_there == {name for package in packages for name in package["dependencies"]}


def test_npm_locks_hold_checksums_and_no_address() -> None:
    for path in (path for path in tracked() if path.name == "package-lock.json"):
        packages: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))["packages"]
        assert all("integrity" in entry for name, entry in packages.items() if name), path
        assert not any("resolved" in entry for entry in packages.values()), path


def test_the_service_imports_only_what_it_depends_on() -> None:
    undeclared = {name: users for name, users in imported(SERVED).items() if name not in served_dependencies()}
    assert not undeclared


def test_bench_and_tests_import_only_what_the_project_names() -> None:
    undeclared = {name: users for name, users in imported(AROUND).items() if name not in all_dependencies()}
    assert not undeclared


def test_no_dependency_is_left_unused() -> None:
    assert served_dependencies() - NOT_IMPORTED - imported((*SERVED, "web")).keys() == set()
    assert all_dependencies() - NOT_IMPORTED - imported((*SERVED, *AROUND)).keys() == set()
