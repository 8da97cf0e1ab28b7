"""What particular fields are asked with: a question to the statistics, a record and its list, members of a library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from authz.principal import Role
from tests.reference.aggregates import dimensions, is_wide, measures
from tests.reference.executor import ROOT_LISTS
from tests.reference.kinds import identifier
from tests.reference.libraries import LIBRARIES, REGISTERS, SETTABLE

if TYPE_CHECKING:
    from tests.reference.operations import Writer

NEIGHBOURLY = tuple(root for root in ROOT_LISTS if root not in ("customQuery", "exports", "auditLog"))
"""Lists whose rows are records of enterprises: one goes through them record by record."""
OFFICERS = (Role.DISTRICT_OFFICER, Role.MUNICIPAL_OFFICER)


def special(writer: Writer, kind: str, name: str) -> dict[str, Any]:
    """Arguments of fields that are like no others."""
    made = SPECIAL.get((kind, name))
    return {} if made is None else made(writer)


def library(writer: Writer) -> dict[str, Any]:
    """A library by its key."""
    writer.library = writer.dice.one(LIBRARIES)
    return {"key": writer.library}


def every_library(writer: Writer) -> dict[str, Any]:
    """No library in particular."""
    writer.library = None
    return {}


def nearly(writer: Writer) -> dict[str, Any]:
    """Libraries that an enterprise is in, or lacks some conditions for; which is not its own to know."""
    may = writer.sight.role is not Role.ENTERPRISE_USER or writer.dares(20)
    return {"missingAtMost": writer.dice.number(0, 4)} if writer.dice.chance(40) and may else {}


def question(writer: Writer) -> dict[str, Any]:
    """A measure, up to three dimensions of not too many cells, and a filter."""
    offered = [name for name, each in dimensions().items() if writer.may(each.kind, each.name)]
    by = list(dict.fromkeys(writer.dice.one(offered) for _ in range(writer.dice.number(0, 3))))
    if sum(map(is_wide, by)) > 2:
        by = by[:2]
    asked = {"of": writer.dice.one(list(measures())), "by": by}
    return {**asked, "filter": writer.filter("Enterprise", 1)} if writer.dice.chance(40) else asked


def members(writer: Writer) -> dict[str, Any]:
    """Which members of a library: of a day, with those whose record is past, by other parameters."""
    chosen: dict[str, Any] = {}
    # A library refuses what says nothing to it; below all of them each takes what is its own.
    dated = writer.library is None or writer.library in REGISTERS
    if dated and writer.dice.chance(25):
        chosen["asOf"] = writer.dice.one(["2022-12-31", "2021-06-30", "2020-01-01", None])
    if dated and writer.dice.chance(25):
        chosen["includeExpired"] = writer.dice.chance(60)
    if writer.library in REGISTERS:
        chosen["year"] = None
    settable = SETTABLE.get(writer.library or "")
    if settable is None or not writer.dice.chance(60):
        return chosen
    if writer.sight.role in OFFICERS or writer.dares(30):
        conditions = writer.dice.some(list(settable), 3)
        chosen["conditions"] = [_condition(writer, key, settable[key]) for key in conditions]
    return chosen


def _condition(writer: Writer, key: str, parameters: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    given: list[dict[str, Any]] = []
    for name in writer.dice.some(list(parameters), 2):
        value = writer.dice.one(list(parameters[name]))
        if isinstance(value, list) or name == "minPlatformLevel":
            given.append({"name": name, "values": value if isinstance(value, list) else [value]})
        else:
            given.append({"name": name, "value": str(int(value)) if isinstance(value, bool) else str(value)})
    found: dict[str, Any] = {"key": key, "parameters": given}
    if key[1] != "X" and writer.dice.chance(30):
        found["enabled"] = writer.dice.chance(40)
    return found


def neighbors(writer: Writer) -> dict[str, Any]:
    """A record of a list and how the list was asked for."""
    lists = [root for root in NEIGHBOURLY if writer.may("Query", root)]
    root = writer.dice.one(lists)
    target = ROOT_LISTS[root]
    record = writer.dice.one(writer.values.full.rows(target))
    context: dict[str, Any] = {}
    if writer.dice.chance(40):
        context["filter"] = writer.filter(target, 1)
    if writer.dice.chance(40):
        context["orderBy"] = writer.order(target)
    return {"of": identifier(target, record), "in": {root: context}}


SPECIAL: Mapping[tuple[str, str], Callable[[Writer], dict[str, Any]]] = {
    ("Statistics", "aggregate"): question,
    ("Query", "neighbors"): neighbors,
    ("Query", "library"): library,
    ("Query", "libraries"): every_library,
    ("Library", "members"): members,
    ("Enterprise", "libraries"): nearly,
}
