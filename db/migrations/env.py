"""Alembic's entry: renders the wanted revisions as SQL text; ``db.migrate`` runs it."""

from __future__ import annotations

from alembic import context

from db.tables import metadata

if not context.is_offline_mode():
    raise RuntimeError("keqi renders its migrations as SQL: use db.migrate or `keqi migrate`")

# The caller holds the transaction and the lock, so the script must open none of its own.
context.configure(dialect_name="postgresql", target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
