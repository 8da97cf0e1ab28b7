"""The tables, in SQLAlchemy Core, one MetaData (domain §2).

What can never be true of stored data is refused here by the database itself. The migrations under
``db/migrations`` create exactly these tables; a test compares the two.
"""

from db.tables.accounts import account, data_sharing_consent, partner_bank
from db.tables.audit import audit_entry, audit_line, audit_seal, audit_spread, audit_subjects
from db.tables.base import Kyuan, MillionUsd, Name, Wyuan, metadata
from db.tables.enterprises import basic_info, enterprise
from db.tables.exports import export
from db.tables.libraries import library_fact, library_setting
from db.tables.ratings import credit_loan, credit_rating
from db.tables.registers import cultivation_target, hnte_certificate, tech_enterprise_record, tech_sme_registration
from db.tables.report_lists import (
    report_award,
    report_listing,
    report_platform,
    report_product,
    report_project,
    report_standard,
)
from db.tables.reports import annual_report
from db.tables.reviews import review_record
from db.tables.revocations import revoked_token, token_cutoff
from db.tables.rollups import (
    cube_report,
    cube_tally,
    cultivation_snapshot,
    fact_enterprise,
    fact_report,
    fact_voucher,
    touched,
)
from db.tables.units import unit
from db.tables.vouchers import voucher_application

__all__ = [
    "Kyuan",
    "MillionUsd",
    "Name",
    "Wyuan",
    "account",
    "annual_report",
    "audit_entry",
    "audit_line",
    "audit_seal",
    "audit_spread",
    "audit_subjects",
    "basic_info",
    "credit_loan",
    "credit_rating",
    "cube_report",
    "cube_tally",
    "cultivation_snapshot",
    "cultivation_target",
    "data_sharing_consent",
    "enterprise",
    "export",
    "fact_enterprise",
    "fact_report",
    "fact_voucher",
    "hnte_certificate",
    "library_fact",
    "library_setting",
    "metadata",
    "partner_bank",
    "report_award",
    "report_listing",
    "report_platform",
    "report_product",
    "report_project",
    "report_standard",
    "review_record",
    "revoked_token",
    "tech_enterprise_record",
    "tech_sme_registration",
    "token_cutoff",
    "touched",
    "unit",
    "voucher_application",
]
