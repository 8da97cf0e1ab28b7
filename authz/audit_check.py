"""Checking the audit trail: whether its chain is whole, and whether what is searched is what was sealed.

Reads and never writes. The seals are recomputed here, so a check gives no key to the database. What is found is told in
sentences for a person, with batch and line; a check goes on after a finding, to find the others too.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from authz.audit_keys import key_of_seal

if TYPE_CHECKING:
    from authz.audit_keys import AuditKey
    from db.engine import Connection

    Record = asyncpg.Record

BATCHES_PER_STEP = 200
MOST_LINES_TOLD = 50
"""Lines named of one step; beyond that their number says enough."""

GENESIS = bytes(32)
"""What stands for the digest before the first batch."""

_BOUNDS = """
SELECT coalesce(max(s.batch), 0) AS last, coalesce(max(s.last_no), 0) AS lines,
    (SELECT batch FROM audit_spread) AS spread
FROM audit_seal AS s
"""
_SEALS = """
SELECT batch, first_no, last_no, sealed_at, (extract(epoch FROM sealed_at) * 1000000)::bigint AS moment, key_id, digest,
    lines
FROM audit_seal WHERE batch > $1 AND batch <= $2 ORDER BY batch LIMIT $3
"""
# *<> compares what is stored byte by byte, whatever the columns' collations.
_CHANGED = """
SELECT coalesce(sealed.no, line.no) AS no, sealed.no IS NULL AS is_extra, line.no IS NULL AS is_missing
FROM (
    SELECT l.no, l AS whole FROM audit_seal AS s CROSS JOIN LATERAL audit_lines(s) AS l WHERE s.batch BETWEEN $1 AND $2
) AS sealed
FULL JOIN (SELECT l.no, l AS whole FROM audit_line AS l WHERE l.no BETWEEN $3 AND $4) AS line ON line.no = sealed.no
WHERE sealed.no IS NULL OR line.no IS NULL OR sealed.whole *<> line.whole
ORDER BY 1
"""
_BESIDE = """
SELECT no FROM audit_line
WHERE no < 1
    OR no > (SELECT coalesce(max(s.last_no), 0) FROM audit_seal AS s JOIN audit_spread AS p ON s.batch <= p.batch)
ORDER BY no LIMIT $1
"""
_ROLLS = "SELECT no, batch, roll, roll_digest FROM audit_entry WHERE roll IS NOT NULL AND batch BETWEEN $1 AND $2"
_ROLL = "SELECT sha256(string_agg(audit_leaf(s), '' ORDER BY s.part)) FROM audit_subjects AS s WHERE s.roll = $1"
_UNNAMED = """
SELECT count(DISTINCT s.roll) FROM audit_subjects AS s
WHERE s.part = 0 AND s.roll NOT IN (SELECT e.roll FROM audit_entry AS e WHERE e.roll IS NOT NULL)
"""


class Head(NamedTuple):
    """Where a chain ended: the batch and its digest. Noted elsewhere, it shows later that nothing before it is gone."""

    batch: int
    digest: bytes

    @classmethod
    def parse(cls, written: str) -> Head:
        """The head that somebody noted as ``batch:digest``. Raises ValueError where it is none."""
        batch, _, digest = written.strip().partition(":")
        head = cls(int(batch), bytes.fromhex(digest))
        if head.batch < 1 or len(head.digest) != 32:
            raise ValueError(written)
        return head

    def __str__(self) -> str:
        return f"{self.batch}:{self.digest.hex()}"


@dataclass(slots=True)
class Check:
    """What a check saw: the chain's end, how much there is, and what is wrong with it."""

    head: Head | None = None
    batches: int = 0
    lines: int = 0
    findings: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    """What is worth knowing and no fault."""


async def check(
    connection: Connection,
    keys: Mapping[str, AuditKey],
    *,
    first: int = 1,
    noted: Sequence[Head] = (),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Check:
    """Check the chain from batch ``first`` to its end, and that it still has the ``noted`` heads.

    ``keys`` are those of all secrets that ever sealed, by id. What comes before ``first`` is taken as given.
    ``progress`` is told batches done and to do. Batches that are written meanwhile are left to the next check.

    Raises:
        LookupError: the chain ends before ``first``.
        asyncpg.PostgresError, OSError: the database cannot be asked.
    """
    (bounds,) = await connection.fetch(_BOUNDS)
    if first > bounds["last"] + 1:
        raise LookupError(f"the chain ends at batch {bounds['last']}")
    done = Check(batches=max(0, bounds["last"] - first + 1), lines=bounds["lines"])
    before = await _seal_before(connection, first)
    chain = _Chain(keys, done, before, expected=first if before or first == 1 else first - 1)
    async for seals in _steps(connection, first, bounds["last"]):
        for seal in seals:
            chain.follow(seal)
        await _compare(connection, seals, bounds["spread"], done)
        progress(seals[-1]["batch"] - first + 1, done.batches)
    if chain.last is not None and chain.last["batch"] >= first:
        done.head = Head(chain.last["batch"], chain.last["digest"])
    if bounds["spread"] > bounds["last"]:
        done.findings.append(f"链尾缺失：曾有批次 {bounds['spread']}，现在只到批次 {bounds['last']}")
    await _check_noted(connection, noted, done)
    await _check_beside(connection, done)
    await _check_rolls(connection, first, bounds["last"], done)
    return done


class _Chain:
    """Follows the seals one after the other."""

    def __init__(self, keys: Mapping[str, AuditKey], done: Check, last: Record | None, expected: int) -> None:
        self.last = last
        self._expected = expected
        self._keys = keys
        self._done = done

    def follow(self, seal: Record) -> None:
        """Check one seal against the one before it."""
        batch, expected = seal["batch"], self._expected
        if batch > expected:
            span = f"批次 {expected}" if batch == expected + 1 else f"批次 {expected} 至 {batch - 1}"
            self._tell(f"缺少{span}（共 {batch - expected} 批），批次 {batch} 因此无法与前一批次核对")
        elif fault := self._fault(seal):
            self._tell(fault)
        self.last, self._expected = seal, batch + 1

    def _fault(self, seal: Record) -> str | None:
        batch, last_no = seal["batch"], self.last["last_no"] if self.last else 0
        key = key_of_seal(seal["key_id"], seal["sealed_at"], self._keys)
        if key is None:
            return (
                f"批次 {batch}：密钥 {seal['key_id']} 未知，或不是当日的密钥；"
                "如更换过 KEQI_SECRET，请把旧值写入 KEQI_PREVIOUS_SECRETS"
            )
        place = f"{batch} {seal['first_no']} {seal['last_no']} {seal['moment']} {seal['key_id']}"
        earlier = self.last["digest"] if self.last else GENESIS
        if key.digest(earlier + hashlib.sha256(seal["lines"]).digest() + place.encode()) != seal["digest"]:
            return f"批次 {batch}（第 {seal['first_no']} 至 {seal['last_no']} 行）或其前一批次的封存被改动"
        if seal["first_no"] != last_no + 1:
            return f"批次 {batch}：行号应从 {last_no + 1} 开始，实为 {seal['first_no']}"
        return None

    def _tell(self, finding: str) -> None:
        self._done.findings.append(finding)


async def _seal_before(connection: Connection, first: int) -> Record | None:
    rows = await connection.fetch(_SEALS, first - 2, first - 1, 1)
    return rows[0] if rows else None


async def _steps(connection: Connection, first: int, last: int) -> AsyncGenerator[list[Record]]:
    """The seals in order, some at a time."""
    after = first - 1
    while seals := await connection.fetch(_SEALS, after, last, BATCHES_PER_STEP):
        yield seals
        after = seals[-1]["batch"]


async def _compare(connection: Connection, seals: Sequence[Record], spread: int, done: Check) -> None:
    """Whether the lines that are searched are those that were sealed."""
    seals = [seal for seal in seals if seal["batch"] <= spread]
    if not seals:
        return
    first, last = seals[0], seals[-1]
    try:
        changed = await connection.fetch(_CHANGED, first["batch"], last["batch"], first["first_no"], last["last_no"])
    except asyncpg.DataError:
        if len(seals) == 1:
            done.findings.append(f"批次 {first['batch']}：封存的内容已无法读取")
            return
        for seal in seals:
            await _compare(connection, [seal], spread, done)
        return
    for row in changed[:MOST_LINES_TOLD]:
        done.findings.append(_line_finding(row, seals))
    if len(changed) > MOST_LINES_TOLD:
        done.findings.append(f"批次 {first['batch']} 至 {last['batch']} 中还有 {len(changed) - MOST_LINES_TOLD} 行不符")


def _line_finding(row: Record, seals: Sequence[Record]) -> str:
    number = row["no"]
    batch = next((seal["batch"] for seal in seals if seal["first_no"] <= number <= seal["last_no"]), None)
    where = f"第 {number} 行（批次 {batch}）" if batch else f"第 {number} 行"
    if row["is_extra"]:
        return f"{where}：多出，不在封存的批次中"
    return f"{where}：缺失" if row["is_missing"] else f"{where}：与封存的内容不符"


async def _check_noted(connection: Connection, noted: Sequence[Head], done: Check) -> None:
    for head in noted:
        digest = await connection.fetchval("SELECT digest FROM audit_seal WHERE batch = $1", head.batch)
        if digest is None:
            done.findings.append(f"记下的链头 {head.batch} 已不在链中：其后的记录可能被截去")
        elif digest != head.digest:
            done.findings.append(f"批次 {head.batch} 与记下的链头不符：链曾被重写")


async def _check_beside(connection: Connection, done: Check) -> None:
    beside = await connection.fetch(_BESIDE, MOST_LINES_TOLD)
    done.findings += [f"第 {row['no']} 行：多出，不在封存的批次中" for row in beside]


async def _check_rolls(connection: Connection, first: int, last: int, done: Check) -> None:
    for row in await connection.fetch(_ROLLS, first, last):
        if await connection.fetchval(_ROLL, row["roll"]) != row["roll_digest"]:
            done.findings.append(f"第 {row['no']} 行（批次 {row['batch']}）：企业名单 {row['roll']} 被改动")
    if unnamed := await connection.fetchval(_UNNAMED):
        done.notes.append(f"{unnamed} 份企业名单没有记录引用（写入名单后中断），不影响链的完整")
