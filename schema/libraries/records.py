"""The record by which an enterprise stands in a register: the valid one, else the newest (domain §3.3, C48, C49)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from authz.predicates import constant
from db.enums import CertificateStatus, LibraryKey, RecordStatus
from schema.declare import Row
from schema.libraries.declare import Library
from schema.libraries.inputs import valid_certificate
from schema.register import HnteCertificate, TechEnterpriseRecord
from schema.visible import Asked, View, correlated

NOTHING = {
    "record_no": sa.cast(sa.null(), sa.Text),
    "record_from": sa.cast(sa.null(), sa.Date),
    "record_until": sa.cast(sa.null(), sa.Date),
    "record_status": sa.cast(sa.null(), sa.Text),
}


@dataclass(frozen=True, slots=True)
class Record:
    """The one record of an enterprise in a register, as a row beside it."""

    source: sa.FromClause
    is_valid: sa.ColumnElement[bool]
    first_year: sa.ColumnElement[Any]
    columns: Mapping[str, sa.ColumnElement[Any]]

    @staticmethod
    def nothing() -> Mapping[str, sa.ColumnElement[Any]]:
        """The columns where there is no register."""
        return NOTHING


def record_of(asked: Asked, library: Library, enterprise: View, day: sa.ColumnElement[Any]) -> Record:
    """The enterprise's record in a register; revoked ones and those after ``day`` are none."""
    kind: type[Row] = TechEnterpriseRecord if library.key is LibraryKey.TECH_ENTERPRISE_REGISTER else HnteCertificate
    view, conditions = asked.open(kind)
    columns, valid = _of_filing(view, day) if kind is TechEnterpriseRecord else _of_certificate(view, day)
    conditions += [view.raw.uscc == enterprise.raw.uscc, columns["record_status"] != constant(RecordStatus.REVOKED)]
    given = asked.given.get("includeExpired")
    past = given is not None and bool(asked.frame.binder.fix(given))
    begun = columns["record_from"] <= day
    query = sa.select(*(value.label(name) for name, value in columns.items()), valid.label("is_valid"))
    query = query.select_from(view.source).where(*conditions, begun if past else valid)
    query = query.order_by(valid.desc(), columns["record_from"].desc(), columns["record_no"])
    row = correlated(query.limit(sa.literal_column("1")), view.source).lateral(asked.frame.name())
    return Record(row, row.c.is_valid, _first_year(asked, kind, enterprise), {name: row.c[name] for name in columns})


def _first_year(asked: Asked, kind: type[Row], enterprise: View) -> sa.ColumnElement[Any]:
    """The year of the first record that was not revoked [P]."""
    view, conditions = asked.open(kind)
    since = view.filed_on if kind is TechEnterpriseRecord else view.issued_on
    conditions += [view.raw.uscc == enterprise.raw.uscc, view.status != constant(RecordStatus.REVOKED)]
    first = sa.select(sa.cast(sa.extract("year", sa.func.min(since)), sa.Integer)).select_from(view.source)
    return correlated(first.where(*conditions), view.source).scalar_subquery()


def _of_filing(
    view: View, day: sa.ColumnElement[Any]
) -> tuple[dict[str, sa.ColumnElement[Any]], sa.ColumnElement[bool]]:
    columns = {
        "record_no": view.tech_enterprise_no,
        "record_from": view.filed_on,
        "record_until": view.valid_until,
        "record_status": view.status,
    }
    return columns, sa.and_(view.filed_on <= day, view.status == constant(RecordStatus.VALID))


def _of_certificate(
    view: View, day: sa.ColumnElement[Any]
) -> tuple[dict[str, sa.ColumnElement[Any]], sa.ColumnElement[bool]]:
    columns = {
        "record_no": view.certificate_no,
        "record_from": view.issued_on,
        "record_until": view.expires_on,
        "record_status": view.status,
    }
    return columns, sa.and_(*valid_certificate(view, day))


assert RecordStatus.REVOKED.value == CertificateStatus.REVOKED.value  # noqa: S101 - one word for both registers
