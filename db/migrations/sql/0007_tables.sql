-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.

CREATE TABLE cube_report (
    year INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    district_code TEXT COLLATE "C" NOT NULL,
    zone_code TEXT COLLATE "C" NOT NULL,
    reports BIGINT NOT NULL,
    operating_revenue NUMERIC NOT NULL,
    operating_revenue_reported BIGINT NOT NULL,
    main_business_revenue NUMERIC NOT NULL,
    main_business_revenue_reported BIGINT NOT NULL,
    high_tech_product_revenue NUMERIC NOT NULL,
    high_tech_product_revenue_reported BIGINT NOT NULL,
    total_profit NUMERIC NOT NULL,
    total_profit_reported BIGINT NOT NULL,
    tax_paid NUMERIC NOT NULL,
    tax_paid_reported BIGINT NOT NULL,
    rd_expense NUMERIC NOT NULL,
    rd_expense_reported BIGINT NOT NULL,
    total_assets NUMERIC NOT NULL,
    total_assets_reported BIGINT NOT NULL,
    staff_total BIGINT NOT NULL,
    staff_total_reported BIGINT NOT NULL,
    sci_tech_staff BIGINT NOT NULL,
    sci_tech_staff_reported BIGINT NOT NULL,
    rd_staff BIGINT NOT NULL,
    rd_staff_reported BIGINT NOT NULL,
    doctors BIGINT NOT NULL,
    doctors_reported BIGINT NOT NULL,
    masters BIGINT NOT NULL,
    masters_reported BIGINT NOT NULL,
    new_graduates_hired BIGINT NOT NULL,
    new_graduates_hired_reported BIGINT NOT NULL,
    patent_applications BIGINT NOT NULL,
    patent_applications_reported BIGINT NOT NULL,
    invention_applications BIGINT NOT NULL,
    invention_applications_reported BIGINT NOT NULL,
    granted_this_year BIGINT NOT NULL,
    granted_this_year_reported BIGINT NOT NULL,
    valid_invention_patents BIGINT NOT NULL,
    valid_invention_patents_reported BIGINT NOT NULL,
    software_copyrights BIGINT NOT NULL,
    software_copyrights_reported BIGINT NOT NULL,
    achievement_conversions BIGINT NOT NULL,
    achievement_conversions_reported BIGINT NOT NULL,
    platforms_national BIGINT NOT NULL,
    platforms_ministerial BIGINT NOT NULL,
    platforms_municipal BIGINT NOT NULL,
    platforms_district BIGINT NOT NULL,
    platforms_enterprise BIGINT NOT NULL,
    with_platform BIGINT NOT NULL,
    standards_led BIGINT NOT NULL,
    standards_participated BIGINT NOT NULL,
    science_awards BIGINT NOT NULL,
    hi_tech_products BIGINT NOT NULL,
    CONSTRAINT pk_cube_report PRIMARY KEY (year, unit_code, district_code, zone_code)
)
 WITH (fillfactor = 50);

COMMENT ON TABLE cube_report IS '汇总:已通过年报';

COMMENT ON COLUMN cube_report.year IS '年份';

COMMENT ON COLUMN cube_report.unit_code IS '主管单位';

COMMENT ON COLUMN cube_report.district_code IS '区县(无则为空)';

COMMENT ON COLUMN cube_report.zone_code IS '所属开发区(无则为空)';

COMMENT ON COLUMN cube_report.reports IS '年报数(份)';

COMMENT ON COLUMN cube_report.operating_revenue IS '营业收入(千元)';

COMMENT ON COLUMN cube_report.operating_revenue_reported IS '营业收入填报数(份)';

COMMENT ON COLUMN cube_report.main_business_revenue IS '主营业务收入(千元)';

COMMENT ON COLUMN cube_report.main_business_revenue_reported IS '主营业务收入填报数(份)';

COMMENT ON COLUMN cube_report.high_tech_product_revenue IS '高新技术产品(服务)收入(千元)';

COMMENT ON COLUMN cube_report.high_tech_product_revenue_reported IS '高新技术产品填报数(份)';

COMMENT ON COLUMN cube_report.total_profit IS '利润总额(千元)';

COMMENT ON COLUMN cube_report.total_profit_reported IS '利润总额填报数(份)';

COMMENT ON COLUMN cube_report.tax_paid IS '实际上缴税费(千元)';

COMMENT ON COLUMN cube_report.tax_paid_reported IS '实际上缴税费填报数(份)';

COMMENT ON COLUMN cube_report.rd_expense IS '研发费用(千元)';

COMMENT ON COLUMN cube_report.rd_expense_reported IS '研发费用填报数(份)';

COMMENT ON COLUMN cube_report.total_assets IS '年末资产总额(千元)';

COMMENT ON COLUMN cube_report.total_assets_reported IS '年末资产总额填报数(份)';

COMMENT ON COLUMN cube_report.staff_total IS '职工总数(人)';

COMMENT ON COLUMN cube_report.staff_total_reported IS '职工总数填报数(份)';

COMMENT ON COLUMN cube_report.sci_tech_staff IS '科技人员(人)';

COMMENT ON COLUMN cube_report.sci_tech_staff_reported IS '科技人员填报数(份)';

COMMENT ON COLUMN cube_report.rd_staff IS '研发人员(人)';

COMMENT ON COLUMN cube_report.rd_staff_reported IS '研发人员填报数(份)';

COMMENT ON COLUMN cube_report.doctors IS '博士(人)';

COMMENT ON COLUMN cube_report.doctors_reported IS '博士填报数(份)';

COMMENT ON COLUMN cube_report.masters IS '硕士(人)';

COMMENT ON COLUMN cube_report.masters_reported IS '硕士填报数(份)';

COMMENT ON COLUMN cube_report.new_graduates_hired IS '吸纳应届毕业生(人)';

COMMENT ON COLUMN cube_report.new_graduates_hired_reported IS '吸纳应届毕业生填报数(份)';

COMMENT ON COLUMN cube_report.patent_applications IS '专利申请数(件)';

COMMENT ON COLUMN cube_report.patent_applications_reported IS '专利申请数填报数(份)';

COMMENT ON COLUMN cube_report.invention_applications IS '发明专利申请数(件)';

COMMENT ON COLUMN cube_report.invention_applications_reported IS '发明专利申请数填报数(份)';

COMMENT ON COLUMN cube_report.granted_this_year IS '当年授权专利数(件)';

COMMENT ON COLUMN cube_report.granted_this_year_reported IS '当年授权专利数填报数(份)';

COMMENT ON COLUMN cube_report.valid_invention_patents IS '有效发明专利数(件)';

COMMENT ON COLUMN cube_report.valid_invention_patents_reported IS '有效发明专利数填报数(份)';

COMMENT ON COLUMN cube_report.software_copyrights IS '软件著作权数(件)';

COMMENT ON COLUMN cube_report.software_copyrights_reported IS '软件著作权数填报数(份)';

COMMENT ON COLUMN cube_report.achievement_conversions IS '科技成果转化数(项)';

COMMENT ON COLUMN cube_report.achievement_conversions_reported IS '科技成果转化数填报数(份)';

COMMENT ON COLUMN cube_report.platforms_national IS '国家级研发平台(个)';

COMMENT ON COLUMN cube_report.platforms_ministerial IS '部级研发平台(个)';

COMMENT ON COLUMN cube_report.platforms_municipal IS '省(市)级研发平台(个)';

COMMENT ON COLUMN cube_report.platforms_district IS '区县级研发平台(个)';

COMMENT ON COLUMN cube_report.platforms_enterprise IS '企业自建研发平台(个)';

COMMENT ON COLUMN cube_report.with_platform IS '有研发平台的企业(家)';

COMMENT ON COLUMN cube_report.standards_led IS '主导制定标准(项)';

COMMENT ON COLUMN cube_report.standards_participated IS '参与制定标准(项)';

COMMENT ON COLUMN cube_report.science_awards IS '科技奖励(项)';

COMMENT ON COLUMN cube_report.hi_tech_products IS '高新技术产品(项)';

CREATE TABLE cube_tally (
    series TEXT COLLATE "C" NOT NULL,
    bucket INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    district_code TEXT COLLATE "C" NOT NULL,
    zone_code TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    entities BIGINT NOT NULL,
    records BIGINT NOT NULL,
    applied NUMERIC NOT NULL,
    approved NUMERIC NOT NULL,
    CONSTRAINT pk_cube_tally PRIMARY KEY (series, bucket, unit_code, district_code, zone_code, value)
)
 WITH (fillfactor = 50);

COMMENT ON TABLE cube_tally IS '汇总:企业数与创新券';

COMMENT ON COLUMN cube_tally.series IS '统计项';

COMMENT ON COLUMN cube_tally.bucket IS '时段(年、年月或年月日)';

COMMENT ON COLUMN cube_tally.unit_code IS '主管单位';

COMMENT ON COLUMN cube_tally.district_code IS '区县(无则为空)';

COMMENT ON COLUMN cube_tally.zone_code IS '所属开发区(无则为空)';

COMMENT ON COLUMN cube_tally.value IS '分类值';

COMMENT ON COLUMN cube_tally.entities IS '企业数(家)';

COMMENT ON COLUMN cube_tally.records IS '笔数(张)';

COMMENT ON COLUMN cube_tally.applied IS '申领金额(万元)';

COMMENT ON COLUMN cube_tally.approved IS '核定金额(万元)';

CREATE TABLE fact_enterprise (
    uscc TEXT COLLATE "C" NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    district_code TEXT COLLATE "C" NOT NULL,
    zone_code TEXT COLLATE "C" NOT NULL,
    registered_year INTEGER,
    library_day DATE,
    industry_category TEXT COLLATE "C" NOT NULL,
    hi_tech_field TEXT COLLATE "C" NOT NULL,
    hnte DATEMULTIRANGE,
    tech_sme DATEMULTIRANGE,
    CONSTRAINT pk_fact_enterprise PRIMARY KEY (uscc)
);

COMMENT ON TABLE fact_enterprise IS '汇总依据:企业';

COMMENT ON COLUMN fact_enterprise.uscc IS '统一社会信用代码';

COMMENT ON COLUMN fact_enterprise.unit_code IS '主管单位';

COMMENT ON COLUMN fact_enterprise.district_code IS '区县(无则为空)';

COMMENT ON COLUMN fact_enterprise.zone_code IS '所属开发区(无则为空)';

COMMENT ON COLUMN fact_enterprise.registered_year IS '成立年份(注销则为空)';

COMMENT ON COLUMN fact_enterprise.library_day IS '入库日期(未入库则为空)';

COMMENT ON COLUMN fact_enterprise.industry_category IS '产业类别';

COMMENT ON COLUMN fact_enterprise.hi_tech_field IS '高新技术领域';

COMMENT ON COLUMN fact_enterprise.hnte IS '高新技术企业有效期(合并后)';

COMMENT ON COLUMN fact_enterprise.tech_sme IS '科技型中小企业有效期(合并后)';

CREATE TABLE fact_report (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    district_code TEXT COLLATE "C" NOT NULL,
    zone_code TEXT COLLATE "C" NOT NULL,
    in_library BOOLEAN DEFAULT false NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    enterprise_size TEXT COLLATE "C",
    is_above_scale_industrial BOOLEAN DEFAULT false NOT NULL,
    operating_revenue NUMERIC(18, 3),
    main_business_revenue NUMERIC(18, 3),
    high_tech_product_revenue NUMERIC(18, 3),
    total_profit NUMERIC(18, 3),
    tax_paid NUMERIC(18, 3),
    rd_expense NUMERIC(18, 3),
    total_assets NUMERIC(18, 3),
    staff_total INTEGER,
    sci_tech_staff INTEGER,
    rd_staff INTEGER,
    doctors INTEGER,
    masters INTEGER,
    new_graduates_hired INTEGER,
    patent_applications INTEGER,
    invention_applications INTEGER,
    granted_this_year INTEGER,
    valid_invention_patents INTEGER,
    software_copyrights INTEGER,
    achievement_conversions INTEGER,
    platforms_national INTEGER NOT NULL,
    platforms_ministerial INTEGER NOT NULL,
    platforms_municipal INTEGER NOT NULL,
    platforms_district INTEGER NOT NULL,
    platforms_enterprise INTEGER NOT NULL,
    with_platform INTEGER NOT NULL,
    standards_led INTEGER NOT NULL,
    standards_participated INTEGER NOT NULL,
    science_awards INTEGER NOT NULL,
    hi_tech_products INTEGER NOT NULL,
    CONSTRAINT pk_fact_report PRIMARY KEY (uscc, year)
);

COMMENT ON TABLE fact_report IS '汇总依据:年报';

COMMENT ON COLUMN fact_report.uscc IS '统一社会信用代码';

COMMENT ON COLUMN fact_report.year IS '年份';

COMMENT ON COLUMN fact_report.unit_code IS '主管单位';

COMMENT ON COLUMN fact_report.district_code IS '区县(无则为空)';

COMMENT ON COLUMN fact_report.zone_code IS '所属开发区(无则为空)';

COMMENT ON COLUMN fact_report.in_library IS '当年末是否在库';

COMMENT ON COLUMN fact_report.status IS '审核状态';

COMMENT ON COLUMN fact_report.enterprise_size IS '企业规模';

COMMENT ON COLUMN fact_report.is_above_scale_industrial IS '是否规上工业企业';

COMMENT ON COLUMN fact_report.operating_revenue IS '营业收入(千元)';

COMMENT ON COLUMN fact_report.main_business_revenue IS '主营业务收入(千元)';

COMMENT ON COLUMN fact_report.high_tech_product_revenue IS '高新技术产品(服务)收入(千元)';

COMMENT ON COLUMN fact_report.total_profit IS '利润总额(千元)';

COMMENT ON COLUMN fact_report.tax_paid IS '实际上缴税费(千元)';

COMMENT ON COLUMN fact_report.rd_expense IS '研发费用(千元)';

COMMENT ON COLUMN fact_report.total_assets IS '年末资产总额(千元)';

COMMENT ON COLUMN fact_report.staff_total IS '职工总数(人)';

COMMENT ON COLUMN fact_report.sci_tech_staff IS '科技人员(人)';

COMMENT ON COLUMN fact_report.rd_staff IS '研发人员(人)';

COMMENT ON COLUMN fact_report.doctors IS '博士(人)';

COMMENT ON COLUMN fact_report.masters IS '硕士(人)';

COMMENT ON COLUMN fact_report.new_graduates_hired IS '吸纳应届毕业生(人)';

COMMENT ON COLUMN fact_report.patent_applications IS '专利申请数(件)';

COMMENT ON COLUMN fact_report.invention_applications IS '发明专利申请数(件)';

COMMENT ON COLUMN fact_report.granted_this_year IS '当年授权专利数(件)';

COMMENT ON COLUMN fact_report.valid_invention_patents IS '有效发明专利数(件)';

COMMENT ON COLUMN fact_report.software_copyrights IS '软件著作权数(件)';

COMMENT ON COLUMN fact_report.achievement_conversions IS '科技成果转化数(项)';

COMMENT ON COLUMN fact_report.platforms_national IS '国家级研发平台(个)';

COMMENT ON COLUMN fact_report.platforms_ministerial IS '部级研发平台(个)';

COMMENT ON COLUMN fact_report.platforms_municipal IS '省(市)级研发平台(个)';

COMMENT ON COLUMN fact_report.platforms_district IS '区县级研发平台(个)';

COMMENT ON COLUMN fact_report.platforms_enterprise IS '企业自建研发平台(个)';

COMMENT ON COLUMN fact_report.with_platform IS '有研发平台的企业(家)';

COMMENT ON COLUMN fact_report.standards_led IS '主导制定标准(项)';

COMMENT ON COLUMN fact_report.standards_participated IS '参与制定标准(项)';

COMMENT ON COLUMN fact_report.science_awards IS '科技奖励(项)';

COMMENT ON COLUMN fact_report.hi_tech_products IS '高新技术产品(项)';

CREATE TABLE fact_voucher (
    uscc TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    district_code TEXT COLLATE "C" NOT NULL,
    zone_code TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    enterprise_size TEXT COLLATE "C" NOT NULL,
    industry_category TEXT COLLATE "C" NOT NULL,
    hi_tech_field TEXT COLLATE "C" NOT NULL,
    records INTEGER NOT NULL,
    applied NUMERIC NOT NULL,
    approved NUMERIC NOT NULL,
    CONSTRAINT pk_fact_voucher PRIMARY KEY (uscc, year, type, enterprise_size, industry_category, hi_tech_field)
);

COMMENT ON TABLE fact_voucher IS '汇总依据:创新券';

COMMENT ON COLUMN fact_voucher.uscc IS '统一社会信用代码';

COMMENT ON COLUMN fact_voucher.year IS '申领年份';

COMMENT ON COLUMN fact_voucher.unit_code IS '主管单位';

COMMENT ON COLUMN fact_voucher.district_code IS '区县(无则为空)';

COMMENT ON COLUMN fact_voucher.zone_code IS '所属开发区(无则为空)';

COMMENT ON COLUMN fact_voucher.type IS '创新券类型';

COMMENT ON COLUMN fact_voucher.enterprise_size IS '企业规模(申领年份)';

COMMENT ON COLUMN fact_voucher.industry_category IS '产业类别(申领年份)';

COMMENT ON COLUMN fact_voucher.hi_tech_field IS '高新技术领域(申领年份)';

COMMENT ON COLUMN fact_voucher.records IS '申领笔数(张)';

COMMENT ON COLUMN fact_voucher.applied IS '申领金额(万元)';

COMMENT ON COLUMN fact_voucher.approved IS '核定金额(万元)';

CREATE TABLE touched (
    uscc TEXT COLLATE "C" NOT NULL
);

CREATE INDEX ix_touched_uscc ON touched (uscc);

COMMENT ON TABLE touched IS '汇总待并入的企业';

COMMENT ON COLUMN touched.uscc IS '统一社会信用代码(空: 全部)';

CREATE TABLE cultivation_snapshot (
    unit_code TEXT COLLATE "C" NOT NULL,
    month INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_month_of_a_year CHECK (mod(month, 100) BETWEEN 1 AND 12),
    frozen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    target_tech_enterprise INTEGER CONSTRAINT ck_cultivation_snapshot_target_tech_enterprise_not_negative CHECK (target_tech_enterprise >= 0),
    month_new_tech_enterprise INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_month_new_tech_enterprise_not_negative CHECK (month_new_tech_enterprise >= 0),
    ytd_new_tech_enterprise INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_ytd_new_tech_enterprise_not_negative CHECK (ytd_new_tech_enterprise >= 0),
    total_tech_enterprise INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_total_tech_enterprise_not_negative CHECK (total_tech_enterprise >= 0),
    target_hnte INTEGER CONSTRAINT ck_cultivation_snapshot_target_hnte_not_negative CHECK (target_hnte >= 0),
    month_new_hnte INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_month_new_hnte_not_negative CHECK (month_new_hnte >= 0),
    ytd_new_hnte INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_ytd_new_hnte_not_negative CHECK (ytd_new_hnte >= 0),
    total_hnte INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_total_hnte_not_negative CHECK (total_hnte >= 0),
    target_tech_sme INTEGER CONSTRAINT ck_cultivation_snapshot_target_tech_sme_not_negative CHECK (target_tech_sme >= 0),
    month_new_tech_sme INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_month_new_tech_sme_not_negative CHECK (month_new_tech_sme >= 0),
    ytd_new_tech_sme INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_ytd_new_tech_sme_not_negative CHECK (ytd_new_tech_sme >= 0),
    total_tech_sme INTEGER NOT NULL CONSTRAINT ck_cultivation_snapshot_total_tech_sme_not_negative CHECK (total_tech_sme >= 0),
    reserve_hnte_count INTEGER CONSTRAINT ck_cultivation_snapshot_reserve_hnte_count_not_negative CHECK (reserve_hnte_count >= 0),
    CONSTRAINT pk_cultivation_snapshot PRIMARY KEY (unit_code, month),
    CONSTRAINT fk_cultivation_snapshot_unit_code FOREIGN KEY(unit_code) REFERENCES unit (code)
);

CREATE INDEX ix_cultivation_snapshot_month ON cultivation_snapshot (month);

COMMENT ON TABLE cultivation_snapshot IS '培育进度月末封存';

COMMENT ON COLUMN cultivation_snapshot.unit_code IS '主管单位';

COMMENT ON COLUMN cultivation_snapshot.month IS '月份(如 202212)';

COMMENT ON COLUMN cultivation_snapshot.frozen_at IS '封存时间';

COMMENT ON COLUMN cultivation_snapshot.target_tech_enterprise IS '科技型企业年度目标(家)';

COMMENT ON COLUMN cultivation_snapshot.month_new_tech_enterprise IS '科技型企业当月新增(家)';

COMMENT ON COLUMN cultivation_snapshot.ytd_new_tech_enterprise IS '科技型企业本年新增(家)';

COMMENT ON COLUMN cultivation_snapshot.total_tech_enterprise IS '科技型企业总数(家)';

COMMENT ON COLUMN cultivation_snapshot.target_hnte IS '高新技术企业年度目标(家)';

COMMENT ON COLUMN cultivation_snapshot.month_new_hnte IS '高新技术企业当月新增(家)';

COMMENT ON COLUMN cultivation_snapshot.ytd_new_hnte IS '高新技术企业本年新增(家)';

COMMENT ON COLUMN cultivation_snapshot.total_hnte IS '高新技术企业总数(家)';

COMMENT ON COLUMN cultivation_snapshot.target_tech_sme IS '科技型中小企业年度目标(家)';

COMMENT ON COLUMN cultivation_snapshot.month_new_tech_sme IS '科技型中小企业当月新增(家)';

COMMENT ON COLUMN cultivation_snapshot.ytd_new_tech_sme IS '科技型中小企业本年新增(家)';

COMMENT ON COLUMN cultivation_snapshot.total_tech_sme IS '科技型中小企业总数(家)';

COMMENT ON COLUMN cultivation_snapshot.reserve_hnte_count IS '高企后备库企业数(家)';

