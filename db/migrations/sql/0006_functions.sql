-- Contains-search by an index, for terms of one or two Chinese characters too: a text is found by the characters and the
-- pairs of neighbouring characters it is made of (its grams). Whatever the index finds is compared with the term itself,
-- so which grams are asked decides how fast the answer comes, never what it is.

-- The pairs of neighbours among characters. Both lists are walked once: a character sought by its place would be counted
-- up to anew each time, and a long text would take as its square.
CREATE FUNCTION keqi_pairs(characters text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT a || b FROM unnest(characters, characters[2:]) AS pair (a, b) WHERE b IS NOT NULL);

-- All grams of a folded text. Some come twice: the index and its statistics count each once.
CREATE FUNCTION keqi_grams(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN string_to_array(value, NULL) || keqi_pairs(string_to_array(value, NULL));

-- The grams by which a term is looked for. Of Chinese pairs only the rarest one, of others the three rarest: the planner
-- multiplies shares as if grams were independent, but the pairs of a word such as 生物医药 come together, and it would
-- take a frequent word for a rare one and read tens of thousands of rows. What is no common element is rarer than all
-- that are. Said to be IMMUTABLE though it reads statistics, so that it is worked out once, when the term is planned for:
-- whatever it picks, the answer is the same.
CREATE FUNCTION keqi_term_grams(term text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    folded CONSTANT text := keqi_fold(term);
    pairs CONSTANT text[] := keqi_pairs(string_to_array(folded, NULL));
BEGIN
    IF cardinality(pairs) < 2 THEN
        RETURN CASE cardinality(pairs) WHEN 0 THEN string_to_array(folded, NULL) ELSE pairs END;
    END IF;
    RETURN ARRAY(
        SELECT gram
        FROM (
            SELECT pair.gram, octet_length(pair.gram) > 2 AS wide,
                row_number() OVER (PARTITION BY octet_length(pair.gram) > 2 ORDER BY share NULLS FIRST) AS place
            FROM (SELECT DISTINCT gram FROM unnest(pairs) AS gram) AS pair
            LEFT JOIN (
                SELECT unnest(most_common_elems::text::text[]) AS gram, unnest(most_common_elem_freqs) AS share
                FROM pg_stats
                WHERE schemaname = current_schema() AND tablename = 'ix_enterprise_grams'
            ) AS common ON common.gram = pair.gram
        ) AS ranked
        WHERE place <= CASE WHEN wide THEN 1 ELSE 3 END
    );
END $$;

-- The term as it is compared, folded. Its cost is said, not true: it makes a plan for a term not known beforehand dearer
-- than any for a known one, so that a prepared statement is planned for its term each time. One plan for all terms would
-- be wrong for nearly all: a rare term is found by the index, a frequent one by reading the list in its own order.
CREATE FUNCTION keqi_term(term text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000000
AS $$ BEGIN RETURN keqi_fold(term); END $$;
