"""What is counted, as SQL: one declared SELECT a fact, and what each fact gives to the cubes.

A *fact* is all that one enterprise (and year) brings to the statistics. The same two texts serve everywhere: the facts
as they are now make the stored facts, a recount and what is not folded yet; the gifts of any facts, whatever relation
they stand in, make cubes, views and checks. So no two of them can disagree about what a measure means.

``python -m db.rollups.facts`` prints revision 0007's views; the landed file is frozen, a change is a new revision.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from db.tables.libraries import library_fact
from db.tables.rollups import COUNTED, SUMMED, cube_report, cube_tally, fact_enterprise, fact_report, fact_voucher

#: Statuses of reports that statistics of contents believe (domain §2.1: the latest approved version).
_APPROVED = "'APPROVED'"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact: the table of those folded, and the SELECT of those that are so now."""

    stored: sa.Table
    now: str

    @property
    def name(self) -> str:
        """The stored facts' table."""
        return self.stored.name

    @property
    def columns(self) -> str:
        """Its columns, in order."""
        return ", ".join(self.stored.columns.keys())


_PLACE = "e.unit_code, coalesce(e.district_code, '') AS district_code, coalesce(e.zone_code, '') AS zone_code"


def _merged(table: str, first: str, last: str, where: str = "true") -> str:
    """The days on which an entry of a register is in force; overlapping ones count once (domain §2.9)."""
    return f"""(
        SELECT range_agg(daterange(rollup_day(c.{first}), rollup_day(c.{last}), '[]'))
        FROM {table} AS c WHERE c.uscc = e.uscc AND {where}
    )"""


ENTERPRISE = Fact(
    fact_enterprise,
    f"""
    SELECT
        e.uscc, {_PLACE},
        CASE WHEN e.operating_status <> 'CANCELLED' THEN rollup_year(rollup_day(e.established_on)) END
            AS registered_year,
        CASE WHEN e.in_library THEN rollup_day(coalesce(e.in_library_on, e.established_on)) END AS library_day,
        coalesce(e.industry_category, 'UNKNOWN') AS industry_category,
        coalesce(e.hi_tech_field, 'NONE') AS hi_tech_field,
        {_merged("hnte_certificate", "issued_on", "expires_on", "c.status <> 'REVOKED'")} AS hnte,
        {_merged("tech_sme_registration", "registered_on", "valid_until")} AS tech_sme
    FROM enterprise AS e""",
)

REPORT = Fact(
    fact_report,
    f"""
    SELECT
        r.uscc, r.year, {_PLACE},
        e.in_library AND rollup_year(rollup_day(coalesce(e.in_library_on, e.established_on))) <= r.year AS in_library,
        r.status, r.enterprise_size, coalesce(r.is_above_scale_industrial, false) AS is_above_scale_industrial,
        {", ".join(f"r.{name}" for name in SUMMED)},
        p.national AS platforms_national, p.ministerial AS platforms_ministerial, p.municipal AS platforms_municipal,
        p.district AS platforms_district, p.enterprise AS platforms_enterprise, p.any_level AS with_platform,
        s.led AS standards_led, s.participated AS standards_participated, a.awards AS science_awards,
        r.hi_tech_product_count AS hi_tech_products
    FROM annual_report AS r
    JOIN enterprise AS e ON e.uscc = r.uscc
    CROSS JOIN LATERAL (
        SELECT
            (count(*) FILTER (WHERE i.level = 'NATIONAL'))::integer AS national,
            (count(*) FILTER (WHERE i.level = 'MINISTERIAL'))::integer AS ministerial,
            (count(*) FILTER (WHERE i.level = 'MUNICIPAL'))::integer AS municipal,
            (count(*) FILTER (WHERE i.level = 'DISTRICT'))::integer AS district,
            (count(*) FILTER (WHERE i.level = 'ENTERPRISE'))::integer AS enterprise,
            (count(*) > 0)::integer AS any_level
        FROM report_platform AS i WHERE i.uscc = r.uscc AND i.year = r.year
    ) AS p
    CROSS JOIN LATERAL (
        SELECT
            (count(*) FILTER (WHERE i.role = 'LEAD'))::integer AS led,
            (count(*) FILTER (WHERE i.role = 'PARTICIPATE'))::integer AS participated
        FROM report_standard AS i WHERE i.uscc = r.uscc AND i.year = r.year
    ) AS s
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS awards FROM report_award AS i WHERE i.uscc = r.uscc AND i.year = r.year
    ) AS a
    WHERE r.status <> 'DRAFT'""",
)

VOUCHER = Fact(
    fact_voucher,
    f"""
    SELECT
        v.uscc, v.year, {_PLACE}, v.type,
        coalesce(v.enterprise_size, 'UNCLASSIFIED') AS enterprise_size,
        coalesce(v.industry_category, 'UNKNOWN') AS industry_category,
        coalesce(v.hi_tech_field, 'NONE') AS hi_tech_field,
        count(*)::integer AS records, sum(v.applied_amount) AS applied,
        coalesce(sum(v.approved_amount), 0) AS approved
    FROM voucher_application AS v
    JOIN enterprise AS e ON e.uscc = v.uscc
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9""",
)

FACTS = (ENTERPRISE, REPORT, VOUCHER)

LIBRARY = Fact(library_fact, "")
"""What the libraries' rules read of a report (revision 0008 has its SELECT): kept like a fact, given to no cube."""

KEPT = (*FACTS, LIBRARY)
"""All that is stored of an enterprise and folded when it was touched."""


# -- what facts give to the cubes ------------------------------------------------------------------

#: The years of which a standing is kept: what happened before the first is in it, what comes after the last is in none.
STANDING_SINCE, STANDING_UNTIL = 2000, 2035

#: In which periods a contribution counts. A standing: in every year from its own on, so that a year's sum is how it
#: stands at the year's end. Months: in every month from its own to December as well, so that a month's sum is what the
#: year brought so far. Days: on that day as well.
_YEAR, _STANDING, _MONTHS, _DAYS = 0, 1, 2, 3


def _validity(series: str, days: str) -> str:
    """First days in force and first days no longer so: their difference up to a day is who has it on that day."""
    return f"""
        SELECT x.series, x.day, {_DAYS}, '' FROM unnest({days}) AS i
        CROSS JOIN LATERAL (VALUES ('{series}_FROM', lower(i)), ('{series}_TO', upper(i))) AS x (series, day)"""


_PLACED = "f.unit_code, f.district_code, f.zone_code"
_NO_AMOUNTS = "0::bigint AS records, 0::numeric AS applied, 0::numeric AS approved"


def tallies(enterprises: str, reports: str, vouchers: str) -> str:
    """Contributions to ``cube_tally`` of facts with a ``sign``, from relations of these names, not spread yet."""
    return f"""
    SELECT g.series, g.day, g.periods, {_PLACED}, g.value, f.sign::bigint AS entities, {_NO_AMOUNTS}
    FROM {enterprises} AS f
    CROSS JOIN LATERAL (
        SELECT x.series, x.day, x.periods, x.value
        FROM (VALUES
            ('REGISTERED', make_date(f.registered_year, 1, 1), {_STANDING}, ''),
            ('IN_LIBRARY', f.library_day, {_MONTHS}, ''),
            ('IN_LIBRARY_INDUSTRY', make_date(rollup_year(f.library_day), 1, 1), {_STANDING}, f.industry_category),
            ('IN_LIBRARY_FIELD', make_date(rollup_year(f.library_day), 1, 1), {_STANDING}, f.hi_tech_field)
        ) AS x (series, day, periods, value)
        WHERE x.day IS NOT NULL
        UNION ALL {_validity("HNTE", "f.hnte")}
        UNION ALL {_validity("TECH_SME", "f.tech_sme")}
    ) AS g
    UNION ALL
    SELECT g.series, make_date(f.year, 1, 1), {_YEAR}, {_PLACED}, g.value, f.sign::bigint, {_NO_AMOUNTS}
    FROM {reports} AS f
    CROSS JOIN LATERAL (VALUES
        ('REPORTED', f.status),
        ('IN_LIBRARY_SIZE', CASE WHEN f.status = {_APPROVED} AND f.enterprise_size <> 'UNCLASSIFIED'
            THEN f.enterprise_size END),
        ('ABOVE_SCALE', CASE WHEN f.status = {_APPROVED} AND f.is_above_scale_industrial THEN '' END)
    ) AS g (series, value)
    WHERE f.in_library AND g.value IS NOT NULL
    UNION ALL
    SELECT g.series, make_date(f.year, 1, 1), {_YEAR}, {_PLACED}, g.value, f.sign::bigint,
        (f.sign * sum(f.records))::bigint, f.sign * sum(f.applied), f.sign * sum(f.approved)
    FROM {vouchers} AS f
    CROSS JOIN LATERAL (VALUES
        ('VOUCHER_ALL', ''), ('VOUCHER_TYPE', f.type), ('VOUCHER_SIZE', f.enterprise_size),
        ('VOUCHER_INDUSTRY', f.industry_category), ('VOUCHER_FIELD', f.hi_tech_field)
    ) AS g (series, value)
    GROUP BY f.sign, f.uscc, f.year, {_PLACED}, g.series, g.value"""


_TALLY_SUMS = ("entities", "records", "applied", "approved")


def spread(tallied: str) -> str:
    """Contributions to ``cube_tally`` of ``tallies``, one for each period in which they count."""
    sums = ", ".join(f"t.{name}" for name in _TALLY_SUMS)
    return f"""
    SELECT t.series, b.bucket, t.unit_code, t.district_code, t.zone_code, t.value, {sums}
    FROM ({tallied}) AS t
    CROSS JOIN LATERAL (VALUES
        ({_YEAR}, {_YEAR}, rollup_year(t.day), rollup_year(t.day)),
        ({_STANDING}, {_DAYS}, greatest(rollup_year(t.day), {STANDING_SINCE}), {STANDING_UNTIL}),
        ({_MONTHS}, {_DAYS}, rollup_month(t.day), rollup_year(t.day) * 100 + 12),
        ({_DAYS}, {_DAYS}, rollup_day_of(t.day), rollup_day_of(t.day))
    ) AS p (least_periods, most_periods, first, last)
    CROSS JOIN LATERAL generate_series(p.first, p.last) AS b (bucket)
    WHERE t.periods BETWEEN p.least_periods AND p.most_periods"""


def condensed(tallied: str) -> str:
    """The same contributions, added up before they are spread: few of them count in many periods."""
    keys = "series, day, periods, unit_code, district_code, zone_code, value"
    sums = ", ".join(f"sum({name}) AS {name}" for name in _TALLY_SUMS)
    return f"SELECT {keys}, {sums} FROM ({tallied}) AS t GROUP BY {keys}"


def report_sums(reports: str) -> str:
    """Contributions to ``cube_report`` of facts with a ``sign``, from a relation of this name."""
    summed = ",\n        ".join(
        f"f.sign * coalesce(f.{name}, 0){_whole(name)} AS {name}, "
        f"(f.sign * (f.{name} IS NOT NULL)::integer)::bigint AS {name}_reported"
        for name in SUMMED
    )
    counted = ", ".join(f"(f.sign * f.{name})::bigint AS {name}" for name in COUNTED)
    return f"""
    SELECT f.year, {_PLACED}, f.sign::bigint AS reports,
        {summed},
        {counted}
    FROM {reports} AS f
    WHERE f.status = {_APPROVED}"""


def _whole(name: str) -> str:
    return "" if _is_amount(cube_report.c[name]) else "::bigint"


def _is_amount(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.Numeric)


def summed(cube: sa.Table, gifts: str) -> str:
    """Contributions summed by the cube's key, in the cube's columns; keys whose sums are all zero are left out."""
    keys = ", ".join(cube.primary_key.columns.keys())
    sums = [column.name for column in cube.columns if not column.primary_key]
    totals = ", ".join(f"sum({name}){'' if _is_amount(cube.c[name]) else '::bigint'} AS {name}" for name in sums)
    some = " OR ".join(f"sum({name}) <> 0" for name in sums)
    return f"SELECT {keys}, {totals} FROM ({gifts}) AS g GROUP BY {keys} HAVING {some}"


# -- the views of revision 0007 --------------------------------------------------------------------


def views() -> str:
    """Facts as they are now, facts that wait with their signs, what those give, and what readers use."""
    waiting = [f"{fact.name}_waiting" for fact in FACTS]
    parts = [f"CREATE VIEW {fact.name}_now AS{fact.now};" for fact in FACTS]
    parts += [f"CREATE VIEW {fact.name}_waiting AS{_waiting(fact)};" for fact in FACTS]
    parts += [_given("tally_waiting", tallies(*waiting)), _given("report_sums_waiting", report_sums(waiting[1]))]
    for view, cube, gifts in (
        ("live_tally", cube_tally, spread("SELECT * FROM given_tally_waiting()")),
        ("live_report_sums", cube_report, "\n    SELECT * FROM given_report_sums_waiting()"),
    ):
        columns = ", ".join(cube.columns.keys())
        parts.append(f"CREATE VIEW {view} AS\n    SELECT {columns} FROM {cube.name}\n    UNION ALL{gifts};")
    return "\n\n".join(parts) + "\n"


def _given(view: str, gifts: str) -> str:
    """What waiting facts give, behind a function: its plan is kept, and no reader's plan has to be made around it."""
    return f"""CREATE VIEW {view} AS{gifts};

CREATE FUNCTION given_{view}() RETURNS SETOF {view}
LANGUAGE plpgsql STABLE ROWS 10
AS $$
BEGIN
    IF EXISTS (SELECT FROM touched) THEN
        RETURN QUERY SELECT * FROM {view};
    END IF;
END $$;"""


def _waiting(fact: Fact) -> str:
    """Facts of touched enterprises: as they are, and taken off as they were folded.

    OFFSET 0 keeps the planner from turning the look-up of a few enterprises into a join over all of them.
    """
    return f"""
    SELECT 1 AS sign, n.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT {fact.columns} FROM {fact.name}_now WHERE uscc = t.uscc OFFSET 0) AS n
    UNION ALL
    SELECT -1, s.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT {fact.columns} FROM {fact.name} WHERE uscc = t.uscc OFFSET 0) AS s"""


if __name__ == "__main__":
    sys.stdout.write(views())
