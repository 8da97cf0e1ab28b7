"""A stream goes on in further sheets, ends whole or not at all, and stops its query when it is left."""

from __future__ import annotations

import asyncio
import io
import struct
import zipfile

import asyncpg
import pytest
import sqlalchemy as sa

from exporters.archive import Archive, PartTooLarge
from exporters.copying import Connection, snapshot
from exporters.lines import stream_csv
from exporters.sheet import CellKind, Outcome, Sheet, SheetColumn, SheetLimits
from exporters.workbook import RowsChanged, count_rows, stream_workbook
from tests.exporters.workbooks import PROVENANCE, by_calamine, by_openpyxl, cells, numbered, opened, workbook

ENDLESS = 50_000 * 50_000


def counting(rows: int, title: str = "序号", *more: SheetColumn) -> Sheet:
    """Rows 1 … rows in one column."""
    table = numbered(rows)
    return Sheet(title, (SheetColumn("序号", CellKind.INTEGER, table.c.n), *more), sa.select().select_from(table))


def endless() -> Sheet:
    """Rows beyond any patience, none of which the server has to hold."""
    rows, more = numbered(50_000), numbered(50_000).alias("more")
    source = sa.select().select_from(rows.join(more, sa.true()))
    return Sheet("序号", (SheetColumn("序号", CellKind.INTEGER, rows.c.n),), source)


def dimension(content: bytes, sheet: int) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        head = archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    return head.partition('<dimension ref="')[2].partition('"')[0]


async def test_more_rows_than_a_sheet_takes_go_on_in_further_sheets(connection: Connection) -> None:
    outcome = Outcome()
    content = await workbook(connection, [counting(2_500)], limits=SheetLimits(rows=1_000), outcome=outcome)
    book = opened(content)
    assert book.sheetnames == ["序号", "序号 (2)", "序号 (3)", "说明"]
    assert [by_openpyxl(content, sheet)[0] for sheet in range(3)] == [[1], [1_001], [2_001]]
    assert [len(by_calamine(content, sheet)) for sheet in range(3)] == [1_000, 1_000, 500]
    assert [dimension(content, sheet) for sheet in (1, 2, 3)] == ["A1:A1001", "A1:A1001", "A1:A501"]
    assert [page.auto_filter.ref for page in book.worksheets[:3]] == ["A1:A1001", "A1:A1001", "A1:A501"]
    assert [page["A1"].value for page in book.worksheets[:3]] == ["序号"] * 3
    assert [page.sheet_view.tabSelected for page in book.worksheets[:3]] == [True, None, None]
    assert (outcome.rows, outcome.parts) == ([2_500], ["序号", "序号 (2)", "序号 (3)"])


@pytest.mark.parametrize("rows", [999, 1_000, 1_001])
async def test_the_last_row_of_a_full_sheet(connection: Connection, rows: int) -> None:
    content = await workbook(connection, [counting(rows)], limits=SheetLimits(rows=1_000))
    sheets = len(opened(content).sheetnames) - 1
    assert sheets == (2 if rows > 1_000 else 1)
    assert sum(len(by_calamine(content, sheet)) for sheet in range(sheets)) == rows


async def test_sheet_xml_stays_below_the_given_bytes(connection: Connection) -> None:
    text = SheetColumn("文", CellKind.TEXT, sa.literal_column("repeat('科', 100)", sa.Text()))
    limit = 3 << 20
    content = await workbook(connection, [counting(20_000, "大表", text)], limits=SheetLimits(bytes=limit))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = [info.file_size for info in archive.infolist() if "worksheets" in info.filename]
    assert max(sizes) < limit
    sheets = len(opened(content).sheetnames) - 1
    assert sheets > 1
    numbers = [row[0] for sheet in range(sheets) for row in by_openpyxl(content, sheet)]
    assert numbers == list(range(1, 20_001))


async def test_a_part_beyond_4_gib_is_zip64(connection: Connection) -> None:
    content = await workbook(connection, [counting(10)], limits=SheetLimits(bytes=None))
    at = content.index(b"xl/worksheets/sheet1.xml") - 30
    assert struct.unpack_from("<IH", content, at) == (0x04034B50, 45)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        info = archive.getinfo("xl/worksheets/sheet1.xml")
        assert info.extract_version == 45
        assert struct.unpack_from("<HH", info.extra) == (1, 16)
    assert by_openpyxl(content) == [[n] for n in range(1, 11)]
    assert by_calamine(content) == [[n] for n in range(1, 11)]


async def test_a_part_too_large_for_its_header_is_refused() -> None:
    archive = Archive(PROVENANCE.exported_at)
    archive.open("a")
    block = bytes(1 << 28)
    for _ in range(15):
        archive.write(block)
    archive.write(block[1:])
    with pytest.raises(PartTooLarge):
        archive.write(b"x")


async def test_an_archive_beyond_4_gib_has_a_zip64_directory() -> None:
    archive = Archive(PROVENANCE.exported_at, sent=5 << 30)
    archive.add("a", b"first")
    directory = archive.finish()
    at = directory.index(b"PK\x06\x06")
    start = struct.unpack_from("<Q", directory, at + 48)[0]
    assert start > 5 << 30
    assert directory[at + 56 :].startswith(b"PK\x06\x07")
    line = directory.index(b"PK\x01\x02")
    assert struct.unpack_from("<I", directory, line + 42) == (0xFFFFFFFF,)
    assert struct.unpack_from("<HHQ", directory, line + 46 + 1) == (1, 8, 5 << 30)


@pytest.mark.parametrize("columns", [1, 51, 101, 1_700])
async def test_any_number_of_columns(connection: Connection, columns: int) -> None:
    table = numbered(3)
    kinds = [
        SheetColumn(f"文{n}", CellKind.TEXT, sa.literal_column(f"'<' || n || '-{n}'", sa.Text()))
        if n % 2
        else SheetColumn(f"数{n}", CellKind.DECIMAL, table.c.n + sa.literal_column(f"{n}.5"))
        for n in range(columns)
    ]
    content = await workbook(connection, [Sheet("宽", tuple(kinds), sa.select().select_from(table))])
    assert by_calamine(content) == [
        [f"<{row}-{n}" if n % 2 else row + n + 0.5 for n in range(columns)] for row in (1, 2, 3)
    ]


async def test_several_sheets_come_from_one_snapshot(connection: Connection, server_url: str) -> None:
    other = await asyncpg.connect(server_url)
    try:
        await other.execute("DROP TABLE IF EXISTS keqi_snapshot; CREATE TABLE keqi_snapshot (n int)")
        await other.execute("INSERT INTO keqi_snapshot SELECT generate_series(1, 50000)")
        table = sa.table("keqi_snapshot", sa.column("n", sa.Integer()))
        columns = (SheetColumn("n", CellKind.INTEGER, table.c.n),)
        sheets = [Sheet(title, columns, sa.select().select_from(table)) for title in ("甲", "乙")]
        outcome = Outcome()
        async with snapshot(connection):
            rows = await count_rows(connection, sheets, {})
            await other.execute("INSERT INTO keqi_snapshot SELECT 0")
            pieces = stream_workbook(connection, sheets, PROVENANCE, {}, rows=rows, outcome=outcome)
            content = b"".join([piece async for piece in pieces])
        assert rows == outcome.rows == [50_000, 50_000]
        assert len(cells(content, 1)) == 50_000
    finally:
        await other.execute("DROP TABLE keqi_snapshot")
        await other.close()


async def test_the_first_bytes_come_before_any_row_is_counted(connection: Connection) -> None:
    stream = stream_workbook(connection, [endless()], PROVENANCE, {})
    first = await anext(stream)
    assert first.startswith(b"PK\x03\x04")
    assert not connection.is_in_transaction()
    await stream.aclose()


@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_leaving_a_stream_stops_its_query(connection: Connection, server_url: str, form: str) -> None:
    sheet = endless()
    counted = [ENDLESS]
    stream = (
        stream_workbook(connection, [sheet], PROVENANCE, {}, rows=counted)
        if form == "xlsx"
        else stream_csv(connection, sheet, {})
    )
    pid = connection.get_server_pid()
    for _ in range(3):
        await anext(stream)
    await stream.aclose()
    await stopped(server_url, pid)
    assert connection.is_closed() or not connection.is_in_transaction()


async def stopped(server_url: str, pid: int) -> None:
    """Wait until the server process no longer runs a statement, or is gone."""
    watcher = await asyncpg.connect(server_url)
    try:
        async with asyncio.timeout(30):
            while await watcher.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", pid) == "active":
                pass
    finally:
        await watcher.close()


async def test_a_cancelled_reader_stops_its_query_too(connection: Connection, server_url: str) -> None:
    pid = connection.get_server_pid()
    arrived = asyncio.Event()

    async def read() -> None:
        pieces = 0
        async for _ in stream_workbook(connection, [endless()], PROVENANCE, {}, rows=[ENDLESS]):
            pieces += 1
            if pieces == 3:
                arrived.set()

    reading = asyncio.create_task(read())
    await arrived.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await stopped(server_url, pid)
    assert connection.is_closed() or not connection.is_in_transaction()


async def test_leaving_a_query_that_gives_no_row_yet_stops_it(connection: Connection, server_url: str) -> None:
    pid = connection.get_server_pid()
    rows, more = numbered(50_000), numbered(50_000).alias("more")
    sums = sa.select(sa.func.sum(rows.c.n).label("n")).select_from(rows.join(more, sa.true())).subquery("sums")
    sheet = Sheet("和", (SheetColumn("和", CellKind.INTEGER, sums.c.n),), sa.select().select_from(sums))
    stream = stream_workbook(connection, [sheet], PROVENANCE, {}, rows=[1])
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    watcher = await asyncpg.connect(server_url)
    try:
        running = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE 'COPY%'"
        async with asyncio.timeout(30):
            while await watcher.fetchval(running, pid) is None:
                pass
    finally:
        await watcher.close()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await stopped(server_url, pid)
    assert connection.is_closed() or not connection.is_in_transaction()


async def test_a_query_that_fails_midway_leaves_no_file_that_opens(connection: Connection) -> None:
    table = numbered(200_000)
    failing = sa.literal_column("1 / (150000 - n)", sa.Integer())
    noise = sa.literal_column("md5(n::text)", sa.Text())
    columns = (SheetColumn("商", CellKind.INTEGER, failing), SheetColumn("文", CellKind.TEXT, noise))
    sheet = Sheet("错", columns, sa.select().select_from(table))
    sent: list[bytes] = []

    async def read() -> None:
        async for piece in stream_workbook(connection, [sheet], PROVENANCE, {}):
            sent.append(piece)  # noqa: PERF401  a comprehension would lose the pieces before the failure

    with pytest.raises(asyncpg.DivisionByZeroError):
        await read()
    assert len(sent) > 1
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))
    with pytest.raises(zipfile.BadZipFile):
        opened(b"".join(sent))
    assert await connection.fetchval("SELECT 1") == 1


async def test_rows_that_differ_from_their_count_leave_no_file(connection: Connection) -> None:
    stream = stream_workbook(connection, [counting(10)], PROVENANCE, {}, rows=[11])
    with pytest.raises(RowsChanged):
        [piece async for piece in stream]


async def test_a_reader_that_stops_makes_the_query_wait(connection: Connection, server_url: str) -> None:
    stream = stream_workbook(connection, [endless()], PROVENANCE, {}, rows=[ENDLESS])
    for _ in range(2):
        await anext(stream)
    watcher = await asyncpg.connect(server_url)
    try:
        pid = connection.get_server_pid()
        wait = None
        async with asyncio.timeout(30):
            while wait != "ClientWrite":
                wait = await watcher.fetchval("SELECT wait_event FROM pg_stat_activity WHERE pid = $1", pid)
        assert wait == "ClientWrite"
    finally:
        await watcher.close()
        await stream.aclose()
