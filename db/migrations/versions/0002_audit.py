"""Audit: the trail's tables, the functions that write it, and the triggers that keep it.

Revision ID: 0002
Revises: 0001
"""

from db.migrations.script import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0002_tables.sql", "0002_audit.sql")
