"""The registers an enterprise can stand in: filed, certified, registered (domain §2.9, C48, C49).

An enterprise may have several entries of each kind, one after the other. A bank gets the rows of enterprises that share
BASIC with it, and no others, so no field needs a rule of its own. Which enterprises a register's page lists is
the libraries' matter; here are the entries as they were recorded.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz.scopes import REGISTERS
from db.tables import hnte_certificate, tech_enterprise_record, tech_sme_registration
from schema.declare import Filtering, Row, field, one
from schema.enums import CertificateStatus, RecordStatus
from schema.named import of_enterprise_named

if TYPE_CHECKING:
    from schema.enterprise import Enterprise


@strawberry.type(description="科技型企业备案")
class TechEnterpriseRecord(
    Row,
    table=tech_enterprise_record,
    scope=REGISTERS,
    order=("unit_code", "-filed_on", "tech_enterprise_no"),
    key=("tech_enterprise_no",),
    search=of_enterprise_named,
):
    """A filing as a tech enterprise."""

    tech_enterprise_no: strawberry.ID = field("备案编号", filtering=Filtering.ANY_OF)
    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    unit_code: str = field("主管单位代码")
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    filed_on: dt.date = field("备案日期")
    valid_until: dt.date | None = field("有效期至")
    status: RecordStatus = field("备案状态")
    last_update_on: dt.date | None = field("最近更新日期")


@strawberry.type(description="高新技术企业证书")
class HnteCertificate(
    Row,
    table=hnte_certificate,
    scope=REGISTERS,
    order=("unit_code", "-issued_on", "certificate_no"),
    key=("certificate_no",),
    search=of_enterprise_named,
):
    """A certificate of a high and new technology enterprise, as a rule for three years."""

    certificate_no: strawberry.ID = field("证书编号", filtering=Filtering.ANY_OF)
    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    unit_code: str = field("主管单位代码")
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    batch: str | None = field("认定批次")
    issued_on: dt.date = field("发证日期")
    expires_on: dt.date = field("有效期至")
    status: CertificateStatus = field("证书状态")


@strawberry.type(description="科技型中小企业入库登记")
class TechSmeRegistration(
    Row,
    table=tech_sme_registration,
    scope=REGISTERS,
    order=("unit_code", "-registered_on", "registration_no"),
    key=("registration_no",),
    search=of_enterprise_named,
):
    """A registration as a tech SME, good for a year [P]: the manuals name the register, not its records."""

    registration_no: strawberry.ID = field("入库登记编号", filtering=Filtering.ANY_OF)
    uscc: strawberry.ID = field("统一社会信用代码", filtering=Filtering.ANY_OF)
    unit_code: str = field("主管单位代码")
    enterprise: Annotated[Enterprise, strawberry.lazy("schema.enterprise")] = one(
        "企业", keys={"uscc": "uscc"}, header=""
    )
    registered_on: dt.date = field("登记日期")
    valid_until: dt.date = field("有效期至")
