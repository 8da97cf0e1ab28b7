"""The trail: what is promised is there, whoever else writes, whatever breaks, whatever a client sends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator

import asyncpg
import pytest
import structlog.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.audit import CUT, MOST_CHARACTERS, MOST_INLINE, AuditTrail, Line, opened_trail
from authz.errors import Unavailable
from authz.principal import PUBLIC, Principal, Role
from db.engine import Connection, connect, create_pool
from db.enums import AuditKind
from tests.authz.trails import CODES, KEY, checked, entries, line, spread
from tests.fixtures.town import YUBEI

CHAIN_LOCK = 418581342580
WAITING = """
SELECT pid FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()
"""
KILL_THOSE_WHO_WAIT = f"SELECT pg_terminate_backend(pid) FROM ({WAITING}) AS waiting"


@pytest.fixture
async def beside(empty_copy: str) -> AsyncGenerator[Connection]:
    """A connection beside the trail's own."""
    connection = await connect(empty_copy)
    yield connection
    await connection.close()


@pytest.fixture
async def trail(empty_copy: str) -> AsyncGenerator[AuditTrail]:
    """A trail on a database of its own."""
    async with opened_trail(empty_copy, KEY) as opened:
        yield opened


async def is_waiting(beside: Connection, count: int = 1) -> None:
    """Come back when so many sessions wait for the chain's lock."""
    while len(await beside.fetch(WAITING)) < count:
        pass


async def test_a_promised_line_is_there_with_everything_it_says(trail: AuditTrail, beside: Connection) -> None:
    await trail.promise(line())
    (entry,) = await entries(beside)
    assert (entry["no"], entry["batch"], entry["kind"], entry["operation"]) == (1, 1, "READ", "Contacts")
    assert (entry["subject"], entry["role"], entry["units"]) == (YUBEI.subject, "DISTRICT_OFFICER", ["500112"])
    assert entry["fields"] == ["enterprises.nodes.contactMobile"]
    assert (entry["rows"], entry["subjects"]) == (3, sorted(code.decode() for code in CODES))
    assert (entry["filter"], entry["client"], entry["request_id"]) == (
        '{"enterprises": {"first": 3}}',
        "10.1.2.3",
        "r-1",
    )
    assert (entry["outcome"], entry["reason"], entry["bank"], entry["reader_uscc"]) == ("ok", None, None, None)
    assert trail.head == f"1:{(await beside.fetchval('SELECT digest FROM audit_seal')).hex()}"


@pytest.mark.parametrize(
    ("who", "column", "value"),
    [
        (Principal(Role.BANK_USER, "b", bank="BANK_LJ"), "bank", "BANK_LJ"),
        (Principal(Role.DEPARTMENT_OFFICER, "d", department="IP"), "department", "IP"),
        (Principal(Role.ENTERPRISE_USER, "e", uscc=CODES[0].decode()), "reader_uscc", CODES[0].decode()),
        (PUBLIC, "subject", "anonymous"),
    ],
)
async def test_a_line_says_who_in_every_role(
    trail: AuditTrail, beside: Connection, who: Principal, column: str, value: str
) -> None:
    await trail.promise(line(principal=who, subjects=b"", rows=0))
    (entry,) = await entries(beside)
    assert (entry["role"], entry[column], entry["units"], entry["subjects"]) == (who.role.value, value, [], [])


@pytest.mark.parametrize("kind", AuditKind)
async def test_every_kind_is_kept(trail: AuditTrail, beside: Connection, kind: AuditKind) -> None:
    await trail.promise(line(kind=kind, outcome="FORBIDDEN", reason="核实联系人"))
    await spread(beside)
    (entry,) = await entries(beside)
    assert (entry["kind"], entry["outcome"], entry["reason"]) == (kind.value, "FORBIDDEN", "核实联系人")


async def test_lines_of_requests_at_once_share_batches(trail: AuditTrail, beside: Connection) -> None:
    await asyncio.gather(*(trail.promise(line(f"Q{number}")) for number in range(600)))
    operations = [entry["operation"] for entry in await entries(beside)]
    assert sorted(operations) == sorted(f"Q{number}" for number in range(600))
    assert await beside.fetchval("SELECT count(*) FROM audit_seal") < 10
    assert (await checked(beside)).findings == []


async def test_everything_is_spread_in_the_end(trail: AuditTrail, beside: Connection) -> None:
    await asyncio.gather(*(trail.promise(line(f"Q{number}")) for number in range(300)))
    while await beside.fetchval("SELECT count(*) FROM audit_line") < 300:
        pass
    assert (await checked(beside)).findings == []


async def test_a_waiter_that_leaves_costs_nobody_a_line_not_even_itself(trail: AuditTrail, beside: Connection) -> None:
    async with beside.transaction():
        await beside.execute("SELECT pg_advisory_xact_lock($1)", CHAIN_LOCK)
        tasks = [asyncio.ensure_future(trail.promise(line(f"Q{number}"))) for number in range(8)]
        await is_waiting(beside)
        for task in tasks[::2]:
            task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, asyncio.CancelledError) for result in results] == [True, False] * 4
    late = asyncio.ensure_future(trail.promise(line("Late")))
    await late
    assert {entry["operation"] for entry in await entries(beside)} == {*(f"Q{number}" for number in range(8)), "Late"}


async def test_a_long_list_whose_waiter_leaves_is_kept_too(trail: AuditTrail, beside: Connection) -> None:
    task = asyncio.ensure_future(trail.promise(line(subjects=many(20_000))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await trail.close()
    (entry,) = await entries(beside)
    assert entry["roll"] is not None


async def test_closing_writes_what_waits_and_takes_no_more(trail: AuditTrail, beside: Connection) -> None:
    tasks = [asyncio.ensure_future(trail.promise(line(f"Q{number}"))) for number in range(500)]
    await asyncio.sleep(0)
    await trail.close()
    await asyncio.gather(*tasks)
    assert len(await entries(beside)) == 500
    with pytest.raises(Unavailable):
        await trail.promise(line())


# ── several writers, and the caller's own transaction ───────────────────────────────────────────


async def test_several_writers_keep_one_chain(empty_copy: str, beside: Connection) -> None:
    async with opened_trail(empty_copy, KEY) as one, opened_trail(empty_copy, KEY) as other:

        async def write(trail: AuditTrail, name: str) -> None:
            for number in range(40):
                await asyncio.gather(*(trail.promise(line(f"{name}{number}.{each}")) for each in range(3)))

        await asyncio.gather(write(one, "A"), write(other, "B"))
    operations = {entry["operation"] for entry in await entries(beside)}
    assert operations == {f"{name}{number}.{each}" for name in "AB" for number in range(40) for each in range(3)}
    found = await checked(beside)
    assert (found.findings, found.lines) == ([], 240)


async def test_within_is_there_if_and_only_if_the_transaction_is(
    trail: AuditTrail, empty_copy: str, beside: Connection
) -> None:
    commands = await create_pool(empty_copy, max_size=1)
    async with commands.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await trail.within(connection, line("Undone"))
        await undone.rollback()
        async with connection.transaction():
            await trail.within(connection, line("Done", kind=AuditKind.WRITE), line("Also", subjects=many(3_000)))
            await trail.within(connection, line("Too", subjects=many(2_000)))
            assert [entry["operation"] for entry in await entries(beside)] == []
            await trail.within(connection)
    await commands.close()
    await trail.promise(line("After"))
    assert [entry["operation"] for entry in await entries(beside)] == ["Done", "Also", "Too", "After"]
    assert (await checked(beside)).findings == []


async def test_a_promise_waits_for_a_transaction_that_writes_lines(
    trail: AuditTrail, empty_copy: str, beside: Connection
) -> None:
    command = await connect(empty_copy)
    async with command.transaction():
        await trail.within(command, line("First"))
        promised = asyncio.ensure_future(trail.promise(line("Second")))
        await is_waiting(beside)
        assert not promised.done()
    await promised
    await command.close()
    assert [entry["operation"] for entry in await entries(beside)] == ["First", "Second"]


# ── when the database breaks ────────────────────────────────────────────────────────────────────


async def test_a_writer_that_is_killed_promises_nothing_and_the_next_one_goes_on(
    trail: AuditTrail, beside: Connection
) -> None:
    kept = [f"Kept{number}" for number in range(3)]
    for operation in kept:
        await trail.promise(line(operation))
    async with beside.transaction():
        await beside.execute("SELECT pg_advisory_xact_lock($1)", CHAIN_LOCK)
        cut = asyncio.gather(*(trail.promise(line("Cut")) for _ in range(5)), return_exceptions=True)
        await is_waiting(beside)
        await beside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        assert {type(result) for result in await cut} == {Unavailable}
    await trail.promise(line("After"))
    assert [entry["operation"] for entry in await entries(beside)] == [*kept, "After"]
    found = await checked(beside)
    assert (found.findings, found.batches) == ([], 4)


async def test_what_was_promised_survives_connections_that_keep_dying(trail: AuditTrail, beside: Connection) -> None:
    dice = random.Random(4)
    promised: list[str] = []

    async def write(name: str) -> None:
        for number in range(60):
            try:
                await trail.promise(line(f"{name}{number}"))
            except Unavailable:
                continue
            promised.append(f"{name}{number}")

    async def kill() -> None:
        for _ in range(12):
            await beside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
            for _ in range(dice.randrange(200)):
                await asyncio.sleep(0)

    await asyncio.gather(kill(), *(write(name) for name in "ABCD"))
    there = {entry["operation"] for entry in await entries(beside)}
    assert len(promised) > 20
    assert set(promised) <= there
    assert (await checked(beside)).findings == []


async def test_a_database_that_is_gone_is_said_and_not_waited_for(trail: AuditTrail, beside: Connection) -> None:
    await beside.execute("ALTER TABLE audit_seal RENAME TO audit_seal_gone")
    with pytest.raises(Unavailable) as refused:
        await trail.promise(line())
    assert "审计记录" in refused.value.message
    with pytest.raises(Unavailable):
        await trail.promise(line(kind=AuditKind.EXPORT, subjects=many(2_000)))
    await beside.execute("ALTER TABLE audit_seal_gone RENAME TO audit_seal")
    await trail.promise(line("After"))
    assert [entry["operation"] for entry in await entries(beside)] == ["After"]


async def test_lines_that_cannot_be_spread_are_kept_read_and_told(trail: AuditTrail, beside: Connection) -> None:
    await beside.execute("ALTER TABLE audit_line ADD CONSTRAINT none CHECK (operation <> 'Odd')")
    with structlog.testing.capture_logs() as logs:
        await trail.promise(line("Odd"))
        while not logs:
            await beside.fetchval("SELECT 1")
    assert (logs[0]["log_level"], logs[0]["error"]) == ("warning", "CheckViolationError")
    await beside.execute("ALTER TABLE audit_line DROP CONSTRAINT none")
    assert [entry["operation"] for entry in await entries(beside)] == ["Odd"]
    await trail.promise(line("After"))
    await spread(beside)
    assert await beside.fetchval("SELECT array_agg(operation ORDER BY no) FROM audit_line") == ["Odd", "After"]


# ── lists of enterprises ────────────────────────────────────────────────────────────────────────


def many(count: int, repeats: int = 1) -> bytes:
    """So many codes, shuffled."""
    codes = [f"9150{number:014d}".encode() for number in range(count)] * repeats
    random.Random(1).shuffle(codes)
    return b",".join(codes)


@pytest.mark.parametrize(("count", "repeats"), [(1, 1), (MOST_INLINE, 1), (MOST_INLINE, 7), (3, 2_000)])
async def test_up_to_a_thousand_enterprises_stand_in_their_line(
    trail: AuditTrail, beside: Connection, count: int, repeats: int
) -> None:
    await trail.promise(line(subjects=many(count, repeats)))
    await spread(beside)
    (entry,) = await entries(beside)
    assert entry["subjects"] == [f"9150{number:014d}" for number in range(count)]
    assert entry["roll"] is None


@pytest.mark.parametrize(("count", "repeats"), [(MOST_INLINE + 1, 1), (MOST_INLINE + 1, 3), (30_000, 2)])
async def test_more_stand_in_a_list_of_their_own(
    trail: AuditTrail, beside: Connection, count: int, repeats: int
) -> None:
    await trail.promise(line(subjects=many(count, repeats)))
    (entry,) = await entries(beside)
    assert entry["subjects"] == []
    parts = await beside.fetch("SELECT usccs FROM audit_subjects WHERE roll = $1 ORDER BY part", entry["roll"])
    assert [code for part in parts for code in part["usccs"]] == [f"9150{number:014d}" for number in range(count)]
    assert (await checked(beside)).findings == []


async def test_a_million_enterprises_of_an_export_hold_up_no_page(trail: AuditTrail, beside: Connection) -> None:
    export = asyncio.ensure_future(trail.promise(line("Export", kind=AuditKind.EXPORT, subjects=many(1_000_000))))
    pages = 0
    while not export.done():
        await trail.promise(line("Page"))
        pages += 1
    await export
    assert pages > 1
    (entry,) = await beside.fetch("SELECT * FROM audit_entry WHERE operation = 'Export'")
    named = "SELECT sum(cardinality(usccs)) FROM audit_subjects WHERE roll = $1"
    assert await beside.fetchval(named, entry["roll"]) == 1_000_000
    (one,) = await beside.fetch(
        "SELECT usccs FROM audit_subjects WHERE lo <= $1 AND hi >= $1 AND $1 = ANY(usccs)", "915000000000777777"
    )
    assert len(one["usccs"]) == 10_000
    assert (await checked(beside)).findings == []


# ── whatever a client sends ─────────────────────────────────────────────────────────────────────

AWKWARD = ["", '"', "\\", "\\u0000", "{a,b}", "NULL", "\n\r\t\x1f", "%_'--;", "渝🚀", "\u2028", "é", "�", "￿"]
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40), st.sampled_from(AWKWARD)
)


@given(
    st.lists(st.tuples(texts, texts, texts, texts, st.lists(texts, max_size=3)), min_size=1, max_size=12),
    st.integers(0, 2**63 - 1),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_comes_back_equal_and_is_sealed(
    trail: AuditTrail, beside: Connection, given_lines: list[tuple[str, str, str, str, list[str]]], rows: int
) -> None:
    lines = [
        line(operation, filter=narrowed, client=client, reason=reason, fields=tuple(fields), rows=rows)
        for operation, narrowed, client, reason, fields in given_lines
    ]
    before = await beside.fetchval("SELECT coalesce(max(no), 0) FROM audit_entry")
    for each in lines:
        await trail.promise(each)
    await spread(beside)
    found = await beside.fetch("SELECT * FROM audit_entry WHERE no > $1 ORDER BY no", before)
    kept = [(row["operation"], row["filter"], row["client"], row["reason"], row["fields"]) for row in found]
    assert kept == given_lines
    assert {row["rows"] for row in found} == {rows}
    assert (await checked(beside)).findings == []


@pytest.mark.parametrize(("sent", "kept"), [("a\0b", "a�b"), ("a\ud800b", "a?b"), ("\\u0000\0", "\\u0000�")])
async def test_what_no_database_holds_is_replaced_and_costs_nobody_a_line(
    trail: AuditTrail, beside: Connection, sent: str, kept: str
) -> None:
    hostile: list[Line] = [line(sent), line(filter=sent), line(client=sent), line(fields=(sent,)), line(reason=sent)]
    await asyncio.gather(*(trail.promise(each) for each in [*hostile, line("Innocent")]))
    await spread(beside)
    found = await entries(beside)
    columns = ("operation", "filter", "client", "fields", "reason")
    assert [row[column] for row, column in zip(found, columns, strict=False)] == [kept, kept, kept, [kept], kept]
    assert found[-1]["operation"] == "Innocent"


async def test_a_client_does_not_fill_the_trail(trail: AuditTrail, beside: Connection) -> None:
    await trail.promise(line("渝" * 5_000, filter="x" * 100_000, client="c" * 300, request_id="r" * MOST_CHARACTERS))
    (entry,) = await entries(beside)
    assert (len(entry["operation"]), entry["operation"][-1]) == (MOST_CHARACTERS, CUT)
    assert (len(entry["filter"]), len(entry["client"])) == (10_000, MOST_CHARACTERS)
    assert entry["request_id"] == "r" * MOST_CHARACTERS


async def test_a_trail_that_cannot_be_opened_says_so(empty_copy: str) -> None:
    with pytest.raises((OSError, asyncpg.PostgresError)):
        async with opened_trail(empty_copy + "_no", KEY):
            pass
