-- Who may log in, and what enterprises share with banks. Consents are counted from the day given.

INSERT INTO account (id, login, display_name, role, units, uscc, bank_code, department_code, status)
SELECT
    account_id(a.login), a.login, a.display_name, a.role, a.units, NULL, a.bank_code, a.department_code, a.status
FROM (
    SELECT 'district-' || code AS login, name || '科技局' AS display_name, 'DISTRICT_OFFICER' AS role,
        ARRAY[code] AS units, NULL AS bank_code, NULL AS department_code, 'ACTIVE' AS status
    FROM unit WHERE is_jurisdiction
    UNION ALL SELECT 'district-two', '渝北区科技局（兼管两江新区）', 'DISTRICT_OFFICER', '{500112,LIANGJIANG}', NULL, NULL, 'ACTIVE'
    UNION ALL SELECT 'district-former', '已离任', 'DISTRICT_OFFICER', '{500112}', NULL, NULL, 'DISABLED'
    UNION ALL SELECT 'municipal-' || n, '市科技局' || n || '号', 'MUNICIPAL_OFFICER', '{}', NULL, NULL, 'ACTIVE' FROM generate_series(1, 2) AS n
    UNION ALL SELECT 'analyst-1', '统计分析', 'ANALYST', '{}', NULL, NULL, 'ACTIVE'
    UNION ALL SELECT 'admin-1', '平台管理员', 'PLATFORM_ADMIN', '{}', NULL, NULL, 'ACTIVE'
    UNION ALL SELECT 'department-ip', '知识产权局', 'DEPARTMENT_OFFICER', '{}', NULL, 'IP', 'ACTIVE'
    UNION ALL SELECT 'bank-' || lower(code), name, 'BANK_USER', '{}', code, NULL, 'ACTIVE' FROM partner_bank
) AS a
ORDER BY a.login COLLATE "C";

-- == of_enterprises

INSERT INTO account (id, login, display_name, role, uscc, status)
SELECT
    account_id('enterprise-' || lower(e.uscc)), 'enterprise-' || lower(e.uscc), left(e.name, 100), 'ENTERPRISE_USER', e.uscc,
    CASE WHEN r(i, 500, 50) = 0 THEN 'DISABLED' ELSE 'ACTIVE' END
FROM enterprise_drawn AS e
WHERE i <= 200 OR shares(i)
ORDER BY e.by_uscc;

-- == consents

INSERT INTO data_sharing_consent (
    id, uscc, unit_code, bank_code, scopes, granted_by, granted_at, expires_at, revoked_at, document_version
)
SELECT
    account_id('consent-' || i || '-' || no), e.uscc, e.unit,
    (ARRAY[bank_code(1), bank_code(2), NULL])[1 + (i + no)::int % 3],
    CASE WHEN cardinality(c.scopes) = 0 THEN '{BASIC}' ELSE c.scopes END,
    'enterprise-' || lower(e.uscc),
    c.granted_at, c.granted_at + 31536000 * interval '1 second',
    CASE WHEN c.state = 2 THEN c.granted_at + (1 + r(i * 4 + no, 512, 20)) * 86400 * interval '1 second' END,
    CASE WHEN r(i * 4 + no, 513, 3) = 0 THEN '2021-1' ELSE '2022-1' END
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series(1, 1 + (r(i, 510, 4) = 0)::int) AS no
CROSS JOIN LATERAL (
    SELECT
        s.state,
        -- In force for half a year more at least, or granted a year and more ago, or taken back.
        ($1::date::timestamp AT TIME ZONE 'Asia/Shanghai')
            - (CASE s.state WHEN 1 THEN 400 + r(i * 4 + no, 511, 400) ELSE 30 + r(i * 4 + no, 511, 150) END) * 86400 * interval '1 second'
            AS granted_at,
        array_remove(ARRAY[
            CASE WHEN r(i * 4 + no, 514, 4) > 0 THEN 'BASIC' END,
            CASE WHEN r(i * 4 + no, 515, 2) = 0 THEN 'FINANCIAL' END,
            CASE WHEN r(i * 4 + no, 516, 2) = 0 THEN 'SCORE' END,
            CASE WHEN r(i * 4 + no, 517, 3) = 0 THEN 'IP' END
        ], NULL) AS scopes
    FROM (
        -- The first dozen have each kind in turn.
        SELECT CASE WHEN i <= 12 THEN (i - 1) / 4 ELSE ('{0,0,0,0,1,2}'::int[])[1 + r(i * 4 + no, 518, 6)] END AS state OFFSET 0
    ) AS s
    OFFSET 0
) AS c
WHERE shares(i)
ORDER BY e.by_uscc, no;
