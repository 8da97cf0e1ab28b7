"""Ratings and loans, vouchers, the registers and the units' targets; an enterprise's review status in its own row.

Revision ID: 0005
"""

from db.migrations.script import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0005_tables.sql", "0005_review_status.sql")
