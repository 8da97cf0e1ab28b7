"""Migrations: how the tables came to be, step by step.

A revision is plain SQL, kept beside it under ``sql/`` and frozen once released: a later change is a
later revision. Revisions are rendered to text and run by ``db.migrate`` over asyncpg, so they may
not ask the database anything from Python.
"""
