"""The 说明 sheet: who took what, when, under which filter and which rules, and what was cut.

It holds no data of the export; what people typed stands here only as text.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from exporters.sheet import CHARACTERS_PER_CELL, Outcome, Provenance
from exporters.xmltext import visible

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
CUTS_LISTED = 1_000


@dataclass(frozen=True)
class NoteLine:
    """A label and what stands beside it; ``hidden`` shows the style of hidden cells instead."""

    label: str
    text: str
    hidden: bool = False


def facts(outcome: Outcome, titles: Sequence[str]) -> list[NoteLine]:
    """What became known while the rows went out."""
    lines = [NoteLine("数据行数", f"{title}：{rows:,} 行") for title, rows in zip(titles, outcome.rows, strict=True)]
    if len(outcome.parts) > len(titles):
        lines.append(NoteLine("续表", f"数据超出一张工作表，依次存于：{'、'.join(outcome.parts)}"))
    if outcome.cut_total:
        limit = f"{CHARACTERS_PER_CELL:,}"
        lines.append(
            NoteLine("截断", f"{outcome.cut_total:,} 个单元格的文字超过 Excel 上限（{limit} 字符），只保留开头部分：")
        )
        lines += [NoteLine("", f"{cut.sheet} 第 {cut.row} 行「{cut.column}」") for cut in outcome.cut]
    if outcome.cut_total > len(outcome.cut):
        lines.append(NoteLine("", f"其余 {outcome.cut_total - len(outcome.cut):,} 处未列出"))
    return lines


def write_note(
    page: Worksheet, provenance: Provenance, note: Sequence[NoteLine], dress_hidden: Callable[[Cell], None]
) -> None:
    """Fill the sheet; every value is text, never a formula."""
    page.column_dimensions["A"].width = 18
    page.column_dimensions["B"].width = 96
    for row, line in enumerate([*_lines(provenance), *note], start=1):
        _put(page, row, 1, line.label).font = Font(bold=True)
        cell = _put(page, row, 2, line.text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if line.hidden:
            dress_hidden(cell)


def _lines(provenance: Provenance) -> list[NoteLine]:
    moment = provenance.exported_at.astimezone(SHANGHAI)
    return [
        NoteLine("标题", provenance.title),
        NoteLine("导出账号", provenance.account),
        NoteLine("角色", provenance.role),
        NoteLine("所属单位", "、".join(provenance.units)),
        NoteLine("导出时间", f"{moment:%Y-%m-%d %H:%M:%S}（北京时间）"),
        NoteLine("查询条件", provenance.filter_text or "无"),
        NoteLine("受限字段", "、".join(provenance.redacted) or "无"),
        *(NoteLine("受限原因", text) for text in provenance.reasons),
        NoteLine("单元格样式", "此样式的单元格：按权限规则隐藏或脱敏；普通空单元格：未填报", hidden=True),
        *(NoteLine("备注", text) for text in provenance.notes),
    ]


def _put(page: Worksheet, row: int, column: int, text: str) -> Cell:
    cell = page.cell(row=row, column=column)
    if not isinstance(cell, Cell):
        raise TypeError("the 说明 sheet has no merged cells")
    cell.value = visible(text)[:CHARACTERS_PER_CELL]
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
