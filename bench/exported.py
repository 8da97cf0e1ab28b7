"""What the export bench exports: 20 columns of annual reports with their enterprise and unit.

The same selection as keqi's query and as plain SQL, in the same order.
"""

from __future__ import annotations

#: As keqi is asked; sent with ``Accept`` it answers with a workbook or with csv, all rows of the list.
QUERY = """query Reports { annualReports { nodes {
  uscc year
  enterprise { name unit { name } establishedOn industryCategory hiTechField inLibrary registeredCapital }
  status version
  operation { operatingRevenue mainBusinessRevenue rdExpense totalProfit netProfit totalAssets }
  personnel { staffTotal rdStaff }
  achievements { validInventionPatents }
} } }"""

_COLUMNS = {
    "uscc": "r.uscc",
    "year": "r.year",
    "name": "e.name",
    "unit": "u.name",
    "established_on": "e.established_on",
    "industry_category": "e.industry_category",
    "hi_tech_field": "e.hi_tech_field",
    "in_library": "e.in_library",
    "registered_capital": "e.registered_capital::float8",
    "status": "r.status",
    "version": "r.version",
    "operating_revenue": "r.operating_revenue::float8",
    "main_business_revenue": "r.main_business_revenue::float8",
    "rd_expense": "r.rd_expense::float8",
    "total_profit": "r.total_profit::float8",
    "net_profit": "r.net_profit::float8",
    "total_assets": "r.total_assets::float8",
    "staff_total": "r.staff_total",
    "rd_staff": "r.rd_staff",
    "valid_invention_patents": "r.valid_invention_patents",
}

COLUMNS = tuple(_COLUMNS)

_ORDER = "r.year desc, r.uscc"


def rows_sql(rows: int) -> str:
    """The first ``rows`` of the same rows."""
    columns = ", ".join(f"{expression} as {name}" for name, expression in _COLUMNS.items())
    return (
        f"select {columns} from annual_report r"  # noqa: S608 (texts of this module)
        " join enterprise e on e.uscc = r.uscc join unit u on u.code = e.unit_code"
        f" where r.status <> 'DRAFT' order by {_ORDER} limit {rows:d}"
    )
