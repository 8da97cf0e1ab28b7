"""Frozen months of cultivation progress (domain §2.7): written once when a month is closed, never changed after.

What a frozen row says is what ``cultivation_freeze`` of revision 0007 found; nothing here counts.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from db.engine import Connection

if TYPE_CHECKING:
    from db.engine import PooledConnection

Progress = Callable[[int, int], None]
Sizes = Callable[[], Awaitable[Mapping[str, int]]]
"""How large each unit's reserve library is now (domain §2.7)."""

#: Months closed since the newest frozen one; where none is frozen yet, the month that closed last. None while no
#: enterprise is known: zeros of a new installation would be frozen for good.
_CLOSED_SINCE = """
SELECT rollup_month(m::date)
FROM (SELECT max(month) AS month FROM cultivation_snapshot) AS f
CROSS JOIN LATERAL generate_series(
    coalesce(make_date(f.month / 100, f.month % 100, 1), rollup_today() - interval '2 months') + interval '1 month',
    rollup_today() - interval '1 month',
    interval '1 month'
) AS m
WHERE rollup_month(m::date) < rollup_month(rollup_today()) AND EXISTS (SELECT FROM enterprise)
ORDER BY 1
"""


async def freeze_closed(connection: Connection, progress: Progress) -> list[int]:
    """Freeze every closed month that is not frozen, from the first of which anything is known; answers those months."""
    months = [row[0] for row in await connection.fetch("SELECT * FROM cultivation_unfrozen()")]
    return await _freeze(connection, months, progress)


async def freeze_since(connection: Connection | PooledConnection, sizes: Sizes | None = None) -> list[int]:
    """Freeze the months that closed since the newest frozen one; answers them.

    Where none is frozen yet, only the month that closed last: what history a new installation is still to be given
    must not be frozen before it is there. Nothing at all while there is no enterprise. ``sizes`` tells how large each
    unit's reserve library is now, which the month that closed last is frozen with; of earlier ones nobody knows it any
    more.
    """
    months = [row[0] for row in await connection.fetch(_CLOSED_SINCE)]
    reserve = await sizes() if months and sizes else None
    return await _freeze(connection, months, lambda _done, _total: None, reserve)


async def _freeze(
    connection: Connection | PooledConnection,
    months: list[int],
    progress: Progress,
    reserve: Mapping[str, int] | None = None,
) -> list[int]:
    frozen: list[int] = []
    for done, month in enumerate(months):
        progress(done, len(months))
        known = json.dumps(reserve) if reserve and month == months[-1] else None
        if await connection.fetchval("SELECT cultivation_freeze($1, $2::text::jsonb)", month, known):
            frozen.append(month)
    progress(len(months), len(months))
    return frozen
