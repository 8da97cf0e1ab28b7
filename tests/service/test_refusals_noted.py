"""Refusals: each noted once, whichever way it came; nobody who is not signed in can fill the trail."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

import pytest

from authz.audit import Line
from authz.errors import Forbidden, Unavailable
from authz.principal import PUBLIC
from db.engine import connect
from db.enums import AuditKind
from service.folding import ANYBODY, Folding
from service.graphql import GraphQLEndpoint
from service.inside import ask, bearer
from service.proxies import Proxies
from tests.fixtures.service import serving
from tests.fixtures.town import BANK_A, YUBEI
from tests.service.test_audited import Watched
from tests.service.test_limits import Clock

HIDDEN = "{ enterprises { nodes { uscc contactIdNumber } } }"
BAD_LINK = "/exports/00000000-0000-0000-0000-000000000000.csv?token=abc"


@pytest.fixture
async def watched(town_copy: str) -> AsyncGenerator[Watched]:
    connection = await connect(town_copy)
    try:
        async with serving(town_copy) as service:
            yield Watched(service, connection, town_copy)
    finally:
        await connection.close()


@pytest.mark.parametrize("file_format", ["json", "csv", "xlsx"])
async def test_a_refusal_inside_and_over_http_leaves_one_line_each(watched: Watched, file_format: str) -> None:
    state = watched.service.app.state
    assert state is not None
    await watched.service.ask(HIDDEN, as_=YUBEI, accept=file_format)
    assert len(await watched.lines("REFUSAL")) == 1

    async def send(_message: object) -> None:
        pass

    raised = pytest.raises(Forbidden) if file_format != "json" else contextlib.nullcontext()
    with raised:  # a file's refusal is raised, JSON's is answered
        await ask(
            GraphQLEndpoint(state),
            send,
            authorization=bearer(state.tokens, YUBEI),
            file_format=file_format,
            document=HIDDEN,
        )
    lines = await watched.lines("REFUSAL")
    assert [(line["outcome"], line["rows"]) for line in lines] == [("FORBIDDEN", 1)] * 2


@pytest.mark.parametrize("accept", ["csv", "xlsx"])
async def test_a_bank_that_wants_a_file_leaves_one_line(watched: Watched, accept: str) -> None:
    assert (await watched.service.ask("{ units { code } }", as_=BANK_A, accept=accept)).code == "FORBIDDEN"
    assert (await watched.only())["outcome"] == "FORBIDDEN"


async def test_strangers_are_folded_and_nothing_is_lost_at_the_stop(watched: Watched) -> None:
    async with serving(watched.url) as service:
        for _ in range(5):
            assert (await service.get(BAD_LINK)).status == 401
            assert (await service.get("/schema.graphql", Authorization="Bearer x")).status == 401
            assert (await service.ask("{ enterprises { totalCount } }", as_=PUBLIC)).code == "UNAUTHENTICATED"
        assert sorted(line["rows"] for line in await watched.lines()) == [1, 1]
    found = await watched.lines("REFUSAL")
    assert sum(line["rows"] for line in found) == 15
    assert len(found) == 4


async def test_what_a_page_of_another_site_is_refused_leaves_no_line(watched: Watched) -> None:
    client = watched.service.client
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert (await client.options("/graphql", headers=asks)).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert (await client.get("/graphql?query={units{code}}", headers=cross)).status_code == 403
    assert await watched.lines() == []


async def test_bad_links_and_tokens_are_limited_by_address(town_copy: str) -> None:
    async with serving(town_copy, rate_limit=2) as service:
        assert [(await service.get(BAD_LINK)).status for _ in range(3)] == [401, 401, 429]
        assert (await service.get("/schema.graphql", Authorization="Bearer x")).status == 429


async def test_too_much_planning_leaves_no_line(town_copy: str) -> None:
    connection = await connect(town_copy)
    try:
        async with serving(town_copy, planning_seconds=1e-9) as service:
            await service.ask("{ units { code } }", as_=YUBEI)
            assert (await service.ask("{ units { name } }", as_=YUBEI)).code == "RATE_LIMITED"
        assert await connection.fetchval("SELECT count(*) FROM audit_entry") == 0
    finally:
        await connection.close()


def refusal(client: str, field: str = "enterprises") -> Line:
    return Line(AuditKind.REFUSAL, PUBLIC, "-", (field,), 1, b"", "", client, "r", "UNAUTHENTICATED")


async def test_the_next_line_tells_how_many_it_stands_for_in_bounded_memory() -> None:
    clock, kept = Clock(), list[Line]()

    async def keep(line: Line) -> None:
        kept.append(line)

    folding = Folding(keep, most_keys=3, clock=clock)
    for second in range(62):
        clock.now = float(second)
        await folding.refused(refusal("192.0.2.1"))
    assert [line.rows for line in kept] == [1, 59]
    for number in range(100):
        await folding.refused(refusal(f"2001:db8:{number:x}::1"))
    assert len(folding) <= 4
    await folding.close()
    assert sum(line.rows for line in kept) == 162
    assert ANYBODY in {line.client for line in kept}


async def test_a_count_that_cannot_be_kept_stands_in_a_later_line() -> None:
    kept, is_down = list[Line](), True

    async def keep(line: Line) -> None:
        if is_down:
            raise Unavailable("审计")
        kept.append(line)

    folding = Folding(keep, clock=Clock())
    with pytest.raises(Unavailable):
        await folding.refused(refusal("192.0.2.1"))
    is_down = False
    await folding.refused(refusal("192.0.2.1"))
    assert [line.rows for line in kept] == [2]


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        ("::ffff:10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7,"], "10.0.0.1"),
        ("10.0.0.1", ["x" * 60_000], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, <script>"], "10.0.0.1"),
        ("10.0.0.1", ["fe80::1%eth0"], "10.0.0.1"),
        ("10.0.0.1", ["\xff\x00"], "10.0.0.1"),
        ("10.0.0.1", ["<script>, 198.51.100.7"], "198.51.100.7"),
        ("local", ["198.51.100.7"], "local"),
    ],
)
def test_only_trusted_proxies_say_who_asks(peer: str, said: list[str], client: str) -> None:
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in said]
    assert Proxies(["10.0.0.0/24"]).client(peer, headers) == client
    assert Proxies([]).client(peer, headers) == peer


async def test_the_trail_and_the_limit_take_the_clients_address(watched: Watched) -> None:
    async with serving(watched.url, trusted_proxies=("127.0.0.1",), rate_limit=1) as service:
        assert (await service.get(BAD_LINK, **{"X-Forwarded-For": "6.6.6.6, 198.51.100.7"})).status == 401
        assert (await service.get(BAD_LINK, **{"X-Forwarded-For": "7.7.7.7, 198.51.100.7"})).status == 429
        assert (await service.get(BAD_LINK, **{"X-Forwarded-For": "198.51.100.8"})).status == 401
    assert [line["client"] for line in await watched.lines()] == ["198.51.100.7", "198.51.100.8"]
