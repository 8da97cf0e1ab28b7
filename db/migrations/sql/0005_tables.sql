-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.

CREATE TABLE cultivation_target (
    unit_code TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT ck_cultivation_target_kind_known CHECK (kind IN ('TECH_ENTERPRISE', 'HNTE', 'TECH_SME')),
    target INTEGER NOT NULL CONSTRAINT ck_cultivation_target_target_not_negative CHECK (target >= 0),
    CONSTRAINT pk_cultivation_target PRIMARY KEY (unit_code, year, kind),
    CONSTRAINT ck_cultivation_target_year_plausible CHECK (year BETWEEN 2000 AND 2100),
    CONSTRAINT fk_cultivation_target_unit_code FOREIGN KEY(unit_code) REFERENCES unit (code)
);

COMMENT ON TABLE cultivation_target IS '培育年度目标';

COMMENT ON COLUMN cultivation_target.unit_code IS '主管单位';

COMMENT ON COLUMN cultivation_target.year IS '年份';

COMMENT ON COLUMN cultivation_target.kind IS '培育对象';

COMMENT ON COLUMN cultivation_target.target IS '年度目标(家)';

CREATE TABLE credit_loan (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    bank_code TEXT COLLATE "C" NOT NULL,
    contract_no TEXT COLLATE "C" CONSTRAINT ck_credit_loan_contract_no_length CHECK (char_length(contract_no) <= 60),
    amount NUMERIC(18, 4) NOT NULL CONSTRAINT ck_credit_loan_amount_not_negative CHECK (amount >= 0),
    loan_on DATE NOT NULL,
    due_on DATE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT ck_credit_loan_kind_known CHECK (kind IN ('KNOWLEDGE_VALUE', 'COMMERCIAL')),
    overdue BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_credit_loan PRIMARY KEY (id),
    CONSTRAINT fk_credit_loan_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_credit_loan_due_on_not_before CHECK (loan_on <= due_on),
    CONSTRAINT fk_credit_loan_bank_code FOREIGN KEY(bank_code) REFERENCES partner_bank (code)
);

CREATE INDEX ix_credit_loan_bank_code_loan_on_id ON credit_loan (bank_code, loan_on, id);

CREATE INDEX ix_credit_loan_unit_code_loan_on_id ON credit_loan (unit_code, loan_on, id);

CREATE INDEX ix_credit_loan_uscc_loan_on ON credit_loan (uscc, loan_on);

COMMENT ON TABLE credit_loan IS '知识价值信用贷款';

COMMENT ON COLUMN credit_loan.id IS '编号';

COMMENT ON COLUMN credit_loan.uscc IS '统一社会信用代码';

COMMENT ON COLUMN credit_loan.unit_code IS '主管单位';

COMMENT ON COLUMN credit_loan.bank_code IS '银行代码';

COMMENT ON COLUMN credit_loan.contract_no IS '合同编号';

COMMENT ON COLUMN credit_loan.amount IS '贷款金额(万元)';

COMMENT ON COLUMN credit_loan.loan_on IS '放款日期';

COMMENT ON COLUMN credit_loan.due_on IS '到期日期';

COMMENT ON COLUMN credit_loan.kind IS '贷款类型';

COMMENT ON COLUMN credit_loan.overdue IS '是否逾期';

CREATE TABLE credit_rating (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    grade TEXT COLLATE "C" CONSTRAINT ck_credit_rating_grade_known CHECK (grade IN ('A', 'B', 'C', 'D', 'E')),
    credit_limit NUMERIC(18, 4) CONSTRAINT ck_credit_rating_credit_limit_not_negative CHECK (credit_limit >= 0),
    score NUMERIC(5, 2) CONSTRAINT ck_credit_rating_score_of_hundred CHECK (score BETWEEN 0 AND 100),
    factor_ip NUMERIC(5, 2) CONSTRAINT ck_credit_rating_factor_ip_of_hundred CHECK (factor_ip BETWEEN 0 AND 100),
    factor_rd NUMERIC(5, 2) CONSTRAINT ck_credit_rating_factor_rd_of_hundred CHECK (factor_rd BETWEEN 0 AND 100),
    factor_talent NUMERIC(5, 2) CONSTRAINT ck_credit_rating_factor_talent_of_hundred CHECK (factor_talent BETWEEN 0 AND 100),
    factor_product NUMERIC(5, 2) CONSTRAINT ck_credit_rating_factor_product_of_hundred CHECK (factor_product BETWEEN 0 AND 100),
    factor_enterprise NUMERIC(5, 2) CONSTRAINT ck_credit_rating_factor_enterprise_of_hundred CHECK (factor_enterprise BETWEEN 0 AND 100),
    factor_operation NUMERIC(5, 2) CONSTRAINT ck_credit_rating_factor_operation_of_hundred CHECK (factor_operation BETWEEN 0 AND 100),
    rated_on DATE NOT NULL,
    valid_until DATE,
    CONSTRAINT pk_credit_rating PRIMARY KEY (uscc, year),
    CONSTRAINT fk_credit_rating_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_credit_rating_year_plausible CHECK (year BETWEEN 2000 AND 2100),
    CONSTRAINT ck_credit_rating_valid_until_not_before CHECK (rated_on <= valid_until)
);

CREATE INDEX ix_credit_rating_graded ON credit_rating (unit_code, grade, year DESC, uscc);

CREATE INDEX ix_credit_rating_listed ON credit_rating (unit_code, year DESC, uscc);

CREATE INDEX ix_credit_rating_year_uscc ON credit_rating (year, uscc);

COMMENT ON TABLE credit_rating IS '知识价值信用评级';

COMMENT ON COLUMN credit_rating.uscc IS '统一社会信用代码';

COMMENT ON COLUMN credit_rating.year IS '评级年份';

COMMENT ON COLUMN credit_rating.unit_code IS '主管单位';

COMMENT ON COLUMN credit_rating.grade IS '信用等级(空为未评级)';

COMMENT ON COLUMN credit_rating.credit_limit IS '授信额度(万元)';

COMMENT ON COLUMN credit_rating.score IS '评级得分(分)';

COMMENT ON COLUMN credit_rating.factor_ip IS '知识产权得分(分)';

COMMENT ON COLUMN credit_rating.factor_rd IS '研发投入得分(分)';

COMMENT ON COLUMN credit_rating.factor_talent IS '人才得分(分)';

COMMENT ON COLUMN credit_rating.factor_product IS '创新产品得分(分)';

COMMENT ON COLUMN credit_rating.factor_enterprise IS '创新企业得分(分)';

COMMENT ON COLUMN credit_rating.factor_operation IS '经营得分(分)';

COMMENT ON COLUMN credit_rating.rated_on IS '评级日期';

COMMENT ON COLUMN credit_rating.valid_until IS '有效期至';

CREATE TABLE hnte_certificate (
    certificate_no TEXT COLLATE "C" NOT NULL CONSTRAINT ck_hnte_certificate_certificate_no_length CHECK (char_length(certificate_no) BETWEEN 1 AND 30),
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    batch TEXT COLLATE "C" CONSTRAINT ck_hnte_certificate_batch_length CHECK (char_length(batch) <= 30),
    issued_on DATE NOT NULL,
    expires_on DATE NOT NULL,
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_hnte_certificate_status_known CHECK (status IN ('VALID', 'EXPIRED', 'REVOKED')),
    CONSTRAINT pk_hnte_certificate PRIMARY KEY (certificate_no),
    CONSTRAINT fk_hnte_certificate_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_hnte_certificate_expires_on_not_before CHECK (issued_on <= expires_on)
);

CREATE INDEX ix_hnte_certificate_listed ON hnte_certificate (unit_code, issued_on DESC, certificate_no);

CREATE INDEX ix_hnte_certificate_uscc_expires_on ON hnte_certificate (uscc, expires_on);

COMMENT ON TABLE hnte_certificate IS '高新技术企业证书';

COMMENT ON COLUMN hnte_certificate.certificate_no IS '高企证书编号';

COMMENT ON COLUMN hnte_certificate.uscc IS '统一社会信用代码';

COMMENT ON COLUMN hnte_certificate.unit_code IS '主管单位';

COMMENT ON COLUMN hnte_certificate.batch IS '认定批次';

COMMENT ON COLUMN hnte_certificate.issued_on IS '发证日期';

COMMENT ON COLUMN hnte_certificate.expires_on IS '有效期至';

COMMENT ON COLUMN hnte_certificate.status IS '证书状态';

CREATE TABLE tech_enterprise_record (
    tech_enterprise_no TEXT COLLATE "C" NOT NULL CONSTRAINT ck_tech_enterprise_record_tech_enterprise_no_length CHECK (char_length(tech_enterprise_no) BETWEEN 1 AND 30),
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    filed_on DATE NOT NULL,
    valid_until DATE,
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_tech_enterprise_record_status_known CHECK (status IN ('VALID', 'LAPSED', 'REVOKED')),
    last_update_on DATE,
    CONSTRAINT pk_tech_enterprise_record PRIMARY KEY (tech_enterprise_no),
    CONSTRAINT fk_tech_enterprise_record_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_tech_enterprise_record_valid_until_not_before CHECK (filed_on <= valid_until),
    CONSTRAINT ck_tech_enterprise_record_last_update_on_not_before CHECK (filed_on <= last_update_on)
);

CREATE INDEX ix_tech_enterprise_record_listed ON tech_enterprise_record (unit_code, filed_on DESC, tech_enterprise_no);

CREATE INDEX ix_tech_enterprise_record_uscc_filed_on ON tech_enterprise_record (uscc, filed_on);

COMMENT ON TABLE tech_enterprise_record IS '科技型企业备案';

COMMENT ON COLUMN tech_enterprise_record.tech_enterprise_no IS '科技型企业备案编号';

COMMENT ON COLUMN tech_enterprise_record.uscc IS '统一社会信用代码';

COMMENT ON COLUMN tech_enterprise_record.unit_code IS '主管单位';

COMMENT ON COLUMN tech_enterprise_record.filed_on IS '备案日期';

COMMENT ON COLUMN tech_enterprise_record.valid_until IS '有效期至';

COMMENT ON COLUMN tech_enterprise_record.status IS '备案状态';

COMMENT ON COLUMN tech_enterprise_record.last_update_on IS '最近一次数据更新日期';

CREATE TABLE tech_sme_registration (
    registration_no TEXT COLLATE "C" NOT NULL CONSTRAINT ck_tech_sme_registration_registration_no_length CHECK (char_length(registration_no) BETWEEN 1 AND 30),
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    registered_on DATE NOT NULL,
    valid_until DATE NOT NULL,
    CONSTRAINT pk_tech_sme_registration PRIMARY KEY (registration_no),
    CONSTRAINT fk_tech_sme_registration_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_tech_sme_registration_valid_until_not_before CHECK (registered_on <= valid_until)
);

CREATE INDEX ix_tech_sme_registration_listed ON tech_sme_registration (unit_code, registered_on DESC, registration_no);

CREATE INDEX ix_tech_sme_registration_uscc_valid_until ON tech_sme_registration (uscc, valid_until);

COMMENT ON TABLE tech_sme_registration IS '科技型中小企业入库登记';

COMMENT ON COLUMN tech_sme_registration.registration_no IS '科技型中小企业入库登记编号';

COMMENT ON COLUMN tech_sme_registration.uscc IS '统一社会信用代码';

COMMENT ON COLUMN tech_sme_registration.unit_code IS '主管单位';

COMMENT ON COLUMN tech_sme_registration.registered_on IS '入库登记日期';

COMMENT ON COLUMN tech_sme_registration.valid_until IS '有效期至';

CREATE TABLE voucher_application (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    type TEXT COLLATE "C" NOT NULL CONSTRAINT ck_voucher_application_type_known CHECK (type IN ('TECH_ENTERPRISE', 'HNTE', 'RESOURCE_SHARING', 'RD_SERVICE', 'TESTING', 'TECH_TRANSFER', 'IP_SERVICE', 'OTHER')),
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_voucher_application_status_known CHECK (status IN ('APPLIED', 'APPROVED', 'ISSUED', 'USED', 'REDEEMING', 'REDEEMED', 'EXPIRED', 'REJECTED')),
    applied_amount NUMERIC(18, 4) NOT NULL CONSTRAINT ck_voucher_application_applied_amount_not_negative CHECK (applied_amount >= 0),
    approved_amount NUMERIC(18, 4) CONSTRAINT ck_voucher_application_approved_amount_not_negative CHECK (approved_amount >= 0),
    issued_amount NUMERIC(18, 4) CONSTRAINT ck_voucher_application_issued_amount_not_negative CHECK (issued_amount >= 0),
    used_amount NUMERIC(18, 4) CONSTRAINT ck_voucher_application_used_amount_not_negative CHECK (used_amount >= 0),
    redeemed_amount NUMERIC(18, 4) CONSTRAINT ck_voucher_application_redeemed_amount_not_negative CHECK (redeemed_amount >= 0),
    applied_on DATE NOT NULL,
    service_provider TEXT COLLATE "C" CONSTRAINT ck_voucher_application_service_provider_length CHECK (char_length(service_provider) <= 200),
    service_contract_no TEXT COLLATE "C" CONSTRAINT ck_voucher_application_service_contract_no_length CHECK (char_length(service_contract_no) <= 60),
    enterprise_size TEXT COLLATE "C" CONSTRAINT ck_voucher_application_enterprise_size_known CHECK (enterprise_size IN ('LARGE', 'MEDIUM', 'SMALL', 'MICRO', 'UNCLASSIFIED')),
    industry_category TEXT COLLATE "C" CONSTRAINT ck_voucher_application_industry_category_known CHECK (industry_category IN ('PRIMARY', 'SECONDARY', 'TERTIARY')),
    hi_tech_field TEXT COLLATE "C" CONSTRAINT ck_voucher_application_hi_tech_field_known CHECK (hi_tech_field IN ('ELECTRONIC_INFORMATION', 'BIOLOGY_NEW_MEDICINE', 'AEROSPACE', 'NEW_MATERIALS', 'HIGH_TECH_SERVICES', 'NEW_ENERGY_SAVING', 'RESOURCES_ENVIRONMENT', 'ADVANCED_MANUFACTURING')),
    CONSTRAINT pk_voucher_application PRIMARY KEY (id),
    CONSTRAINT fk_voucher_application_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_voucher_application_year_plausible CHECK (year BETWEEN 2000 AND 2100),
    CONSTRAINT ck_voucher_application_redeemed_amount_at_most CHECK (redeemed_amount <= COALESCE(used_amount, issued_amount, approved_amount, applied_amount)),
    CONSTRAINT ck_voucher_application_used_amount_at_most CHECK (used_amount <= COALESCE(issued_amount, approved_amount, applied_amount)),
    CONSTRAINT ck_voucher_application_issued_amount_at_most CHECK (issued_amount <= COALESCE(approved_amount, applied_amount)),
    CONSTRAINT ck_voucher_application_approved_amount_at_most CHECK (approved_amount <= applied_amount)
);

CREATE INDEX ix_voucher_application_listed ON voucher_application (unit_code, year DESC, uscc, id);

CREATE INDEX ix_voucher_application_uscc_year ON voucher_application (uscc, year);

CREATE INDEX ix_voucher_application_year_uscc_id ON voucher_application (year, uscc, id);

COMMENT ON TABLE voucher_application IS '科技创新券申领';

COMMENT ON COLUMN voucher_application.id IS '编号';

COMMENT ON COLUMN voucher_application.uscc IS '统一社会信用代码';

COMMENT ON COLUMN voucher_application.unit_code IS '主管单位';

COMMENT ON COLUMN voucher_application.year IS '申领年份';

COMMENT ON COLUMN voucher_application.type IS '创新券类型';

COMMENT ON COLUMN voucher_application.status IS '创新券状态';

COMMENT ON COLUMN voucher_application.applied_amount IS '申领金额(万元)';

COMMENT ON COLUMN voucher_application.approved_amount IS '核定金额(万元)';

COMMENT ON COLUMN voucher_application.issued_amount IS '发放金额(万元)';

COMMENT ON COLUMN voucher_application.used_amount IS '使用金额(万元)';

COMMENT ON COLUMN voucher_application.redeemed_amount IS '兑付金额(万元)';

COMMENT ON COLUMN voucher_application.applied_on IS '申领日期';

COMMENT ON COLUMN voucher_application.service_provider IS '服务机构';

COMMENT ON COLUMN voucher_application.service_contract_no IS '服务合同编号';

COMMENT ON COLUMN voucher_application.enterprise_size IS '企业规模(申领年份)';

COMMENT ON COLUMN voucher_application.industry_category IS '产业类别(申领年份)';

COMMENT ON COLUMN voucher_application.hi_tech_field IS '高新技术领域(申领年份)';

-- The queues of review.

CREATE INDEX ix_annual_report_waiting ON annual_report (unit_code, submitted_at, uscc, year, status) WHERE status IN ('PENDING_DISTRICT', 'PENDING_MUNICIPAL');

CREATE INDEX ix_basic_info_waiting ON basic_info (unit_code, submitted_at, uscc, version) WHERE status = 'PENDING_DISTRICT';
