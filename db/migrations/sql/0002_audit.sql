-- The audit trail's one way in. Lines are numbered and sealed under one lock, so numbers and batches have no gaps; a
-- seal's digest is keyed (HMAC-SHA-256) and covers the seal before it, so nobody without the key can put a line in, take
-- one out or change one and make the chain whole again. The key comes as the two padded blocks of HMAC (inner, outer:
-- 64 bytes each); it is never stored here.
--
-- The functions run with their owner's rights: a service with an account of its own needs EXECUTE on audit_append and
-- audit_roll and SELECT on the tables, and no right to INSERT.

-- A line's canonical text: every column in order, as JSON. No setting of a session has a part in it.
CREATE FUNCTION audit_text(line audit_entry) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_array(
    (line).no, (line).batch, (extract(epoch FROM (line).at) * 1000000)::bigint, (line).kind, (line).subject,
    (line).role, (line).units, (line).bank, (line).department, (line).reader_uscc, (line).operation, (line).fields,
    (line).rows, (line).subjects, (line).roll, encode((line).roll_digest, 'hex'), (line).filter, (line).client,
    (line).request_id, (line).outcome, (line).reason
)::text;

CREATE FUNCTION audit_leaf(line audit_entry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(convert_to(audit_text(line), 'UTF8'));

-- A seal's own canonical text.
CREATE FUNCTION audit_text(seal audit_seal) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_array(
    (seal).batch, (seal).first_no, (seal).last_no, (extract(epoch FROM (seal).sealed_at) * 1000000)::bigint, (seal).key_id
)::text;

-- A part of a list of enterprises.
CREATE FUNCTION audit_leaf(part audit_subjects) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(convert_to(
    json_build_array((part).roll, (part).part, (part).lo, (part).hi, (part).usccs)::text, 'UTF8'
));

CREATE FUNCTION audit_hmac(key bytea, message bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(substring(key FROM 65) || sha256(substring(key FOR 64) || message));

-- Write lines (one element of each array a line) and seal them as the next batch. The lock is held until the caller's
-- transaction ends, so this is the last thing a transaction does.
CREATE FUNCTION audit_append(
    key bytea, key_id text, kinds text[], accounts text[], roles text[], units text[], banks text[], departments text[],
    reader_usccs text[], operations text[], fields text[], row_counts bigint[], usccs text[], rolls bigint[],
    roll_digests bytea[], filters text[], clients text[], request_ids text[], outcomes text[], reasons text[],
    OUT batch bigint, OUT first_no bigint, OUT digest bytea
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET keqi.audit = 'append'
AS $$
DECLARE
    earlier public.audit_seal;
    seal public.audit_seal;
BEGIN
    IF octet_length(key) <> 128 THEN
        RAISE EXCEPTION 'audit key must be two blocks of 64 bytes' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        -- A line that was promised survives a crash, whatever the server or the session says.
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    PERFORM pg_advisory_xact_lock(7311425967171070324);  -- any number nobody else locks; it spells "audit"
    SELECT s.batch, s.last_no, s.sealed_at, s.digest INTO earlier.batch, earlier.last_no, earlier.sealed_at, earlier.digest
    FROM public.audit_seal AS s ORDER BY s.batch DESC LIMIT 1;
    seal.batch := coalesce(earlier.batch, 0) + 1;
    seal.first_no := coalesce(earlier.last_no, 0) + 1;
    seal.last_no := seal.first_no + cardinality(kinds) - 1;
    -- The clock may be set back; the trail's order is not.
    seal.sealed_at := greatest(clock_timestamp(), earlier.sealed_at);
    seal.key_id := key_id;
    WITH written AS (
        INSERT INTO public.audit_entry AS e (
            no, batch, at, kind, subject, role, units, bank, department, reader_uscc, operation, fields, rows, subjects,
            roll, roll_digest, filter, client, request_id, outcome, reason
        )
        SELECT seal.first_no + l.i - 1, seal.batch, seal.sealed_at, l.kind, l.account, l.role, l.units::text[], l.bank,
            l.department, l.reader_uscc, l.operation, l.fields::text[], l.row_count,
            string_to_array(l.usccs, ','), l.roll, l.roll_digest, l.filter, l.client, l.request_id, l.outcome, l.reason
        FROM unnest(
            kinds, accounts, roles, units, banks, departments, reader_usccs, operations, fields, row_counts, usccs, rolls,
            roll_digests, filters, clients, request_ids, outcomes, reasons
        ) WITH ORDINALITY AS l (
            kind, account, role, units, bank, department, reader_uscc, operation, fields, row_count, usccs, roll,
            roll_digest, filter, client, request_id, outcome, reason, i
        )
        RETURNING e.no, public.audit_leaf(e) AS leaf
    )
    SELECT string_agg(w.leaf, '' ORDER BY w.no) INTO seal.leaves FROM written AS w;
    seal.digest := public.audit_hmac(
        key, coalesce(earlier.digest, decode(repeat('00', 32), 'hex')) || sha256(seal.leaves)
            || convert_to(public.audit_text(seal), 'UTF8')
    );
    INSERT INTO public.audit_seal SELECT seal.*;
    batch := seal.batch;
    first_no := seal.first_no;
    digest := seal.digest;
END $$;

-- Keep a long list of enterprises (codes joined by commas, in any order, repeated or not) in parts of 10,000; a line then
-- names it by number and digest. Written before the line and outside its lock, since sorting a million codes takes
-- seconds; a list that no line came to name says nothing.
CREATE SEQUENCE audit_roll_no;

CREATE FUNCTION audit_roll(codes bytea, OUT roll bigint, OUT digest bytea)
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
            FROM (
                SELECT DISTINCT u.code COLLATE "C" AS code
                FROM unnest(string_to_array(convert_from(codes, 'UTF8'), ',')) AS u (code)
            ) AS c
        ) AS d
        GROUP BY d.part
        RETURNING s.part, public.audit_leaf(s) AS leaf
    )
    SELECT sha256(string_agg(w.leaf, '' ORDER BY w.part)) INTO digest FROM written AS w;
END $$;

REVOKE EXECUTE ON FUNCTION audit_append, audit_roll FROM PUBLIC;

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
    FOREACH name IN ARRAY '{audit_entry,audit_subjects,audit_seal}'::text[] LOOP
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
