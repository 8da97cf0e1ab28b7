"""培育进度统计表 (domain C27, C28): months, counted again day by day in plain SQL, frozen ones as they stood."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import asyncpg
import pytest

from authz.principal import Principal
from db.engine import Pool, connect
from db.rollups.frozen import freeze_since
from db.tables.libraries import CITY
from schema.given import CHINA
from service.reserve import Reserve
from tests.fixtures.rows import uscc
from tests.fixtures.town import MUNICIPAL
from tests.pages.conftest import Desks
from tests.pages.desks import Desk, rows_of, service_on
from tests.pages.statistics import READERS, YUBEI, charts_of, is_beside, units_of

KINDS = {"TechEnterprise": "TECH_ENTERPRISE", "Hnte": "HNTE", "TechSme": "TECH_SME"}
FIGURES = [f"{figure}{kind}" for kind in KINDS for figure in ("annualTarget", "monthNew", "ytdNew", "total")]
RATES = ("techCompletionRate", "hnteCompletionRate", "smeCompletionRate")
ROW = " ".join(["no", "unitName", "unit { code }", *FIGURES, *RATES, "rank"])
PAGE = f"""query ($month: YearMonth) {{ statistics {{ cultivationProgress(month: $month) {{
    month isFrozen rows {{ {ROW} }} total {{ {ROW} }} }} }} }}"""

STANDING = """
WITH held AS (
    SELECT e.uscc, e.unit_code, 'TECH_ENTERPRISE' AS kind, coalesce(e.in_library_on, e.established_on) AS first,
        'infinity'::date AS last
    FROM enterprise e WHERE e.in_library
    UNION ALL
    SELECT e.uscc, e.unit_code, 'HNTE', c.issued_on, c.expires_on
    FROM hnte_certificate c JOIN enterprise e USING (uscc) WHERE c.status <> 'REVOKED'
    UNION ALL
    SELECT e.uscc, e.unit_code, 'TECH_SME', r.registered_on, r.valid_until
    FROM tech_sme_registration r JOIN enterprise e USING (uscc)
),
day AS (SELECT d::date AS d FROM generate_series(make_date($1 / 100, 1, 1), {end}, '1 day') AS d),
begun AS (
    SELECT DISTINCT h.uscc, h.unit_code, h.kind, h.first
    FROM held h
    WHERE h.first IN (SELECT d FROM day) AND NOT EXISTS (
        SELECT FROM held o WHERE o.uscc = h.uscc AND o.kind = h.kind AND h.first - 1 BETWEEN o.first AND o.last)
)
SELECT u.code, k.kind,
    (SELECT max(t.target) FROM cultivation_target t
        WHERE t.unit_code = u.code AND t.kind = k.kind AND t.year = $1 / 100),
    (SELECT count(*) FROM begun b WHERE b.unit_code = u.code AND b.kind = k.kind
        AND extract(month FROM b.first) = $1 % 100),
    (SELECT count(*) FROM begun b WHERE b.unit_code = u.code AND b.kind = k.kind),
    (SELECT count(DISTINCT h.uscc) FROM held h WHERE h.unit_code = u.code AND h.kind = k.kind
        AND {end} BETWEEN h.first AND h.last)
FROM unit u CROSS JOIN (VALUES ('TECH_ENTERPRISE'), ('HNTE'), ('TECH_SME')) AS k (kind)
WHERE u.is_jurisdiction AND u.city = '重庆市' AND ($2::text[] IS NULL OR u.code = ANY($2))
""".format(end="(make_date($1 / 100, $1 % 100, 1) + interval '1 month - 1 day')::date")


def table_of(desk: Desk, month: str | None = None) -> Any:
    return desk.see(PAGE, month=month)["cultivationProgress"]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.subject)
@pytest.mark.parametrize("month", ["2021-06", "2022-12", "2023-02"])
async def test_c27_figures_are_those_of_a_recount_day_by_day(
    city_desk_of: Desks, pool: Pool, reader: Principal, month: str
) -> None:
    table = table_of(city_desk_of(reader), month)
    counted: dict[str, dict[str, Any]] = {}
    kinds = {stored: kind for kind, stored in KINDS.items()}
    for code, kind, *figures in await pool.fetch(STANDING, int(month.replace("-", "")), units_of(reader)):
        named = zip(("annualTarget", "monthNew", "ytdNew", "total"), figures, strict=True)
        counted.setdefault(code, {}).update({f"{figure}{kinds[kind]}": value for figure, value in named})
    assert {row["unit"]["code"]: {name: row[name] for name in FIGURES} for row in table["rows"]} == counted
    for name in FIGURES:
        values = [row[name] for row in counted.values() if row[name] is not None]
        assert table["total"][name] == (sum(values) if values or "Target" not in name else None)


def test_c27_rates_are_null_without_a_target_and_equal_rates_share_a_rank(city_desk_of: Desks) -> None:
    table = table_of(city_desk_of(MUNICIPAL), "2022-12")
    for row in [*table["rows"], table["total"]]:
        for rate, kind in zip(RATES, KINDS, strict=True):
            target, new = row[f"annualTarget{kind}"], row[f"ytdNew{kind}"]
            assert row[rate] == (f"{new / target:.6f}" if target else None)
    rates = [float(row["techCompletionRate"]) for row in table["rows"] if row["techCompletionRate"] is not None]
    for row in table["rows"]:
        rate = row["techCompletionRate"]
        assert row["rank"] == (None if rate is None else 1 + sum(other > float(rate) for other in rates))
    assert table["total"]["rank"] is None
    assert len(rates) > len(set(rates)) > 1  # some share one


def test_c27_a_district_has_its_own_row_with_its_rank_in_the_city(
    city_desk_of: Desks, yubei: Desk, beibei: Desk
) -> None:
    of_city = {row["unit"]["code"]: row for row in table_of(city_desk_of(MUNICIPAL), "2022-12")["rows"]}
    assert len(of_city) == 41
    for reader in READERS[:3]:
        table = table_of(city_desk_of(reader), "2022-12")
        assert [row["unit"]["code"] for row in table["rows"]] == sorted(reader.units)
        for row in table["rows"]:
            assert {**row, "no": None} == {**of_city[row["unit"]["code"]], "no": None}
    assert [row["unitName"] for row in table_of(yubei)["rows"]] == ["渝北区"]
    assert [row["unitName"] for row in table_of(beibei)["rows"]] == ["北碚区"]


def test_c27_without_a_month_the_latest_closed_one_is_meant(yubei: Desk) -> None:
    last = dt.datetime.now(CHINA).replace(day=1) - dt.timedelta(days=1)
    assert table_of(yubei)["month"] == f"{last:%Y-%m}"
    assert yubei.see("{ settings { defaultMonth } }")["defaultMonth"] == f"{last:%Y-%m}"


@pytest.mark.parametrize("month", ["1999-12", "2035-01", "0001-01"])
def test_c27_a_month_out_of_range_is_refused_by_name(yubei: Desk, month: str) -> None:
    refused = yubei.ask(PAGE, month=month).errors[0]
    assert (refused["extensions"]["code"], refused["extensions"]["field"]) == ("BAD_USER_INPUT", "month")


@pytest.mark.parametrize("month", ["2022-13", "2022", "202212", ""])
def test_c27_what_is_no_month_is_refused(yubei: Desk, month: str) -> None:
    assert yubei.ask(PAGE, month=month).code == "BAD_USER_INPUT"


def test_c27_banks_and_enterprises_do_not_see_it(bank: Desk, qiming: Desk) -> None:
    assert {desk.ask(PAGE).code for desk in (bank, qiming)} == {"FORBIDDEN"}


RESERVED = """query ($month: YearMonth) { statistics { cultivationProgress(month: $month) {
    isFrozen total { reserveHnteCount totalTechEnterprise } } } }"""
IN_LIBRARY = "{ library(key: HNTE_RESERVE) { members(first: 0) { totalCount } } }"


def test_c27_the_reserve_is_as_large_as_its_library(city_desk_of: Desks) -> None:
    this_month = f"{dt.datetime.now(CHINA):%Y-%m}"
    sizes: list[int] = []
    for reader in READERS[:3]:
        desk = city_desk_of(reader)
        size = desk.see(RESERVED, month=this_month)["cultivationProgress"]["total"]["reserveHnteCount"]
        assert size == desk.see(IN_LIBRARY)["members"]["totalCount"]
        sizes.append(size)
    assert any(sizes)


async def test_c27_a_closed_month_stays_as_it_was_frozen_and_the_current_one_moves(town_copy: str) -> None:
    connection = await asyncpg.connect(town_copy)
    now = dt.datetime.now(CHINA)
    this_month = f"{now:%Y-%m}"
    with service_on(town_copy) as desks:
        yubei = desks(Principal(MUNICIPAL.role, "municipal-2", "市科技局2号"))

        def total(month: str) -> tuple[bool, int]:
            found = yubei.see(RESERVED, month=month)["cultivationProgress"]
            return found["isFrozen"], found["total"]["totalTechEnterprise"]

        await connection.execute("SELECT cultivation_freeze(202212)")
        assert (total("2022-12"), total("2022-11"), total(this_month)) == ((True, 2), (False, 2), (False, 2))
        entered = "UPDATE enterprise SET in_library = true, in_library_on = '2022-01-01', tech_enterprise_no = 'CQ-2'"
        await connection.execute(f"{entered} WHERE uscc = $1", uscc(2))
        assert (total("2022-12"), total("2022-11"), total(this_month)) == ((True, 2), (False, 3), (False, 3))
    await connection.close()


async def test_c27_a_month_is_frozen_with_the_size_of_the_reserve(seeded_copy: str) -> None:
    connection = await connect(seeded_copy)
    sizes = partial(Reserve(2022, b"k" * 32).sizes, connection)
    now = await sizes()
    assert {"500109", "LIANGJIANG"} <= now.keys()
    assert sum(now.values()) > 0
    assert await freeze_since(connection, sizes)
    frozen = "SELECT unit_code, reserve_hnte_count FROM cultivation_snapshot WHERE unit_code = ANY($1)"
    kept = await connection.fetch(frozen, list(now))
    assert {row["unit_code"]: row["reserve_hnte_count"] for row in kept} == now
    await connection.close()


BY_UNIT = """query ($month: YearMonth) { statistics { cultivationProgress(month: $month) {
    isFrozen rows { unit { code } reserveHnteCount } total { reserveHnteCount } } } }"""
SAVED = """INSERT INTO library_setting (holder, library, condition, parameter, number, saved_by)
VALUES ($1, 'HNTE_RESERVE', $2, '', 0, 'test')"""


async def test_c27_the_reserve_does_not_depend_on_who_looks(seeded_copy: str) -> None:
    connection = await asyncpg.connect(seeded_copy)
    this_month = f"{dt.datetime.now(CHINA):%Y-%m}"
    with service_on(seeded_copy) as desks:

        def sizes(reader: Principal) -> dict[str, int]:
            rows = desks(reader).see(BY_UNIT, month=this_month)["cultivationProgress"]["rows"]
            return {row["unit"]["code"]: row["reserveHnteCount"] for row in rows}

        def members(reader: Principal) -> int:
            return desks(reader).see(IN_LIBRARY)["members"]["totalCount"]

        before = sizes(MUNICIPAL)
        for condition in ("H1", "H3", "H4", "H6", "H7"):
            await connection.execute(SAVED, YUBEI.units[0], condition)
        assert members(YUBEI) > before[YUBEI.units[0]]  # its own library is by its own parameters
        assert sizes(YUBEI)[YUBEI.units[0]] == sizes(MUNICIPAL)[YUBEI.units[0]] == before[YUBEI.units[0]]
        await connection.execute(SAVED, CITY, "H7")
        of_city = sizes(MUNICIPAL)
        assert sum(before.values()) < sum(of_city.values()) <= members(MUNICIPAL)
        assert sizes(YUBEI)[YUBEI.units[0]] == of_city[YUBEI.units[0]]
    await connection.close()


@pytest.mark.parametrize("month", ["2000-01", "2022-12"])
def test_c27_nobody_knows_the_reserve_of_a_closed_month_that_was_not_frozen(city_desk_of: Desks, month: str) -> None:
    table = city_desk_of(MUNICIPAL).see(BY_UNIT, month=month)["cultivationProgress"]
    assert not table["isFrozen"]
    assert {row["reserveHnteCount"] for row in [*table["rows"], table["total"]]} == {None}


EXPORTED = """query ($month: YearMonth) { statistics { cultivationProgress(month: $month) {
    rows { no unitName annualTargetTechEnterprise ytdNewTechEnterprise techCompletionRate rank } total { no } } } }"""


def test_c28_the_page_leaves_with_its_month_and_the_total_last(city_desk_of: Desks, yubei: Desk) -> None:
    book = city_desk_of(MUNICIPAL).workbook(EXPORTED, month="2022-12")
    assert book.sheetnames == ["培育进度统计表", "说明"]
    sheet = book.worksheets[0]
    header, *rows = rows_of(sheet)
    assert header == [
        "序号",
        "区县",
        "科技型企业年度目标(家)",
        "科技型企业本年新增(家)",
        "科技型企业完成率",
        "科技型企业完成率排名",
    ]
    assert len(rows) == 42
    assert rows[-1][:2] == [None, "合计"]
    new, rates = charts_of(sheet)
    assert is_beside(new, sheet)
    assert is_beside(rates, sheet)
    assert new.series[0].val.numRef.f == "'培育进度统计表'!$D$2:$D$42"
    assert rows_of(yubei.workbook(EXPORTED, month="2022-12").worksheets[0])[1][:3] == [1, "渝北区", 3]
