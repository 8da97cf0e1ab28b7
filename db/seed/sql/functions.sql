-- What stands on the draws and the word lists.

CREATE FUNCTION opinion(key bigint, is_approved boolean, awkward text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN NOT is_approved THEN coalesce(awkward || ':', '') || word_reject_opinion(key, 600)
    WHEN r(key, 601, 5) < 2 THEN coalesce(awkward || ':', '') || word_approve_opinion(key, 602)
END;

CREATE FUNCTION shares(i bigint) RETURNS boolean IMMUTABLE PARALLEL SAFE
RETURN i <= 12 OR r(i, 519, 100) < 6;

CREATE FUNCTION account_id(name text) RETURNS uuid IMMUTABLE PARALLEL SAFE
RETURN (lpad(to_hex(hashtextextended(name, seed_offset())), 16, '0') || lpad(to_hex(hashtextextended(name, seed_offset() + 1)), 16, '0'))::uuid;

-- Certificates of one enterprise that follow each other, three years each; whether the last was taken back.
CREATE FUNCTION hnte_terms(i bigint) RETURNS int IMMUTABLE PARALLEL SAFE
RETURN 1 + width_bucket(r(i, 220, 100), '{40,64,80}'::int[]);

CREATE FUNCTION hnte_revoked(i bigint) RETURNS boolean IMMUTABLE PARALLEL SAFE
RETURN r(i, 221, 30) = 0;

-- One renewal in ten comes early, so that two certificates overlap for a while.
CREATE FUNCTION hnte_issued_on(i bigint, year int, first_year int) RETURNS date IMMUTABLE PARALLEL SAFE
RETURN make_date(year, 10, 12) + r(i, 241, 60) - CASE WHEN year > first_year AND r(i, 243, 10) = 0 THEN 40 ELSE 0 END;

CREATE FUNCTION hnte_no(i bigint, year int, is_dalian boolean) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN 'GR' || year || CASE WHEN is_dalian THEN '21' ELSE '51' END || padded(i, 6);

CREATE FUNCTION tech_sme_no(i bigint, year int) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN year || '5001' || padded(i, 8);

CREATE FUNCTION tech_enterprise_no(i bigint, filed_on date) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN 'KQ' || extract(year FROM filed_on) || padded(i, 7);

-- Six symbols of the credit code's alphabet for a number below 31^6.
CREATE FUNCTION six_symbols(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN symbol(n / 28629151) || symbol(n / 923521) || symbol(n / 29791) || symbol(n / 961) || symbol(n / 31) || symbol(n);

-- The check digit of an organisation code (GB 11714): weights 3 7 9 10 5 8 4 2, modulus 11.
CREATE FUNCTION organisation_check(body text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN substr('123456789X0', 11 - (
    value36(body, 1) * 3 + value36(body, 2) * 7 + value36(body, 3) * 9 + value36(body, 4) * 10
    + value36(body, 5) * 5 + value36(body, 6) * 8 + value36(body, 7) * 4 + value36(body, 8) * 2
) % 11, 1);

-- A credit code from its first 17 symbols (GB 32100-2015, domain §3.9).
CREATE FUNCTION with_check(code text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN code || symbol((31 - (
    value31(code, 1) + value31(code, 2) * 3 + value31(code, 3) * 9 + value31(code, 4) * 27 + value31(code, 5) * 19
    + value31(code, 6) * 26 + value31(code, 7) * 16 + value31(code, 8) * 17 + value31(code, 9) * 20
    + value31(code, 10) * 29 + value31(code, 11) * 25 + value31(code, 12) * 13 + value31(code, 13) * 8
    + value31(code, 14) * 24 + value31(code, 15) * 10 + value31(code, 16) * 30 + value31(code, 17) * 28
) % 31) % 31);
