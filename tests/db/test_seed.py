"""Seeded data: the same on every run, complete in its kinds, true to the rules of the domain."""

from __future__ import annotations

import re
from datetime import date

import asyncpg
import pytest
import sqlalchemy as sa

from db import uscc
from db.engine import connect
from db.enums import (
    BASIC_INFO_STATUSES,
    AccountRole,
    AccountStatus,
    AwardGrade,
    ConsentScope,
    EnterpriseSize,
    GovernmentLevel,
    HiTechField,
    IndustryCategory,
    Labelled,
    ListingBoard,
    ListingStatus,
    OperatingStatus,
    PlatformKind,
    PlatformLevel,
    QualificationTag,
    ReviewDecision,
    ReviewStatus,
    StandardLevel,
    StandardRole,
    StarFlag,
)
from db.seed import DatabaseNotEmpty, seed
from db.seed.run import ENTERPRISES_PER_BATCH
from db.seed.words import AWKWARD
from db.tables import metadata
from db.units import JURISDICTIONS
from tests.conftest import SEED, SEED_ENTERPRISES, Databases

TODAY = date(2023, 6, 1)


async def fingerprints(url: str) -> dict[str, str]:
    """A hash of each table's rows, whatever their order on disk, but for the bureau's review numbers."""
    connection = await connect(url)
    try:
        return {
            table.name: await connection.fetchval(
                f"SELECT count(*) || ':' || sum(hashtextextended((to_jsonb(t) - 'id')::text, 0)) FROM {table.name} AS t"
            )
            for table in metadata.sorted_tables
        }
    finally:
        await connection.close()


class TestSameArguments:
    async def test_give_the_same_rows(self, databases: Databases, migrated_template: str) -> None:
        seen: list[dict[str, str]] = []
        for number in (7, 7, 8):
            name = await databases.create("seed_again", migrated_template)
            await seed(databases.url(name), enterprises=300, years=3, seed=number, today=TODAY)
            seen.append(await fingerprints(databases.url(name)))
        first, again, other = seen
        assert first == again
        differing = {name for name in first if first[name] != other[name]}
        assert differing >= {"enterprise", "basic_info", "annual_report", "report_product", "review_record"}

    async def test_give_the_same_rows_in_batches_of_any_size(
        self, databases: Databases, migrated_template: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[dict[str, str]] = []
        for batch in (ENTERPRISES_PER_BATCH, 97):
            monkeypatch.setattr("db.seed.run.ENTERPRISES_PER_BATCH", batch)
            name = await databases.create("seed_batches", migrated_template)
            await seed(databases.url(name), enterprises=300, years=3, seed=SEED, today=TODAY)
            seen.append(await fingerprints(databases.url(name)))
        assert seen[0] == seen[1]

    async def test_of_more_years_give_the_last_years_alike(self, databases: Databases, migrated_template: str) -> None:
        rows: list[object] = []
        for years in (2, 4):
            name = await databases.create("seed_years", migrated_template)
            await seed(databases.url(name), enterprises=100, years=years, seed=3, today=TODAY)
            connection = await connect(databases.url(name))
            rows.append(
                await connection.fetchval(
                    "SELECT sum(hashtextextended(to_jsonb(t)::text, 0)) FROM annual_report AS t WHERE year >= 2021"
                )
            )
            await connection.close()
        assert rows[0] == rows[1]


class TestGuards:
    async def test_rows_are_not_overwritten_unasked(self, seeded_copy: str) -> None:
        before = await fingerprints(seeded_copy)
        with pytest.raises(DatabaseNotEmpty, match="--replace"):
            await seed(seeded_copy, enterprises=10)
        assert await fingerprints(seeded_copy) == before

    async def test_rows_are_replaced_when_asked(self, seeded_copy: str) -> None:
        await seed(seeded_copy, enterprises=50, years=1, replace=True)
        connection = await connect(seeded_copy)
        assert await connection.fetchval("SELECT count(*) FROM enterprise") == 50
        assert await connection.fetchval("SELECT min(year) FROM annual_report") == 2022
        await connection.close()

    async def test_a_failure_leaves_everything_as_it_was(self, seeded_copy: str) -> None:
        before = await fingerprints(seeded_copy), await definitions(seeded_copy)

        def fail(stage: str, done: int, total: int) -> None:
            if stage == "索引与约束" and done == total - 3:
                raise RuntimeError(stage)

        with pytest.raises(RuntimeError):
            await seed(seeded_copy, enterprises=20, replace=True, progress=fail)
        assert (await fingerprints(seeded_copy), await definitions(seeded_copy)) == before

    @pytest.mark.parametrize(("enterprises", "years"), [(0, 5), (10, 0), (10, 21)])
    async def test_senseless_numbers_are_refused(self, empty_copy: str, enterprises: int, years: int) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            await seed(empty_copy, enterprises=enterprises, years=years)

    async def test_progress_goes_from_nothing_to_all(self, empty_copy: str) -> None:
        told: list[tuple[str, int, int]] = []

        def tell(stage: str, done: int, total: int) -> None:
            told.append((stage, done, total))

        await seed(empty_copy, enterprises=30, years=1, progress=tell)
        stages = list(dict.fromkeys(stage for stage, _, _ in told))
        assert stages == ["抽取企业", "企业", "年报与审核", "索引与约束", "汇总", "整理与统计"]
        for stage in stages:
            steps = [(done, total) for name, done, total in told if name == stage]
            assert steps == sorted(steps)
            assert steps[0][0] == 0
            assert steps[-1][0] == steps[-1][1]


async def definitions(url: str) -> list[str]:
    """Every key, check, index and trigger, as the database says them."""
    connection = await connect(url)
    try:
        return [
            row[0]
            for row in await connection.fetch(
                """
                SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL SELECT tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger
                WHERE NOT tgisinternal
                ORDER BY 1
                """
            )
        ]
    finally:
        await connection.close()


async def test_keys_indexes_and_triggers_are_those_of_the_migration(seeded_url: str, database_url: str) -> None:
    assert await definitions(seeded_url) == await definitions(database_url)


async def test_nothing_of_the_work_is_left(seeded: asyncpg.Connection[asyncpg.Record]) -> None:
    assert await seeded.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'keqi_seed'") == 0


ENUM_COLUMNS: tuple[tuple[str, str, tuple[Labelled, ...] | type[Labelled]], ...] = (
    ("enterprise", "operating_status", OperatingStatus),
    ("enterprise", "hi_tech_field", HiTechField),
    ("enterprise", "industry_category", IndustryCategory),
    ("basic_info", "status", BASIC_INFO_STATUSES),
    ("basic_info", "unnest(qualification_tags)", QualificationTag),
    ("annual_report", "status", ReviewStatus),
    ("annual_report", "enterprise_size", EnterpriseSize),
    ("annual_report", "unnest(star_flags)", StarFlag),
    ("report_standard", "level", StandardLevel),
    ("report_standard", "role", StandardRole),
    ("report_platform", "kind", PlatformKind),
    ("report_platform", "level", PlatformLevel),
    ("report_listing", "board", ListingBoard),
    ("report_listing", "status", ListingStatus),
    ("report_product", "hi_tech_field", HiTechField),
    ("report_award", "level", GovernmentLevel),
    ("report_award", "grade", AwardGrade),
    ("report_project", "level", GovernmentLevel),
    ("review_record", "decision", ReviewDecision),
    ("account", "role", AccountRole),
    ("account", "status", AccountStatus),
    ("data_sharing_consent", "unnest(scopes)", ConsentScope),
)


@pytest.mark.parametrize(
    ("table", "column", "values"), ENUM_COLUMNS, ids=[f"{table}.{column}" for table, column, _ in ENUM_COLUMNS]
)
async def test_every_value_occurs(
    seeded: asyncpg.Connection[asyncpg.Record],
    table: str,
    column: str,
    values: tuple[Labelled, ...] | type[Labelled],
) -> None:
    found = {row[0] for row in await seeded.fetch(f"SELECT DISTINCT {column} FROM {table}")} - {None}
    assert found == {value.value for value in values}


async def test_every_nullable_figure_is_missing_in_some_reports_and_given_in_others(
    seeded: asyncpg.Connection[asyncpg.Record],
) -> None:
    # The registry knows these two of every enterprise.
    always = {"name", "established_on"}
    report = metadata.tables["annual_report"]
    columns = [c.name for c in report.columns if c.nullable and c.computed is None and c.name not in always]
    row = await seeded.fetchrow(
        f"SELECT {', '.join(f'count({name}) AS {name}' for name in columns)}, count(*) AS total FROM annual_report"
    )
    assert row is not None
    assert [name for name in columns if row[name] == 0] == []
    assert [name for name in columns if row[name] == row["total"]] == []


async def test_every_count_and_amount_is_zero_somewhere(seeded: asyncpg.Connection[asyncpg.Record]) -> None:
    kinds = (sa.Integer, sa.Numeric)
    without_zero = {"year", "version", "plan_year", "total_assets", "total_assets_begin", "staff_total", "class_i"}
    without_zero |= {"sci_tech_staff", "registered_capital", "latest_valuation_usd", "total_financing_usd", "class_ii"}
    without_zero |= {"net_assets", "net_assets_begin", "total_liabilities"}
    columns = [
        c.name
        for c in metadata.tables["annual_report"].columns
        if isinstance(c.type, kinds) and c.name not in without_zero
    ]
    row = await seeded.fetchrow(
        f"SELECT {', '.join(f'bool_or({name} = 0) AS {name}' for name in columns)} FROM annual_report"
    )
    assert row is not None
    assert [name for name in columns if not row[name]] == []


class TestEnterprises:
    async def test_codes_are_valid_and_regions_do_not_always_match(
        self, seeded: asyncpg.Connection[asyncpg.Record]
    ) -> None:
        rows = await seeded.fetch("SELECT uscc, district_code FROM enterprise")
        assert len(rows) == SEED_ENTERPRISES
        assert all(uscc.is_valid(row["uscc"]) for row in rows)
        matching = sum(row["uscc"][2:8] == row["district_code"] for row in rows) / len(rows)
        assert 0.5 < matching < 0.9

    async def test_organisation_codes_have_their_check_digit(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        weights = (3, 7, 9, 10, 5, 8, 4, 2)
        for row in await seeded.fetch("SELECT uscc FROM enterprise"):
            code = row["uscc"][8:17]
            total = sum(int(symbol, 36) * weight for symbol, weight in zip(code[:8], weights, strict=True))
            assert code[8] == "0X987654321"[total % 11], code

    async def test_every_unit_owns_some_and_few_own_most(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        owned = {row[0]: row[1] for row in await seeded.fetch("SELECT unit_code, count(*) FROM enterprise GROUP BY 1")}
        assert owned.keys() == {unit.code for unit in JURISDICTIONS}
        assert max(owned, key=owned.__getitem__) in {"500112", "LIANGJIANG", "500107"}
        assert owned["500229"] < 5
        assert 0.02 < owned["DL_HTZ"] / SEED_ENTERPRISES < 0.1

    async def test_names_are_skewed(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        shares = await seeded.fetchrow(
            """
            SELECT avg((name LIKE '%科技%')::int)::float AS tech, avg((name LIKE '%有限公司%')::int)::float AS limited,
                avg((former_names <> '{}')::int)::float AS renamed FROM enterprise
            """
        )
        assert shares is not None
        assert 0.2 < shares["tech"] < 0.5
        assert shares["limited"] > 0.8
        assert 0.05 < shares["renamed"] < 0.25

    async def test_awkward_text_is_there_unchanged(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        names = [row[0] for row in await seeded.fetch("SELECT name FROM enterprise")]
        for text, is_whole in AWKWARD:
            assert any(name == text if is_whole else name.startswith(text) for name in names), repr(text)
        assert max(map(len, names)) == 200
        assert await seeded.fetchval("SELECT count(*) FROM enterprise WHERE char_length(business_scope) > 32767") == 1
        assert await seeded.fetchval("SELECT count(*) FROM review_record WHERE opinion LIKE '=%'") > 0
        assert await seeded.fetchval("SELECT count(*) FROM report_product WHERE strpos(name, chr(1)) > 0") > 0

    async def test_no_contact_could_be_a_persons(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        rows = await seeded.fetch(
            "SELECT research_contact_mobile, contact_mobile, research_contact_email, contact_id_masked FROM enterprise"
        )
        for research, contact, mail, masked in rows:
            for mobile in (research, contact):
                assert mobile is None or re.fullmatch(r"1[3-9]\d0000\d{4}", mobile)
            assert mail is None or mail.endswith("@example.com")
            assert masked is None or re.fullmatch(r"\d{3}\*{11}\d{4}", masked)
        assert {bool(row[3]) for row in rows} == {True, False}


class TestReports:
    async def test_lie_within_the_years_and_the_enterprises_life(
        self, seeded: asyncpg.Connection[asyncpg.Record]
    ) -> None:
        assert await seeded.fetchval("SELECT array_agg(DISTINCT year ORDER BY year) FROM annual_report") == [
            2018, 2019, 2020, 2021, 2022,
        ]  # fmt: skip
        early = "SELECT count(*) FROM annual_report WHERE year < extract(year FROM established_on)"
        assert await seeded.fetchval(early) == 0
        expected = await seeded.fetchval(
            "SELECT count(*) FROM enterprise, generate_series(2018, 2022) AS y"
            " WHERE y >= extract(year FROM established_on)"
        )
        filed = await seeded.fetchval("SELECT count(*) FROM annual_report")
        assert 0.9 < filed / expected < 0.99

    async def test_tab9_products_are_as_many_as_counted(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        wrong = await seeded.fetch(
            """
            SELECT r.uscc, r.year FROM annual_report AS r LEFT JOIN report_product AS p USING (uscc, year)
            GROUP BY r.uscc, r.year HAVING max(r.hi_tech_product_count) <> count(p.no)
            """
        )
        assert wrong == []

    @pytest.mark.parametrize("table", [name for name in metadata.tables if name.startswith("report_")])
    async def test_lists_are_numbered_from_one_and_many_are_empty(
        self, seeded: asyncpg.Connection[asyncpg.Record], table: str
    ) -> None:
        assert await seeded.fetch(f"SELECT uscc FROM {table} GROUP BY uscc, year HAVING max(no) <> count(*)") == []
        with_rows = await seeded.fetchval(f"SELECT count(DISTINCT (uscc, year)) FROM {table}")
        assert 0 < with_rows < 0.5 * await seeded.fetchval("SELECT count(*) FROM annual_report")

    async def test_a_snapshot_says_what_the_enterprise_says(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        differing = await seeded.fetchval(
            """
            SELECT count(*) FROM annual_report AS r JOIN enterprise AS e USING (uscc)
            WHERE (r.name, r.unit_code, r.established_on) <> (e.name, e.unit_code, e.established_on)
            """
        )
        assert differing == 0

    async def test_revenues_are_skewed(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        median, mean = await seeded.fetchrow(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY operating_revenue), avg(operating_revenue)::float"
            " FROM annual_report"
        ) or (0, 0)
        assert mean > 2 * median


class TestReviews:
    async def test_every_settled_version_has_its_decisions(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        decided = """
            SELECT r.uscc, r.year, r.status, array_agg(v.level || ' ' || v.decision ORDER BY v.decided_at)
                FILTER (WHERE v.id IS NOT NULL) AS decisions
            FROM annual_report AS r
            LEFT JOIN review_record AS v ON v.target_type = 'ANNUAL_REPORT' AND v.uscc = r.uscc
                AND v.target_year = r.year AND v.target_version = r.version
            GROUP BY r.uscc, r.year, r.status
        """
        expected: dict[str, list[str] | None] = {
            "DRAFT": None,
            "PENDING_DISTRICT": None,
            "REJECTED_DISTRICT": ["DISTRICT REJECT"],
            "PENDING_MUNICIPAL": ["DISTRICT APPROVE"],
            "REJECTED_MUNICIPAL": ["DISTRICT APPROVE", "MUNICIPAL REJECT"],
            "APPROVED": ["DISTRICT APPROVE", "MUNICIPAL APPROVE"],
        }
        rows = await seeded.fetch(decided)
        assert {row["status"] for row in rows} == expected.keys()
        assert [row for row in rows if row["decisions"] != expected[row["status"]]] == []

    async def test_every_earlier_version_was_returned_with_a_reason(
        self, seeded: asyncpg.Connection[asyncpg.Record]
    ) -> None:
        returned = await seeded.fetchval(
            """
            SELECT count(*) FROM annual_report AS r CROSS JOIN generate_series(1, r.version - 1) AS v
            WHERE NOT EXISTS (
                SELECT FROM review_record AS d WHERE d.target_type = 'ANNUAL_REPORT' AND d.uscc = r.uscc
                AND d.target_year = r.year AND d.target_version = v AND d.decision = 'REJECT' AND d.opinion <> ''
            )
            """
        )
        assert returned == 0
        assert await seeded.fetchval("SELECT max(version) FROM annual_report") > 1

    async def test_decisions_follow_the_filing(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        early = await seeded.fetchval(
            """
            SELECT count(*) FROM annual_report AS r JOIN review_record AS v ON v.target_type = 'ANNUAL_REPORT'
                AND v.uscc = r.uscc AND v.target_year = r.year AND v.target_version = r.version
            WHERE v.decided_at <= r.submitted_at
            """
        )
        assert early == 0

    async def test_reviewers_are_accounts_of_the_unit(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        strangers = await seeded.fetchval(
            """
            SELECT count(*) FROM review_record AS v LEFT JOIN account AS a ON a.login = v.reviewer
            WHERE a.login IS NULL OR (v.level = 'DISTRICT' AND NOT v.unit_code = ANY(a.units))
            """
        )
        assert strangers == 0


class TestAccountsAndConsents:
    async def test_every_unit_has_an_officer_and_one_officer_has_two_units(
        self, seeded: asyncpg.Connection[asyncpg.Record]
    ) -> None:
        rows = await seeded.fetch("SELECT units FROM account WHERE role = 'DISTRICT_OFFICER' AND status = 'ACTIVE'")
        assert {unit for row in rows for unit in row["units"]} == {unit.code for unit in JURISDICTIONS}
        assert sum(len(row["units"]) == 2 for row in rows) == 1

    async def test_consents_are_of_every_kind(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        kinds = {
            tuple(row)
            for row in await seeded.fetch(
                """
                SELECT DISTINCT coalesce(bank_code, '*'),
                    CASE WHEN revoked_at < now() THEN 'revoked'
                    WHEN expires_at < now() THEN 'expired' ELSE 'in force' END
                FROM data_sharing_consent
                """
            )
        }
        assert kinds == {
            (bank, state) for bank in ("*", "BANK_SC", "BANK_LJ") for state in ("in force", "expired", "revoked")
        }

    async def test_consents_are_counted_from_the_day_given(self, empty_copy: str) -> None:
        await seed(empty_copy, enterprises=50, years=1, today=TODAY)
        connection = await connect(empty_copy)
        granted = await connection.fetchval("SELECT max(granted_at)::date FROM data_sharing_consent")
        await connection.close()
        assert granted < TODAY
        assert (TODAY - granted).days < 200

    async def test_whoever_consented_has_an_account(self, seeded: asyncpg.Connection[asyncpg.Record]) -> None:
        strangers = await seeded.fetchval(
            """
            SELECT count(*) FROM data_sharing_consent AS c LEFT JOIN account AS a ON a.login = c.granted_by
            WHERE a.uscc IS DISTINCT FROM c.uscc
            """
        )
        assert strangers == 0
