-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.

CREATE TABLE export (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    title TEXT COLLATE "C" NOT NULL CONSTRAINT ck_export_title_length CHECK (char_length(title) <= 200),
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_export_status_known CHECK (status IN ('REGISTERED', 'RUNNING', 'DONE', 'FAILED', 'EXPIRED')),
    requester_subject TEXT COLLATE "C" NOT NULL CONSTRAINT ck_export_requester_subject_length CHECK (char_length(requester_subject) <= 60),
    requester_role TEXT COLLATE "C" NOT NULL CONSTRAINT ck_export_requester_role_known CHECK (requester_role IN ('DISTRICT_OFFICER', 'MUNICIPAL_OFFICER', 'ENTERPRISE_USER', 'PLATFORM_ADMIN', 'DEPARTMENT_OFFICER', 'BANK_USER', 'ANALYST')),
    document TEXT COLLATE "C" NOT NULL,
    variables JSONB DEFAULT '{}' NOT NULL,
    format TEXT COLLATE "C" NOT NULL CONSTRAINT ck_export_format_known CHECK (format IN ('XLSX', 'CSV')),
    rows BIGINT CONSTRAINT ck_export_rows_not_negative CHECK (rows >= 0),
    bytes BIGINT CONSTRAINT ck_export_bytes_not_negative CHECK (bytes >= 0),
    redacted TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_export PRIMARY KEY (id),
    CONSTRAINT ck_export_expires_after_created CHECK (expires_at > created_at)
);

CREATE INDEX ix_export_requester_subject ON export (requester_subject, created_at DESC);

COMMENT ON TABLE export IS '导出记录';

COMMENT ON COLUMN export.id IS '编号';

COMMENT ON COLUMN export.title IS '标题';

COMMENT ON COLUMN export.status IS '导出状态';

COMMENT ON COLUMN export.requester_subject IS '申请人账号';

COMMENT ON COLUMN export.requester_role IS '申请人角色';

COMMENT ON COLUMN export.document IS '查询文本';

COMMENT ON COLUMN export.variables IS '查询变量';

COMMENT ON COLUMN export.format IS '文件格式';

COMMENT ON COLUMN export.rows IS '行数(行)';

COMMENT ON COLUMN export.bytes IS '大小(字节)';

COMMENT ON COLUMN export.redacted IS '未予显示的字段';

COMMENT ON COLUMN export.created_at IS '申请时间';

COMMENT ON COLUMN export.expires_at IS '链接有效期至';

CREATE TABLE partner_bank (
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_partner_bank_name_length CHECK (char_length(name) <= 100),
    contact_phone TEXT COLLATE "C" CONSTRAINT ck_partner_bank_contact_phone_length CHECK (char_length(contact_phone) <= 30),
    CONSTRAINT pk_partner_bank PRIMARY KEY (code)
);

COMMENT ON TABLE partner_bank IS '合作银行';

COMMENT ON COLUMN partner_bank.code IS '银行代码';

COMMENT ON COLUMN partner_bank.name IS '银行名称';

COMMENT ON COLUMN partner_bank.contact_phone IS '联系电话';

CREATE TABLE unit (
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_unit_name_length CHECK (char_length(name) <= 60),
    short_code TEXT COLLATE "C" NOT NULL CONSTRAINT ck_unit_short_code_length CHECK (char_length(short_code) <= 30),
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT ck_unit_kind_known CHECK (kind IN ('DISTRICT', 'COUNTY', 'ZONE')),
    zone_type TEXT COLLATE "C" CONSTRAINT ck_unit_zone_type_known CHECK (zone_type IN ('NATIONAL_NEW_AREA', 'NATIONAL_HTZ', 'NATIONAL_ETDZ', 'MUNICIPAL_HTZ', 'MUNICIPAL_ETDZ')),
    city TEXT COLLATE "C" NOT NULL CONSTRAINT ck_unit_city_length CHECK (char_length(city) <= 30),
    group_code TEXT COLLATE "C" CONSTRAINT ck_unit_group_code_known CHECK (group_code IN ('CORE', 'NEW', 'NE', 'SE')),
    host_code TEXT COLLATE "C",
    other_host_codes TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    is_jurisdiction BOOLEAN DEFAULT false NOT NULL,
    valid_from DATE,
    valid_to DATE,
    successors TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (code),
    CONSTRAINT uq_unit_short_code UNIQUE (short_code),
    CONSTRAINT ck_unit_zone_has_type CHECK ((kind = 'ZONE') = (zone_type IS NOT NULL)),
    CONSTRAINT ck_unit_validity_ordered CHECK (valid_from <= valid_to),
    CONSTRAINT fk_unit_host_code FOREIGN KEY(host_code) REFERENCES unit (code)
);

COMMENT ON TABLE unit IS '行政区划与开发区';

COMMENT ON COLUMN unit.code IS '代码(GB/T 2260 或开发区代码)';

COMMENT ON COLUMN unit.name IS '名称';

COMMENT ON COLUMN unit.short_code IS '简码';

COMMENT ON COLUMN unit.kind IS '单位类型';

COMMENT ON COLUMN unit.zone_type IS '开发区类型';

COMMENT ON COLUMN unit.city IS '所在城市';

COMMENT ON COLUMN unit.group_code IS '区域分组';

COMMENT ON COLUMN unit.host_code IS '主要所在区县';

COMMENT ON COLUMN unit.other_host_codes IS '其他所在区县';

COMMENT ON COLUMN unit.is_jurisdiction IS '是否主管单位';

COMMENT ON COLUMN unit.valid_from IS '有效期起';

COMMENT ON COLUMN unit.valid_to IS '有效期止(含当日)';

COMMENT ON COLUMN unit.successors IS '撤销后的承接单位';

CREATE TABLE enterprise (
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_enterprise_name_length CHECK (char_length(name) <= 200),
    district_code TEXT COLLATE "C",
    zone_code TEXT COLLATE "C",
    established_on DATE NOT NULL,
    registration_type TEXT COLLATE "C" CONSTRAINT ck_enterprise_registration_type_length CHECK (char_length(registration_type) <= 50),
    legal_representative TEXT COLLATE "C" CONSTRAINT ck_enterprise_legal_representative_length CHECK (char_length(legal_representative) <= 60),
    registered_capital NUMERIC(18, 4) CONSTRAINT ck_enterprise_registered_capital_not_negative CHECK (registered_capital >= 0),
    registered_address TEXT COLLATE "C" CONSTRAINT ck_enterprise_registered_address_length CHECK (char_length(registered_address) <= 300),
    business_address TEXT COLLATE "C" CONSTRAINT ck_enterprise_business_address_length CHECK (char_length(business_address) <= 300),
    business_scope TEXT COLLATE "C",
    industry_code TEXT COLLATE "C" CONSTRAINT ck_enterprise_industry_code_form CHECK (industry_code ~ '^[A-T]([0-9]{2,4})?$'),
    industry_category TEXT COLLATE "C" GENERATED ALWAYS AS (keqi_industry_category(industry_code)) STORED,
    hi_tech_field TEXT COLLATE "C" CONSTRAINT ck_enterprise_hi_tech_field_known CHECK (hi_tech_field IN ('ELECTRONIC_INFORMATION', 'BIOLOGY_NEW_MEDICINE', 'AEROSPACE', 'NEW_MATERIALS', 'HIGH_TECH_SERVICES', 'NEW_ENERGY_SAVING', 'RESOURCES_ENVIRONMENT', 'ADVANCED_MANUFACTURING')),
    operating_status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_enterprise_operating_status_known CHECK (operating_status IN ('ACTIVE', 'MOVED_OUT', 'SUSPENDED', 'REVOKED', 'CANCELLED')),
    research_contact_name TEXT COLLATE "C" CONSTRAINT ck_enterprise_research_contact_name_length CHECK (char_length(research_contact_name) <= 60),
    research_contact_mobile TEXT COLLATE "C" CONSTRAINT ck_enterprise_research_contact_mobile_length CHECK (char_length(research_contact_mobile) <= 20),
    research_contact_email TEXT COLLATE "C" CONSTRAINT ck_enterprise_research_contact_email_length CHECK (char_length(research_contact_email) <= 120),
    contact_name TEXT COLLATE "C" CONSTRAINT ck_enterprise_contact_name_length CHECK (char_length(contact_name) <= 60),
    contact_mobile TEXT COLLATE "C" CONSTRAINT ck_enterprise_contact_mobile_length CHECK (char_length(contact_mobile) <= 20),
    former_names TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    in_library BOOLEAN DEFAULT false NOT NULL,
    in_library_on DATE,
    tech_enterprise_no TEXT COLLATE "C" CONSTRAINT ck_enterprise_tech_enterprise_no_length CHECK (char_length(tech_enterprise_no) <= 30),
    contact_id_masked TEXT COLLATE "C" CONSTRAINT ck_enterprise_contact_id_masked_length CHECK (char_length(contact_id_masked) <= 18),
    contact_id_cipher BYTEA,
    search_text TEXT COLLATE "C" GENERATED ALWAYS AS (keqi_search_text(name, former_names, uscc)) STORED,
    CONSTRAINT pk_enterprise PRIMARY KEY (uscc),
    CONSTRAINT uq_enterprise_uscc_unit_code UNIQUE (uscc, unit_code),
    CONSTRAINT ck_enterprise_uscc_check_digit CHECK (keqi_uscc_ok(uscc)),
    CONSTRAINT fk_enterprise_unit_code FOREIGN KEY(unit_code) REFERENCES unit (code),
    CONSTRAINT fk_enterprise_district_code FOREIGN KEY(district_code) REFERENCES unit (code),
    CONSTRAINT fk_enterprise_zone_code FOREIGN KEY(zone_code) REFERENCES unit (code)
);

CREATE INDEX ix_enterprise_name_uscc ON enterprise (name, uscc);

CREATE INDEX ix_enterprise_unit_code_name_uscc ON enterprise (unit_code, name, uscc);

COMMENT ON TABLE enterprise IS '企业';

COMMENT ON COLUMN enterprise.uscc IS '统一社会信用代码';

COMMENT ON COLUMN enterprise.unit_code IS '主管单位';

COMMENT ON COLUMN enterprise.name IS '企业名称';

COMMENT ON COLUMN enterprise.district_code IS '区县';

COMMENT ON COLUMN enterprise.zone_code IS '所属开发区';

COMMENT ON COLUMN enterprise.established_on IS '成立日期';

COMMENT ON COLUMN enterprise.registration_type IS '登记注册类型';

COMMENT ON COLUMN enterprise.legal_representative IS '法定代表人';

COMMENT ON COLUMN enterprise.registered_capital IS '注册资本(万元)';

COMMENT ON COLUMN enterprise.registered_address IS '注册地址';

COMMENT ON COLUMN enterprise.business_address IS '经营地址';

COMMENT ON COLUMN enterprise.business_scope IS '经营范围';

COMMENT ON COLUMN enterprise.industry_code IS '国民经济行业代码';

COMMENT ON COLUMN enterprise.industry_category IS '产业类别';

COMMENT ON COLUMN enterprise.hi_tech_field IS '高新技术领域';

COMMENT ON COLUMN enterprise.operating_status IS '经营状态';

COMMENT ON COLUMN enterprise.research_contact_name IS '科研联系人';

COMMENT ON COLUMN enterprise.research_contact_mobile IS '科研联系人手机';

COMMENT ON COLUMN enterprise.research_contact_email IS '科研联系人邮箱';

COMMENT ON COLUMN enterprise.contact_name IS '联系人';

COMMENT ON COLUMN enterprise.contact_mobile IS '联系人手机';

COMMENT ON COLUMN enterprise.former_names IS '曾用名';

COMMENT ON COLUMN enterprise.in_library IS '是否入库';

COMMENT ON COLUMN enterprise.in_library_on IS '入库日期';

COMMENT ON COLUMN enterprise.tech_enterprise_no IS '科技型企业备案编号';

COMMENT ON COLUMN enterprise.contact_id_masked IS '联系人身份证号(脱敏)';

COMMENT ON COLUMN enterprise.contact_id_cipher IS '联系人身份证号(密文)';

COMMENT ON COLUMN enterprise.search_text IS '检索文本(归一化)';

CREATE TABLE account (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    login TEXT COLLATE "C" NOT NULL CONSTRAINT ck_account_login_length CHECK (char_length(login) <= 60),
    display_name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_account_display_name_length CHECK (char_length(display_name) <= 100),
    role TEXT COLLATE "C" NOT NULL CONSTRAINT ck_account_role_known CHECK (role IN ('DISTRICT_OFFICER', 'MUNICIPAL_OFFICER', 'ENTERPRISE_USER', 'PLATFORM_ADMIN', 'DEPARTMENT_OFFICER', 'BANK_USER', 'ANALYST')),
    units TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    uscc TEXT COLLATE "C",
    bank_code TEXT COLLATE "C",
    department_code TEXT COLLATE "C" CONSTRAINT ck_account_department_code_length CHECK (char_length(department_code) <= 30),
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_account_status_known CHECK (status IN ('ACTIVE', 'DISABLED')),
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_login UNIQUE (login),
    CONSTRAINT ck_account_units_of_district_officer CHECK ((role = 'DISTRICT_OFFICER') = (cardinality(units) > 0)),
    CONSTRAINT ck_account_uscc_of_enterprise_user CHECK ((role = 'ENTERPRISE_USER') = (uscc IS NOT NULL)),
    CONSTRAINT ck_account_bank_of_bank_user CHECK ((role = 'BANK_USER') = (bank_code IS NOT NULL)),
    CONSTRAINT ck_account_department_of_officer CHECK ((role = 'DEPARTMENT_OFFICER') = (department_code IS NOT NULL)),
    CONSTRAINT fk_account_uscc FOREIGN KEY(uscc) REFERENCES enterprise (uscc) ON UPDATE CASCADE,
    CONSTRAINT fk_account_bank_code FOREIGN KEY(bank_code) REFERENCES partner_bank (code)
);

COMMENT ON TABLE account IS '账号';

COMMENT ON COLUMN account.id IS '编号';

COMMENT ON COLUMN account.login IS '账号';

COMMENT ON COLUMN account.display_name IS '显示名称';

COMMENT ON COLUMN account.role IS '角色';

COMMENT ON COLUMN account.units IS '主管单位范围';

COMMENT ON COLUMN account.uscc IS '统一社会信用代码';

COMMENT ON COLUMN account.bank_code IS '银行代码';

COMMENT ON COLUMN account.department_code IS '责任部门代码';

COMMENT ON COLUMN account.status IS '账号状态';

CREATE TABLE annual_report (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_annual_report_status_known CHECK (status IN ('DRAFT', 'PENDING_DISTRICT', 'REJECTED_DISTRICT', 'PENDING_MUNICIPAL', 'REJECTED_MUNICIPAL', 'APPROVED')),
    version INTEGER DEFAULT '1' NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE,
    name TEXT COLLATE "C" CONSTRAINT ck_annual_report_name_length CHECK (char_length(name) <= 200),
    district_code TEXT COLLATE "C",
    zone_code TEXT COLLATE "C",
    established_on DATE,
    industry_code TEXT COLLATE "C" CONSTRAINT ck_annual_report_industry_code_form CHECK (industry_code ~ '^[A-T]([0-9]{2,4})?$'),
    industry_category TEXT COLLATE "C" GENERATED ALWAYS AS (keqi_industry_category(industry_code)) STORED,
    hi_tech_field TEXT COLLATE "C" CONSTRAINT ck_annual_report_hi_tech_field_known CHECK (hi_tech_field IN ('ELECTRONIC_INFORMATION', 'BIOLOGY_NEW_MEDICINE', 'AEROSPACE', 'NEW_MATERIALS', 'HIGH_TECH_SERVICES', 'NEW_ENERGY_SAVING', 'RESOURCES_ENVIRONMENT', 'ADVANCED_MANUFACTURING')),
    registration_type TEXT COLLATE "C" CONSTRAINT ck_annual_report_registration_type_length CHECK (char_length(registration_type) <= 50),
    registered_capital NUMERIC(18, 4) CONSTRAINT ck_annual_report_registered_capital_not_negative CHECK (registered_capital >= 0),
    legal_representative TEXT COLLATE "C" CONSTRAINT ck_annual_report_legal_representative_length CHECK (char_length(legal_representative) <= 60),
    is_incubator_tenant BOOLEAN,
    incubator_name TEXT COLLATE "C" CONSTRAINT ck_annual_report_incubator_name_length CHECK (char_length(incubator_name) <= 120),
    reporter_name TEXT COLLATE "C" CONSTRAINT ck_annual_report_reporter_name_length CHECK (char_length(reporter_name) <= 60),
    reporter_mobile TEXT COLLATE "C" CONSTRAINT ck_annual_report_reporter_mobile_length CHECK (char_length(reporter_mobile) <= 20),
    major_safety_quality_accident BOOLEAN,
    serious_environmental_violation BOOLEAN,
    serious_research_dishonesty BOOLEAN,
    in_abnormal_list BOOLEAN,
    in_serious_illegal_list BOOLEAN,
    restricted_industry BOOLEAN,
    gross_output NUMERIC(18, 3) CONSTRAINT ck_annual_report_gross_output_not_negative CHECK (gross_output >= 0),
    operating_revenue NUMERIC(18, 3) CONSTRAINT ck_annual_report_operating_revenue_not_negative CHECK (operating_revenue >= 0),
    main_business_revenue NUMERIC(18, 3) CONSTRAINT ck_annual_report_main_business_revenue_not_negative CHECK (main_business_revenue >= 0),
    other_business_revenue NUMERIC(18, 3) CONSTRAINT ck_annual_report_other_business_revenue_not_negative CHECK (other_business_revenue >= 0),
    total_income NUMERIC(18, 3) CONSTRAINT ck_annual_report_total_income_not_negative CHECK (total_income >= 0),
    high_tech_product_revenue NUMERIC(18, 3) CONSTRAINT ck_annual_report_high_tech_product_revenue_not_negative CHECK (high_tech_product_revenue >= 0),
    technology_revenue NUMERIC(18, 3) CONSTRAINT ck_annual_report_technology_revenue_not_negative CHECK (technology_revenue >= 0),
    total_cost_expense NUMERIC(18, 3) CONSTRAINT ck_annual_report_total_cost_expense_not_negative CHECK (total_cost_expense >= 0),
    total_profit NUMERIC(18, 3),
    net_profit NUMERIC(18, 3),
    tax_paid NUMERIC(18, 3) CONSTRAINT ck_annual_report_tax_paid_not_negative CHECK (tax_paid >= 0),
    tax_relief_total NUMERIC(18, 3) CONSTRAINT ck_annual_report_tax_relief_total_not_negative CHECK (tax_relief_total >= 0),
    super_deduction_relief NUMERIC(18, 3) CONSTRAINT ck_annual_report_super_deduction_relief_not_negative CHECK (super_deduction_relief >= 0),
    rd_expense NUMERIC(18, 3) CONSTRAINT ck_annual_report_rd_expense_not_negative CHECK (rd_expense >= 0),
    rd_expense_domestic NUMERIC(18, 3) CONSTRAINT ck_annual_report_rd_expense_domestic_not_negative CHECK (rd_expense_domestic >= 0),
    rd_expense_prev1 NUMERIC(18, 3) CONSTRAINT ck_annual_report_rd_expense_prev1_not_negative CHECK (rd_expense_prev1 >= 0),
    rd_expense_prev2 NUMERIC(18, 3) CONSTRAINT ck_annual_report_rd_expense_prev2_not_negative CHECK (rd_expense_prev2 >= 0),
    sales_revenue_prev1 NUMERIC(18, 3) CONSTRAINT ck_annual_report_sales_revenue_prev1_not_negative CHECK (sales_revenue_prev1 >= 0),
    sales_revenue_prev2 NUMERIC(18, 3) CONSTRAINT ck_annual_report_sales_revenue_prev2_not_negative CHECK (sales_revenue_prev2 >= 0),
    total_assets NUMERIC(18, 3) CONSTRAINT ck_annual_report_total_assets_not_negative CHECK (total_assets >= 0),
    total_assets_begin NUMERIC(18, 3) CONSTRAINT ck_annual_report_total_assets_begin_not_negative CHECK (total_assets_begin >= 0),
    net_assets NUMERIC(18, 3),
    net_assets_begin NUMERIC(18, 3),
    total_liabilities NUMERIC(18, 3) CONSTRAINT ck_annual_report_total_liabilities_not_negative CHECK (total_liabilities >= 0),
    export_value NUMERIC(18, 3) CONSTRAINT ck_annual_report_export_value_not_negative CHECK (export_value >= 0),
    venture_capital NUMERIC(18, 3) CONSTRAINT ck_annual_report_venture_capital_not_negative CHECK (venture_capital >= 0),
    latest_valuation_usd NUMERIC(18, 6) CONSTRAINT ck_annual_report_latest_valuation_usd_not_negative CHECK (latest_valuation_usd >= 0),
    total_financing_usd NUMERIC(18, 6) CONSTRAINT ck_annual_report_total_financing_usd_not_negative CHECK (total_financing_usd >= 0),
    patent_applications INTEGER CONSTRAINT ck_annual_report_patent_applications_not_negative CHECK (patent_applications >= 0),
    invention_applications INTEGER CONSTRAINT ck_annual_report_invention_applications_not_negative CHECK (invention_applications >= 0),
    pct_applications INTEGER CONSTRAINT ck_annual_report_pct_applications_not_negative CHECK (pct_applications >= 0),
    granted_this_year INTEGER CONSTRAINT ck_annual_report_granted_this_year_not_negative CHECK (granted_this_year >= 0),
    valid_invention_patents INTEGER CONSTRAINT ck_annual_report_valid_invention_patents_not_negative CHECK (valid_invention_patents >= 0),
    of_which_main_business INTEGER CONSTRAINT ck_annual_report_of_which_main_business_not_negative CHECK (of_which_main_business >= 0),
    valid_utility_models INTEGER CONSTRAINT ck_annual_report_valid_utility_models_not_negative CHECK (valid_utility_models >= 0),
    valid_designs INTEGER CONSTRAINT ck_annual_report_valid_designs_not_negative CHECK (valid_designs >= 0),
    software_copyrights INTEGER CONSTRAINT ck_annual_report_software_copyrights_not_negative CHECK (software_copyrights >= 0),
    ic_layouts INTEGER CONSTRAINT ck_annual_report_ic_layouts_not_negative CHECK (ic_layouts >= 0),
    plant_varieties INTEGER CONSTRAINT ck_annual_report_plant_varieties_not_negative CHECK (plant_varieties >= 0),
    other_class_i INTEGER CONSTRAINT ck_annual_report_other_class_i_not_negative CHECK (other_class_i >= 0),
    trademarks INTEGER CONSTRAINT ck_annual_report_trademarks_not_negative CHECK (trademarks >= 0),
    ip_self_developed BOOLEAN,
    achievement_conversions INTEGER CONSTRAINT ck_annual_report_achievement_conversions_not_negative CHECK (achievement_conversions >= 0),
    conversions_last3_years INTEGER CONSTRAINT ck_annual_report_conversions_last3_years_not_negative CHECK (conversions_last3_years >= 0),
    tech_contract_count INTEGER CONSTRAINT ck_annual_report_tech_contract_count_not_negative CHECK (tech_contract_count >= 0),
    tech_contract_amount NUMERIC(18, 3) CONSTRAINT ck_annual_report_tech_contract_amount_not_negative CHECK (tech_contract_amount >= 0),
    papers INTEGER CONSTRAINT ck_annual_report_papers_not_negative CHECK (papers >= 0),
    star_flags TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL CONSTRAINT ck_annual_report_star_flags_known CHECK (star_flags <@ ARRAY['INTERNATIONALLY_LEADING', 'NATIONAL_AWARD', 'NATIONAL_MAJOR_PROJECT', 'IMPORT_SUBSTITUTION']),
    staff_total INTEGER CONSTRAINT ck_annual_report_staff_total_not_negative CHECK (staff_total >= 0),
    sci_tech_staff INTEGER CONSTRAINT ck_annual_report_sci_tech_staff_not_negative CHECK (sci_tech_staff >= 0),
    rd_staff INTEGER CONSTRAINT ck_annual_report_rd_staff_not_negative CHECK (rd_staff >= 0),
    doctors INTEGER CONSTRAINT ck_annual_report_doctors_not_negative CHECK (doctors >= 0),
    masters INTEGER CONSTRAINT ck_annual_report_masters_not_negative CHECK (masters >= 0),
    bachelors INTEGER CONSTRAINT ck_annual_report_bachelors_not_negative CHECK (bachelors >= 0),
    associate_degree INTEGER CONSTRAINT ck_annual_report_associate_degree_not_negative CHECK (associate_degree >= 0),
    senior_titles INTEGER CONSTRAINT ck_annual_report_senior_titles_not_negative CHECK (senior_titles >= 0),
    intermediate_titles INTEGER CONSTRAINT ck_annual_report_intermediate_titles_not_negative CHECK (intermediate_titles >= 0),
    new_graduates_hired INTEGER CONSTRAINT ck_annual_report_new_graduates_hired_not_negative CHECK (new_graduates_hired >= 0),
    foreign_experts INTEGER CONSTRAINT ck_annual_report_foreign_experts_not_negative CHECK (foreign_experts >= 0),
    high_level_talents INTEGER CONSTRAINT ck_annual_report_high_level_talents_not_negative CHECK (high_level_talents >= 0),
    has_rd_department BOOLEAN,
    has_rd_management_system BOOLEAN,
    has_rd_expense_ledger BOOLEAN,
    has_industry_university_cooperation BOOLEAN,
    instruments_value NUMERIC(18, 3) CONSTRAINT ck_annual_report_instruments_value_not_negative CHECK (instruments_value >= 0),
    equity_financing NUMERIC(18, 3) CONSTRAINT ck_annual_report_equity_financing_not_negative CHECK (equity_financing >= 0),
    is_hnte BOOLEAN,
    certificate_no TEXT COLLATE "C" CONSTRAINT ck_annual_report_certificate_no_length CHECK (char_length(certificate_no) <= 20),
    issued_on DATE,
    expires_on DATE,
    recognition_times INTEGER CONSTRAINT ck_annual_report_recognition_times_not_negative CHECK (recognition_times >= 0),
    plan_to_apply BOOLEAN,
    plan_year INTEGER,
    is_tech_sme BOOLEAN,
    tech_sme_no TEXT COLLATE "C" CONSTRAINT ck_annual_report_tech_sme_no_length CHECK (char_length(tech_sme_no) <= 20),
    tech_sme_valid_until DATE,
    hi_tech_product_count INTEGER DEFAULT '0' NOT NULL CONSTRAINT ck_annual_report_hi_tech_product_count_not_negative CHECK (hi_tech_product_count >= 0),
    enterprise_size TEXT COLLATE "C" GENERATED ALWAYS AS (keqi_enterprise_size(industry_code, staff_total, operating_revenue, total_assets)) STORED,
    is_above_scale_industrial BOOLEAN GENERATED ALWAYS AS (left(industry_code, 1) IN ('B', 'C', 'D') AND main_business_revenue >= 20000) STORED,
    class_i INTEGER GENERATED ALWAYS AS (CASE WHEN COALESCE(valid_invention_patents, ic_layouts, plant_varieties, other_class_i) IS NOT NULL THEN COALESCE(valid_invention_patents, 0) + COALESCE(ic_layouts, 0) + COALESCE(plant_varieties, 0) + COALESCE(other_class_i, 0) END) STORED,
    class_ii INTEGER GENERATED ALWAYS AS (CASE WHEN COALESCE(valid_utility_models, valid_designs, software_copyrights) IS NOT NULL THEN COALESCE(valid_utility_models, 0) + COALESCE(valid_designs, 0) + COALESCE(software_copyrights, 0) END) STORED,
    CONSTRAINT pk_annual_report PRIMARY KEY (uscc, year),
    CONSTRAINT fk_annual_report_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_annual_report_year_plausible CHECK (year BETWEEN 2000 AND 2100),
    CONSTRAINT ck_annual_report_plan_year_plausible CHECK (plan_year BETWEEN 2000 AND 2100),
    CONSTRAINT ck_annual_report_version_positive CHECK (version >= 1),
    CONSTRAINT ck_annual_report_main_business_revenue_at_most CHECK (main_business_revenue <= operating_revenue),
    CONSTRAINT ck_annual_report_rd_expense_domestic_at_most CHECK (rd_expense_domestic <= rd_expense),
    CONSTRAINT ck_annual_report_of_which_main_business_at_most CHECK (of_which_main_business <= valid_invention_patents),
    CONSTRAINT ck_annual_report_high_tech_product_revenue_at_most CHECK (high_tech_product_revenue <= COALESCE(total_income, operating_revenue)),
    CONSTRAINT ck_annual_report_sci_tech_staff_at_most CHECK (sci_tech_staff <= staff_total),
    CONSTRAINT ck_annual_report_rd_staff_at_most CHECK (rd_staff <= staff_total),
    CONSTRAINT ck_annual_report_doctors_at_most CHECK (doctors <= staff_total),
    CONSTRAINT ck_annual_report_masters_at_most CHECK (masters <= staff_total),
    CONSTRAINT ck_annual_report_bachelors_at_most CHECK (bachelors <= staff_total),
    CONSTRAINT ck_annual_report_associate_degree_at_most CHECK (associate_degree <= staff_total),
    CONSTRAINT ck_annual_report_senior_titles_at_most CHECK (senior_titles <= staff_total),
    CONSTRAINT ck_annual_report_intermediate_titles_at_most CHECK (intermediate_titles <= staff_total),
    CONSTRAINT ck_annual_report_new_graduates_hired_at_most CHECK (new_graduates_hired <= staff_total),
    CONSTRAINT ck_annual_report_foreign_experts_at_most CHECK (foreign_experts <= staff_total),
    CONSTRAINT ck_annual_report_high_level_talents_at_most CHECK (high_level_talents <= staff_total),
    CONSTRAINT ck_annual_report_degrees_at_most CHECK (COALESCE(doctors, 0) + COALESCE(masters, 0) + COALESCE(bachelors, 0) + COALESCE(associate_degree, 0) <= staff_total),
    CONSTRAINT ck_annual_report_certificate_dates_ordered CHECK (issued_on <= expires_on),
    CONSTRAINT ck_annual_report_complete_when_submitted CHECK (status = 'DRAFT' OR (submitted_at IS NOT NULL AND name IS NOT NULL AND major_safety_quality_accident IS NOT NULL AND serious_environmental_violation IS NOT NULL AND serious_research_dishonesty IS NOT NULL AND in_abnormal_list IS NOT NULL AND in_serious_illegal_list IS NOT NULL AND restricted_industry IS NOT NULL AND operating_revenue IS NOT NULL AND main_business_revenue IS NOT NULL AND rd_expense IS NOT NULL AND total_assets IS NOT NULL AND net_assets IS NOT NULL AND staff_total IS NOT NULL AND sci_tech_staff IS NOT NULL AND is_hnte IS NOT NULL AND is_tech_sme IS NOT NULL)),
    CONSTRAINT fk_annual_report_district_code FOREIGN KEY(district_code) REFERENCES unit (code),
    CONSTRAINT fk_annual_report_zone_code FOREIGN KEY(zone_code) REFERENCES unit (code)
);

CREATE INDEX ix_annual_report_listed ON annual_report (unit_code, year DESC, uscc);

CREATE INDEX ix_annual_report_unit_code_year_status_uscc ON annual_report (unit_code, year, status, uscc);

CREATE INDEX ix_annual_report_year_uscc ON annual_report (year, uscc);

COMMENT ON TABLE annual_report IS '科技信息年报';

COMMENT ON COLUMN annual_report.uscc IS '统一社会信用代码';

COMMENT ON COLUMN annual_report.year IS '年份';

COMMENT ON COLUMN annual_report.unit_code IS '主管单位';

COMMENT ON COLUMN annual_report.status IS '审核状态';

COMMENT ON COLUMN annual_report.version IS '版本号';

COMMENT ON COLUMN annual_report.submitted_at IS '提交时间';

COMMENT ON COLUMN annual_report.name IS '企业名称';

COMMENT ON COLUMN annual_report.district_code IS '区县';

COMMENT ON COLUMN annual_report.zone_code IS '所属开发区';

COMMENT ON COLUMN annual_report.established_on IS '成立日期';

COMMENT ON COLUMN annual_report.industry_code IS '国民经济行业代码';

COMMENT ON COLUMN annual_report.industry_category IS '产业类别';

COMMENT ON COLUMN annual_report.hi_tech_field IS '高新技术领域';

COMMENT ON COLUMN annual_report.registration_type IS '登记注册类型';

COMMENT ON COLUMN annual_report.registered_capital IS '注册资本(万元)';

COMMENT ON COLUMN annual_report.legal_representative IS '法定代表人';

COMMENT ON COLUMN annual_report.is_incubator_tenant IS '是否在孵企业';

COMMENT ON COLUMN annual_report.incubator_name IS '所在孵化器';

COMMENT ON COLUMN annual_report.reporter_name IS '填报人';

COMMENT ON COLUMN annual_report.reporter_mobile IS '填报人手机';

COMMENT ON COLUMN annual_report.major_safety_quality_accident IS '是否发生重大安全、质量事故';

COMMENT ON COLUMN annual_report.serious_environmental_violation IS '是否有严重环境违法行为';

COMMENT ON COLUMN annual_report.serious_research_dishonesty IS '是否有严重科研失信行为';

COMMENT ON COLUMN annual_report.in_abnormal_list IS '是否列入经营异常名录';

COMMENT ON COLUMN annual_report.in_serious_illegal_list IS '是否列入严重违法失信名单';

COMMENT ON COLUMN annual_report.restricted_industry IS '是否属于禁止、限制、淘汰类产业';

COMMENT ON COLUMN annual_report.gross_output IS '工业总产值(千元)';

COMMENT ON COLUMN annual_report.operating_revenue IS '营业收入(千元)';

COMMENT ON COLUMN annual_report.main_business_revenue IS '主营业务收入(千元)';

COMMENT ON COLUMN annual_report.other_business_revenue IS '其他业务收入(千元)';

COMMENT ON COLUMN annual_report.total_income IS '总收入(千元)';

COMMENT ON COLUMN annual_report.high_tech_product_revenue IS '高新技术产品(服务)收入(千元)';

COMMENT ON COLUMN annual_report.technology_revenue IS '技术性收入(千元)';

COMMENT ON COLUMN annual_report.total_cost_expense IS '成本费用支出总额(千元)';

COMMENT ON COLUMN annual_report.total_profit IS '利润总额(千元)';

COMMENT ON COLUMN annual_report.net_profit IS '净利润(千元)';

COMMENT ON COLUMN annual_report.tax_paid IS '实际上缴税费(千元)';

COMMENT ON COLUMN annual_report.tax_relief_total IS '减免税总额(千元)';

COMMENT ON COLUMN annual_report.super_deduction_relief IS '研发加计扣除减免(千元)';

COMMENT ON COLUMN annual_report.rd_expense IS '研发费用(千元)';

COMMENT ON COLUMN annual_report.rd_expense_domestic IS '境内研发费用(千元)';

COMMENT ON COLUMN annual_report.rd_expense_prev1 IS '上一年研发费用(千元)';

COMMENT ON COLUMN annual_report.rd_expense_prev2 IS '前两年研发费用(千元)';

COMMENT ON COLUMN annual_report.sales_revenue_prev1 IS '上一年销售收入(千元)';

COMMENT ON COLUMN annual_report.sales_revenue_prev2 IS '前两年销售收入(千元)';

COMMENT ON COLUMN annual_report.total_assets IS '年末资产总额(千元)';

COMMENT ON COLUMN annual_report.total_assets_begin IS '年初资产总额(千元)';

COMMENT ON COLUMN annual_report.net_assets IS '年末净资产(千元)';

COMMENT ON COLUMN annual_report.net_assets_begin IS '年初净资产(千元)';

COMMENT ON COLUMN annual_report.total_liabilities IS '负债总额(千元)';

COMMENT ON COLUMN annual_report.export_value IS '出口额(千元)';

COMMENT ON COLUMN annual_report.venture_capital IS '获得风险投资(千元)';

COMMENT ON COLUMN annual_report.latest_valuation_usd IS '最近一轮估值(百万美元)';

COMMENT ON COLUMN annual_report.total_financing_usd IS '累计融资(百万美元)';

COMMENT ON COLUMN annual_report.patent_applications IS '专利申请数(件)';

COMMENT ON COLUMN annual_report.invention_applications IS '发明专利申请数(件)';

COMMENT ON COLUMN annual_report.pct_applications IS 'PCT 申请数(件)';

COMMENT ON COLUMN annual_report.granted_this_year IS '当年授权专利数(件)';

COMMENT ON COLUMN annual_report.valid_invention_patents IS '有效发明专利数(件)';

COMMENT ON COLUMN annual_report.of_which_main_business IS '与主营业务相关的有效发明专利数(件)';

COMMENT ON COLUMN annual_report.valid_utility_models IS '有效实用新型专利数(件)';

COMMENT ON COLUMN annual_report.valid_designs IS '有效外观设计专利数(件)';

COMMENT ON COLUMN annual_report.software_copyrights IS '软件著作权数(件)';

COMMENT ON COLUMN annual_report.ic_layouts IS '集成电路布图设计数(件)';

COMMENT ON COLUMN annual_report.plant_varieties IS '植物新品种数(件)';

COMMENT ON COLUMN annual_report.other_class_i IS '其他Ⅰ类知识产权数(件)';

COMMENT ON COLUMN annual_report.trademarks IS '有效注册商标数(件)';

COMMENT ON COLUMN annual_report.ip_self_developed IS '知识产权是否自主研发';

COMMENT ON COLUMN annual_report.achievement_conversions IS '科技成果转化数(项)';

COMMENT ON COLUMN annual_report.conversions_last3_years IS '近三年科技成果转化数(项)';

COMMENT ON COLUMN annual_report.tech_contract_count IS '技术合同数(项)';

COMMENT ON COLUMN annual_report.tech_contract_amount IS '技术合同成交额(千元)';

COMMENT ON COLUMN annual_report.papers IS '科技论文数(篇)';

COMMENT ON COLUMN annual_report.star_flags IS '科创属性例外条款';

COMMENT ON COLUMN annual_report.staff_total IS '职工总数(人)';

COMMENT ON COLUMN annual_report.sci_tech_staff IS '科技人员(人)';

COMMENT ON COLUMN annual_report.rd_staff IS '研发人员(人)';

COMMENT ON COLUMN annual_report.doctors IS '博士(人)';

COMMENT ON COLUMN annual_report.masters IS '硕士(人)';

COMMENT ON COLUMN annual_report.bachelors IS '本科(人)';

COMMENT ON COLUMN annual_report.associate_degree IS '大专(人)';

COMMENT ON COLUMN annual_report.senior_titles IS '高级职称(人)';

COMMENT ON COLUMN annual_report.intermediate_titles IS '中级职称(人)';

COMMENT ON COLUMN annual_report.new_graduates_hired IS '吸纳应届毕业生(人)';

COMMENT ON COLUMN annual_report.foreign_experts IS '外籍专家(人)';

COMMENT ON COLUMN annual_report.high_level_talents IS '高层次人才(人)';

COMMENT ON COLUMN annual_report.has_rd_department IS '是否设立研发机构';

COMMENT ON COLUMN annual_report.has_rd_management_system IS '是否建立研发管理制度';

COMMENT ON COLUMN annual_report.has_rd_expense_ledger IS '是否建立研发辅助账';

COMMENT ON COLUMN annual_report.has_industry_university_cooperation IS '是否开展产学研合作';

COMMENT ON COLUMN annual_report.instruments_value IS '科研仪器设备原值(千元)';

COMMENT ON COLUMN annual_report.equity_financing IS '股权融资额(千元)';

COMMENT ON COLUMN annual_report.is_hnte IS '是否高新技术企业';

COMMENT ON COLUMN annual_report.certificate_no IS '高企证书编号';

COMMENT ON COLUMN annual_report.issued_on IS '高企发证日期';

COMMENT ON COLUMN annual_report.expires_on IS '高企有效期至';

COMMENT ON COLUMN annual_report.recognition_times IS '高企认定次数(次)';

COMMENT ON COLUMN annual_report.plan_to_apply IS '是否计划申报高企';

COMMENT ON COLUMN annual_report.plan_year IS '计划申报年份';

COMMENT ON COLUMN annual_report.is_tech_sme IS '是否科技型中小企业';

COMMENT ON COLUMN annual_report.tech_sme_no IS '科技型中小企业入库登记编号';

COMMENT ON COLUMN annual_report.tech_sme_valid_until IS '科技型中小企业有效期至';

COMMENT ON COLUMN annual_report.hi_tech_product_count IS '高新技术产品数(项)';

COMMENT ON COLUMN annual_report.enterprise_size IS '企业规模';

COMMENT ON COLUMN annual_report.is_above_scale_industrial IS '是否规上工业企业';

COMMENT ON COLUMN annual_report.class_i IS 'Ⅰ类知识产权数(件)';

COMMENT ON COLUMN annual_report.class_ii IS 'Ⅱ类知识产权数(件)';

CREATE TABLE basic_info (
    uscc TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_basic_info_status_known CHECK (status IN ('DRAFT', 'PENDING_DISTRICT', 'REJECTED_DISTRICT', 'APPROVED')),
    submitted_at TIMESTAMP WITH TIME ZONE,
    review_due_at TIMESTAMP WITH TIME ZONE,
    name TEXT COLLATE "C" CONSTRAINT ck_basic_info_name_length CHECK (char_length(name) <= 200),
    district_code TEXT COLLATE "C",
    zone_code TEXT COLLATE "C",
    established_on DATE,
    registration_type TEXT COLLATE "C" CONSTRAINT ck_basic_info_registration_type_length CHECK (char_length(registration_type) <= 50),
    legal_representative TEXT COLLATE "C" CONSTRAINT ck_basic_info_legal_representative_length CHECK (char_length(legal_representative) <= 60),
    registered_capital NUMERIC(18, 4) CONSTRAINT ck_basic_info_registered_capital_not_negative CHECK (registered_capital >= 0),
    registered_address TEXT COLLATE "C" CONSTRAINT ck_basic_info_registered_address_length CHECK (char_length(registered_address) <= 300),
    business_address TEXT COLLATE "C" CONSTRAINT ck_basic_info_business_address_length CHECK (char_length(business_address) <= 300),
    business_scope TEXT COLLATE "C",
    industry_code TEXT COLLATE "C" CONSTRAINT ck_basic_info_industry_code_form CHECK (industry_code ~ '^[A-T]([0-9]{2,4})?$'),
    industry_category TEXT COLLATE "C" GENERATED ALWAYS AS (keqi_industry_category(industry_code)) STORED,
    hi_tech_field TEXT COLLATE "C" CONSTRAINT ck_basic_info_hi_tech_field_known CHECK (hi_tech_field IN ('ELECTRONIC_INFORMATION', 'BIOLOGY_NEW_MEDICINE', 'AEROSPACE', 'NEW_MATERIALS', 'HIGH_TECH_SERVICES', 'NEW_ENERGY_SAVING', 'RESOURCES_ENVIRONMENT', 'ADVANCED_MANUFACTURING')),
    operating_status TEXT COLLATE "C" CONSTRAINT ck_basic_info_operating_status_known CHECK (operating_status IN ('ACTIVE', 'MOVED_OUT', 'SUSPENDED', 'REVOKED', 'CANCELLED')),
    research_contact_name TEXT COLLATE "C" CONSTRAINT ck_basic_info_research_contact_name_length CHECK (char_length(research_contact_name) <= 60),
    research_contact_mobile TEXT COLLATE "C" CONSTRAINT ck_basic_info_research_contact_mobile_length CHECK (char_length(research_contact_mobile) <= 20),
    research_contact_email TEXT COLLATE "C" CONSTRAINT ck_basic_info_research_contact_email_length CHECK (char_length(research_contact_email) <= 120),
    contact_name TEXT COLLATE "C" CONSTRAINT ck_basic_info_contact_name_length CHECK (char_length(contact_name) <= 60),
    contact_mobile TEXT COLLATE "C" CONSTRAINT ck_basic_info_contact_mobile_length CHECK (char_length(contact_mobile) <= 20),
    website TEXT COLLATE "C" CONSTRAINT ck_basic_info_website_length CHECK (char_length(website) <= 200),
    main_products TEXT COLLATE "C" CONSTRAINT ck_basic_info_main_products_length CHECK (char_length(main_products) <= 500),
    incubator_name TEXT COLLATE "C" CONSTRAINT ck_basic_info_incubator_name_length CHECK (char_length(incubator_name) <= 120),
    is_incubator_tenant BOOLEAN,
    is_foreign_invested BOOLEAN,
    is_listed BOOLEAN,
    staff_total INTEGER CONSTRAINT ck_basic_info_staff_total_not_negative CHECK (staff_total >= 0),
    qualification_tags TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL CONSTRAINT ck_basic_info_qualification_tags_known CHECK (qualification_tags <@ ARRAY['HNTE', 'TECH_SME', 'SRDI', 'LITTLE_GIANT', 'GAZELLE', 'UNICORN']),
    CONSTRAINT pk_basic_info PRIMARY KEY (uscc, version),
    CONSTRAINT fk_basic_info_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_basic_info_version_positive CHECK (version >= 1),
    CONSTRAINT ck_basic_info_complete_when_submitted CHECK (status = 'DRAFT' OR (submitted_at IS NOT NULL AND name IS NOT NULL AND established_on IS NOT NULL AND operating_status IS NOT NULL)),
    CONSTRAINT fk_basic_info_district_code FOREIGN KEY(district_code) REFERENCES unit (code),
    CONSTRAINT fk_basic_info_zone_code FOREIGN KEY(zone_code) REFERENCES unit (code)
);

CREATE INDEX ix_basic_info_unit_code_status_uscc ON basic_info (unit_code, status, uscc);

COMMENT ON TABLE basic_info IS '企业基本信息(按版本)';

COMMENT ON COLUMN basic_info.uscc IS '统一社会信用代码';

COMMENT ON COLUMN basic_info.version IS '版本号';

COMMENT ON COLUMN basic_info.unit_code IS '主管单位';

COMMENT ON COLUMN basic_info.status IS '审核状态';

COMMENT ON COLUMN basic_info.submitted_at IS '提交时间';

COMMENT ON COLUMN basic_info.review_due_at IS '审核截止时间(两个工作日)';

COMMENT ON COLUMN basic_info.name IS '企业名称';

COMMENT ON COLUMN basic_info.district_code IS '区县';

COMMENT ON COLUMN basic_info.zone_code IS '所属开发区';

COMMENT ON COLUMN basic_info.established_on IS '成立日期';

COMMENT ON COLUMN basic_info.registration_type IS '登记注册类型';

COMMENT ON COLUMN basic_info.legal_representative IS '法定代表人';

COMMENT ON COLUMN basic_info.registered_capital IS '注册资本(万元)';

COMMENT ON COLUMN basic_info.registered_address IS '注册地址';

COMMENT ON COLUMN basic_info.business_address IS '经营地址';

COMMENT ON COLUMN basic_info.business_scope IS '经营范围';

COMMENT ON COLUMN basic_info.industry_code IS '国民经济行业代码';

COMMENT ON COLUMN basic_info.industry_category IS '产业类别';

COMMENT ON COLUMN basic_info.hi_tech_field IS '高新技术领域';

COMMENT ON COLUMN basic_info.operating_status IS '经营状态';

COMMENT ON COLUMN basic_info.research_contact_name IS '科研联系人';

COMMENT ON COLUMN basic_info.research_contact_mobile IS '科研联系人手机';

COMMENT ON COLUMN basic_info.research_contact_email IS '科研联系人邮箱';

COMMENT ON COLUMN basic_info.contact_name IS '联系人';

COMMENT ON COLUMN basic_info.contact_mobile IS '联系人手机';

COMMENT ON COLUMN basic_info.website IS '企业网址';

COMMENT ON COLUMN basic_info.main_products IS '主营产品';

COMMENT ON COLUMN basic_info.incubator_name IS '所在孵化器';

COMMENT ON COLUMN basic_info.is_incubator_tenant IS '是否在孵企业';

COMMENT ON COLUMN basic_info.is_foreign_invested IS '是否外商投资';

COMMENT ON COLUMN basic_info.is_listed IS '是否上市';

COMMENT ON COLUMN basic_info.staff_total IS '职工总数(人)';

COMMENT ON COLUMN basic_info.qualification_tags IS '资质标签';

CREATE TABLE data_sharing_consent (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    bank_code TEXT COLLATE "C",
    scopes TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL CONSTRAINT ck_data_sharing_consent_scopes_known CHECK (scopes <@ ARRAY['BASIC', 'FINANCIAL', 'SCORE', 'IP']),
    granted_by TEXT COLLATE "C" NOT NULL CONSTRAINT ck_data_sharing_consent_granted_by_length CHECK (char_length(granted_by) <= 60),
    granted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    document_version TEXT COLLATE "C" NOT NULL CONSTRAINT ck_data_sharing_consent_document_version_length CHECK (char_length(document_version) <= 30),
    CONSTRAINT pk_data_sharing_consent PRIMARY KEY (id),
    CONSTRAINT fk_data_sharing_consent_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_data_sharing_consent_scopes_not_empty CHECK (cardinality(scopes) > 0),
    CONSTRAINT ck_data_sharing_consent_at_most_one_year CHECK (expires_at > granted_at AND expires_at - granted_at <= interval '366 days'),
    CONSTRAINT ck_data_sharing_consent_revoked_after_granted CHECK (revoked_at >= granted_at),
    CONSTRAINT fk_data_sharing_consent_bank_code FOREIGN KEY(bank_code) REFERENCES partner_bank (code)
);

CREATE INDEX ix_data_sharing_consent_bank_code_uscc ON data_sharing_consent (bank_code, uscc);

CREATE INDEX ix_data_sharing_consent_uscc ON data_sharing_consent (uscc);

COMMENT ON TABLE data_sharing_consent IS '数据授权';

COMMENT ON COLUMN data_sharing_consent.id IS '编号';

COMMENT ON COLUMN data_sharing_consent.uscc IS '统一社会信用代码';

COMMENT ON COLUMN data_sharing_consent.unit_code IS '主管单位';

COMMENT ON COLUMN data_sharing_consent.bank_code IS '银行代码(空为全部合作银行)';

COMMENT ON COLUMN data_sharing_consent.scopes IS '授权范围';

COMMENT ON COLUMN data_sharing_consent.granted_by IS '授权人账号';

COMMENT ON COLUMN data_sharing_consent.granted_at IS '授权时间';

COMMENT ON COLUMN data_sharing_consent.expires_at IS '到期时间';

COMMENT ON COLUMN data_sharing_consent.revoked_at IS '撤回时间';

COMMENT ON COLUMN data_sharing_consent.document_version IS '授权书版本';

CREATE TABLE review_record (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    target_type TEXT COLLATE "C" NOT NULL CONSTRAINT ck_review_record_target_type_known CHECK (target_type IN ('BASIC_INFO', 'ANNUAL_REPORT', 'REGISTRATION', 'SCORE_FILING')),
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    target_year INTEGER,
    target_version INTEGER NOT NULL,
    level TEXT COLLATE "C" NOT NULL CONSTRAINT ck_review_record_level_known CHECK (level IN ('DISTRICT', 'MUNICIPAL', 'PLATFORM_ADMIN', 'DEPARTMENT')),
    decision TEXT COLLATE "C" NOT NULL CONSTRAINT ck_review_record_decision_known CHECK (decision IN ('APPROVE', 'REJECT')),
    opinion TEXT COLLATE "C" CONSTRAINT ck_review_record_opinion_length CHECK (char_length(opinion) <= 500),
    reviewer TEXT COLLATE "C" NOT NULL CONSTRAINT ck_review_record_reviewer_length CHECK (char_length(reviewer) <= 60),
    reviewer_unit TEXT COLLATE "C",
    decided_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_review_record PRIMARY KEY (id),
    CONSTRAINT fk_review_record_uscc_unit_code FOREIGN KEY(uscc, unit_code) REFERENCES enterprise (uscc, unit_code) ON UPDATE CASCADE,
    CONSTRAINT ck_review_record_target_version_positive CHECK (target_version >= 1),
    CONSTRAINT ck_review_record_report_has_year CHECK (target_type <> 'ANNUAL_REPORT' OR target_year IS NOT NULL),
    CONSTRAINT ck_review_record_rejection_has_opinion CHECK (decision <> 'REJECT' OR COALESCE(btrim(opinion), '') <> ''),
    CONSTRAINT fk_review_record_reviewer_unit FOREIGN KEY(reviewer_unit) REFERENCES unit (code)
);

CREATE INDEX ix_review_record_uscc_target_type_target_year_decided_at ON review_record (uscc, target_type, target_year, decided_at);

COMMENT ON TABLE review_record IS '审批意见(只增不改)';

COMMENT ON COLUMN review_record.id IS '编号';

COMMENT ON COLUMN review_record.target_type IS '审核对象';

COMMENT ON COLUMN review_record.uscc IS '统一社会信用代码';

COMMENT ON COLUMN review_record.unit_code IS '主管单位';

COMMENT ON COLUMN review_record.target_year IS '年报年份';

COMMENT ON COLUMN review_record.target_version IS '审核的版本号';

COMMENT ON COLUMN review_record.level IS '审核层级';

COMMENT ON COLUMN review_record.decision IS '审核结论';

COMMENT ON COLUMN review_record.opinion IS '审批意见';

COMMENT ON COLUMN review_record.reviewer IS '审核人账号';

COMMENT ON COLUMN review_record.reviewer_unit IS '审核人单位(空为市局或平台)';

COMMENT ON COLUMN review_record.decided_at IS '审核时间';

CREATE TABLE report_award (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    no INTEGER NOT NULL,
    level TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_award_level_known CHECK (level IN ('NATIONAL', 'MINISTERIAL', 'MUNICIPAL', 'DISTRICT')),
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_award_name_length CHECK (char_length(name) <= 200),
    grade TEXT COLLATE "C" CONSTRAINT ck_report_award_grade_known CHECK (grade IN ('SPECIAL', 'FIRST', 'SECOND', 'THIRD')),
    rank INTEGER CONSTRAINT ck_report_award_rank_not_negative CHECK (rank >= 0),
    award_year INTEGER,
    CONSTRAINT pk_report_award PRIMARY KEY (uscc, year, no),
    CONSTRAINT fk_report_award_uscc_year FOREIGN KEY(uscc, year) REFERENCES annual_report (uscc, year) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT ck_report_award_no_positive CHECK (no >= 1)
);

COMMENT ON TABLE report_award IS '科技奖励';

COMMENT ON COLUMN report_award.uscc IS '统一社会信用代码';

COMMENT ON COLUMN report_award.year IS '年报年份';

COMMENT ON COLUMN report_award.no IS '序号';

COMMENT ON COLUMN report_award.level IS '奖励级别';

COMMENT ON COLUMN report_award.name IS '奖励名称';

COMMENT ON COLUMN report_award.grade IS '奖励等级';

COMMENT ON COLUMN report_award.rank IS '排名';

COMMENT ON COLUMN report_award.award_year IS '获奖年份';

CREATE TABLE report_listing (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    no INTEGER NOT NULL,
    board TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_listing_board_known CHECK (board IN ('STAR', 'MAIN_SSE', 'MAIN_SZSE', 'CHINEXT', 'BSE', 'NEEQ', 'REGIONAL_EQUITY', 'HKEX', 'OVERSEAS')),
    stock_code TEXT COLLATE "C" CONSTRAINT ck_report_listing_stock_code_length CHECK (char_length(stock_code) <= 12),
    listed_on DATE,
    status TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_listing_status_known CHECK (status IN ('PLANNED', 'TUTORING', 'ACCEPTED', 'LISTED', 'DELISTED')),
    CONSTRAINT pk_report_listing PRIMARY KEY (uscc, year, no),
    CONSTRAINT fk_report_listing_uscc_year FOREIGN KEY(uscc, year) REFERENCES annual_report (uscc, year) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT ck_report_listing_no_positive CHECK (no >= 1)
);

COMMENT ON TABLE report_listing IS '挂牌上市';

COMMENT ON COLUMN report_listing.uscc IS '统一社会信用代码';

COMMENT ON COLUMN report_listing.year IS '年报年份';

COMMENT ON COLUMN report_listing.no IS '序号';

COMMENT ON COLUMN report_listing.board IS '上市板块';

COMMENT ON COLUMN report_listing.stock_code IS '股票代码';

COMMENT ON COLUMN report_listing.listed_on IS '上市(挂牌)日期';

COMMENT ON COLUMN report_listing.status IS '挂牌上市状态';

CREATE TABLE report_platform (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    no INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_platform_name_length CHECK (char_length(name) <= 200),
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_platform_kind_known CHECK (kind IN ('KEY_LABORATORY', 'ENGINEERING_CENTER', 'TECH_INNOVATION_CENTER', 'ENTERPRISE_TECH_CENTER', 'MANUFACTURING_INNOVATION_CENTER', 'POSTDOC_STATION', 'ACADEMICIAN_STATION', 'NEW_RD_INSTITUTE', 'ENTERPRISE_RD_INSTITUTION', 'OTHER')),
    level TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_platform_level_known CHECK (level IN ('NATIONAL', 'MINISTERIAL', 'MUNICIPAL', 'DISTRICT', 'ENTERPRISE')),
    approved_on DATE,
    approver TEXT COLLATE "C" CONSTRAINT ck_report_platform_approver_length CHECK (char_length(approver) <= 200),
    certificate_no TEXT COLLATE "C" CONSTRAINT ck_report_platform_certificate_no_length CHECK (char_length(certificate_no) <= 60),
    CONSTRAINT pk_report_platform PRIMARY KEY (uscc, year, no),
    CONSTRAINT fk_report_platform_uscc_year FOREIGN KEY(uscc, year) REFERENCES annual_report (uscc, year) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT ck_report_platform_no_positive CHECK (no >= 1)
);

COMMENT ON TABLE report_platform IS '研发平台';

COMMENT ON COLUMN report_platform.uscc IS '统一社会信用代码';

COMMENT ON COLUMN report_platform.year IS '年报年份';

COMMENT ON COLUMN report_platform.no IS '序号';

COMMENT ON COLUMN report_platform.name IS '平台名称';

COMMENT ON COLUMN report_platform.kind IS '平台类型';

COMMENT ON COLUMN report_platform.level IS '平台级别';

COMMENT ON COLUMN report_platform.approved_on IS '批准日期';

COMMENT ON COLUMN report_platform.approver IS '批准部门';

COMMENT ON COLUMN report_platform.certificate_no IS '批文或证书编号';

CREATE TABLE report_product (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    no INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_product_name_length CHECK (char_length(name) <= 200),
    hi_tech_field TEXT COLLATE "C" CONSTRAINT ck_report_product_hi_tech_field_known CHECK (hi_tech_field IN ('ELECTRONIC_INFORMATION', 'BIOLOGY_NEW_MEDICINE', 'AEROSPACE', 'NEW_MATERIALS', 'HIGH_TECH_SERVICES', 'NEW_ENERGY_SAVING', 'RESOURCES_ENVIRONMENT', 'ADVANCED_MANUFACTURING')),
    recognition_no TEXT COLLATE "C" CONSTRAINT ck_report_product_recognition_no_length CHECK (char_length(recognition_no) <= 60),
    recognized_on DATE,
    sales_revenue NUMERIC(18, 3) CONSTRAINT ck_report_product_sales_revenue_not_negative CHECK (sales_revenue >= 0),
    is_major_new_product BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_report_product PRIMARY KEY (uscc, year, no),
    CONSTRAINT fk_report_product_uscc_year FOREIGN KEY(uscc, year) REFERENCES annual_report (uscc, year) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT ck_report_product_no_positive CHECK (no >= 1)
);

COMMENT ON TABLE report_product IS '高新技术产品';

COMMENT ON COLUMN report_product.uscc IS '统一社会信用代码';

COMMENT ON COLUMN report_product.year IS '年报年份';

COMMENT ON COLUMN report_product.no IS '序号';

COMMENT ON COLUMN report_product.name IS '产品名称';

COMMENT ON COLUMN report_product.hi_tech_field IS '高新技术领域';

COMMENT ON COLUMN report_product.recognition_no IS '认定编号';

COMMENT ON COLUMN report_product.recognized_on IS '认定日期';

COMMENT ON COLUMN report_product.sales_revenue IS '销售收入(千元)';

COMMENT ON COLUMN report_product.is_major_new_product IS '是否重大新产品';

CREATE TABLE report_project (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    no INTEGER NOT NULL,
    level TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_project_level_known CHECK (level IN ('NATIONAL', 'MINISTERIAL', 'MUNICIPAL', 'DISTRICT')),
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_project_name_length CHECK (char_length(name) <= 200),
    funding NUMERIC(18, 3) CONSTRAINT ck_report_project_funding_not_negative CHECK (funding >= 0),
    project_year INTEGER,
    CONSTRAINT pk_report_project PRIMARY KEY (uscc, year, no),
    CONSTRAINT fk_report_project_uscc_year FOREIGN KEY(uscc, year) REFERENCES annual_report (uscc, year) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT ck_report_project_no_positive CHECK (no >= 1)
);

COMMENT ON TABLE report_project IS '科技计划项目';

COMMENT ON COLUMN report_project.uscc IS '统一社会信用代码';

COMMENT ON COLUMN report_project.year IS '年报年份';

COMMENT ON COLUMN report_project.no IS '序号';

COMMENT ON COLUMN report_project.level IS '项目级别';

COMMENT ON COLUMN report_project.name IS '项目名称';

COMMENT ON COLUMN report_project.funding IS '资助金额(千元)';

COMMENT ON COLUMN report_project.project_year IS '立项年份';

CREATE TABLE report_standard (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    no INTEGER NOT NULL,
    standard_no TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_standard_standard_no_length CHECK (char_length(standard_no) <= 60),
    name TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_standard_name_length CHECK (char_length(name) <= 200),
    level TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_standard_level_known CHECK (level IN ('INTERNATIONAL', 'NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP', 'ENTERPRISE')),
    role TEXT COLLATE "C" NOT NULL CONSTRAINT ck_report_standard_role_known CHECK (role IN ('LEAD', 'PARTICIPATE')),
    rank INTEGER CONSTRAINT ck_report_standard_rank_not_negative CHECK (rank >= 0),
    published_on DATE,
    in_force BOOLEAN,
    CONSTRAINT pk_report_standard PRIMARY KEY (uscc, year, no),
    CONSTRAINT fk_report_standard_uscc_year FOREIGN KEY(uscc, year) REFERENCES annual_report (uscc, year) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT ck_report_standard_no_positive CHECK (no >= 1)
);

COMMENT ON TABLE report_standard IS '主导或参与制定的标准';

COMMENT ON COLUMN report_standard.uscc IS '统一社会信用代码';

COMMENT ON COLUMN report_standard.year IS '年报年份';

COMMENT ON COLUMN report_standard.no IS '序号';

COMMENT ON COLUMN report_standard.standard_no IS '标准编号';

COMMENT ON COLUMN report_standard.name IS '标准名称';

COMMENT ON COLUMN report_standard.level IS '标准级别';

COMMENT ON COLUMN report_standard.role IS '参与方式';

COMMENT ON COLUMN report_standard.rank IS '排名';

COMMENT ON COLUMN report_standard.published_on IS '发布日期';

COMMENT ON COLUMN report_standard.in_force IS '是否现行有效';

