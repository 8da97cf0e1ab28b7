-- Basic information: the version now under review or in force, and behind it the earlier ones, which were
-- approved and later changed, or rejected.

INSERT INTO basic_info_drawn
SELECT
    e.i,
    e.by_uscc,
    v AS version,
    e.i * 8 + v AS key,
    CASE
        WHEN v = e.versions THEN e.basic_status
        WHEN r(e.i * 8 + v, 130, 2) = 0 THEN 'APPROVED'
        ELSE 'REJECTED_DISTRICT'
    END AS status,
    -- Versions follow each other by half a year; the last stands before the end of 2022.
    greatest(
        timestamptz '2022-10-01 08:30+08',
        (e.established_on + 120)::timestamp AT TIME ZONE 'Asia/Shanghai'
    )
        - ((e.versions - v) * 15552000 + r(e.i * 8 + v, 131, 7776000)) * interval '1 second' AS submitted_at
FROM enterprise_drawn AS e
CROSS JOIN LATERAL generate_series(1, e.versions) AS v
WHERE e.by_uscc BETWEEN $1 AND $2;

-- == basic_info

INSERT INTO basic_info (
    uscc, version, unit_code, status, submitted_at, review_due_at, name, district_code, zone_code, established_on,
    registration_type, legal_representative, registered_capital, registered_address, business_address,
    business_scope, industry_code, hi_tech_field, operating_status, research_contact_name,
    research_contact_mobile, research_contact_email, contact_name, contact_mobile, website, main_products,
    incubator_name, is_incubator_tenant, is_foreign_invested, is_listed, staff_total, qualification_tags
)
SELECT
    e.uscc, b.version, e.unit, b.status,
    CASE WHEN b.status <> 'DRAFT' THEN b.submitted_at END,
    CASE WHEN b.status <> 'DRAFT' THEN b.submitted_at + 172800 * interval '1 second' END,
    e.name, e.district, e.zone, e.established_on, e.registration_type, e.legal_representative,
    e.registered_capital, e.registered_address, e.business_address, e.business_scope, e.industry_code, e.hi_tech_field,
    e.operating_status, e.research_contact_name, e.research_contact_mobile, e.research_contact_email, e.contact_name,
    e.contact_mobile,
    CASE WHEN r(i, 132, 3) = 0 THEN 'https://www.example.com/' || i END,
    CASE WHEN b.status <> 'DRAFT' OR r(b.key, 133, 2) = 0
        THEN coalesce(e.awkward || '、', '') || word_product(i, 134) || CASE WHEN r(i, 135, 2) = 0 THEN '、' || word_product(i, 136) ELSE '' END
    END,
    CASE WHEN t.is_tenant THEN coalesce(left(e.awkward, 60), '') || word_incubator(i, 138) END,
    CASE WHEN r(i, 139, 15) > 0 THEN t.is_tenant END,
    CASE WHEN r(i, 140, 15) > 0 THEN r(i, 141, 40) = 0 END,
    CASE WHEN r(i, 142, 15) > 0 THEN r(i, 143, 60) = 0 END,
    CASE WHEN r(b.key, 144, 12) > 0 THEN least(200000, e.yearly_yuan / e.yuan_per_head)::int END,
    array_remove(ARRAY[
        CASE WHEN 2022 >= e.hnte_year AND 2022 < e.hnte_until THEN 'HNTE' END,
        CASE WHEN e.is_tech_sme THEN 'TECH_SME' END,
        CASE WHEN r(i, 145, 12) = 0 THEN 'SRDI' END,
        CASE WHEN r(i, 146, 100) = 0 THEN 'LITTLE_GIANT' END,
        CASE WHEN r(i, 147, 80) = 0 OR i = 49 THEN 'GAZELLE' END,
        CASE WHEN r(i, 148, 2000) = 0 OR i IN (49, 50) THEN 'UNICORN' END
    ], NULL)
FROM basic_info_drawn AS b
JOIN enterprise_form AS e USING (i, by_uscc)
CROSS JOIN LATERAL (SELECT r(i, 137, 9) = 0 AS is_tenant OFFSET 0) AS t
WHERE e.by_uscc BETWEEN $1 AND $2
ORDER BY b.by_uscc, b.version;
