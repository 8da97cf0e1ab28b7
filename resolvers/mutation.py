"""The mutations' root fields: each names its command; the payload is read back through a plan like anything else."""

from __future__ import annotations

import strawberry

from authz.actions import Action
from resolvers.exports import ExportInput, export_workbook
from resolvers.libraries import (
    LibraryConditionsInput,
    LibraryResetInput,
    reset_library_conditions,
    save_library_conditions,
)
from resolvers.reveal import reveal_contact
from schema.declare import command
from schema.exports import Export
from schema.library import Library
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
    save_library_conditions: Library = command(
        "保存科企库条件参数，供本单位（市局为全市）以后查询使用；整体替换原来保存的参数，空列表等于恢复默认值",
        Action.SAVE_LIBRARY,
        save_library_conditions,
        {"input": LibraryConditionsInput},
    )
    reset_library_conditions: Library = command(
        "恢复科企库条件参数的默认值", Action.SAVE_LIBRARY, reset_library_conditions, {"input": LibraryResetInput}
    )
