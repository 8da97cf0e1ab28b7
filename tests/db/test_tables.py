"""Tables: every field of the domain has its column, and what can never be true is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any, TypeAlias

import asyncpg
import pytest
import sqlalchemy as sa

from db.migrations.script import sql_text
from db.migrations.tables_sql import tables_sql
from db.tables import annual_report, basic_info, enterprise, metadata, report_product
from tests.conftest import Databases

Value: TypeAlias = str | int | bool | list[str] | None
Row: TypeAlias = Mapping[str, Value]

USCC = "91500112MA00000X7D"
OTHER_USCC = "91500109MA99999964"

ENTERPRISE_FIELDS = """
    uscc name formerNames unitCode districtCode zoneCode establishedOn registrationType legalRepresentative
    registeredCapital registeredAddress businessAddress businessScope industryCode industryCategory hiTechField
    operatingStatus inLibrary inLibraryOn techEnterpriseNo researchContactName researchContactMobile
    researchContactEmail contactName contactMobile contactIdMasked contactIdCipher searchText
"""

BASIC_INFO_FIELDS = """
    uscc version unitCode status submittedAt reviewDueAt name districtCode zoneCode establishedOn registrationType
    legalRepresentative registeredCapital registeredAddress businessAddress businessScope industryCode
    industryCategory hiTechField operatingStatus researchContactName researchContactMobile researchContactEmail
    contactName contactMobile website mainProducts incubatorName isIncubatorTenant isForeignInvested isListed
    staffTotal qualificationTags
"""

#: Domain §2.4, tab by tab, in its own words; then what the rules derive.
REPORT_FIELDS = """
    uscc year unitCode status version submittedAt

    name districtCode zoneCode establishedOn industryCode industryCategory hiTechField registrationType
    registeredCapital legalRepresentative isIncubatorTenant incubatorName reporterName reporterMobile
    majorSafetyQualityAccident seriousEnvironmentalViolation seriousResearchDishonesty inAbnormalList
    inSeriousIllegalList restrictedIndustry

    grossOutput operatingRevenue mainBusinessRevenue otherBusinessRevenue totalIncome highTechProductRevenue
    technologyRevenue totalCostExpense totalProfit netProfit taxPaid taxReliefTotal superDeductionRelief rdExpense
    rdExpenseDomestic rdExpensePrev1 rdExpensePrev2 salesRevenuePrev1 salesRevenuePrev2 totalAssets
    totalAssetsBegin netAssets netAssetsBegin totalLiabilities exportValue ventureCapital latestValuationUsd
    totalFinancingUsd

    patentApplications inventionApplications pctApplications grantedThisYear validInventionPatents
    ofWhichMainBusiness validUtilityModels validDesigns softwareCopyrights icLayouts plantVarieties otherClassI
    trademarks ipSelfDeveloped achievementConversions conversionsLast3Years techContractCount techContractAmount
    papers starFlags

    staffTotal sciTechStaff rdStaff doctors masters bachelors associateDegree seniorTitles intermediateTitles
    newGraduatesHired foreignExperts highLevelTalents

    hasRdDepartment hasRdManagementSystem hasRdExpenseLedger hasIndustryUniversityCooperation instrumentsValue
    equityFinancing

    isHnte certificateNo issuedOn expiresOn recognitionTimes planToApply planYear isTechSme techSmeNo
    techSmeValidUntil hiTechProductCount

    enterpriseSize isAboveScaleIndustrial classI classII
"""


def snake(field: str) -> str:
    """The column of a field: ``classII`` is ``class_ii``, ``rdExpensePrev1`` is ``rd_expense_prev1``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z]+)", lambda found: "_" + found[1], field).lower()


@pytest.mark.parametrize(
    ("table", "fields"),
    [(enterprise, ENTERPRISE_FIELDS), (basic_info, BASIC_INFO_FIELDS), (annual_report, REPORT_FIELDS)],
    ids=["enterprise", "basic_info", "annual_report"],
)
def test_every_field_of_the_domain_is_a_column(table: sa.Table, fields: str) -> None:
    missing = set(map(snake, fields.split())) - {column.name for column in table.columns}
    assert not missing


def test_every_column_says_in_chinese_what_it_is_and_every_amount_its_unit() -> None:
    columns = [column for table in metadata.sorted_tables for column in table.columns]
    assert all(re.search("[一-鿿]", column.comment or "") for column in columns)
    # What a library's parameter is counted in, its declaration says.
    amounts = [c for c in columns if isinstance(c.type, sa.Numeric) and c.table.name != "library_setting"]
    assert len(amounts) > 30
    assert all(re.search(r"\((千元|万元|百万美元|分)\)$", column.comment or "") for column in amounts)


def test_text_is_ordered_by_code_point_everywhere() -> None:
    texts = [column for table in metadata.sorted_tables for column in table.columns if isinstance(column.type, sa.Text)]
    assert texts
    assert {column.type.collation for column in texts if isinstance(column.type, sa.Text)} == {"C"}


def test_identifiers_are_never_cut_by_the_server() -> None:
    names = re.findall(r"(?:CONSTRAINT|INDEX|TABLE) (\w+)", tables_sql())
    assert len(names) > 150
    assert max(len(name) for name in names) <= 63


CATALOG = {
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated::text,
            pg_get_expr(adbin, adrelid), col_description(attrelid, attnum), attcollation::regcollation::text
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid IN (SELECT oid FROM ours) AND attnum > 0
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)
    """,
    "indexes": """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
        FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)
    """,
}


async def catalog(url: str, query: str) -> list[tuple[object, ...]]:
    """What a database says of its tables, in an order of no meaning."""
    ours = (
        "WITH ours AS (SELECT oid FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version') "
    )
    connection = await asyncpg.connect(url)
    try:
        return sorted((tuple(row) for row in await connection.fetch(ours + query)), key=str)
    finally:
        await connection.close()


async def test_migrations_make_exactly_the_declared_tables(database_url: str, databases: Databases) -> None:
    declared = databases.url(await databases.create("declared"))
    connection = await asyncpg.connect(declared)
    await connection.execute(sql_text("0001_functions.sql") + sql_text("0006_functions.sql") + tables_sql())
    await connection.close()
    for kind, query in CATALOG.items():
        expected = await catalog(declared, query)
        assert len(expected) > 25
        assert await catalog(database_url, query) == expected, kind


ENTERPRISE = {
    "uscc": USCC,
    "unit_code": "500112",
    "name": "重庆（示例）科技有限公司",
    "established_on": "2015-03-01",
    "operating_status": "ACTIVE",
}
BASIC_INFO = {**ENTERPRISE, "version": 1, "status": "APPROVED", "submitted_at": "2023-01-01T00:00:00Z"}
DRAFT = {"uscc": USCC, "year": 2022, "unit_code": "500112", "status": "DRAFT"}
SUBMITTED = {
    **DRAFT,
    "status": "PENDING_DISTRICT",
    "submitted_at": "2023-03-01T10:00:00+08:00",
    "name": "重庆示例科技有限公司",
    "industry_code": "C3670",
    "major_safety_quality_accident": False,
    "serious_environmental_violation": False,
    "serious_research_dishonesty": False,
    "in_abnormal_list": False,
    "in_serious_illegal_list": False,
    "restricted_industry": False,
    "operating_revenue": "20000.5",
    "main_business_revenue": "20000",
    "rd_expense": "800",
    "total_assets": "9000",
    "net_assets": "-100.001",
    "staff_total": 20,
    "sci_tech_staff": 8,
    "is_hnte": False,
    "is_tech_sme": True,
}
REVIEW = {
    "target_type": "ANNUAL_REPORT",
    "uscc": USCC,
    "unit_code": "500112",
    "target_year": 2022,
    "target_version": 1,
    "level": "DISTRICT",
    "decision": "APPROVE",
    "reviewer": "yubei01",
}
OFFICER = {"login": "yubei01", "display_name": "渝北", "role": "DISTRICT_OFFICER", "status": "ACTIVE"}
CONSENT = {
    "uscc": USCC,
    "unit_code": "500112",
    "scopes": ["BASIC"],
    "granted_by": "e1",
    "granted_at": "2023-01-01T00:00:00Z",
    "expires_at": "2024-01-01T00:00:00Z",
    "document_version": "1",
}
OWNER = {"uscc": USCC, "unit_code": "500112"}
RATING = {**OWNER, "year": 2022, "rated_on": "2022-06-30"}
LOAN = {
    **OWNER,
    "bank_code": "BANK",
    "amount": "1",
    "kind": "COMMERCIAL",
    "loan_on": "2022-07-01",
    "due_on": "2022-07-01",
}
VOUCHER = {
    **OWNER,
    "year": 2022,
    "type": "TESTING",
    "status": "APPLIED",
    "applied_on": "2022-03-01",
    "applied_amount": 10,
}
RECORD = {**OWNER, "tech_enterprise_no": "CQ1", "filed_on": "2021-05-01", "status": "VALID"}
CERTIFICATE = {
    **OWNER,
    "certificate_no": "GR1",
    "issued_on": "2022-10-01",
    "expires_on": "2025-10-01",
    "status": "VALID",
}
REGISTRATION = {**OWNER, "registration_no": "2022500", "registered_on": "2022-04-20", "valid_until": "2023-03-31"}
TARGET = {"unit_code": "500112", "year": 2022, "kind": "HNTE", "target": 0}

#: Every table that an enterprise takes along, with a row of it.
OWNED = {
    "annual_report": SUBMITTED,
    "basic_info": BASIC_INFO,
    "review_record": REVIEW,
    "data_sharing_consent": CONSENT,
    "credit_rating": RATING,
    "voucher_application": VOUCHER,
    "tech_enterprise_record": RECORD,
    "hnte_certificate": CERTIFICATE,
    "tech_sme_registration": REGISTRATION,
}


class Rows:
    """A transaction with an enterprise in it, rolled back at the end."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection = connection

    async def add(self, table: str, row: Row) -> None:
        """Insert one row, its values written as literals of the columns' types."""
        columns = ", ".join(row)
        values = ", ".join(literal(value) for value in row.values())
        await self.connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})")

    async def refusal(self, table: str, row: Row) -> str:
        """The constraint that refuses the row."""
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with self.connection.transaction():
                await self.add(table, row)
        return str(refused.value.constraint_name or refused.value.column_name)

    async def value(self, query: str) -> object:
        return await self.connection.fetchval(query)


def literal(value: Value) -> str:
    if isinstance(value, list):
        return "ARRAY[" + ", ".join(literal(item) for item in value) + "]::text[]"
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


@pytest.fixture
async def rows(database_url: str) -> AsyncGenerator[Rows]:
    connection = await asyncpg.connect(database_url)
    transaction = connection.transaction()
    await transaction.start()
    rows = Rows(connection)
    await rows.add("enterprise", ENTERPRISE)
    yield rows
    await transaction.rollback()
    await connection.close()


async def test_a_draft_may_be_empty_and_a_submitted_report_has_the_required_fields(rows: Rows) -> None:
    await rows.add("annual_report", DRAFT)
    await rows.add("annual_report", {**SUBMITTED, "year": 2023})
    optional = {*DRAFT, "industry_code"}
    for column in SUBMITTED.keys() - optional:
        refused = await rows.refusal("annual_report", {**SUBMITTED, "year": 2021, column: None})
        assert refused == "ck_annual_report_complete_when_submitted", column


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"main_business_revenue": "20000.501"}, "main_business_revenue_at_most"),
        ({"rd_expense_domestic": "801"}, "rd_expense_domestic_at_most"),
        ({"high_tech_product_revenue": "20001"}, "high_tech_product_revenue_at_most"),
        ({"total_income": "5", "high_tech_product_revenue": "6"}, "high_tech_product_revenue_at_most"),
        ({"sci_tech_staff": 21}, "sci_tech_staff_at_most"),
        ({"foreign_experts": 21}, "foreign_experts_at_most"),
        ({"doctors": 5, "masters": 5, "bachelors": 5, "associate_degree": 6}, "degrees_at_most"),
        ({"bachelors": 21}, "bachelors_at_most"),
        ({"valid_invention_patents": 1, "of_which_main_business": 2}, "of_which_main_business_at_most"),
        ({"rd_expense": "-0.001"}, "rd_expense_not_negative"),
        ({"papers": -1}, "papers_not_negative"),
        ({"latest_valuation_usd": -1}, "latest_valuation_usd_not_negative"),
        ({"status": "DONE"}, "status_known"),
        ({"hi_tech_field": "MAGIC"}, "hi_tech_field_known"),
        ({"star_flags": ["NATIONAL_AWARD", "X"]}, "star_flags_known"),
        ({"industry_code": "3670"}, "industry_code_form"),
        ({"year": 1899}, "year_plausible"),
        ({"version": 0}, "version_positive"),
        ({"name": "名" * 201}, "name_length"),
        ({"issued_on": "2022-01-02", "expires_on": "2022-01-01"}, "certificate_dates_ordered"),
    ],
)
async def test_a_report_that_cannot_be_true_is_refused(rows: Rows, changes: Row, constraint: str) -> None:
    assert await rows.refusal("annual_report", {**SUBMITTED, **changes}) == f"ck_annual_report_{constraint}"


async def test_losses_and_debts_may_be_negative_and_a_part_may_stand_without_its_whole(rows: Rows) -> None:
    losses = dict.fromkeys(("total_profit", "net_profit", "net_assets", "net_assets_begin"), "-1")
    await rows.add("annual_report", SUBMITTED | losses)
    await rows.add("annual_report", {**DRAFT, "year": 2021, "rd_staff": 5, "main_business_revenue": 5, "doctors": 3})


async def test_a_report_is_unique_by_enterprise_and_year(rows: Rows) -> None:
    await rows.add("annual_report", DRAFT)
    assert await rows.refusal("annual_report", SUBMITTED) == "pk_annual_report"


@pytest.mark.parametrize(
    ("table", "row", "constraint"),
    [
        ("enterprise", {**ENTERPRISE, "uscc": USCC[:17] + "0"}, "ck_enterprise_uscc_check_digit"),
        ("enterprise", ENTERPRISE, "pk_enterprise"),
        ("enterprise", {**ENTERPRISE, "uscc": OTHER_USCC, "unit_code": "999999"}, "fk_enterprise_unit_code"),
        ("enterprise", {**ENTERPRISE, "uscc": OTHER_USCC, "zone_code": "MOON"}, "fk_enterprise_zone_code"),
        (
            "enterprise",
            {**ENTERPRISE, "uscc": OTHER_USCC, "registered_capital": -1},
            "ck_enterprise_registered_capital_not_negative",
        ),
        ("enterprise", {**ENTERPRISE, "uscc": OTHER_USCC, "name": None}, "name"),
        ("basic_info", {**BASIC_INFO, "status": "PENDING_MUNICIPAL"}, "ck_basic_info_status_known"),
        ("basic_info", {**BASIC_INFO, "established_on": None}, "ck_basic_info_complete_when_submitted"),
        (
            "basic_info",
            {**BASIC_INFO, "unit_code": "500109"},
            "fk_basic_info_uscc_unit_code",
        ),
        ("annual_report", {**DRAFT, "unit_code": "500109"}, "fk_annual_report_uscc_unit_code"),
        (
            "report_listing",
            {"uscc": USCC, "year": 2022, "no": 1, "board": "STAR", "status": "LISTED"},
            "fk_report_listing_uscc_year",
        ),
        ("review_record", {**REVIEW, "decision": "REJECT"}, "ck_review_record_rejection_has_opinion"),
        ("review_record", {**REVIEW, "decision": "REJECT", "opinion": " "}, "ck_review_record_rejection_has_opinion"),
        ("review_record", {**REVIEW, "target_year": None}, "ck_review_record_report_has_year"),
        ("account", OFFICER, "ck_account_units_of_district_officer"),
        ("account", {**OFFICER, "units": ["500112"], "uscc": USCC}, "ck_account_uscc_of_enterprise_user"),
        ("account", {**OFFICER, "role": "PUBLIC"}, "ck_account_role_known"),
        (
            "account",
            {**OFFICER, "units": ["500112"], "issuer": "https://login.example"},
            "ck_account_external_identity_whole",
        ),
        (
            "account",
            {**OFFICER, "units": ["500112"], "external_subject": "person-1"},
            "ck_account_external_identity_whole",
        ),
        ("token_cutoff", {"subject": "x" * 301, "issued_before": "2026-01-01"}, "ck_token_cutoff_subject_length"),
        ("data_sharing_consent", {**CONSENT, "scopes": []}, "ck_data_sharing_consent_scopes_not_empty"),
        ("data_sharing_consent", {**CONSENT, "scopes": ["ALL"]}, "ck_data_sharing_consent_scopes_known"),
        (
            "data_sharing_consent",
            {**CONSENT, "expires_at": "2024-01-03T00:00:00Z"},
            "ck_data_sharing_consent_at_most_one_year",
        ),
        ("credit_rating", {**RATING, "grade": "F"}, "ck_credit_rating_grade_known"),
        ("credit_rating", {**RATING, "score": "100.01"}, "ck_credit_rating_score_of_hundred"),
        ("credit_rating", {**RATING, "factor_ip": "-0.01"}, "ck_credit_rating_factor_ip_of_hundred"),
        ("credit_rating", {**RATING, "valid_until": "2022-06-29"}, "ck_credit_rating_valid_until_not_before"),
        ("credit_rating", {**RATING, "year": 1999}, "ck_credit_rating_year_plausible"),
        ("credit_rating", {**RATING, "unit_code": "500109"}, "fk_credit_rating_uscc_unit_code"),
        ("credit_loan", LOAN, "fk_credit_loan_bank_code"),
        ("credit_loan", {**LOAN, "due_on": "2022-06-30"}, "ck_credit_loan_due_on_not_before"),
        (
            "tech_enterprise_record",
            {**RECORD, "tech_enterprise_no": ""},
            "ck_tech_enterprise_record_tech_enterprise_no_length",
        ),
        (
            "tech_enterprise_record",
            {**RECORD, "last_update_on": "2021-04-30"},
            "ck_tech_enterprise_record_last_update_on_not_before",
        ),
        ("hnte_certificate", {**CERTIFICATE, "expires_on": "2022-09-30"}, "ck_hnte_certificate_expires_on_not_before"),
        ("hnte_certificate", {**CERTIFICATE, "expires_on": None}, "expires_on"),
        (
            "tech_sme_registration",
            {**REGISTRATION, "valid_until": "2022-04-19"},
            "ck_tech_sme_registration_valid_until_not_before",
        ),
        ("cultivation_target", {**TARGET, "target": -1}, "ck_cultivation_target_target_not_negative"),
    ],
)
async def test_a_row_that_cannot_be_true_is_refused(rows: Rows, table: str, row: Row, constraint: str) -> None:
    assert await rows.refusal(table, row) == constraint


async def test_derived_columns_follow_the_row(rows: Rows) -> None:
    await rows.add("annual_report", SUBMITTED | {"valid_invention_patents": 3, "ic_layouts": 1, "valid_designs": 2})
    derived = "industry_category, enterprise_size, is_above_scale_industrial, class_i, class_ii"
    read = f"SELECT ({derived})::text FROM annual_report"
    assert await rows.value(read) == "(SECONDARY,SMALL,t,4,2)"
    await rows.connection.execute(
        "UPDATE annual_report SET main_business_revenue = 19999.999, staff_total = NULL, status = 'DRAFT', "
        "ic_layouts = NULL, valid_designs = NULL, industry_code = 'I6513'"
    )
    assert await rows.value(read) == "(TERTIARY,,f,3,)"


async def test_search_text_is_folded_and_has_former_names(rows: Rows) -> None:
    await rows.connection.execute("UPDATE enterprise SET former_names = ARRAY['旧名ＡＢ']")
    expected = f"重庆(示例)科技有限公司\n旧名ab\n{USCC.lower()}"
    assert await rows.value("SELECT search_text FROM enterprise") == expected


async def test_a_moved_enterprise_takes_its_rows_along(rows: Rows) -> None:
    for table, row in OWNED.items():
        await rows.add(table, row)
    await rows.add("partner_bank", {"code": "BANK", "name": "银行"})
    await rows.add("credit_loan", LOAN)
    await rows.connection.execute("UPDATE enterprise SET unit_code = 'LIANGJIANG'")
    for table in (*OWNED, "credit_loan"):
        assert await rows.value(f"SELECT array_agg(unit_code)::text FROM {table}") == "{LIANGJIANG}", table


STEPS = ("applied_amount", "approved_amount", "issued_amount", "used_amount", "redeemed_amount")


@pytest.mark.parametrize(("earlier", "later"), [*itertools.combinations(STEPS, 2)])
async def test_no_step_of_a_voucher_exceeds_an_earlier_one_that_is_known(rows: Rows, earlier: str, later: str) -> None:
    known = VOUCHER | {"applied_amount": "10.0001", earlier: "10"}
    await rows.add("voucher_application", known | {later: "10"})
    assert (
        await rows.refusal("voucher_application", known | {later: "10.0001"})
        == f"ck_voucher_application_{later}_at_most"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review_record SET opinion = '改'",
        "UPDATE review_record SET unit_code = 'LIANGJIANG'",
        "DELETE FROM review_record",
        "TRUNCATE review_record",
    ],
)
async def test_review_records_are_appended_never_changed(rows: Rows, statement: str) -> None:
    await rows.add("review_record", REVIEW)
    with pytest.raises(asyncpg.RestrictViolationError, match="只能新增"):
        await rows.connection.execute(statement)


async def test_product_count_equals_the_rows(rows: Rows) -> None:
    count = "SELECT hi_tech_product_count FROM annual_report WHERE year = 2022"
    await rows.add("annual_report", DRAFT | {"hi_tech_product_count": 7})
    await rows.add("annual_report", DRAFT | {"year": 2021})
    columns = f"INSERT INTO {report_product.name} (uscc, year, no, name)"
    add = f"{columns} SELECT '{USCC}', 2022, n, '产品' FROM generate_series"
    await rows.connection.execute(f"{add}(1, 3) n")
    assert await rows.value(count) == 3
    await rows.connection.execute(f"{add}(4, 5) n")
    assert await rows.value(count) == 5
    await rows.connection.execute("DELETE FROM report_product WHERE no > 1")
    assert await rows.value(count) == 1
    await rows.connection.execute("DELETE FROM report_product")
    assert await rows.value(count) == 0
    assert await rows.value("SELECT hi_tech_product_count FROM annual_report WHERE year = 2021") == 0


async def test_lists_go_with_their_report(rows: Rows) -> None:
    await rows.add("annual_report", DRAFT)
    await rows.add("report_product", {"uscc": USCC, "year": 2022, "no": 1, "name": "产品"})
    await rows.connection.execute("DELETE FROM annual_report")
    assert await rows.value("SELECT count(*) FROM report_product") == 0
