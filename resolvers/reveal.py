"""Revealing one enterprise's contacts: a reason first, a line in the audit trail next, and only then the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authz.errors import BadUserInput, RateLimited
from db.enums import AuditKind
from db.uscc import is_valid
from resolvers.commands import CommandContext

REASON_LENGTH = range(4, 201)
TURN = 8243112  # the first half of an advisory lock; the second is the account's
TAKEN = """\
SELECT count(*) FROM audit_entry WHERE subject = $1 AND kind = 'REVEAL' AND at > now() - interval '1 hour'
"""


async def reveal_contact(context: CommandContext, *, uscc: str, reason: str) -> Mapping[str, Any]:
    """Note who wants to see whose contacts and why; the payload then shows them.

    Counted over the audit trail itself, so the limit holds whichever process is asked. An unknown code counts too.

    Raises:
        BadUserInput: no credit code, or a reason too short or too long to be one.
        RateLimited: the account has revealed as many within an hour as it may.
    """
    if not is_valid(uscc):
        raise BadUserInput("uscc", "统一社会信用代码有误，请核对 18 位代码", detail="not a credit code")
    reason = reason.strip()
    if len(reason) not in REASON_LENGTH or not reason.isprintable():
        message = f"请说明查看理由，{REASON_LENGTH.start} 至 {REASON_LENGTH.stop - 1} 个字，不含换行"
        raise BadUserInput("reason", message, detail="reason length or control characters")
    subject, most = context.principal.subject, context.reveals_per_hour
    async with context.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", TURN, subject)
        if await connection.fetchval(TAKEN, subject) >= most:
            message = f"一小时内最多查看 {most} 家企业的联系方式，请稍后再试"
            raise RateLimited(message, detail=f"reveal limit: {most} an hour", field="uscc")
        line = context.line(AuditKind.REVEAL, subjects=uscc.encode(), rows=1, reason=reason)
        await context.trail.within(connection, line)
    return {"uscc": uscc}
