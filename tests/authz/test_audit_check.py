"""The check: every way of tampering shows, with batch and line, and an honest trail shows nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from authz.audit import opened_trail
from authz.audit_check import Head, check
from authz.audit_keys import AuditKey, DayKey, key_of_seal
from db.engine import Connection
from tests.authz.trails import KEY, SECRET, checked, line, past_the_triggers, spread, written

#: 1: line 1; 2: lines 2 to 4; 3: lines 5 and 6; 4: line 7.
BATCHES = (1, 3, 2, 1)


async def findings(url: str, *statements: str, spread_first: bool = True) -> list[str]:
    """What a check finds after the statements, run by somebody who may switch triggers off."""
    async with written(url, *BATCHES) as (_, connection):
        if spread_first:
            await spread(connection)
        assert (await checked(connection)).findings == []
        async with past_the_triggers(connection):
            for statement in statements:
                assert await connection.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), statement
        return (await checked(connection)).findings


async def test_an_honest_trail_is_whole(empty_copy: str) -> None:
    async with written(empty_copy, *BATCHES) as (trail, connection):
        for _ in range(2):  # before it is spread and after
            found = await checked(connection)
            assert (found.findings, found.notes) == ([], [])
            assert (found.batches, found.lines, str(found.head)) == (4, 7, trail.head)
            await spread(connection)
        noted = str(trail.head)
        later = await checked(connection, noted, first=3)
        assert (later.findings, later.batches, str(later.head)) == ([], 2, noted)


async def test_an_empty_trail_is_whole(empty_copy: str) -> None:
    async with written(empty_copy) as (_, connection):
        found = await checked(connection)
        assert (found.findings, found.head, found.lines) == ([], None, 0)
        with pytest.raises(LookupError):
            await checked(connection, first=2)


@pytest.mark.parametrize(
    "change",
    [
        "operation = 'Other'",
        "subject = 'somebody'",
        "at = at + interval '1 microsecond'",
        "subjects = subjects[2:]",
        "units = '{}'",
        "rows = rows + 1",
        "reason = ''",
        "filter = filter || ' '",
        "batch = 3",
    ],
)
async def test_a_changed_line_shows(empty_copy: str, change: str) -> None:
    found = await findings(empty_copy, f"UPDATE audit_line SET {change} WHERE no = 3")
    assert found == ["第 3 行（批次 2）：与封存的内容不符"]


async def test_a_deleted_line_shows(empty_copy: str) -> None:
    assert await findings(empty_copy, "DELETE FROM audit_line WHERE no = 3") == ["第 3 行（批次 2）：缺失"]


async def test_swapped_lines_show(empty_copy: str) -> None:
    found = await findings(
        empty_copy,
        "UPDATE audit_line SET no = 100 WHERE no = 2",
        "UPDATE audit_line SET no = 2 WHERE no = 3",
        "UPDATE audit_line SET no = 3 WHERE no = 100",
    )
    assert found == [f"第 {number} 行（批次 2）：与封存的内容不符" for number in (2, 3)]


@pytest.mark.parametrize("number", [0, 8, 1_000])
async def test_a_line_put_in_beside_the_chain_shows(empty_copy: str, number: int) -> None:
    found = await findings(
        empty_copy,
        "CREATE TEMPORARY TABLE copied AS SELECT * FROM audit_line WHERE no = 7",
        f"UPDATE copied SET no = {number}",
        "INSERT INTO audit_line SELECT * FROM copied",
    )
    assert found == [f"第 {number} 行：多出，不在封存的批次中"]


SWAP_IN_SEAL = """
UPDATE audit_seal SET lines = convert_to(replace(convert_from(lines, 'UTF8'), 'Line1', 'LineX'), 'UTF8') WHERE batch = 2
"""


async def test_changed_content_of_a_batch_shows_and_which_line(empty_copy: str) -> None:
    found = await findings(empty_copy, SWAP_IN_SEAL)
    assert found == ["批次 2（第 2 至 4 行）或其前一批次的封存被改动", "第 3 行（批次 2）：与封存的内容不符"]


async def test_content_and_line_changed_alike_show_by_the_seal(empty_copy: str) -> None:
    found = await findings(empty_copy, SWAP_IN_SEAL, "UPDATE audit_line SET operation = 'LineX' WHERE no = 3")
    assert found == ["批次 2（第 2 至 4 行）或其前一批次的封存被改动"]


@pytest.mark.parametrize("lines", ["'\\x00'::bytea", "'{'::bytea", "'[1]'::bytea", "'3'::bytea", "'\\xff'::bytea"])
async def test_content_that_cannot_be_read_shows_and_the_others_are_checked(empty_copy: str, lines: str) -> None:
    found = await findings(
        empty_copy,
        f"UPDATE audit_seal SET lines = {lines} WHERE batch = 2",
        "UPDATE audit_line SET operation = 'Other' WHERE no = 7",
    )
    assert found[0] == "批次 2（第 2 至 4 行）或其前一批次的封存被改动"
    assert any("批次 2" in finding for finding in found[1:])
    assert found[-1] == "第 7 行（批次 4）：与封存的内容不符"


@pytest.mark.parametrize(
    "change", ["sealed_at = sealed_at + interval '1 microsecond'", "first_no = 3", "last_no = 5", "digest = sha256('')"]
)
async def test_a_changed_seal_shows(empty_copy: str, change: str) -> None:
    found = await findings(empty_copy, f"UPDATE audit_seal SET {change} WHERE batch = 2")
    assert any(finding.startswith("批次 2（") for finding in found)


async def test_a_deleted_batch_shows(empty_copy: str) -> None:
    found = await findings(empty_copy, "DELETE FROM audit_seal WHERE batch = 2")
    gap = "缺少批次 2（共 1 批），批次 3 因此无法与前一批次核对"
    assert found == [gap, *(f"第 {number} 行：多出，不在封存的批次中" for number in (2, 3, 4))]


@pytest.mark.parametrize("spread_first", [True, False])
async def test_the_first_batches_deleted_show(empty_copy: str, spread_first: bool) -> None:
    found = await findings(empty_copy, "DELETE FROM audit_seal WHERE batch <= 2", spread_first=spread_first)
    assert found[0] == "缺少批次 1 至 2（共 2 批），批次 3 因此无法与前一批次核对"


async def test_a_batch_deleted_and_the_rest_renumbered_shows(empty_copy: str) -> None:
    found = await findings(
        empty_copy,
        "DELETE FROM audit_seal WHERE batch = 2",
        "UPDATE audit_seal SET batch = batch - 1, first_no = first_no - 3, last_no = last_no - 3 WHERE batch > 2",
        "TRUNCATE audit_line",
        "UPDATE audit_spread SET batch = 0",
    )
    assert [finding[:4] for finding in found] == ["批次 2", "批次 3"]


async def test_a_chain_recomputed_without_the_key_shows(empty_copy: str) -> None:
    """Whoever may write everything, and knows how a seal is made, still lacks the key."""
    forged = AuditKey(KEY.id, b"guessed").of_today()
    async with written(empty_copy, *BATCHES) as (_, connection):
        await spread(connection)
        async with past_the_triggers(connection):
            await connection.execute(SWAP_IN_SEAL)
            await connection.execute("UPDATE audit_line SET operation = 'LineX' WHERE no = 3")
            earlier = await connection.fetchval("SELECT digest FROM audit_seal WHERE batch = 1")
            for batch in (2, 3, 4):
                earlier = await reseal(connection, batch, earlier, forged)
        assert len((await checked(connection)).findings) == 3


async def reseal(connection: Connection, batch: int, earlier: bytes, key: DayKey) -> bytes:
    """Compute a seal anew, as the database does."""
    (seal,) = await connection.fetch(
        "SELECT *, (extract(epoch FROM sealed_at) * 1000000)::bigint AS moment FROM audit_seal WHERE batch = $1", batch
    )
    place = f"{batch} {seal['first_no']} {seal['last_no']} {seal['moment']} {seal['key_id']}"
    digest = key.digest(earlier + hashlib.sha256(seal["lines"]).digest() + place.encode())
    await connection.execute("UPDATE audit_seal SET digest = $2 WHERE batch = $1", batch, digest)
    return digest


async def test_a_key_of_another_day_seals_nothing_of_this_one(empty_copy: str) -> None:
    """Who learned one day's key, by watching the database, cannot rewrite what was sealed on another."""
    learned = KEY.of_day(datetime.now(UTC).date() - timedelta(days=10))
    async with written(empty_copy, *BATCHES) as (_, connection):
        async with past_the_triggers(connection):
            await connection.execute("UPDATE audit_seal SET key_id = $1", learned.id)
            earlier = bytes(32)
            for batch in (1, 2, 3, 4):
                earlier = await reseal(connection, batch, earlier, learned)
        found = (await checked(connection)).findings
        assert len(found) == 4
        assert all("不是当日的密钥" in finding for finding in found)


async def test_a_tail_cut_off_shows_by_a_head_noted_earlier(empty_copy: str) -> None:
    async with written(empty_copy, *BATCHES) as (_, connection):
        await spread(connection)
        noted = str((await checked(connection)).head)
        async with past_the_triggers(connection):
            await connection.execute("DELETE FROM audit_seal WHERE batch > 2")
            assert (await checked(connection)).findings[0] == "链尾缺失：曾有批次 4，现在只到批次 2"
            await connection.execute("DELETE FROM audit_line WHERE batch > 2")
            await connection.execute("UPDATE audit_spread SET batch = 2")
        # Nothing in the database tells of it any more; the noted head does.
        assert (await checked(connection)).findings == []
        assert (await checked(connection, noted)).findings == ["记下的链头 4 已不在链中：其后的记录可能被截去"]


async def test_a_chain_written_anew_shows_by_a_head_noted_earlier(empty_copy: str) -> None:
    async with written(empty_copy, *BATCHES) as (_, connection):
        noted = str((await checked(connection)).head)
        async with past_the_triggers(connection):
            await connection.execute("TRUNCATE audit_seal, audit_line, audit_subjects")
            await connection.execute("UPDATE audit_spread SET batch = 0")
    async with written(empty_copy, *BATCHES) as (_, connection):
        assert (await checked(connection, noted)).findings == ["批次 4 与记下的链头不符：链曾被重写"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_subjects SET usccs = usccs[2:] WHERE part = 0",
        "DELETE FROM audit_subjects WHERE part = 0",
        "INSERT INTO audit_subjects SELECT roll, 9, lo, hi, usccs FROM audit_subjects",
        "DELETE FROM audit_subjects",
    ],
)
async def test_a_changed_list_of_enterprises_shows(empty_copy: str, statement: str) -> None:
    codes = b",".join(f"9150{number:014d}".encode() for number in range(2_000))
    async with written(empty_copy, 1) as (trail, connection):
        await trail.promise(line(subjects=codes))
        assert (await checked(connection)).findings == []
        async with past_the_triggers(connection):
            await connection.execute(statement)
        assert (await checked(connection)).findings == ["第 2 行（批次 2）：企业名单 1 被改动"]


async def test_a_list_that_no_line_names_is_told_and_no_fault(empty_copy: str) -> None:
    async with written(empty_copy, 1) as (_, connection):
        async with connection.transaction():
            await connection.execute("CREATE TEMPORARY TABLE audit_codes ON COMMIT DROP AS SELECT 'A' AS code")
            await connection.fetch("SELECT audit_roll()")
        found = await checked(connection)
        assert found.findings == []
        assert found.notes == ["1 份企业名单没有记录引用（写入名单后中断），不影响链的完整"]


async def test_a_secret_that_was_changed_still_proves_what_it_sealed(empty_copy: str) -> None:
    async with written(empty_copy, 2) as (_, connection):
        newer = AuditKey.of_secret(SECRET + b" newer")
        async with opened_trail(empty_copy, newer) as trail:
            await trail.promise(line())
        (unknown,) = (await checked(connection)).findings
        assert "批次 2" in unknown
        assert "KEQI_PREVIOUS_SECRETS" in unknown
        both = {key.id: key for key in (KEY, newer)}
        assert (await check(connection, both)).findings == []


async def test_a_check_tells_how_far_it_is(empty_copy: str) -> None:
    told: list[tuple[int, int]] = []
    async with written(empty_copy, *([1] * 450)) as (_, connection):
        await spread(connection)
        await check(connection, {KEY.id: KEY}, progress=lambda done, total: told.append((done, total)))
    assert told == [(200, 450), (400, 450), (450, 450)]


def test_a_days_key_is_that_days_alone() -> None:
    today = date(2026, 3, 1)
    key = KEY.of_day(today)
    assert key.id == f"{KEY.id}@2026-03-01"
    assert KEY.of_day(date(2026, 3, 2)).blocks != key.blocks
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    known = {KEY.id: KEY}
    for off, is_known in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        assert (key_of_seal(key.id, noon + timedelta(days=off), known) is not None) == is_known
    for unknown in ("", "@", KEY.id, f"{KEY.id}@soon", "other@2026-03-01"):
        assert key_of_seal(unknown, noon, known) is None


@pytest.mark.parametrize("written_head", ["", "1", "1:", "0:" + "0" * 64, "x:" + "0" * 64, "1:zz", "1:" + "0" * 62])
def test_a_head_that_is_none_is_refused(written_head: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any
        Head.parse(written_head)
