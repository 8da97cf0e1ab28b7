"""Roll-ups: what the statistics read, kept in step with the rows they count.

Revision ID: 0007
"""

from db.migrations.script import run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0007_tables.sql", "0007_touched.sql", "0007_views.sql", "0007_cultivation.sql")
