-- A small database made hostile: every free text carries a token of its own (zq and six digits), most amounts a number
-- of their own (98 and eight digits), so that a value seen where it must not be is told from every other. Texts begin
-- and end with what escapes badly; some are empty or missing. Four units share all enterprises, and every kind of
-- consent stands somewhere.

CREATE TEMPORARY SEQUENCE token;
CREATE TEMPORARY SEQUENCE amount;

CREATE FUNCTION pg_temp.marked(value text, most int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n CONSTANT bigint := nextval('token');
    mark CONSTANT text := 'zq' || lpad(n::text, 6, '0');
    befores CONSTANT text[] := ARRAY['', '=', '"', '\', '+', '-', '@', '''', '<&>', '%', '_', 'ＡＢ', '😀', 'Ä', E'\t', '{', ','];
    afters CONSTANT text[] := ARRAY['', '"', E'\n', '\n', '&amp;', '_x0041_', '公司', '%', '€', E'\u2028', '''', '，', '}'];
BEGIN
    IF value IS NULL OR n % 29 = 0 THEN RETURN value; END IF;
    IF n % 31 = 0 THEN RETURN ''; END IF;
    IF n % 37 = 0 THEN RETURN NULL; END IF;
    RETURN left(befores[1 + n % 17] || mark || afters[1 + n % 13], most);
END $$;

CREATE FUNCTION pg_temp.kept(value text, most int) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(nullif(pg_temp.marked(coalesce(value, '无'), most), ''), 'zq')
$$;

-- A person, a mobile, an address: the token stands where the mask must cover it.
CREATE FUNCTION pg_temp.person(value text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN nextval('token') % 19 = 0 THEN NULL WHEN currval('token') % 23 = 0 THEN '' ELSE
        (ARRAY['李', '=', '"', '欧', '<'])[1 + currval('token') % 5] || 'zq' || lpad(currval('token')::text, 6, '0') END
$$;
CREATE FUNCTION pg_temp.mobile(value text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN nextval('token') % 19 = 0 THEN NULL WHEN currval('token') % 23 = 0 THEN '1234567' ELSE
        '13' || currval('token') % 10 || 'zq' || lpad(currval('token')::text, 6, '0') || lpad((currval('token') % 97)::text, 4, '0') END
$$;
CREATE FUNCTION pg_temp.email(value text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN nextval('token') % 19 = 0 THEN NULL WHEN currval('token') % 23 = 0 THEN 'q' ELSE
        'x' || 'zq' || lpad(currval('token')::text, 6, '0') || '@a' || currval('token') % 7 || '.example' END
$$;
CREATE FUNCTION pg_temp.money(value numeric) RETURNS numeric LANGUAGE sql AS $$
    SELECT CASE WHEN value IS NULL THEN NULL WHEN nextval('amount') % 23 = 0 THEN 0
        ELSE 9800000000 + currval('amount') + 0.125 END
$$;

UPDATE enterprise SET unit_code = (ARRAY['500112', 'LIANGJIANG', '500103', '500101'])[1 + n % 4]
FROM (SELECT uscc, row_number() OVER (ORDER BY uscc) AS n FROM enterprise) AS numbered
WHERE numbered.uscc = enterprise.uscc;

SET LOCAL session_replication_role = replica;

-- More versions of the form than anyone would file in a year.
DO $$
DECLARE
    others CONSTANT text := (
        SELECT string_agg(column_name, ', ') FROM information_schema.columns
        WHERE table_name = 'basic_info' AND is_generated = 'NEVER' AND column_name <> 'version'
    );
BEGIN
    FOR n IN 1..3 LOOP
        EXECUTE format(
            'INSERT INTO basic_info (version, %1$s) SELECT version + %2$s, %1$s FROM basic_info AS b
             WHERE version = (SELECT max(version) FROM basic_info WHERE uscc = b.uscc)
                 AND abs(hashtext(uscc || %2$s)) %% 3 = 0', others, n
        );
    END LOOP;
END $$;
UPDATE basic_info SET status = (ARRAY['APPROVED', 'REJECTED_DISTRICT', 'PENDING_DISTRICT', 'DRAFT'])[1 + abs(hashtext(uscc || version)) % 4]
WHERE version > 1 AND submitted_at IS NOT NULL;

UPDATE enterprise SET
    name = pg_temp.kept(name, 200),
    former_names = CASE WHEN nextval('token') % 3 = 0 THEN ARRAY[pg_temp.kept('曾', 50), pg_temp.kept('用', 50)] ELSE '{}' END,
    registration_type = pg_temp.marked(registration_type, 50),
    legal_representative = pg_temp.marked(legal_representative, 60),
    registered_capital = pg_temp.money(registered_capital),
    registered_address = pg_temp.marked(registered_address, 300),
    business_address = pg_temp.marked(business_address, 300),
    business_scope = pg_temp.marked(business_scope, 400),
    tech_enterprise_no = pg_temp.marked(tech_enterprise_no, 30),
    research_contact_name = pg_temp.person(research_contact_name),
    research_contact_mobile = pg_temp.mobile(research_contact_mobile),
    research_contact_email = pg_temp.email(research_contact_email),
    contact_name = pg_temp.person(contact_name),
    contact_mobile = pg_temp.mobile(contact_mobile),
    contact_id_masked = '5zq' || lpad(nextval('token')::text, 6, '0') || '*****12X';

UPDATE basic_info SET
    name = pg_temp.kept(name, 200),
    registration_type = pg_temp.marked(registration_type, 50),
    legal_representative = pg_temp.marked(legal_representative, 60),
    registered_capital = pg_temp.money(registered_capital),
    registered_address = pg_temp.marked(registered_address, 300),
    business_address = pg_temp.marked(business_address, 300),
    business_scope = pg_temp.marked(business_scope, 400),
    website = pg_temp.marked(website, 200),
    main_products = pg_temp.marked(main_products, 500),
    incubator_name = pg_temp.marked(incubator_name, 120),
    research_contact_name = pg_temp.person(research_contact_name),
    research_contact_mobile = pg_temp.mobile(research_contact_mobile),
    research_contact_email = pg_temp.email(research_contact_email),
    contact_name = pg_temp.person(contact_name),
    contact_mobile = pg_temp.mobile(contact_mobile);

UPDATE annual_report SET
    name = pg_temp.kept(name, 200),
    registration_type = pg_temp.marked(registration_type, 50),
    legal_representative = pg_temp.marked(legal_representative, 60),
    registered_capital = pg_temp.money(registered_capital),
    incubator_name = pg_temp.marked(incubator_name, 120),
    reporter_name = pg_temp.person(reporter_name),
    reporter_mobile = pg_temp.mobile(reporter_mobile),
    certificate_no = pg_temp.marked(certificate_no, 20),
    tech_sme_no = pg_temp.marked(tech_sme_no, 20),
    gross_output = pg_temp.money(gross_output),
    technology_revenue = pg_temp.money(technology_revenue),
    total_cost_expense = pg_temp.money(total_cost_expense),
    total_profit = -pg_temp.money(total_profit),
    net_profit = -pg_temp.money(net_profit),
    tax_paid = pg_temp.money(tax_paid),
    tax_relief_total = pg_temp.money(tax_relief_total),
    super_deduction_relief = pg_temp.money(super_deduction_relief),
    total_liabilities = pg_temp.money(total_liabilities),
    export_value = pg_temp.money(export_value),
    instruments_value = pg_temp.money(instruments_value),
    equity_financing = pg_temp.money(equity_financing),
    tech_contract_amount = pg_temp.money(tech_contract_amount);

-- Nothing to divide by: reported as zero, or total income not reported.
UPDATE annual_report SET operating_revenue = 0, main_business_revenue = 0, other_business_revenue = NULL,
    high_tech_product_revenue = 0, total_income = NULL
WHERE year = 2022 AND hashtext(uscc) % 7 = 0;
UPDATE annual_report SET total_income = NULL
WHERE high_tech_product_revenue <= operating_revenue AND hashtext(uscc) % 3 = 0;
UPDATE annual_report SET staff_total = 0, sci_tech_staff = 0, rd_staff = 0, doctors = 0, masters = 0, bachelors = 0,
    associate_degree = 0, senior_titles = 0, intermediate_titles = 0, new_graduates_hired = 0, foreign_experts = 0,
    high_level_talents = 0
WHERE year = 2021 AND hashtext(uscc) % 9 = 0;
UPDATE annual_report SET status = 'DRAFT' WHERE hashtext(uscc || year) % 11 = 0;
UPDATE basic_info SET status = 'DRAFT' WHERE hashtext(uscc || version) % 9 = 0;
UPDATE basic_info SET staff_total = version * 10 + staff_total % 7;

UPDATE report_standard SET standard_no = pg_temp.kept(standard_no, 60), name = pg_temp.kept(name, 200);
UPDATE report_platform SET name = pg_temp.kept(name, 200), approver = pg_temp.marked(approver, 200),
    certificate_no = pg_temp.marked(certificate_no, 60);
UPDATE report_listing SET stock_code = pg_temp.marked(stock_code, 12);
UPDATE report_product SET name = pg_temp.kept(name, 200), recognition_no = pg_temp.marked(recognition_no, 60),
    sales_revenue = pg_temp.money(sales_revenue);
UPDATE report_award SET name = pg_temp.kept(name, 200);
UPDATE report_project SET name = pg_temp.kept(name, 200), funding = pg_temp.money(funding);
UPDATE review_record SET opinion = pg_temp.kept(opinion, 400), reviewer = pg_temp.kept(reviewer, 60),
    -- Some were decided by another district's officer: the file has moved since.
    reviewer_unit = CASE WHEN id % 5 = 0 THEN '500103' ELSE reviewer_unit END;

-- Texts that break what is careless: every third enterprise carries one, in each text that people write. The first eight
-- share theirs: whoever sees one of two equal values must learn nothing of the other.
CREATE TEMPORARY TABLE awkward AS
SELECT e.uscc, t.value FROM (SELECT uscc, row_number() OVER (ORDER BY uscc) AS n FROM enterprise) AS e
JOIN unnest(ARRAY[
    '重名', '重名', '重名', '重名', '重名', '重名', '重名', '重名',
    repeat('长', 200), repeat('😀', 199) || '%', 'ＡＢＣ１２３（重庆）㈱①', U&'e\0301tude n\0303', U&'\00E9tude \00F1',
    U&'\+01F469\200D\+01F469\200D\+01F467\FE0F\+020BB7', U&'\05E9\05DC\05D5\05DD \202E\0645\0631\062D\0628\0627 gnp.exe',
    '100%_\', '\', '%', '_', '''; DROP TABLE enterprise; --', '  前后  空格  ', U&'\FEFF\200B\00A0', 'NULL', '-0', '1e309',
    'İıſßﬁ'
]) WITH ORDINALITY AS t (value, n) ON e.n = t.n * 3;
INSERT INTO awkward
SELECT e.uscc, t.value FROM (SELECT uscc, row_number() OVER (ORDER BY uscc) AS n FROM enterprise) AS e
JOIN unnest(ARRAY[U&'\0001\0008\007F\0085', '0123456789012345678', U&'a\2028b\000Bc']) WITH ORDINALITY AS t (value, n)
    ON e.n = t.n * 7 + 1;

UPDATE enterprise SET name = value, former_names = ARRAY['', left(value, 50), left(value, 50)],
    legal_representative = left(value, 60), registered_address = value, business_scope = repeat(value, 3),
    contact_name = left(value, 60), research_contact_name = left(value, 60),
    contact_mobile = '13800000000', research_contact_email = left(value, 40) || '@' || left(value, 40),
    registered_capital = 98
FROM awkward WHERE awkward.uscc = enterprise.uscc;
UPDATE enterprise SET name = '' WHERE uscc = (SELECT max(uscc) FROM enterprise);
UPDATE basic_info SET name = value, website = left(value, 200), main_products = value, contact_name = left(value, 60)
FROM awkward WHERE awkward.uscc = basic_info.uscc AND version = 1;
UPDATE annual_report SET name = value, incubator_name = left(value, 120), reporter_name = left(value, 60),
    reporter_mobile = '13800000000', net_profit = -0.001, total_profit = -99999999999999.999, tax_paid = 0.001,
    total_liabilities = 99999999999999.999
FROM awkward WHERE awkward.uscc = annual_report.uscc AND year <> 2021;
UPDATE report_product SET name = value FROM awkward WHERE awkward.uscc = report_product.uscc;
UPDATE review_record SET opinion = coalesce(nullif(btrim(value), ''), '无') FROM awkward
WHERE awkward.uscc = review_record.uscc AND target_type = 'BASIC_INFO';

-- Whoever files drafts is in a register; some are worth more than they sell.
UPDATE enterprise SET in_library = true, in_library_on = '2020-05-05', operating_status = 'ACTIVE'
WHERE uscc IN (SELECT uscc FROM annual_report WHERE status = 'DRAFT');
INSERT INTO tech_enterprise_record (tech_enterprise_no, uscc, unit_code, filed_on, status)
SELECT 'KQ' || uscc, uscc, unit_code, '2020-05-05', 'VALID' FROM enterprise
WHERE uscc IN (SELECT uscc FROM annual_report WHERE status = 'DRAFT');
UPDATE annual_report SET latest_valuation_usd = 1500, total_financing_usd = 60
WHERE year = 2022 AND uscc IN (SELECT uscc FROM enterprise WHERE established_on >= '2013-01-01');

INSERT INTO library_setting (holder, library, condition, parameter, number, words, saved_by)
VALUES ('500112', 'HNTE_RESERVE', 'H4', 'minSciTechStaffRatio', 0.3, NULL, 'tests'),
    ('500112', 'HNTE_RESERVE', 'H3', 'fields', NULL, '{NEW_MATERIALS,ELECTRONIC_INFORMATION}', 'tests'),
    ('500101', 'HNTE_RESERVE', 'H7', 'minInnovationScore', 1, NULL, 'tests'),
    ('500101', 'HNTE_RESERVE', 'H1', 'minDaysRegistered', 100, NULL, 'tests'),
    ('CITY', 'HNTE_RESERVE', 'H1', 'minDaysRegistered', 2000, NULL, 'tests'),
    ('CITY', 'HNTE_RESERVE', 'H7', '', 0, NULL, 'tests'),
    ('500112', 'HNTE_RESERVE', 'H7', '', 1, NULL, 'tests'),
    ('CITY', 'NATIONAL_SME_RESERVE', 'N1', 'maxStaff', 5000, NULL, 'tests'),
    ('CITY', 'LEADING_CULTIVATION', 'L1', 'minOperatingRevenue', 5, NULL, 'tests');

INSERT INTO partner_bank (code, name)
SELECT code, code FROM unnest('{BANK_A,BANK_B,BANK_C}'::text[]) AS code ON CONFLICT DO NOTHING;

-- Ratings, loans, vouchers, register entries. Every enterprise has a rating and an application; every second one owes
-- somebody something.
INSERT INTO credit_rating (uscc, year, unit_code, rated_on)
SELECT uscc, 2021, unit_code, '2021-06-01' FROM enterprise ON CONFLICT DO NOTHING;
INSERT INTO voucher_application (id, uscc, unit_code, year, type, status, applied_amount, applied_on)
SELECT md5('application' || uscc)::uuid, uscc, unit_code, 2022, 'RD_SERVICE', 'APPLIED', 1, '2022-03-01' FROM enterprise;
UPDATE credit_rating SET credit_limit = pg_temp.money(credit_limit);
INSERT INTO credit_loan (id, uscc, unit_code, bank_code, contract_no, amount, loan_on, due_on, kind, overdue)
SELECT md5('loan' || uscc || m)::uuid, uscc, unit_code, 'BANK_A', 'x', 1, date '2022-01-01' + (n % 3)::int, '2023-12-31', 'COMMERCIAL', n % 4 = 0
FROM (SELECT uscc, unit_code, row_number() OVER (ORDER BY uscc) AS n FROM enterprise) AS e, generate_series(0, (n / 2) % 2) AS m
WHERE n % 2 = 0;
UPDATE credit_loan SET bank_code = (ARRAY['BANK_A', 'BANK_B', 'BANK_C'])[1 + abs(hashtext(id::text)) % 3],
    contract_no = pg_temp.marked(contract_no, 60), amount = coalesce(pg_temp.money(amount), 0);
UPDATE voucher_application SET applied_amount = greatest(applied_amount, pg_temp.money(applied_amount))
WHERE abs(hashtext(id::text)) % 5 > 0;
UPDATE voucher_application SET service_provider = pg_temp.marked(service_provider, 200),
    service_contract_no = pg_temp.marked(service_contract_no, 60);
UPDATE hnte_certificate SET batch = pg_temp.marked(batch, 30);
TRUNCATE data_sharing_consent;
INSERT INTO data_sharing_consent (uscc, unit_code, bank_code, scopes, granted_by, granted_at, expires_at, revoked_at, document_version)
SELECT e.uscc, e.unit_code, c.bank, c.scopes, 'tests', now() - c.age, now() - c.age + interval '300 days',
    CASE WHEN c.revoked THEN now() - c.age + interval '1 day' END, '1'
FROM (SELECT uscc, unit_code, row_number() OVER (ORDER BY uscc) AS n FROM enterprise) AS e
JOIN (VALUES
    (1, 'BANK_A', '{BASIC}'::text[], interval '10 days', false),
    (2, 'BANK_A', '{FINANCIAL}', interval '10 days', false),
    (3, 'BANK_A', '{IP}', interval '10 days', false),
    (4, 'BANK_A', '{SCORE}', interval '10 days', false),
    (5, 'BANK_A', '{BASIC,FINANCIAL,SCORE,IP}', interval '10 days', false),
    (6, NULL, '{BASIC,IP}', interval '10 days', false),
    (7, 'BANK_A', '{BASIC,FINANCIAL,SCORE,IP}', interval '400 days', false),
    (8, 'BANK_A', '{BASIC,FINANCIAL,SCORE,IP}', interval '10 days', true),
    (9, 'BANK_B', '{BASIC,FINANCIAL,SCORE,IP}', interval '10 days', false),
    (10, 'BANK_A', '{BASIC}', interval '10 days', false),
    (10, NULL, '{FINANCIAL}', interval '20 days', false),
    (11, 'BANK_A', '{BASIC,FINANCIAL}', interval '400 days', false),
    (11, 'BANK_A', '{IP}', interval '10 days', false)
) AS c (n, bank, scopes, age, revoked) ON c.n = 1 + e.n % 13;

UPDATE unit SET valid_from = '2016-11-30' WHERE kind = 'ZONE';
INSERT INTO export (
    title, status, requester_subject, requester_role, document, format, rows, bytes, redacted, created_at, expires_at
)
SELECT pg_temp.kept('标题', 100), 'REGISTERED', s, 'ANALYST', '{ __typename }', CASE n % 2 WHEN 0 THEN 'XLSX' ELSE 'CSV' END,
    nullif(n, 3), n * 1000, ARRAY['a.b'], now() - n * interval '1 hour', now() + interval '1 day'
FROM unnest('{bureau,yubei,two,analyst,enterprise,admin,department,bank-a,somebody}'::text[]) AS s, generate_series(1, 5) AS n;
