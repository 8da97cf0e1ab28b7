-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.

CREATE TABLE audit_line (
    no BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT ck_audit_line_kind_known CHECK (kind IN ('READ', 'EXPORT', 'REFUSAL', 'REVEAL', 'WRITE')),
    subject TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    units TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    bank TEXT COLLATE "C",
    department TEXT COLLATE "C",
    reader_uscc TEXT COLLATE "C",
    operation TEXT COLLATE "C" NOT NULL,
    fields TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    rows BIGINT NOT NULL,
    subjects TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    roll BIGINT,
    roll_digest BYTEA,
    filter TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    CONSTRAINT pk_audit_line PRIMARY KEY (no)
);

CREATE INDEX ix_audit_line_at ON audit_line (at);

CREATE INDEX ix_audit_line_roll ON audit_line (roll) WHERE roll IS NOT NULL;

CREATE INDEX ix_audit_line_subject_at ON audit_line (subject, at);

CREATE INDEX ix_audit_line_subjects ON audit_line USING gin (subjects) WITH (gin_pending_list_limit = 1024);

COMMENT ON TABLE audit_line IS '审计记录(由批次展开,只增不改)';

COMMENT ON COLUMN audit_line.no IS '编号(连续)';

COMMENT ON COLUMN audit_line.batch IS '批次';

COMMENT ON COLUMN audit_line.at IS '时间(数据库时钟)';

COMMENT ON COLUMN audit_line.kind IS '类别';

COMMENT ON COLUMN audit_line.subject IS '账号';

COMMENT ON COLUMN audit_line.role IS '角色';

COMMENT ON COLUMN audit_line.units IS '主管单位范围';

COMMENT ON COLUMN audit_line.bank IS '银行代码';

COMMENT ON COLUMN audit_line.department IS '责任部门代码';

COMMENT ON COLUMN audit_line.reader_uscc IS '查询人所属企业的统一社会信用代码';

COMMENT ON COLUMN audit_line.operation IS '操作名称';

COMMENT ON COLUMN audit_line.fields IS '涉及字段';

COMMENT ON COLUMN audit_line.rows IS '行数(行)';

COMMENT ON COLUMN audit_line.subjects IS '涉及企业的统一社会信用代码(不重复,升序)';

COMMENT ON COLUMN audit_line.roll IS '企业名单编号(涉及企业过多时)';

COMMENT ON COLUMN audit_line.roll_digest IS '企业名单摘要';

COMMENT ON COLUMN audit_line.filter IS '查询条件(已脱敏)';

COMMENT ON COLUMN audit_line.client IS '客户端地址';

COMMENT ON COLUMN audit_line.request_id IS '请求编号';

COMMENT ON COLUMN audit_line.outcome IS '结果';

COMMENT ON COLUMN audit_line.reason IS '查看理由';

CREATE TABLE audit_seal (
    batch BIGINT NOT NULL,
    first_no BIGINT NOT NULL,
    last_no BIGINT NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lines BYTEA NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (batch)
)
 WITH (toast_tuple_target = 8160);

COMMENT ON TABLE audit_seal IS '审计批次(只增不改)';

COMMENT ON COLUMN audit_seal.batch IS '批次(连续)';

COMMENT ON COLUMN audit_seal.first_no IS '首行编号';

COMMENT ON COLUMN audit_seal.last_no IS '末行编号';

COMMENT ON COLUMN audit_seal.sealed_at IS '封存时间(数据库时钟)';

COMMENT ON COLUMN audit_seal.lines IS '各行原文(JSON)';

COMMENT ON COLUMN audit_seal.key_id IS '密钥编号';

COMMENT ON COLUMN audit_seal.digest IS '链式摘要(32字节)';

CREATE TABLE audit_spread (
    batch BIGINT NOT NULL,
    CONSTRAINT pk_audit_spread PRIMARY KEY (batch)
);

COMMENT ON TABLE audit_spread IS '审计批次展开进度(一行)';

COMMENT ON COLUMN audit_spread.batch IS '已展开到的批次';

CREATE TABLE audit_subjects (
    roll BIGINT NOT NULL,
    part INTEGER NOT NULL,
    lo TEXT COLLATE "C" NOT NULL,
    hi TEXT COLLATE "C" NOT NULL,
    usccs TEXT[] COLLATE "C" DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_audit_subjects PRIMARY KEY (roll, part)
);

CREATE INDEX ix_audit_subjects_lo_hi ON audit_subjects (lo, hi);

COMMENT ON TABLE audit_subjects IS '审计记录的企业名单(只增不改)';

COMMENT ON COLUMN audit_subjects.roll IS '名单编号';

COMMENT ON COLUMN audit_subjects.part IS '分段序号';

COMMENT ON COLUMN audit_subjects.lo IS '本段最小的统一社会信用代码';

COMMENT ON COLUMN audit_subjects.hi IS '本段最大的统一社会信用代码';

COMMENT ON COLUMN audit_subjects.usccs IS '统一社会信用代码(不重复,升序)';

