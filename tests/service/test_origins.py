"""A browser's simple request never runs anything; pages of named origins may ask, and no others."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

import pytest

from service.settings import Settings
from tests.fixtures.service import SECRET, Answer, Service, serving
from tests.fixtures.town import MUNICIPAL
from tests.service.browser import Browser, browser, installed

ASKED = "/graphql?query=%7B%20__typename%20%7D"
OK = {"data": {"__typename": "Query"}}
PORTAL = "https://portal.example"
CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest.fixture(scope="module")
async def open_to_portal(town_url: str) -> AsyncGenerator[Service]:
    async with serving(town_url, allowed_origins=(PORTAL,)) as service:
        yield service


def forbidden(answer: Answer) -> None:
    """Refused before anything ran."""
    assert (answer.status, answer.code) == (403, "FORBIDDEN"), answer.body
    assert "data" not in answer.json


# ── simple requests ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate", "websocket"])
async def test_apollo_ghsa_hff2_gcpx_8f4p_a_foreign_pages_get_runs_nothing(town: Service, site: str, mode: str) -> None:
    """An image, a script, a link or a form by GET: the browser asks nobody before it sends them."""
    town.statements.clear()
    query = "/graphql?query=%7B%20units%20%7B%20code%20%7D%20%7D"
    forbidden(await town.get(query, **{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}))
    assert town.statements == []


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": CHROMIUM},
        {"User-Agent": CHROMIUM, "Referer": "http://elsewhere.example/page"},
        {"User-Agent": CHROMIUM, "Referer": "http://keqi.elsewhere.example/"},
        {"User-Agent": CHROMIUM, "Referer": "http://[nonsense"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
)
async def test_without_tls_a_browser_must_show_that_it_is_ours(town: Service, headers: dict[str, str]) -> None:
    """Browsers name the asking site only to trustworthy addresses; an office network has plain HTTP."""
    forbidden(await town.get(ASKED, **headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User-Agent": "curl/8.5.0"},
        {"Sec-Fetch-Site": "same-origin", "User-Agent": CHROMIUM},
        {"Sec-Fetch-Site": "none", "User-Agent": CHROMIUM},
        {"Referer": "http://keqi/graphql", "User-Agent": CHROMIUM},
        {"Origin": "http://keqi", "User-Agent": CHROMIUM},
        {"Sec-Fetch-Site": "cross-site", "X-Requested-With": "XMLHttpRequest"},
        {"Sec-Fetch-Site": "cross-site", "Apollo-Require-Preflight": "true"},
    ],
)
async def test_a_get_that_no_foreign_page_can_make_is_answered(town: Service, headers: dict[str, str]) -> None:
    assert (await town.get(ASKED, **headers)).json == OK


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_a_forms_post_runs_nothing(town: Service, media: str) -> None:
    body = b'{"query": "{ __typename }"}'
    answer = await town.post(body, {"Content-Type": media, "Sec-Fetch-Site": "cross-site"})
    assert (answer.status, answer.code) == (415, "BAD_USER_INPUT")


async def test_multipart_needs_no_second_way_in(town: Service) -> None:
    """graphql-multipart-request-spec: an upload is a form, which any page may send."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
        b'{"query": "mutation { __typename }", "variables": {}}\r\n--x--\r\n'
    )
    answer = await town.post(body, {"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status == 415


# ── other origins ───────────────────────────────────────────────────────────────────────────────


async def preflight(service: Service, origin: str) -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    response = await service.client.options("/graphql", headers=headers)
    return Answer(response.status_code, response.headers, response.content)


async def test_no_origin_may_ask_by_default(town: Service) -> None:
    for origin in (PORTAL, "http://keqi", "null"):
        answer = await preflight(town, origin)
        forbidden(answer)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    told = await town.post(b'{"query": "{ __typename }"}', {"Content-Type": "application/json", "Origin": PORTAL})
    assert not [name for name in told.headers if name.startswith("access-control")]


async def test_a_named_origin_may_ask_and_read(open_to_portal: Service) -> None:
    service = open_to_portal
    asked = await preflight(service, PORTAL)
    assert (asked.status, asked.body) == (204, b"")
    assert asked.headers["access-control-allow-origin"] == PORTAL
    assert asked.headers["vary"] == "Origin"
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= set(asked.headers["access-control-allow-headers"].split(", "))
    headers = {"Content-Type": "application/json", "Origin": PORTAL, "Authorization": service.token(MUNICIPAL)}
    for body in (b'{"query": "{ enterprises { totalCount } }"}', b'{"query": "{ nope }"}', b"{"):
        answer = await service.post(body, headers)
        assert answer.headers["access-control-allow-origin"] == PORTAL, "errors are read too"
    assert "x-total-rows" in answer.headers["access-control-expose-headers"]
    assert (await service.get(ASKED, **{"Origin": PORTAL, "Sec-Fetch-Site": "cross-site"})).json == OK


@pytest.mark.parametrize(
    "origin",
    [
        "https://portal.example.evil.example",
        "https://evil.example",
        "http://portal.example",
        "https://portal.example:8443",
        "HTTPS://PORTAL.EXAMPLE",
        "null",
        "*",
    ],
)
async def test_an_origin_is_exactly_that_one(open_to_portal: Service, origin: str) -> None:
    forbidden(await preflight(open_to_portal, origin))
    answer = await open_to_portal.get("/healthz", Origin=origin)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin", "a cache must not give this answer to the portal"


async def test_nobody_may_ask_with_credentials(open_to_portal: Service) -> None:
    answer = await preflight(open_to_portal, PORTAL)
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["access-control-allow-origin"] != "*"


@pytest.mark.parametrize("origin", ["*", "portal.example", "https://portal.example/", "https://*.example", "null", ""])
def test_what_is_no_origin_is_no_setting(origin: str) -> None:
    with pytest.raises(ValueError, match="portal"):
        Settings.model_validate({"secret": SECRET, "allowed_origins": (origin,)})


# ── a real browser ──────────────────────────────────────────────────────────────────────────────

EVIL = """<!doctype html><title>elsewhere</title>
<img src="{0}" onerror="document.title += ' image'">
<form id="form" method="post" enctype="text/plain" action="{1}/graphql">
<input name='{{"query": "{{ units {{ code }} }}", "x": "' value='"}}'></form>
"""


@contextmanager
def elsewhere(page: str) -> Generator[str]:
    """A page of another site."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page() -> Generator[Browser]:
    path = installed()
    if path is None:
        assert os.environ.get("KEQI_REQUIRE_BROWSER") != "1", "missing: Chromium"
        pytest.skip("missing: Chromium")
    with browser(path) as opened:
        yield opened


def statuses(page: Browser, service: str) -> list[int]:
    """What the service answered the page, in order."""
    answered = [e["params"]["response"] for e in page.events if e["method"] == "Network.responseReceived"]
    return [response["status"] for response in answered if response["url"].startswith(service)]


def test_a_page_of_another_site_runs_nothing_in_a_real_browser(page: Browser, service: str) -> None:
    address = service.replace("127.0.0.1", "localhost")  # another site than the page's
    with elsewhere(EVIL.format(f"{address}{ASKED}", address)) as evil:
        page.call("Page.navigate", url=evil)
        page.until("document.title.includes('image')")
        page.run(f"fetch('{address}{ASKED}', {{mode: 'no-cors'}}).catch(() => 0).then(() => 0)")
        page.run(f"""new Promise((done) => {{
            const script = document.createElement('script');
            script.src = '{address}{ASKED}'; script.onload = script.onerror = () => done(1);
            document.head.append(script);
        }})""")
        post = f"fetch('{address}/graphql', {{method: 'POST', body: '{{}}', headers: {{'Content-Type': '%s'}}}})"
        for media in ("application/json", "text/plain"):
            assert page.run(f"{post % media}.then(() => 'read').catch(() => 'kept out')") == "kept out"
        seen = len(statuses(page, address))
        page.run("document.getElementById('form').submit()")
        page.wait_for(lambda _: len(statuses(page, address)) > seen)
        told = statuses(page, address)
        assert {403, 415} <= set(told) <= {403, 406, 415}, told
        page.call("Page.navigate", url=f"{address}/")
        page.until("document.querySelector('.doors')")
        assert page.run(f"fetch('{ASKED}').then((answer) => answer.json())") == OK, "our own page asks by GET"
