-- Credit ratings of enterprises that are in the library by the end of the year, and the loans given on them.
-- Scores and bands are those of domain §3.4 [P]; in keqi itself grades are imported facts.

INSERT INTO credit_rating (
    uscc, year, unit_code, grade, credit_limit, score,
    factor_ip, factor_rd, factor_talent, factor_product, factor_enterprise, factor_operation, rated_on, valid_until
)
SELECT
    e.uscc, y, e.unit,
    g.grade,
    -- One limit in twelve is less than the grade's.
    ('{500,400,300,160,80}'::numeric[])[strpos('ABCDE', g.grade)] * CASE WHEN r(k.key, 708, 12) = 0 THEN 0.5 ELSE 1 END,
    g.score,
    f.ip, f.rd, f.talent, f.product, f.enterprise, f.operation,
    g.rated_on,
    CASE WHEN r(k.key, 709, 15) > 0 THEN (g.rated_on + interval '1 year')::date END
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series(2019, 2022) AS y
CROSS JOIN LATERAL (SELECT e.i * 64 + y - 2000 AS key OFFSET 0) AS k
CROSS JOIN LATERAL (
    SELECT
        (least(25, 4 + e.ip_level * 22 / 100 + r(k.key, 700, 40) * 0.1))::numeric(5, 2) AS ip,
        (least(25, 9 + e.rd_permille / 9 + r(k.key, 701, 40) * 0.1))::numeric(5, 2) AS rd,
        -- An eighth of the bonus factors was not assessed.
        CASE WHEN r(k.key, 702, 8) > 0 THEN (2 + r(i, 710, 60) * 0.1 + r(k.key, 703, 20) * 0.1)::numeric(5, 2) END AS talent,
        CASE WHEN r(k.key, 702, 9) > 0 THEN (3 + r(i, 711, 100) * 0.1 + r(k.key, 704, 20) * 0.1)::numeric(5, 2) END AS product,
        CASE WHEN r(k.key, 702, 10) > 0 THEN (3 + 4 * e.is_keen::int + r(i, 712, 20) * 0.1)::numeric(5, 2) END AS enterprise,
        (9 + r(i, 713, 80) * 0.1 + r(k.key, 705, 20) * 0.1)::numeric(5, 2) AS operation
    OFFSET 0
) AS f
CROSS JOIN LATERAL (
    -- One rating in twenty-five was left without a score, hence without a grade.
    SELECT
        CASE WHEN r(k.key, 706, 25) > 0 THEN
            f.ip + f.rd + coalesce(f.talent, 0) + coalesce(f.product, 0) + coalesce(f.enterprise, 0) + f.operation
        END AS score
    OFFSET 0
) AS s
CROSS JOIN LATERAL (
    SELECT
        s.score,
        ('{E,D,C,B,A}'::text[])[width_bucket(s.score, '{45,55,65,75,85}'::numeric[])] AS grade,
        make_date(y, 5, 10) + r(k.key, 707, 150) AS rated_on
    OFFSET 0
) AS g
WHERE
    e.by_uscc BETWEEN $1 AND $2
    AND e.in_library_on <= make_date(y, 12, 31)
    AND e.library_state = 'IN'
    AND (i <= 40 OR r(k.key, 714, 10) > 0)
ORDER BY e.by_uscc, y;

-- == credit_loan

INSERT INTO credit_loan (id, uscc, unit_code, bank_code, contract_no, amount, loan_on, due_on, kind, overdue)
SELECT
    account_id('loan-' || k.key), e.uscc, e.unit, bank_code(1 + r(k.key, 720, 2)),
    CASE WHEN r(k.key, 721, 10) > 0 THEN '渝知贷' || y || padded(k.key, 9) END,
    (10 + r(k.key, 722, 490))::numeric + CASE WHEN r(k.key, 723, 8) = 0 THEN r(k.key, 724, 10000) * 0.0001 ELSE 0 END,
    l.loan_on,
    (l.loan_on + (1 + r(k.key, 726, 3)) * interval '1 year')::date,
    CASE WHEN r(k.key, 727, 10) < 7 THEN 'KNOWLEDGE_VALUE' ELSE 'COMMERCIAL' END,
    r(k.key, 728, 40) = 0
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series(2019, 2022) AS y
CROSS JOIN LATERAL (SELECT e.i * 64 + y - 2000 AS key OFFSET 0) AS k
CROSS JOIN LATERAL (SELECT make_date(y, 10, 10) + r(k.key, 725, 120) AS loan_on OFFSET 0) AS l
WHERE
    e.by_uscc BETWEEN $1 AND $2
    AND e.in_library_on <= make_date(y, 12, 31)
    AND e.library_state = 'IN'
    AND (i <= 40 OR r(k.key, 714, 10) > 0)
    AND r(k.key, 729, 100) < 6 + 8 * e.is_keen::int
ORDER BY e.by_uscc, y;
