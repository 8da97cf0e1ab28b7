-- What the other functions stand on, and the work tables.

CREATE FUNCTION symbol(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (n % 31)::int, 1);

CREATE FUNCTION value31(code text, place int) RETURNS int IMMUTABLE PARALLEL SAFE
RETURN strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, place, 1)) - 1;

CREATE FUNCTION value36(code text, place int) RETURNS int IMMUTABLE PARALLEL SAFE
RETURN strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substr(code, place, 1)) - 1;

CREATE UNLOGGED TABLE drawn (
    i bigint, unit text, district text, zone text, is_dalian boolean, established_on date, industry_code text,
    word text, hi_tech_field text, is_keen boolean, yearly_yuan bigint, growth_permille int, rd_permille int, ip_level int,
    yuan_per_head int, hnte_year int, hnte_terms int, hnte_until int, is_tech_sme boolean, awkward_no int, versions int,
    basic_status text, operating_status text, library_state text, in_library_on date
);

CREATE UNLOGGED TABLE basic_info_drawn (
    i bigint, by_uscc bigint, version int, key bigint, status text, submitted_at timestamptz
);

CREATE UNLOGGED TABLE report_drawn (
    i bigint, by_uscc bigint, year int, key bigint, h1 bigint, status text, version int, submitted_at timestamptz,
    revenue bigint, is_hnte boolean, is_tech_sme boolean, products int, standards int, platforms int, listings int, awards int, projects int
);

-- What a report says once it is stored, for what is drawn by it.
CREATE UNLOGGED TABLE report_filed (uscc text COLLATE "C", year int, enterprise_size text);

-- Which decisions stand behind a status.
CREATE UNLOGGED TABLE review_step (status text, no int, level text, decision text);
INSERT INTO review_step VALUES
    ('REJECTED_DISTRICT', 0, 'DISTRICT', 'REJECT'),
    ('PENDING_MUNICIPAL', 0, 'DISTRICT', 'APPROVE'),
    ('REJECTED_MUNICIPAL', 0, 'DISTRICT', 'APPROVE'),
    ('REJECTED_MUNICIPAL', 1, 'MUNICIPAL', 'REJECT'),
    ('APPROVED', 0, 'DISTRICT', 'APPROVE'),
    ('APPROVED', 1, 'MUNICIPAL', 'APPROVE');
