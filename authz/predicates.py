"""Predicates: the SQL sentences that scopes and rules are made of, each with the reason a person would give.

A predicate never reads a value in Python; it says which columns it depends on, so that a plan can
tell when a parent's scope already implies it and fold it away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from db.enums import ConsentScope, ReviewStatus
from db.tables import basic_info
from db.tables import data_sharing_consent as consent
from db.tables.libraries import CITY

Shape = tuple[str, bool]
"""What of a principal decides a plan's form (``Principal.shape``)."""

UNITS = sa.bindparam("p_units", None, type_=ARRAY(sa.Text))
UNIT = sa.bindparam("p_unit", None, type_=sa.Text)
USCC = sa.bindparam("p_uscc", None, type_=sa.Text)
BANK = sa.bindparam("p_bank", None, type_=sa.Text)
SUBJECT = sa.bindparam("p_subject", None, type_=sa.Text)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on one row for one principal, identified by its name.

    ``columns`` are the row's columns it reads; ``implies`` names predicates that are true wherever
    this one is; ``otherwise`` is the sentence for a value that is hidden because it does not hold.
    """

    name: str
    reason: str
    columns: frozenset[str]
    sql: Callable[[sa.FromClause, Shape], sa.ColumnElement[bool]] = field(compare=False, repr=False)
    implies: frozenset[str] = frozenset()
    otherwise: str = field(default="", compare=False)


def constant(value: str) -> sa.ColumnElement[str]:
    """A word of an enumeration as part of the statement: as a parameter it would be planned for anew."""
    return sa.literal_column(f"'{value}'", sa.Text)


def _in_units(row: sa.FromClause, shape: Shape) -> sa.ColumnElement[bool]:
    # One unit is compared with "=", so that an index on (unit_code, …) also gives the order.
    return row.c.unit_code == UNIT if shape[1] else row.c.unit_code == sa.any_(UNITS)


def _reviewed_in_units(row: sa.FromClause, _shape: Shape) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(row.c.reviewer_unit == sa.any_(UNITS), sa.false())


OWN_UNITS = Predicate(
    "own_units",
    "属于本单位管辖（区县只能看到所属企业）",
    frozenset({"unit_code"}),
    _in_units,
    otherwise="不属于本单位管辖（区县只能看到所属企业）",
)
OWN_ENTERPRISE = Predicate(
    "own_enterprise",
    "本企业的数据",
    frozenset({"uscc"}),
    lambda row, _shape: row.c.uscc == USCC,
    otherwise="不是本企业的数据",
)
NOT_DRAFT = Predicate(
    "not_draft",
    "已提交（草稿只有企业自己可见）",
    frozenset({"status"}),
    lambda row, _shape: row.c.status != constant(ReviewStatus.DRAFT),
    otherwise="尚未提交（草稿只有企业自己可见）",
)
APPROVED = Predicate(
    "approved",
    "已审核通过",
    frozenset({"status"}),
    lambda row, _shape: row.c.status == constant(ReviewStatus.APPROVED),
    implies=frozenset({"not_draft"}),
    otherwise="尚未审核通过",
)
AWAITS_DISTRICT = Predicate(
    "awaits_district",
    "等待区县审核",
    frozenset({"status"}),
    lambda row, _shape: row.c.status == constant(ReviewStatus.PENDING_DISTRICT),
    implies=frozenset({"not_draft"}),
    otherwise="不在等待区县审核",
)
AWAITS_MUNICIPAL = Predicate(
    "awaits_municipal",
    "等待市局审核",
    frozenset({"status"}),
    lambda row, _shape: row.c.status == constant(ReviewStatus.PENDING_MUNICIPAL),
    implies=frozenset({"not_draft"}),
    otherwise="不在等待市局审核",
)
OWN_BANK = Predicate(
    "own_bank",
    "本银行发放的贷款",
    frozenset({"bank_code"}),
    lambda row, _shape: row.c.bank_code == BANK,
    otherwise="不是本银行发放的贷款",
)
OWN_REQUEST = Predicate(
    "own_request",
    "本人申请的导出",
    frozenset({"requester_subject"}),
    lambda row, _shape: row.c.requester_subject == SUBJECT,
    otherwise="不是本人申请的导出",
)
REVIEWED_HERE = Predicate(
    "reviewed_here",
    "由本单位人员审核",
    frozenset({"reviewer_unit"}),
    _reviewed_in_units,
    otherwise="由其他单位人员审核：审核人姓名账号仅市局、平台管理员和审核人所在单位可见",
)


OWN_ACTIONS = Predicate(
    "own_actions",
    "本人的操作",
    frozenset({"subject"}),
    lambda row, _shape: row.c.subject == SUBJECT,
    otherwise="不是本人的操作",
)
OF_OWN_OFFICE = Predicate(
    "of_own_office",
    "本单位人员的操作",
    frozenset({"role"}),
    lambda row, shape: row.c.role == constant(shape[0]),
    otherwise="不是本单位人员的操作",
)


def _latest_submitted(row: sa.FromClause, _shape: Shape) -> sa.ColumnElement[bool]:
    later = basic_info.alias()
    submitted = later.c.status != constant(ReviewStatus.DRAFT)
    found = sa.select(sa.literal_column("1", sa.Integer)).select_from(later)
    found = found.where(later.c.uscc == row.c.uscc, later.c.version > row.c.version, submitted)
    return sa.not_(sa.exists(found.correlate(row)))


LATEST_SUBMITTED = Predicate(
    "latest_submitted",
    "最近一次提交的版本",
    frozenset({"uscc", "version"}),
    _latest_submitted,
    otherwise="之后又提交过新的版本",
)
"""Of basic information: a version that was submitted again waits for nobody (domain §2.1: versions)."""


def _names_own_enterprise(row: sa.FromClause, _shape: Shape) -> sa.ColumnElement[bool]:
    # Found first and read then: a condition on the codes would have the planner walk the whole trail.
    naming = sa.select(sa.func.audit_naming(USCC, type_=sa.BigInteger))
    return row.c.no == sa.any_(sa.func.array(naming.scalar_subquery()))


NAMES_OWN_ENTERPRISE = Predicate(
    "names_own_enterprise",
    "涉及本企业的记录",
    frozenset({"no"}),
    _names_own_enterprise,
    otherwise="不涉及本企业",
)


def _in_force(row: sa.FromClause, scope: ConsentScope | None) -> sa.ColumnElement[bool]:
    given = consent.alias()
    condition = sa.and_(
        given.c.uscc == row.c.uscc,
        sa.or_(given.c.bank_code == BANK, given.c.bank_code.is_(None)),
        # A bank token that names no bank has no consent, not even one given to all banks.
        BANK.is_not(None),
        given.c.revoked_at.is_(None),
        given.c.expires_at > sa.func.now(),
    )
    if scope is not None:
        condition = sa.and_(condition, sa.literal(scope.value, literal_execute=True) == sa.any_(given.c.scopes))
    return sa.exists(sa.select(sa.literal_column("1", sa.Integer)).select_from(given).where(condition).correlate(row))


CONSENTED = Predicate(
    "consented",
    "企业已授权本银行",
    frozenset({"uscc"}),
    lambda row, _shape: _in_force(row, None),
    otherwise="企业未授权本银行，或授权已到期、已撤回",
)


def consent_to(scope: ConsentScope) -> Predicate:
    """Consent to this bank is in force and covers ``scope`` (domain §4.4: per recipient and kind of data)."""
    return Predicate(
        f"consented_{scope.value.lower()}",
        f"企业已向本银行授权“{scope.label}”数据",
        frozenset({"uscc"}),
        lambda row, _shape: _in_force(row, scope),
        implies=frozenset({"consented"}),
        otherwise=f"企业未向本银行授权“{scope.label}”数据，或授权已到期、已撤回",
    )


CONSENTED_TO = {scope: consent_to(scope) for scope in ConsentScope}

RECORDED = frozenset(predicate.name for predicate in (CONSENTED, *CONSENTED_TO.values()))
"""Predicates by which a consent opens something: each read under them leaves an audit line (domain §4.4)."""

CARRIED = frozenset(
    predicate.name
    for predicate in (OWN_UNITS, OWN_ENTERPRISE, CONSENTED, *CONSENTED_TO.values())
    if predicate.columns <= {"uscc", "unit_code"}
)
"""What holds for all rows of an enterprise once it holds for one: (uscc, unit_code) is a foreign key everywhere."""


SAVED_HERE = Predicate(
    "saved_here",
    "本单位或全市保存的参数",
    frozenset({"holder"}),
    lambda row, _shape: sa.or_(row.c.holder == UNIT, row.c.holder == constant(CITY)),
    otherwise="不是本单位或全市保存的参数",
)
"""What counts where a library is asked without parameters: the own unit's, else the city's."""
