"""Selection set → plan → SQL: the heart, small enough to read in one sitting (see README.md).

It decides nothing about who sees what: row scopes and field rules come from ``authz/``.
"""
