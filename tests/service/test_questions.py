"""What an export asked goes with its link; who took what stays."""

from __future__ import annotations

from db.engine import connect
from tests.fixtures.service import serving

PLANT = """
INSERT INTO export (title, status, requester_subject, requester_role, document, variables, format, rows, created_at,
                    expires_at)
SELECT title, 'REGISTERED', 'somebody', 'ANALYST', '{ units { code } }', '{"m": "13800000000"}', 'XLSX', 1,
       now() - interval '3 days', now() + hours * interval '1 hour'
FROM (VALUES ('past', -1), ('now', 1)) AS planted (title, hours)
"""
ASK = "SELECT document, variables::text AS variables, rows, requester_subject FROM export WHERE title = $1"


async def test_a_question_goes_when_its_link_works_no_longer(town_copy: str) -> None:
    db = await connect(town_copy)
    await db.execute(PLANT)
    async with serving(town_copy):
        past, lasting = [tuple((await db.fetch(ASK, title))[0]) for title in ("past", "now")]
    await db.close()
    assert past == ("", "{}", 1, "somebody")
    assert lasting == ("{ units { code } }", '{"m": "13800000000"}', 1, "somebody")
