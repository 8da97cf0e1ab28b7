-- The review status of an enterprise: that of the latest version of its basic information that was ever submitted
-- (domain §1.1 C9). It stands in the enterprise's own row, so that the list filters and shows it without a join.
ALTER TABLE enterprise ADD COLUMN review_status TEXT COLLATE "C"
    CONSTRAINT ck_enterprise_review_status_known CHECK (review_status IN ('DRAFT', 'PENDING_DISTRICT', 'REJECTED_DISTRICT', 'APPROVED'));

COMMENT ON COLUMN enterprise.review_status IS '审核状态(最近一次提交的基本信息)';

DROP INDEX ix_enterprise_unit_code_name_uscc;

CREATE INDEX ix_enterprise_listed ON enterprise (unit_code, name, uscc, review_status, in_library);

-- What it should be, for one enterprise; null where nothing was submitted yet.
CREATE FUNCTION keqi_review_status(code text) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT status FROM basic_info WHERE uscc = code AND status <> 'DRAFT' ORDER BY version DESC LIMIT 1
$$;

-- Once per statement. The rows are locked first, in one order for everybody, and only then looked at: of two writers
-- about the same enterprise the second sees what the first wrote, and two about many never wait for each other in a ring.
CREATE FUNCTION keqi_keep_review_status() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    codes text[];
BEGIN
    SELECT array_agg(locked.uscc) INTO codes FROM (
        SELECT e.uscc FROM enterprise AS e
        WHERE e.uscc IN (SELECT uscc FROM changed) ORDER BY e.uscc FOR NO KEY UPDATE
    ) AS locked;
    UPDATE enterprise AS e SET review_status = now.status
    FROM (SELECT code, keqi_review_status(code) AS status FROM unnest(codes) AS code OFFSET 0) AS now
    WHERE e.uscc = now.code AND e.review_status IS DISTINCT FROM now.status;
    RETURN NULL;
END $$;

CREATE TRIGGER review_status_added AFTER INSERT ON basic_info
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keqi_keep_review_status();

CREATE TRIGGER review_status_changed AFTER UPDATE ON basic_info
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keqi_keep_review_status();

CREATE TRIGGER review_status_removed AFTER DELETE ON basic_info
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keqi_keep_review_status();

UPDATE enterprise AS e SET review_status = keqi_review_status(e.uscc)
WHERE EXISTS (SELECT FROM basic_info AS b WHERE b.uscc = e.uscc AND b.status <> 'DRAFT');
