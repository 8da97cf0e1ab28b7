CREATE VIEW fact_enterprise_now AS
    SELECT
        e.uscc, e.unit_code, coalesce(e.district_code, '') AS district_code, coalesce(e.zone_code, '') AS zone_code,
        CASE WHEN e.operating_status <> 'CANCELLED' THEN rollup_year(rollup_day(e.established_on)) END
            AS registered_year,
        CASE WHEN e.in_library THEN rollup_day(coalesce(e.in_library_on, e.established_on)) END AS library_day,
        coalesce(e.industry_category, 'UNKNOWN') AS industry_category,
        coalesce(e.hi_tech_field, 'NONE') AS hi_tech_field,
        (
        SELECT range_agg(daterange(rollup_day(c.issued_on), rollup_day(c.expires_on), '[]'))
        FROM hnte_certificate AS c WHERE c.uscc = e.uscc AND c.status <> 'REVOKED'
    ) AS hnte,
        (
        SELECT range_agg(daterange(rollup_day(c.registered_on), rollup_day(c.valid_until), '[]'))
        FROM tech_sme_registration AS c WHERE c.uscc = e.uscc AND true
    ) AS tech_sme
    FROM enterprise AS e;

CREATE VIEW fact_report_now AS
    SELECT
        r.uscc, r.year, e.unit_code, coalesce(e.district_code, '') AS district_code, coalesce(e.zone_code, '') AS zone_code,
        e.in_library AND rollup_year(rollup_day(coalesce(e.in_library_on, e.established_on))) <= r.year AS in_library,
        r.status, r.enterprise_size, coalesce(r.is_above_scale_industrial, false) AS is_above_scale_industrial,
        r.operating_revenue, r.main_business_revenue, r.high_tech_product_revenue, r.total_profit, r.tax_paid, r.rd_expense, r.total_assets, r.staff_total, r.sci_tech_staff, r.rd_staff, r.doctors, r.masters, r.new_graduates_hired, r.patent_applications, r.invention_applications, r.granted_this_year, r.valid_invention_patents, r.software_copyrights, r.achievement_conversions,
        p.national AS platforms_national, p.ministerial AS platforms_ministerial, p.municipal AS platforms_municipal,
        p.district AS platforms_district, p.enterprise AS platforms_enterprise, p.any_level AS with_platform,
        s.led AS standards_led, s.participated AS standards_participated, a.awards AS science_awards,
        r.hi_tech_product_count AS hi_tech_products
    FROM annual_report AS r
    JOIN enterprise AS e ON e.uscc = r.uscc
    CROSS JOIN LATERAL (
        SELECT
            (count(*) FILTER (WHERE i.level = 'NATIONAL'))::integer AS national,
            (count(*) FILTER (WHERE i.level = 'MINISTERIAL'))::integer AS ministerial,
            (count(*) FILTER (WHERE i.level = 'MUNICIPAL'))::integer AS municipal,
            (count(*) FILTER (WHERE i.level = 'DISTRICT'))::integer AS district,
            (count(*) FILTER (WHERE i.level = 'ENTERPRISE'))::integer AS enterprise,
            (count(*) > 0)::integer AS any_level
        FROM report_platform AS i WHERE i.uscc = r.uscc AND i.year = r.year
    ) AS p
    CROSS JOIN LATERAL (
        SELECT
            (count(*) FILTER (WHERE i.role = 'LEAD'))::integer AS led,
            (count(*) FILTER (WHERE i.role = 'PARTICIPATE'))::integer AS participated
        FROM report_standard AS i WHERE i.uscc = r.uscc AND i.year = r.year
    ) AS s
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS awards FROM report_award AS i WHERE i.uscc = r.uscc AND i.year = r.year
    ) AS a
    WHERE r.status <> 'DRAFT';

CREATE VIEW fact_voucher_now AS
    SELECT
        v.uscc, v.year, e.unit_code, coalesce(e.district_code, '') AS district_code, coalesce(e.zone_code, '') AS zone_code, v.type,
        coalesce(v.enterprise_size, 'UNCLASSIFIED') AS enterprise_size,
        coalesce(v.industry_category, 'UNKNOWN') AS industry_category,
        coalesce(v.hi_tech_field, 'NONE') AS hi_tech_field,
        count(*)::integer AS records, sum(v.applied_amount) AS applied,
        coalesce(sum(v.approved_amount), 0) AS approved
    FROM voucher_application AS v
    JOIN enterprise AS e ON e.uscc = v.uscc
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

CREATE VIEW fact_enterprise_waiting AS
    SELECT 1 AS sign, n.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT uscc, unit_code, district_code, zone_code, registered_year, library_day, industry_category, hi_tech_field, hnte, tech_sme FROM fact_enterprise_now WHERE uscc = t.uscc OFFSET 0) AS n
    UNION ALL
    SELECT -1, s.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT uscc, unit_code, district_code, zone_code, registered_year, library_day, industry_category, hi_tech_field, hnte, tech_sme FROM fact_enterprise WHERE uscc = t.uscc OFFSET 0) AS s;

CREATE VIEW fact_report_waiting AS
    SELECT 1 AS sign, n.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT uscc, year, unit_code, district_code, zone_code, in_library, status, enterprise_size, is_above_scale_industrial, operating_revenue, main_business_revenue, high_tech_product_revenue, total_profit, tax_paid, rd_expense, total_assets, staff_total, sci_tech_staff, rd_staff, doctors, masters, new_graduates_hired, patent_applications, invention_applications, granted_this_year, valid_invention_patents, software_copyrights, achievement_conversions, platforms_national, platforms_ministerial, platforms_municipal, platforms_district, platforms_enterprise, with_platform, standards_led, standards_participated, science_awards, hi_tech_products FROM fact_report_now WHERE uscc = t.uscc OFFSET 0) AS n
    UNION ALL
    SELECT -1, s.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT uscc, year, unit_code, district_code, zone_code, in_library, status, enterprise_size, is_above_scale_industrial, operating_revenue, main_business_revenue, high_tech_product_revenue, total_profit, tax_paid, rd_expense, total_assets, staff_total, sci_tech_staff, rd_staff, doctors, masters, new_graduates_hired, patent_applications, invention_applications, granted_this_year, valid_invention_patents, software_copyrights, achievement_conversions, platforms_national, platforms_ministerial, platforms_municipal, platforms_district, platforms_enterprise, with_platform, standards_led, standards_participated, science_awards, hi_tech_products FROM fact_report WHERE uscc = t.uscc OFFSET 0) AS s;

CREATE VIEW fact_voucher_waiting AS
    SELECT 1 AS sign, n.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT uscc, year, unit_code, district_code, zone_code, type, enterprise_size, industry_category, hi_tech_field, records, applied, approved FROM fact_voucher_now WHERE uscc = t.uscc OFFSET 0) AS n
    UNION ALL
    SELECT -1, s.* FROM touched_uscc AS t
    CROSS JOIN LATERAL (SELECT uscc, year, unit_code, district_code, zone_code, type, enterprise_size, industry_category, hi_tech_field, records, applied, approved FROM fact_voucher WHERE uscc = t.uscc OFFSET 0) AS s;

CREATE VIEW tally_waiting AS
    SELECT g.series, g.day, g.periods, f.unit_code, f.district_code, f.zone_code, g.value, f.sign::bigint AS entities, 0::bigint AS records, 0::numeric AS applied, 0::numeric AS approved
    FROM fact_enterprise_waiting AS f
    CROSS JOIN LATERAL (
        SELECT x.series, x.day, x.periods, x.value
        FROM (VALUES
            ('REGISTERED', make_date(f.registered_year, 1, 1), 1, ''),
            ('IN_LIBRARY', f.library_day, 2, ''),
            ('IN_LIBRARY_INDUSTRY', make_date(rollup_year(f.library_day), 1, 1), 1, f.industry_category),
            ('IN_LIBRARY_FIELD', make_date(rollup_year(f.library_day), 1, 1), 1, f.hi_tech_field)
        ) AS x (series, day, periods, value)
        WHERE x.day IS NOT NULL
        UNION ALL 
        SELECT x.series, x.day, 3, '' FROM unnest(f.hnte) AS i
        CROSS JOIN LATERAL (VALUES ('HNTE_FROM', lower(i)), ('HNTE_TO', upper(i))) AS x (series, day)
        UNION ALL 
        SELECT x.series, x.day, 3, '' FROM unnest(f.tech_sme) AS i
        CROSS JOIN LATERAL (VALUES ('TECH_SME_FROM', lower(i)), ('TECH_SME_TO', upper(i))) AS x (series, day)
    ) AS g
    UNION ALL
    SELECT g.series, make_date(f.year, 1, 1), 0, f.unit_code, f.district_code, f.zone_code, g.value, f.sign::bigint, 0::bigint AS records, 0::numeric AS applied, 0::numeric AS approved
    FROM fact_report_waiting AS f
    CROSS JOIN LATERAL (VALUES
        ('REPORTED', f.status),
        ('IN_LIBRARY_SIZE', CASE WHEN f.status = 'APPROVED' AND f.enterprise_size <> 'UNCLASSIFIED'
            THEN f.enterprise_size END),
        ('ABOVE_SCALE', CASE WHEN f.status = 'APPROVED' AND f.is_above_scale_industrial THEN '' END)
    ) AS g (series, value)
    WHERE f.in_library AND g.value IS NOT NULL
    UNION ALL
    SELECT g.series, make_date(f.year, 1, 1), 0, f.unit_code, f.district_code, f.zone_code, g.value, f.sign::bigint,
        (f.sign * sum(f.records))::bigint, f.sign * sum(f.applied), f.sign * sum(f.approved)
    FROM fact_voucher_waiting AS f
    CROSS JOIN LATERAL (VALUES
        ('VOUCHER_ALL', ''), ('VOUCHER_TYPE', f.type), ('VOUCHER_SIZE', f.enterprise_size),
        ('VOUCHER_INDUSTRY', f.industry_category), ('VOUCHER_FIELD', f.hi_tech_field)
    ) AS g (series, value)
    GROUP BY f.sign, f.uscc, f.year, f.unit_code, f.district_code, f.zone_code, g.series, g.value;

CREATE FUNCTION given_tally_waiting() RETURNS SETOF tally_waiting
LANGUAGE plpgsql STABLE ROWS 10
AS $$
BEGIN
    IF EXISTS (SELECT FROM touched) THEN
        RETURN QUERY SELECT * FROM tally_waiting;
    END IF;
END $$;

CREATE VIEW report_sums_waiting AS
    SELECT f.year, f.unit_code, f.district_code, f.zone_code, f.sign::bigint AS reports,
        f.sign * coalesce(f.operating_revenue, 0) AS operating_revenue, (f.sign * (f.operating_revenue IS NOT NULL)::integer)::bigint AS operating_revenue_reported,
        f.sign * coalesce(f.main_business_revenue, 0) AS main_business_revenue, (f.sign * (f.main_business_revenue IS NOT NULL)::integer)::bigint AS main_business_revenue_reported,
        f.sign * coalesce(f.high_tech_product_revenue, 0) AS high_tech_product_revenue, (f.sign * (f.high_tech_product_revenue IS NOT NULL)::integer)::bigint AS high_tech_product_revenue_reported,
        f.sign * coalesce(f.total_profit, 0) AS total_profit, (f.sign * (f.total_profit IS NOT NULL)::integer)::bigint AS total_profit_reported,
        f.sign * coalesce(f.tax_paid, 0) AS tax_paid, (f.sign * (f.tax_paid IS NOT NULL)::integer)::bigint AS tax_paid_reported,
        f.sign * coalesce(f.rd_expense, 0) AS rd_expense, (f.sign * (f.rd_expense IS NOT NULL)::integer)::bigint AS rd_expense_reported,
        f.sign * coalesce(f.total_assets, 0) AS total_assets, (f.sign * (f.total_assets IS NOT NULL)::integer)::bigint AS total_assets_reported,
        f.sign * coalesce(f.staff_total, 0)::bigint AS staff_total, (f.sign * (f.staff_total IS NOT NULL)::integer)::bigint AS staff_total_reported,
        f.sign * coalesce(f.sci_tech_staff, 0)::bigint AS sci_tech_staff, (f.sign * (f.sci_tech_staff IS NOT NULL)::integer)::bigint AS sci_tech_staff_reported,
        f.sign * coalesce(f.rd_staff, 0)::bigint AS rd_staff, (f.sign * (f.rd_staff IS NOT NULL)::integer)::bigint AS rd_staff_reported,
        f.sign * coalesce(f.doctors, 0)::bigint AS doctors, (f.sign * (f.doctors IS NOT NULL)::integer)::bigint AS doctors_reported,
        f.sign * coalesce(f.masters, 0)::bigint AS masters, (f.sign * (f.masters IS NOT NULL)::integer)::bigint AS masters_reported,
        f.sign * coalesce(f.new_graduates_hired, 0)::bigint AS new_graduates_hired, (f.sign * (f.new_graduates_hired IS NOT NULL)::integer)::bigint AS new_graduates_hired_reported,
        f.sign * coalesce(f.patent_applications, 0)::bigint AS patent_applications, (f.sign * (f.patent_applications IS NOT NULL)::integer)::bigint AS patent_applications_reported,
        f.sign * coalesce(f.invention_applications, 0)::bigint AS invention_applications, (f.sign * (f.invention_applications IS NOT NULL)::integer)::bigint AS invention_applications_reported,
        f.sign * coalesce(f.granted_this_year, 0)::bigint AS granted_this_year, (f.sign * (f.granted_this_year IS NOT NULL)::integer)::bigint AS granted_this_year_reported,
        f.sign * coalesce(f.valid_invention_patents, 0)::bigint AS valid_invention_patents, (f.sign * (f.valid_invention_patents IS NOT NULL)::integer)::bigint AS valid_invention_patents_reported,
        f.sign * coalesce(f.software_copyrights, 0)::bigint AS software_copyrights, (f.sign * (f.software_copyrights IS NOT NULL)::integer)::bigint AS software_copyrights_reported,
        f.sign * coalesce(f.achievement_conversions, 0)::bigint AS achievement_conversions, (f.sign * (f.achievement_conversions IS NOT NULL)::integer)::bigint AS achievement_conversions_reported,
        (f.sign * f.platforms_national)::bigint AS platforms_national, (f.sign * f.platforms_ministerial)::bigint AS platforms_ministerial, (f.sign * f.platforms_municipal)::bigint AS platforms_municipal, (f.sign * f.platforms_district)::bigint AS platforms_district, (f.sign * f.platforms_enterprise)::bigint AS platforms_enterprise, (f.sign * f.with_platform)::bigint AS with_platform, (f.sign * f.standards_led)::bigint AS standards_led, (f.sign * f.standards_participated)::bigint AS standards_participated, (f.sign * f.science_awards)::bigint AS science_awards, (f.sign * f.hi_tech_products)::bigint AS hi_tech_products
    FROM fact_report_waiting AS f
    WHERE f.status = 'APPROVED';

CREATE FUNCTION given_report_sums_waiting() RETURNS SETOF report_sums_waiting
LANGUAGE plpgsql STABLE ROWS 10
AS $$
BEGIN
    IF EXISTS (SELECT FROM touched) THEN
        RETURN QUERY SELECT * FROM report_sums_waiting;
    END IF;
END $$;

CREATE VIEW live_tally AS
    SELECT series, bucket, unit_code, district_code, zone_code, value, entities, records, applied, approved FROM cube_tally
    UNION ALL
    SELECT t.series, b.bucket, t.unit_code, t.district_code, t.zone_code, t.value, t.entities, t.records, t.applied, t.approved
    FROM (SELECT * FROM given_tally_waiting()) AS t
    CROSS JOIN LATERAL (VALUES
        (0, 0, rollup_year(t.day), rollup_year(t.day)),
        (1, 3, greatest(rollup_year(t.day), 2000), 2035),
        (2, 3, rollup_month(t.day), rollup_year(t.day) * 100 + 12),
        (3, 3, rollup_day_of(t.day), rollup_day_of(t.day))
    ) AS p (least_periods, most_periods, first, last)
    CROSS JOIN LATERAL generate_series(p.first, p.last) AS b (bucket)
    WHERE t.periods BETWEEN p.least_periods AND p.most_periods;

CREATE VIEW live_report_sums AS
    SELECT year, unit_code, district_code, zone_code, reports, operating_revenue, operating_revenue_reported, main_business_revenue, main_business_revenue_reported, high_tech_product_revenue, high_tech_product_revenue_reported, total_profit, total_profit_reported, tax_paid, tax_paid_reported, rd_expense, rd_expense_reported, total_assets, total_assets_reported, staff_total, staff_total_reported, sci_tech_staff, sci_tech_staff_reported, rd_staff, rd_staff_reported, doctors, doctors_reported, masters, masters_reported, new_graduates_hired, new_graduates_hired_reported, patent_applications, patent_applications_reported, invention_applications, invention_applications_reported, granted_this_year, granted_this_year_reported, valid_invention_patents, valid_invention_patents_reported, software_copyrights, software_copyrights_reported, achievement_conversions, achievement_conversions_reported, platforms_national, platforms_ministerial, platforms_municipal, platforms_district, platforms_enterprise, with_platform, standards_led, standards_participated, science_awards, hi_tech_products FROM cube_report
    UNION ALL
    SELECT * FROM given_report_sums_waiting();
