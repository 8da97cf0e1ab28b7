"""The record by which an enterprise stands in a register: the valid one, else the newest (domain §3.3, C48, C49)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from authz.predicates import constant
from db.enums import CertificateStatus, RecordStatus
from schema.libraries.declare import Register
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


def record_of(asked: Asked, register: Register, enterprise: View, day: sa.ColumnElement[Any]) -> Record:
    """The enterprise's record in a register; revoked ones and those after ``day`` are none."""
    view, conditions = asked.open(register.kind)
    columns = {
        "record_no": getattr(view, register.number),
        "record_from": getattr(view, register.begun),
        "record_until": getattr(view, register.until),
        "record_status": view.status,
    }
    valid = sa.and_(*register.valid(view, day))
    conditions += [view.raw.uscc == enterprise.raw.uscc, columns["record_status"] != constant(RecordStatus.REVOKED)]
    given = asked.given.get("includeExpired")
    past = given is not None and bool(asked.frame.binder.fix(given))
    begun = columns["record_from"] <= day
    told: list[sa.ColumnElement[Any]] = [value.label(name) for name, value in columns.items()]
    told.append(valid.label("is_valid"))
    query: sa.Select[Any] = sa.select(*told)
    query = query.select_from(view.source).where(*conditions, begun if past else valid)
    query = query.order_by(valid.desc(), columns["record_from"].desc(), columns["record_no"])
    row = correlated(query.limit(sa.literal_column("1")), view.source).lateral(asked.frame.name())
    first = _first_year(asked, register, enterprise)
    return Record(row, row.c.is_valid, first, {name: row.c[name] for name in columns})


def _first_year(asked: Asked, register: Register, enterprise: View) -> sa.ColumnElement[Any]:
    """The year of the first record that was not revoked [P]."""
    view, conditions = asked.open(register.kind)
    conditions += [view.raw.uscc == enterprise.raw.uscc, view.status != constant(RecordStatus.REVOKED)]
    since = sa.func.min(getattr(view, register.begun))
    first = sa.select(sa.cast(sa.extract("year", since), sa.Integer)).select_from(view.source)
    return correlated(first.where(*conditions), view.source).scalar_subquery()


assert RecordStatus.REVOKED.value == CertificateStatus.REVOKED.value  # noqa: S101 - one word for both registers
