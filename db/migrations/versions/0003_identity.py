"""Identity: accounts that log in elsewhere, revoked tokens, and word of changes to every process.

Revision ID: 0003
"""

from db.migrations.script import run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0003_identity.sql")
