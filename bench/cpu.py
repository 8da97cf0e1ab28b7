"""What a query costs before PostgreSQL sees it: CPU time of a cold compile and of a cached one, without any I/O.

Run: ``python -m bench.cpu``, in a process of its own so that the first compile is a first one; prints JSON.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import cast

import orjson
from graphql import GraphQLSchema
from pydantic import BaseModel

from authz.principal import Principal, Role
from bench.cases import GRAPHQL
from bench.peers.commands import ROOT
from resolvers.schema import build
from service.plans import Planner, json_statement

BODY = orjson.dumps({"query": GRAPHQL["page"], "variables": {"first": 100}})
COLD = 25
CACHED = 5000


class CompileCost(BaseModel):
    """Milliseconds of CPU time: the first compile of a process, a later one of an unknown query, a cached one."""

    first_ms: float
    cold_ms: float
    cached_ms: float
    characters: int


def measure() -> CompileCost:
    """Measure in a fresh process."""
    done = subprocess.run([sys.executable, "-m", "bench.cpu"], check=True, capture_output=True, cwd=ROOT)
    return CompileCost.model_validate_json(done.stdout)


def _cost() -> CompileCost:
    schema = cast("GraphQLSchema", vars(build())["_schema"])
    first = _milliseconds(lambda: _prepared(_planner(schema)))
    cold = median(_milliseconds(lambda: _prepared(_planner(schema))) for _ in range(COLD))
    planner = _planner(schema)
    sql, _ = _prepared(planner)
    cached = _milliseconds(lambda: [_prepared(planner) for _ in range(CACHED)]) / CACHED
    return CompileCost(first_ms=first, cold_ms=cold, cached_ms=cached, characters=len(sql))


def _planner(schema: GraphQLSchema) -> Planner:
    return Planner(schema, signing_key=bytes(32), default_year=2022)


def _prepared(planner: Planner) -> tuple[str, list[object]]:
    """From the request's body to the statement and its parameters."""
    body = orjson.loads(BODY)
    who = Principal(role=Role.MUNICIPAL_OFFICER)
    operation = planner.operation(body["query"], None)
    variables = planner.variables(operation, body["variables"])
    statement = planner.prepare(operation, variables, who, json_statement)
    return statement.sql, statement.values(variables, planner.facts(who))


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    print(_cost().model_dump_json())
