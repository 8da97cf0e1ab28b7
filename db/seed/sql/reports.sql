-- Annual reports: which there are, in what state, and how many list rows each has.

INSERT INTO report_drawn
SELECT
    e.i, e.by_uscc, y AS year,
    k.key,
    hashint8extended(k.key, seed_offset() + 1) AS h1,
    CASE
        WHEN r(k.key, 201, 1000) < d.settled THEN 'APPROVED'
        ELSE ('{DRAFT,PENDING_DISTRICT,REJECTED_DISTRICT,PENDING_MUNICIPAL,REJECTED_MUNICIPAL,PENDING_DISTRICT}'::text[])[
            1 + r(k.key, 202, 6)]
    END AS status,
    1 + (r(k.key, 203, 100) < 9)::int + (r(k.key, 203, 100) < 1)::int AS version,
    -- Reports of a year are due by the end of May of the next.
    make_timestamptz(y + 1, 2, 1, 0, 0, 0, 'Asia/Shanghai') + r(k.key, 204, 10000000) * interval '1 second' AS submitted_at,
    -- Yuan: the enterprise's scale, its growth since 2018, and the luck of the year.
    CASE WHEN r(k.key, 205, 60) = 0 THEN 0 ELSE
        (e.yearly_yuan * greatest(100, 1000 + (e.growth_permille - 1000) * (y - 2018)) / 1000)
        * (850 + r(k.key, 206, 300)) / 1000
    END AS revenue,
    t.is_hnte,
    e.is_tech_sme AND r(k.key, 242, 100) < 85 AS is_tech_sme,
    CASE WHEN t.is_hnte THEN 1 + r(k.key, 207, 8) WHEN i <= 40 THEN 1 WHEN r(k.key, 208, 10) < 3 THEN 1 + r(k.key, 209, 3) ELSE 0 END AS products,
    CASE WHEN r(k.key, 210, 100) < 7 + e.ip_level / 8 THEN 1 + r(k.key, 211, 3) ELSE 0 END AS standards,
    CASE WHEN r(k.key, 212, 100) < 10 + e.ip_level / 6 + CASE WHEN e.is_keen AND e.yearly_yuan > 150000000 THEN 65 WHEN e.is_keen THEN 35 ELSE 0 END THEN 1 + r(k.key, 213, 2) ELSE 0 END AS platforms,
    CASE WHEN r(i, 214, 100) < 4 THEN 1 + (r(i, 215, 6) = 0)::int ELSE 0 END AS listings,
    CASE WHEN r(k.key, 216, 100) < 4 + e.ip_level / 20 THEN 1 + (r(k.key, 217, 5) = 0)::int ELSE 0 END AS awards,
    CASE WHEN r(k.key, 218, 100) < 9 + e.ip_level / 10 THEN 1 + r(k.key, 219, 2) ELSE 0 END AS projects
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series($3::int, $4::int) AS y
CROSS JOIN LATERAL (SELECT e.i * 64 + y - 2000 AS key OFFSET 0) AS k
-- Permille of reports that are settled: nearly all of the early years, three in four of the last.
CROSS JOIN LATERAL (SELECT CASE WHEN y <= 2020 THEN 970 WHEN y = 2021 THEN 930 ELSE 740 END AS settled OFFSET 0) AS d
CROSS JOIN LATERAL (
    SELECT coalesce(y >= e.hnte_year AND y < e.hnte_until, false) AS is_hnte OFFSET 0
) AS t
WHERE
    e.by_uscc BETWEEN $1 AND $2
    AND y >= extract(year FROM e.established_on)
    AND NOT (e.basic_status = 'DRAFT' AND e.versions = 1)
    -- The awkward first forty never miss a year.
    AND (i <= 40 OR r(k.key, 200, 100) >= 3);

-- == annual_report

WITH filed AS (
INSERT INTO annual_report (
    uscc, year, unit_code, status, version, submitted_at,
    name, district_code, zone_code, established_on, industry_code, hi_tech_field, registration_type,
    registered_capital, legal_representative, is_incubator_tenant, incubator_name, reporter_name, reporter_mobile,
    major_safety_quality_accident, serious_environmental_violation, serious_research_dishonesty, in_abnormal_list,
    in_serious_illegal_list, restricted_industry,
    gross_output, operating_revenue, main_business_revenue, other_business_revenue, total_income,
    high_tech_product_revenue, technology_revenue, total_cost_expense, total_profit, net_profit, tax_paid,
    tax_relief_total, super_deduction_relief, rd_expense, rd_expense_domestic, rd_expense_prev1, rd_expense_prev2,
    sales_revenue_prev1, sales_revenue_prev2, total_assets, total_assets_begin, net_assets, net_assets_begin,
    total_liabilities, export_value, venture_capital, latest_valuation_usd, total_financing_usd,
    patent_applications, invention_applications, pct_applications, granted_this_year, valid_invention_patents,
    of_which_main_business, valid_utility_models, valid_designs, software_copyrights, ic_layouts, plant_varieties,
    other_class_i, trademarks, ip_self_developed, achievement_conversions, conversions_last3_years,
    tech_contract_count, tech_contract_amount, papers, star_flags,
    staff_total, sci_tech_staff, rd_staff, doctors, masters, bachelors, associate_degree, senior_titles,
    intermediate_titles, new_graduates_hired, foreign_experts, high_level_talents,
    has_rd_department, has_rd_management_system, has_rd_expense_ledger, has_industry_university_cooperation,
    instruments_value, equity_financing,
    is_hnte, certificate_no, issued_on, expires_on, recognition_times, plan_to_apply, plan_year, is_tech_sme,
    tech_sme_no, tech_sme_valid_until, hi_tech_product_count
)
SELECT
    e.uscc, s.year, e.unit, s.status, s.version, CASE WHEN f.filed THEN s.submitted_at END,
    -- Tab 1. An eighth of the optional answers is missing: three bits of h1 to h4 say which.
    e.name, e.district, e.zone, e.established_on, e.industry_code, e.hi_tech_field,
    CASE WHEN given(h1, 0) THEN e.registration_type END,
    e.registered_capital,
    CASE WHEN given(h1, 3) THEN e.legal_representative END,
    CASE WHEN given(h1, 6) THEN r(i, 137, 9) = 0 END,
    CASE WHEN r(i, 137, 9) = 0 THEN coalesce(left(e.awkward, 60), '') || word_incubator(i, 138) END,
    CASE WHEN given(h1, 9) THEN coalesce(left(e.awkward, 20), '') || e.contact_name END,
    CASE WHEN given(h1, 9) THEN e.contact_mobile END,
    CASE WHEN f.filed THEN r(key, 230, 300) = 0 END, CASE WHEN f.filed THEN r(key, 231, 250) = 0 END,
    CASE WHEN f.filed THEN r(key, 232, 400) = 0 END, CASE WHEN f.filed THEN r(key, 233, 60) = 0 END,
    CASE WHEN f.filed THEN r(key, 234, 300) = 0 END, CASE WHEN f.filed THEN r(key, 235, 80) = 0 END,
    -- Tab 2
    CASE WHEN left(e.industry_code, 1) IN ('B', 'C', 'D') AND given(h1, 12) THEN kyuan(s.revenue * (90 + bits(h3, 0, 21)) / 100) END,
    CASE WHEN f.has_figures THEN kyuan(s.revenue) END,
    CASE WHEN f.has_figures THEN kyuan(m.main) END,
    CASE WHEN given(h1, 15) THEN kyuan(s.revenue - m.main) END,
    CASE WHEN m.has_income THEN kyuan(m.income) END,
    CASE WHEN given(h1, 21) THEN kyuan(
        CASE WHEN s.is_hnte OR e.is_keen THEN m.floor_of_income * (58 + bits(h3, 10, 42)) / 100
        WHEN bits(h3, 20, 4) = 0 THEN 0 ELSE m.floor_of_income * bits(h3, 10, 90) / 100 END) END,
    CASE WHEN given(h1, 24) THEN kyuan(m.main * bits(h3, 30, 60) / 100) END,
    CASE WHEN given(h1, 27) THEN kyuan(s.revenue * (70 + bits(h3, 40, 45)) / 100) END,
    CASE WHEN given(h1, 30) THEN kyuan(m.profit) END,
    CASE WHEN given(h1, 33) THEN kyuan(m.profit * (75 + bits(h4, 0, 25)) / 100) END,
    CASE WHEN given(h1, 36) THEN kyuan(m.tax) END,
    CASE WHEN given(h1, 39) THEN kyuan(CASE WHEN bits(h4, 10, 2) = 0 THEN 0 ELSE m.tax * bits(h4, 20, 40) / 100 END) END,
    CASE WHEN given(h1, 42) THEN kyuan(m.rd * bits(h4, 30, 15) / 100) END,
    CASE WHEN f.has_figures THEN kyuan(m.rd) END,
    CASE WHEN f.has_figures AND given(h1, 45) THEN kyuan(m.rd - CASE WHEN bits(h4, 40, 5) = 0 THEN m.rd * bits(h4, 50, 60) / 100 ELSE 0 END) END,
    CASE WHEN given(h1, 48) THEN kyuan(m.rd * (60 + bits(h5, 0, 50)) / 100) END,
    CASE WHEN given(h1, 51) THEN kyuan(m.rd * (40 + bits(h5, 10, 50)) / 100) END,
    CASE WHEN given(h1, 54) THEN kyuan(s.revenue * (70 + bits(h5, 20, 45)) / 100) END,
    CASE WHEN given(h1, 57) THEN kyuan(s.revenue * (55 + bits(h5, 30, 45)) / 100) END,
    CASE WHEN f.has_figures THEN kyuan(m.assets) END,
    CASE WHEN given(h1, 60) THEN kyuan(m.assets * (75 + bits(h5, 40, 35)) / 100) END,
    CASE WHEN f.has_figures THEN kyuan(m.net) END,
    CASE WHEN given(h2, 0) THEN kyuan(m.net * (70 + bits(h5, 50, 45)) / 100) END,
    CASE WHEN f.has_figures AND given(h2, 3) THEN kyuan(m.assets - m.net) END,
    CASE WHEN given(h2, 6) THEN kyuan(CASE WHEN bits(h6, 0, 10) < 8 THEN 0 ELSE s.revenue * bits(h6, 10, 50) / 100 END) END,
    CASE WHEN given(h2, 9) THEN kyuan(CASE WHEN bits(h6, 20, 100) < 96 THEN 0 ELSE s.revenue / 4 + 1000000 END) END,
    CASE WHEN v.is_funded THEN (s.revenue / 2000000 + 5 + bits(h6, 30, 1000))::numeric END,
    CASE WHEN v.is_funded THEN (s.revenue / 20000000 + 1 + bits(h6, 40, 100))::numeric END,
    -- Tab 3
    CASE WHEN given(h2, 12) THEN p.applied END,
    CASE WHEN given(h2, 12) THEN p.applied * bits(h6, 50, 100) / 100 END,
    CASE WHEN given(h2, 15) THEN (bits(h7, 0, 25) = 0)::int * p.applied / 3 END,
    CASE WHEN given(h2, 18) THEN p.applied * bits(h7, 10, 90) / 100 END,
    CASE WHEN p.has_inventions THEN p.inventions END,
    CASE WHEN p.has_inventions AND given(h2, 21) THEN p.inventions * bits(h7, 20, 101) / 100 END,
    CASE WHEN given(h2, 24) THEN p.level * bits(h7, 30, 30) / 30 END,
    CASE WHEN given(h2, 27) THEN p.level * bits(h7, 40, 8) / 20 END,
    CASE WHEN given(h2, 30) THEN CASE WHEN e.hi_tech_field = 'ELECTRONIC_INFORMATION' THEN 2 ELSE 0 END + p.level * bits(h7, 50, 20) / 30 END,
    CASE WHEN given(h2, 33) THEN (bits(h8, 0, 60) = 0)::int * (1 + bits(h8, 10, 6)) END,
    CASE WHEN given(h2, 36) THEN (bits(h8, 20, 150) = 0)::int * (1 + bits(h8, 10, 3)) END,
    CASE WHEN given(h2, 39) THEN (bits(h8, 30, 120) = 0)::int END,
    CASE WHEN given(h2, 42) THEN bits(h8, 40, 12) END,
    CASE WHEN given(h2, 45) THEN bits(h8, 50, 10) < 8 END,
    CASE WHEN given(h2, 48) THEN p.level * bits(h9, 0, 10) / 40 END,
    CASE WHEN given(h2, 51) THEN p.level * bits(h9, 10, 25) / 40 + e.is_keen::int * (4 + bits(h9, 10, 14)) END,
    CASE WHEN given(h2, 54) THEN c.contracts END,
    CASE WHEN given(h2, 54) THEN kyuan(c.contracts * (20000 + bits(h9, 20, 1000) * 700::bigint)) END,
    CASE WHEN given(h2, 57) THEN (bits(h9, 30, 6) = 0)::int * bits(h9, 40, 20) END,
    CASE WHEN bits(h9, 50, 64) = 0 THEN ARRAY[any_star_flag(key, 240)] ELSE '{}' END,
    -- Tab 5
    CASE WHEN f.has_figures THEN w.staff END,
    CASE WHEN f.has_figures THEN greatest(1, w.staff * (8 + bits(h10, 0, 60)) / 100) END,
    CASE WHEN given(h2, 60) THEN w.staff * (4 + bits(h10, 0, 60) * 3 / 4) / 100 END,
    CASE WHEN given(h11, 0) THEN w.staff * bits(h10, 10, 5) / 200 END,
    CASE WHEN given(h11, 3) THEN w.staff * bits(h10, 20, 13) / 100 END,
    CASE WHEN given(h11, 6) THEN w.staff * bits(h10, 30, 41) / 100 END,
    CASE WHEN given(h11, 9) THEN w.staff * bits(h10, 40, 31) / 100 END,
    CASE WHEN given(h11, 12) THEN w.staff * bits(h10, 50, 7) / 100 END,
    CASE WHEN given(h11, 15) THEN w.staff * bits(h10, 10, 14) / 100 END,
    CASE WHEN given(h11, 18) THEN w.staff * bits(h10, 20, 9) / 100 END,
    CASE WHEN given(h11, 21) THEN w.staff * (bits(h10, 30, 50) = 0)::int * 2 / 100 END,
    CASE WHEN given(h11, 24) THEN w.staff * bits(h10, 40, 3) / 200 END,
    -- Tabs 6 and 7
    CASE WHEN given(h11, 27) THEN bits(h12, 0, 10) < 6 + 3 * e.is_keen::int END,
    CASE WHEN given(h11, 30) THEN bits(h12, 10, 10) < 6 + 3 * e.is_keen::int END,
    CASE WHEN given(h11, 33) THEN bits(h12, 20, 10) < 5 + 3 * e.is_keen::int END,
    CASE WHEN given(h11, 36) THEN bits(h12, 30, 10) < 3 + 4 * e.is_keen::int END,
    CASE WHEN given(h11, 39) THEN kyuan(CASE WHEN bits(h12, 40, 3) = 0 THEN 0 ELSE s.revenue * bits(h12, 50, 25) / 100 END) END,
    CASE WHEN given(h11, 42) THEN kyuan(CASE WHEN s.listings > 0 THEN s.revenue / 3 ELSE 0 END) END,
    -- Tab 8
    CASE WHEN f.filed THEN s.is_hnte END,
    CASE WHEN s.is_hnte THEN hnte_no(i, g.issued, e.is_dalian) END,
    CASE WHEN s.is_hnte THEN hnte_issued_on(i, g.issued, e.hnte_year) END,
    CASE WHEN s.is_hnte THEN (hnte_issued_on(i, g.issued, e.hnte_year) + interval '3 years')::date END,
    CASE WHEN s.is_hnte THEN 1 + (g.issued - e.hnte_year) / 3 WHEN given(h11, 48) THEN 0 END,
    CASE WHEN NOT s.is_hnte AND given(h11, 45) THEN g.plans END,
    CASE WHEN NOT s.is_hnte AND given(h11, 45) AND g.plans THEN s.year + 1 + bits(h12, 0, 2) END,
    CASE WHEN f.filed THEN s.is_tech_sme END,
    CASE WHEN f.filed AND s.is_tech_sme THEN tech_sme_no(i, s.year) END,
    CASE WHEN f.filed AND s.is_tech_sme THEN make_date(s.year + 1, 3, 31) END,
    s.products
FROM report_drawn AS s
JOIN enterprise_form AS e USING (i, by_uscc)
-- OFFSET 0 keeps the planner from computing these again for each use.
CROSS JOIN LATERAL (
    SELECT
        hashint8extended(key, seed_offset() + 2) AS h2, hashint8extended(key, seed_offset() + 3) AS h3,
        hashint8extended(key, seed_offset() + 4) AS h4, hashint8extended(key, seed_offset() + 5) AS h5,
        hashint8extended(key, seed_offset() + 6) AS h6, hashint8extended(key, seed_offset() + 7) AS h7,
        hashint8extended(key, seed_offset() + 8) AS h8, hashint8extended(key, seed_offset() + 9) AS h9,
        hashint8extended(key, seed_offset() + 10) AS h10, hashint8extended(key, seed_offset() + 11) AS h11,
        hashint8extended(key, seed_offset() + 12) AS h12
    OFFSET 0
) AS h
CROSS JOIN LATERAL (
    -- What was ever filed is complete; every second draft has no figures yet.
    SELECT s.status <> 'DRAFT' AS filed, s.status <> 'DRAFT' OR bits(h12, 40, 2) = 0 AS has_figures OFFSET 0
) AS f
CROSS JOIN LATERAL (
    SELECT
        s.revenue * (100 - bits(h2, 0, 20)) / 100 AS main,
        s.revenue * (100 + bits(h2, 10, 8)) / 100 AS income,
        s.revenue AS floor_of_income,
        f.has_figures AND given(h1, 18) AS has_income,
        s.revenue * (bits(h2, 20, 45) - 15) / 100 AS profit,
        s.revenue * (1 + bits(h2, 30, 9)) / 100 AS tax,
        s.revenue * e.rd_permille / 1000 * (80 + bits(h2, 40, 40)) / 100 AS rd,
        q.assets,
        q.assets * (bits(h3, 50, 100) - 8) / 100 AS net
    FROM (SELECT (s.revenue + 500000) * (50 + bits(h2, 50, 250)) / 100 AS assets OFFSET 0) AS q
    OFFSET 0
) AS m
CROSS JOIN LATERAL (SELECT least(200000, 1 + s.revenue / e.yuan_per_head)::int AS staff OFFSET 0) AS w
CROSS JOIN LATERAL (
    SELECT
        q.level, q.level * bits(h6, 0, 12) / 10 AS applied,
        given(h8, 60) AS has_inventions, q.level * (bits(h6, 10, 10) + 4 * e.is_keen::int) / 15 AS inventions
    FROM (
        SELECT (e.ip_level * greatest(1, s.year - 2014) / 40) * (1 + least(w.staff, 4000) / 150) AS level OFFSET 0
    ) AS q
    OFFSET 0
) AS p
CROSS JOIN LATERAL (SELECT bits(h6, 20, 100) >= 99 - 3 * e.is_keen::int AND e.rd_permille > 0 AS is_funded OFFSET 0) AS v
CROSS JOIN LATERAL (SELECT (bits(h3, 20, 6) = 0)::int * (1 + bits(h3, 30, 12)) AS contracts OFFSET 0) AS c
CROSS JOIN LATERAL (
    SELECT e.hnte_year + (s.year - e.hnte_year) / 3 * 3 AS issued, bits(h12, 20, 4) = 0 AS plans OFFSET 0
) AS g
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year
RETURNING uscc, year, enterprise_size
)
INSERT INTO report_filed
SELECT uscc, year, enterprise_size FROM filed;
