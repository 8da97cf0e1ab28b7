"""A recount of everything the statistics read, in plain SQL over the rows, written apart from the facts it checks.

Where the roll-ups merge intervals, this asks of single days; where they add up gifts, this groups rows.
"""

from __future__ import annotations

PLACE = "e.unit_code, coalesce(e.district_code, '') AS district_code, coalesce(e.zone_code, '') AS zone_code"
NOTHING = "0 AS records, 0 AS applied, 0 AS approved"

IN_LIBRARY = "e.in_library AND coalesce(e.in_library_on, e.established_on) <= make_date(r.year, 12, 31)"
LIBRARY_DAY = "coalesce(e.in_library_on, e.established_on)"

MEASURES = [
    "operating_revenue",
    "main_business_revenue",
    "high_tech_product_revenue",
    "total_profit",
    "tax_paid",
    "rd_expense",
    "total_assets",
    "staff_total",
    "sci_tech_staff",
    "rd_staff",
    "doctors",
    "masters",
    "new_graduates_hired",
    "patent_applications",
    "invention_applications",
    "granted_this_year",
    "valid_invention_patents",
    "software_copyrights",
    "achievement_conversions",
]

LEVELS = {"national": "NATIONAL", "ministerial": "MINISTERIAL", "municipal": "MUNICIPAL", "district": "DISTRICT"}
LEVELS["enterprise"] = "ENTERPRISE"


#: Months and days that are compared; years are those of which a standing is kept.
FIRST, LAST = "2019-01-01", "2027-12-31"


def counted(series: str, bucket: str, value: str, source: str) -> str:
    """Enterprises by place, period and value."""
    return f"""SELECT '{series}' AS series, ({bucket})::int AS bucket, {PLACE}, {value} AS value,
        count(DISTINCT e.uscc) AS entities, {NOTHING} FROM {source} GROUP BY 1, 2, 3, 4, 5, 6"""


def standing(series: str, day: str, source: str, value: str = "''") -> str:
    """What happened up to the end of each year: one event an enterprise and day."""
    return f"""SELECT '{series}', y.y, {PLACE}, {value}, count(DISTINCT (e.uscc, {day})), {NOTHING}
        FROM generate_series(2000, 2035) AS y (y), {source} AND {day} <= make_date(y.y, 12, 31)
        GROUP BY 1, 2, 3, 4, 5, 6"""


def so_far(series: str, day: str, source: str) -> str:
    """What happened in a month or in those before it in its year."""
    return f"""SELECT '{series}', to_char(m, 'YYYYMM')::int, {PLACE}, '', count(DISTINCT (e.uscc, {day})), {NOTHING}
        FROM generate_series(timestamp '{FIRST}', '{LAST}', interval '1 month') AS m, {source}
        AND {day} >= date_trunc('year', m) AND {day} < m + interval '1 month'
        GROUP BY 1, 2, 3, 4, 5, 6"""


def that_day(series: str, day: str, source: str) -> str:
    return f"""SELECT '{series}', to_char({day}, 'YYYYMMDD')::int, {PLACE}, '', count(DISTINCT e.uscc), {NOTHING}
        FROM {source} AND {day} BETWEEN '{FIRST}' AND '{LAST}' GROUP BY 1, 2, 3, 4, 5, 6"""


def validity(series: str, table: str, first: str, last: str, counts: str) -> list[str]:
    """First days in force, of which the day before is not covered; days after the last, that are not covered."""

    def uncovered(day: str) -> str:
        covers = counts.replace("c.", "o.")
        return f"""NOT EXISTS (SELECT FROM {table} AS o WHERE o.uscc = c.uscc AND {covers}
            AND {day} BETWEEN o.{first} AND o.{last})"""

    rows = f"enterprise AS e JOIN {table} AS c USING (uscc) WHERE {counts} AND "
    begins, ends = f"c.{first}", f"c.{last} + 1"
    return [
        select(f"{series}_{event}", day, rows + uncovered(probe))
        for event, day, probe in (("FROM", begins, f"{begins} - 1"), ("TO", f"({ends})", ends))
        for select in (standing, so_far, that_day)
    ]


def vouchers(series: str, value: str) -> str:
    return f"""SELECT '{series}', v.year, {PLACE}, {value}, count(DISTINCT v.uscc), count(*), sum(v.applied_amount),
        coalesce(sum(v.approved_amount), 0) FROM voucher_application AS v JOIN enterprise AS e USING (uscc)
        GROUP BY 1, 2, 3, 4, 5, 6"""


REPORTS = f"annual_report AS r JOIN enterprise AS e USING (uscc) WHERE {IN_LIBRARY}"

LIBRARY = "enterprise AS e WHERE e.in_library"

TALLY = "\nUNION ALL\n".join(
    [
        standing("REGISTERED", "e.established_on", "enterprise AS e WHERE e.operating_status <> 'CANCELLED'"),
        standing("IN_LIBRARY", LIBRARY_DAY, LIBRARY),
        so_far("IN_LIBRARY", LIBRARY_DAY, LIBRARY),
        standing("IN_LIBRARY_INDUSTRY", LIBRARY_DAY, LIBRARY, "coalesce(e.industry_category, 'UNKNOWN')"),
        standing("IN_LIBRARY_FIELD", LIBRARY_DAY, LIBRARY, "coalesce(e.hi_tech_field, 'NONE')"),
        counted(
            "IN_LIBRARY_SIZE",
            "r.year",
            "r.enterprise_size",
            f"{REPORTS} AND r.status = 'APPROVED' AND r.enterprise_size IN ('LARGE', 'MEDIUM', 'SMALL', 'MICRO')",
        ),
        counted("REPORTED", "r.year", "r.status", f"{REPORTS} AND r.status <> 'DRAFT'"),
        counted("ABOVE_SCALE", "r.year", "''", f"{REPORTS} AND r.status = 'APPROVED' AND r.is_above_scale_industrial"),
        *validity("HNTE", "hnte_certificate", "issued_on", "expires_on", "c.status IN ('VALID', 'EXPIRED')"),
        *validity("TECH_SME", "tech_sme_registration", "registered_on", "valid_until", "true"),
        vouchers("VOUCHER_ALL", "''"),
        vouchers("VOUCHER_TYPE", "v.type"),
        vouchers("VOUCHER_SIZE", "coalesce(v.enterprise_size, 'UNCLASSIFIED')"),
        vouchers("VOUCHER_INDUSTRY", "coalesce(v.industry_category, 'UNKNOWN')"),
        vouchers("VOUCHER_FIELD", "coalesce(v.hi_tech_field, 'NONE')"),
    ]
)

LIVE_TALLY = """
    SELECT series, bucket, unit_code, district_code, zone_code, value,
        sum(entities), sum(records), sum(applied), sum(approved)
    FROM live_tally
    WHERE bucket < 10000 OR bucket BETWEEN 201901 AND 202712 OR bucket BETWEEN 20190101 AND 20271231
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(entities) <> 0 OR sum(records) <> 0 OR sum(applied) <> 0 OR sum(approved) <> 0
"""

_OF_REPORT = "AS i WHERE i.uscc = r.uscc AND i.year = r.year"

SUMS = f"""
    SELECT r.year, {PLACE}, count(*),
        {", ".join(f"coalesce(sum(r.{name}), 0), count(r.{name})" for name in MEASURES)},
        {
    ", ".join(
        f"sum((SELECT count(*) FROM report_platform {_OF_REPORT} AND i.level = '{level}'))" for level in LEVELS.values()
    )
},
        count(*) FILTER (WHERE EXISTS (SELECT FROM report_platform {_OF_REPORT})),
        sum((SELECT count(*) FROM report_standard {_OF_REPORT} AND i.role = 'LEAD')),
        sum((SELECT count(*) FROM report_standard {_OF_REPORT} AND i.role = 'PARTICIPATE')),
        sum((SELECT count(*) FROM report_award {_OF_REPORT})),
        sum((SELECT count(*) FROM report_product {_OF_REPORT}))
    FROM annual_report AS r JOIN enterprise AS e USING (uscc)
    WHERE r.status = 'APPROVED' GROUP BY 1, 2, 3, 4
"""

_COUNTED = (*(f"platforms_{name}" for name in LEVELS), "with_platform", "standards_led", "standards_participated")

LIVE_SUMS = f"""
    SELECT year, unit_code, district_code, zone_code, sum(reports),
        {", ".join(f"sum({name}), sum({name}_reported)" for name in MEASURES)},
        {", ".join(f"sum({name})" for name in (*_COUNTED, "science_awards", "hi_tech_products"))}
    FROM live_report_sums GROUP BY 1, 2, 3, 4 HAVING sum(reports) <> 0
"""


def differing(kept: str, recounted: str) -> str:
    """Rows that stand in one and not in the other, with the side they stand on."""
    return f"""
        WITH kept AS MATERIALIZED ({kept}), recounted AS MATERIALIZED ({recounted})
        SELECT 'kept' AS side, k.* FROM (TABLE kept EXCEPT ALL TABLE recounted) AS k
        UNION ALL SELECT 'recounted', r.* FROM (TABLE recounted EXCEPT ALL TABLE kept) AS r
    """


DIFFERENCES = (differing(LIVE_TALLY, TALLY), differing(LIVE_SUMS, SUMS))
