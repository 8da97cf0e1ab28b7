"""The basic-information form as a page draws it: which fields, in which order, from which source (domain §2.3, D12).

Labels are those of the declared fields and values are their visible values, so a form never says
more than its row does. What a value must look like is checked where it is submitted, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import strawberry
from strawberry.utils.str_converters import to_camel_case

from authz import masks
from authz.rules import FORM_VALUE
from authz.scopes import FORM_FIELDS
from schema.declare import Row, declarations, field
from schema.enums import DataSource

SHAPE = sa.table(
    "form_field",
    sa.column("no", sa.Integer),
    sa.column("name", sa.Text),
    sa.column("label", sa.Text),
    sa.column("value", sa.Text),
    sa.column("source", sa.Text),
    sa.column("read_only", sa.Boolean),
    sa.column("required", sa.Boolean),
)
"""The columns of a form's rows; they are made from a row of basic information, never stored."""


@strawberry.type(description="表单字段")
class FormField(Row, table=SHAPE, scope=FORM_FIELDS, order=("no",), key=("name",)):
    """A field of the form. ``value`` is text: a date as 2022-05-01, yes or no as true or false, a list with commas."""

    no: int = field("序号", exported=False)
    name: str = field("字段名")
    label: str = field("字段标签")
    value: str | None = field("字段值", visible=FORM_VALUE, mask=masks.in_the_row)
    source: DataSource = field("数据来源")
    read_only: bool = field("只读")
    required: bool = field("必填")


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the form; what the business registry supplies is read-only (grey)."""

    name: str
    source: DataSource = DataSource.SELF_FILLED
    required: bool = False

    @property
    def read_only(self) -> bool:
        """Whether the enterprise cannot change it."""
        return self.source is not DataSource.SELF_FILLED


_REGISTRY = DataSource.BUSINESS_REGISTRY

FORM = (
    Entry("uscc", _REGISTRY, required=True),
    Entry("name", _REGISTRY, required=True),
    Entry("district_code"),
    Entry("zone_code"),
    Entry("established_on", _REGISTRY, required=True),
    Entry("registration_type", _REGISTRY),
    Entry("legal_representative", _REGISTRY),
    Entry("registered_capital", _REGISTRY),
    Entry("registered_address", _REGISTRY),
    Entry("business_address"),
    Entry("business_scope", _REGISTRY),
    Entry("industry_code", _REGISTRY),
    Entry("operating_status", _REGISTRY, required=True),
    Entry("hi_tech_field"),
    Entry("main_products"),
    Entry("website"),
    Entry("staff_total"),
    Entry("is_incubator_tenant"),
    Entry("incubator_name"),
    Entry("is_foreign_invested"),
    Entry("is_listed"),
    Entry("qualification_tags"),
    Entry("research_contact_name"),
    Entry("research_contact_mobile"),
    Entry("research_contact_email"),
    Entry("contact_name"),
    Entry("contact_mobile"),
)
"""The form, top to bottom."""


def form_rows(form: type[Row], table: sa.Table, row: Any) -> sa.FromClause:
    """A lateral list with one row per entry, out of the visible values of ``row``."""
    labels = _labels(form)
    lines = [
        (
            sa.literal(no, sa.Integer, literal_execute=True),
            _word(to_camel_case(entry.name)),
            _word(labels[entry.name]),
            _as_text(getattr(row, entry.name), table.c[entry.name].type),
            _word(entry.source.value),
            sa.literal_column(str(entry.read_only).lower(), sa.Boolean),
            sa.literal_column(str(entry.required).lower(), sa.Boolean),
        )
        for no, entry in enumerate(FORM, start=1)
    ]
    columns = [sa.column(column.name, column.type) for column in SHAPE.c]
    return sa.values(*columns, name="form_field").data(lines).lateral()


def _word(value: str) -> sa.ColumnElement[str]:
    """A word of the declarations: part of the statement, not one of its parameters."""
    return sa.literal(value, sa.Text, literal_execute=True)


def _labels(form: type[Row]) -> dict[str, str]:
    return {name: column.label for name, column in declarations(form).items()}


def _as_text(value: sa.ColumnElement[Any], kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[str]:
    if isinstance(kind, sa.ARRAY):
        # An empty list is an empty field.
        return sa.func.nullif(sa.func.array_to_string(value, ",", type_=sa.Text), "", type_=sa.Text)
    return sa.cast(value, sa.Text)
