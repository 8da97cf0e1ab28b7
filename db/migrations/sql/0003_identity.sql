-- Accounts that log in elsewhere, tokens that are believed no longer, and word of both to every running process.

ALTER TABLE account
    ADD COLUMN issuer TEXT COLLATE "C"
        CONSTRAINT ck_account_issuer_length CHECK (char_length(issuer) <= 300),
    ADD COLUMN external_subject TEXT COLLATE "C"
        CONSTRAINT ck_account_external_subject_length CHECK (char_length(external_subject) <= 255),
    ADD CONSTRAINT uq_account_issuer_external_subject UNIQUE (issuer, external_subject),
    ADD CONSTRAINT ck_account_external_identity_whole CHECK ((issuer IS NULL) = (external_subject IS NULL));

COMMENT ON COLUMN account.issuer IS '外部登录平台';

COMMENT ON COLUMN account.external_subject IS '外部登录平台的用户编号';

CREATE TABLE revoked_token (
    token_id TEXT COLLATE "C" NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_revoked_token PRIMARY KEY (token_id)
);

COMMENT ON TABLE revoked_token IS '已撤销的令牌';

COMMENT ON COLUMN revoked_token.token_id IS '令牌编号(jti)';

COMMENT ON COLUMN revoked_token.revoked_at IS '撤销时间';

COMMENT ON COLUMN revoked_token.expires_at IS '令牌到期时间';

CREATE TABLE token_cutoff (
    subject TEXT COLLATE "C" NOT NULL,
    issued_before TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_token_cutoff PRIMARY KEY (subject),
    CONSTRAINT ck_token_cutoff_subject_length CHECK (char_length(subject) <= 300)
);

COMMENT ON TABLE token_cutoff IS '令牌失效时间点';

COMMENT ON COLUMN token_cutoff.subject IS '账号或令牌主体';

COMMENT ON COLUMN token_cutoff.issued_before IS '此前签发的令牌一律失效';

-- Whom to ask about anew. An empty word means everybody: for single tokens, whose holder is not known here, and where
-- naming all who changed would be a flood. Delivered when the transaction commits, in the order of commits.
CREATE FUNCTION identity_tell(subjects text[]) RETURNS void
LANGUAGE sql
AS $$
    SELECT pg_notify('keqi_identity', subject)
    FROM unnest(CASE WHEN cardinality(subjects) > 100 THEN ARRAY[''] ELSE subjects END) AS subject
$$;

-- No token issued for the subjects so far is believed from now on; a moment once set is never set back.
CREATE FUNCTION identity_cut_off(subjects text[]) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO token_cutoff AS kept (subject, issued_before)
    SELECT DISTINCT subject, clock_timestamp() FROM unnest(subjects) AS subject
    ORDER BY 1
    ON CONFLICT (subject) DO UPDATE SET issued_before = greatest(kept.issued_before, excluded.issued_before)
$$;

-- An account that was disabled, enabled, renamed, removed or given to another person elsewhere starts afresh: what was
-- signed for it before must not come back to life with it.
CREATE FUNCTION keqi_account_added() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM identity_tell(ARRAY(SELECT login FROM added));
    RETURN NULL;
END $$;

CREATE FUNCTION keqi_account_changed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM identity_cut_off(ARRAY(
        SELECT login FROM (
            SELECT id, login, status, issuer, external_subject FROM before
            EXCEPT
            SELECT id, login, status, issuer, external_subject FROM after
        ) AS gone
    ));
    PERFORM identity_tell(ARRAY(SELECT login FROM before UNION SELECT login FROM after));
    RETURN NULL;
END $$;

CREATE FUNCTION keqi_account_removed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM identity_cut_off(ARRAY(SELECT login FROM removed));
    PERFORM identity_tell(ARRAY(SELECT login FROM removed));
    RETURN NULL;
END $$;

CREATE FUNCTION keqi_accounts_emptied() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM identity_cut_off(ARRAY(SELECT login FROM account));
    PERFORM identity_tell(ARRAY['']);
    RETURN NULL;
END $$;

CREATE TRIGGER identity_added AFTER INSERT ON account
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keqi_account_added();

CREATE TRIGGER identity_changed AFTER UPDATE ON account
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION keqi_account_changed();

CREATE TRIGGER identity_removed AFTER DELETE ON account
REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keqi_account_removed();

CREATE TRIGGER identity_emptied BEFORE TRUNCATE ON account
FOR EACH STATEMENT EXECUTE FUNCTION keqi_accounts_emptied();

-- Written on behalf of a token, not of an account: told here, so that whoever writes cannot forget it.
CREATE FUNCTION keqi_token_revoked() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM identity_tell(ARRAY['']);
    RETURN NULL;
END $$;

CREATE TRIGGER identity_told AFTER INSERT OR UPDATE ON revoked_token
FOR EACH STATEMENT EXECUTE FUNCTION keqi_token_revoked();

CREATE FUNCTION keqi_cutoff_set() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM identity_tell(ARRAY(SELECT subject FROM cut));
    RETURN NULL;
END $$;

CREATE TRIGGER identity_cut AFTER INSERT ON token_cutoff
REFERENCING NEW TABLE AS cut FOR EACH STATEMENT EXECUTE FUNCTION keqi_cutoff_set();

CREATE TRIGGER identity_cut_again AFTER UPDATE ON token_cutoff
REFERENCING NEW TABLE AS cut FOR EACH STATEMENT EXECUTE FUNCTION keqi_cutoff_set();
