"""A zip archive written as a stream: what comes out is sent on at once and never looked at again.

``zipfile`` wants a file it can call ``tell`` on and deflates with zlib; this writer returns bytes and
deflates with ISA-L at level 1, four times as fast. An archive whose ``finish`` was never called has no
central directory, so no program opens it: that is how a failed export shows.
"""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass
from typing import Protocol

from isal import isal_zlib

_DEFLATE_LEVEL = 1
_RAW_DEFLATE = -15
_DESCRIPTOR_FOLLOWS = 0x0008
_VERSION, _VERSION_ZIP64 = 20, 45
_MAX32 = 0xFFFFFFFF
_MAX16 = 0xFFFF


class PartTooLarge(Exception):
    """A part passed 4 GiB that was not opened as ZIP64."""


class _Deflater(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


@dataclass(frozen=True)
class _Entry:
    """One line of the central directory."""

    name: bytes
    flags: int
    zip64: bool
    crc: int
    deflated: int
    size: int
    offset: int


class Archive:
    """Builds a zip archive piece by piece; every method returns the bytes to send next."""

    def __init__(self, written_at: dt.datetime, *, sent: int = 0) -> None:
        """``written_at`` dates the parts; ``sent`` bytes went out before the first of them."""
        self._time, self._date = _dos_time(written_at)
        self._entries: list[_Entry] = []
        self._offset = sent
        self._open: _OpenPart | None = None

    @property
    def size(self) -> int:
        """Bytes returned so far."""
        return self._offset

    def add(self, name: str, content: bytes) -> bytes:
        """A whole part, deflated."""
        deflater = _deflater()
        packed = deflater.compress(content) + deflater.flush()
        entry = _Entry(name.encode(), 0, False, _checksum(content, 0), len(packed), len(content), self._offset)
        self._entries.append(entry)
        return self._sent(self._local_header(entry) + packed)

    def open(self, name: str, *, zip64: bool = False) -> bytes:
        """Begin a part whose size is not known yet; ``zip64`` where it may pass 4 GiB."""
        if self._open is not None:
            raise RuntimeError("a part is open already")
        self._open = _OpenPart(name.encode(), zip64, self._offset, _deflater())
        blank = _Entry(self._open.name, _DESCRIPTOR_FOLLOWS, zip64, 0, 0, 0, self._offset)
        return self._sent(self._local_header(blank))

    def write(self, content: bytes) -> bytes:
        """More of the open part; what comes back may be empty, for the deflater gathers."""
        part = self._part()
        part.crc = _checksum(content, part.crc)
        part.size += len(content)
        if part.size > _MAX32 and not part.zip64:
            raise PartTooLarge(part.name.decode())
        return self._packed(part, part.deflater.compress(content))

    def close(self) -> bytes:
        """End the open part with its data descriptor."""
        part = self._part()
        rest = self._packed(part, part.deflater.flush())
        if part.deflated > _MAX32 and not part.zip64:
            raise PartTooLarge(part.name.decode())
        # Excel follows the version of the local header, and takes sizes of 8 bytes after version 45.
        layout = "<IIQQ" if part.zip64 else "<IIII"
        descriptor = struct.pack(layout, 0x08074B50, part.crc, part.deflated, part.size)
        self._entries.append(
            _Entry(part.name, _DESCRIPTOR_FOLLOWS, part.zip64, part.crc, part.deflated, part.size, part.offset)
        )
        self._open = None
        return rest + self._sent(descriptor)

    def finish(self) -> bytes:
        """The central directory: only now is it an archive."""
        if self._open is not None:
            raise RuntimeError("a part is still open")
        start = self._offset
        directory = b"".join(self._directory_line(entry) for entry in self._entries)
        return self._sent(directory + _end_of_directory(len(self._entries), len(directory), start))

    def _part(self) -> _OpenPart:
        if self._open is None:
            raise RuntimeError("no part is open")
        return self._open

    def _packed(self, part: _OpenPart, packed: bytes) -> bytes:
        part.deflated += len(packed)
        return self._sent(packed)

    def _sent(self, piece: bytes) -> bytes:
        self._offset += len(piece)
        return piece

    def _local_header(self, entry: _Entry) -> bytes:
        # A ZIP64 part carries no extra field here: Excel refuses one before a data descriptor.
        version = _VERSION_ZIP64 if entry.zip64 else _VERSION
        head = (0x04034B50, version, entry.flags, 8, self._time, self._date, entry.crc, entry.deflated, entry.size)
        return struct.pack("<IHHHHHIIIHH", *head, len(entry.name), 0) + entry.name

    def _directory_line(self, entry: _Entry) -> bytes:
        wide: list[int] = [entry.size, entry.deflated] if entry.zip64 else []
        size, deflated = (_MAX32, _MAX32) if entry.zip64 else (entry.size, entry.deflated)
        offset = entry.offset
        if offset >= _MAX32:
            wide.append(offset)
            offset = _MAX32
        extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        version = _VERSION_ZIP64 if wide else _VERSION
        head = (0x02014B50, version, version, entry.flags, 8, self._time, self._date, entry.crc, deflated, size)
        tail = (len(entry.name), len(extra), 0, 0, 0, 0, offset)
        return struct.pack("<IHHHHHHIIIHHHHHII", *head, *tail) + entry.name + extra


@dataclass
class _OpenPart:
    name: bytes
    zip64: bool
    offset: int
    deflater: _Deflater
    crc: int = 0
    deflated: int = 0
    size: int = 0


def _deflater() -> _Deflater:
    return isal_zlib.compressobj(_DEFLATE_LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)  # pyright: ignore[reportUnknownMemberType]


def _checksum(content: bytes, before: int) -> int:
    return isal_zlib.crc32(content, before)  # pyright: ignore[reportUnknownMemberType]


def _end_of_directory(entries: int, size: int, start: int) -> bytes:
    wide = b""
    if entries >= _MAX16 or size >= _MAX32 or start >= _MAX32:
        record = (0x06064B50, 44, _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, entries, entries, size, start)
        wide = struct.pack("<IQHHIIQQQQ", *record) + struct.pack("<IIQI", 0x07064B50, 0, start + size, 1)
    count = min(entries, _MAX16)
    return wide + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, min(size, _MAX32), min(start, _MAX32), 0)


def _dos_time(moment: dt.datetime) -> tuple[int, int]:
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    date = max(moment.year - 1980, 0) << 9 | moment.month << 5 | moment.day
    return time, date
