"""Small cells: whose aggregates hide the amounts of cells that too few enterprises make up (domain §4.4, design).

Who sees an enterprise's amounts by right sees those of few enterprises, too: suppression is for everybody else. It
guards one answer: its cells, and what its total tells of them. It does not add up several answers, so it stands beside
row scopes and consents, never instead of one.
"""

from __future__ import annotations

import sqlalchemy as sa

from authz.principal import Role

SEE_SMALL_CELLS = frozenset({Role.DISTRICT_OFFICER, Role.MUNICIPAL_OFFICER, Role.ANALYST})
"""Officials and, by the design, analysts. Any other role gets no amount of a small cell (deny by default)."""

SMALLEST_CELL = sa.bindparam("p_smallest_cell", None, type_=sa.Integer)
"""So many enterprises make a cell that is shown; a setting, 3 by default (domain §4.4)."""


def is_suppressed(role: Role) -> bool:
    """Whether small cells are hidden from ``role``."""
    return role not in SEE_SMALL_CELLS
