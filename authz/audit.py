"""The audit trail: who read, exported, was refused, saw in clear or changed what (design, Authorisation).

A line is promised: ``AuditTrail.promise`` returns when the database has it on disk, sealed in the chain, and raises
when it has not; nothing may be shown before that. Lines of requests that run at once share a batch: while one is being
written the next ones gather. Personal data never gets here: the caller masks the filter. Tables: ``db.tables.audit``.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import asyncpg
import orjson
import structlog

from authz.errors import Unavailable
from db.engine import create_pool

if TYPE_CHECKING:
    from asyncpg.prepared_stmt import PreparedStatement

    from authz.audit_keys import AuditKey
    from authz.principal import Principal
    from db.engine import Connection, Pool, PooledConnection
    from db.enums import AuditKind

MOST_INLINE = 1_000
"""Enterprises that stand in their line; more are kept apart, as a list that the line names."""

MOST_LINES = 256
"""Lines of one batch: what comes on top waits for the next one."""

MANY_LINES = 8
"""After a batch of so many lines the next one waits for more: its cost, mostly the disk's, is then shared by more."""
ENOUGH_LINES = 32
LINGER_SECONDS = 0.003

MOST_CHARACTERS = 200
MOST_CHARACTERS_OF_FILTER = 10_000
CUT = "…"
"""Ends a text that was cut: a request must not fill the trail with what it makes up."""

LOCK_SECONDS = 10
STATEMENT_SECONDS = 120

SPREAD_BATCHES = 64
"""Batches spread over columns in one go."""

REST_SECONDS = 0.1
"""How long spreading rests for each line that came while it worked: requests come first."""

MOST_REST = 99
"""It never rests longer than so many times its work."""

MOST_BEHIND = 200_000
"""Lines that may wait to be spread: reading the trail takes a second longer for each hundred thousand."""

CLOSE_SECONDS = 5.0

SLICE_BYTES = 256 * 1024
"""Codes sent to the database at once."""

_CODE_BYTES = 19  # with its comma
_INLINE_BYTES = MOST_INLINE * _CODE_BYTES
_COUNTED_BYTES = 8 * _INLINE_BYTES  # repeats up to here are removed at once, beyond in the database
_NUL = b"\\u0000"

_APPEND = "SELECT audit_append($1, $2, $3, $4, $5)"
_CODES = """
CREATE TEMPORARY TABLE IF NOT EXISTS audit_codes (code text) ON COMMIT DROP;
GRANT SELECT ON audit_codes TO PUBLIC;
TRUNCATE pg_temp.audit_codes
"""
_SOME_CODES = """
INSERT INTO pg_temp.audit_codes SELECT DISTINCT code FROM unnest(string_to_array(convert_from($1, 'UTF8'), ',')) AS code
"""
_ROLL = "SELECT roll, digest FROM audit_roll()"
_SPREAD = "SELECT audit_spread_on($1)"

_DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_Waiting: TypeAlias = "tuple[bytes, asyncio.Future[None]]"


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


class AuditTrail:
    """The one writer of a process. ``pool`` is its own: with a full one, requests would wait for each other's lines.

    It takes three connections: one for batches, kept; one for spreading, one for long lists.
    """

    def __init__(self, pool: Pool, key: AuditKey) -> None:
        self.head: str | None = None
        """``batch:digest`` of the last batch of this process: noted elsewhere, it shows that nothing before is gone."""
        self._pool = pool
        self._key = key
        self._connection: PooledConnection | None = None
        self._append: PreparedStatement[asyncpg.Record] | None = None
        self._waiting: deque[_Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._spreader: asyncio.Task[None] | None = None
        self._long: set[asyncio.Task[None]] = set()
        self._lines = 0
        self._spread_lines = 0
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
            await self._joined(_encoded(line, short))
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
        encoded: list[bytes] = []
        for line in lines:
            short = _short_list(line.subjects)
            encoded.append(_encoded(line, short) if short is not None else await _rolled(connection, line))
        if encoded:
            self._note(await connection.fetchval(_APPEND, *self._batch(encoded)), len(encoded))
            self._spread_soon()

    async def close(self) -> None:
        """Take no more lines, write those that wait, give the connection back."""
        self._is_closed = True
        while tasks := [*self._long, *([self._writer] if self._writer else [])]:
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._spreader is not None:
            self._spreader.cancel()
            await asyncio.gather(self._spreader, return_exceptions=True)
        await self._let_go()

    # ── writing: one batch at a time, the next one gathers meanwhile ────────────────────────────

    async def _with_roll(self, line: Line) -> None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                encoded = await _rolled(connection, line)
        except _DATABASE_ERRORS as error:
            raise _unavailable(type(error).__name__) from error
        await self._joined(encoded)

    def _joined(self, encoded: bytes) -> asyncio.Future[None]:
        """Done when the batch that takes this line along is on disk."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((encoded, stored))
        if self._writer is None:
            self._writer = asyncio.ensure_future(self._write_all())
        return stored

    async def _write_all(self) -> None:
        waiting = self._waiting
        try:
            lines = 0
            while waiting:
                if lines >= MANY_LINES and len(waiting) < ENOUGH_LINES:
                    await asyncio.sleep(LINGER_SECONDS)
                lines = min(MOST_LINES, len(waiting))
                await self._write([waiting.popleft() for _ in range(lines)])
        finally:
            self._writer = None
        self._spread_soon()

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            append = await self._ready()
            self._note(await append.fetchval(*self._batch([encoded for encoded, _ in batch])), len(batch))
        except _DATABASE_ERRORS as error:
            _settle(batch, _unavailable(type(error).__name__))
        except BaseException as error:
            _settle(batch, _unavailable(type(error).__name__))
            raise
        else:
            _settle(batch, None)

    async def _ready(self) -> PreparedStatement[asyncpg.Record]:
        """The statement that appends, on a connection that is open."""
        if self._append is not None and self._connection is not None and _is_open(self._connection):
            return self._append
        await self._let_go()
        self._connection = await self._pool.acquire()
        self._append = await self._connection.prepare(_APPEND)
        return self._append

    async def _let_go(self) -> None:
        connection, self._connection, self._append = self._connection, None, None
        if connection is not None:
            await self._pool.release(connection)

    def _batch(self, encoded: Sequence[bytes]) -> tuple[bytes, str, int, bytes, bytes]:
        """What ``audit_append`` takes."""
        key = self._key.of_today()
        lines = b"[" + b",\n".join(encoded) + b"]"
        return key.blocks, key.id, len(encoded), lines, hashlib.sha256(lines).digest()

    def _note(self, head: str, lines: int) -> None:
        self.head = head
        self._lines += lines

    # ── spreading: what makes lines searchable, after the requests that wrote them ──────────────

    def _spread_soon(self) -> None:
        if self._spreader is None and not self._is_closed:
            self._spreader = asyncio.ensure_future(self._spread())

    async def _spread(self) -> None:
        """Spread what is not; the view shows it meanwhile, so a failure here loses nothing and the next run goes on."""
        try:
            async with self._pool.acquire() as connection:
                while await self._spread_some(connection):
                    pass
                self._spreader = None  # from here on a new line starts a new run
        except _DATABASE_ERRORS as error:
            self._spreader = None
            if isinstance(error, asyncpg.DataError | asyncpg.IntegrityConstraintViolationError):
                log: structlog.stdlib.BoundLogger = structlog.get_logger()
                # The error's text would quote the line.
                log.warning("audit lines not spread, but kept and read as they are", error=type(error).__name__)

    async def _spread_some(self, connection: PooledConnection) -> bool:
        """Spread some batches and rest; whether to go on."""
        loop = asyncio.get_running_loop()
        before, began = self._lines, loop.time()
        spread: int = await connection.fetchval(_SPREAD, SPREAD_BATCHES)
        arrived, worked = self._lines - before, loop.time() - began
        # Nothing left: whoever spread them, none of ours are behind.
        self._spread_lines = self._spread_lines + spread if spread else self._lines
        if arrived and self._lines - self._spread_lines < MOST_BEHIND:
            await asyncio.sleep(min(arrived * REST_SECONDS, worked * MOST_REST))
        return bool(spread or arrived)


@asynccontextmanager
async def opened_trail(url: str, key: AuditKey) -> AsyncGenerator[AuditTrail]:
    """A trail on connections of its own, closed at the end.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached.
    """
    settings = {"synchronous_commit": "on", "lock_timeout": f"{LOCK_SECONDS}s"}
    pool = await create_pool(url, max_size=3, statement_timeout=STATEMENT_SECONDS, settings=settings)
    trail = AuditTrail(pool, key)
    try:
        yield trail
    finally:
        await trail.close()
        try:
            await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
        except TimeoutError:
            pool.terminate()


def _encoded(line: Line, subjects: str, roll: tuple[int, str] | tuple[None, None] = (None, None)) -> bytes:
    """A line as ``audit_lines`` reads it."""
    who = line.principal
    columns = [
        line.kind.value,
        who.subject,
        who.role.value,
        who.units,
        who.bank,
        who.department,
        who.uscc,
        _cut(line.operation),
        line.fields,
        line.rows,
        subjects,
        *roll,
        _cut(line.filter, MOST_CHARACTERS_OF_FILTER),
        _cut(line.client),
        _cut(line.request_id),
        line.outcome,
        line.reason and _cut(line.reason, MOST_CHARACTERS_OF_FILTER),
    ]
    try:
        encoded = orjson.dumps(columns)
    except orjson.JSONEncodeError:  # half of a surrogate pair, which a client made up
        return orjson.dumps(_storable(columns))
    return orjson.dumps(_storable(columns)) if _NUL in encoded else encoded


def _cut(text: str, most: int = MOST_CHARACTERS) -> str:
    return text if len(text) <= most else text[: most - 1] + CUT


def _storable(columns: Sequence[object]) -> list[object]:
    """What UTF-8 or PostgreSQL cannot hold is replaced: no text that a client sends may cost its own line."""
    storable: list[object] = []
    for each in columns:
        if isinstance(each, str):
            storable.append(each.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}"))
        else:
            storable.append(_storable(cast("tuple[str, ...]", each)) if isinstance(each, tuple) else each)
    return storable


def _short_list(subjects: bytes) -> str | None:
    """The codes that stand in the line; None where there are too many."""
    if len(subjects) > _INLINE_BYTES:
        if len(subjects) > _COUNTED_BYTES:
            return None
        codes = set(subjects.split(b","))
        if len(codes) > MOST_INLINE:
            return None
        subjects = b",".join(codes)
    return subjects.decode("ascii")


async def _rolled(connection: Connection | PooledConnection, line: Line) -> bytes:
    """The line, once its list of enterprises is kept; within a transaction."""
    await connection.execute(_CODES)
    for some in _slices(line.subjects):
        await connection.execute(_SOME_CODES, some)
    (row,) = await connection.fetch(_ROLL)
    return _encoded(line, "", (row["roll"], row["digest"].hex()))


def _slices(subjects: bytes) -> Iterator[bytes]:
    """The codes, some at a time: sending all at once would hold up every other request."""
    start = 0
    while start < len(subjects):
        end = subjects.find(b",", start + SLICE_BYTES)
        end = end if end >= 0 else len(subjects)
        yield subjects[start:end]
        start = end + 1


def _settle(batch: Sequence[_Waiting], failure: BaseException | None) -> None:
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
