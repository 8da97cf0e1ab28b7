"""The console as a person uses it, in a real browser: it opens, asks, downloads, and calls nobody outside."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Generator
from pathlib import Path

import openpyxl
import pytest

import web
from authz.principal import Role
from tests.service.browser import Browser, browser, installed
from tests.service.conftest import token_for


@pytest.fixture
def page() -> Generator[Browser]:
    path = installed()
    missing = [what for what, is_there in (("Chromium", path), ("GraphiQL (make web)", web.is_built())) if not is_there]
    if path is None or missing:
        assert os.environ.get("KEQI_REQUIRE_BROWSER") != "1", f"missing: {missing}"
        pytest.skip(f"missing: {', '.join(missing)}")
    with browser(path) as opened:
        yield opened


def outside(page: Browser, service: str) -> list[str]:
    """Addresses the page asked for that are not the service's."""
    asked = [e["params"]["request"]["url"] for e in page.events if e["method"] == "Network.requestWillBeSent"]
    assert asked, "the test saw no request at all"
    return [url for url in asked if not url.startswith((f"{service}/", "data:", f"blob:{service}/"))]


def complaints(page: Browser) -> list[object]:
    """Faults of scripts, and what the content security policy stopped."""
    thrown = [e["params"]["exceptionDetails"] for e in page.events if e["method"] == "Runtime.exceptionThrown"]
    logged = [e["params"]["entry"] for e in page.events if e["method"] == "Log.entryAdded"]
    return thrown + [entry for entry in logged if entry["level"] == "error"]


def enter(page: Browser, token: str) -> None:
    """Paste a token into its field."""
    page.run(
        f"{{ const field = document.getElementById('token'); field.value = '{token}';"
        "field.dispatchEvent(new Event('input', {bubbles: true}));"
        "field.dispatchEvent(new Event('change', {bubbles: true})); }"
    )


def test_the_console_asks_and_downloads_as_an_officer(page: Browser, service: str, tmp_path: Path) -> None:
    page.call("Page.navigate", url=f"{service}/graphql")
    page.until("document.querySelector('.graphiql-container') && document.querySelector('.graphiql-execute-button')")
    assert page.run("document.title") == "科企查询台 · keqi GraphiQL"
    assert page.run("document.getElementById('who').textContent") == "公众"

    enter(page, token_for(Role.DISTRICT_OFFICER, "500112"))
    assert page.run("document.getElementById('who').textContent") == "区县科技局 500112"
    page.until("document.querySelector('.graphiql-execute-button')")
    page.run("document.querySelector('.graphiql-execute-button').click()")
    page.until("/totalCount/.test(document.querySelector('.result-window')?.textContent ?? '')")
    assert "errors" not in page.run("document.querySelector('.result-window').textContent")

    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path), eventsEnabled=True)
    page.run("document.getElementById('xlsx').click()")
    done = page.wait_for(
        lambda event: event["method"] == "Browser.downloadProgress" and event["params"]["state"] != "inProgress"
    )
    assert done["params"]["state"] == "completed"
    (file,) = tmp_path.iterdir()
    assert file.suffix == ".xlsx"
    assert openpyxl.load_workbook(io.BytesIO(file.read_bytes())).worksheets[0].max_row == 21

    assert outside(page, service) == []
    assert complaints(page) == []


def schemas_asked(page: Browser) -> list[str]:
    """Numbers of the requests for the schema so far, in order."""
    asked = [event["params"] for event in page.events if event["method"] == "Network.requestWillBeSent"]
    return [each["requestId"] for each in asked if "__schema" in each["request"].get("postData", "")]


def types_shown(page: Browser, number: int) -> set[str]:
    """The types in the answer to the request for the schema of this number, counted from 0."""
    page.until("document.querySelector('.graphiql-execute-button')")
    page.wait_for(lambda _: len(schemas_asked(page)) > number)
    request = schemas_asked(page)[number]
    page.wait_for(lambda e: e["method"] == "Network.loadingFinished" and e["params"]["requestId"] == request)
    answer = json.loads(page.call("Network.getResponseBody", requestId=request)["body"])
    return {each["name"] for each in answer["data"]["__schema"]["types"] if not each["name"].startswith("__")}


def test_the_console_shows_whoever_pastes_a_token_the_schema_of_the_role(page: Browser, service: str) -> None:
    page.call("Page.navigate", url=f"{service}/graphql")
    page.until("document.querySelector('.graphiql-execute-button')")
    public = types_shown(page, 0)
    assert "Enterprise" not in public

    enter(page, token_for(Role.BANK_USER, bank="BANK_LJ"))
    bank = types_shown(page, 1)
    assert {"Enterprise", "AnnualReport"} <= bank
    assert "ReviewRecord" not in bank

    enter(page, token_for(Role.DISTRICT_OFFICER, "500112"))
    assert bank < types_shown(page, 2)
    assert complaints(page) == []


def test_a_refused_download_is_told_in_the_page(page: Browser, service: str) -> None:
    page.call("Page.navigate", url=f"{service}/graphql?query=%7B%20nonsense%20%7D")
    page.until("document.querySelector('.graphiql-execute-button')")
    page.run("document.getElementById('csv').click()")
    page.until("!document.getElementById('notice').hidden")
    assert page.run("document.getElementById('notice').textContent").startswith("下载未成功")
    assert outside(page, service) == []


def test_the_token_stays_in_its_tab_and_out_of_addresses(page: Browser, service: str) -> None:
    page.call("Page.navigate", url=f"{service}/graphql")
    page.until("document.querySelector('.graphiql-execute-button')")
    token = token_for(Role.ANALYST)
    enter(page, token)
    assert page.run("sessionStorage.getItem('keqi.token')") == token
    assert page.run("Object.values(localStorage).join()").count(token) == 0
    assert page.run("document.cookie") == ""
    assert token not in page.run("location.href")


def test_the_landing_page_calls_nobody_outside(page: Browser, service: str) -> None:
    page.call("Page.navigate", url=f"{service}/")
    page.until("document.querySelector('.doors')")
    assert outside(page, service) == []
    assert complaints(page) == []
