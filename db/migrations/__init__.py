"""Migrations: how the tables came to be, step by step.

A revision is plain SQL, kept beside it under ``sql/`` and frozen once released: a later change is a
later revision. Until the first release, a change of ``db/tables`` is written into revision 0001 by
``python -m db.migrations.tables_sql``; a test fails while the two differ. Revisions are rendered to
text and run by ``db.migrate`` over asyncpg, so they may not ask the database anything from Python.
"""
