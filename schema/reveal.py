"""Contacts in full, one enterprise at a time: what ``revealContact`` answers (domain §4.2, "R").

Reached by the mutation alone, which asks for a reason and leaves a line in the audit trail first.
"""

from __future__ import annotations

import strawberry

from authz.rules import REVEALED
from authz.scopes import REVEALS
from db.tables import enterprise
from schema.declare import Row, field


@strawberry.type(description="联系方式原值（须说明理由，留有审计记录）")
class RevealedContact(Row, table=enterprise, scope=REVEALS, key=("uscc",)):
    """The contacts of one enterprise. The ID number is never among them: only its mask is kept (domain §4.4)."""

    uscc: strawberry.ID = field("统一社会信用代码")
    name: str = field("企业名称")
    research_contact_name: str | None = field("科研联系人", visible=REVEALED)
    research_contact_mobile: str | None = field("科研联系人手机", visible=REVEALED)
    research_contact_email: str | None = field("科研联系人邮箱", visible=REVEALED)
    contact_name: str | None = field("联系人", visible=REVEALED)
    contact_mobile: str | None = field("联系人手机", visible=REVEALED)
