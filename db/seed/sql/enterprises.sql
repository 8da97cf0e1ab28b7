-- Who there is: one row an enterprise, every choice drawn from its number i. What later statements
-- need again (its scale, its growth, its titles) is drawn once, here.

INSERT INTO drawn
SELECT
    i,
    p.unit, p.district, p.zone,
    p.unit = 'DL_HTZ' AS is_dalian,
    b.established_on,
    CASE WHEN r(i, 12, 200) > 0 THEN d.code END AS industry_code,
    split_part(d.words, ' ', 1 + r(i, 13, d.word_count)) AS word,
    CASE WHEN r(i, 14, 10) > 0 THEN d.field WHEN r(i, 15, 2) = 0 THEN any_hi_tech_field(i, 16) END AS hi_tech_field,
    b.is_keen,
    y.yearly_yuan,
    CASE
        WHEN b.is_keen AND r(i, 33, 3) = 0 THEN 1150 + r(i, 34, 1300)
        ELSE 880 + r(i, 32, 300) + CASE WHEN r(i, 33, 12) = 0 THEN r(i, 34, 900) ELSE 0 END
    END AS growth_permille,
    -- Research intensity: most little, some much, an eighth none.
    CASE WHEN b.is_keen THEN 45 + r(i, 36, 90) WHEN r(i, 35, 8) = 0 THEN 0 ELSE 5 + r(i, 36, 90) + (r(i, 37, 6) = 0)::int * r(i, 38, 200) END AS rd_permille,
    CASE WHEN b.is_keen THEN 25 + r(i, 39, 75) ELSE (r(i, 39, 100) * r(i, 40, 100)) / 100 END AS ip_level,
    200000 + r(i, 41, 700000) AS yuan_per_head,
    t.first_year AS hnte_year,
    t.terms AS hnte_terms,
    -- The first year without the title; one in thirty loses it after the first year of the last certificate.
    t.first_year + 3 * t.terms - 2 * hnte_revoked(i)::int AS hnte_until,
    r(i, 44, 100) < 45 AS is_tech_sme,
    CASE WHEN i <= 40 THEN i::int WHEN i % 500 = 7 THEN 1 + (i / 500 % 40)::int END AS awkward_no,
    -- Versions of the basic information: three in four enterprises filed it once, and so did all young ones.
    CASE WHEN b.established_on < '2020-06-01'
        THEN 1 + (r(i, 46, 4) = 0)::int + (r(i, 46, 16) = 0)::int + (r(i, 46, 48) = 0)::int ELSE 1 END AS versions,
    f.basic_status,
    CASE
        WHEN i BETWEEN 44 AND 47 THEN ('{MOVED_OUT,SUSPENDED,REVOKED,CANCELLED}'::text[])[i::int - 43]
        ELSE ('{ACTIVE,MOVED_OUT,SUSPENDED,REVOKED,CANCELLED}'::text[])[
            1 + width_bucket(r(i, 48, 1000), '{955,967,979,987}'::int[])]
    END AS operating_status,
    l.state AS library_state,
    -- Into the library since 2016; one in seven came after the last reports.
    CASE WHEN l.state IS NOT NULL THEN greatest(
        b.established_on + 90,
        CASE WHEN r(i, 125, 7) > 0 THEN date '2016-01-01' + r(i, 119, 2550) ELSE date '2023-01-01' + r(i, 119, 1370) END
    ) END AS in_library_on
FROM generate_series($1::bigint, $2::bigint) AS i
JOIN place AS p ON p.no = CASE WHEN i <= 42 THEN i ELSE place_no(i, 1) END
JOIN industry AS d ON d.no = CASE WHEN i BETWEEN 41 AND 90 THEN i - 40 ELSE industry_no(i, 2) END
-- OFFSET 0 keeps the planner from computing these again for each use.
CROSS JOIN LATERAL (
    SELECT
        -- Log-normal: the sum of twelve uniform numbers is nearly normal; numeric exp() is exact everywhere.
        (5000000 * exp(((
            r(i, 20, 1000) + r(i, 21, 1000) + r(i, 22, 1000) + r(i, 23, 1000) + r(i, 24, 1000) + r(i, 25, 1000)
            + r(i, 26, 1000) + r(i, 27, 1000) + r(i, 28, 1000) + r(i, 29, 1000) + r(i, 30, 1000) + r(i, 31, 1000)
        ) - 5994) * 0.0019))::bigint AS yearly_yuan
    OFFSET 0
) AS y
CROSS JOIN LATERAL (
    SELECT
        -- Up to 12,000 days old (33 years), most of them younger; some were founded after the last reports.
        CASE
            WHEN i > 90 AND r(i, 17, 100) < 6 THEN date '2022-07-01' + r(i, 18, 1400)
            ELSE date '2022-06-30' - ((r(i, 10, 12000)::bigint * (6000 + r(i, 11, 4000))) / 10000)::int
        END AS established_on,
        -- One in five lives on its inventions, of large ones more: it is these that the libraries are made for.
        i % 100 IN (49, 50) OR r(i, 45, 100) < CASE WHEN y.yearly_yuan > 150000000 THEN 35 ELSE 18 END AS is_keen
    OFFSET 0
) AS b
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN i <= 40 THEN 'APPROVED'
        WHEN i IN (41, 42, 43) THEN ('{DRAFT,PENDING_DISTRICT,REJECTED_DISTRICT}'::text[])[i::int - 40]
        ELSE ('{DRAFT,PENDING_DISTRICT,REJECTED_DISTRICT,APPROVED}'::text[])[
            1 + width_bucket(r(i, 47, 100), '{5,13,18}'::int[])]
    END AS basic_status
    OFFSET 0
) AS f
CROSS JOIN LATERAL (
    SELECT
        -- Nobody is certified in its first year.
        CASE WHEN r(i, 42, 100) < CASE WHEN b.is_keen AND y.yearly_yuan > 150000000 THEN 90 WHEN b.is_keen THEN 55 ELSE 24 END
            THEN greatest(2014 + r(i, 43, 12), extract(year FROM b.established_on)::int + 1) END AS first_year,
        hnte_terms(i) AS terms
    OFFSET 0
) AS t
CROSS JOIN LATERAL (
    SELECT CASE WHEN f.basic_status = 'APPROVED' THEN
        ('{IN,LAPSED,REVOKED}'::text[])[1 + width_bucket(
            r(i, 118, 100), CASE WHEN b.established_on < '2022-01-01' THEN '{72,82,85}' ELSE '{30,36,37}' END::int[])]
    END AS state
    OFFSET 0
) AS l;

-- == coded

-- Credit codes: the region is the authority that registered it, in every fourth case not where it is
-- now. The organisation's eight symbols run through a prime's residues, so no two are alike.
CREATE UNLOGGED TABLE coded AS
SELECT
    d.*,
    with_check(c.head || organisation_check(c.body)) AS uscc
FROM drawn AS d
CROSS JOIN LATERAL (
    SELECT
        (CASE r(i, 50, 100) WHEN 0 THEN '93' WHEN 1 THEN '92' WHEN 2 THEN '52' WHEN 3 THEN '12' ELSE '91' END)
        || CASE
            WHEN d.is_dalian THEN CASE WHEN r(i, 51, 10) < 7 THEN '210231' ELSE '210211' END
            WHEN r(i, 51, 100) < 75 THEN d.district
            WHEN r(i, 51, 100) < 90 THEN word_odd_region(i, 52)
            ELSE word_region(i, 53)
        END
        || b.body AS head,
        b.body
    FROM (
        SELECT CASE
            -- Since October 2015 new codes begin with MA; older ones are the eight digits they had before.
            WHEN d.established_on >= '2015-10-01' THEN 'MA' || six_symbols((i * 611953 + seed_offset()) % 887503663)
            ELSE lpad(((i * 48271 + seed_offset()) % 99999989)::text, 8, '0')
        END AS body
        OFFSET 0
    ) AS b
    OFFSET 0
) AS c;

-- == named

CREATE UNLOGGED TABLE enterprise_drawn AS
SELECT
    c.*,
    n.name,
    row_number() OVER (ORDER BY c.uscc COLLATE "C") AS by_uscc,
    row_number() OVER (ORDER BY c.unit COLLATE "C", n.name COLLATE "C", c.uscc COLLATE "C") AS by_name,
    a.text AS awkward
FROM coded AS c
LEFT JOIN awkward AS a ON a.no = c.awkward_no
LEFT JOIN unit AS u ON u.code = c.district
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN a.is_whole THEN a.text
        WHEN a.text IS NOT NULL THEN a.text || c.word || '有限公司'
        ELSE
            CASE
                WHEN c.is_dalian THEN CASE WHEN r(i, 60, 10) < 9 THEN '大连' ELSE '' END
                WHEN r(i, 60, 100) < 68 THEN '重庆'
                WHEN r(i, 60, 100) < 76 THEN '重庆市'
                WHEN r(i, 60, 100) < 82 THEN '重庆市' || u.name
                ELSE ''
            END
            || word_letter(i, 61) || word_letter(i, 62)
            || CASE WHEN r(i, 63, 100) < 32 THEN word_letter(i, 64) ELSE '' END
            || CASE WHEN r(i, 63, 100) < 12 THEN word_letter(i, 65) ELSE '' END
            || c.word
            || CASE WHEN NOT c.is_dalian AND r(i, 60, 100) >= 90 THEN '(重庆)' ELSE '' END
            || word_suffix(i, 66)
    END AS name
    OFFSET 0
) AS n;

-- == enterprise

INSERT INTO enterprise (
    uscc, unit_code, name, district_code, zone_code, established_on, registration_type, legal_representative,
    registered_capital, registered_address, business_address, business_scope, industry_code, hi_tech_field,
    operating_status, research_contact_name, research_contact_mobile, research_contact_email, contact_name,
    contact_mobile, former_names, in_library, in_library_on, tech_enterprise_no, contact_id_masked, contact_id_cipher,
    review_status
)
SELECT
    e.uscc, e.unit, e.name, e.district, e.zone, e.established_on, e.registration_type, e.legal_representative,
    e.registered_capital, e.registered_address, e.business_address, e.business_scope, e.industry_code,
    e.hi_tech_field, e.operating_status, e.research_contact_name, e.research_contact_mobile,
    e.research_contact_email, e.contact_name, e.contact_mobile,
    CASE
        WHEN r(i, 110, 100) >= 12 AND e.awkward IS NULL THEN '{}'
        WHEN r(i, 111, 4) = 0 THEN ARRAY[
            '重庆' || word_letter(i, 112) || word_letter(i, 113) || '科技有限公司',
            word_letter(i, 114) || word_letter(i, 115) || coalesce(e.awkward, '贸易') || '有限公司']
        ELSE ARRAY[coalesce(left(e.awkward, 100), '重庆') || word_letter(i, 116) || word_letter(i, 117) || e.word || '有限公司']
    END,
    e.library_state IS NOT DISTINCT FROM 'IN',
    CASE WHEN e.library_state = 'IN' THEN e.in_library_on END,
    CASE WHEN e.library_state = 'IN' THEN tech_enterprise_no(i, e.in_library_on) END,
    CASE WHEN p.has_id THEN '500***********' || lpad(r(i, 121, 10000)::text, 4, '0') END,
    CASE WHEN p.has_id THEN decode(hash_hex(i, 122) || hash_hex(i, 123) || hash_hex(i, 124), 'hex') END,
    -- Of the latest version that is no draft, as basic_info.sql draws it: triggers are silent while seeding.
    CASE
        WHEN e.basic_status <> 'DRAFT' THEN e.basic_status
        WHEN e.versions > 1 THEN CASE WHEN r(e.i * 8 + e.versions - 1, 130, 2) = 0 THEN 'APPROVED' ELSE 'REJECTED_DISTRICT' END
    END
FROM enterprise_form AS e
CROSS JOIN LATERAL (SELECT e.is_dalian OR r(i, 120, 5) = 0 AS has_id OFFSET 0) AS p
WHERE e.by_name BETWEEN $1 AND $2
ORDER BY e.by_name;
