"""Ratings and loans, vouchers, the registers and the units' targets.

Revision ID: 0005
"""

from db.migrations.script import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0005_tables.sql")
