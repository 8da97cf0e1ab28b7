"""Annual-report statistics by district and zone (区县科技型企业年报统计表, domain C31, §2.8): three tabs of sums.

Approved reports only. A sum is null where no report says the measure, so that nothing reported and zero stay apart; how
many reports say it stands beside each sum (domain §2.1). A new measure is a line, once the roll-up has its column.
"""

from __future__ import annotations

import functools
import operator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import strawberry

from authz.scopes import TALLIES
from db.tables.base import Kyuan
from db.tables.rollups import SUMMED, live_report_sums
from schema.declare import ENTRIES, ITEMS, KYUAN, PERSONS, Chart, ChartKind, Format, Row, field
from schema.expressions import ratio
from schema.places import PlaceRow, in_city
from schema.tabs import COMPANIES, WEIGHT, ZERO, Page, Query, Table, measure_of, summed, tab
from schema.visible import Asked

PLATFORMS = "个"
REPORTED = "_reported"


@strawberry.type(description="年报汇总")
class ReportSums(Row, table=live_report_sums, scope=TALLIES, key=("year",)):
    """A contribution to the sums (``db.tables.rollups``): always to be summed. It is never shown."""

    year: int = field("年份")


def amount(label: str, column: str, unit: str = KYUAN, kind: sa.types.TypeEngine[Any] = Kyuan) -> Any:
    """Declare a sum of what reports say; null where none says it."""

    def total(cells: Any) -> sa.ColumnElement[Any]:
        return sa.case((sa.func.sum(cells[column + REPORTED]) > ZERO, sa.func.sum(cells[column])))

    return summed(label, total, reads=column, unit=unit, kind=kind)


def number(label: str, column: str, unit: str = PERSONS) -> Any:
    """Declare a sum of whole numbers that reports say; null where none says it."""
    return amount(label, column, unit, sa.BigInteger())


def counted(label: str, column: str, unit: str = COMPANIES) -> Any:
    """Declare a count of what stands in reports, or of them: zero where there is none."""
    return summed(label, lambda cells: sa.func.coalesce(sa.func.sum(cells[column]), ZERO), reads=column, unit=unit)


@strawberry.type(description="年报统计行")
class ReportRow(PlaceRow):
    """A row whose measures are sums over approved reports."""

    enterprises: int = counted("年报企业数", "reports")

    def __init_subclass__(cls, *, charts: tuple[Chart, ...] = ()) -> None:
        """Beside each sum, how many reports say it."""
        for name, value in list(vars(cls).items()):
            measure = measure_of(value)
            if measure is not None and measure.reads in SUMMED:
                beside = f"{name}{REPORTED}_count"
                cls.__annotations__[beside] = "int"
                setattr(cls, beside, counted(f"{measure.label}填报企业数", f"{measure.reads}{REPORTED}"))
        super().__init_subclass__(charts=charts)

    @classmethod
    def cells(cls, asked: Asked) -> list[Query]:
        """The sums of the year by place."""
        view, conditions = asked.open(ReportSums)
        sums, place = view.raw, (view.raw.district_code, view.raw.zone_code)
        source, theirs = in_city(asked, view)
        wanted = dict.fromkeys(name for read in cls.reads() for name in (read, read + REPORTED) if name in sums)
        return [
            sa.select(*place, *(sums[name] for name in wanted), sums.reports.label(WEIGHT))
            .select_from(source)
            .where(*conditions, *theirs, sums.year == asked.row.raw.year)
            .correlate(asked.row.source)
        ]


PLACE = ("district_name", "zone_name")


@strawberry.type(description="经营概况")
class ReportOperationRow(
    ReportRow,
    charts=(Chart("各区县营业收入与研发费用", ChartKind.BARS, ("operating_revenue", "rd_expense"), PLACE),),
):
    """Tab 1 [P]; money in 千元. Profits may be negative."""

    operating_revenue: Decimal | None = amount("营业收入", "operating_revenue")
    main_business_revenue: Decimal | None = amount("主营业务收入", "main_business_revenue")
    high_tech_product_revenue: Decimal | None = amount("高新技术产品（服务）收入", "high_tech_product_revenue")
    total_profit: Decimal | None = amount("利润总额", "total_profit")
    tax_paid: Decimal | None = amount("实际上缴税费", "tax_paid")
    rd_expense: Decimal | None = amount("研发费用", "rd_expense")
    rd_intensity: Decimal | None = field(
        "研发投入强度", format=Format.PERCENT, expr=lambda r: ratio(r.rd_expense, r.operating_revenue)
    )
    total_assets: Decimal | None = amount("资产总额", "total_assets")


PLATFORM_LEVELS = (
    "platforms_national",
    "platforms_ministerial",
    "platforms_municipal",
    "platforms_district",
    "platforms_enterprise",
)


@strawberry.type(description="人员和研发平台概况")
class ReportPeopleRow(
    ReportRow,
    charts=(
        Chart("各区县科技人员与研发人员", ChartKind.BARS, ("sci_tech_staff", "rd_staff"), PLACE),
        Chart("研发平台级别结构", ChartKind.TOTAL_SHARES, PLATFORM_LEVELS),
    ),
):
    """Tab 2 [P]: head counts, and platforms by level."""

    staff_total: int | None = number("职工总数", "staff_total")
    sci_tech_staff: int | None = number("科技人员", "sci_tech_staff")
    rd_staff: int | None = number("研发人员", "rd_staff")
    sci_tech_share: Decimal | None = field(
        "科技人员占比", format=Format.PERCENT, expr=lambda r: ratio(r.sci_tech_staff, r.staff_total)
    )
    doctors: int | None = number("博士", "doctors")
    masters: int | None = number("硕士", "masters")
    new_graduates_hired: int | None = number("吸纳应届毕业生", "new_graduates_hired")
    platforms_total: int = field(
        "研发平台",
        unit=PLATFORMS,
        expr=lambda r: functools.reduce(operator.add, (getattr(r, level) for level in PLATFORM_LEVELS)),
    )
    platforms_national: int = counted("国家级平台", "platforms_national", PLATFORMS)
    platforms_ministerial: int = counted("部级平台", "platforms_ministerial", PLATFORMS)
    platforms_municipal: int = counted("省(市)级平台", "platforms_municipal", PLATFORMS)
    platforms_district: int = counted("区县级平台", "platforms_district", PLATFORMS)
    platforms_enterprise: int = counted("企业自建平台", "platforms_enterprise", PLATFORMS)
    enterprises_with_platform: int = counted("有研发平台的企业", "with_platform")


@strawberry.type(description="科技成果概况")
class ReportAchievementRow(
    ReportRow,
    charts=(Chart("各区县专利申请与授权", ChartKind.BARS, ("patent_applications", "granted_this_year"), PLACE),),
):
    """Tab 3 [P]: patents, standards, conversions, awards and products."""

    patent_applications: int | None = number("专利申请数", "patent_applications", ITEMS)
    invention_applications: int | None = number("发明专利申请数", "invention_applications", ITEMS)
    granted_this_year: int | None = number("当年专利授权数", "granted_this_year", ITEMS)
    valid_invention_patents: int | None = number("有效发明专利数", "valid_invention_patents", ITEMS)
    software_copyrights: int | None = number("软件著作权数", "software_copyrights", ITEMS)
    standards_led: int = counted("主导制定标准数", "standards_led", ENTRIES)
    standards_participated: int = counted("参与制定标准数", "standards_participated", ENTRIES)
    achievement_conversions: int | None = number("科技成果转化数", "achievement_conversions", ENTRIES)
    science_awards: int = counted("科学技术奖励数", "science_awards", ENTRIES)
    hi_tech_products: int = counted("高新技术产品数", "hi_tech_products", ENTRIES)


@strawberry.type(description="区县科技型企业年报统计表")
class AnnualReportTables(Page):
    """The page: its year is of every tab."""

    operation: Table = tab(ReportOperationRow, proposed=True)
    people_and_platforms: Table = tab(ReportPeopleRow, proposed=True)
    achievements: Table = tab(ReportAchievementRow, proposed=True)
