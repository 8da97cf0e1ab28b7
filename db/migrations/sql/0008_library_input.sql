-- What the rules of the libraries read of an approved report and of the years before it (domain §3.2, §3.3).

-- Points for a growth (HNTE-G): of nothing, or from nothing or less, none.
CREATE FUNCTION keqi_growth_points(after numeric, before numeric) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN before IS NULL OR before <= 0 OR after IS NULL THEN 0
        WHEN after - before >= 0.35 * before THEN 10
        WHEN after - before >= 0.25 * before THEN 8
        WHEN after - before >= 0.15 * before THEN 6
        WHEN after - before >= 0.05 * before THEN 4
        WHEN after > before THEN 2
        ELSE 0
    END
$$;

-- "Last three years" are those since the establishment; a report of an earlier year that is missing is stood in for by
-- the two fallback fields, and where those are missing too the sum is unknown.
-- OFFSET 0: what a step works out is worked out once, not again wherever the next ones read it.
CREATE VIEW library_fact_now AS
SELECT
    r.uscc,
    r.year,
    r.unit_code,
    r.hi_tech_field,
    r.class_i,
    r.class_ii,
    CASE WHEN coalesce(r.class_i, r.class_ii) IS NOT NULL
        THEN coalesce(r.class_i, 0) + coalesce(r.class_ii, 0) END AS ip_total,
    coalesce(r.of_which_main_business, r.valid_invention_patents) AS main_patents,
    r.valid_invention_patents AS invention_patents,
    r.staff_total,
    r.sci_tech_staff,
    r.rd_staff,
    r.operating_revenue,
    r1.operating_revenue AS operating_revenue_1,
    r2.operating_revenue AS operating_revenue_2,
    r3.operating_revenue AS operating_revenue_3,
    r.operating_revenue
        + CASE WHEN y.has_1 THEN r1.operating_revenue ELSE 0 END
        + CASE WHEN y.has_2 THEN r2.operating_revenue ELSE 0 END AS operating_revenue_sum,
    s.sales AS sales_revenue,
    s.sales + CASE WHEN y.has_1 THEN s.sales_1 ELSE 0 END + CASE WHEN y.has_2 THEN s.sales_2 ELSE 0 END
        AS sales_revenue_sum,
    r.rd_expense,
    s.rd_1 AS rd_expense_1,
    s.rd_2 AS rd_expense_2,
    r.rd_expense + CASE WHEN y.has_1 THEN s.rd_1 ELSE 0 END + CASE WHEN y.has_2 THEN s.rd_2 ELSE 0 END
        AS rd_expense_sum,
    r.rd_expense_domestic
        + CASE WHEN y.has_1 THEN r1.rd_expense_domestic ELSE 0 END
        + CASE WHEN y.has_2 THEN r2.rd_expense_domestic ELSE 0 END AS rd_domestic_sum,
    coalesce(r.total_income, r.operating_revenue) AS total_income,
    r.high_tech_product_revenue AS high_tech_revenue,
    r.total_assets,
    r.latest_valuation_usd AS valuation_usd,
    r.total_financing_usd AS financing_usd,
    -- Screening stand-in for the expert score [P]: property 30, conversion 30, management 20, growth 20.
    least(30,
        CASE
            WHEN r.class_i >= 1 THEN 24
            WHEN r.class_ii >= 5 THEN 18
            WHEN r.class_ii >= 3 THEN 12
            WHEN r.class_ii >= 1 THEN 6
            ELSE 0
        END
        + CASE WHEN r.ip_self_developed THEN 3 ELSE 0 END
        + CASE WHEN l.has_standard THEN 2 ELSE 0 END)
        + CASE
            WHEN s.conversions >= 15 THEN 30
            WHEN s.conversions >= 12 THEN 24
            WHEN s.conversions >= 9 THEN 18
            WHEN s.conversions >= 6 THEN 12
            WHEN s.conversions >= 3 THEN 6
            ELSE 0
        END
        + CASE WHEN r.has_rd_department OR l.platform_rank > 0 THEN 5 ELSE 0 END
        + CASE WHEN r.has_rd_management_system THEN 5 ELSE 0 END
        + CASE WHEN r.has_rd_expense_ledger THEN 5 ELSE 0 END
        + CASE WHEN r.has_industry_university_cooperation THEN 5 ELSE 0 END
        + keqi_growth_points(r.net_assets, coalesce(r.net_assets_begin, r1.net_assets))
        + keqi_growth_points(s.sales, s.sales_1) AS pre_score,
    p.staff_points + p.rd_points + p.result_points AS sme_score,
    p.staff_points AS sme_staff_score,
    l.platform_rank,
    l.has_national_award,
    l.led_standard,
    cardinality(r.star_flags) AS star_flag_count,
    l.is_listed,
    r.is_incubator_tenant,
    coalesce(r.major_safety_quality_accident, false) OR coalesce(r.serious_environmental_violation, false)
        AS accident_or_violation,
    coalesce(r.major_safety_quality_accident, false) OR coalesce(r.serious_environmental_violation, false)
        OR coalesce(r.serious_research_dishonesty, false)
        OR coalesce(r1.major_safety_quality_accident, false) OR coalesce(r1.serious_environmental_violation, false)
        OR coalesce(r1.serious_research_dishonesty, false) AS misconduct,
    coalesce(r.in_abnormal_list, false) OR coalesce(r.in_serious_illegal_list, false) AS in_bad_lists,
    coalesce(r.restricted_industry, false) AS restricted_industry,
    -- On the year's last day, once it is past; until then the rule looks at the certificates themselves.
    EXISTS (
        SELECT 1 FROM hnte_certificate AS x
        WHERE x.uscc = r.uscc AND x.status <> 'REVOKED'
            AND x.issued_on <= make_date(r.year, 12, 31) AND x.expires_on >= make_date(r.year, 12, 31)
    ) AS is_hnte_at_end,
    EXISTS (
        SELECT 1 FROM tech_sme_registration AS x
        WHERE x.uscc = r.uscc
            AND x.registered_on <= make_date(r.year, 12, 31) AND x.valid_until >= make_date(r.year, 12, 31)
    ) AS is_tech_sme_at_end
FROM annual_report AS r
JOIN enterprise AS e ON e.uscc = r.uscc
LEFT JOIN annual_report AS r1 ON r1.uscc = r.uscc AND r1.year = r.year - 1 AND r1.status = 'APPROVED'
LEFT JOIN annual_report AS r2 ON r2.uscc = r.uscc AND r2.year = r.year - 2 AND r2.status = 'APPROVED'
LEFT JOIN annual_report AS r3 ON r3.uscc = r.uscc AND r3.year = r.year - 3 AND r3.status = 'APPROVED'
CROSS JOIN LATERAL (
    SELECT
        extract(year FROM e.established_on) <= r.year - 1 AS has_1,
        extract(year FROM e.established_on) <= r.year - 2 AS has_2
    OFFSET 0
) AS y
CROSS JOIN LATERAL (
    SELECT
        r.main_business_revenue + coalesce(r.other_business_revenue, 0) AS sales,
        coalesce(r1.main_business_revenue + coalesce(r1.other_business_revenue, 0), r.sales_revenue_prev1) AS sales_1,
        coalesce(r2.main_business_revenue + coalesce(r2.other_business_revenue, 0), r.sales_revenue_prev2) AS sales_2,
        coalesce(r1.rd_expense, r.rd_expense_prev1) AS rd_1,
        coalesce(r2.rd_expense, r.rd_expense_prev2) AS rd_2,
        coalesce(
            r.conversions_last3_years,
            r.achievement_conversions
                + CASE WHEN y.has_1 THEN r1.achievement_conversions ELSE 0 END
                + CASE WHEN y.has_2 THEN r2.achievement_conversions ELSE 0 END
        ) AS conversions
    OFFSET 0
) AS s
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN r.staff_total IS NULL OR r.staff_total = 0 THEN 0
            WHEN r.sci_tech_staff >= 0.30 * r.staff_total THEN 20
            WHEN r.sci_tech_staff >= 0.25 * r.staff_total THEN 16
            WHEN r.sci_tech_staff >= 0.20 * r.staff_total THEN 12
            WHEN r.sci_tech_staff >= 0.15 * r.staff_total THEN 8
            WHEN r.sci_tech_staff >= 0.10 * r.staff_total THEN 4
            ELSE 0
        END AS staff_points,
        greatest(
            CASE
                WHEN s.sales = 0 THEN 0
                WHEN r.rd_expense >= 0.06 * s.sales THEN 50
                WHEN r.rd_expense >= 0.05 * s.sales THEN 40
                WHEN r.rd_expense >= 0.04 * s.sales THEN 30
                WHEN r.rd_expense >= 0.03 * s.sales THEN 20
                WHEN r.rd_expense >= 0.02 * s.sales THEN 10
                ELSE 0
            END,
            CASE
                WHEN r.total_cost_expense = 0 THEN 0
                WHEN r.rd_expense >= 0.30 * r.total_cost_expense THEN 50
                WHEN r.rd_expense >= 0.25 * r.total_cost_expense THEN 40
                WHEN r.rd_expense >= 0.20 * r.total_cost_expense THEN 30
                WHEN r.rd_expense >= 0.15 * r.total_cost_expense THEN 20
                WHEN r.rd_expense >= 0.10 * r.total_cost_expense THEN 10
                ELSE 0
            END
        ) AS rd_points,
        CASE
            WHEN r.class_i >= 1 THEN 30
            WHEN r.class_ii >= 4 THEN 24
            WHEN r.class_ii >= 3 THEN 18
            WHEN r.class_ii >= 2 THEN 12
            WHEN r.class_ii >= 1 THEN 6
            ELSE 0
        END AS result_points
    OFFSET 0
) AS p
CROSS JOIN LATERAL (
    SELECT
        coalesce((
            SELECT max(CASE level
                WHEN 'NATIONAL' THEN 5 WHEN 'MINISTERIAL' THEN 4 WHEN 'MUNICIPAL' THEN 3 WHEN 'DISTRICT' THEN 2 ELSE 1
            END)
            FROM report_platform AS x WHERE x.uscc = r.uscc AND x.year = r.year
        ), 0) AS platform_rank,
        EXISTS (
            SELECT 1 FROM report_standard AS x
            WHERE x.uscc = r.uscc AND x.year = r.year AND x.level IN ('NATIONAL', 'INDUSTRY')
        ) AS has_standard,
        EXISTS (
            SELECT 1 FROM report_standard AS x
            WHERE x.uscc = r.uscc AND x.year = r.year AND x.role = 'LEAD'
                AND x.level IN ('INTERNATIONAL', 'NATIONAL', 'INDUSTRY')
                AND extract(year FROM x.published_on) BETWEEN r.year - 4 AND r.year
        ) AS led_standard,
        EXISTS (
            SELECT 1 FROM report_award AS x
            WHERE x.uscc = r.uscc AND x.year = r.year AND x.level = 'NATIONAL' AND x.rank BETWEEN 1 AND 3
                AND x.award_year BETWEEN r.year - 4 AND r.year
        ) AS has_national_award,
        EXISTS (
            SELECT 1 FROM report_listing AS x
            WHERE x.uscc = r.uscc AND x.year = r.year AND x.status = 'LISTED'
                AND x.board IN ('STAR', 'MAIN_SSE', 'MAIN_SZSE', 'CHINEXT', 'BSE')
        ) AS is_listed
    OFFSET 0
) AS l
WHERE r.status = 'APPROVED';

-- What waits to be folded, one enterprise at a time; PL/pgSQL keeps the plan, and keeps it out of the readers'.
CREATE FUNCTION library_fact_of(code text) RETURNS SETOF library_fact
LANGUAGE plpgsql STABLE ROWS 5
AS $$
BEGIN
    RETURN QUERY SELECT * FROM library_fact_now WHERE uscc = code;
END $$;

-- What waits to be folded, for a list of many enterprises: who, and the inputs of a year. Functions tell the planner that
-- these are few, and are called once.
CREATE FUNCTION library_waiting() RETURNS TABLE (uscc text)
LANGUAGE plpgsql STABLE ROWS 10
AS $$
BEGIN
    RETURN QUERY SELECT t.uscc FROM touched_uscc AS t;
END $$;

CREATE FUNCTION library_fact_waiting(of_year integer) RETURNS SETOF library_fact
LANGUAGE plpgsql STABLE ROWS 10
AS $$
BEGIN
    IF EXISTS (SELECT FROM touched) THEN  -- else not even planned
        RETURN QUERY
            SELECT n.* FROM touched_uscc AS t
            CROSS JOIN LATERAL (
                SELECT * FROM library_fact_now AS f WHERE f.uscc = t.uscc AND f.year = of_year OFFSET 0
            ) AS n;
    END IF;
END $$;

-- An enterprise's inputs in this snapshot: as folded, or as they are now where something of it was touched since.
-- The empty code in the log stands for everybody.
CREATE FUNCTION library_input(code text) RETURNS SETOF library_fact
LANGUAGE sql STABLE ROWS 5
AS $$
    SELECT f.* FROM library_fact AS f
    WHERE f.uscc = code AND code NOT IN (SELECT t.uscc FROM touched AS t)
        AND NOT EXISTS (SELECT FROM touched AS t WHERE t.uscc = '')
    UNION ALL
    SELECT n.* FROM library_fact_of(code) AS n
    WHERE code IN (SELECT t.uscc FROM touched AS t) OR EXISTS (SELECT FROM touched AS t WHERE t.uscc = '')
$$;

-- Listings are read here only; what else the inputs are made of leaves its codes since revision 0007.
CREATE TRIGGER touched_added AFTER INSERT ON report_listing REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched();
CREATE TRIGGER touched_changed AFTER UPDATE ON report_listing REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched_both();
CREATE TRIGGER touched_removed AFTER DELETE ON report_listing REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched();
CREATE TRIGGER touched_emptied AFTER TRUNCATE ON report_listing
    FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched_all();

-- Enterprises that were there before this revision are folded by the next merger.
INSERT INTO touched (uscc) SELECT uscc FROM enterprise;
