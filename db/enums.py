"""Enumerations of the domain (domain §2.2), each value with the Chinese word people read.

A value is stored as its name in a text column under a CHECK constraint made from these classes,
so a new value is one line here and one migration. Nothing but values and labels belongs here.
"""

from __future__ import annotations

import enum
from typing import Self


class Labelled(enum.StrEnum):
    """A text enumeration: ``value`` is the UPPER_SNAKE name, ``label`` the Chinese word."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """Make a member that is the text ``value`` and carries its ``label``."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class UnitKind(Labelled):
    """Kind of an administrative or managing unit (行政或管理单位)."""

    DISTRICT = "DISTRICT", "区"
    COUNTY = "COUNTY", "县(市)"
    ZONE = "ZONE", "开发区"


class UnitGroup(Labelled):
    """The four groups of Chongqing's districts and counties (domain §3.10); NE and SE are the 两群."""

    CORE = "CORE", "中心城区"
    NEW = "NEW", "主城新区"
    NE = "NE", "渝东北三峡库区城镇群"
    SE = "SE", "渝东南武陵山区城镇群"


class ZoneType(Labelled):
    """Kind of a development zone (开发区类型)."""

    NATIONAL_NEW_AREA = "NATIONAL_NEW_AREA", "国家级新区"
    NATIONAL_HTZ = "NATIONAL_HTZ", "国家高新区"
    NATIONAL_ETDZ = "NATIONAL_ETDZ", "国家级经开区"
    MUNICIPAL_HTZ = "MUNICIPAL_HTZ", "市级高新区"
    MUNICIPAL_ETDZ = "MUNICIPAL_ETDZ", "市级(托管)经开区"


class ReviewStatus(Labelled):
    """State of a submission under review (审核状态); basic information knows only the district's level."""

    DRAFT = "DRAFT", "未提交"
    PENDING_DISTRICT = "PENDING_DISTRICT", "待区县审核"
    REJECTED_DISTRICT = "REJECTED_DISTRICT", "区县审核不通过"
    PENDING_MUNICIPAL = "PENDING_MUNICIPAL", "待市局审核"
    REJECTED_MUNICIPAL = "REJECTED_MUNICIPAL", "市局审核不通过"
    APPROVED = "APPROVED", "审核通过"


#: The states basic information can be in: it has no municipal level (domain §2.2).
BASIC_INFO_STATUSES = (
    ReviewStatus.DRAFT,
    ReviewStatus.PENDING_DISTRICT,
    ReviewStatus.REJECTED_DISTRICT,
    ReviewStatus.APPROVED,
)


class ReviewTarget(Labelled):
    """What a review record decides on (审核对象)."""

    BASIC_INFO = "BASIC_INFO", "企业基本信息"
    ANNUAL_REPORT = "ANNUAL_REPORT", "科技信息年报"
    REGISTRATION = "REGISTRATION", "企业注册"
    SCORE_FILING = "SCORE_FILING", "积分数据填报"


class ReviewLevel(Labelled):
    """Who decides (审核层级)."""

    DISTRICT = "DISTRICT", "区县"
    MUNICIPAL = "MUNICIPAL", "市局"
    PLATFORM_ADMIN = "PLATFORM_ADMIN", "平台管理员"
    DEPARTMENT = "DEPARTMENT", "责任部门"


class ReviewDecision(Labelled):
    """The decision of one review (审核结论)."""

    APPROVE = "APPROVE", "通过"
    REJECT = "REJECT", "不通过"


class EnterpriseSize(Labelled):
    """Enterprise size by the statistical standard (企业规模, domain §3.7)."""

    LARGE = "LARGE", "大型"
    MEDIUM = "MEDIUM", "中型"
    SMALL = "SMALL", "小型"
    MICRO = "MICRO", "微型"
    UNCLASSIFIED = "UNCLASSIFIED", "未划型"


class IndustryCategory(Labelled):
    """The three sectors of industry (产业类别, domain §3.8)."""

    PRIMARY = "PRIMARY", "第一产业"
    SECONDARY = "SECONDARY", "第二产业"
    TERTIARY = "TERTIARY", "第三产业"


class HiTechField(Labelled):
    """The eight high-tech fields that the state supports (高新技术领域)."""

    ELECTRONIC_INFORMATION = "ELECTRONIC_INFORMATION", "电子信息"
    BIOLOGY_NEW_MEDICINE = "BIOLOGY_NEW_MEDICINE", "生物与新医药"
    AEROSPACE = "AEROSPACE", "航空航天"
    NEW_MATERIALS = "NEW_MATERIALS", "新材料"
    HIGH_TECH_SERVICES = "HIGH_TECH_SERVICES", "高技术服务"
    NEW_ENERGY_SAVING = "NEW_ENERGY_SAVING", "新能源与节能"
    RESOURCES_ENVIRONMENT = "RESOURCES_ENVIRONMENT", "资源与环境"
    ADVANCED_MANUFACTURING = "ADVANCED_MANUFACTURING", "先进制造与自动化"


class OperatingStatus(Labelled):
    """Operating status in the business registry (经营状态)."""

    ACTIVE = "ACTIVE", "存续"
    MOVED_OUT = "MOVED_OUT", "迁出"
    SUSPENDED = "SUSPENDED", "停业"
    REVOKED = "REVOKED", "吊销"
    CANCELLED = "CANCELLED", "注销"


class QualificationTag(Labelled):
    """Titles an enterprise carries (资质标签, domain §2.3)."""

    HNTE = "HNTE", "高新技术企业"
    TECH_SME = "TECH_SME", "科技型中小企业"
    SRDI = "SRDI", "专精特新"
    LITTLE_GIANT = "LITTLE_GIANT", "小巨人"
    GAZELLE = "GAZELLE", "瞪羚企业"
    UNICORN = "UNICORN", "独角兽企业"


class StarFlag(Labelled):
    """Sci-tech attributes for the STAR market that an officer sets (科创属性例外条款)."""

    INTERNATIONALLY_LEADING = "INTERNATIONALLY_LEADING", "国际领先"
    NATIONAL_AWARD = "NATIONAL_AWARD", "国家科技奖励"
    NATIONAL_MAJOR_PROJECT = "NATIONAL_MAJOR_PROJECT", "国家重大专项"
    IMPORT_SUBSTITUTION = "IMPORT_SUBSTITUTION", "进口替代"


class StandardLevel(Labelled):
    """Level of a standard (标准级别)."""

    INTERNATIONAL = "INTERNATIONAL", "国际"
    NATIONAL = "NATIONAL", "国家"
    INDUSTRY = "INDUSTRY", "行业"
    LOCAL = "LOCAL", "地方"
    GROUP = "GROUP", "团体"
    ENTERPRISE = "ENTERPRISE", "企业"


class StandardRole(Labelled):
    """Part taken in making a standard (参与方式)."""

    LEAD = "LEAD", "主导"
    PARTICIPATE = "PARTICIPATE", "参与"


class PlatformLevel(Labelled):
    """Level of a research platform (平台级别)."""

    NATIONAL = "NATIONAL", "国家级"
    MINISTERIAL = "MINISTERIAL", "部级"
    MUNICIPAL = "MUNICIPAL", "省(市)级"
    DISTRICT = "DISTRICT", "区县级"
    ENTERPRISE = "ENTERPRISE", "企业自建"


class PlatformKind(Labelled):
    """Kind of a research platform (平台类型)."""

    KEY_LABORATORY = "KEY_LABORATORY", "重点实验室"
    ENGINEERING_CENTER = "ENGINEERING_CENTER", "工程(技术)研究中心"
    TECH_INNOVATION_CENTER = "TECH_INNOVATION_CENTER", "技术创新中心"
    ENTERPRISE_TECH_CENTER = "ENTERPRISE_TECH_CENTER", "企业技术中心"
    MANUFACTURING_INNOVATION_CENTER = "MANUFACTURING_INNOVATION_CENTER", "制造业创新中心"
    POSTDOC_STATION = "POSTDOC_STATION", "博士后工作站"
    ACADEMICIAN_STATION = "ACADEMICIAN_STATION", "院士专家工作站"
    NEW_RD_INSTITUTE = "NEW_RD_INSTITUTE", "新型研发机构"
    ENTERPRISE_RD_INSTITUTION = "ENTERPRISE_RD_INSTITUTION", "企业研发机构"
    OTHER = "OTHER", "其他"


class GovernmentLevel(Labelled):
    """Level of government that gave an award or funds a project (奖励/项目级别)."""

    NATIONAL = "NATIONAL", "国家级"
    MINISTERIAL = "MINISTERIAL", "部级"
    MUNICIPAL = "MUNICIPAL", "省(市)级"
    DISTRICT = "DISTRICT", "区县级"


class AwardGrade(Labelled):
    """Grade of a science award (奖励等级)."""

    SPECIAL = "SPECIAL", "特等奖"
    FIRST = "FIRST", "一等奖"
    SECOND = "SECOND", "二等奖"
    THIRD = "THIRD", "三等奖"


class ListingBoard(Labelled):
    """Stock board (上市板块)."""

    STAR = "STAR", "科创板"
    MAIN_SSE = "MAIN_SSE", "沪市主板"
    MAIN_SZSE = "MAIN_SZSE", "深市主板"
    CHINEXT = "CHINEXT", "创业板"
    BSE = "BSE", "北交所"
    NEEQ = "NEEQ", "新三板"
    REGIONAL_EQUITY = "REGIONAL_EQUITY", "区域股权市场"
    HKEX = "HKEX", "港交所"
    OVERSEAS = "OVERSEAS", "境外其他"


class ListingStatus(Labelled):
    """How far a listing has come (挂牌上市状态)."""

    PLANNED = "PLANNED", "拟上市"
    TUTORING = "TUTORING", "辅导"
    ACCEPTED = "ACCEPTED", "受理"
    LISTED = "LISTED", "已上市(挂牌)"
    DELISTED = "DELISTED", "已退市(摘牌)"


class CreditGrade(Labelled):
    """Grade of a knowledge-value credit rating (信用等级, domain §3.4); no grade is 未评级."""

    A = "A", "A级"
    B = "B", "B级"
    C = "C", "C级"
    D = "D", "D级"
    E = "E", "E级"


class LoanKind(Labelled):
    """Kind of a loan given on a rating (贷款类型, domain §2.5) [P]."""

    KNOWLEDGE_VALUE = "KNOWLEDGE_VALUE", "知识价值信用贷款"
    COMMERCIAL = "COMMERCIAL", "商业价值信用贷款"


class VoucherType(Labelled):
    """Type of an innovation voucher (创新券类型, domain §2.2) [P, R-L]: no official list could be confirmed."""

    TECH_ENTERPRISE = "TECH_ENTERPRISE", "科技型企业培育"
    HNTE = "HNTE", "高新技术企业培育"
    RESOURCE_SHARING = "RESOURCE_SHARING", "科技资源(仪器)共享"
    RD_SERVICE = "RD_SERVICE", "研发服务"
    TESTING = "TESTING", "检验检测"
    TECH_TRANSFER = "TECH_TRANSFER", "技术转移"
    IP_SERVICE = "IP_SERVICE", "知识产权服务"
    OTHER = "OTHER", "其他"


class VoucherStatus(Labelled):
    """How far a voucher application has come (创新券状态, domain §2.2) [P]."""

    APPLIED = "APPLIED", "已申领"
    APPROVED = "APPROVED", "已审核"
    ISSUED = "ISSUED", "已发放"
    USED = "USED", "已使用"
    REDEEMING = "REDEEMING", "兑付中"
    REDEEMED = "REDEEMED", "已兑付"
    EXPIRED = "EXPIRED", "已失效"
    REJECTED = "REJECTED", "未通过"


class RecordStatus(Labelled):
    """Whether a filing as a tech enterprise stands (科技型企业备案状态, domain §3.3)."""

    VALID = "VALID", "有效"
    LAPSED = "LAPSED", "已失效"
    REVOKED = "REVOKED", "已撤销"


class CertificateStatus(Labelled):
    """Whether a certificate of a high and new technology enterprise stands (高企证书状态, domain §2.9)."""

    VALID = "VALID", "有效"
    EXPIRED = "EXPIRED", "已过期"
    REVOKED = "REVOKED", "已撤销"


class CultivationKind(Labelled):
    """What a unit is to grow (培育对象, domain §2.7)."""

    TECH_ENTERPRISE = "TECH_ENTERPRISE", "科技型企业"
    HNTE = "HNTE", "高新技术企业"
    TECH_SME = "TECH_SME", "科技型中小企业"


class AccountRole(Labelled):
    """The roles an account can have; PUBLIC has no account (domain §4.1)."""

    DISTRICT_OFFICER = "DISTRICT_OFFICER", "区县科技局"
    MUNICIPAL_OFFICER = "MUNICIPAL_OFFICER", "市科技局"
    ENTERPRISE_USER = "ENTERPRISE_USER", "企业用户"
    PLATFORM_ADMIN = "PLATFORM_ADMIN", "平台管理员"
    DEPARTMENT_OFFICER = "DEPARTMENT_OFFICER", "责任部门"
    BANK_USER = "BANK_USER", "合作银行"
    ANALYST = "ANALYST", "统计分析"


class AccountStatus(Labelled):
    """Whether an account may log in (账号状态)."""

    ACTIVE = "ACTIVE", "启用"
    DISABLED = "DISABLED", "停用"


class ConsentScope(Labelled):
    """Kinds of data an enterprise can share with a bank (授权范围)."""

    BASIC = "BASIC", "基本信息"
    FINANCIAL = "FINANCIAL", "经营财务"
    SCORE = "SCORE", "评级与积分"
    IP = "IP", "知识产权与创新"


class ExportStatus(Labelled):
    """State of a registered export (导出状态)."""

    REGISTERED = "REGISTERED", "待下载"
    RUNNING = "RUNNING", "导出中"
    DONE = "DONE", "已完成"
    FAILED = "FAILED", "已失败"
    EXPIRED = "EXPIRED", "已过期"


class ExportFormat(Labelled):
    """File format of an export (文件格式)."""

    XLSX = "XLSX", "Excel 工作簿"
    CSV = "CSV", "CSV 文本"


class AuditKind(Labelled):
    """What an audit line records (审计类别)."""

    READ = "READ", "查询"
    EXPORT = "EXPORT", "导出"
    REFUSAL = "REFUSAL", "拒绝"
    REVEAL = "REVEAL", "查看原值"
    WRITE = "WRITE", "变更"


class LibraryKey(Labelled):
    """The eight libraries of the district edition (domain §2.9)."""

    INCUBATION = "INCUBATION", "科企孵化库"
    HNTE_RESERVE = "HNTE_RESERVE", "高企后备库"
    STAR_RESERVE = "STAR_RESERVE", "科创板上市企业储备库"
    LEADING_CULTIVATION = "LEADING_CULTIVATION", "领军企业培育库"
    HIGH_GROWTH = "HIGH_GROWTH", "高成长科技企业筛选库"
    NATIONAL_SME_RESERVE = "NATIONAL_SME_RESERVE", "国家科技型中小企业后备库"
    TECH_ENTERPRISE_REGISTER = "TECH_ENTERPRISE_REGISTER", "科技型企业认定库"
    HNTE_REGISTER = "HNTE_REGISTER", "高新技术企业认定库"
