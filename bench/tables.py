"""Statistics pages at three sizes, beside the same table by ``GROUP BY`` over the rows beneath (issue 5, Figures).

keqi is asked over HTTP, one question at a time; medians. What may not be done here: compare a table with another one
that says something else.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg

from bench import database
from bench.figures import Figure, Found, Row, Section
from bench.peers import commands
from bench.search import Asker, in_turn

SIZES: Final = (10_000, 100_000, 1_000_000)
QUICK: Final = (2_000, 10_000)
YEAR: Final = 2022

#: Issue 5, Figures.
REACH_GROWTH: Final = 1.5
REACH_GROUPED: Final = 50.0


@dataclass(frozen=True, slots=True)
class Table:
    """A page's tab: the question, and the same table out of the rows beneath."""

    title: str
    query: str
    figures: tuple[str, ...]
    grouped: str = ""


def _tab(page: str, name: str, key: str, figures: tuple[str, ...]) -> str:
    row = f"{key} {' '.join(figures)}"
    table = f"{name} {{ rows {{ {row} }} total {{ {row} }} }}"
    return f"query ($year: Int) {{ statistics {{ {page}(year: $year) {{ {table} }} }} }}"


_COUNTS = ("registeredCount", "inLibraryCount", "reportedCount", "aboveScaleIndustrialCount")
_SUMS = ("operatingRevenue", "mainBusinessRevenue", "totalProfit", "taxPaid", "rdExpense", "totalAssets")
_VOUCHERS = ("enterprises", "applications", "appliedAmount", "approvedAmount")
_STANDING = ("inLibraryCount", "validHnteCount", "techSmeCount")
_PROGRESSED = ("ytdNewTechEnterprise", "totalTechEnterprise", "totalHnte", "totalTechSme")
_PROGRESS = (
    'query ($year: Int) { statistics { cultivationProgress(month: "2022-12") {'
    f" rows {{ unitName techCompletionRate rank {' '.join(_PROGRESSED)} }} total {{ {' '.join(_PROGRESSED)} }} }}"
    " enrolment(year: $year) { year } } }"
)

TABLES: Final = (
    Table(
        "enrolment by district and zone (C29)",
        _tab("enrolment", "reports", "districtName zoneName", _COUNTS),
        _COUNTS,
        """select district_code, zone_code,
                count(*) filter (where operating_status <> 'CANCELLED' and established_on < make_date($1 + 1, 1, 1)),
                count(*) filter (where enrolled),
                count(*) filter (where enrolled and status <> 'DRAFT'),
                count(*) filter (where enrolled and status = 'APPROVED' and is_above_scale_industrial)
            from (
                select e.*, r.status, r.is_above_scale_industrial,
                    e.in_library and coalesce(e.in_library_on, e.established_on) < make_date($1 + 1, 1, 1) as enrolled
                from enterprise e left join annual_report r on r.uscc = e.uscc and r.year = $1
                where e.unit_code in (select code from unit where city = '重庆市')
            ) as e
            group by grouping sets ((1, 2), ())""",
    ),
    Table(
        "annual reports, operation (C31)",
        _tab("annualReports", "operation", "districtName zoneName", _SUMS),
        _SUMS,
        """select e.district_code, e.zone_code, sum(r.operating_revenue), sum(r.main_business_revenue),
                sum(r.total_profit), sum(r.tax_paid), sum(r.rd_expense), sum(r.total_assets)
            from annual_report r join enterprise e on e.uscc = r.uscc where r.year = $1 and r.status = 'APPROVED'
                and e.unit_code in (select code from unit where city = '重庆市')
            group by grouping sets ((1, 2), ())""",
    ),
    Table(
        "vouchers by type (C23)",
        _tab("vouchers", "byType", "name", _VOUCHERS),
        _VOUCHERS,
        """select type, null, count(distinct uscc), count(*), sum(applied_amount), coalesce(sum(approved_amount), 0)
            from voucher_application where year = $1
                and unit_code in (select code from unit where city = '重庆市') group by grouping sets ((1), ())""",
    ),
    Table(
        "the city's districts (C33)",
        _tab("overview", "districts", "districtName", _STANDING),
        _STANDING,
        """select e.district_code, null,
                count(*) filter (where e.in_library
                    and coalesce(e.in_library_on, e.established_on) < make_date($1 + 1, 1, 1)),
                count(*) filter (where exists (select from hnte_certificate c where c.uscc = e.uscc
                    and c.status <> 'REVOKED' and make_date($1, 12, 31) between c.issued_on and c.expires_on)),
                count(*) filter (where exists (select from tech_sme_registration s where s.uscc = e.uscc
                    and make_date($1, 12, 31) between s.registered_on and s.valid_until))
            from enterprise e join unit u on u.code = e.unit_code and u.city = '重庆市'
            group by grouping sets ((1), ())""",
    ),
    Table("cultivation progress (C27)", _PROGRESS, _PROGRESSED),
)


@dataclass(frozen=True, slots=True)
class Took:
    """What a table took at one size, in milliseconds."""

    enterprises: int
    title: str
    ms: float
    grouped_ms: float | None


def measure(
    server: database.EmbeddedServer, logs: Path, say: Callable[[str], None], *, quick: bool, years: int = database.YEARS
) -> Found:
    """Every table at every size, and the largest beside ``GROUP BY``."""
    datas = [database.filled(server, size, say, years) for size in (QUICK if quick else SIZES)]
    with contextlib.ExitStack() as running:
        askers = [Asker(running.enter_context(commands.keqi(data.url, logs))) for data in datas]
        took: list[Took] = []
        for table in TABLES:
            say(f"statistics: {table.title}")
            took += _asked(table, list(zip(askers, datas, strict=True)))
    return Found(_figures(took), [_section(took)])


def _asked(table: Table, desks: list[tuple[Asker, database.Data]]) -> list[Took]:
    """One table at every size, asked in turns; its total must be that of the rows beneath."""
    grouped: list[float | None] = []
    for asker, data in desks:
        shown = _total_of(asker.ask(table.query, {"year": YEAR}), table)
        total, ms = asyncio.run(_grouped(data.url, table)) if table.grouped else (shown, None)
        if shown != total:
            raise ValueError(f"{table.title}: keqi's total {shown} is not {total}")
        grouped.append(ms)
    times = in_turn([(asker, table.query, {"year": YEAR}) for asker, _ in desks])
    return [
        Took(data.enterprises, table.title, ms, each) for (_, data), ms, each in zip(desks, times, grouped, strict=True)
    ]


def _total_of(answer: Any, table: Table) -> list[Decimal | None]:
    page = next(iter(answer["statistics"].values()))
    tab = page if "total" in page else next(iter(page.values()))
    return [_number(tab["total"][name]) for name in table.figures]


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


async def _grouped(url: str, table: Table) -> tuple[list[Decimal | None], float]:
    """The total as ``GROUP BY`` finds it, and the table's median milliseconds."""
    connection = await asyncpg.connect(url)
    try:
        rows: list[Any] = []
        took: list[float] = []
        for _ in range(5):
            started = time.perf_counter()
            rows = await connection.fetch(table.grouped, YEAR)
            took.append((time.perf_counter() - started) * 1000)
    finally:
        await connection.close()
    # The total has neither key; so has a row of nowhere, which is smaller.
    totals = [list(row)[2:] for row in rows if row[0] is None and row[1] is None]
    largest = max(totals, key=lambda total: total[0] or 0)
    return [_number(value) for value in largest], median(took)


def _figures(took: list[Took]) -> list[Figure]:
    largest, smallest = max(each.enterprises for each in took), min(each.enterprises for each in took)
    found: list[Figure] = []
    for table in dict.fromkeys(each.title for each in took):
        small, large = (
            next(each for each in took if each.title == table and each.enterprises == size)
            for size in (smallest, largest)
        )
        found.append(
            Figure(f"{table}: {largest:,} ÷ {smallest:,} enterprises", large.ms / small.ms, at_most=REACH_GROWTH)
        )
        if large.grouped_ms is not None:
            times = large.grouped_ms / large.ms
            found.append(Figure(f"{table}: GROUP BY ÷ keqi at {largest:,}", times, at_least=REACH_GROUPED))
    return found


def _section(took: list[Took]) -> Section:
    rows: list[Row] = [
        (
            f"{each.enterprises:,}",
            each.title,
            f"{each.ms:.2f}",
            "" if each.grouped_ms is None else f"{each.grouped_ms:.1f}",
        )
        for each in took
    ]
    return Section("Statistics pages", ("enterprises", "table", "keqi ms", "GROUP BY ms"), rows)
