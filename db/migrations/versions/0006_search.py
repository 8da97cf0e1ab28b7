"""Search: an index of the characters and pairs of characters that names and codes are made of.

Revision ID: 0006
"""

from db.migrations.script import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0006_functions.sql", "0006_search.sql")
