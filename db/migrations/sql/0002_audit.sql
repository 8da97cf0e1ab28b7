-- The audit trail's one way in. Batches are numbered and sealed under one lock, so neither they nor their lines have
-- gaps. A seal's digest is keyed (HMAC-SHA-256) and covers the seal before it: nobody without the key can put a line in,
-- take one out or change one and make the chain whole again. The key comes with each batch, as the two padded blocks of
-- HMAC (inner, outer: 64 bytes each), and is never stored here.
--
-- The functions run with their owner's rights: a service with an account of its own needs EXECUTE on audit_append,
-- audit_roll and audit_spread_on and SELECT on the tables and the view, and no right to write.

-- A batch is small or kept beside its row, and never compressed: that would cost more than all the rest.
ALTER TABLE audit_seal ALTER COLUMN lines SET STORAGE EXTERNAL;

-- Seal lines (a JSON array, one array a line) as the next batch; answers batch:digest, the chain's new end. `content` is
-- the lines' SHA-256, which the writer computes faster. The lock is held until the caller's transaction ends, so this is
-- the last thing a transaction does. One statement and one expression, all inline: this stands between a reader and the
-- page, and each further function, statement or constraint costs it ten microseconds.
CREATE FUNCTION audit_append(key bytea, key_id text, line_count integer, lines bytea, content bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET keqi.audit = 'append'
AS $$
DECLARE
    head text;
BEGIN
    IF octet_length(key) <> 128 OR octet_length(content) <> 32 OR line_count < 1
        -- A line that was promised survives a crash, whatever the server or the session says.
        OR (current_setting('synchronous_commit') = 'off' AND set_config('synchronous_commit', 'on', true) <> 'on')
        -- Any number that nobody else locks; it spells "audit". Taken before the statement below sees the last seal.
        OR pg_advisory_xact_lock(418581342580) IS NULL
    THEN
        RAISE EXCEPTION 'a key of two blocks, a digest and at least one line' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO public.audit_seal (batch, first_no, last_no, sealed_at, lines, key_id, digest)
    SELECT n.batch, n.first_no, n.last_no, n.sealed_at, audit_append.lines, audit_append.key_id,
        sha256(substring(key FROM 65) || sha256(substring(key FOR 64) || n.earlier || content || convert_to(
            n.batch::text || ' ' || n.first_no::text || ' ' || n.last_no::text || ' '
                || ((extract(epoch FROM n.sealed_at) * 1000000)::bigint)::text || ' ' || audit_append.key_id,
            'UTF8'
        )))
    FROM (
        SELECT coalesce(l.batch, 0) + 1 AS batch, coalesce(l.last_no, 0) + 1 AS first_no,
            coalesce(l.last_no, 0) + line_count AS last_no,
            -- The clock as it is, even where it was set back: the order is that of the numbers.
            clock_timestamp() AS sealed_at,
            coalesce(l.digest, decode(repeat('00', 32), 'hex')) AS earlier
        FROM (SELECT) AS one
        LEFT JOIN (SELECT * FROM public.audit_seal AS s ORDER BY s.batch DESC LIMIT 1) AS l ON true
    ) AS n
    RETURNING audit_seal.batch::text || ':' || encode(audit_seal.digest, 'hex') INTO head;
    RETURN head;
END $$;

-- A batch's lines, spread over columns. A line is [kind, subject, role, [units], bank, department, reader_uscc,
-- operation, [fields], rows, "subjects joined by commas", roll, roll_digest in hex, filter, client, request_id, outcome,
-- reason].
CREATE FUNCTION audit_lines(seal audit_seal) RETURNS SETOF audit_line
LANGUAGE sql STABLE PARALLEL SAFE ROWS 8
BEGIN ATOMIC
    SELECT (seal).first_no + i - 1, (seal).batch, (seal).sealed_at, l ->> 0, l ->> 1, l ->> 2,
        ARRAY(SELECT jsonb_array_elements_text(l -> 3)), l ->> 4, l ->> 5, l ->> 6, l ->> 7,
        ARRAY(SELECT jsonb_array_elements_text(l -> 8)), (l ->> 9)::bigint,
        ARRAY(SELECT DISTINCT u.code COLLATE "C" AS code FROM unnest(string_to_array(l ->> 10, ',')) AS u (code) ORDER BY code),
        (l ->> 11)::bigint, decode(l ->> 12, 'hex'), l ->> 13, l ->> 14, l ->> 15, l ->> 16, l ->> 17
    FROM jsonb_array_elements(convert_from((seal).lines, 'UTF8')::jsonb) WITH ORDINALITY AS x (l, i);
END;

INSERT INTO audit_spread VALUES (0);

-- Spread the lines of up to `most` batches; answers how many lines. One at a time: 0 as well while another does it.
CREATE FUNCTION audit_spread_on(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET keqi.audit = 'append'
AS $$
DECLARE
    done bigint;
    upto bigint;
    spread bigint;
BEGIN
    SELECT s.batch INTO done FROM public.audit_spread AS s FOR UPDATE SKIP LOCKED;
    SELECT max(n.batch) INTO upto
    FROM (SELECT s.batch FROM public.audit_seal AS s WHERE s.batch > done ORDER BY s.batch LIMIT most) AS n;
    IF upto IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO public.audit_line
    SELECT l.* FROM public.audit_seal AS s CROSS JOIN LATERAL public.audit_lines(s) AS l
    WHERE s.batch > done AND s.batch <= upto ORDER BY s.batch;
    GET DIAGNOSTICS spread = ROW_COUNT;
    UPDATE public.audit_spread SET batch = upto;
    RETURN spread;
END $$;

-- The lines that are not spread yet. Not inlined on purpose: the planner is to know that they are few.
CREATE FUNCTION audit_tail() RETURNS SETOF audit_line
LANGUAGE plpgsql STABLE ROWS 100
AS $$
BEGIN
    RETURN QUERY
    SELECT l.* FROM audit_seal AS s CROSS JOIN LATERAL audit_lines(s) AS l
    WHERE s.batch > (SELECT batch FROM audit_spread);
END $$;

CREATE VIEW audit_entry AS SELECT * FROM audit_line UNION ALL SELECT * FROM audit_tail();

-- Keep a long list of enterprises in parts of 10,000; a line then names it by number and digest. The codes come in a
-- temporary table, audit_codes (code text), in any order, repeated or not: a million in one parameter would hold up the
-- service that sends them. Written before the line and outside its lock, since sorting them takes seconds; a list that no
-- line came to name says nothing.
CREATE SEQUENCE audit_roll_no;

CREATE FUNCTION audit_leaf(part audit_subjects) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(convert_to(
    json_build_array((part).roll, (part).part, (part).lo, (part).hi, (part).usccs)::text, 'UTF8'
));

CREATE FUNCTION audit_roll(OUT roll bigint, OUT digest bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET keqi.audit = 'append'
SET work_mem = '64MB'
AS $$
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    roll := nextval('public.audit_roll_no');
    WITH written AS (
        INSERT INTO public.audit_subjects AS s (roll, part, lo, hi, usccs)
        SELECT audit_roll.roll, d.part, min(d.code), max(d.code), array_agg(d.code ORDER BY d.code)
        FROM (
            SELECT c.code, ((row_number() OVER (ORDER BY c.code) - 1) / 10000)::integer AS part
            FROM (SELECT DISTINCT u.code COLLATE "C" AS code FROM pg_temp.audit_codes AS u) AS c
        ) AS d
        GROUP BY d.part
        RETURNING s.part, public.audit_leaf(s) AS leaf
    )
    SELECT sha256(string_agg(w.leaf, '' ORDER BY w.part)) INTO digest FROM written AS w;
END $$;

-- The numbers of the lines that name an enterprise, in themselves or by a list. A function, so that it is planned by
-- itself: a condition on subjects beside ORDER BY no DESC LIMIT has the planner walk the whole trail for a rare code.
CREATE FUNCTION audit_naming(code text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100
AS $$
DECLARE
    rolls CONSTANT bigint[] := ARRAY(
        SELECT s.roll FROM audit_subjects AS s WHERE s.lo <= code AND s.hi >= code AND code = ANY(s.usccs)
    );
BEGIN
    RETURN QUERY
    SELECT l.no FROM audit_line AS l WHERE l.subjects @> ARRAY[code]
    UNION ALL SELECT l.no FROM audit_line AS l WHERE l.roll = ANY(rolls)
    UNION ALL SELECT t.no FROM audit_tail() AS t WHERE t.subjects @> ARRAY[code] OR t.roll = ANY(rolls);
END $$;

REVOKE EXECUTE ON FUNCTION audit_append, audit_roll, audit_spread_on FROM PUBLIC;

-- Nothing is changed, removed or put in beside the functions above, not even by the owner. Who switches triggers off can;
-- `keqi audit verify` shows it.
CREATE FUNCTION audit_refused() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '审计记录只能由系统新增，不能修改或删除'
        USING ERRCODE = 'restrict_violation', DETAIL = format('%s is append-only: %s refused', TG_TABLE_NAME, TG_OP);
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{audit_seal,audit_line,audit_subjects}'::text[] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION audit_refused()', name
        );
        EXECUTE format(
            'CREATE TRIGGER appended_by_function BEFORE INSERT ON %I FOR EACH STATEMENT '
            'WHEN (current_setting(''keqi.audit'', true) IS DISTINCT FROM ''append'') EXECUTE FUNCTION audit_refused()', name
        );
    END LOOP;
END $$;

-- The progress is moved on by its function alone, too, and there is one row of it.
CREATE TRIGGER moved_by_function BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_spread FOR EACH STATEMENT
WHEN (current_setting('keqi.audit', true) IS DISTINCT FROM 'append') EXECUTE FUNCTION audit_refused();
