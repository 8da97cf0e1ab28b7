"""Registered exports: who asked for what, a link for whoever did, the file asked anew when it is taken."""

from __future__ import annotations

import asyncpg

from tests.exporters.workbooks import by_calamine
from tests.fixtures.files import CONTACTS, LIST, note_of, registered, taken
from tests.fixtures.rows import uscc
from tests.fixtures.service import Service, serving
from tests.fixtures.town import ANALYST, MUNICIPAL, NAMES, QIMING, YUBEI


async def test_an_export_knows_its_rows_redactions_title_and_end(town: Service) -> None:
    export = await registered(town, {"title": "名单 1/2", "query": CONTACTS})
    assert (export["rows"], export["redacted"]) == (
        2,
        ["enterprises.nodes.contactMobile", "enterprises.nodes.researchContactName"],
    )
    query = "query ($id: ID!) { export(id: $id) { status rows bytes } }"
    assert (await town.ask(query, {"id": export["id"]})).data["export"] == {
        "status": "REGISTERED",
        "rows": 2,
        "bytes": None,
    }
    file = await town.get(export["downloadUrl"])
    assert "%E5%90%8D%E5%8D%95%201%2F2.xlsx" in file.headers["content-disposition"]
    assert note_of(file.body)["标题"] == "名单 1/2"
    done = (await town.ask(query, {"id": export["id"]})).data["export"]
    assert done == {"status": "DONE", "rows": 2, "bytes": str(len(file.body))}


async def test_nobody_sees_anothers_export(town: Service) -> None:
    export = await registered(town, {"query": LIST})
    assert (await town.ask("query ($id: ID!) { export(id: $id) { id } }", {"id": export["id"]}, as_=ANALYST)).data == {
        "export": None
    }
    listed = await town.ask("{ exports(first: 1000) { nodes { id } } }", as_=ANALYST)
    assert export["id"] not in {node["id"] for node in listed.data["exports"]["nodes"]}


async def test_a_link_that_was_changed_opens_nothing(town: Service) -> None:
    mine, other = await registered(town, {"query": LIST}), await registered(town, {"query": LIST})
    path, token = mine["downloadUrl"].split("?token=")
    claims, payload, signature, export = token.split(".")
    for changed in (
        path, f"{path}?token=", f"{path}?token=x", f"{path}?token={token[:-1]}", f"{path}?token={token[1:]}",
        f"{other['downloadUrl'].split('?')[0]}?token={token}", f"{path}?token={claims}.{payload}.{export}",
        f"{path}?token={claims}.{payload}.{signature[::-1]}.{export}", f"{path}?token={town.token(MUNICIPAL)[7:]}",
    ):  # fmt: skip
        answer = await town.get(changed)
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED"), changed
    assert (await town.get(mine["downloadUrl"].replace(".xlsx", ".csv"))).code == "NOT_FOUND"
    assert (await town.get(mine["downloadUrl"])).status == 200


async def test_a_link_expires(town_url: str) -> None:
    async with serving(town_url, export_ttl_hours=1e-9) as service:
        answer = await taken(service, {"query": LIST})
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


async def test_a_link_is_asked_anew_under_todays_rows(town_copy: str) -> None:
    async with serving(town_copy) as service:
        export = await registered(service, {"query": LIST}, YUBEI)
        connection = await asyncpg.connect(town_copy)
        await connection.execute("UPDATE enterprise SET unit_code = '500109' WHERE uscc = $1", uscc(1))
        await connection.close()
        rows = by_calamine((await service.get(export["downloadUrl"])).body)
        assert (export["rows"], len(rows)) == (5, 4)
        assert uscc(1) not in {row[0] for row in rows}


async def test_an_enterprise_takes_its_own(town: Service) -> None:
    answer = await taken(town, {"fields": ["name", "contactIdNumber"]}, QIMING)
    assert by_calamine(answer.body) == [[NAMES[1], "500***********0001"]]
