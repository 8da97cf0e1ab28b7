-- Review records, as the statuses say they must be: a rejection carries a reason, the bureau decides
-- after the district, and a report of version n was returned n - 1 times.

INSERT INTO review_record (
    target_type, uscc, unit_code, target_year, target_version, level, decision, opinion, reviewer, reviewer_unit, decided_at
)
SELECT
    'BASIC_INFO', e.uscc, e.unit, NULL, b.version, 'DISTRICT',
    CASE b.status WHEN 'APPROVED' THEN 'APPROVE' ELSE 'REJECT' END,
    opinion(b.key, b.status = 'APPROVED', e.awkward),
    'district-' || e.unit, e.unit,
    b.submitted_at + (7200 + r(b.key, 400, 165600)) * interval '1 second'
FROM basic_info_drawn AS b
JOIN enterprise_drawn AS e USING (i, by_uscc)
WHERE e.by_uscc BETWEEN $1 AND $2 AND b.status IN ('APPROVED', 'REJECTED_DISTRICT')
ORDER BY b.by_uscc, b.version;

-- == of_reports

INSERT INTO review_record (
    target_type, uscc, unit_code, target_year, target_version, level, decision, opinion, reviewer, reviewer_unit, decided_at
)
SELECT
    'ANNUAL_REPORT', e.uscc, e.unit, s.year, v,
    step.level, step.decision, opinion(s.key * 8 + v * 2 + step.no, step.decision = 'APPROVE', e.awkward),
    CASE step.level WHEN 'DISTRICT' THEN 'district-' || e.unit ELSE 'municipal-1' END,
    CASE step.level WHEN 'DISTRICT' THEN e.unit END,
    -- Earlier versions were filed, and returned, three weeks apart.
    s.submitted_at - (s.version - v) * 1814400 * interval '1 second'
        + (step.no * 432000 + r(s.key * 8 + v * 2 + step.no, 401, 400000)) * interval '1 second'
FROM report_drawn AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
CROSS JOIN LATERAL generate_series(1, s.version) AS v
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN v = s.version THEN s.status
        WHEN r(s.key * 8 + v, 402, 4) = 0 THEN 'REJECTED_MUNICIPAL'
        ELSE 'REJECTED_DISTRICT'
    END AS status
    OFFSET 0
) AS o
JOIN review_step AS step ON step.status = o.status
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year, v, step.no;
