-- Cultivation progress by month (domain §2.7): closed months are frozen, the current one is live.

CREATE FUNCTION rollup_today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (now() AT TIME ZONE 'Asia/Shanghai')::date;

-- How many there are on a day, by place: at the end of the year before, in the months of the year before its own, in the
-- days up to it. Rows are contributions, to be summed. Libraries are told by month, so the day's whole month counts.
CREATE FUNCTION live_standing(on_day date)
RETURNS TABLE (kind text, unit_code text, district_code text, zone_code text, entities bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        CASE t.series WHEN 'IN_LIBRARY' THEN 'TECH_ENTERPRISE' WHEN 'HNTE_FROM' THEN 'HNTE' WHEN 'HNTE_TO' THEN 'HNTE'
            ELSE 'TECH_SME' END COLLATE "C",
        t.unit_code, t.district_code, t.zone_code,
        CASE WHEN t.series IN ('HNTE_TO', 'TECH_SME_TO') THEN -t.entities ELSE t.entities END
    FROM live_tally AS t
    WHERE t.series IN ('IN_LIBRARY', 'HNTE_FROM', 'HNTE_TO', 'TECH_SME_FROM', 'TECH_SME_TO')
        AND (
            t.bucket = rollup_year(on_day) - 1
            OR t.bucket = rollup_month(on_day) AND t.series = 'IN_LIBRARY'
            OR t.bucket = rollup_month(on_day) - 1 AND t.series <> 'IN_LIBRARY'
            OR t.bucket BETWEEN rollup_month(on_day) * 100 + 1 AND rollup_day_of(on_day)
        );
END;

-- A month's contributions by series and unit: how it stands at the end, what the year brought so far, what the month did.
-- A closed month is told by months. In the current one what lasts for days is told by days up to today; the library is
-- told by months always. The bounds are such as the index can use.
CREATE FUNCTION live_month(month integer)
RETURNS TABLE (series text, unit_code text, standing numeric, this_year numeric, this_month numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        t.series, t.unit_code,
        sum(t.entities) FILTER (WHERE t.bucket <> live_month.month - 1),
        sum(t.entities) FILTER (WHERE t.bucket = live_month.month),
        sum(CASE t.bucket WHEN live_month.month THEN t.entities WHEN live_month.month - 1 THEN -t.entities END)
    FROM live_tally AS t
    WHERE t.bucket IN (live_month.month / 100 - 1, live_month.month - 1, live_month.month)
        AND t.series = ANY (CASE live_month.month WHEN (SELECT rollup_month(rollup_today())) THEN '{IN_LIBRARY}'
            ELSE '{IN_LIBRARY,HNTE_FROM,HNTE_TO,TECH_SME_FROM,TECH_SME_TO}' END::text[])
    GROUP BY t.series, t.unit_code
    UNION ALL
    SELECT
        t.series, t.unit_code,
        sum(t.entities),
        sum(t.entities) FILTER (WHERE t.bucket > 9999),
        sum(t.entities) FILTER (WHERE t.bucket > 999999)
    FROM live_tally AS t
    WHERE live_month.month = (SELECT rollup_month(rollup_today()))
        AND t.series IN ('HNTE_FROM', 'HNTE_TO', 'TECH_SME_FROM', 'TECH_SME_TO')
        AND (
            t.bucket IN (live_month.month / 100 - 1, live_month.month - 1)
            OR t.bucket BETWEEN live_month.month * 100 + 1 AND (SELECT rollup_day_of(rollup_today()))
        )
    GROUP BY t.series, t.unit_code;
END;

-- Progress of every unit that owns records, as it stands at the end of a month (of the current one: today).
CREATE FUNCTION live_cultivation(month integer)
RETURNS TABLE (
    unit_code text,
    target_tech_enterprise integer, month_new_tech_enterprise integer, ytd_new_tech_enterprise integer,
    total_tech_enterprise integer,
    target_hnte integer, month_new_hnte integer, ytd_new_hnte integer, total_hnte integer,
    target_tech_sme integer, month_new_tech_sme integer, ytd_new_tech_sme integer, total_tech_sme integer,
    reserve_hnte_count integer
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        u.code,
        g.tech_enterprise, coalesce(s.new_tech, 0), coalesce(s.ytd_tech, 0), coalesce(s.total_tech, 0),
        g.hnte, coalesce(s.new_hnte, 0), coalesce(s.ytd_hnte, 0), coalesce(s.total_hnte, 0),
        g.tech_sme, coalesce(s.new_sme, 0), coalesce(s.ytd_sme, 0), coalesce(s.total_sme, 0),
        NULL::integer
    FROM unit AS u
    LEFT JOIN (
        SELECT
            c.unit_code,
            max(c.target) FILTER (WHERE c.kind = 'TECH_ENTERPRISE') AS tech_enterprise,
            max(c.target) FILTER (WHERE c.kind = 'HNTE') AS hnte,
            max(c.target) FILTER (WHERE c.kind = 'TECH_SME') AS tech_sme
        FROM cultivation_target AS c
        WHERE c.year = live_cultivation.month / 100
        GROUP BY c.unit_code
    ) AS g ON g.unit_code = u.code
    LEFT JOIN (
        SELECT
            m.unit_code,
            (sum(m.this_month) FILTER (WHERE m.series = 'IN_LIBRARY'))::integer AS new_tech,
            (sum(m.this_year) FILTER (WHERE m.series = 'IN_LIBRARY'))::integer AS ytd_tech,
            (coalesce(sum(m.standing) FILTER (WHERE m.series = 'IN_LIBRARY'), 0))::integer AS total_tech,
            (sum(m.this_month) FILTER (WHERE m.series = 'HNTE_FROM'))::integer AS new_hnte,
            (sum(m.this_year) FILTER (WHERE m.series = 'HNTE_FROM'))::integer AS ytd_hnte,
            (coalesce(sum(m.standing) FILTER (WHERE m.series = 'HNTE_FROM'), 0)
                - coalesce(sum(m.standing) FILTER (WHERE m.series = 'HNTE_TO'), 0))::integer AS total_hnte,
            (sum(m.this_month) FILTER (WHERE m.series = 'TECH_SME_FROM'))::integer AS new_sme,
            (sum(m.this_year) FILTER (WHERE m.series = 'TECH_SME_FROM'))::integer AS ytd_sme,
            (coalesce(sum(m.standing) FILTER (WHERE m.series = 'TECH_SME_FROM'), 0)
                - coalesce(sum(m.standing) FILTER (WHERE m.series = 'TECH_SME_TO'), 0))::integer AS total_sme
        FROM live_month(live_cultivation.month) AS m
        GROUP BY m.unit_code
    ) AS s ON s.unit_code = u.code
    WHERE u.is_jurisdiction;
END;

-- What the page of a month shows: the frozen rows where the month is frozen, else how it stands.
CREATE FUNCTION cultivation_progress(month integer)
RETURNS TABLE (
    unit_code text, is_frozen boolean,
    target_tech_enterprise integer, month_new_tech_enterprise integer, ytd_new_tech_enterprise integer,
    total_tech_enterprise integer,
    target_hnte integer, month_new_hnte integer, ytd_new_hnte integer, total_hnte integer,
    target_tech_sme integer, month_new_tech_sme integer, ytd_new_tech_sme integer, total_tech_sme integer,
    reserve_hnte_count integer
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        f.unit_code, true,
        f.target_tech_enterprise, f.month_new_tech_enterprise, f.ytd_new_tech_enterprise, f.total_tech_enterprise,
        f.target_hnte, f.month_new_hnte, f.ytd_new_hnte, f.total_hnte,
        f.target_tech_sme, f.month_new_tech_sme, f.ytd_new_tech_sme, f.total_tech_sme, f.reserve_hnte_count
    FROM cultivation_snapshot AS f
    WHERE f.month = cultivation_progress.month
    UNION ALL
    SELECT
        l.unit_code, false,
        l.target_tech_enterprise, l.month_new_tech_enterprise, l.ytd_new_tech_enterprise, l.total_tech_enterprise,
        l.target_hnte, l.month_new_hnte, l.ytd_new_hnte, l.total_hnte,
        l.target_tech_sme, l.month_new_tech_sme, l.ytd_new_tech_sme, l.total_tech_sme, l.reserve_hnte_count
    FROM live_cultivation(cultivation_progress.month) AS l
    WHERE NOT EXISTS (SELECT FROM cultivation_snapshot AS f WHERE f.month = cultivation_progress.month);
END;

-- Keep a closed month as it stands; answers the number of rows, 0 where it is frozen already. Two at once: one waits,
-- and then finds it frozen. `reserve` gives the size of the reserve library by unit, where it is known.
CREATE FUNCTION cultivation_freeze(month integer, reserve jsonb DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    kept integer;
BEGIN
    IF cultivation_freeze.month / 100 - 1 > 2035 THEN
        RAISE EXCEPTION '月份 % 超出统计汇总的年份范围,不能封存', cultivation_freeze.month
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'standings are kept up to the end of 2035';
    END IF;
    IF cultivation_freeze.month >= rollup_month(rollup_today()) THEN
        RAISE EXCEPTION '月份 % 尚未结束,不能封存', cultivation_freeze.month USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'a month is frozen once it is closed';
    END IF;
    INSERT INTO cultivation_snapshot (
        unit_code, month,
        target_tech_enterprise, month_new_tech_enterprise, ytd_new_tech_enterprise, total_tech_enterprise,
        target_hnte, month_new_hnte, ytd_new_hnte, total_hnte,
        target_tech_sme, month_new_tech_sme, ytd_new_tech_sme, total_tech_sme, reserve_hnte_count
    )
    SELECT
        l.unit_code, cultivation_freeze.month,
        l.target_tech_enterprise, l.month_new_tech_enterprise, l.ytd_new_tech_enterprise, l.total_tech_enterprise,
        l.target_hnte, l.month_new_hnte, l.ytd_new_hnte, l.total_hnte,
        l.target_tech_sme, l.month_new_tech_sme, l.ytd_new_tech_sme, l.total_tech_sme,
        (reserve ->> l.unit_code)::integer
    FROM live_cultivation(cultivation_freeze.month) AS l
    WHERE NOT EXISTS (SELECT FROM cultivation_snapshot AS f WHERE f.month = cultivation_freeze.month)
    ORDER BY 1
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS kept = ROW_COUNT;
    RETURN kept;
END $$;

-- The months that are closed and not frozen, from the first of which anything is known.
CREATE FUNCTION cultivation_unfrozen() RETURNS SETOF integer
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT rollup_month(m::date)
    FROM (
        SELECT min(make_date(t.bucket / 100, t.bucket % 100, 1)) AS first
        FROM live_tally AS t
        WHERE t.series IN ('IN_LIBRARY', 'HNTE_FROM', 'TECH_SME_FROM') AND t.bucket BETWEEN 200001 AND 999912
    ) AS known
    CROSS JOIN LATERAL generate_series(known.first, rollup_today() - interval '1 month', interval '1 month') AS m
    WHERE rollup_month(m::date) < rollup_month(rollup_today())
        AND NOT EXISTS (SELECT FROM cultivation_snapshot AS f WHERE f.month = rollup_month(m::date))
    ORDER BY 1;
END;

CREATE FUNCTION keqi_frozen() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '已封存的月份不能修改或删除'
        USING ERRCODE = 'restrict_violation', DETAIL = format('%s is append-only: %s refused', TG_TABLE_NAME, TG_OP);
END $$;

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON cultivation_snapshot
FOR EACH ROW EXECUTE FUNCTION keqi_frozen();

CREATE TRIGGER frozen_truncate BEFORE TRUNCATE ON cultivation_snapshot
FOR EACH STATEMENT EXECUTE FUNCTION keqi_frozen();
