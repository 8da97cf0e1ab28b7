"""What seeded rows are made of: words, places and industries with their weights, awkward texts.

All of it is invented or public vocabulary: no name here belongs to a person or an enterprise on
purpose. Nothing here is random; ``run`` turns the lists into SQL functions that pick from them.
"""

from __future__ import annotations

from dataclasses import dataclass

WORDS: dict[str, tuple[str, ...]] = {
    "letter": tuple(
        "智云博腾瑞创新科华盛达恒信泰和宏远鑫源嘉诚正德天成金海卓越凯润亿联众合普惠汇通锐捷领航启明星辰"
        "光宇弘毅佳美康健安迪尔森力维特迈思优品诺亚伟业东方中西南北川渝江山城巴蜀麦禾沐泽铭轩昊翔"
    ),
    "surname": (*"王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余", "欧阳", "司马"),
    "given": (
        *"伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚",
        *("建国", "晓东", "志强", "思远", "雨桐", "浩然", "子轩", "梓涵", "欣怡", "俊杰"),
        *("文博", "佳琪", "海燕", "永康", "玉兰", "春梅", "国庆", "秀英", "少华", "立新"),
    ),
    "suffix": (
        *("有限公司",) * 41,
        *("有限责任公司",) * 4,
        *("股份有限公司",) * 3,
        "集团有限公司",
        "(集团)股份有限公司",
    ),
    "registration": (
        *("有限责任公司(自然人投资或控股)",) * 8,
        *("有限责任公司(自然人独资)",) * 5,
        *("有限责任公司(法人独资)",) * 3,
        "其他股份有限公司(非上市)",
        "股份有限公司(上市、自然人投资或控股)",
        "有限责任公司(台港澳与境内合资)",
        "有限责任公司(国有独资)",
    ),
    "road": (
        *("金渝大道", "星光大道", "科园一路", "石杨路", "龙山大道", "翠云路", "黄山大道", "高新大道", "学府大道"),
        *("滨江路", "解放路", "人民路", "建设路", "工业园区一路", "创业大道", "凤凰路", "迎宾大道", "新华路"),
    ),
    "scope": (
        *("技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广", "软件开发;信息系统集成服务;数据处理服务"),
        *("机械零件、零部件加工;机械设备研发", "汽车零部件及配件制造;汽车零配件批发", "电子元器件制造;电子产品销售"),
        *("新材料技术研发;合成材料销售", "第一类医疗器械销售;医学研究和试验发展", "环境保护监测;水污染治理"),
        *("货物进出口;技术进出口", "农业科学研究和试验发展;农产品的生产、销售", "物联网技术研发;物联网设备销售"),
        *("工程管理服务;工业工程设计服务", "会议及展览服务;广告设计、代理", "节能管理服务;新兴能源技术研发"),
    ),
    "product": (
        *("智能控制系统", "减速器总成", "铝合金压铸件", "数据采集终端", "工业互联网平台", "传感器模组"),
        *("医用检测试剂", "复合材料板材", "污水处理装置", "锂电池模组", "视觉检测设备", "车载显示屏"),
        *("种质资源", "检验检测服务", "精密模具", "电机控制器", "无人机飞控", "云管理软件"),
    ),
    "incubator": (
        *("两江星界", "猪八戒文创园", "重庆高技术创业中心", "北碚国家大学科技园", "留学人员创业园"),
        *("南岸区科技孵化器", "永川大数据产业园", "大连高新区创业服务中心"),
    ),
    "service_provider": (
        *("重庆市计量质量检测研究院", "重庆大学分析测试中心", "西南技术转移中心", "渝创知识产权代理有限公司"),
        *("重庆科技服务大市场有限公司", "两江检验检测认证有限公司", "重庆理工大学（技术转移中心）", "巴渝软件测评中心"),
    ),
    "approve_opinion": (
        *("同意", "材料齐全，同意通过", "数据与上年一致，通过", "经核实，同意上报", "情况属实"),
        "审核通过，请继续做好研发费用归集",
    ),
    "reject_opinion": (
        *("营业收入与审计报告不一致，请核对后重新提交", "缺少研发费用辅助账，请补充"),
        *("科技人员数超过职工总数的合理比例，请说明", "企业名称已变更，请先更新基本信息"),
        *("知识产权数量与登记不符，请核对", "联系方式无效，请更正后再报"),
    ),
    "research_topic": (
        *("新能源汽车关键零部件", "工业软件", "中药质量控制", "页岩气装备", "智慧农业", "城市固废资源化"),
        *("高端医疗装备", "集成电路封装", "轻合金成形", "山地智慧交通", "柔性显示", "生物育种"),
    ),
    "department": ("科学技术部", "重庆市科学技术局", "重庆市发展和改革委员会", "区县科学技术局", "企业自建"),
}

BANKS = (
    ("BANK_SC", "山城商业银行", "400-000-0001"),
    ("BANK_LJ", "两江科技银行", "400-000-0002"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where enterprises are: the unit that owns them, the district they count for, their zone; ``weight``."""

    weight: int
    unit: str
    district: str | None = None
    zone: str | None = None


def _district(weight: int, code: str) -> Place:
    return Place(weight, code, code)


#: The first 42 are one for each unit, so that few enterprises are enough to have all of them.
PLACES: tuple[Place, ...] = (
    _district(150, "500112"),
    Place(90, "LIANGJIANG", "500112", "LIANGJIANG"),
    _district(115, "500107"),
    Place(45, "CQ_HTZ", "500106", "CQ_HTZ"),
    Place(7, "WANSHENG", "500110", "WANSHENG"),
    Place(52, "DL_HTZ", "210211", "DL_HTZ"),
    _district(17, "500101"),
    _district(20, "500102"),
    _district(42, "500103"),
    _district(26, "500104"),
    _district(45, "500105"),
    _district(62, "500106"),
    _district(40, "500108"),
    _district(40, "500109"),
    _district(12, "500110"),
    _district(16, "500111"),
    _district(45, "500113"),
    _district(8, "500114"),
    _district(12, "500115"),
    _district(38, "500116"),
    _district(20, "500117"),
    _district(20, "500118"),
    _district(9, "500119"),
    _district(24, "500120"),
    _district(10, "500151"),
    _district(6, "500152"),
    _district(11, "500153"),
    _district(10, "500154"),
    _district(6, "500155"),
    _district(5, "500156"),
    _district(1, "500229"),
    _district(4, "500230"),
    _district(5, "500231"),
    _district(5, "500233"),
    _district(5, "500235"),
    _district(4, "500236"),
    _district(3, "500237"),
    _district(2, "500238"),
    _district(3, "500240"),
    _district(3, "500241"),
    _district(3, "500242"),
    _district(3, "500243"),
    Place(35, "LIANGJIANG", "500105", "LIANGJIANG"),
    Place(15, "LIANGJIANG", "500109", "LIANGJIANG"),
    Place(30, "CQ_HTZ", "500107", "CQ_HTZ"),
    Place(14, "500120", "500120", "BISHAN_HTZ"),
    Place(14, "500118", "500118", "YONGCHUAN_HTZ"),
    Place(8, "500153", "500153", "RONGCHANG_HTZ"),
    Place(20, "500108", "500108", "CQ_ETDZ"),
    Place(7, "500101", "500101", "WANZHOU_ETDZ"),
    Place(9, "500115", "500115", "CHANGSHOU_ETDZ"),
    Place(8, "500102", "500102", "FULING_HTZ"),
    Place(4, "500110", "500110", "QIJIANG_HTZ"),
    Place(3, "500155", "500155", "LIANGPING_HTZ"),
    Place(5, "500111", "500111", "DAZU_HTZ"),
    Place(3, "500152", "500152", "TONGNAN_HTZ"),
    Place(6, "500151", "500151", "TONGLIANG_HTZ"),
    Place(6, "500117", "500117", "HECHUAN_HTZ"),
    Place(2, "500231", "500231", "DIANJIANG_HTZ"),
    Place(2, "500230", "500230", "FENGDU_HTZ"),
    Place(10, "DL_HTZ", None, "DL_HTZ"),
)


@dataclass(frozen=True, slots=True)
class Industry:
    """A GB/T 4754-2017 code with the words names of its enterprises carry and its usual high-tech field."""

    weight: int
    code: str
    words: str
    field: str | None = None


_IT = "ELECTRONIC_INFORMATION"
_MAKING = "ADVANCED_MANUFACTURING"
_BIO = "BIOLOGY_NEW_MEDICINE"
_MATERIAL = "NEW_MATERIALS"
_SERVICE = "HIGH_TECH_SERVICES"
_ENERGY = "NEW_ENERGY_SAVING"
_GREEN = "RESOURCES_ENVIRONMENT"

INDUSTRIES: tuple[Industry, ...] = (
    Industry(120, "I6513", "科技 科技 科技 软件 信息技术 网络科技", _IT),
    Industry(60, "I6531", "科技 信息技术 系统集成 智能科技", _IT),
    Industry(45, "I6550", "科技 数据科技 大数据 信息", _IT),
    Industry(30, "I6490", "网络科技 互联网科技 科技", _SERVICE),
    Industry(15, "I6560", "信息咨询 科技", _IT),
    Industry(75, "C3670", "汽车零部件 汽车配件 机电 机械制造 科技", _MAKING),
    Industry(40, "C3484", "机械 精密机械 机械制造", _MAKING),
    Industry(25, "C3525", "模具 精密模具", _MAKING),
    Industry(12, "C3752", "摩托车 动力机械", _MAKING),
    Industry(15, "C3913", "电子 电子科技", _IT),
    Industry(12, "C3973", "微电子 半导体", _IT),
    Industry(10, "C4021", "环境监测仪器 仪器", _GREEN),
    Industry(8, "C4014", "仪器仪表 仪器"),
    Industry(8, "C2770", "生物科技 卫生材料", _BIO),
    Industry(9, "C2720", "制药 药业 生物医药", _BIO),
    Industry(10, "C3581", "医疗器械 医疗科技", _BIO),
    Industry(8, "C2641", "新材料 涂料", _MATERIAL),
    Industry(12, "C2929", "新材料 塑料制品", _MATERIAL),
    Industry(8, "C3252", "铝业 新材料", _MATERIAL),
    Industry(4, "C3741", "航空科技 航空装备", "AEROSPACE"),
    Industry(3, "C3742", "航天科技", "AEROSPACE"),
    Industry(6, "C3825", "新能源 光伏科技", _ENERGY),
    Industry(6, "C3841", "新能源科技 电池", _ENERGY),
    Industry(9, "C1499", "食品 食品科技"),
    Industry(3, "C4310", "机械维修"),
    Industry(70, "M7320", "科技 科技 技术开发 工程技术", _SERVICE),
    Industry(15, "M7452", "检测技术 检测", _SERVICE),
    Industry(20, "M7482", "工程设计 建筑设计", _SERVICE),
    Industry(50, "M7519", "科技 科技 技术服务", _SERVICE),
    Industry(16, "N7721", "环保科技 环境工程", _GREEN),
    Industry(14, "E4910", "机电工程 安装工程"),
    Industry(12, "E4790", "建设工程 建筑工程"),
    Industry(18, "F5179", "商贸 科技"),
    Industry(8, "F5279", "贸易 电子商务"),
    Industry(6, "G5430", "物流 供应链"),
    Industry(3, "G5990", "仓储"),
    Industry(2, "G6020", "速递"),
    Industry(2, "H6210", "餐饮管理"),
    Industry(20, "L7251", "文化传播 广告", None),
    Industry(2, "K7010", "房地产开发"),
    Industry(3, "K7020", "物业服务"),
    Industry(10, "A0141", "农业开发 生态农业"),
    Industry(4, "A0411", "水产养殖"),
    Industry(3, "A0511", "农业服务"),
    Industry(2, "B1011", "矿业"),
    Industry(2, "B1120", "油气技术服务", _ENERGY),
    Industry(4, "D4416", "新能源 能源", _ENERGY),
    Industry(5, "P8391", "教育科技 职业培训"),
    Industry(3, "J6940", "金融信息服务"),
    Industry(3, "R8624", "数字文化 影视"),
)

#: Region digits of registering authorities that are no district of today (domain §3.9).
ODD_REGIONS = ("500000", "500227", "500222", "500905", "500903", "500902", "500221", "500901")

#: Texts that forms let in and that broke exports and searches elsewhere. ``whole``: taken as the full name.
AWKWARD: tuple[tuple[str, bool], ...] = (
    ("ＡＢＣ１２３（全角）", False),  # noqa: RUF001 (full width is the point)
    ("\"双引号\"与'单引号'", False),
    ("<&>标签</x>]]>", False),
    ("😀🚀👨‍👩‍👧表情", False),
    ("=1+1", False),
    ('=HYPERLINK("http://example.com","点")', True),
    ("+86公式", False),
    ("-2+3", False),
    ("@SUM(A1)", False),
    ("制\t表", False),
    ("第一行\n第二行", False),
    ("回车\r\n换行", False),
    ("控\x01制", False),
    ("垂\x0b直", False),
    ("单元\x1f", False),
    ("删除\x7f", False),
    ("_x0041_字面", False),
    ("100%_\\通配", False),
    ("  前后空格科技有限公司  ", True),
    (("二百字名称" * 40)[:196] + "有限公司", True),
    ("非字符\ufffe", False),
    ("非字符\uffff", False),
    ("\u200f从右到左\u202e", False),
    ("不断行\u00a0空格", False),
    ("长文", False),
    ("\u3000全角空格\u3000", False),
    ("{花括号}\\n", False),
    ("[x](y)|`z`", False),
    (",逗号;分号", False),
    ("0012345", True),
    ("1E5", True),
    ("2022-01-01", True),
    ("TRUE", True),
    ("e\u0301组合ﬁ", False),
    ("𠮷野𡘙", False),
    ("零\u200b宽", False),
    ("\x85换行\x9f", False),
    ("'前撇号", False),
    ("\x1b[31m红", False),
    ("&amp;&lt;实体", False),
)
#: Position in AWKWARD of the text whose first enterprise has a business scope longer than a cell of Excel takes.
LONG_TEXT = 25
