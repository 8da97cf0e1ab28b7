"""Writes ``docs/reference/`` from the code: ``python -m docs.generate``, what ``make reference`` runs.

Nothing in those pages is written by hand, and nothing here knows a field, a setting or a command by name. A test
compares the pages with the code; a stale one fails it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from graphql import GraphQLSchema

from docs import reference_schema, reference_service
from resolvers.schema import build
from service.sdl import sdl

FOLDER = Path(__file__).parent / "reference"
NOTE = "Written by `make reference` from the code. Change the code, not this page."


def graphql_schema() -> GraphQLSchema:
    """The whole schema as graphql-core holds it; Strawberry has it under a private name only."""
    return cast("GraphQLSchema", vars(build())["_schema"])


def pages() -> dict[str, str]:
    """File name → text of every page of the reference."""
    made = {**reference_service.pages(), **reference_schema.pages(graphql_schema())}
    written = {name: f"<!-- {NOTE} -->\n\n{text.rstrip()}\n" for name, text in made.items()}
    return {**written, "schema.graphql": f"# {NOTE}\n\n{sdl()}"}


def main() -> int:
    """Write every page; remove what is no page any more."""
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    for stale in {path.name for path in FOLDER.iterdir()} - wanted.keys():
        (FOLDER / stale).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
