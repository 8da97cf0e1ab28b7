"""What the documentation says is so: pages from the code are fresh, links lead somewhere, examples can be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from graphql import GraphQLSchema, parse, validate
from typer.core import TyperGroup
from typer.main import get_command

from docs import generate
from docs.generate import graphql_schema
from service.cli import app
from service.demo import QUERIES
from service.settings import Settings
from tests.fixtures.service import Service
from tests.fixtures.town import YUBEI, uscc

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
WRITTEN = [path for path in PAGES if path.parent.name != "reference"]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
JSON_QUERY = re.compile(r"'(\{\"query\": .*?\})'")
# Set by tests and CI, not settings of the service.
AROUND_TESTS = {"KEQI_REQUIRE_BROWSER", "KEQI_REQUIRE_LIBREOFFICE", "KEQI_TEST_DATABASE_URL"}


def named(path: Path) -> str:
    """A page's name in a test's."""
    return str(path.relative_to(ROOT))


def blocks(path: Path, language: str) -> Iterator[str]:
    """Fenced blocks of one language."""
    for found, text in FENCE.findall(path.read_text("utf-8")):
        if found == language:
            yield text


def queries(path: Path) -> list[str]:
    """Documents that a page tells its reader to send."""
    sent: list[str] = list(blocks(path, "graphql"))
    for block in blocks(path, "sh"):
        for text in JSON_QUERY.findall(block):
            document: str = json.loads(text)["query"]
            if "…" not in document:
                sent.append(document)
    return sent


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema that readers meet."""
    return graphql_schema()


def test_the_reference_is_what_the_code_says() -> None:
    written = {path.name: path.read_text("utf-8") for path in generate.FOLDER.iterdir()}
    assert written == generate.pages(), "run: make reference"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_queries_can_be_asked(page: Path, schema: GraphQLSchema) -> None:
    complaints = {document: validate(schema, parse(document)) for document in queries(page)}
    assert not {document: found for document, found in complaints.items() if found}


@pytest.mark.parametrize("page", [page for page in WRITTEN if queries(page)], ids=named)
async def test_queries_are_answered(page: Path, town: Service) -> None:
    for document in queries(page):
        answer = await town.ask(document, {"uscc": uscc(1)}, as_=YUBEI)
        assert answer.data, document


async def test_a_pages_query_leaves_as_a_workbook_too(town: Service) -> None:
    page = ROOT / "docs/how-to/district-pages.md"
    asked = [document for document in blocks(page, "graphql") if not document.startswith("mutation")]
    answers = {document: await town.ask(document, {"uscc": uscc(1)}, as_=YUBEI, accept="xlsx") for document in asked}
    refused = [document for document, answer in answers.items() if answer.status != 200]
    assert len(refused) == 1
    assert "INCUBATION" in refused[0]  # which has no export, as the page says


def test_there_are_queries_to_check() -> None:
    assert sum(len(queries(page)) for page in WRITTEN) > 10


def test_the_readme_shows_the_queries_that_the_demo_prints() -> None:
    pasted = queries(ROOT / "README.md")[-len(QUERIES) :]  # those for the shell come last
    assert pasted == [query.text for query in QUERIES]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_settings_commands_and_targets_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    settings = {f"KEQI_{name.upper()}" for name in Settings.model_fields} | AROUND_TESTS
    assert set(re.findall(r"\bKEQI_[A-Z_]*[A-Z]\b", text)) <= settings
    commands = cast("TyperGroup", get_command(app)).commands
    assert set(re.findall(r"\bkeqi ([a-z]+)\b", code_in(text))) <= commands.keys()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", code_in(text))) <= targets


def code_in(text: str) -> str:
    """Only what stands as code, where a command is meant."""
    return "\n".join([*(body for _, body in FENCE.findall(text)), *re.findall(r"`([^`\n]+)`", text)])
