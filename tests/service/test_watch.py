"""The watch: a connection that breaks, with or without a word, and processes that never met."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from authz.principal import Principal, Role
from db.engine import connect
from db.readers import Readers
from service import watch
from service.accounts import Accounts
from service.identity import Identity
from service.keys import KeyRing
from service.openid import LEEWAY_SECONDS, Providers
from service.tokens import TokenAuthority
from service.watch import CHANNEL, Watch
from tests.conftest import Databases
from tests.service.conftest import SECRET, Running, run_keqi, running
from tests.service.ears import Ears
from tests.service.provider import FakeProvider, SigningKey, provider
from tests.service.wire import wire

TOKENS = TokenAuthority(KeyRing.of_secret(SECRET.encode()))
WHO = {"query": "{ viewer { subject role } }"}


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    return Ears(monkeypatch)


@asynccontextmanager
async def watching(url: str) -> AsyncGenerator[Identity]:
    """An identity that is told of what happens in the database at ``url``."""
    pool = await asyncpg.create_pool(url, min_size=0, max_size=1)
    identity = Identity(TOKENS, Accounts(Readers(pool, 1)), Providers())
    task = asyncio.create_task(Watch(url, identity).run())
    try:
        yield identity
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        pool.terminate()


async def test_a_wire_that_is_cut_without_a_word_is_noticed(
    database_url: str, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BEAT_SECONDS", 0.5)
    monkeypatch.setattr(watch, "CLOSE_SECONDS", 0.05)
    async with wire(database_url) as between, watching(between.url):
        await ears.until("hears")
        between.cut()
        with capture_logs() as logged:
            await ears.until("is_deaf")
            between.mend()
            await ears.until("hears")
        assert {entry["event"] for entry in logged} == {
            "account watch lost; every token is checked in the database",
            "account watch back",
        }


async def test_a_connection_is_believed_only_after_it_heard_itself(
    database_url: str, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a pooler that lends another connection for each statement, LISTEN succeeds and nothing ever comes."""
    monkeypatch.setattr(watch, "CONNECT_SECONDS", 0.3)
    token = TOKENS.issue(Principal(Role.ANALYST, "dev:somebody"), 60)
    async with wire(database_url, is_mute=True) as between, watching(between.url) as identity:
        for _ in range(2):
            await ears.until("is_deaf")
            assert (await identity.of_header(f"Bearer {token}".encode())).subject == "dev:somebody"
            assert len(identity) == 0


async def test_word_reaches_who_listens_and_only_who_is_meant_is_forgotten(database_url: str, ears: Ears) -> None:
    people = [Principal(Role.ANALYST, f"dev:{name}") for name in ("甲", "乙")]
    headers = [b"Bearer " + TOKENS.issue(each, 60).encode() for each in people]
    connection = await connect(database_url)
    async with watching(database_url) as identity:
        await ears.until("hears")
        assert [await identity.of_header(header) for header in headers] == people
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, "dev:甲")
        await ears.until("forget", "dev:甲")
        assert len(identity) == 1
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
        await ears.until("forget_all")
        assert len(identity) == 0
    await connection.close()


# ── several processes ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def portal() -> Generator[FakeProvider]:
    with provider(SigningKey.rsa("first")) as running_portal:
        yield running_portal


@pytest.fixture(scope="module")
async def shared(databases: Databases, seeded_template: str, portal: FakeProvider) -> AsyncGenerator[dict[str, str]]:
    """Settings of services that share a seeded database of this module's own."""
    name = await databases.create("watched", seeded_template)
    yield {
        "KEQI_DATABASE_URL": databases.url(name),
        "KEQI_SECRET": SECRET,
        "KEQI_OPENID_ISSUERS": portal.environment,
    }
    await databases.drop(name)


@pytest.fixture(scope="module")
def services(shared: dict[str, str]) -> Generator[list[Running]]:
    """Two services that know nothing of each other but the database."""
    with running("serve", **shared) as one, running("serve", **shared) as other:
        yield [one, other]


def answers(services: list[Running], token: str) -> list[int]:
    """The status of the same request at each."""
    headers = {"Authorization": f"Bearer {token}"}
    return [httpx.post(f"{each.url}/graphql", json=WHO, headers=headers, timeout=60).status_code for each in services]


def page(service: Running, token: str, after: str) -> Any:
    """A page of two, with its cursor."""
    query = f"{{ enterprises(first: 2{after}) {{ nodes {{ uscc }} pageInfo {{ endCursor }} }} }}"
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{service.url}/graphql", json={"query": query}, headers=headers, timeout=60).json()


def refused_everywhere(services: list[Running], token: str) -> None:
    """Ask until each refuses: word travels on its own."""
    while answers(services, token) != [401] * len(services):
        assert all(each.process.poll() is None for each in services)


def test_disabling_an_account_stops_its_tokens_in_every_process(
    services: list[Running], shared: dict[str, str], portal: FakeProvider
) -> None:
    who = Principal(Role.ANALYST, "analyst-1")
    linked = run_keqi(
        "account", "link", "analyst-1", "--issuer", portal.issuer, "--external-subject", "person-1", **shared
    )
    assert linked.returncode == 0, linked.stderr
    tokens = [
        portal.token(iat=time.time() + LEEWAY_SECONDS),  # signed after the link, wherever the provider's clock stands
        TOKENS.issue(who, 600),
    ]
    for token in tokens:
        assert answers(services, token) == [200, 200]
        assert answers(services, token) == [200, 200]
    assert run_keqi("account", "disable", "analyst-1", **shared).returncode == 0
    for token in tokens:
        refused_everywhere(services, token)
    assert run_keqi("account", "enable", "analyst-1", **shared).returncode == 0
    assert answers(services, tokens[1]) == [401, 401]
    for each in services:
        assert tokens[0][:12] not in each.log
        assert "Traceback" not in each.log


def test_a_revoked_token_is_refused_in_every_process(services: list[Running], shared: dict[str, str]) -> None:
    made = run_keqi("token", "--role", "ANALYST", "--subject", "dev:somebody", **shared)
    sibling = run_keqi("token", "--role", "ANALYST", "--subject", "dev:somebody", **shared).stdout.strip()
    token = made.stdout.strip()
    assert answers(services, token) == answers(services, sibling) == [200, 200]
    assert run_keqi("account", "revoke-tokens", "--token", "-", stdin=token, **shared).returncode == 0
    refused_everywhere(services, token)
    assert answers(services, sibling) == [200, 200]
    assert run_keqi("account", "revoke-tokens", "--subject", "dev:somebody", **shared).returncode == 0
    refused_everywhere(services, sibling)


def test_another_secret_takes_over_without_a_log_out(services: list[Running], shared: dict[str, str]) -> None:
    token = run_keqi("token", "--role", "ANALYST", **shared).stdout.strip()
    cursor = page(services[0], token, "")["data"]["enterprises"]["pageInfo"]["endCursor"]
    rotated = {**shared, "KEQI_SECRET": SECRET[::-1], "KEQI_PREVIOUS_SECRETS": f'["{SECRET}"]'}
    with running("serve", **rotated) as after:
        assert answers([after], token) == [200]
        refused = page(after, token, f', after: "{cursor}"')["errors"][0]
        assert (refused["extensions"]["code"], "第一页" in refused["message"]) == ("BAD_USER_INPUT", True)
        assert answers([after], run_keqi("token", "--role", "ANALYST", **rotated).stdout.strip()) == [200]
    with running("serve", **{**rotated, "KEQI_PREVIOUS_SECRETS": ""}) as later:
        assert answers([later], token) == [401]
