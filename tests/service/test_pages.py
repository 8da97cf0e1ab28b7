"""Pages for people: GraphiQL with every file from this service, and a word where its files are missing."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

import web
from service.pages import asset, console
from service.record import RequestRecord

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
OURS = ("index.html", "graphiql.html", "unbuilt.html", "console.js", "pages.css")

built = pytest.mark.skipif(not web.is_built(), reason="GraphiQL's files are not here: make web")


@pytest.mark.parametrize("name", OURS)
def test_no_page_of_ours_names_an_outside_address(name: str) -> None:
    text = (web.HERE / name).read_text("utf-8")
    addresses = re.findall(r"https?://[^\s\"'<)]+|[\"'(]//\w", text)
    assert all(address.startswith("http://127.0.0.1:8000/") for address in addresses), addresses


@pytest.mark.parametrize("name", [name for name in OURS if name.endswith("html")])
def test_no_page_of_ours_has_a_script_inside(name: str) -> None:
    text = (web.HERE / name).read_text("utf-8")
    assert all(script == "" for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL))
    assert not re.search(r"\son\w+=", text)
    assert 'lang="zh-CN"' in text


@built
def test_a_browser_gets_the_console_and_each_file_it_names(http: httpx.Client) -> None:
    page = http.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "科企" in page.text
    names = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
    assert len(names) == len(web.BUILT) + len(web.OWN)
    for name in names:
        answer = http.get(name)
        assert answer.status_code == 200, name
        assert (
            http.get(name, headers={"If-None-Match": answer.headers["etag"]}).headers["etag"] == answer.headers["etag"]
        )


def test_a_program_gets_graphql_where_a_browser_gets_the_page(http: httpx.Client) -> None:
    answer = http.get("/graphql", params={"query": "{ __typename }"}, headers={"Accept": "application/json"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    mixed = http.get("/graphql", params={"query": "{ __typename }"}, headers={"Accept": "text/html, application/json"})
    assert mixed.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "name", ["build.py", "package.json", "__init__.py", "..%2Fpyproject.toml", "%2e%2e", "graphiql.html"]
)
def test_nothing_else_of_the_folder_is_served(http: httpx.Client, name: str) -> None:
    assert http.get(f"/assets/{name}").status_code == 404


def test_the_landing_page_leads_on(http: httpx.Client) -> None:
    page = http.get("/", headers=BROWSER)
    assert page.status_code == 200
    for address in re.findall(r'<a href="(/[^"]*)"', page.text):
        assert http.get(address, headers=BROWSER).status_code == 200, address


async def test_without_its_files_the_console_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "VENDOR", tmp_path)
    routes = Router([Route("/graphql", console), Route("/assets/{name}", asset)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        RequestRecord.of(scope)
        scope["app"] = routes
        try:
            await routes(scope, receive, send)
        except HTTPException as refused:
            await Response(status_code=refused.status_code)(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        assert "make web" in (await client.get("/graphql")).text
        assert (await client.get("/assets/graphiql.min.js")).status_code == 404
        assert (await client.get("/assets/pages.css")).status_code == 200
