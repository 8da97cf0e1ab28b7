"""企业信息: what district officers look up about enterprises (domain C3–C11)."""

from __future__ import annotations

from tests.fixtures.town import NAMES
from tests.pages.desks import Desk

LIST = "{ enterprises { nodes { name } } }"


def test_c03_a_district_sees_its_own_enterprises_only(yubei: Desk, beibei: Desk) -> None:
    assert {row["name"] for row in yubei.see(LIST)["nodes"]} == {NAMES[n] for n in (1, 2, 3, 4, 5)}
    assert {row["name"] for row in beibei.see(LIST)["nodes"]} == {NAMES[n] for n in (8, 9, 10)}
