-- What is kept in step with counted rows (db/rollups says how). A change leaves the credit codes it touches in the log
-- `touched`, in its own transaction: plain inserts, so that no writer waits for another one and none can deadlock.

-- Periods as numbers, each level a space of its own: 2022, 202212, 20221231. By date_part, which gives a float: extract()
-- makes a numeric, and an import's folding takes ten times as long over it.
CREATE FUNCTION rollup_year(day date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date_part('year', day::timestamp)::integer;

CREATE FUNCTION rollup_month(day date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (date_part('year', day::timestamp) * 100 + date_part('month', day::timestamp))::integer;

CREATE FUNCTION rollup_day_of(day date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    date_part('year', day::timestamp) * 10000 + date_part('month', day::timestamp) * 100
    + date_part('day', day::timestamp)
)::integer;

-- A stored date that a period can be told of: one slip (the year 20222, infinity) must not stop all statistics.
CREATE FUNCTION rollup_day(day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(greatest(day, date '1000-01-01'), date '9999-12-31');

CREATE FUNCTION keqi_touched() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO touched (uscc) SELECT DISTINCT uscc FROM changed;
    RETURN NULL;
END $$;

CREATE FUNCTION keqi_touched_both() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO touched (uscc) SELECT uscc FROM before UNION SELECT uscc FROM after;
    RETURN NULL;
END $$;

-- The empty code stands for everybody.
CREATE FUNCTION keqi_touched_all() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO touched (uscc) VALUES ('');
    RETURN NULL;
END $$;

DO $$
DECLARE
    counted text;
BEGIN
    FOREACH counted IN ARRAY '{enterprise,annual_report,report_platform,report_standard,report_award,hnte_certificate,tech_sme_registration,voucher_application}'::text[] LOOP
        EXECUTE format('CREATE TRIGGER touched_added AFTER INSERT ON %I REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched()', counted);
        EXECUTE format('CREATE TRIGGER touched_changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS before NEW TABLE AS after '
            'FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched_both()', counted);
        EXECUTE format('CREATE TRIGGER touched_removed AFTER DELETE ON %I REFERENCING OLD TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched()', counted);
        EXECUTE format('CREATE TRIGGER touched_emptied AFTER TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION keqi_touched_all()', counted);
    END LOOP;
END $$;

-- Everybody who was folded; a function, so that the planner does not reckon with them where nobody means them.
CREATE FUNCTION touched_everybody() RETURNS SETOF text
LANGUAGE plpgsql STABLE ROWS 1
AS $$ BEGIN RETURN QUERY SELECT uscc FROM fact_enterprise; END $$;

-- Whose facts may differ from those folded.
CREATE VIEW touched_uscc AS
    SELECT uscc FROM touched WHERE uscc <> ''
    UNION
    SELECT e.uscc COLLATE "C" FROM touched AS t CROSS JOIN LATERAL touched_everybody() AS e (uscc) WHERE t.uscc = '';

-- Rows that were there before this revision are folded by the first merger.
INSERT INTO touched (uscc) SELECT uscc FROM enterprise;
