"""The mutations' root fields: each names its command; the payload is read back through a plan like anything else."""

from __future__ import annotations

import strawberry

from authz.actions import Action
from resolvers.exports import ExportInput, export_workbook
from resolvers.reveal import reveal_contact
from schema.declare import command
from schema.exports import Export
from schema.reveal import RevealedContact


@strawberry.type(description="变更")
class Mutation:
    """What may be done."""

    export_workbook: Export = command(
        "登记一份导出，返回有签名的下载链接", Action.EXPORT, export_workbook, {"input": ExportInput}
    )
    reveal_contact: RevealedContact = command(
        "说明理由后查看一家企业的联系方式原值", Action.REVEAL, reveal_contact, {"uscc": strawberry.ID, "reason": str}
    )
