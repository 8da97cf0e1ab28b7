"""SQL functions: the normaliser of search, industry categories, enterprise sizes."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest


@pytest.fixture
async def db(database_url: str) -> AsyncGenerator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("", ""),
        ("  重庆科技 ", "重庆科技"),
        ("\u3000\u00a0重庆\t\r\n", "重庆"),
        ("ＡＢＣ（重庆）", "abc(重庆)"),  # noqa: RUF001 - full-width letters are what is tested
        ("９１５００１１２", "91500112"),  # noqa: RUF001
        ("ﬁ①㈱", "fi1(株)"),
        ("100%_\\", "100%_\\"),
        # Only ASCII has its case folded: other letters would depend on the machine's locale.
        ("Ünï İI", "Ünï İi"),
        ("e\u0301", "é"),
        ("渝🚀A", "渝🚀a"),
    ],
)
async def test_fold(db: asyncpg.Connection[Any], typed: str, folded: str) -> None:
    assert await db.fetchval("SELECT keqi_fold($1)", typed) == folded
    assert await db.fetchval("SELECT keqi_fold($1)", folded) == folded


async def test_fold_of_nothing_is_nothing(db: asyncpg.Connection[Any]) -> None:
    assert await db.fetchval("SELECT keqi_fold(NULL)") is None


async def test_search_text_has_a_line_per_name(db: asyncpg.Connection[Any]) -> None:
    query = "SELECT keqi_search_text($1, $2, $3)"
    assert await db.fetchval(query, "渝Ａ", [], "91X") == "渝a\n91x"
    assert await db.fetchval(query, "渝Ａ", ["旧Ｂ", "旧C"], "91X") == "渝a\n旧b\n旧c\n91x"


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("A0111", "PRIMARY"),
        ("A", "PRIMARY"),
        ("A0511", "TERTIARY"),
        ("B0610", "SECONDARY"),
        ("B1110", "TERTIARY"),
        ("C3670", "SECONDARY"),
        ("C4310", "TERTIARY"),
        ("D4411", "SECONDARY"),
        ("E4700", "SECONDARY"),
        ("F5111", "TERTIARY"),
        ("I6513", "TERTIARY"),
        ("T9600", "TERTIARY"),
        ("U1", None),
        ("3670", None),
        ("", None),
        (None, None),
    ],
)
async def test_industry_category(db: asyncpg.Connection[Any], code: str | None, category: str | None) -> None:
    assert await db.fetchval("SELECT keqi_industry_category($1)", code) == category


#: Domain §3.7 as it is printed: lower bounds of large, medium, small by measure, in persons and 万元.
X, Y, Z = "staff", "revenue", "assets"
BOUNDS: dict[str, dict[str, tuple[int, int, int]]] = {
    "A0111": {Y: (20000, 500, 50)},
    "B0610": {X: (1000, 300, 20), Y: (40000, 2000, 300)},
    "C3670": {X: (1000, 300, 20), Y: (40000, 2000, 300)},
    "D4411": {X: (1000, 300, 20), Y: (40000, 2000, 300)},
    "E4700": {Y: (80000, 6000, 300), Z: (80000, 5000, 300)},
    "F5111": {X: (200, 20, 5), Y: (40000, 5000, 1000)},
    "F5211": {X: (300, 50, 10), Y: (20000, 500, 100)},
    "G5411": {X: (1000, 300, 20), Y: (30000, 3000, 200)},
    "G5810": {X: (1000, 300, 20), Y: (30000, 3000, 200)},
    "G5990": {X: (200, 100, 20), Y: (30000, 1000, 100)},
    "G6010": {X: (1000, 300, 20), Y: (30000, 2000, 100)},
    "H6110": {X: (300, 100, 10), Y: (10000, 2000, 100)},
    "H6210": {X: (300, 100, 10), Y: (10000, 2000, 100)},
    "I6311": {X: (2000, 100, 10), Y: (100000, 1000, 100)},
    "I6420": {X: (2000, 100, 10), Y: (100000, 1000, 100)},
    "I6513": {X: (300, 100, 10), Y: (10000, 1000, 50)},
    "K7010": {Y: (200000, 1000, 100), Z: (10000, 5000, 2000)},
    "K7020": {X: (1000, 300, 100), Y: (5000, 1000, 500)},
    "K7030": {X: (300, 100, 10)},
    "K7090": {X: (300, 100, 10)},
    "L7211": {X: (300, 100, 10), Z: (120000, 8000, 100)},
    "M7320": {X: (300, 100, 10)},
    "N7721": {X: (300, 100, 10)},
    "O8111": {X: (300, 100, 10)},
    "Q8411": {X: (300, 100, 10)},
    "R8610": {X: (300, 100, 10)},
}
SIZES = ("LARGE", "MEDIUM", "SMALL")


def size_by_the_table(code: str, staff: int, revenue: Decimal, assets: Decimal) -> str:
    """The rule as worded: a class needs all its lower bounds, else one class down."""
    measured = {X: Decimal(staff), Y: revenue / 10, Z: assets / 10}
    for place, size in enumerate(SIZES):
        if all(measured[measure] >= bounds[place] for measure, bounds in BOUNDS[code].items()):
            return size
    return "MICRO"


@pytest.mark.parametrize("code", BOUNDS)
async def test_size_at_every_bound_and_just_below(db: asyncpg.Connection[Any], code: str) -> None:
    def around(measure: str, unit: int, step: str) -> list[Decimal]:
        bounds = [Decimal(bound * unit) for bound in BOUNDS[code].get(measure, (1,))]
        return [Decimal(0), *bounds, *(bound - Decimal(step) for bound in bounds)]

    staff = [int(value) for value in around(X, 1, "1")]
    cases = list(itertools.product(staff, around(Y, 10, "0.001"), around(Z, 10, "0.001")))
    rows = await db.fetch(
        "SELECT keqi_enterprise_size($1, x, y, z) AS size "
        "FROM unnest($2::int[], $3::numeric[], $4::numeric[]) WITH ORDINALITY AS t(x, y, z, no) ORDER BY no",
        code,
        *([list(column) for column in zip(*cases, strict=True)]),
    )
    assert [row["size"] for row in rows] == [size_by_the_table(code, *case) for case in cases]
    assert len({row["size"] for row in rows}) == 4


@pytest.mark.parametrize("code", ["J6621", "P8336", "G5310", "S9221", "T9600", "Q8511", "K7040", "G", "K"])
async def test_industries_outside_the_standard_are_unclassified(db: asyncpg.Connection[Any], code: str) -> None:
    assert await db.fetchval("SELECT keqi_enterprise_size($1, 50, 1000, 1000)", code) == "UNCLASSIFIED"


@pytest.mark.parametrize(
    ("code", "staff", "revenue", "assets", "size"),
    [
        (None, 50, 1000, 1000, None),
        ("C3670", None, 500000, None, None),
        ("C3670", None, 2999, None, "MICRO"),
        ("C3670", 19, None, None, "MICRO"),
        ("C3670", 20, None, None, None),
        ("M7320", 300, None, None, "LARGE"),
        ("E4700", None, 3000, 3000, "SMALL"),
    ],
)
async def test_size_is_unknown_only_where_a_missing_figure_could_change_it(
    db: asyncpg.Connection[Any], code: str | None, staff: int | None, revenue: int, assets: int, size: str | None
) -> None:
    found = await db.fetchval("SELECT keqi_enterprise_size($1, $2, $3, $4)", code, staff, revenue, assets)
    assert found == size


async def test_all_functions_of_rules_are_immutable_and_parallel_safe(db: asyncpg.Connection[Any]) -> None:
    rows = await db.fetch(
        "SELECT proname, provolatile::text, proparallel::text FROM pg_proc "
        "WHERE proname LIKE 'keqi%' AND prorettype <> 'trigger'::regtype"
    )
    kinds = {row["proname"]: (row["provolatile"], row["proparallel"]) for row in rows}
    # The one that reads rows: the status of an enterprise's latest form.
    assert kinds.pop("keqi_review_status")[0] == "s"
    assert len(kinds) > 7
    assert set(kinds.values()) == {("i", "s")}
