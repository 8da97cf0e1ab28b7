"""Desks: people of the town at their screens, asking the running service over HTTP as their role does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
from openpyxl import Workbook

from authz.principal import PUBLIC, Principal
from service.inside import ACCEPT
from service.keys import KeyRing
from service.tokens import TokenAuthority
from tests.exporters.workbooks import opened
from tests.fixtures.service import Answer, answer
from tests.service.conftest import PATIENCE_SECONDS, SECRET, running

TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Desk:
    """One person, signed in. A page is asked as JSON, its 导出 Excel with the very same query and variables."""

    client: httpx.Client
    principal: Principal

    def ask(self, query: str, /, *, accept: str = "json", **variables: Any) -> Answer:
        """What the service answers."""
        headers = {"Accept": ACCEPT[accept]}
        if self.principal is not PUBLIC:
            tokens = TokenAuthority(KeyRing.of_secret(SECRET.encode()))
            headers["Authorization"] = f"Bearer {tokens.issue(self.principal, TOKEN_SECONDS)}"
        return answer(self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers))

    def see(self, query: str, /, **variables: Any) -> Any:
        """The one root field of an answer without errors."""
        (value,) = self.ask(query, **variables).data.values()
        return value

    def walk(self, query: str, /, size: int = 2, **variables: Any) -> list[Any]:
        """All rows of a list, page by page to the last one; ``query`` takes ``$first`` and ``$after``."""
        found: list[Any] = []
        after: str | None = None
        while True:
            page = self.see(query, first=size, after=after, **variables)
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            assert len(page["nodes"]) == size
            after = page["pageInfo"]["endCursor"]

    def workbook(self, query: str, /, **variables: Any) -> Workbook:
        """The page's workbook."""
        taken = self.ask(query, accept="xlsx", **variables)
        assert taken.status == 200, taken.body[:500]
        return opened(taken.body)

    def sheet(self, query: str, /, **variables: Any) -> list[list[Any]]:
        """The first sheet of the page's workbook, the header row first."""
        return rows_of(self.workbook(query, **variables).worksheets[0])


def rows_of(sheet: Any) -> list[list[Any]]:
    """The rows of a sheet; an empty cell is None."""
    return [list(cast("Sequence[Any]", row)) for row in sheet.iter_rows(values_only=True)]


def listing(root: str, kind: str, fields: str) -> str:
    """The query of a page's list: ``root`` with a filter of the type ``kind``, page by page, and how many there are."""
    return (
        f"query ($filter: {kind}, $first: Int, $after: String) {{"
        f" {root}(filter: $filter, first: $first, after: $after) {{"
        f" totalCount nodes {{ {fields} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"
    )


@contextmanager
def service_on(url: str, **settings: str) -> Generator[Callable[[Principal], Desk]]:
    """A service of its own process on a database; it gives anybody a desk."""
    chosen = {"KEQI_DATABASE_URL": url, "KEQI_SECRET": SECRET, "KEQI_PLANNING_SECONDS": "0", **settings}
    with (
        running("serve", **chosen) as served,
        httpx.Client(base_url=served.url, timeout=PATIENCE_SECONDS) as client,
    ):
        yield lambda principal: Desk(client, principal)
