"""What the export bench exports: 20 columns of annual reports with their enterprise and unit.

The same selection as keqi's query and as plain SQL, in the same order, with the labels, headers and number
formats that keqi's workbook has, so that every writer makes the same sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db.enums import HiTechField, IndustryCategory, Labelled, ReviewStatus

#: As keqi is asked; sent with ``Accept`` it answers with a workbook or with csv, all rows of the list.
QUERY = """query Reports { annualReports { nodes {
  uscc year
  enterprise { name unit { name } establishedOn industryCategory hiTechField inLibrary registeredCapital }
  status version
  operation { operatingRevenue mainBusinessRevenue rdExpense totalProfit netProfit totalAssets }
  personnel { staffTotal rdStaff }
  achievements { validInventionPatents }
} } }"""

TEXT, DATE, YEAR, COUNT = "@", "yyyy-mm-dd", "0", "#,##0"
KYUAN, WYUAN = "#,##0.000", "#,##0.0000"


def _labelled(column: str, values: Iterable[Labelled]) -> str:
    whens = " ".join(f"when '{value.value}' then '{value.label}'" for value in values)
    return f"case {column} {whens} else {column} end"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: its header, its SQL, its number format."""

    header: str
    sql: str
    number_format: str


COLUMNS = (
    Column("统一社会信用代码", "r.uscc", TEXT),
    Column("年份", "r.year", YEAR),
    Column("企业名称", "e.name", TEXT),
    Column("主管单位", "u.name", TEXT),
    Column("成立日期", "e.established_on", DATE),
    Column("产业类别", _labelled("e.industry_category", IndustryCategory), TEXT),
    Column("高新技术领域", _labelled("e.hi_tech_field", HiTechField), TEXT),
    Column("是否入库", "case when e.in_library then '是' else '否' end", TEXT),
    Column("注册资本(万元)", "e.registered_capital", WYUAN),
    Column("审核状态", _labelled("r.status", ReviewStatus), TEXT),
    Column("版本", "r.version", COUNT),
    Column("营业收入(千元)", "r.operating_revenue", KYUAN),
    Column("主营业务收入(千元)", "r.main_business_revenue", KYUAN),
    Column("研发费用(千元)", "r.rd_expense", KYUAN),
    Column("利润总额(千元)", "r.total_profit", KYUAN),
    Column("净利润(千元)", "r.net_profit", KYUAN),
    Column("资产总额(千元)", "r.total_assets", KYUAN),
    Column("职工总数(人)", "r.staff_total", COUNT),
    Column("研发人员(人)", "r.rd_staff", COUNT),
    Column("有效发明专利数(件)", "r.valid_invention_patents", COUNT),
)

HEADERS = tuple(column.header for column in COLUMNS)

_ORDER = "r.unit_code, r.year desc, r.uscc"


def rows_sql(rows: int) -> str:
    """The first ``rows`` of the same rows."""
    columns = ", ".join(f'{column.sql} as "{column.header}"' for column in COLUMNS)
    return (
        f"select {columns} from annual_report r"  # noqa: S608 (texts of this module)
        " join enterprise e on e.uscc = r.uscc join unit u on u.code = e.unit_code"
        f" where r.status <> 'DRAFT' order by {_ORDER} limit {rows:d}"
    )
