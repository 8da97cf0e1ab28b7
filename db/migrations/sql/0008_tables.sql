-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.

CREATE TABLE library_fact (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    hi_tech_field TEXT COLLATE "C",
    class_i INTEGER,
    class_ii INTEGER,
    ip_total INTEGER,
    main_patents INTEGER,
    invention_patents INTEGER,
    staff_total INTEGER,
    sci_tech_staff INTEGER,
    rd_staff INTEGER,
    operating_revenue NUMERIC,
    operating_revenue_1 NUMERIC,
    operating_revenue_2 NUMERIC,
    operating_revenue_3 NUMERIC,
    operating_revenue_sum NUMERIC,
    sales_revenue NUMERIC,
    sales_revenue_sum NUMERIC,
    rd_expense NUMERIC,
    rd_expense_1 NUMERIC,
    rd_expense_2 NUMERIC,
    rd_expense_sum NUMERIC,
    rd_domestic_sum NUMERIC,
    total_income NUMERIC,
    high_tech_revenue NUMERIC,
    total_assets NUMERIC,
    valuation_usd NUMERIC,
    financing_usd NUMERIC,
    pre_score INTEGER,
    sme_score INTEGER,
    sme_staff_score INTEGER,
    platform_rank INTEGER,
    has_national_award BOOLEAN,
    led_standard BOOLEAN,
    star_flag_count INTEGER,
    is_listed BOOLEAN,
    is_incubator_tenant BOOLEAN,
    accident_or_violation BOOLEAN,
    misconduct BOOLEAN,
    in_bad_lists BOOLEAN,
    restricted_industry BOOLEAN,
    is_hnte_at_end BOOLEAN,
    is_tech_sme_at_end BOOLEAN,
    CONSTRAINT pk_library_fact PRIMARY KEY (uscc, year)
);

CREATE INDEX ix_library_fact_hnte_reserve ON library_fact (year, uscc) INCLUDE (hi_tech_field) WHERE ip_total >= 1 AND coalesce(class_i, 0) >= 0 AND coalesce(class_ii, 0) >= 0 AND sci_tech_staff >= 0.10 * nullif(staff_total, 0) AND rd_expense_sum >= CASE WHEN sales_revenue <= 50000 THEN 0.05 WHEN sales_revenue <= 200000 THEN 0.04 WHEN sales_revenue > 200000 THEN 0.03 END * nullif(sales_revenue_sum, 0) AND (rd_domestic_sum IS NULL OR rd_domestic_sum >= 0.60 * nullif(rd_expense_sum, 0)) AND high_tech_revenue >= 0.60 * nullif(total_income, 0) AND pre_score > 70 AND NOT accident_or_violation AND NOT is_hnte_at_end;

CREATE INDEX ix_library_fact_leading_cultivation ON library_fact (year, uscc) INCLUDE (hi_tech_field) WHERE operating_revenue >= 400000 AND rd_expense >= 0.05 * nullif(operating_revenue, 0) AND invention_patents >= 15 AND platform_rank >= 3 AND rd_staff >= 0.10 * nullif(staff_total, 0) AND is_hnte_at_end;

CREATE INDEX ix_library_fact_national_sme_reserve ON library_fact (year, uscc) INCLUDE (hi_tech_field) WHERE staff_total <= 500 AND sales_revenue <= 200000 AND total_assets <= 200000 AND (sme_score >= 60 AND sme_staff_score > 0 OR has_national_award OR platform_rank >= 3 OR led_standard OR is_hnte_at_end) AND NOT restricted_industry AND NOT misconduct AND NOT in_bad_lists AND NOT is_tech_sme_at_end;

COMMENT ON TABLE library_fact IS '科企库条件依据：每家企业每年审核通过的年报及以前年度';

COMMENT ON COLUMN library_fact.uscc IS '统一社会信用代码';

COMMENT ON COLUMN library_fact.year IS '年报年份';

COMMENT ON COLUMN library_fact.unit_code IS '主管单位';

COMMENT ON COLUMN library_fact.hi_tech_field IS '高新技术领域';

COMMENT ON COLUMN library_fact.class_i IS 'Ⅰ类知识产权数(件)';

COMMENT ON COLUMN library_fact.class_ii IS 'Ⅱ类知识产权数(件)';

COMMENT ON COLUMN library_fact.ip_total IS '知识产权数(件)';

COMMENT ON COLUMN library_fact.main_patents IS '与主营业务相关的有效发明专利数(件)';

COMMENT ON COLUMN library_fact.invention_patents IS '有效发明专利数(件)';

COMMENT ON COLUMN library_fact.staff_total IS '职工总数(人)';

COMMENT ON COLUMN library_fact.sci_tech_staff IS '科技人员(人)';

COMMENT ON COLUMN library_fact.rd_staff IS '研发人员(人)';

COMMENT ON COLUMN library_fact.operating_revenue IS '营业收入(千元)';

COMMENT ON COLUMN library_fact.operating_revenue_1 IS '上一年营业收入(千元)';

COMMENT ON COLUMN library_fact.operating_revenue_2 IS '前两年营业收入(千元)';

COMMENT ON COLUMN library_fact.operating_revenue_3 IS '前三年营业收入(千元)';

COMMENT ON COLUMN library_fact.operating_revenue_sum IS '近三年营业收入(千元)';

COMMENT ON COLUMN library_fact.sales_revenue IS '销售收入(千元)';

COMMENT ON COLUMN library_fact.sales_revenue_sum IS '近三年销售收入(千元)';

COMMENT ON COLUMN library_fact.rd_expense IS '研发费用(千元)';

COMMENT ON COLUMN library_fact.rd_expense_1 IS '上一年研发费用(千元)';

COMMENT ON COLUMN library_fact.rd_expense_2 IS '前两年研发费用(千元)';

COMMENT ON COLUMN library_fact.rd_expense_sum IS '近三年研发费用(千元)';

COMMENT ON COLUMN library_fact.rd_domestic_sum IS '近三年境内研发费用(千元)';

COMMENT ON COLUMN library_fact.total_income IS '总收入(千元)';

COMMENT ON COLUMN library_fact.high_tech_revenue IS '高新技术产品(服务)收入(千元)';

COMMENT ON COLUMN library_fact.total_assets IS '年末资产总额(千元)';

COMMENT ON COLUMN library_fact.valuation_usd IS '最近一轮估值(百万美元)';

COMMENT ON COLUMN library_fact.financing_usd IS '累计融资(百万美元)';

COMMENT ON COLUMN library_fact.pre_score IS '创新能力预评分(分)';

COMMENT ON COLUMN library_fact.sme_score IS '科技型中小企业评价分(分)';

COMMENT ON COLUMN library_fact.sme_staff_score IS '科技人员指标得分(分)';

COMMENT ON COLUMN library_fact.platform_rank IS '研发平台最高级别(国家级5至自建1，无0)';

COMMENT ON COLUMN library_fact.has_national_award IS '近五年国家级科技奖励排名前三';

COMMENT ON COLUMN library_fact.led_standard IS '近五年主导国际、国家或行业标准';

COMMENT ON COLUMN library_fact.star_flag_count IS '科创属性例外条款数';

COMMENT ON COLUMN library_fact.is_listed IS '已在科创板、主板、创业板或北交所上市';

COMMENT ON COLUMN library_fact.is_incubator_tenant IS '是否在孵企业';

COMMENT ON COLUMN library_fact.accident_or_violation IS '当年重大安全质量事故或严重环境违法';

COMMENT ON COLUMN library_fact.misconduct IS '当年或上年事故、环境违法或科研失信';

COMMENT ON COLUMN library_fact.in_bad_lists IS '经营异常或严重违法失信名单';

COMMENT ON COLUMN library_fact.restricted_industry IS '禁止、限制、淘汰类';

COMMENT ON COLUMN library_fact.is_hnte_at_end IS '年末高企证书有效';

COMMENT ON COLUMN library_fact.is_tech_sme_at_end IS '年末科技型中小企业登记有效';

CREATE TABLE library_setting (
    holder TEXT COLLATE "C" NOT NULL,
    library TEXT COLLATE "C" NOT NULL CONSTRAINT ck_library_setting_library_known CHECK (library IN ('INCUBATION', 'HNTE_RESERVE', 'STAR_RESERVE', 'LEADING_CULTIVATION', 'HIGH_GROWTH', 'NATIONAL_SME_RESERVE', 'TECH_ENTERPRISE_REGISTER', 'HNTE_REGISTER')),
    condition TEXT COLLATE "C" NOT NULL,
    parameter TEXT COLLATE "C" NOT NULL,
    number NUMERIC,
    words TEXT[] COLLATE "C",
    saved_by TEXT COLLATE "C" NOT NULL CONSTRAINT ck_library_setting_saved_by_length CHECK (char_length(saved_by) <= 200),
    saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_library_setting PRIMARY KEY (holder, library, condition, parameter),
    CONSTRAINT ck_library_setting_number_or_words CHECK ((number IS NULL) <> (words IS NULL))
);

COMMENT ON TABLE library_setting IS '科企库条件参数（按单位保存）';

COMMENT ON COLUMN library_setting.holder IS '保存单位：单位代码，CITY 为全市';

COMMENT ON COLUMN library_setting.library IS '科企库';

COMMENT ON COLUMN library_setting.condition IS '条件代码';

COMMENT ON COLUMN library_setting.parameter IS '参数名；空文本为该条件是否采用';

COMMENT ON COLUMN library_setting.number IS '参数值；是否类为 1 或 0';

COMMENT ON COLUMN library_setting.words IS '参数值，选项类';

COMMENT ON COLUMN library_setting.saved_by IS '保存人账号';

COMMENT ON COLUMN library_setting.saved_at IS '保存时间';

