-- The lists of the reports just drawn: as many rows as the report was drawn to have.

INSERT INTO report_product (uscc, year, no, name, hi_tech_field, recognition_no, recognized_on, sales_revenue, is_major_new_product)
SELECT
    e.uscc, s.year, no,
    coalesce(left(e.awkward, 120), '') || word_letter(e.i, 300 + no) || word_product(k.key, 301)
    || CASE WHEN r(k.key, 302, 3) = 0 THEN 'V' || (1 + r(k.key, 303, 9)) || '.0' ELSE '' END,
    CASE WHEN r(k.key, 304, 12) > 0 THEN coalesce(e.hi_tech_field, any_hi_tech_field(k.key, 305)) END,
    CASE WHEN r(k.key, 306, 2) = 0 THEN '渝高新产' || s.year || lpad(r(k.key, 307, 100000)::text, 5, '0') END,
    CASE WHEN r(k.key, 306, 2) = 0 THEN make_date(s.year, 1, 1) + r(k.key, 308, 360) END,
    CASE WHEN r(k.key, 309, 8) > 0 THEN kyuan(s.revenue / (2 + no + r(k.key, 310, 10))) END,
    r(k.key, 311, 10) = 0
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.products) AS no
CROSS JOIN LATERAL (SELECT s.key * 16 + no AS key OFFSET 0) AS k
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, no;

-- == report_standard

INSERT INTO report_standard (uscc, year, no, standard_no, name, level, role, rank, published_on, in_force)
SELECT
    e.uscc, s.year, no,
    (CASE any_standard_level(k.key, 320)
        WHEN 'INTERNATIONAL' THEN 'ISO ' WHEN 'NATIONAL' THEN 'GB/T ' WHEN 'INDUSTRY' THEN 'QC/T '
        WHEN 'LOCAL' THEN 'DB50/T ' WHEN 'GROUP' THEN 'T/CQ ' ELSE 'Q/KQ ' END)
    || (1000 + r(k.key, 321, 40000)) || '-' || (s.year - r(k.key, 322, 6)),
    coalesce(left(e.awkward, 120), '') || word_product(k.key, 323) || '技术规范',
    any_standard_level(k.key, 320),
    CASE WHEN r(k.key, 324, 4) = 0 THEN 'LEAD' ELSE 'PARTICIPATE' END,
    CASE WHEN r(k.key, 325, 5) > 0 THEN 1 + r(k.key, 326, 12) END,
    CASE WHEN r(k.key, 327, 10) > 0 THEN make_date(s.year - r(k.key, 322, 6), 1, 1) + r(k.key, 328, 360) END,
    CASE WHEN r(k.key, 329, 10) > 0 THEN r(k.key, 330, 12) > 0 END
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.standards) AS no
CROSS JOIN LATERAL (SELECT s.key * 16 + no AS key OFFSET 0) AS k
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, no;

-- == report_platform

INSERT INTO report_platform (uscc, year, no, name, kind, level, approved_on, approver, certificate_no)
SELECT
    e.uscc, s.year, no,
    coalesce(left(e.awkward, 120), '') || word_research_topic(k.key, 340) || '研发平台',
    any_platform_kind(k.key, 341),
    ('{NATIONAL,MINISTERIAL,MUNICIPAL,DISTRICT,ENTERPRISE}'::text[])[1 + width_bucket(r(k.key, 342, 100), CASE WHEN e.is_keen THEN '{6,16,60,80}' ELSE '{3,8,35,60}' END::int[])],
    CASE WHEN r(k.key, 343, 10) > 0 THEN make_date(s.year - r(k.key, 344, 8), 1, 1) + r(k.key, 345, 360) END,
    CASE WHEN r(k.key, 346, 10) > 0 THEN word_department(k.key, 347) END,
    CASE WHEN r(k.key, 348, 3) = 0 THEN '渝科发〔' || (s.year - r(k.key, 344, 8)) || '〕' || (1 + r(k.key, 349, 300)) || '号' END
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.platforms) AS no
CROSS JOIN LATERAL (SELECT s.key * 16 + no AS key OFFSET 0) AS k
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, no;

-- == report_listing

INSERT INTO report_listing (uscc, year, no, board, stock_code, listed_on, status)
SELECT
    e.uscc, s.year, no,
    any_listing_board(k.key, 350),
    CASE WHEN t.status IN ('LISTED', 'DELISTED') THEN (100000 + r(k.key, 351, 800000))::text END,
    CASE WHEN t.status IN ('LISTED', 'DELISTED') THEN make_date(s.year - r(k.key, 352, 6), 1, 1) + r(k.key, 353, 360) END,
    t.status
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.listings) AS no
-- By enterprise, not by report: a board does not change from year to year.
CROSS JOIN LATERAL (SELECT s.i * 16 + no AS key OFFSET 0) AS k
CROSS JOIN LATERAL (SELECT any_listing_status(s.key * 16 + no, 354) AS status OFFSET 0) AS t
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, no;

-- == report_award

INSERT INTO report_award (uscc, year, no, level, name, grade, rank, award_year)
SELECT
    e.uscc, s.year, no,
    any_government_level(k.key, 360),
    coalesce(left(e.awkward, 120), '') || word_research_topic(k.key, 361) || '关键技术及应用',
    CASE WHEN r(k.key, 362, 10) > 0 THEN any_award_grade(k.key, 363) END,
    CASE WHEN r(k.key, 364, 5) > 0 THEN 1 + r(k.key, 365, 9) END,
    CASE WHEN r(k.key, 366, 10) > 0 THEN s.year - r(k.key, 367, 5) END
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.awards) AS no
CROSS JOIN LATERAL (SELECT s.key * 16 + no AS key OFFSET 0) AS k
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, no;

-- == report_project

INSERT INTO report_project (uscc, year, no, level, name, funding, project_year)
SELECT
    e.uscc, s.year, no,
    any_government_level(k.key, 370),
    coalesce(left(e.awkward, 120), '') || word_research_topic(k.key, 371) || '技术研究与示范',
    CASE WHEN r(k.key, 372, 8) > 0 THEN kyuan(r(k.key, 373, 200) * 50000::bigint) END,
    CASE WHEN r(k.key, 374, 10) > 0 THEN s.year - r(k.key, 375, 3) END
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.projects) AS no
CROSS JOIN LATERAL (SELECT s.key * 16 + no AS key OFFSET 0) AS k
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, no;
