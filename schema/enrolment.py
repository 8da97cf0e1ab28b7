"""Enrolled enterprises by district and zone (区县入库企业情况统计表, domain C29, §2.8): four tabs of counts.

A count is a line: its label, the series of the roll-up, and the value it is told apart by, where it is. A new one needs
nothing else.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import strawberry

from schema.declare import Chart, ChartKind, field
from schema.enums import EnterpriseSize, HiTechField, IndustryCategory
from schema.places import PlaceRow, Tally, in_city
from schema.tabs import COMPANIES, WEIGHT, ZERO, Page, Query, Table, plain, summed, tab
from schema.visible import Asked

REGISTERED = "REGISTERED"
IN_LIBRARY = "IN_LIBRARY"
BY_INDUSTRY = "IN_LIBRARY_INDUSTRY"
BY_FIELD = "IN_LIBRARY_FIELD"
BY_SIZE = "IN_LIBRARY_SIZE"
REPORTED = "REPORTED"
ABOVE_SCALE = "ABOVE_SCALE"
"""Series of counts by year (``db.tables.rollups``): of what stands for long, as it stands at the year's end."""
UNKNOWN_INDUSTRY, NO_FIELD = "UNKNOWN", "NONE"
"""What the roll-up calls an industry or a field that is not filled in."""


def count(label: str, series: str, value: str | None = None) -> Any:
    """Declare a count of enterprises: those of a series, or of one value in it."""

    def total(cells: Any) -> sa.ColumnElement[Any]:
        counted = cells.series == plain(series)
        if value is not None:
            counted = sa.and_(counted, cells.value == plain(value))
        return sa.func.coalesce(sa.func.sum(cells.entities).filter(counted), ZERO)

    return summed(label, total, reads=series)


@strawberry.type(description="入库企业统计行")
class CountRow(PlaceRow):
    """A row whose measures are counts."""

    @classmethod
    def cells(cls, asked: Asked) -> list[Query]:
        """The year's counts by place, series and value."""
        view, conditions = asked.open(Tally)
        tally, (source, theirs) = view.raw, in_city(asked, view)
        return [
            sa.select(
                *(tally.district_code, tally.zone_code, tally.series, tally.value, tally.entities),
                tally.entities.label(WEIGHT),
            )
            .select_from(source)
            .where(*conditions, *theirs, tally.series.in_([plain(each) for each in cls.reads()]))
            .where(tally.bucket == asked.row.raw.year)
            .correlate(asked.row.source)
        ]


PLACE = ("district_name", "zone_name")


@strawberry.type(description="年报数量")
class EnrolmentReportRow(
    CountRow,
    charts=(
        Chart("区县入库企业情况", ChartKind.BARS, ("registered_count", "in_library_count", "reported_count"), PLACE),
    ),
):
    """Tab 1 [M]. Reported means submitted at least [P]: a report in whatever state but a draft."""

    registered_count: int = count("注册企业数", REGISTERED)
    in_library_count: int = count("入库科企数", IN_LIBRARY)
    reported_count: int = count("年报科企数", REPORTED)
    above_scale_industrial_count: int = count("规上工业企业", ABOVE_SCALE)


SIZES = ("large_count", "medium_count", "small_count", "micro_count", "unclassified_count")


@strawberry.type(description="企业规模")
class EnrolmentSizeRow(
    CountRow,
    charts=(
        Chart("各区县入库企业规模", ChartKind.STACKED, SIZES, PLACE),
        Chart("入库企业规模结构", ChartKind.TOTAL_SHARES, SIZES),
    ),
):
    """Tab 2 [P]: by the size that the year's approved report gives; without one an enterprise is not classified."""

    large_count: int = count("大型", BY_SIZE, EnterpriseSize.LARGE)
    medium_count: int = count("中型", BY_SIZE, EnterpriseSize.MEDIUM)
    small_count: int = count("小型", BY_SIZE, EnterpriseSize.SMALL)
    micro_count: int = count("微型", BY_SIZE, EnterpriseSize.MICRO)
    unclassified_count: int = field(
        "未划型",
        unit=COMPANIES,
        expr=lambda r: r.in_library_count - r.large_count - r.medium_count - r.small_count - r.micro_count,
    )
    in_library_count: int = count("合计", IN_LIBRARY)


INDUSTRIES = ("primary_count", "secondary_count", "tertiary_count", "unknown_count")


@strawberry.type(description="产业类别")
class EnrolmentIndustryRow(
    CountRow,
    charts=(
        Chart("各区县入库企业产业类别", ChartKind.STACKED, INDUSTRIES, PLACE),
        Chart("入库企业产业结构", ChartKind.TOTAL_SHARES, INDUSTRIES),
    ),
):
    """Tab 3 [P]: by the industry the enterprise has now."""

    primary_count: int = count("第一产业", BY_INDUSTRY, IndustryCategory.PRIMARY)
    secondary_count: int = count("第二产业", BY_INDUSTRY, IndustryCategory.SECONDARY)
    tertiary_count: int = count("第三产业", BY_INDUSTRY, IndustryCategory.TERTIARY)
    unknown_count: int = count("未填", BY_INDUSTRY, UNKNOWN_INDUSTRY)
    in_library_count: int = count("合计", IN_LIBRARY)


FIELDS = (
    "electronic_information_count",
    "biology_new_medicine_count",
    "aerospace_count",
    "new_materials_count",
    "high_tech_services_count",
    "new_energy_saving_count",
    "resources_environment_count",
    "advanced_manufacturing_count",
    "none_count",
)


@strawberry.type(description="高新技术领域")
class EnrolmentFieldRow(
    CountRow,
    charts=(
        Chart("各区县入库企业高新技术领域", ChartKind.STACKED, FIELDS, PLACE),
        Chart("入库企业高新技术领域结构", ChartKind.TOTAL_SHARES, FIELDS),
    ),
):
    """Tab 4 [P]: by the field the enterprise declares now."""

    electronic_information_count: int = count("电子信息", BY_FIELD, HiTechField.ELECTRONIC_INFORMATION)
    biology_new_medicine_count: int = count("生物与新医药", BY_FIELD, HiTechField.BIOLOGY_NEW_MEDICINE)
    aerospace_count: int = count("航空航天", BY_FIELD, HiTechField.AEROSPACE)
    new_materials_count: int = count("新材料", BY_FIELD, HiTechField.NEW_MATERIALS)
    high_tech_services_count: int = count("高技术服务", BY_FIELD, HiTechField.HIGH_TECH_SERVICES)
    new_energy_saving_count: int = count("新能源与节能", BY_FIELD, HiTechField.NEW_ENERGY_SAVING)
    resources_environment_count: int = count("资源与环境", BY_FIELD, HiTechField.RESOURCES_ENVIRONMENT)
    advanced_manufacturing_count: int = count("先进制造与自动化", BY_FIELD, HiTechField.ADVANCED_MANUFACTURING)
    none_count: int = count("其他/未填", BY_FIELD, NO_FIELD)
    in_library_count: int = count("合计", IN_LIBRARY)


@strawberry.type(description="区县入库企业情况统计表")
class EnrolmentTables(Page):
    """The page: its year is of every tab."""

    reports: Table = tab(EnrolmentReportRow)
    sizes: Table = tab(EnrolmentSizeRow, proposed=True)
    industries: Table = tab(EnrolmentIndustryRow, proposed=True)
    fields: Table = tab(EnrolmentFieldRow, proposed=True)
