"""From a question to a file: three ways in, and the workbook is the screen: the same fields, order, rows and rules."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from authz.principal import Principal
from db.enums import HiTechField, ReviewStatus, StarFlag
from exporters.sheet import CHARACTERS_PER_CELL
from service.inside import XLSX
from tests.exporters.workbooks import by_calamine, by_openpyxl, cells, opened
from tests.fixtures.files import CONTACTS, LIST, REGISTER, fill, filled, headers, lines, note_of, registered, taken
from tests.fixtures.rows import uscc
from tests.fixtures.service import SECRET, Service, serving
from tests.fixtures.town import ADMIN, ANALYST, BANK_A, MUNICIPAL, NAMES, PUBLIC, YUBEI
from tests.service.conftest import run_keqi

# ── three ways in, one way out ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
async def test_three_ways_give_the_rows_of_the_screen(
    town: Service, town_url: str, tmp_path: Path, file_format: str
) -> None:
    data = (await town.ask(LIST)).data["enterprises"]["nodes"]
    screen = [[node["uscc"], node["name"], "是" if node["inLibrary"] else "否"] for node in data]
    assert len(screen) == 12
    command = (
        "query", "-", "-o", str(tmp_path / f"list.{file_format}"), "--role", "MUNICIPAL_OFFICER"
    )  # fmt: skip
    done = await asyncio.to_thread(run_keqi, *command, stdin=LIST, KEQI_DATABASE_URL=town_url, KEQI_SECRET=SECRET)
    assert done.returncode == 0, done.stderr
    files = [
        (await town.ask(LIST, accept=file_format)).body,
        (await taken(town, {"query": LIST, "format": file_format.upper()})).body,
        (tmp_path / f"list.{file_format}").read_bytes(),
    ]
    for content in files:
        if file_format == "csv":
            assert lines(content) == [["统一社会信用代码", "企业名称", "是否入库"], *screen]
            assert content == files[0]
        else:
            assert headers(content) == ["统一社会信用代码", "企业名称", "是否入库"]
            assert by_openpyxl(content) == by_calamine(content) == screen


async def test_the_custom_query_has_the_nine_columns_of_c34(town: Service) -> None:
    content = (await taken(town, {}, YUBEI)).body
    assert headers(content) == [
        "序号", "区县", "企业名称", "产业类别", "统一社会信用代码", "注册年月", "科研联系人", "科研联系人手机",
        "主营业务收入(千元)",
    ]  # fmt: skip
    screen = (await town.ask("{ customQuery { nodes { values } } }", as_=YUBEI)).data["customQuery"]["nodes"]
    shown = [[None if value is None else str(value) for value in row] for row in by_openpyxl(content)]
    assert [[value and value.removesuffix(".000") for value in node["values"]] for node in screen] == shown


async def test_ticked_fields_stand_in_the_order_ticked(town: Service) -> None:
    fields = ["annualReport.operation.rdExpense", "name", "unit.name", "number", "establishedOn"]
    given = {"fields": fields, "year": 2021, "filter": {"name": [NAMES[1]]}}
    content = (await taken(town, given)).body
    assert headers(content) == ["研发费用(千元)", "企业名称", "主管单位", "序号", "成立日期"]
    assert by_openpyxl(content) == [[600, NAMES[1], "渝北区", 1, at(2001, 2, 15)]]


async def test_a_list_without_first_is_whole_and_with_it_has_so_many_rows(seeded: Service) -> None:
    whole = await seeded.ask(LIST, accept="xlsx")
    assert whole.headers["x-total-rows"] == str(len(by_calamine(whole.body))) == "600"
    some = await seeded.ask("{ enterprises(first: 3) { nodes { uscc } } }", accept="xlsx")
    assert (some.headers["x-total-rows"], len(by_calamine(some.body))) == ("3", 3)
    last = await seeded.ask("{ enterprises(last: 2) { nodes { uscc } } }", accept="xlsx")
    assert [row[0] for row in by_calamine(last.body)] == [row[0] for row in by_calamine(whole.body)][-2:]


async def test_a_page_of_a_file_goes_on_where_the_screen_did(town: Service) -> None:
    page = (await town.ask("{ enterprises(first: 5) { pageInfo { endCursor } } }")).data["enterprises"]["pageInfo"]
    query = "query ($a: String) { enterprises(after: $a, first: 3) { nodes { uscc } } }"
    screen = (await town.ask(query, {"a": page["endCursor"]})).data["enterprises"]["nodes"]
    content = (await town.ask(query, {"a": page["endCursor"]}, accept="xlsx")).body
    assert by_calamine(content) == [[node["uscc"]] for node in screen]


async def test_an_order_of_the_screen_is_the_order_of_the_file(town: Service) -> None:
    order = "orderBy: [{field: HI_TECH_FIELD, direction: DESC}, {field: REGISTERED_CAPITAL}]"
    query = f"{{ enterprises({order}) {{ nodes {{ uscc unit {{ name }} annualReport {{ year }} }} }} }}"
    screen = [node["uscc"] for node in (await town.ask(query)).data["enterprises"]["nodes"]]
    assert [row[0] for row in by_calamine((await town.ask(query, accept="xlsx")).body)] == screen


async def test_nothing_found_is_a_header(town: Service) -> None:
    query = '{ enterprises(filter: {name: ["无"]}) { nodes { uscc } } }'
    for accept in ("xlsx", "csv"):
        answer = await town.ask(query, accept=accept)
        assert (answer.status, answer.headers["x-total-rows"]) == (200, "0")
    assert lines(answer.body) == [["统一社会信用代码"]]
    assert headers((await town.ask(query, accept="xlsx")).body) == ["统一社会信用代码"]


# ── columns ─────────────────────────────────────────────────────────────────────────────────────


async def test_headers_are_labels_with_units_and_what_the_query_says(town: Service) -> None:
    query = """
        query ($header: String, $no: Boolean!) {
          enterprises {
            nodes {
              name @column(header: "名字") __typename secret: uscc @column(hide: true) capital: registeredCapital
              registeredCapital establishedMonth @column(header: $header) inLibrary @column(hide: $no)
              unit { code name } district { name } zone { code }
              annualReport { year operation { operatingRevenue rdIntensity } personnel { staffTotal } }
              basicInfo { version name }
            }
          }
        }
    """
    content = (await town.ask(query, {"header": "=月份", "no": True}, accept="xlsx")).body
    assert headers(content) == [
        "名字", "capital", "注册资本(万元)", "=月份", "主管单位代码", "主管单位", "区县", "两江新区/高新区、经开区代码",
        "年份", "营业收入(千元)", "研发投入强度", "职工总数(人)", "企业基本信息版本", "企业基本信息",
    ]  # fmt: skip
    shown = headers((await town.ask(query, {"header": "月", "no": False}, accept="xlsx")).body)
    assert shown[3:5] == ["月", "是否入库"]


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> dt.datetime:
    """A cell's date: it has no zone."""
    return dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - so that it equals what readers give


async def test_values_stand_in_cells_of_their_type(town: Service) -> None:
    query = """
        {
          annualReports(filter: {year: [2022]}) {
            nodes {
              uscc year status submittedAt enterprise { establishedOn inLibrary hiTechField contactMobile formerNames }
              operation { operatingRevenue rdIntensity netProfit } achievements { starFlags } personnel { staffTotal }
            }
          }
        }
    """
    as_cell: dict[str, Callable[[Any], Any]] = {
        "uscc": str,
        "year": int,
        "status": lambda value: ReviewStatus[value].label,
        "submittedAt": lambda value: dt.datetime.fromisoformat(value).replace(tzinfo=None),
        "establishedOn": dt.datetime.fromisoformat,
        "inLibrary": lambda value: "是" if value else "否",
        "hiTechField": lambda value: HiTechField[value].label,
        "contactMobile": str,
        "formerNames": lambda value: "、".join(value) or None,
        "operatingRevenue": float,
        "rdIntensity": float,
        "netProfit": float,
        "starFlags": lambda value: "、".join(StarFlag[flag].label for flag in value) or None,
        "staffTotal": int,
    }

    def values(node: dict[str, Any]) -> list[Any]:
        row: list[Any] = []
        for key, value in node.items():
            if isinstance(value, dict):
                row += values(cast("dict[str, Any]", value))
            else:
                row.append(None if value is None else as_cell[key](value))
        return row

    screen = [values(node) for node in (await town.ask(query)).data["annualReports"]["nodes"]]
    content = (await town.ask(query, accept="xlsx")).body
    assert by_openpyxl(content) == screen
    calamine = [[at(*v.timetuple()[:6]) if isinstance(v, dt.date) else v for v in row] for row in by_calamine(content)]
    assert filled(calamine) == screen
    formats = [cell.number_format for cell in cells(content)[0]]
    assert formats == [
        "@", "0", "@", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "@", "@", "@", "@", "#,##0.000", "0.00%", "#,##0.000", "@",
        "#,##0",
    ]  # fmt: skip
    assert all(isinstance(row[0].value, str) and len(row[0].value) == 18 for row in cells(content))


def cut(text: str | None) -> str | None:
    """What a cell takes of a text; the note says where one was cut."""
    return text and text.encode("utf-16-le")[: 2 * CHARACTERS_PER_CELL].decode("utf-16-le")


async def test_awkward_text_is_the_screens_cell_by_cell(town: Service, seeded: Service) -> None:
    """Seeded on purpose: formulas, markup, quotes, control characters, text that looks like an escape."""
    query = "{ enterprises { nodes { name legalRepresentative businessScope researchContactName formerNames } } }"
    for service, who in ((town, YUBEI), (seeded, ANALYST)):
        screen = [
            [*list(node.values())[:-1], "、".join(node["formerNames"])]
            for node in (await service.ask(query.replace("enterprises", "enterprises(first: 1000)"), as_=who)).data[
                "enterprises"
            ]["nodes"]
        ]
        content = (await service.ask(query, as_=who, accept="xlsx")).body
        shown = [[cut(value) for value in row] for row in screen]
        assert filled(by_openpyxl(content)) == filled(shown)
        # Calamine takes every escape back but that of the two codes that are no characters.
        read = [[value.replace("_xFFFE_", "\ufffe").replace("_xFFFF_", "\uffff") for value in row]
                for row in by_calamine(content)]  # fmt: skip
        assert read == [[value or "" for value in row] for row in shown]
        file = (await service.ask(query, as_=who, accept="csv")).body
        assert lines(file)[1:] == [[value or "" for value in row] for row in screen]


async def test_no_text_is_a_formula(town: Service) -> None:
    query = "{ enterprises { nodes { name legalRepresentative researchContactName } } }"
    rows = cells((await town.ask(query, as_=YUBEI, accept="xlsx")).body)
    dangerous = [cell for row in rows for cell in row if str(cell.value)[0] in "=+-@" and cell.value is not None]
    assert {str(cell.value) for cell in dangerous} == {NAMES[3], "-1", "+欧阳小明"}
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in dangerous)


@pytest.mark.parametrize("columns", [51, 101, 1_700])
async def test_any_number_of_columns(town_url: str, columns: int) -> None:
    """51 or 101 selected fields broke the statement elsewhere (pg_graphql 551)."""
    fields = " ".join(f"{'f' * 60}{n}: {('name', 'uscc', 'establishedOn')[n % 3]}" for n in range(columns))
    query = f"{{ enterprises(first: 2) {{ nodes {{ {fields} }} }} }}"
    wide = {"max_aliases": 2000, "max_tokens": 20_000, "max_document_length": 1_000_000}
    async with serving(town_url, **wide, statement_timeout_seconds=60) as service:
        nodes = (await service.ask(query)).data["enterprises"]["nodes"]
        assert [len(node) for node in nodes] == [columns, columns]
        file = lines((await service.ask(query, accept="csv")).body)
        assert file == [list(nodes[0]), *(list(node.values()) for node in nodes)]
        content = (await service.ask(query, accept="xlsx")).body
        assert headers(content) == list(nodes[0])
        assert [len(row) for row in by_calamine(content)] == [columns, columns]


# ── sheets ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_sheet_for_each_list_and_its_lists(town: Service) -> None:
    query = """
        {
          enterprises(filter: {unit: {code: ["500112"]}}) {
            nodes {
              name annualReports { nodes { year platforms { no name } achievements { scienceAwards { name } } } }
            }
          }
          units(kind: [COUNTY]) { name }
        }
    """
    answer = await town.ask(query, accept="xlsx")
    book = opened(answer.body)
    assert book.sheetnames == [
        "企业信息查询列表", "企业信息查询列表-历年年报", "企业信息查询列表-历年年报-研发平台",
        "企业信息查询列表-历年年报-科学技术奖励",
        "行政与管理单位", "说明",
    ]  # fmt: skip
    data = (await town.ask(query)).data
    nodes = data["enterprises"]["nodes"]
    assert by_calamine(answer.body, 0) == [[node["name"]] for node in nodes]
    assert headers(answer.body, 1) == ["统一社会信用代码", "年份"]
    years = [report["year"] for node in nodes for report in node["annualReports"]["nodes"]]
    assert [row[1] for row in by_calamine(answer.body, 1)] == years
    assert headers(answer.body, 2) == ["统一社会信用代码", "年份", "序号", "平台名称"]
    assert by_calamine(answer.body, 2) == [
        [uscc(1), 2022, 1, "重庆市重点实验室"],
        [uscc(1), 2022, 2, "企业技术中心"],
    ]
    assert by_calamine(answer.body, 3) == [[uscc(1), 2022, "科技进步奖"]]
    assert answer.headers["x-sheets"] == "5"
    assert answer.headers["x-total-rows"] == str(sum(len(by_calamine(answer.body, n)) for n in range(5)))


async def test_lists_below_a_row_that_is_only_referred_to(town: Service) -> None:
    inner = "name annualReport { year platforms { name } opinions { opinion } }"
    query = f'{{ enterprise(uscc: "{uscc(1)}") {{ {inner} }} }}'
    content = (await town.ask(query, accept="xlsx")).body
    assert by_calamine(content, 0) == [[NAMES[1], 2022]]
    assert [row[-1] for row in by_calamine(content, 1)] == ["重庆市重点实验室", "企业技术中心"]
    assert [row[:2] for row in by_calamine(content, 1)] == [[uscc(1), 2022]] * 2
    assert [row[-1] for row in by_calamine(content, 2)] == ["数据属实", ""]


async def test_pages_of_a_nested_list_are_the_screens(town: Service) -> None:
    inner = "annualReports(first: 1, orderBy: [{field: YEAR}]) { nodes { year } }"
    query = f"{{ enterprises {{ nodes {{ uscc {inner} }} }} }}"
    nodes = (await town.ask(query)).data["enterprises"]["nodes"]
    screen = [[node["uscc"], report["year"]] for node in nodes for report in node["annualReports"]["nodes"]]
    assert by_calamine((await town.ask(query, accept="xlsx")).body, 1) == screen


async def test_what_cannot_stand_in_a_file_is_refused(town: Service) -> None:
    for query in (
        "{ __typename }", "{ __schema { queryType { name } } }", "{ enterprises { totalCount } }",
        "mutation { __typename }",
        "{ enterprises { nodes { __typename } } }", "{", "{ nope }",
        "query ($x: Int!) { enterprises(first: $x) { nodes { uscc } } }",
    ):  # fmt: skip
        for accept in ("xlsx", "csv"):
            answer = await town.ask(query, accept=accept)
            assert (answer.status, answer.code) == (400, "BAD_USER_INPUT"), query
            assert "data" not in answer.json


async def test_a_batch_is_no_file(town: Service) -> None:
    asked = {"Content-Type": "application/json", "Accept": XLSX, "Authorization": town.token(MUNICIPAL)}
    answer = await town.post(b'[{"query": "{ units { code } }"}]', asked)
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_a_file_by_get(town: Service) -> None:
    answer = await town.get("/graphql?query={units{name}}", Accept=XLSX, Authorization=town.token(MUNICIPAL))
    assert len(by_calamine(answer.body)) == 67


async def test_a_header_that_is_null_is_none(town: Service) -> None:
    query = "query ($h: String) { units { x: name @column(header: $h) code @column(header: null) } }"
    for variables in ({}, {"h": None}):
        answer = await town.ask(query, variables, accept="csv")
        assert lines(answer.body)[0] == ["x", "代码"]


async def test_a_csv_holds_one_list(town: Service) -> None:
    for query in (
        "{ a: units { name } b: units { code } }",
        "{ enterprises { nodes { uscc annualReports { nodes { year } } } } }",
    ):
        answer = await town.ask(query, accept="csv")
        assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")
        assert "xlsx" in answer.errors[0]["message"]
        refusal = await town.ask(REGISTER, {"i": {"query": query, "format": "CSV"}})
        assert refusal.errors[0]["path"] == ["exportWorkbook"]


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", [MUNICIPAL, ANALYST, ADMIN])
async def test_masked_columns_stay_masked_and_are_named(town: Service, who: Principal) -> None:
    answer = await town.ask(CONTACTS, as_=who, accept="xlsx")
    screen = await town.ask(CONTACTS, as_=who)
    assert by_calamine(answer.body) == [list(node.values()) for node in screen.data["enterprises"]["nodes"]]
    assert all("****" in row[1] and row[2].endswith("*") for row in by_calamine(answer.body))
    assert answer.headers["x-redacted"].split(",") == screen.redacted
    plain, hidden = cells(answer.body)[0][0], cells(answer.body)[0][1]
    assert fill(plain) != fill(hidden)
    note = note_of(answer.body)
    assert all(path in note["受限字段"] for path in screen.redacted)


async def test_nothing_is_masked_for_the_rows_own_district(town: Service) -> None:
    answer = await town.ask(CONTACTS, as_=YUBEI, accept="xlsx")
    assert "x-redacted" not in answer.headers
    assert note_of(answer.body)["受限字段"] == "无"
    assert [row[1] for row in by_calamine(answer.body)] == ["13900000003", "13900000004"]


async def test_a_value_hidden_in_some_rows_is_told_apart_from_an_absent_one(town: Service) -> None:
    query = """
        query ($u: [ID!]) {
          annualReports(filter: {uscc: $u, year: [2022]}) { nodes { year opinions { reviewer opinion } } }
        }
    """
    answer = await town.ask(query, {"u": [uscc(1)]}, as_=YUBEI, accept="xlsx")
    district, municipal = cells(answer.body, 1)
    assert (district[2].value, municipal[2].value, municipal[3].value) == ("officer-3", None, None)
    assert fill(municipal[2]) == "lightUp"
    assert fill(municipal[3]) is None
    assert answer.headers["x-redacted"] == note_of(answer.body)["受限字段"] == "annualReports.nodes.opinions.reviewer"
    export = await registered(town, {"query": query, "variables": {"u": [uscc(1)]}}, YUBEI)
    assert export["redacted"] == ["annualReports.nodes.opinions.reviewer"]


async def test_a_rule_that_hid_nothing_is_not_named(town: Service) -> None:
    query = "{ annualReports(filter: {year: [2022]}) { nodes { year opinions { reviewer } } } }"
    answer = await town.ask(query, as_=MUNICIPAL, accept="xlsx")
    assert "x-redacted" not in answer.headers
    none = await town.ask(query.replace("2022", "2010"), as_=YUBEI, accept="xlsx")
    assert note_of(none.body)["受限字段"] == "无"


async def test_the_note_says_who_asked_what_when(town: Service) -> None:
    query = "query Names($n: [String!]) { enterprises(filter: {name: $n}) { nodes { name } } }"
    answer = await town.ask(query, {"n": [NAMES[1]]}, as_=YUBEI, accept="xlsx")
    note = note_of(answer.body)
    assert (note["标题"], note["导出账号"], note["角色"], note["所属单位"]) == (
        "Names",
        "渝北区科技局",
        "区县科技局",
        "渝北区",
    )
    assert "enterprises(filter" in note["查询条件"]
    assert NAMES[1] in note["查询条件"]
    assert str(dt.datetime.now(dt.UTC).year) in note["导出时间"]


async def test_no_part_of_the_file_says_more_than_the_cells(town: Service) -> None:
    """Workbook metadata leaked elsewhere: sheet names, properties, cached values."""
    content = (await town.ask(CONTACTS, as_=ANALYST, accept="xlsx")).body
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"1390000" not in everything
    assert SECRET.encode() not in everything


@pytest.mark.parametrize(("who", "code"), [(BANK_A, "FORBIDDEN"), (PUBLIC, "UNAUTHENTICATED")])
async def test_banks_and_the_public_take_nothing_by_any_way(town: Service, who: Principal, code: str) -> None:
    for accept in ("xlsx", "csv"):
        assert (await town.ask("{ units { name } }", as_=who, accept=accept)).code == code
    assert (await town.ask(REGISTER, {"i": {}}, as_=who)).code == code


async def test_a_field_the_role_may_never_see_refuses_the_file(town: Service) -> None:
    query = "{ enterprises { nodes { name contactIdNumber } } }"
    for answer in (
        await town.ask(query, as_=ANALYST, accept="xlsx"),
        await town.ask(REGISTER, {"i": {"query": query}}, as_=ANALYST),
    ):
        assert answer.code == "FORBIDDEN"
        assert answer.errors[0]["path"] == ["enterprises", "nodes", "contactIdNumber"]


# ── other people's programs ─────────────────────────────────────────────────────────────────────


def written_csv(folder: Path) -> list[list[str]]:
    """The one csv file of a folder."""
    (written,) = folder.glob("*.csv")
    return list(csv.reader(io.StringIO(written.read_text("utf-8-sig"), newline="")))


async def test_libreoffice_opens_it_without_repair(town: Service, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None and os.environ.get("KEQI_REQUIRE_LIBREOFFICE") != "1":
        pytest.skip("LibreOffice is not installed")
    assert program is not None, "LibreOffice is required here and was not found"
    query = "{ enterprises { nodes { uscc name establishedOn registeredCapital contactMobile } } }"
    (tmp_path / "list.xlsx").write_bytes((await town.ask(query, accept="xlsx")).body)
    arguments = (
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--norestore", "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,1", "--outdir", str(tmp_path),
        str(tmp_path / "list.xlsx"),
    )  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"repair" not in said.lower()
    rows = written_csv(tmp_path)
    screen = [list(node.values()) for node in (await town.ask(query)).data["enterprises"]["nodes"]]
    assert rows[0] == ["统一社会信用代码", "企业名称", "成立日期", "注册资本(万元)", "联系人手机"]
    assert [[row[0], row[1], row[2], row[4]] for row in rows[1:]] == [
        [row[0], row[1], row[2], row[4] or ""] for row in screen
    ]
    assert [float(row[3]) if row[3] else None for row in rows[1:]] == [row[3] and float(row[3]) for row in screen]


async def test_a_form_that_nobody_filed_has_no_rows_in_a_workbook(town: Service) -> None:
    query = "{ enterprises { nodes { uscc basicInfo { fields { label } } } } }"
    shown = (await town.ask(query, as_=YUBEI)).data["enterprises"]["nodes"]
    expected = sum(len(node["basicInfo"]["fields"]) for node in shown if node["basicInfo"] is not None)
    assert any(node["basicInfo"] is None for node in shown)
    answer = await town.ask(query, as_=YUBEI, accept="xlsx")
    assert int(answer.headers["x-total-rows"]) == len(shown) + expected
