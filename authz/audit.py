"""The audit trail: who read, exported, was refused, saw in clear or changed what (design, Authorisation).

A line is promised: ``AuditTrail.promise`` returns when the database has it on disk, sealed in the chain, and raises
when it has not; nothing may be shown before that. Lines of requests that run at once share a batch: while one is being
written the next ones gather. Personal data never gets here: the caller masks the filter. Tables: ``db.tables.audit``.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from authz.audit_keys import AuditKey
from authz.errors import Unavailable
from db.engine import create_pool
from db.enums import AuditKind

if TYPE_CHECKING:
    from authz.principal import Principal
    from db.engine import Connection, Pool, PooledConnection

MOST_INLINE = 1_000
"""Enterprises that stand in their line; more are kept apart, as a list that the line names."""

MOST_LINES = 256
"""Lines of one batch: what comes on top waits for the next one."""

MOST_CHARACTERS = 200
MOST_CHARACTERS_OF_FILTER = 10_000
CUT = "…"
"""Ends a text that was cut: a request must not fill the trail with what it makes up."""

LOCK_SECONDS = 10
STATEMENT_SECONDS = 120

# A code has 18 characters and a comma. Repeats of up to eight times are removed here, anything longer in the database.
_COUNTED_HERE_BYTES = MOST_INLINE * 19 * 8

_APPEND = """
SELECT batch, digest
FROM audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""
_ROLL = "SELECT roll, digest FROM audit_roll($1)"

_DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_Columns: TypeAlias = tuple[object, ...]
_Roll: TypeAlias = tuple[int, bytes] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the trail.

    ``fields`` are dotted paths of what was read or asked; ``rows`` counts the rows that held personal or consented
    data (of an export: its rows); ``subjects`` are the credit codes of those rows, joined by commas, in any order,
    repeated or not, perhaps a million; ``filter`` is what narrowed the question, personal values in it masked;
    ``outcome`` is ``ok`` or an error's code; ``reason`` is that of a reveal.
    """

    kind: AuditKind
    principal: Principal
    operation: str
    fields: tuple[str, ...]
    rows: int
    subjects: bytes
    filter: str
    client: str
    request_id: str
    outcome: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: noted elsewhere, it shows later that nothing before it is gone."""

    batch: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.batch}:{self.digest.hex()}"


class AuditTrail:
    """The one writer of a process. ``pool`` is its own: with a full one, requests would wait for each other's lines."""

    def __init__(self, pool: Pool, key: AuditKey) -> None:
        self.head: Head | None = None
        """The last batch this process wrote."""
        self._pool = pool
        self._key = key
        self._connection: PooledConnection | None = None
        self._waiting: deque[tuple[_Columns, asyncio.Future[None]]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._long: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def promise(self, line: Line) -> None:
        """Return when the line is on disk. It is written even if nobody waits for it any more.

        Raises:
            Unavailable: it could not be written; what it speaks of must not be shown.
        """
        if self._is_closed:
            raise _unavailable("the trail is closed")
        short = _short_list(line.subjects)
        if short is not None:
            await self._joined(_columns(line, short))
            return
        task = asyncio.ensure_future(self._with_roll(line))
        self._long.add(task)
        task.add_done_callback(self._long.discard)
        await asyncio.shield(task)

    async def within(self, connection: Connection | PooledConnection, *lines: Line) -> None:
        """Write lines in the caller's transaction: they are there if and only if it commits.

        The last thing before the commit, in a transaction of isolation READ COMMITTED: the chain's lock is held until
        it ends, and every other line waits for it. Raises what the connection raises.
        """
        rows: list[_Columns] = []
        for line in lines:
            short = _short_list(line.subjects)
            rows.append(_columns(line, short or "", None if short is not None else await _rolled(connection, line)))
        if rows:
            await self._append(connection, rows)

    async def close(self) -> None:
        """Take no more lines, write those that wait, give the connection back."""
        self._is_closed = True
        while self._long or self._writer is not None:
            tasks = [*self._long, *([self._writer] if self._writer else [])]
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._connection is not None:
            await self._pool.release(self._connection)
            self._connection = None

    async def _with_roll(self, line: Line) -> None:
        try:
            async with self._pool.acquire() as connection:
                roll = await _rolled(connection, line)
        except _DATABASE_ERRORS as error:
            raise _unavailable(type(error).__name__) from error
        await self._joined(_columns(line, "", roll))

    def _joined(self, columns: _Columns) -> asyncio.Future[None]:
        """Wait for the batch that takes these columns along."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((columns, stored))
        if self._writer is None:
            self._writer = asyncio.ensure_future(self._write_all())
        return stored

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(MOST_LINES, len(self._waiting)))]
                await self._write(batch)
        finally:
            self._writer = None

    async def _write(self, batch: Sequence[tuple[_Columns, asyncio.Future[None]]]) -> None:
        failure: BaseException | None = None
        try:
            await self._append(await self._connected(), [columns for columns, _ in batch])
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            if len(batch) > 1:  # one line that the database cannot hold must not cost the others theirs
                for each in batch:
                    await self._write([each])
                return
            failure = _unavailable(type(error).__name__)
        except _DATABASE_ERRORS as error:
            failure = _unavailable(type(error).__name__)
        except BaseException as error:
            _settle(batch, _unavailable(type(error).__name__))
            raise
        _settle(batch, failure)

    async def _connected(self) -> PooledConnection:
        """The writer's connection, another one where it broke."""
        if self._connection is not None:
            if _is_open(self._connection):
                return self._connection
            broken, self._connection = self._connection, None
            await self._pool.release(broken)
        self._connection = await self._pool.acquire()
        return self._connection

    async def _append(self, connection: Connection | PooledConnection, rows: Sequence[_Columns]) -> None:
        key = self._key.of_today()
        sealed = await connection.fetchrow(_APPEND, key.blocks, key.id, *zip(*rows, strict=True))
        if sealed is not None:
            self.head = Head(sealed["batch"], sealed["digest"])


@asynccontextmanager
async def opened_trail(url: str, key: AuditKey) -> AsyncGenerator[AuditTrail]:
    """A trail on two connections of its own, one for batches and one for long lists, closed at the end.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached.
    """
    settings = {"synchronous_commit": "on", "lock_timeout": f"{LOCK_SECONDS}s"}
    pool = await create_pool(url, max_size=2, statement_timeout=STATEMENT_SECONDS, settings=settings)
    trail = AuditTrail(pool, key)
    try:
        yield trail
    finally:
        await trail.close()
        await pool.close()


def _columns(line: Line, usccs: str, roll: _Roll = None) -> _Columns:
    """What ``audit_append`` takes of one line, in its order."""
    who = line.principal
    return (
        line.kind.value,
        _kept(who.subject),
        who.role.value,
        _array(who.units),
        who.bank,
        who.department,
        who.uscc,
        _kept(line.operation),
        _array(line.fields),
        line.rows,
        usccs,
        roll and roll[0],
        roll and roll[1],
        _kept(line.filter, MOST_CHARACTERS_OF_FILTER),
        _kept(line.client),
        _kept(line.request_id),
        line.outcome,
        None if line.reason is None else _kept(line.reason, MOST_CHARACTERS_OF_FILTER),
    )


def _short_list(subjects: bytes) -> str | None:
    """The distinct codes in order, joined; None where there are too many to stand in the line."""
    if not subjects:
        return ""
    if len(subjects) > _COUNTED_HERE_BYTES:
        return None
    codes = set(subjects.split(b","))
    return b",".join(sorted(codes)).decode() if len(codes) <= MOST_INLINE else None


async def _rolled(connection: Connection | PooledConnection, line: Line) -> _Roll:
    row = await connection.fetchrow(_ROLL, line.subjects)
    return None if row is None else (row["roll"], row["digest"])


def _kept(text: str, most: int = MOST_CHARACTERS) -> str:
    """Text as the database can hold it, whatever a client sent: cut, and without what UTF-8 or PostgreSQL has not."""
    if len(text) > most:
        text = text[: most - 1] + CUT
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text


@functools.lru_cache(maxsize=4096)
def _array(texts: tuple[str, ...]) -> str:
    """Texts as PostgreSQL writes an array; those of a cached plan are the same each time."""
    quoted = (_kept(text).replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def _settle(batch: Sequence[tuple[_Columns, asyncio.Future[None]]], failure: BaseException | None) -> None:
    for _, stored in batch:
        if stored.done():  # nobody waits for it any more
            continue
        if failure is None:
            stored.set_result(None)
        else:
            stored.set_exception(failure)


def _unavailable(detail: str) -> Unavailable:
    return Unavailable("审计记录暂时无法写入，请稍后重试", detail=f"audit trail: {detail}")


def _is_open(connection: PooledConnection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # the server ended it, and the pool has already let go
