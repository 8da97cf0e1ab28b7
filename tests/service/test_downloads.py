"""Download links: good for one export and its requester, streamed anew under the requester's rules."""

from __future__ import annotations

import io
import uuid
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import openpyxl
import pytest

from authz.principal import Role
from tests.service.conftest import SECRET, as_, running

OFFICER = as_(Role.DISTRICT_OFFICER, "500112", subject="district-500112")
REGISTER = "mutation ($input: ExportInput!) { exportWorkbook(input: $input) { id status rows downloadUrl } }"
QUERY = "{ enterprises { nodes { uscc name } } }"


def asked(http: httpx.Client, query: str, headers: dict[str, str], **variables: object) -> dict[str, Any]:
    answer = http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    assert "errors" not in answer.json(), answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def registered(http: httpx.Client, headers: dict[str, str] = OFFICER, **given: object) -> dict[str, Any]:
    export: dict[str, Any] = asked(http, REGISTER, headers, input={"query": QUERY, **given})["exportWorkbook"]
    return export


@pytest.mark.parametrize("file_format", ["XLSX", "CSV"])
def test_a_link_streams_what_its_requester_may_see(http: httpx.Client, file_format: str) -> None:
    export = registered(http, format=file_format)
    mine = asked(http, "{ enterprises { totalCount } }", OFFICER)["enterprises"]["totalCount"]
    answer = http.get(export["downloadUrl"])
    assert answer.status_code == 200
    assert answer.headers["x-total-rows"] == str(mine) == str(export["rows"])
    assert answer.headers["cache-control"] == "no-store"
    if file_format == "XLSX":
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].max_row == mine + 1
    known = asked(http, "query ($id: ID!) { export(id: $id) { status rows bytes } }", OFFICER, id=export["id"])[
        "export"
    ]
    assert known == {"status": "DONE", "rows": mine, "bytes": str(len(answer.content))}


def test_a_link_is_of_no_use_for_another_export_or_format(http: httpx.Client) -> None:
    first, second = registered(http), registered(http)
    token = first["downloadUrl"].partition("token=")[2]
    wrong = {
        f"/exports/{second['id']}.xlsx?token={token}": 401,
        f"/exports/{uuid.uuid4()}.xlsx?token={token}": 401,
        f"/exports/{first['id']}.csv?token={token}": 404,
        f"/exports/{first['id']}.xlsx?token={token[:-1]}": 401,
        f"/exports/{first['id']}.xlsx?token=": 401,
        f"/exports/{first['id']}.xlsx": 401,
        "/exports/no-uuid.xlsx": 404,
    }
    for address, status in wrong.items():
        answer = http.get(address)
        assert answer.status_code == status, address
        assert token not in answer.text
        assert answer.json()["errors"][0]["extensions"]["code"] in ("UNAUTHENTICATED", "NOT_FOUND")
    assert http.get(first["downloadUrl"]).status_code == 200


def test_a_bearer_token_is_no_link(http: httpx.Client) -> None:
    export = registered(http)
    bearer = OFFICER["Authorization"].removeprefix("Bearer ")
    assert http.get(f"/exports/{export['id']}.xlsx?token={bearer}").status_code == 401
    link = export["downloadUrl"].partition("token=")[2]
    answer = http.post("/graphql", json={"query": "{ __typename }"}, headers={"Authorization": f"Bearer {link}"})
    assert answer.status_code == 401


def test_only_get_downloads(http: httpx.Client) -> None:
    export = registered(http)
    assert http.post(export["downloadUrl"]).status_code == 405


async def test_a_database_that_is_away_is_told_as_such_and_found_again(seeded_copy: str, server_url: str) -> None:
    name = urlsplit(seeded_copy).path.removeprefix("/")
    elsewhere = await asyncpg.connect(server_url)
    with running("serve", KEQI_DATABASE_URL=seeded_copy, KEQI_SECRET=SECRET) as service:
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
            asked = {"query": REGISTER, "variables": {"input": {"query": QUERY}}}
            answer = await http.post("/graphql", json=asked, headers=OFFICER)
            link = answer.json()["data"]["exportWorkbook"]["downloadUrl"]
            await elsewhere.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await elsewhere.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            for address in (link, "/readyz"):
                assert (await http.get(address)).status_code == 503, service.log
            assert (await http.get("/healthz")).status_code == 200
            await elsewhere.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            assert (await http.get("/readyz")).status_code == 200
            assert (await http.get(link)).status_code == 200
    await elsewhere.close()
