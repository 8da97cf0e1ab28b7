"""The custom query (自定义查询): rows whose columns are chosen by name, and what to choose from (domain C34, C35)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import strawberry

from authz.principal import Role
from authz.scopes import ENTERPRISES, SIGNED_IN
from db.tables import enterprise
from schema.catalogue import entries
from schema.declare import CatalogueEntry, Row, chosen, field
from schema.enterprise import Enterprise
from schema.records import records

DEFAULT_FIELDS = (
    "number",
    "district.name",
    "name",
    "industryCategory",
    "uscc",
    "establishedMonth",
    "researchContactName",
    "researchContactMobile",
    "annualReport.operation.mainBusinessRevenue",
)
"""The nine columns of the custom query's page (domain C34), in its order."""


@cache
def catalogue(role: Role) -> Mapping[str, CatalogueEntry]:
    """Fields that ``role`` may tick, by name, those of the page first."""
    found = {
        entry.name: entry for entry in (*entries(CustomQueryRow, role, "企业"), *entries(Enterprise, role, "企业"))
    }
    often = Counter(entry.label for entry in found.values())
    return {name: _told_apart(found[name], often) for name in dict.fromkeys([*default_fields(role, found), *found])}


def _told_apart(entry: CatalogueEntry, often: Mapping[str, int]) -> CatalogueEntry:
    """A label that is not the only one of its kind begins with where it comes from."""
    return replace(entry, label=entry.origin + entry.label) if often[entry.label] > 1 else entry


def default_fields(role: Role, known: Mapping[str, CatalogueEntry] | None = None) -> list[str]:
    """The page's columns, as far as ``role`` may see them at all."""
    offered = catalogue(role) if known is None else known
    return [name for name in DEFAULT_FIELDS if name in offered]


@strawberry.type(description="自定义查询的一行")
class CustomQueryRow(Row, table=enterprise, scope=ENTERPRISES, order=("unit_code", "name", "uscc"), key=("uscc",)):
    """An enterprise with the fields asked for; as text on screen, typed in a workbook."""

    number: int = field("序号", expr=lambda r: r.position)
    values: list[str | None] = chosen("所选字段的值，顺序与 fields 相同", catalogue, default_fields)


@strawberry.type(description="可导出的字段")
class ExportField(
    Row,
    table=records(
        "export_fields", no="int", name="text", label="text", unit="text", group="text", type="text", default="bool"
    ),
    scope=SIGNED_IN,
    order=("no",),
    key=("name",),
):
    """What the custom query may tick, as far as the principal's role may see it at all."""

    name: str = field("字段名")
    label: str = field("字段标签")
    unit: str | None = field("单位")
    group: str = field("分组")
    type: str = field("类型")
    default: bool = field("是否默认列")
