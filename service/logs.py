"""Structured logs: for people in a terminal or as JSON for machines, to standard error.

What may never be written here: variables, tokens, document text, query strings, values from rows. A fault is logged
by its type and where it happened; its message, which may quote a row, only at level ``debug``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import orjson
import structlog

if TYPE_CHECKING:
    from service.record import RequestRecord
    from service.settings import Settings

FLUSH_SECONDS = 0.2
FLUSH_LINES = 200
LONGEST = 200


def configure(settings: Settings) -> None:
    """Set up logging of this process: ours, and the warnings of the libraries below."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_printer,
        cache_logger_on_first_use=False,
    )
    below = logging.StreamHandler(sys.stderr)
    below.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_own_fields, renderer])
    )
    below.addFilter(_without_traceback)
    logging.basicConfig(handlers=[below], level=max(level, logging.WARNING), force=True)


def _printer(*_: object) -> structlog.PrintLogger:
    """Write to what is standard error when a line is written, which may have been another one at the start."""
    return structlog.PrintLogger(sys.stderr)


def log_fault(event: str, error: BaseException, **fields: object) -> None:
    """Log an error that nobody expected: type, code of the database, place; no message (it may quote a row)."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger()
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    sqlstate = getattr(error, "sqlstate", None)
    log.error(event, error=type(error).__name__, sqlstate=sqlstate, where=where, **fields)
    log.debug(event, message=str(error), **fields)


class AccessLog:
    """One line a request, written in batches: a line costs a microsecond or two, no system call of its own."""

    def __init__(self, settings: Settings, *, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._line = _json_line if settings.log_format == "json" else _console_line
        self.is_on = settings.access_log and settings.log_level in {"debug", "info"}
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def write(self, record: RequestRecord, method: str, path: str, seconds: float) -> None:
        """Log one finished request."""
        self._lines.append(self._line(record, method, path[:LONGEST], seconds))
        if len(self._lines) >= FLUSH_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            self._stream.write("".join(lines))
            self._stream.flush()


def _json_line(record: RequestRecord, method: str, path: str, seconds: float) -> str:
    line = {
        "event": "request",
        "level": "info",
        "timestamp": datetime.fromtimestamp(time.time(), UTC),
        "id": record.request_id,
        "method": method,
        "path": path,
        "status": record.status,
        "ms": round(seconds * 1000, 2),
        "role": record.role,
        "kind": record.kind,
        "operation": record.operation[:LONGEST],
        "outcome": record.outcome,
    }
    if record.rows >= 0:
        line["rows"] = record.rows
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode()


def _console_line(record: RequestRecord, method: str, path: str, seconds: float) -> str:
    shown, operation = _printable(path), _printable(record.operation[:LONGEST])
    rows = f" rows={record.rows}" if record.rows >= 0 else ""
    return (
        f"{time.strftime('%H:%M:%S')} {method} {shown} {record.status} {seconds * 1000:.1f}ms role={record.role} "
        f"operation={operation} outcome={record.outcome}{rows} id={record.request_id}\n"
    )


def _printable(text: str) -> str:
    """What a client chose, unable to end the line or to move the cursor."""
    return text if text.isprintable() else ascii(text)


def _json(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _own_fields(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(_, __, event)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keep a library's warning but not the traceback of our own fault, which the app has logged already."""
    return record.exc_info is None or record.name != "uvicorn.error"
