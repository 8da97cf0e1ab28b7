-- Tables, indexes and comments, written from db/tables by db.migrations.tables_sql.

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

