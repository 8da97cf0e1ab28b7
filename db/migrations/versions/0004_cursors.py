"""Cursors: what stands in one, nobody reads but the service.

Revision ID: 0004
"""

from db.migrations.script import run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0004_cursors.sql")
