-- The registers, as the enterprises and their reports say them; they go on after the last reports, so that some entries
-- are in force whenever this is read. What a status says, it says of the end of 2022.

INSERT INTO tech_enterprise_record (tech_enterprise_no, uscc, unit_code, filed_on, valid_until, status, last_update_on)
SELECT
    tech_enterprise_no(i, f.filed_on) || f.suffix, e.uscc, e.unit, f.filed_on, f.valid_until, f.status,
    CASE WHEN r(i, 750, 10) > 0 THEN greatest(
        f.filed_on, least(f.valid_until, make_date(least(2026, extract(year FROM f.filed_on)::int + r(i, 751, 5)), 3, 1) + r(i, 752, 90))
    ) END
FROM enterprise_drawn AS e
CROSS JOIN LATERAL (
    SELECT
        e.in_library_on AS filed_on,
        '' AS suffix,
        CASE e.library_state WHEN 'IN' THEN 'VALID' ELSE e.library_state END AS status,
        -- Who does not bring its data up to date by the 31st of May falls out (domain §3.3).
        CASE
            WHEN e.library_state <> 'IN' THEN make_date(extract(year FROM e.in_library_on)::int + 1 + r(i, 753, 3), 5, 31)
            WHEN r(i, 754, 5) > 0 THEN make_date(2027 + r(i, 755, 3), 5, 31)
        END AS valid_until
    UNION ALL
    -- Some had fallen out and were filed anew, under a new number.
    SELECT e.in_library_on - 700, 'B', 'LAPSED', e.in_library_on - 700 + 365
    WHERE e.library_state = 'IN' AND r(i, 756, 25) = 0 AND e.in_library_on - 700 >= e.established_on
) AS f
WHERE e.by_uscc BETWEEN $1 AND $2 AND e.library_state IS NOT NULL
ORDER BY e.by_uscc, f.filed_on;

-- == hnte_certificate

INSERT INTO hnte_certificate (certificate_no, uscc, unit_code, batch, issued_on, expires_on, status)
SELECT
    hnte_no(i, y, e.is_dalian), e.uscc, e.unit,
    CASE WHEN r(i * 16 + no, 760, 10) > 0 THEN y || '年第' || (ARRAY['一', '二', '三', '四'])[1 + r(i * 16 + no, 761, 4)] || '批' END,
    c.issued_on, c.expires_on,
    CASE
        WHEN no = e.hnte_terms - 1 AND hnte_revoked(i) THEN 'REVOKED'
        WHEN c.expires_on < '2022-12-31' THEN 'EXPIRED'
        ELSE 'VALID'
    END
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series(0, e.hnte_terms - 1) AS no
CROSS JOIN LATERAL (SELECT e.hnte_year + 3 * no AS y OFFSET 0) AS t
CROSS JOIN LATERAL (
    SELECT q.issued_on, (q.issued_on + interval '3 years')::date AS expires_on
    FROM (SELECT hnte_issued_on(i, y, e.hnte_year) AS issued_on OFFSET 0) AS q
    OFFSET 0
) AS c
WHERE e.by_uscc BETWEEN $1 AND $2 AND y <= 2025
ORDER BY e.by_uscc, y;

-- == tech_sme_registration

INSERT INTO tech_sme_registration (registration_no, uscc, unit_code, registered_on, valid_until)
SELECT
    tech_sme_no(i, s.year), e.uscc, e.unit,
    make_date(s.year, 4, 6) + r(e.i * 64 + s.year - 2000, 770, 200), make_date(s.year + 1, 3, 31)
FROM (
    SELECT i, by_uscc, year FROM report_drawn WHERE is_tech_sme AND status <> 'DRAFT'
    UNION ALL
    SELECT i, by_uscc, 2026 FROM enterprise_drawn
    WHERE by_uscc BETWEEN $1 AND $2 AND is_tech_sme AND established_on < '2026-01-01' AND r(i * 64 + 26, 242, 100) < 60
) AS s
JOIN enterprise_drawn AS e USING (i, by_uscc)
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY s.by_uscc, s.year;
