"""Whatever text a row holds comes back equal from every reader, and never as a formula."""

from __future__ import annotations

import io
import string
from dataclasses import replace

import openpyxl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from exporters.copying import Connection
from exporters.sheet import CellKind, Outcome, SheetColumn
from tests.exporters.workbooks import PROVENANCE, by_calamine, by_openpyxl, cells, one_row, opened, text_sheet, workbook

AWKWARD = [
    "",
    "重庆两江智能科技有限公司",
    "<&>\"'",
    "]]>",
    " lead",
    "trail ",
    "  ",
    "\u3000全角空格\u3000",
    "a\nb",
    "a\r\nb",
    "\n",
    "\r",
    "\t",
    "a\tb",
    "\x01\x02\x08\x0b\x0c\x0e\x1f",
    "\x7f\x85\u2028\u2029",
    "_x0041_",
    "_x005F_",
    "_x0041_x0042_",
    "__x0041_",
    "_xZZZZ_",
    "_X0041_",
    "x_",
    "=1+1",
    "+86",
    "-5",
    "@SUM(A1)",
    "|=1",
    "\\N",
    "\\.",
    "back\\slash\\",
    "😀",
    "'quoted",
    '"quoted"',
    "$1 :n %s %% ?",
    "911101080000000000",
    "NaN",
    "\U00020bb7野家",
]

FORMULAS = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '=HYPERLINK("x")']

texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffe\uffff"),
        st.sampled_from("<&>_x0041=+-@|\\ \t\r\n\x01\x1f'\"" + string.hexdigits),
    ),
    max_size=30,
)


@pytest.mark.parametrize("alone", [True, False])
async def test_awkward_texts_come_back_equal_from_two_readers(connection: Connection, *, alone: bool) -> None:
    # A text decides how its whole row is written, so each stands alone in a row, and all in one.
    if alone:
        content = await workbook(connection, [text_sheet()], {"texts": AWKWARD})
        assert [row[0] for row in by_calamine(content)] == AWKWARD
        assert [row[0] or "" for row in by_openpyxl(content)] == AWKWARD
    else:
        columns = [SheetColumn(f"列{n}", CellKind.TEXT, sa.literal(text, sa.Text())) for n, text in enumerate(AWKWARD)]
        content = await workbook(connection, [one_row(*columns)])
        assert by_calamine(content) == [AWKWARD]
        assert [value or "" for value in by_openpyxl(content)[0]] == AWKWARD


@given(st.lists(texts, min_size=1, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_comes_back_equal_from_two_readers(connection: Connection, given_texts: list[str]) -> None:
    content = await workbook(connection, [text_sheet()], {"texts": given_texts})
    assert [row[0] for row in by_calamine(content)] == given_texts
    assert [row[0] or "" for row in by_openpyxl(content)] == given_texts


async def test_characters_xml_knows_not_at_all_do_not_break_the_file(connection: Connection) -> None:
    content = await workbook(connection, [text_sheet()], {"texts": ["\ufffe\uffff", "a\ufffeb"]})
    assert [row[0] for row in by_openpyxl(content)] == ["\ufffe\uffff", "a\ufffeb"]


async def test_text_that_begins_like_a_formula_is_a_string_cell_with_quote_prefix(connection: Connection) -> None:
    content = await workbook(connection, [text_sheet(header="=1+1")], {"texts": [*FORMULAS, "1=1"]})
    rows = cells(content)
    assert [row[0].quotePrefix for row in rows] == [True] * len(FORMULAS) + [False]
    assert {row[0].data_type for row in rows} <= {"s", "inlineStr"}
    header = opened(content).worksheets[0]["A1"]
    assert (header.value, header.quotePrefix) == ("=1+1", True)


async def test_header_of_any_text(connection: Connection) -> None:
    headers = [text for text in AWKWARD if text]
    columns = [SheetColumn(header, CellKind.TEXT, sa.literal("x", sa.Text())) for header in headers]
    content = await workbook(connection, [one_row(*columns)])
    page = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    assert page.to_python(skip_empty_area=False)[0] == headers
    assert [unescape(str(cell.value)) for cell in opened(content).worksheets[0][1]] == headers


async def test_text_over_the_limit_is_cut_and_the_note_says_where(connection: Connection) -> None:
    outcome = Outcome()
    fitting, long, wide = "长" * 32_767, "<" * 40_000, "😀" * 20_000
    content = await workbook(
        connection, [text_sheet(header="经营范围")], {"texts": ["a", fitting, long, "b", wide]}, outcome=outcome
    )
    read = [row[0] for row in by_calamine(content)]
    assert read[1] == fitting
    assert read[2] == "<" * 32_767
    assert read[4] == "😀" * 16_383
    assert [(cut.row, cut.column) for cut in outcome.cut] == [(4, "经营范围"), (6, "经营范围")]
    note = "\n".join(str(row[1]) for row in opened(content)["说明"].iter_rows(values_only=True))
    assert "文本 第 4 行「经营范围」" in note
    assert "文本 第 6 行「经营范围」" in note


async def test_a_surrogate_pair_is_not_cut_in_half(connection: Connection) -> None:
    text = "a" + "😀" * 16_383
    content = await workbook(connection, [text_sheet()], {"texts": [text, text + "b"]})
    assert [row[0] for row in by_calamine(content)] == [text, text]


async def test_a_list_is_joined_and_its_labels_shown(connection: Connection) -> None:
    tags = sa.literal_column("ARRAY['HI_TECH','=OTHER',NULL]", sa.ARRAY(sa.Text()))
    none = sa.literal_column("NULL::text[]", sa.ARRAY(sa.Text()))
    labels = {"HI_TECH": "高新技术企业"}
    content = await workbook(
        connection,
        [
            one_row(
                SheetColumn("标签", CellKind.LIST, tags, labels=labels),
                SheetColumn("原值", CellKind.LIST, tags),
                SheetColumn("无", CellKind.LIST, none, labels=labels),
            )
        ],
    )
    assert by_openpyxl(content) == [["高新技术企业、=OTHER", "HI_TECH、=OTHER", None]]


async def test_provenance_of_any_text_is_text(connection: Connection) -> None:
    provenance = replace(PROVENANCE, title="=1+1\x01", filter_text="名称包含 \x02'\x1f", notes=("=cmd",))
    content = await workbook(connection, [text_sheet()], {"texts": ["a"]}, provenance=provenance)
    book = openpyxl.load_workbook(io.BytesIO(content))
    note = {row[0].value: row[1] for row in book["说明"].iter_rows()}
    assert note["标题"].value == "=1+1␁"
    assert note["标题"].data_type == "s"
    assert note["查询条件"].value == "名称包含 ␂'␟"
