-- Vouchers: some enterprises of the library apply in a year, for one to three of them, mostly of different types. Each
-- has the amounts of the steps it has come through; now and then one of them was not written down.

INSERT INTO voucher_application (
    id, uscc, unit_code, year, type, status, applied_amount, approved_amount, issued_amount, used_amount, redeemed_amount,
    applied_on, service_provider, service_contract_no, enterprise_size, industry_category, hi_tech_field
)
SELECT
    account_id('voucher-' || k.key), e.uscc, e.unit, y,
    -- Every sixth further application is for the type of the one before it.
    any_voucher_type(k.key - (no > 1 AND r(k.key, 740, 6) = 0)::int, 741),
    s.status,
    a.applied,
    CASE WHEN s.step >= 1 AND r(k.key, 742, 20) > 0 THEN a.approved END,
    CASE WHEN s.step >= 2 AND r(k.key, 743, 25) > 0 THEN a.approved END,
    CASE
        WHEN s.step >= 3 AND r(k.key, 744, 25) > 0 THEN a.used
        WHEN s.status = 'EXPIRED' AND r(k.key, 744, 2) = 0 THEN 0
    END,
    CASE WHEN s.step >= 4 THEN a.used WHEN s.status = 'REDEEMING' AND r(k.key, 745, 2) = 0 THEN 0 END,
    make_date(y, 2, 20) + r(k.key, 746, 280),
    CASE WHEN s.step >= 3 THEN coalesce(left(e.awkward, 100), '') || word_service_provider(k.key, 747) END,
    CASE WHEN s.step >= 3 AND r(k.key, 748, 6) > 0 THEN '服务〔' || y || '〕' || padded(r(k.key, 749, 100000), 5) || '号' END,
    f.enterprise_size, keqi_industry_category(e.industry_code), e.hi_tech_field
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series(2019, 2022) AS y
CROSS JOIN LATERAL (SELECT e.i * 64 + y - 2000 AS key OFFSET 0) AS o
CROSS JOIN LATERAL generate_series(
    1,
    CASE WHEN i <= 40 OR r(o.key, 730, 100) < 7 + 12 * e.is_keen::int THEN 1 + width_bucket(r(o.key, 731, 10), '{5,8}'::int[]) ELSE 0 END
) AS no
CROSS JOIN LATERAL (SELECT o.key * 4 + no AS key OFFSET 0) AS k
CROSS JOIN LATERAL (
    SELECT
        ('{APPLIED,REJECTED,APPROVED,ISSUED,EXPIRED,USED,REDEEMING,REDEEMED}'::text[])[n] AS status,
        -- Steps behind it: approved, issued, used, redeemed.
        ('{0,0,1,2,2,3,3,4}'::int[])[n] AS step
    FROM (SELECT 1 + width_bucket(r(k.key, 732, 100), CASE y WHEN 2022
        THEN '{20,26,38,52,54,66,76}' ELSE '{3,12,16,22,34,42,46}' END::int[]) AS n OFFSET 0) AS drawn_status
    OFFSET 0
) AS s
CROSS JOIN LATERAL (
    SELECT
        p.applied,
        (p.applied * (10 - r(k.key, 736, 3) * r(k.key, 737, 3)) / 10)::numeric(18, 4) AS approved,
        (p.applied * (10 - r(k.key, 736, 3) * r(k.key, 737, 3)) / 10 * (10 - r(k.key, 738, 3) * 2) / 10)::numeric(18, 4) AS used
    FROM (
        SELECT CASE WHEN r(k.key, 733, 4) > 0 THEN (1 + r(k.key, 734, 20))::numeric ELSE r(k.key, 735, 200001) * 0.0001 END AS applied
        OFFSET 0
    ) AS p
    OFFSET 0
) AS a
LEFT JOIN report_filed AS f ON f.uscc = e.uscc AND f.year = y
WHERE e.by_uscc BETWEEN $1 AND $2 AND e.in_library_on <= make_date(y, 12, 31) AND e.library_state = 'IN'
ORDER BY e.by_uscc, y, no;
