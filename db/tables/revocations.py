"""Tokens that are believed no longer: single ones, and all of a subject issued before a moment.

A subject is an account's login, or the made-up one of a development token, which has no account; so nothing here
points at ``account``. Triggers on that table (revision 0003) add to ``token_cutoff`` and tell every running process.
"""

from __future__ import annotations

import sqlalchemy as sa

from db.tables.base import Name, metadata, moment

revoked_token = sa.Table(
    "revoked_token",
    metadata,
    sa.Column("token_id", Name, primary_key=True, comment="令牌编号(jti)"),
    moment("revoked_at", "撤销时间", nullable=False, now=True),
    moment("expires_at", "令牌到期时间", nullable=False),
    comment="已撤销的令牌",
)

token_cutoff = sa.Table(
    "token_cutoff",
    metadata,
    sa.Column("subject", Name, primary_key=True, comment="账号或令牌主体"),
    moment("issued_before", "此前签发的令牌一律失效", nullable=False),
    sa.CheckConstraint("char_length(subject) <= 300", "subject_length"),
    comment="令牌失效时间点",
)
