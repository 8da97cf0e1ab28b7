"""Seeded ratings, vouchers and registers: they agree with the enterprises and with what the reports say."""

from __future__ import annotations

from typing import TypeAlias

import asyncpg
import pytest

from db.enums import (
    CertificateStatus,
    CreditGrade,
    CultivationKind,
    Labelled,
    LoanKind,
    RecordStatus,
    VoucherStatus,
    VoucherType,
)

Seeded: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

ENUM_COLUMNS: tuple[tuple[str, str, type[Labelled]], ...] = (
    ("credit_rating", "grade", CreditGrade),
    ("credit_loan", "kind", LoanKind),
    ("voucher_application", "type", VoucherType),
    ("voucher_application", "status", VoucherStatus),
    ("tech_enterprise_record", "status", RecordStatus),
    ("hnte_certificate", "status", CertificateStatus),
    ("cultivation_target", "kind", CultivationKind),
)


@pytest.mark.parametrize(
    ("table", "column", "values"), ENUM_COLUMNS, ids=[f"{table}.{column}" for table, column, _ in ENUM_COLUMNS]
)
async def test_every_value_occurs(seeded: Seeded, table: str, column: str, values: type[Labelled]) -> None:
    found = {row[0] for row in await seeded.fetch(f"SELECT DISTINCT {column} FROM {table}")} - {None}
    assert found == {value.value for value in values}


NULLABLE = {
    "credit_rating": "grade credit_limit score factor_talent factor_product factor_enterprise valid_until",
    "credit_loan": "contract_no",
    "voucher_application": (
        "approved_amount issued_amount used_amount redeemed_amount service_provider service_contract_no"
        " enterprise_size industry_category hi_tech_field"
    ),
    "tech_enterprise_record": "valid_until last_update_on",
    "hnte_certificate": "batch",
}


@pytest.mark.parametrize("table", NULLABLE)
async def test_what_may_be_missing_is_missing_in_some_rows_and_given_in_others(seeded: Seeded, table: str) -> None:
    columns = NULLABLE[table].split()
    counts = ", ".join(f"count({name}) AS {name}" for name in columns)
    row = await seeded.fetchrow(f"SELECT {counts}, count(*) AS total FROM {table}")
    assert row is not None
    assert [name for name in columns if not 0 < row[name] < row["total"]] == []


async def test_whoever_is_in_the_library_has_the_record_its_number_says(seeded: Seeded) -> None:
    differing = """
        SELECT count(*) FROM enterprise AS e LEFT JOIN tech_enterprise_record AS c USING (tech_enterprise_no)
        WHERE e.in_library AND (c.uscc, c.filed_on, c.status) IS DISTINCT FROM (e.uscc, e.in_library_on, 'VALID')
    """
    assert await seeded.fetchval(differing) == 0
    standing = "SELECT count(*) FROM tech_enterprise_record WHERE status = 'VALID'"
    assert await seeded.fetchval(standing) == await seeded.fetchval("SELECT count(*) FROM enterprise WHERE in_library")
    fallen = """
        SELECT count(*) FILTER (WHERE NOT e.in_library), count(*) FILTER (WHERE e.in_library)
        FROM tech_enterprise_record AS c JOIN enterprise AS e USING (uscc) WHERE c.status <> 'VALID'
    """
    assert all(await seeded.fetchrow(fallen) or (0,))


async def test_a_report_that_says_certified_has_its_certificate(seeded: Seeded) -> None:
    differing = """
        SELECT count(*) FROM annual_report AS r LEFT JOIN hnte_certificate AS c USING (certificate_no)
        WHERE r.is_hnte AND (c.uscc, c.issued_on, c.expires_on) IS DISTINCT FROM (r.uscc, r.issued_on, r.expires_on)
    """
    assert await seeded.fetchval(differing) == 0
    # Whoever is certified at the end of a year says so in the year's report.
    silent = """
        SELECT count(*) FROM annual_report AS r JOIN hnte_certificate AS c USING (uscc)
        WHERE NOT r.is_hnte AND c.status <> 'REVOKED'
            AND make_date(r.year, 12, 31) BETWEEN c.issued_on AND c.expires_on
    """
    assert await seeded.fetchval(silent) == 0


async def test_certificates_last_three_years_and_are_renewed_in_time_or_early(seeded: Seeded) -> None:
    lasting = "SELECT count(*) FROM hnte_certificate WHERE expires_on <> (issued_on + interval '3 years')::date"
    assert await seeded.fetchval(lasting) == 0
    renewed = """
        SELECT count(*) FILTER (WHERE b.issued_on < a.expires_on), count(*) FILTER (WHERE b.issued_on = a.expires_on)
        FROM hnte_certificate AS a JOIN hnte_certificate AS b USING (uscc) WHERE a.issued_on < b.issued_on
            AND extract(year FROM b.issued_on) = extract(year FROM a.issued_on) + 3
    """
    assert all(await seeded.fetchrow(renewed) or (0,))


async def test_registers_have_entries_in_force_then_and_now(seeded: Seeded) -> None:
    for day in ("'2022-12-31'", "current_date"):
        for table, since, until in (
            ("hnte_certificate", "issued_on", "expires_on"),
            ("tech_sme_registration", "registered_on", "valid_until"),
            ("tech_enterprise_record", "filed_on", "coalesce(valid_until, 'infinity')"),
        ):
            entries = f"SELECT count(*) FROM {table} WHERE {day}::date BETWEEN {since} AND {until}"
            assert await seeded.fetchval(entries) > 0, (table, day)


async def test_a_report_that_says_registered_as_sme_has_its_registration(seeded: Seeded) -> None:
    differing = """
        SELECT count(*) FROM annual_report AS r
        LEFT JOIN tech_sme_registration AS c ON c.registration_no = r.tech_sme_no
        WHERE r.is_tech_sme AND (c.uscc, c.valid_until) IS DISTINCT FROM (r.uscc, r.tech_sme_valid_until)
    """
    assert await seeded.fetchval(differing) == 0


async def test_grades_follow_the_bands_and_only_the_library_is_rated(seeded: Seeded) -> None:
    wrong = """
        SELECT count(*) FROM credit_rating WHERE grade IS DISTINCT FROM CASE
            WHEN score >= 85 THEN 'A' WHEN score >= 75 THEN 'B' WHEN score >= 65 THEN 'C' WHEN score >= 55 THEN 'D'
            WHEN score >= 45 THEN 'E' END OR (grade IS NULL) <> (credit_limit IS NULL)
    """
    assert await seeded.fetchval(wrong) == 0
    outside = """
        SELECT count(*) FROM credit_rating AS c JOIN enterprise AS e USING (uscc)
        WHERE NOT e.in_library OR extract(year FROM e.in_library_on) > c.year
    """
    assert await seeded.fetchval(outside) == 0
    years = await seeded.fetchval("SELECT array_agg(DISTINCT year ORDER BY year) FROM credit_rating")
    assert years == [2019, 2020, 2021, 2022]


async def test_loans_follow_a_rating(seeded: Seeded) -> None:
    unrated = """
        SELECT count(*) FROM credit_loan AS l WHERE NOT EXISTS (
            SELECT FROM credit_rating AS c WHERE c.uscc = l.uscc AND c.rated_on <= l.loan_on)
    """
    assert await seeded.fetchval(unrated) == 0


async def test_vouchers_have_the_amounts_of_the_steps_behind_them(seeded: Seeded) -> None:
    ahead = """
        SELECT count(*) FROM voucher_application WHERE
            (status IN ('APPLIED', 'REJECTED') AND coalesce(approved_amount, issued_amount, used_amount) IS NOT NULL)
            OR (status = 'APPROVED' AND coalesce(issued_amount, used_amount, redeemed_amount) IS NOT NULL)
            OR (status = 'ISSUED' AND coalesce(used_amount, redeemed_amount) IS NOT NULL)
            OR (status = 'REDEEMED') <> (coalesce(redeemed_amount, 0) > 0)
    """
    assert await seeded.fetchval(ahead) == 0


async def test_an_enterprise_applies_for_several_types_and_for_one_type_twice(seeded: Seeded) -> None:
    counts = await seeded.fetchrow(
        "SELECT count(*), count(DISTINCT (uscc, year, type)), count(DISTINCT (uscc, year)) FROM voucher_application"
    )
    assert counts is not None
    assert counts[0] > counts[1] > counts[2] > 0


async def test_a_voucher_keeps_what_the_enterprise_was_in_its_year(seeded: Seeded) -> None:
    differing = """
        SELECT count(*) FROM voucher_application AS v LEFT JOIN annual_report AS r USING (uscc, year)
        WHERE v.enterprise_size IS DISTINCT FROM r.enterprise_size
    """
    assert await seeded.fetchval(differing) == 0


async def test_targets_stand_for_all_units_of_the_city_but_one_and_one_has_nothing_to_reach(seeded: Seeded) -> None:
    without = """
        SELECT array_agg(code) FROM unit WHERE is_jurisdiction AND city = '重庆市'
            AND NOT EXISTS (SELECT FROM cultivation_target WHERE unit_code = code AND year = 2022)
    """
    assert await seeded.fetchval(without) == ["500243"]
    nothing = "SELECT array_agg(DISTINCT unit_code) FROM cultivation_target WHERE target = 0"
    assert await seeded.fetchval(nothing) == ["500229"]


async def test_review_queues_wait_at_both_levels(seeded: Seeded) -> None:
    reports = "SELECT count(*) FILTER (WHERE status = 'PENDING_{}') FROM annual_report WHERE unit_code = '500112'"
    assert await seeded.fetchval(reports.format("DISTRICT")) > 0
    assert await seeded.fetchval(reports.format("MUNICIPAL")) > 0
    waiting = """
        SELECT count(*) FROM basic_info AS b WHERE status = 'PENDING_DISTRICT'
            AND version = (SELECT max(version) FROM basic_info WHERE uscc = b.uscc)
    """
    assert await seeded.fetchval(waiting) > 0
