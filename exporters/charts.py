"""Native charts of a workbook, made by openpyxl: what a sheet's rows look like, beside them and never over them.

A chart only points at cells; its numbers and words are the sheet's own, read by whoever opens the file. What may not be
done here: see a data row, or choose what is drawn (the declaration of the table does).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from openpyxl.chart import BarChart, PieChart, Reference
from openpyxl.chart.data_source import AxDataSource, MultiLevelStrRef, NumDataSource, NumRef, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exporters.sheet import CellKind, Sheet, SheetChart
from schema.declare import ChartKind

_HEIGHT_CM = 9.5
_ROWS_BETWEEN = 21
"""Rows of a sheet that a chart covers, with some room below it."""
_NARROWEST_CM, _WIDEST_CM, _CM_PER_BAR = 16.0, 48.0, 0.75
_STACKED_OVERLAP = 100


def draw(page: Worksheet, sheet: Sheet, rows: int) -> None:
    """Put the charts of a sheet on its page, which has ``rows`` rows below its header, one under the other."""
    column = get_column_letter(len(sheet.columns) + 2)
    for number, chart in enumerate(sheet.charts):
        is_ratio = sheet.columns[chart.values[0]].kind is CellKind.RATIO
        drawn = _drawn(page, chart, _Rows(rows, has_total=sheet.has_total), is_ratio=is_ratio)
        page.add_chart(drawn, f"{column}{2 + number * _ROWS_BETWEEN}")


class _Rows:
    """Which rows of the page hold what: 1 the header, then the rows, and the total where there is one."""

    def __init__(self, rows: int, *, has_total: bool) -> None:
        self.first = 2
        # A chart of no rows points at the empty row below the header.
        self.last = max(rows + 1 - has_total, 2)
        self.total = rows + 1 if has_total and rows else 2


def _drawn(page: Worksheet, chart: SheetChart, rows: _Rows, *, is_ratio: bool) -> Any:
    bars = chart.kind in (ChartKind.BARS, ChartKind.STACKED)
    made: Any = BarChart() if bars else PieChart()
    made.title = chart.title
    made.height = _HEIGHT_CM
    made.width = _NARROWEST_CM
    if chart.kind is ChartKind.TOTAL_SHARES:
        made.series = [_across(page, chart.values, rows.total)]
    else:
        made.series = [_down(page, chart, number, rows) for number in range(len(chart.values))]
    if bars:
        _lay_out_bars(made, chart, rows, is_ratio=is_ratio)
    else:
        made.dataLabels = DataLabelList(
            showPercent=True, showVal=False, showSerName=False, showCatName=False, showLegendKey=False
        )
    return made


def _lay_out_bars(made: Any, chart: SheetChart, rows: _Rows, *, is_ratio: bool) -> None:
    made.type = "col"
    count = rows.last - rows.first + 1
    side_by_side = 1 if chart.kind is ChartKind.STACKED else len(chart.values)
    made.width = min(max(_CM_PER_BAR * count * (1 + side_by_side) / 2, _NARROWEST_CM), _WIDEST_CM)
    if chart.kind is ChartKind.STACKED:
        made.grouping = "stacked"
        made.overlap = _STACKED_OVERLAP
    # Newer programs take an axis that says nothing of it for a deleted one.
    made.x_axis.delete = made.y_axis.delete = False
    made.y_axis.number_format = "0%" if is_ratio else "#,##0"
    if len(chart.values) == 1:
        made.legend = None


def _down(page: Worksheet, chart: SheetChart, number: int, rows: _Rows) -> Series:
    """The values of one column, named by its header; a category a row."""
    column = chart.values[number]
    categories = _cells(page, chart.categories, rows.first, rows.last)
    values = _cells(page, (column,), rows.first, rows.last)
    return _series(number, categories, values, _cells(page, (column,), 1, 1), len(chart.categories))


def _across(page: Worksheet, columns: Sequence[int], row: int) -> Series:
    """The values of one row; a category a column, named by its header."""
    return _series(0, _cells(page, columns, 1, 1), _cells(page, columns, row, row), None)


def _named(cells: str, levels: int) -> AxDataSource:
    """Categories; names in several columns are levels, the first the outermost."""
    if levels > 1:
        return AxDataSource(multiLvlStrRef=MultiLevelStrRef(f=cells))
    return AxDataSource(strRef=StrRef(f=cells))


def _series(number: int, categories: str, values: str, title: str | None, levels: int = 1) -> Series:
    made: Any = Series(
        idx=number,
        order=number,
        cat=_named(categories, levels),
        val=NumDataSource(numRef=NumRef(f=values)),
        tx=None if title is None else SeriesLabel(strRef=StrRef(f=title)),
    )
    return cast("Series", made)


def _cells(page: Worksheet, columns: Sequence[int], first: int, last: int) -> str:
    """A formula that names cells of columns, by their places from 0; neighbours make one range."""
    runs: list[list[int]] = []
    for column in columns:
        if runs and column == runs[-1][1] + 1:
            runs[-1][1] = column
        else:
            runs.append([column, column])
    ranges = [
        str(Reference(page, min_col=left + 1, max_col=right + 1, min_row=first, max_row=last)) for left, right in runs
    ]
    return ranges[0] if len(ranges) == 1 else f"({','.join(ranges)})"
