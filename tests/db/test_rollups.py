"""Whatever is written, in whatever order, by whoever, folded or not: statistics are what a recount of the rows says.

Two writers with transactions of their own, a third connection that folds, rebuilds and reads between them; after each
step the views equal the recount on every connection, each in its own snapshot.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import asyncpg
import orjson
from asyncpg.transaction import Transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from db.engine import connect
from db.rollups.fold import fold, fold_all
from db.rollups.rebuild import check, rebuild
from tests.db.recount import DIFFERENCES
from tests.fixtures.rows import enterprise, report, uscc

T = TypeVar("T")

NUMBERS = st.integers(1, 4)
SPARE = 5
YEARS = st.sampled_from([2021, 2022])
UNITS = st.sampled_from(["500112", "500109", "LIANGJIANG"])
DISTRICTS = st.sampled_from([None, "500112", "500109"])
ZONES = st.sampled_from([None, "LIANGJIANG", "CQ_HTZ"])
FIGURES = st.sampled_from([None, 0, 7])
DAYS = st.sampled_from([dt.date(2020, 12, 31) + dt.timedelta(days=days) for days in (0, 1, 30, 31, 365, 366, 730)])
LENGTHS = st.sampled_from([0, 1, 30, 365, 1096])
NOS = st.integers(1, 2)
WRITERS = st.sampled_from([0, 1])
STATUSES = st.sampled_from(
    ["DRAFT", "PENDING_DISTRICT", "REJECTED_DISTRICT", "PENDING_MUNICIPAL", "REJECTED_MUNICIPAL", "APPROVED"]
)
ITEMS = st.sampled_from(
    [
        ("report_platform", {"name": "实验室", "kind": "OTHER", "level": "NATIONAL"}),
        ("report_platform", {"name": "中心", "kind": "OTHER", "level": "ENTERPRISE"}),
        ("report_standard", {"standard_no": "1", "name": "甲", "level": "NATIONAL", "role": "LEAD"}),
        ("report_standard", {"standard_no": "1", "name": "甲", "level": "NATIONAL", "role": "PARTICIPATE"}),
        ("report_award", {"level": "MUNICIPAL", "name": "奖"}),
        ("report_product", {"name": "产品", "is_major_new_product": False}),
    ]
)
OWNED = ("voucher_application", "hnte_certificate", "tech_sme_registration", "annual_report")

#: A writer that is in another's way gives up at once: here one thread plays them all.
IMPATIENT = "SET lock_timeout = '15ms'"
#: Nobody the keeper would wait for ends while it waits: it fails instead of hanging.
PATIENT = "SET lock_timeout = '10s'"


def inserted(table: str, columns: Mapping[str, Any], *, owned: bool = True) -> str:
    """Insert one row where its enterprise is there, in its unit; a key that is taken stays as it is."""
    names = [name for name in columns if name != "unit_code"]
    row = orjson.dumps(columns).decode().replace("'", "''")
    unit, of_unit = (", unit_code", ", e.unit_code") if owned else ("", "")
    return (
        f"INSERT INTO {table} ({', '.join(names)}{unit}) SELECT {', '.join(f'r.{name}' for name in names)}{of_unit} "
        f"FROM jsonb_populate_record(NULL::{table}, '{row}') AS r JOIN enterprise AS e ON e.uscc = r.uscc "
        "ON CONFLICT DO NOTHING"
    )


def listed(table: str, columns: Mapping[str, Any]) -> str:
    """Insert one row of a report's list where the report is there."""
    row = orjson.dumps(columns).decode().replace("'", "''")
    names = ", ".join(columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(f'i.{name}' for name in columns)} "
        f"FROM jsonb_populate_record(NULL::{table}, '{row}') AS i "
        "JOIN annual_report AS r ON r.uscc = i.uscc AND r.year = i.year ON CONFLICT DO NOTHING"
    )


def literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'"


class Statistics(RuleBasedStateMachine):
    """``url`` is set before it runs."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.keeper, *self.writers = (self.wait(connect(self.url)) for _ in range(3))
        self.open: dict[int, Transaction] = {}
        self.wait(self.keeper.execute(PATIENT))
        for writer in self.writers:
            self.wait(writer.execute(IMPATIENT))

    def wait(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    def write(self, writer: int, *statements: str) -> None:
        """Run statements in the writer's transaction; where they are refused or in the way, it is rolled back."""
        if writer not in self.open:
            self.open[writer] = self.writers[writer].transaction()
            self.wait(self.open[writer].start())
        try:
            for statement in statements:
                self.wait(self.writers[writer].execute(statement))
        except (
            asyncpg.IntegrityConstraintViolationError,
            asyncpg.LockNotAvailableError,
            asyncpg.DeadlockDetectedError,
        ):
            self.wait(self.open.pop(writer).rollback())

    def end(self, writer: int) -> None:
        if writer in self.open:
            self.wait(self.open.pop(writer).commit())

    def teardown(self) -> None:
        for transaction in self.open.values():
            self.wait(transaction.rollback())
        self.wait(fold_all(self.keeper))
        self.equal_a_recount()
        assert not self.wait(check(self.keeper, lambda _done, _total: None))
        for table in (*OWNED, "enterprise"):
            self.wait(self.keeper.execute(f"DELETE FROM {table}"))
        self.wait(fold_all(self.keeper))
        assert self.wait(self.keeper.fetchval("SELECT count(*) FROM fact_enterprise")) == 0
        for connection in (self.keeper, *self.writers):
            self.wait(connection.close())
        self.runner.close()

    @invariant()
    def equal_a_recount(self) -> None:
        for connection in (self.keeper, *(self.writers[writer] for writer in self.open)):
            for differences in DIFFERENCES:
                assert not self.wait(connection.fetch(differences))

    # ── transactions, folds ─────────────────────────────────────────────────────────────────────

    @rule(writer=WRITERS)
    def commit(self, writer: int) -> None:
        self.end(writer)

    @rule(writer=WRITERS)
    def roll_back(self, writer: int) -> None:
        if writer in self.open:
            self.wait(self.open.pop(writer).rollback())

    @rule(most=st.integers(1, 5))
    def fold_some(self, most: int) -> None:
        self.wait(fold(self.keeper, most))

    @rule()
    def rebuild_all(self) -> None:
        assert not self.wait(rebuild(self.keeper, lambda _done, _total: None, batch=2))

    # ── enterprises ─────────────────────────────────────────────────────────────────────────────

    @rule(writer=WRITERS, number=NUMBERS, unit=UNITS, zone=ZONES, day=DAYS, in_library=st.booleans())
    def add_enterprise(self, writer: int, number: int, unit: str, zone: str, day: dt.date, *, in_library: bool) -> None:
        table, columns = enterprise(number, f"企业{number}", unit, zone_code=zone, in_library=in_library)
        row = {**columns, "in_library_on": day if in_library and day.year < 2022 else None, "established_on": day}
        names = ", ".join(row)
        text = orjson.dumps(row).decode()
        insertion = f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, '{text}')"
        self.write(writer, f"{insertion} ON CONFLICT DO NOTHING")

    @rule(writer=WRITERS, number=NUMBERS, zone=ZONES, district=DISTRICTS)
    def place_elsewhere(self, writer: int, number: int, zone: str, district: str) -> None:
        places = f"zone_code = {literal(zone)}, district_code = {literal(district)}"
        self.write(writer, f"UPDATE enterprise SET {places} WHERE uscc = '{uscc(number)}'")

    @rule(writer=WRITERS, number=NUMBERS, unit=UNITS)
    def move(self, writer: int, number: int, unit: str) -> None:
        self.write(writer, f"UPDATE enterprise SET unit_code = '{unit}' WHERE uscc = '{uscc(number)}'")

    @rule(writer=WRITERS, number=NUMBERS)
    def change_code_and_back(self, writer: int, number: int) -> None:
        there = f"UPDATE enterprise SET uscc = '{uscc(SPARE)}' WHERE uscc = '{uscc(number)}'"
        back = f"UPDATE enterprise SET uscc = '{uscc(number)}' WHERE uscc = '{uscc(SPARE)}'"
        self.write(writer, there)
        self.equal_a_recount()
        self.write(writer, back)

    @rule(writer=WRITERS, to=NUMBERS)
    def change_code(self, writer: int, to: int) -> None:
        """Credit codes go round: what one enterprise was known by, another may be known by next."""
        self.write(
            writer,
            f"UPDATE enterprise SET uscc = '{uscc(SPARE)}' WHERE uscc = '{uscc(to)}'",
            f"UPDATE enterprise SET uscc = '{uscc(to)}' WHERE uscc = '{uscc(to % 4 + 1)}'",
            f"UPDATE enterprise SET uscc = '{uscc(to % 4 + 1)}' WHERE uscc = '{uscc(SPARE)}'",
        )

    @rule(
        writer=WRITERS,
        number=NUMBERS,
        change=st.sampled_from(
            [
                "in_library = NOT in_library",
                "in_library_on = '2022-01-31'",
                "in_library_on = 'infinity'",
                "established_on = '20210-03-01'",
                "operating_status = 'CANCELLED'",
                "operating_status = 'ACTIVE'",
                "industry_code = NULL",
                "industry_code = 'A0111', hi_tech_field = NULL",
                "name = '另一名称'",
            ]
        ),
    )
    def change_enterprise(self, writer: int, number: int, change: str) -> None:
        self.write(writer, f"UPDATE enterprise SET {change} WHERE uscc = '{uscc(number)}'")

    @rule(writer=WRITERS, number=NUMBERS)
    def delete_enterprise(self, writer: int, number: int) -> None:
        self.write(writer, *(f"DELETE FROM {table} WHERE uscc = '{uscc(number)}'" for table in (*OWNED, "enterprise")))

    # ── reports ─────────────────────────────────────────────────────────────────────────────────

    @rule(writer=WRITERS, number=NUMBERS, year=YEARS, status=STATUSES, figure=FIGURES)
    def file_report(self, writer: int, number: int, year: int, status: str, figure: int | None) -> None:
        figures = {"doctors": figure, "tax_paid": figure, "rd_staff": figure, "industry_code": "C3670"}
        self.write(writer, inserted(*report(number, "500112", year, status=status, **figures)))

    @rule(writer=WRITERS, number=NUMBERS, year=YEARS, status=STATUSES)
    def review_report(self, writer: int, number: int, year: int, status: str) -> None:
        self.write(
            writer,
            f"UPDATE annual_report SET status = '{status}' WHERE uscc = '{uscc(number)}' AND year = {year}",
        )

    @rule(writer=WRITERS, year=YEARS, figure=FIGURES)
    def change_figures_of_all(self, writer: int, year: int, figure: int | None) -> None:
        self.write(
            writer,
            f"UPDATE annual_report SET patent_applications = {literal(figure)}, total_profit = {literal(figure)}, "
            f"operating_revenue = operating_revenue + 90000 WHERE year = {year}",
        )

    @rule(writer=WRITERS, number=NUMBERS, year=YEARS)
    def delete_report(self, writer: int, number: int, year: int) -> None:
        self.write(writer, f"DELETE FROM annual_report WHERE uscc = '{uscc(number)}' AND year = {year}")

    @rule(writer=WRITERS, number=NUMBERS, year=YEARS, no=NOS, item=ITEMS)
    def add_item(self, writer: int, number: int, year: int, no: int, item: tuple[str, dict[str, Any]]) -> None:
        table, columns = item
        self.write(writer, listed(table, {"uscc": uscc(number), "year": year, "no": no, **columns}))

    @rule(writer=WRITERS, number=NUMBERS, no=NOS, item=ITEMS)
    def delete_item(self, writer: int, number: int, no: int, item: tuple[str, dict[str, Any]]) -> None:
        self.write(writer, f"DELETE FROM {item[0]} WHERE uscc = '{uscc(number)}' AND no = {no}")

    # ── registers and vouchers ──────────────────────────────────────────────────────────────────

    @rule(
        writer=WRITERS,
        number=NUMBERS,
        no=NOS,
        day=DAYS,
        length=LENGTHS,
        status=st.sampled_from(["VALID", "EXPIRED", "REVOKED"]),
    )
    def certify(self, writer: int, number: int, no: int, day: dt.date, length: int, status: str) -> None:
        certificate = {
            "certificate_no": f"GR{number}-{no}",
            "uscc": uscc(number),
            "issued_on": day,
            "expires_on": day + dt.timedelta(days=length),
            "status": status,
        }
        self.write(
            writer,
            f"DELETE FROM hnte_certificate WHERE certificate_no = '{certificate['certificate_no']}'",
            inserted("hnte_certificate", certificate),
        )

    @rule(writer=WRITERS, no=NOS, status=st.sampled_from(["VALID", "REVOKED"]))
    def revoke(self, writer: int, no: int, status: str) -> None:
        self.write(writer, f"UPDATE hnte_certificate SET status = '{status}' WHERE certificate_no LIKE '%-{no}'")

    @rule(writer=WRITERS, number=NUMBERS, no=NOS, day=DAYS, length=LENGTHS)
    def register_sme(self, writer: int, number: int, no: int, day: dt.date, length: int) -> None:
        registration = {
            "registration_no": f"{number}-{no}-{day}",
            "uscc": uscc(number),
            "registered_on": day,
            "valid_until": day + dt.timedelta(days=length),
        }
        self.write(writer, inserted("tech_sme_registration", registration))

    @rule(
        writer=WRITERS,
        number=NUMBERS,
        year=YEARS,
        kind=st.sampled_from(["HNTE", "OTHER"]),
        size=st.sampled_from([None, "UNCLASSIFIED", "SMALL"]),
        approved=FIGURES,
    )
    def apply(self, writer: int, number: int, year: int, kind: str, size: str | None, approved: int | None) -> None:
        application = {
            "id": f"00000000-0000-0000-0000-{number:06d}{year}{kind == 'HNTE':02d}",
            "uscc": uscc(number),
            "year": year,
            "type": kind,
            "status": "APPLIED",
            "applied_amount": 12.5,
            "approved_amount": approved,
            "applied_on": dt.date(year, 5, 1),
            "enterprise_size": size,
        }
        self.write(writer, inserted("voucher_application", application))

    @rule(writer=WRITERS, number=NUMBERS, amount=FIGURES)
    def approve_vouchers(self, writer: int, number: int, amount: int | None) -> None:
        self.write(
            writer,
            f"UPDATE voucher_application SET approved_amount = {literal(amount)} WHERE uscc = '{uscc(number)}'",
        )

    @rule(writer=WRITERS, table=st.sampled_from(["voucher_application", "report_platform", "tech_sme_registration"]))
    def empty(self, writer: int, table: str) -> None:
        # Older snapshots would see an emptied table at once, which PostgreSQL says of TRUNCATE itself.
        self.write(writer, f"TRUNCATE {table}")
        # Readers wait for it, too: committed at once, for here one thread plays them all.
        self.end(writer)


def test_statistics_equal_a_recount_whatever_happens(empty_copy: str) -> None:
    machine = type("Statistics", (Statistics,), {"url": empty_copy})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
