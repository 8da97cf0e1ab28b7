"""What is asked, how each peer is asked for it, and what its answer means in keqi's words.

Equal content is the ground of every ratio: an answer is turned into the shape that keqi gives, and
compared value by value. What may not be done here: ask one peer for less than another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import quote

Json = Any
Kind = Literal["one", "page", "flat"]

FIELDS = "uscc name establishedOn industryCategory hiTechField operatingStatus inLibrary registeredCapital"
_REPORTS = (
    "annualReports(first: 5) { nodes { year status version"
    " operation { operatingRevenue rdExpense totalProfit } personnel { staffTotal } } }"
)

GRAPHQL: dict[Kind, str] = {
    "one": f"query One($uscc: ID!) {{ enterprise(uscc: $uscc) {{ {FIELDS} unit {{ code name }} }} }}",
    "page": (
        f"query Page($first: Int!) {{ enterprises(first: $first) {{ nodes {{ {FIELDS} unit {{ code name }}"
        f" {_REPORTS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    ),
    "flat": (
        f"query Flat($first: Int!) {{ enterprises(first: $first) {{ nodes {{ {FIELDS} }}"
        " pageInfo { hasNextPage endCursor } } }"
    ),
}

_POSTGRAPHILE_ORDER = "orderBy: [UNIT_CODE_ASC, NAME_ASC, USCC_ASC]"
_POSTGRAPHILE_UNIT = "unit: unitByUnitCode { code name }"
_POSTGRAPHILE_REPORTS = (
    "annualReports: annualReportsByUsccAndUnitCode(first: 5, orderBy: [YEAR_DESC]) { nodes { year status version"
    " operatingRevenue rdExpense totalProfit staffTotal } }"
)

#: The same in PostGraphile's names; its reports are flat, so two objects a report fewer are written.
POSTGRAPHILE: dict[Kind, str] = {
    "one": (
        f"query One($uscc: String!) {{ enterprise: enterpriseByUscc(uscc: $uscc) {{ {FIELDS} {_POSTGRAPHILE_UNIT} }} }}"
    ),
    "page": (
        f"query Page($first: Int!) {{ enterprises: allEnterprises(first: $first, {_POSTGRAPHILE_ORDER})"
        f" {{ nodes {{ {FIELDS} {_POSTGRAPHILE_UNIT} {_POSTGRAPHILE_REPORTS} }}"
        " pageInfo { hasNextPage endCursor } } }"
    ),
    "flat": (
        f"query Flat($first: Int!) {{ enterprises: allEnterprises(first: $first, {_POSTGRAPHILE_ORDER})"
        f" {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to ask for: ``kind`` and how many enterprises."""

    kind: Kind
    title: str
    size: int = 1

    def variables(self, uscc: str) -> dict[str, Json]:
        """The operation's variables; ``uscc`` is used where one enterprise is asked for."""
        return {"uscc": uscc} if self.kind == "one" else {"first": self.size}


CASES = (
    Case("one", "one enterprise by USCC"),
    Case("page", "page of 20 with unit and reports", 20),
    Case("page", "page of 100 with unit and reports", 100),
    Case("flat", "1,000 enterprises flat", 1000),
)


def http(method: str, path: str, body: bytes = b"", headers: Sequence[str] = ()) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def graphql_request(query: str, variables: dict[str, Json], headers: Sequence[str] = ()) -> bytes:
    """An operation by POST."""
    return http("POST", "/graphql", json.dumps({"query": query, "variables": variables}).encode(), headers)


def keqi_request(case: Case, uscc: str, token: str) -> bytes:
    """As keqi is asked: the operation and a bearer token."""
    return graphql_request(GRAPHQL[case.kind], case.variables(uscc), [f"Authorization: Bearer {token}"])


def strawberry_request(case: Case, uscc: str) -> bytes:
    """As plain Strawberry is asked: the same operation, no token."""
    return graphql_request(GRAPHQL[case.kind], case.variables(uscc))


def postgraphile_request(case: Case, uscc: str) -> bytes:
    """As PostGraphile is asked."""
    return graphql_request(POSTGRAPHILE[case.kind], case.variables(uscc))


def handwritten_request(case: Case, uscc: str, unit: str | None = None) -> bytes:
    """As the hand-written handler is asked; ``unit`` for a district officer's scope."""
    path = f"/one/{quote(uscc)}" if case.kind == "one" else f"/{case.kind}?first={case.size}"
    scope = f"{'&' if '?' in path else '?'}unit={quote(unit)}" if unit else ""
    return http("GET", path + scope)


def as_keqi_says(answer: Json) -> Json:
    """An answer in keqi's shape, without its cursor, which each peer writes in its own way.

    Raises:
        ValueError: the answer has errors.
    """
    if answer.get("errors"):
        raise ValueError(str(answer["errors"])[:2000])
    data = answer["data"]
    if "enterprise" in data:
        return _enterprise(data["enterprise"])
    page = data["enterprises"]
    if not page["pageInfo"]["endCursor"]:
        raise ValueError("a page without a cursor")
    return {
        "hasNextPage": page["pageInfo"]["hasNextPage"],
        "nodes": [_enterprise(node) for node in page["nodes"]],
    }


def _enterprise(node: Json) -> Json:
    reports = node.get("annualReports")
    return {**node, "annualReports": {"nodes": [_report(report) for report in reports["nodes"]]}} if reports else node


def _report(report: Json) -> Json:
    if "operation" in report:
        return report
    operation = ("operatingRevenue", "rdExpense", "totalProfit")
    return {
        **{name: report[name] for name in ("year", "status", "version")},
        "operation": {name: report[name] for name in operation},
        "personnel": {"staffTotal": report["staffTotal"]},
    }


def first_difference(one: Json, other: Json, path: str = "$") -> str | None:
    """Where two answers differ, or None; a number is not its text, and order counts in lists."""
    kind = _kind(one) if _kind(one) is _kind(other) else None
    if kind is dict:
        mine, theirs = cast("dict[str, Json]", one), cast("dict[str, Json]", other)
        if mine.keys() != theirs.keys():
            return f"{path}: fields {sorted(mine)} are not {sorted(theirs)}"
        pairs = [(f"{path}.{name}", mine[name], theirs[name]) for name in mine]
    elif kind is list:
        items, others = cast("list[Json]", one), cast("list[Json]", other)
        if len(items) != len(others):
            return f"{path}: {len(items)} items are not {len(others)}"
        pairs = [(f"{path}[{place}]", item, others[place]) for place, item in enumerate(items)]
    else:
        return None if kind is not None and one == other else f"{path}: {one!r} is not {other!r}"
    found = (first_difference(mine, theirs, inner) for inner, mine, theirs in pairs)
    return next((difference for difference in found if difference), None)


def _kind(value: object) -> type[object]:
    return type(value)
