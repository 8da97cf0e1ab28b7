"""The access log: one line a request, nothing personal in it, nothing that breaks a line."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from service.logs import AccessLog
from service.record import RequestRecord
from service.settings import Settings


def line(log_format: str, path: str, **fields: object) -> str:
    out = io.StringIO()
    settings = Settings.model_validate({"log_format": log_format})
    log = AccessLog(settings, stream=out)
    record = RequestRecord(
        "abc-1", {b"authorization": b"Bearer hush-hush"}, role="ANALYST", operation="List", status=200
    )
    for name, value in fields.items():
        setattr(record, name, value)

    async def write() -> None:
        log.write(record, "POST", path, 0.0123)
        log.flush()

    asyncio.run(write())
    return out.getvalue()


def test_json_says_who_asked_what_and_how_it_went() -> None:
    told = json.loads(line("json", "/graphql", kind="query", rows=7))
    assert told.pop("timestamp").endswith("+00:00")
    assert told == {
        "event": "request", "level": "info", "id": "abc-1", "method": "POST", "path": "/graphql", "status": 200,
        "ms": 12.3, "role": "ANALYST", "kind": "query", "operation": "List", "outcome": "ok", "rows": 7,
    }  # fmt: skip


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("path", ["/a\nFORGED 200", "/\x1b[2J", "/\u2028x", "/企业", "/" + "x" * 5000])
def test_no_path_or_operation_can_forge_a_line(log_format: str, path: str) -> None:
    told = line(log_format, path, operation=path)
    assert told.count("\n") == 1
    assert told.endswith("\n")
    assert "\x1b" not in told
    assert len(told) < 1000


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_header_gets_into_a_line(log_format: str) -> None:
    assert "hush" not in line(log_format, "/graphql")
    assert "hush" not in repr(RequestRecord("1", {b"authorization": b"hush"}))
