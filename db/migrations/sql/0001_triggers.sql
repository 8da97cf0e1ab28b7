-- Review records are appended, never changed (domain §2.3). The one update let through is the foreign
-- key's own cascade (a trigger's, hence the depth), which moves an enterprise's rows to its new unit.
CREATE FUNCTION keqi_append_only() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1
        AND to_jsonb(NEW) - '{uscc,unit_code}'::text[] = to_jsonb(OLD) - '{uscc,unit_code}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '审批意见只能新增，不能修改或删除'
        USING ERRCODE = 'restrict_violation', DETAIL = format('%s is append-only: %s refused', TG_TABLE_NAME, TG_OP);
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_record
FOR EACH ROW EXECUTE FUNCTION keqi_append_only();

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON review_record
FOR EACH STATEMENT EXECUTE FUNCTION keqi_append_only();

-- hi_tech_product_count equals the rows of report_product (domain §2.4, tab 9). Once per statement, and
-- a report whose count is right already is not written, so a load that brings its own counts is cheap.
CREATE FUNCTION keqi_count_products() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE annual_report AS r
    SET hi_tech_product_count = n.products
    FROM (
        SELECT k.uscc, k.year, count(p.no) AS products
        FROM (SELECT DISTINCT uscc, year FROM changed) AS k
        LEFT JOIN report_product AS p ON p.uscc = k.uscc AND p.year = k.year
        GROUP BY k.uscc, k.year
    ) AS n
    WHERE r.uscc = n.uscc AND r.year = n.year AND r.hi_tech_product_count <> n.products;
    RETURN NULL;
END $$;

CREATE TRIGGER count_products_added AFTER INSERT ON report_product
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keqi_count_products();

CREATE TRIGGER count_products_removed AFTER DELETE ON report_product
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keqi_count_products();
