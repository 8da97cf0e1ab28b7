"""The pages of the district edition, as data: what each shows before anybody asks, and what 重置 goes back to.

One ``ListPage`` for each page (domain §1.1, §1.3, §1.4). A client builds a page's first query and its reset from it:
the list's place in the schema, the default arguments, the filters the page has, whether it exports and what. Add a
page by adding an entry to ``PAGES``; its order is read off the list's own declaration, and a page, or a filter, that a
role may not ask is not shown to it (``resolvers.page_settings``). No query stands here, and no rule.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

import strawberry

from authz.scopes import EVERYONE
from schema.declare import Row, field, many
from schema.enums import ExportRange
from schema.libraries.declare import DefaultYear, Filter, Library
from schema.libraries.known import LIBRARIES
from schema.records import records


class Default(enum.Enum):
    """A default that the service's settings or the calendar decide."""

    YEAR = "YEAR"
    """``default_report_year``: 2022 unless set otherwise (domain §1.4)."""
    MONTH = "MONTH"
    """The latest closed month [P] (domain §1.4)."""
    THIS_YEAR = "THIS_YEAR"
    """The current year, as it stands today."""
    LATEST = "LATEST"
    """The latest year with an approved report in scope, which only the database knows: the argument null (§1.4)."""

    @property
    def meaning(self) -> str:
        """What it stands for, in words."""
        return MEANINGS[self]


MEANINGS: Mapping[Default, str] = {
    Default.YEAR: "默认统计年份",
    Default.MONTH: "最近一个已结束的月份",
    Default.THIS_YEAR: "今年，截至今天",
    Default.LATEST: "最近一个有审核通过年报的年份",
}


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page: its key and title, and where its list stands below the query's root (``statistics.enrolment``).

    ``filters`` maps what the page's search form sets (an argument, or a place in one: ``filter.inLibrary``) to
    its label; ``defaults`` are the arguments the page begins with; ``tabs`` the fields below the root that are tabs, in
    order; ``export`` is None where the page has no export. ``picks_fields``: the export asks which fields to take.
    """

    key: str
    title: str
    root: str
    filters: Mapping[str, str]
    export: ExportRange | None = None
    defaults: Mapping[str, Default | str | int] = attribute(default_factory=dict[str, "Default | str | int"])
    tabs: tuple[str, ...] = ()
    picks_fields: bool = False


SEARCH = {"filter.search": "企业名称或统一社会信用代码"}
BY_YEAR = {"year": "年份"}

LIBRARY_FILTERS: Mapping[Filter, tuple[str, str]] = {
    Filter.SEARCH: ("filter.search", SEARCH["filter.search"]),
    Filter.ESTABLISHED_ON: ("filter.establishedOn", "成立日期"),
    Filter.DISTRICT: ("filter.district.code", "所属区县"),
    Filter.IS_FIRST_TIME: ("filter.isFirstTime", "首次符合条件"),
    Filter.YEAR: ("year", "年份"),
}


LIBRARY_YEARS: Mapping[DefaultYear, Default] = {
    DefaultYear.CONFIGURED: Default.YEAR,
    DefaultYear.CURRENT: Default.THIS_YEAR,
    DefaultYear.LATEST: Default.LATEST,
}


def _library(library: Library) -> ListPage:
    """A library's page as its declaration has it; the page's key is also the library's (``library(key:)``)."""
    filters = dict(LIBRARY_FILTERS[each] for each in library.filters)
    if library.settable:
        filters["conditions"] = "条件参数"
    defaults: dict[str, Default | str | int] = {}
    year = LIBRARY_YEARS.get(library.default_year)
    if year is not None:
        defaults["year"] = year
    export = ExportRange.RESULT if library.exports else None
    return ListPage(library.key.value, library.key.label, "library.members", filters, export, defaults=defaults)


PAGES: tuple[ListPage, ...] = (
    ListPage("BASIC_INFO_REVIEW", "基本信息审核", "basicInfoReviewQueue", SEARCH),
    ListPage(
        "ENTERPRISES",
        "企业信息查询列表",
        "enterprises",
        {"filter.reviewStatus": "审核状态", "filter.inLibrary": "是否入库", **SEARCH},
        ExportRange.ALL,
    ),
    ListPage("ANNUAL_REPORT_REVIEW", "年报数据审核", "annualReportReviewQueue", SEARCH),
    ListPage(
        "ANNUAL_REPORTS",
        "年报数据查询",
        "annualReports",
        {"filter.status": "审核状态", "filter.year": "年份", **SEARCH},
        ExportRange.ALL,
    ),
    ListPage(
        "CREDIT_RATINGS",
        "知识价值信用评级列表",
        "creditRatings",
        {"filter.grade": "信用等级", "filter.year": "年份", "filter.unitCode": "区县", **SEARCH},
        ExportRange.ALL,
    ),
    ListPage(
        "VOUCHER_STATISTICS",
        "科技创新券申领统计表",
        "statistics.vouchers",
        BY_YEAR,
        ExportRange.CURRENT_TAB,
        defaults={"year": Default.YEAR},
        tabs=("byType", "bySize", "byIndustry", "byField"),
    ),
    ListPage(
        "VOUCHERS",
        "科技创新券情况统计表",
        "vouchers",
        {"filter.year": "年份", **SEARCH},
        ExportRange.RESULT,
    ),
    ListPage(
        "CULTIVATION_PROGRESS",
        "培育进度统计表",
        "statistics.cultivationProgress",
        {"month": "月份"},
        ExportRange.RESULT,
        defaults={"month": Default.MONTH},
    ),
    ListPage(
        "ENROLMENT_STATISTICS",
        "区县入库企业情况统计表",
        "statistics.enrolment",
        BY_YEAR,
        ExportRange.CURRENT_TAB,
        defaults={"year": Default.YEAR},
        tabs=("reports", "sizes", "industries", "fields"),
    ),
    ListPage(
        "ANNUAL_REPORT_STATISTICS",
        "区县科技型企业年报统计表",
        "statistics.annualReports",
        BY_YEAR,
        ExportRange.CURRENT_TAB,
        defaults={"year": Default.YEAR},
        tabs=("operation", "peopleAndPlatforms", "achievements"),
    ),
    ListPage(
        "CITY_OVERVIEW",
        "全市概况图",
        "statistics.overview",
        {},
        defaults={"year": Default.THIS_YEAR},
        tabs=("districts", "zones"),
    ),
    ListPage(
        "CUSTOM_QUERY",
        "自定义查询",
        "customQuery",
        {"year": "年份", **SEARCH},
        ExportRange.ALL,
        defaults={"year": Default.YEAR},
        picks_fields=True,
    ),
    *map(_library, LIBRARIES.values()),
)
"""Every page, in the order of the menu. A page without a default for an argument begins without that argument."""


@strawberry.type(description="页面的默认参数")
class PageDefault(
    Row,
    table=records("page_defaults", page="text", name="text", value="text", meaning="text"),
    scope=EVERYONE,
    order=("name",),
    key=("page", "name"),
):
    """An argument that the page begins with. ``value`` is JSON: ``2022``, ``"2023-05"``, or ``null``.

    Null leaves the choice to the list itself: ``meaning`` says what it then is. A library tells its year in
    ``library { defaultYear }``.
    """

    name: str = field("参数名")
    value: str = field("参数值(JSON)")
    meaning: str | None = field("默认值的含义")


@strawberry.type(description="页面的筛选条件")
class PageFilter(
    Row,
    table=records("page_filters", page="text", no="int", argument="text", label="text"),
    scope=EVERYONE,
    order=("no",),
    key=("page", "no"),
):
    """A condition that the page's search form offers, by its place in the arguments: ``filter.inLibrary``."""

    argument: str = field("参数位置")
    label: str = field("筛选条件名称")


@strawberry.type(description="页面设置：默认参数、排序、筛选条件与导出范围")
class PageSettings(
    Row,
    table=records(
        "pages",
        no="int",
        key="text",
        title="text",
        root="text",
        sorting="texts",
        tabs="texts",
        exports="bool",
        export_range="text",
        picks_fields="bool",
    ),
    scope=EVERYONE,
    order=("no",),
    key=("key",),
):
    """What a page begins with. 查询 sets arguments; 重置 is the page's list with ``defaults`` and nothing else."""

    key: str = field("页面代码")
    title: str = field("页面名称")
    root: str = field("列表在查询中的位置")
    order: list[str] = field("默认排序，减号表示降序", expr=lambda r: r.raw.sorting)
    tabs: list[str] = field("标签页")
    exports: bool = field("页面是否有导出按钮")
    export_range: ExportRange | None = field("默认导出范围")
    picks_fields: bool = field("导出前是否选择字段")
    defaults: list[PageDefault] = many("默认参数", keys={"page": "key"}, order=("name",))
    filters: list[PageFilter] = many("筛选条件", keys={"page": "key"}, order=("no",))
