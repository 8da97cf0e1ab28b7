"""Ground: functions, tables, triggers, and the units of domain §3.10.

Revision ID: 0001
"""

from db.migrations.script import load, run
from db.units import UNITS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0001_functions.sql", "0001_tables.sql", "0001_triggers.sql")
    load("unit", [row.as_columns() for row in UNITS])
