-- Functions of the rules that tables, seed and queries share. All are immutable and parallel safe, so
-- that generated columns and indexes may use them. Bodies in the SQL standard's form are bound to their
-- names here and now: a restore under another search_path finds them, and the planner inlines them.

-- One normaliser for search, of both the stored text and the pattern: full-width letters become
-- half-width (NFKC), case is folded, space around is dropped. Folding is ASCII's alone: what lower()
-- does beyond it differs between the machines' locales, and Chinese has no case.
CREATE FUNCTION keqi_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(lower(normalize(value, NFKC) COLLATE "C"), E' \t\r\n');

-- The texts of an array one per line; array_to_string is only STABLE because some element types print
-- by a setting, which text does not.
CREATE FUNCTION keqi_lines(lines text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$ BEGIN RETURN array_to_string(lines, E'\n'); END $$;

-- What the contains-search of an enterprise looks into: name, former names and code, a line each, so
-- that no pattern matches across two of them.
CREATE FUNCTION keqi_search_text(name text, former_names text[], uscc text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN keqi_fold(
    CASE WHEN cardinality(former_names) = 0 THEN name || E'\n' || uscc
    ELSE name || E'\n' || keqi_lines(former_names) || E'\n' || uscc END
);

-- Unified social credit code, GB 32100-2015 (domain §3.9): 18 of 31 symbols, the last a check on the
-- others. A symbol's value is its place in the alphabet; the table below maps its byte to that value.
-- Null for null.
CREATE FUNCTION keqi_uscc_ok(code text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    -- Values by byte from '0' (48) on; ff for bytes that are no symbol, which the first test keeps out.
    v CONSTANT bytea := '\x00010203040506070809ffffffffffffff0a0b0c0d0e0f1011ff1213141516ff171819ff1a1bff1c1d1e';
    b bytea;
BEGIN
    IF length(code) <> 18 OR translate(code, '0123456789ABCDEFGHJKLMNPQRTUWXY', '') <> '' THEN
        RETURN false;
    END IF;
    b := decode(code, 'escape');
    RETURN (
        get_byte(v, get_byte(b, 0) - 48)
        + get_byte(v, get_byte(b, 1) - 48) * 3
        + get_byte(v, get_byte(b, 2) - 48) * 9
        + get_byte(v, get_byte(b, 3) - 48) * 27
        + get_byte(v, get_byte(b, 4) - 48) * 19
        + get_byte(v, get_byte(b, 5) - 48) * 26
        + get_byte(v, get_byte(b, 6) - 48) * 16
        + get_byte(v, get_byte(b, 7) - 48) * 17
        + get_byte(v, get_byte(b, 8) - 48) * 20
        + get_byte(v, get_byte(b, 9) - 48) * 29
        + get_byte(v, get_byte(b, 10) - 48) * 25
        + get_byte(v, get_byte(b, 11) - 48) * 13
        + get_byte(v, get_byte(b, 12) - 48) * 8
        + get_byte(v, get_byte(b, 13) - 48) * 24
        + get_byte(v, get_byte(b, 14) - 48) * 10
        + get_byte(v, get_byte(b, 15) - 48) * 30
        + get_byte(v, get_byte(b, 16) - 48) * 28
        + get_byte(v, get_byte(b, 17) - 48)
    ) % 31 = 0;
END $$;

-- The three sectors by GB/T 4754-2017 code (domain §3.8); null where the code names no section. Service
-- divisions 05, 11 and 43 count as tertiary wherever they stand. Not STRICT: that would forbid inlining.
CREATE FUNCTION keqi_industry_category(industry_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN industry_code COLLATE "C" >= 'A' AND industry_code COLLATE "C" < 'F' THEN
        CASE
            WHEN left(industry_code, 3) IN ('A05', 'B11', 'C43') THEN 'TERTIARY'
            WHEN industry_code COLLATE "C" < 'B' THEN 'PRIMARY'
            ELSE 'SECONDARY'
        END
    WHEN industry_code COLLATE "C" >= 'F' AND industry_code COLLATE "C" < 'U' THEN 'TERTIARY'
END;

-- Enterprise size (domain §3.7). Each listed measure alone gives a class (3 large, 2 medium, 1 small,
-- 0 micro); the enterprise has the lowest of them, for every lower bound must be reached. Bounds are
-- those of the standard: persons, and 万元 turned into 千元. Null where a figure is missing that could
-- change the class; UNCLASSIFIED where the standard does not cover the industry.
CREATE FUNCTION keqi_enterprise_size(
    industry_code text, staff integer, revenue_kyuan numeric, assets_kyuan numeric
) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    section CONSTANT text := left(industry_code, 1);
    division CONSTANT text := substr(industry_code, 2, 2);
    by_staff integer[];
    by_revenue integer[];
    by_assets integer[];
    class integer := 3;
    unknown boolean := false;
BEGIN
    IF industry_code IS NULL THEN
        RETURN NULL;
    ELSIF section = 'C' OR section = 'B' OR section = 'D' THEN
        by_staff := '{20,300,1000}'; by_revenue := '{3000,20000,400000}';
    ELSIF division = '65' THEN
        by_staff := '{10,100,300}'; by_revenue := '{500,10000,100000}';
    ELSIF section IN ('M', 'N', 'O', 'R') OR division = '84' OR substr(industry_code, 2, 3) IN ('703', '709') THEN
        by_staff := '{10,100,300}';
    ELSIF section = 'A' THEN
        by_revenue := '{500,5000,200000}';
    ELSIF section = 'E' THEN
        by_revenue := '{3000,60000,800000}'; by_assets := '{3000,50000,800000}';
    ELSIF division = '51' THEN
        by_staff := '{5,20,200}'; by_revenue := '{10000,50000,400000}';
    ELSIF division = '52' THEN
        by_staff := '{10,50,300}'; by_revenue := '{1000,5000,200000}';
    ELSIF division IN ('54', '55', '56', '57', '58') THEN
        by_staff := '{20,300,1000}'; by_revenue := '{2000,30000,300000}';
    ELSIF division = '59' THEN
        by_staff := '{20,100,200}'; by_revenue := '{1000,10000,300000}';
    ELSIF division = '60' THEN
        by_staff := '{20,300,1000}'; by_revenue := '{1000,20000,300000}';
    ELSIF division IN ('61', '62') THEN
        by_staff := '{10,100,300}'; by_revenue := '{1000,20000,100000}';
    ELSIF division IN ('63', '64') THEN
        by_staff := '{10,100,2000}'; by_revenue := '{1000,10000,1000000}';
    ELSIF substr(industry_code, 2, 3) = '701' THEN
        by_revenue := '{1000,10000,2000000}'; by_assets := '{20000,50000,100000}';
    ELSIF substr(industry_code, 2, 3) = '702' THEN
        by_staff := '{100,300,1000}'; by_revenue := '{5000,10000,50000}';
    ELSIF section = 'L' THEN
        by_staff := '{10,100,300}'; by_assets := '{1000,80000,1200000}';
    ELSE
        RETURN 'UNCLASSIFIED';
    END IF;

    IF by_staff IS NOT NULL THEN
        IF staff IS NULL THEN
            unknown := true;
        ELSE
            class := least(class, width_bucket(staff, by_staff));
        END IF;
    END IF;
    IF by_revenue IS NOT NULL THEN
        IF revenue_kyuan IS NULL THEN
            unknown := true;
        ELSE
            class := least(class, width_bucket(revenue_kyuan, by_revenue::numeric[]));
        END IF;
    END IF;
    IF by_assets IS NOT NULL THEN
        IF assets_kyuan IS NULL THEN
            unknown := true;
        ELSE
            class := least(class, width_bucket(assets_kyuan, by_assets::numeric[]));
        END IF;
    END IF;
    IF class = 0 THEN
        RETURN 'MICRO';
    ELSIF unknown THEN
        RETURN NULL;
    END IF;
    RETURN CASE class WHEN 3 THEN 'LARGE' WHEN 2 THEN 'MEDIUM' ELSE 'SMALL' END;
END $$;
