"""How large the reserve library of each unit is, for a month that is about to be frozen (domain §2.7).

No roll-up knows that: it is asked of the statistics page itself, by plan, as the city bureau would ask it. Nothing is
counted here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson

from authz.principal import Principal, Role
from db.engine import Connection
from resolvers.schema import core
from schema.given import CHINA
from service.plans import Planner, Statement, json_statement

BUREAU = Principal(Role.MUNICIPAL_OFFICER, "keqi")
"""Who asks: it sees the whole city, and no parameters are its own."""
QUESTION = """query ($month: YearMonth) {
  statistics { cultivationProgress(month: $month) { rows { unit { code } reserveHnteCount } } }
}"""


class Reserve:
    """Asks for the sizes; the plan is made once."""

    def __init__(self, default_year: int, signing_key: bytes) -> None:
        self._planner = Planner(core(), signing_key=signing_key, default_year=default_year)

    async def sizes(self, connection: Connection) -> Mapping[str, int]:
        """The sizes as they are now, by unit."""
        variables = {"month": f"{dt.datetime.now(CHINA):%Y-%m}"}
        operation = self._planner.operation(QUESTION, None)
        statement: Statement = self._planner.prepare(operation, variables, BUREAU, json_statement)
        values = statement.values(variables, self._planner.facts(BUREAU))
        (row,) = await connection.fetch(statement.sql, *values)
        answer: Any = orjson.loads(statement.data(row))
        rows = answer["statistics"]["cultivationProgress"]["rows"]
        return {each["unit"]["code"]: each["reserveHnteCount"] for each in rows}
