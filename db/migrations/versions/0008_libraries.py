"""Libraries: saved parameters, and what their rules read of approved reports.

Revision ID: 0008
"""

from db.migrations.script import run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0008_tables.sql", "0008_library_input.sql")
