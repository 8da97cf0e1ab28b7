"""The audit tables: written by their functions alone, never changed, and spread over columns as they were written."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import orjson
import pytest

from authz.audit_keys import AuditKey
from db.engine import Connection, connect

DAY_KEY = AuditKey.of_secret(b"a secret of the audit tables' tests").of_today()
APPEND = "SELECT audit_append($1, $2, $3, $4, $5)"
CODES = ["91500109MA99999964", "91500112MA00000X7D"]
#: kind, subject, role, units, bank, department, reader_uscc, operation, fields, rows, subjects, roll, roll_digest,
#: filter, client, request_id, outcome, reason
LINE: list[Any] = [
    "READ", "yubei01", "DISTRICT_OFFICER", ["500112"], None, None, None, "Contacts",
    ["enterprises.nodes.contactMobile"], 2, ",".join([*reversed(CODES), *CODES]), None, None,
    "{}", "10.1.2.3", "r-1", "ok", None,
]  # fmt: skip


@pytest.fixture
async def db(database_url: str) -> AsyncGenerator[Connection]:
    """A transaction that is rolled back."""
    connection = await connect(database_url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def append(db: Connection, *lines: list[Any]) -> tuple[int, bytes]:
    """Seal lines; answer batch and digest."""
    encoded = orjson.dumps(lines)
    content = hashlib.sha256(encoded).digest()
    head = await db.fetchval(APPEND, DAY_KEY.blocks, DAY_KEY.id, len(lines), encoded, content)
    batch, digest = head.split(":")
    return int(batch), bytes.fromhex(digest)


async def kept_list(db: Connection, codes: list[str]) -> tuple[int, bytes]:
    """Keep a list of enterprises; answer its number and digest."""
    await db.execute("CREATE TEMPORARY TABLE IF NOT EXISTS audit_codes (code text) ON COMMIT DROP")
    await db.execute("INSERT INTO audit_codes SELECT unnest($1::text[])", codes)
    (row,) = await db.fetch("SELECT roll, digest FROM audit_roll()")
    return row["roll"], row["digest"]


async def test_batches_and_lines_are_numbered_without_gaps(db: Connection) -> None:
    await append(db, LINE)
    await append(db, LINE, LINE, LINE)
    await append(db, LINE, LINE)
    rows = await db.fetch("SELECT batch, first_no, last_no FROM audit_seal ORDER BY batch")
    assert [tuple(row) for row in rows] == [(1, 1, 1), (2, 2, 4), (3, 5, 6)]
    assert [row["no"] for row in await db.fetch("SELECT no FROM audit_entry ORDER BY no")] == [1, 2, 3, 4, 5, 6]


async def test_a_digest_covers_the_batch_before_it_under_the_key(db: Connection) -> None:
    earlier = bytes(32)
    for _ in range(2):
        batch, digest = await append(db, LINE, LINE)
        seal = await db.fetchrow(
            "SELECT *, (extract(epoch FROM sealed_at) * 1000000)::bigint AS moment FROM audit_seal WHERE batch = $1",
            batch,
        )
        assert seal is not None
        place = f"{batch} {seal['first_no']} {seal['last_no']} {seal['moment']} {DAY_KEY.id}".encode()
        assert seal["digest"] == digest
        assert digest == DAY_KEY.digest(earlier + hashlib.sha256(seal["lines"]).digest() + place)
        earlier = digest


async def test_the_time_is_the_clocks_and_the_order_the_numbers(db: Connection) -> None:
    await append(db, LINE)
    await db.execute("SET LOCAL session_replication_role = replica")
    await db.execute("UPDATE audit_seal SET sealed_at = sealed_at + interval '9 days'")  # a clock that was wrong
    await db.execute("SET LOCAL session_replication_role = origin")
    await append(db, LINE)
    assert await db.fetchval("SELECT sealed_at <= clock_timestamp() FROM audit_seal WHERE batch = 2")


async def test_a_line_is_spread_over_its_columns(db: Connection) -> None:
    await append(db, LINE, [*LINE[:10], "", 7, "00ff", *LINE[13:17], "核实"])
    before = await db.fetch("SELECT * FROM audit_entry ORDER BY no")
    assert await db.fetchval("SELECT count(*) FROM audit_line") == 0
    assert await db.fetchval("SELECT audit_spread_on(64)") == 2
    assert await db.fetchval("SELECT audit_spread_on(64)") == 0
    assert await db.fetchval("SELECT count(*) FROM audit_line") == 2
    after = await db.fetch("SELECT * FROM audit_entry ORDER BY no")
    assert after == before
    first, second = after
    assert first["subjects"] == CODES
    assert (first["units"], first["fields"], first["rows"]) == (["500112"], ["enterprises.nodes.contactMobile"], 2)
    assert (first["bank"], first["reason"], first["roll"]) == (None, None, None)
    assert (second["subjects"], second["roll"], second["roll_digest"], second["reason"]) == ([], 7, b"\x00\xff", "核实")


async def test_entries_are_the_spread_ones_and_the_rest_each_once(db: Connection) -> None:
    for _ in range(5):
        await append(db, LINE, LINE)
    await db.fetchval("SELECT audit_spread_on(2)")
    assert await db.fetchval("SELECT count(*) FROM audit_line") == 4
    assert [row["no"] for row in await db.fetch("SELECT no FROM audit_entry ORDER BY no")] == list(range(1, 11))


async def test_a_list_is_kept_sorted_and_once_in_parts_of_ten_thousand(db: Connection) -> None:
    codes = [f"9150{number:014d}" for number in range(25_000)]
    roll, _ = await kept_list(db, [*codes[10_000:], *reversed(codes[:12_000])])
    parts = await db.fetch("SELECT * FROM audit_subjects WHERE roll = $1 ORDER BY part", roll)
    assert [part["part"] for part in parts] == [0, 1, 2]
    assert [len(part["usccs"]) for part in parts] == [10_000, 10_000, 5_000]
    assert [code for part in parts for code in part["usccs"]] == codes
    assert all((part["lo"], part["hi"]) == (part["usccs"][0], part["usccs"][-1]) for part in parts)


TABLES = {
    "audit_seal": "batch",
    "audit_line": "no",
    "audit_subjects": "part",
}


@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
@pytest.mark.parametrize("table", TABLES)
async def test_nothing_is_changed_or_removed_even_by_the_owner(db: Connection, table: str, statement: str) -> None:
    await append(db, LINE)
    await db.fetchval("SELECT audit_spread_on(64)")
    await kept_list(db, ["A", "B"])
    assert await db.fetchval(f"SELECT count(*) FROM {table}") == 1
    with pytest.raises(asyncpg.RestrictViolationError, match="只能由系统新增"):
        await db.execute(statement.format(table, TABLES[table]))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_seal SELECT batch + 1, first_no, last_no, sealed_at, lines, key_id, digest FROM audit_seal",
        "INSERT INTO audit_line SELECT * FROM audit_tail()",
        "INSERT INTO audit_subjects VALUES (99, 0, 'A', 'A', '{A}')",
        "INSERT INTO audit_spread VALUES (7)",
        "UPDATE audit_spread SET batch = 7",
        "DELETE FROM audit_spread",
        "TRUNCATE audit_spread",
        "MERGE INTO audit_seal AS s USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    ],
)
async def test_nothing_is_put_in_beside_the_functions(db: Connection, statement: str) -> None:
    await append(db, LINE)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute(statement)


async def test_only_who_may_append_can(db: Connection) -> None:
    await db.execute("CREATE ROLE audit_stranger")
    await db.execute("GRANT SELECT, INSERT ON audit_seal TO audit_stranger")
    await db.execute("SET LOCAL ROLE audit_stranger")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await append(db, LINE)


async def test_a_service_needs_no_right_to_write_the_tables(db: Connection) -> None:
    await db.execute("CREATE ROLE audit_service")
    await db.execute("GRANT EXECUTE ON FUNCTION audit_append, audit_roll, audit_spread_on TO audit_service")
    await db.execute("GRANT SELECT ON audit_entry, audit_seal, audit_spread TO audit_service")
    await db.execute("SET LOCAL ROLE audit_service")
    await append(db, LINE)
    await db.fetchval("SELECT audit_spread_on(64)")
    assert await db.fetchval("SELECT count(*) FROM audit_entry") == 1
    await db.execute("CREATE TEMPORARY TABLE audit_codes (code text) ON COMMIT DROP")
    await db.execute("INSERT INTO audit_codes VALUES ('A')")
    await db.execute("GRANT SELECT ON audit_codes TO PUBLIC")
    await db.fetch("SELECT audit_roll()")


@pytest.mark.parametrize(
    ("key", "count", "content"), [(b"short", 1, bytes(32)), (bytes(128), 0, bytes(32)), (bytes(128), 1, b"")]
)
async def test_a_call_that_seals_nothing_is_refused(db: Connection, key: bytes, count: int, content: bytes) -> None:
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await db.fetchval(APPEND, key, "k", count, b"[]", content)


@pytest.mark.parametrize(("asked", "kept"), [("off", "on"), ("local", "local"), ("on", "on")])
async def test_a_promise_outlives_a_crash_whatever_the_session_says(db: Connection, asked: str, kept: str) -> None:
    await db.execute(f"SET LOCAL synchronous_commit = {asked}")
    await append(db, LINE)
    assert await db.fetchval("SHOW synchronous_commit") == kept


async def named(db: Connection, code: str) -> list[int]:
    """Numbers of the lines that name an enterprise."""
    return sorted(row[0] for row in await db.fetch("SELECT audit_naming($1)", code))


async def test_lines_are_found_by_enterprise_spread_or_not_in_themselves_or_by_a_list(db: Connection) -> None:
    roll, digest = await kept_list(db, [CODES[0], "B", "Y"])
    by_list = [*LINE[:10], "", roll, digest.hex(), *LINE[13:]]
    other = [*LINE[:10], CODES[1], *LINE[11:]]
    for _ in range(2):  # found in the tail, then half of them in their table
        await append(db, LINE, other, by_list)
        assert await named(db, CODES[0]) == [
            row["no"] for row in await db.fetch("SELECT no FROM audit_entry WHERE no % 3 <> 2 ORDER BY no")
        ]
        await db.fetchval("SELECT audit_spread_on(64)")
    assert await named(db, CODES[0]) == [1, 3, 4, 6]
    assert await named(db, CODES[1]) == [1, 2, 4, 5]
    assert await named(db, "B") == [3, 6]
    assert await named(db, "C") == []


async def test_a_rare_enterprise_is_found_without_walking_the_trail(db: Connection) -> None:
    for number in range(40):
        await append(db, *([[*LINE[:10], f"{number:018d},{number + 1:018d}", *LINE[11:]]] * 50))
    await db.fetchval("SELECT audit_spread_on(64)")
    read = """
        EXPLAIN (ANALYZE, FORMAT JSON)
        SELECT * FROM audit_entry WHERE no = ANY(ARRAY(SELECT audit_naming($1))) ORDER BY no DESC LIMIT 20
    """
    plan = orjson.loads(await db.fetchval(read, f"{7:018d}"))[0]["Plan"]
    steps = [plan]
    for step in steps:
        steps += step.get("Plans", [])
    assert [step for step in steps if step.get("Index Name") == "pk_audit_line"]
    assert sum(step.get("Rows Removed by Filter", 0) for step in steps) == 0
