-- The fields of the basic-information form as the enterprise has them now, for both tables that carry them.

CREATE VIEW enterprise_form AS
SELECT
    e.*,
    CASE WHEN r(i, 70, 20) > 0 THEN word_registration(i, 71) END AS registration_type,
    coalesce(left(e.awkward, 20), '') || word_surname(i, 72) || word_given(i, 73) AS legal_representative,
    -- 万元 to a yuan; half of them are round.
    CASE
        WHEN r(i, 74, 25) = 0 THEN NULL
        WHEN r(i, 75, 2) = 0 THEN ('{10,50,100,200,300,500,1000,2000,5000,10000}'::int[])[1 + r(i, 76, 10)]::numeric
        ELSE (e.yearly_yuan / 5 + r(i, 77, 1000000))::numeric * 0.0001
    END AS registered_capital,
    a.address AS registered_address,
    CASE r(i, 78, 5) WHEN 0 THEN NULL WHEN 1 THEN a.city || word_road(i, 79) || (1 + r(i, 80, 300)) || '号' ELSE a.address END
        AS business_address,
    CASE
        WHEN e.i = long_text_enterprise() THEN repeat('一般项目:软件开发;' || E'"引号"<&>\n', 2600)
        WHEN r(i, 81, 40) > 0 THEN
            '一般项目:' || word_scope(i, 82) || ';' || word_scope(i, 83)
            || CASE WHEN r(i, 84, 3) = 0 THEN ';' || word_scope(i, 85) ELSE '' END
            || coalesce(';' || e.awkward, '') || '。'
    END AS business_scope,
    CASE WHEN r(i, 86, 12) > 0 THEN word_surname(i, 87) || word_given(i, 88) END AS research_contact_name,
    CASE WHEN r(i, 86, 12) > 0 THEN mobile(i, 89) END AS research_contact_mobile,
    CASE WHEN r(i, 90, 3) > 0 THEN 'research' || i || '@example.com' END AS research_contact_email,
    CASE WHEN r(i, 91, 30) > 0 THEN word_surname(i, 92) || word_given(i, 93) END AS contact_name,
    CASE WHEN r(i, 91, 30) > 0 THEN mobile(i, 94) END AS contact_mobile
FROM enterprise_drawn AS e
LEFT JOIN unit AS u ON u.code = e.district
CROSS JOIN LATERAL (
    SELECT
        (CASE WHEN e.is_dalian THEN '大连市' ELSE '重庆市' END) || coalesce(u.name, '高新园区') AS city,
        (CASE WHEN e.is_dalian THEN '大连市' ELSE '重庆市' END) || coalesce(u.name, '高新园区')
        || word_road(i, 95) || (1 + r(i, 96, 500)) || '号' || coalesce(left(e.awkward, 100), '')
        || CASE WHEN r(i, 97, 2) = 0 THEN (1 + r(i, 98, 30)) || '幢' || (1 + r(i, 99, 20)) || '-' || (1 + r(i, 100, 12)) ELSE '' END
        AS address
    OFFSET 0
) AS a;
