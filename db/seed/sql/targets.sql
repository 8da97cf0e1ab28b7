-- What each unit of Chongqing is to add in a year: about what it does add. 城口 was given nothing to reach, and 彭水 was
-- given no target at all.

INSERT INTO cultivation_target (unit_code, year, kind, target)
SELECT
    u.code, y, k.kind,
    CASE WHEN u.code = '500229' THEN 0 ELSE 1 + coalesce(n.enterprises, 0) * (k.permille + r(hashtext(u.code), 780 + y - 2019, 20)) / 1000 END
FROM unit AS u
CROSS JOIN generate_series(2019, 2026) AS y
CROSS JOIN (VALUES ('TECH_ENTERPRISE', 70), ('HNTE', 30), ('TECH_SME', 60)) AS k (kind, permille)
LEFT JOIN (SELECT unit, count(*) AS enterprises FROM enterprise_drawn GROUP BY unit) AS n ON n.unit = u.code
WHERE u.is_jurisdiction AND u.city = '重庆市' AND u.code <> '500243'
ORDER BY u.code COLLATE "C", y, k.kind;
