"""Domain §4.2 as the design amends it: what each role gets of each field, decided by people and written down here.

Nothing here is read from the rules; ``test_policy_cells`` holds the rules against it, cell by cell. A new type, field,
root or mutation fails there until a line here says who may see it.

Columns of letters: DIST MUNI ENT ADMIN DEPT BANK ANLT PUB. ``domain`` copies the domain's own letters, with its words
of several letters shortened: F full, R masked with a right to reveal, M masked, O own enterprise's (or own account's)
only, C with consent (C:SCOPE to that kind of data), U the reviewer's own unit, X pseudonymised, A aggregated, a dash
none. ``now`` are the letters that hold: F in full in every row that ``ROWS`` gives the role, M masked, C:SCOPE and U by
row, a dash: asking is refused. O and C are matters of rows, hence F. Where ``now`` is not what the domain says, ``why``
says by whose decision.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.authz.decisions_statistics import STATISTICS, TABS

ANALYSTS = "design, “Analysts see rows”: identity, registry and report facts in full"
CONTACTS = "design, “Contacts”: full for the row's own district, masked for the bureau, admins and analysts"
REACHED = "not of the domain's table: rows of a list, whose relation carries the rule of its tab"
PART = "not of the domain's table: a tab as such; each field in it has a line"
LIBRARY = "not of the domain's table: what a library is by, for whoever sees members"
KEYS = "not of the domain's table: key and state of a row that the role sees at all"
SHARED = "a bank gets the rows of those who share BASIC with it, and all of each; design, analysts see rows"
SERVICE = "not of the domain's table: what the service says of itself"


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows of a type each role gets, in words: all, the unit's, sent (no draft), mine, and so on."""

    types: str
    now: str
    why: str


@dataclass(frozen=True, slots=True)
class Fields:
    """What each role gets of some fields of a type."""

    type: str
    fields: str
    now: str
    domain: str = ""
    why: str = ""


ROWS = [
    Rows("Enterprise CustomQueryRow", "unit all own all all consent all -", "domain §4.1; design, analysts and banks"),
    Rows("BasicInfo", "unit+sent sent own sent - consent+approved sent -", "domain §4.2, draft versions: O only"),
    Rows(
        "AnnualReport ReportBasic ReportOperation ReportAchievements ReportPersonnel ReportResearch ReportHnte",
        "unit all own - - consent+approved sent -",
        "domain C18 (officers list reports of any status); design, analysts: no drafts",
    ),
    Rows(
        "ReportStandard ReportPlatform ReportListing ReportProduct ReportAward ReportProject",
        "all all all - - all all -",
        "rows of a report that is seen",
    ),
    Rows("LibraryEntry", "unit all own - - - all -", "domain §4.2, LibraryEntry; design, “Analysts see rows”"),
    Rows(
        "Library LibraryCondition ConditionParameter ConditionResult",
        "all all all - - - all -",
        "what libraries are by; results are rows of an entry that is seen",
    ),
    Rows("FormField", "all all all all - all all -", "rows of a basic information that is seen"),
    Rows("ReviewRecord", "unit all own all - - - -", "domain §4.2; design, analysts: no review opinions"),
    Rows("CreditRating", "unit all own - - consent:SCORE all -", "domain §4.2; design, analysts see rows"),
    Rows("CreditLoan", "unit all own - - lent all -", "domain §4.2, own bank's loans; design, analysts see rows"),
    Rows("VoucherApplication", "unit all own - - - all -", "domain §4.2, Voucher*; design, analysts see rows"),
    Rows(
        "TechEnterpriseRecord HnteCertificate TechSmeRegistration",
        "unit all own - - consent:BASIC all -",
        "domain §4.2, Registers; design, analysts see rows",
    ),
    Rows(
        "Export",
        "mine mine mine mine mine - mine -",
        "domain §4.2, ExportJob; the bureau's colleagues' not yet; banks do not export (domain §4.3)",
    ),
    Rows(
        "AggregateTable AggregateRow AggregateKey",
        "all all - - - all all -",
        "cells of rows in sight: domain §4.2, statistics; a bank's of the enterprises that consented to it (design)",
    ),
    Rows(
        "VoucherTables VoucherTypeRow VoucherSizeRow VoucherIndustryRow VoucherFieldRow CultivationProgressTable"
        " CultivationProgressRow EnrolmentTables EnrolmentReportRow EnrolmentSizeRow EnrolmentIndustryRow"
        " EnrolmentFieldRow AnnualReportTables ReportOperationRow ReportPeopleRow ReportAchievementRow"
        " CityOverview OverviewDistrictRow OverviewZoneRow VoucherTypeTable VoucherSizeTable VoucherIndustryTable"
        " VoucherFieldTable EnrolmentReportTable EnrolmentSizeTable EnrolmentIndustryTable EnrolmentFieldTable"
        " ReportOperationTable ReportPeopleTable ReportAchievementTable OverviewDistrictTable OverviewZoneTable",
        "all all - - - - all -",
        "domain §4.2, aggregates: sums over rows in sight, an officer's over the own units; the overview is the city's",
    ),
    Rows("Neighbors", "all all - all all - all -", "domain C8, C11, C17, C20: of rows of a list that is seen"),
    Rows("Statistics", "all all - - - all all -", "what the pages and aggregates hang on"),
    Rows("AuditEntry", "actions office named all actions actions - -", "domain §4.2, AuditLog"),
    Rows("RevealedContact", "- all - all - - - -", "domain §4.2, roles marked R; design, “Contacts”"),
    Rows("Viewer ExportField", "all all all all all all all -", SERVICE),
    Rows(
        "PageSettings PageDefault PageFilter",
        "all all all all all all all all",
        "what the service says of itself: pages that the role may ask, and no others",
    ),
    Rows("Unit Settings Query", "all all all all all all all all", "reference data; the root"),
]

FIELDS = [
    # ── enterprises ─────────────────────────────────────────────────────────────────────────────
    Fields(
        "Enterprise",
        "uscc name formerNames unit district zone establishedOn establishedMonth industryCode industryCategory"
        " hiTechField operatingStatus size inLibrary inLibraryOn techEnterpriseNo",
        "F F F F F F F -",
        "F F O F F C X -",
        ANALYSTS,
    ),
    Fields(
        "Enterprise",
        "registrationType legalRepresentative registeredCapital registeredAddress businessAddress businessScope",
        "F F F F - C:BASIC F -",
        "F F O F - C:BASIC - -",
        ANALYSTS,
    ),
    Fields(
        "Enterprise",
        "researchContactName researchContactMobile researchContactEmail contactName contactMobile",
        "F M F M - - M -",
        "R R O R - - - -",
        CONTACTS,
    ),
    Fields(
        "Enterprise",
        "contactIdNumber",
        "- - F F - - - -",
        "- - O R - - - -",
        "domain §4.4: only the mask of the number is kept, so that there is nothing to reveal",
    ),
    Fields(
        "Enterprise", "reviewStatus", "F F F F - - F -", why="as the form it is the status of (BasicInfo, submitted)"
    ),
    Fields("Enterprise", "basicInfo basicInfoVersions", "F F F F - F F -", why=KEYS),
    Fields("Enterprise", "libraries", "F F F - - - F -", "F F O - - - X -", ANALYSTS),
    Fields("Enterprise", "annualReport annualReports", "F F F - - F F -", why=KEYS),
    Fields("CustomQueryRow", "number values", "F F F F F F F -", why="each value under its own field's rule"),
    # ── basic information ───────────────────────────────────────────────────────────────────────
    Fields("BasicInfo", "uscc version status submittedAt reviewDueAt enterprise", "F F F F - F F -", why=KEYS),
    Fields(
        "BasicInfo",
        "name district districtCode zone zoneCode establishedOn registrationType legalRepresentative registeredCapital"
        " registeredAddress businessAddress businessScope industryCode industryCategory hiTechField operatingStatus"
        " website mainProducts incubatorName isIncubatorTenant isForeignInvested isListed staffTotal"
        " qualificationTags fields",
        "F F F F - C:BASIC F -",
        "F F O F - C:BASIC - -",
        ANALYSTS,
    ),
    Fields(
        "BasicInfo",
        "researchContactName researchContactMobile researchContactEmail contactName contactMobile",
        "F M F M - - M -",
        "R R O R - - - -",
        CONTACTS,
    ),
    Fields("BasicInfo", "opinions", "F F F F - - - -", "F F O F - - - -"),
    Fields("FormField", "no name label source readOnly required", "F F F F - F F -", "F F O F - C - -", ANALYSTS),
    Fields("FormField", "value", "F M F M - M M -", why="a contact's line is masked as the contact is, or empty"),
    # ── reviews ─────────────────────────────────────────────────────────────────────────────────
    Fields(
        "ReviewRecord",
        "id targetType uscc targetYear targetVersion level decision opinion reviewerUnit decidedAt",
        "F F F F - - - -",
        "F F O F - - - -",
    ),
    Fields("ReviewRecord", "reviewer", "U F - F - - - -", "U F - F - - - -"),
    # ── annual reports ──────────────────────────────────────────────────────────────────────────
    Fields("AnnualReport", "uscc year enterprise status version submittedAt", "F F F - - F F -", why=KEYS),
    Fields("AnnualReport", "basic operation achievements personnel research hnte", "F F F - - F F -", why=PART),
    Fields(
        "AnnualReport",
        "standards platforms listings equityFinancing hiTechProducts hiTechProductCount",
        "F F F - - C:IP F -",
        "F F O - - C:IP X -",
        ANALYSTS,
    ),
    Fields("AnnualReport", "opinions", "F F F - - - - -", "F F O F - - - -", "admins see no reports at all"),
    Fields(
        "ReportBasic",
        "name district zone establishedOn industryCode industryCategory hiTechField enterpriseSize"
        " isAboveScaleIndustrial registrationType registeredCapital legalRepresentative isIncubatorTenant"
        " incubatorName majorSafetyQualityAccident seriousEnvironmentalViolation seriousResearchDishonesty"
        " inAbnormalList inSeriousIllegalList restrictedIndustry",
        "F F F - - C:IP F -",
        "F F O - - C:IP X -",
        ANALYSTS,
    ),
    Fields("ReportBasic", "reporterName reporterMobile", "F M F - - - M -", "R R O - - - - -", CONTACTS),
    Fields(
        "ReportOperation",
        "grossOutput operatingRevenue mainBusinessRevenue otherBusinessRevenue salesRevenue totalIncome"
        " highTechProductRevenue highTechProductShare technologyRevenue totalCostExpense totalProfit netProfit taxPaid"
        " taxReliefTotal superDeductionRelief rdExpense rdIntensity rdExpenseDomestic rdExpensePrev1 rdExpensePrev2"
        " salesRevenuePrev1 salesRevenuePrev2 totalAssets totalAssetsBegin netAssets netAssetsBegin totalLiabilities"
        " exportValue ventureCapital latestValuationUsd totalFinancingUsd",
        "F F F - - C:FINANCIAL F -",
        "F F O - - C:FINANCIAL A -",
        ANALYSTS,
    ),
    Fields(
        "ReportAchievements",
        "patentApplications inventionApplications pctApplications grantedThisYear validInventionPatents"
        " ofWhichMainBusiness validUtilityModels validDesigns softwareCopyrights icLayouts plantVarieties otherClassI"
        " trademarks classI classII ipSelfDeveloped achievementConversions conversionsLast3Years scienceAwards"
        " sciTechProjects techContractCount techContractAmount papers starFlags",
        "F F F - - C:IP F -",
        "F F O - - C:IP X -",
        ANALYSTS,
    ),
    Fields(
        "ReportPersonnel",
        "staffTotal sciTechStaff sciTechShare rdStaff rdShare doctors masters bachelors associateDegree seniorTitles"
        " intermediateTitles newGraduatesHired foreignExperts highLevelTalents",
        "F F F - - C:BASIC F -",
        "F F O - - C:BASIC A -",
        ANALYSTS,
    ),
    Fields(
        "ReportResearch",
        "hasRdDepartment hasRdManagementSystem hasRdExpenseLedger hasIndustryUniversityCooperation instrumentsValue",
        "F F F - - C:IP F -",
        "F F O - - C:IP X -",
        ANALYSTS,
    ),
    Fields(
        "ReportHnte",
        "isHnte certificateNo issuedOn expiresOn recognitionTimes planToApply planYear isTechSme techSmeNo"
        " techSmeValidUntil",
        "F F F - - C:IP F -",
        "F F O - - C:IP X -",
        ANALYSTS,
    ),
    Fields("ReportStandard", "no standardNo name level role rank publishedOn inForce", "F F F - - F F -", why=REACHED),
    Fields("ReportPlatform", "no name kind level approvedOn approver certificateNo", "F F F - - F F -", why=REACHED),
    Fields("ReportListing", "no board stockCode listedOn status", "F F F - - F F -", why=REACHED),
    Fields(
        "ReportProduct",
        "no name hiTechField recognitionNo recognizedOn salesRevenue isMajorNewProduct",
        "F F F - - F F -",
        why=REACHED,
    ),
    Fields("ReportAward", "no level name grade rank awardYear", "F F F - - F F -", why=REACHED),
    Fields("ReportProject", "no level name funding projectYear", "F F F - - F F -", why=REACHED),
    # ── ratings, vouchers, registers ────────────────────────────────────────────────────────────
    Fields(
        "CreditRating",
        "grade creditLimit validUntil",
        "F F F - - C:SCORE F -",
        "F F O - - C:SCORE A -",
        ANALYSTS,
    ),
    Fields(
        "CreditRating",
        "score factorIp factorRd factorTalent factorProduct factorEnterprise factorOperation",
        "F F F - - - F -",
        "F F O - - - A -",
        ANALYSTS,
    ),
    Fields(
        "CreditLoan",
        "id uscc bankCode kind amount loanOn dueOn overdue contractNo",
        "F F F - - F F -",
        "F F O - - C A -",
        ANALYSTS,
    ),
    Fields(
        "VoucherApplication",
        "id uscc year unitCode type appliedAmount approvedAmount issuedAmount usedAmount redeemedAmount status"
        " appliedOn serviceProvider serviceContractNo enterpriseSize industryCategory hiTechField",
        "F F F - - - F -",
        "F F O - - - A -",
        ANALYSTS,
    ),
    Fields(
        "TechEnterpriseRecord",
        "techEnterpriseNo uscc unitCode filedOn validUntil status lastUpdateOn",
        "F F F - - F F -",
        "F F O - - C:BASIC X -",
        SHARED,
    ),
    Fields(
        "HnteCertificate",
        "certificateNo uscc unitCode batch issuedOn expiresOn status",
        "F F F - - F F -",
        "F F O - - C:BASIC X -",
        SHARED,
    ),
    Fields(
        "TechSmeRegistration",
        "registrationNo uscc unitCode registeredOn validUntil",
        "F F F - - F F -",
        "F F O - - C:BASIC X -",
        SHARED,
    ),
    Fields("CreditRating", "uscc year unitCode ratedOn enterprise", "F F F - - F F -", why=KEYS),
    Fields("VoucherApplication", "enterprise", "F F F - - - F -", why=KEYS),
    Fields("TechEnterpriseRecord", "enterprise", "F F F - - F F -", why=KEYS),
    Fields("HnteCertificate", "enterprise", "F F F - - F F -", why=KEYS),
    Fields("TechSmeRegistration", "enterprise", "F F F - - F F -", why=KEYS),
    Fields(
        "Enterprise",
        "creditRatings creditLoans techEnterpriseRecords certificates techSmeRegistrations",
        "F F F - - F F -",
        why=KEYS,
    ),
    Fields("Enterprise", "vouchers", "F F F - - - F -", why=KEYS),
    # ── statistics ──────────────────────────────────────────────────────────────────────────────
    Fields("AggregateTable", "label unit rows total", "F F - - - F F -", "F F - - - - F -", "design: small cells"),
    Fields(
        "AggregateRow",
        "first second third keys value enterprises reportedCount average suppressed",
        "F F - - - F F -",
        "F F - - - - F -",
        "design, “Analysts see rows”: a bank gets cells of three enterprises and more, of those that consented to it",
    ),
    Fields(
        "AggregateRow",
        "minimum maximum",
        "F F - - - - F -",
        "F F - - - - F -",
        "however many make a cell, its extremes are one enterprise's",
    ),
    Fields("AggregateKey", "dimension value label", "F F - - - F F -", why="the cells that are seen"),
    *(Fields(name, fields, "F F - - - - F -", "F F - - - - F -") for name, fields in STATISTICS.items()),
    *(Fields(name, "rows total", "F F - - - - F -", "F F - - - - F -") for name in TABS.split()),
    Fields(
        "Statistics",
        "vouchers cultivationProgress enrolment annualReports overview",
        "F F - - - - F -",
        "F F - - - - F -",
    ),
    Fields("Statistics", "aggregate", "F F - - - F F -", "F F - - - - F -", "as its cells"),
    # ── exports, audit, reveal ──────────────────────────────────────────────────────────────────
    Fields(
        "Export",
        "id title status format rows bytes createdAt expiresAt redacted downloadUrl",
        "F F F F F - F -",
        "O O O O O O O -",
        "our decision: domain §4.2 gives banks their own exports, but §4.3 lets them register none",
    ),
    Fields(
        "AuditEntry",
        "no at kind role units bank department fields outcome reason",
        "F F F F F F - -",
        "O O O F O O - -",
    ),
    Fields(
        "AuditEntry",
        "subject operation rows filter client requestId",
        "F F - F F F - -",
        "O O O F O O - -",
        "an enterprise learns which office read its data, as with reviewers, and not how it was asked",
    ),
    Fields(
        "AuditEntry",
        "subjects",
        "- F - F - - - -",
        "O O O F O O - -",
        "what a read named then may be out of sight now",
    ),
    Fields(
        "RevealedContact",
        "uscc name researchContactName researchContactMobile researchContactEmail contactName contactMobile",
        "- F - F - - - -",
        "R R - R - - - -",
        "design, “Contacts”: the district sees them in full without",
    ),
    # ── libraries ───────────────────────────────────────────────────────────────────────────────
    Fields(
        "Library",
        "key name group basis confidence filters exports settable defaultYear conditions members",
        "F F F - - - F -",
        why=LIBRARY,
    ),
    Fields(
        "LibraryCondition",
        "key order text source confidence isFixed isAlternative enabledByDefault enabled parameters",
        "F F F - - - F -",
        why=LIBRARY,
    ),
    Fields(
        "ConditionParameter",
        "name label kind unit default defaults value values min max choices",
        "F F F - - - F -",
        why=LIBRARY,
    ),
    Fields(
        "LibraryEntry",
        "uscc name library year unit district establishedOn industryCategory hiTechField enterprise report isMember"
        " firstQualifiedYear isFirstTime category recordNo recordFrom recordUntil recordStatus",
        "F F F - - - F -",
        "F F O - - - X -",
        ANALYSTS,
    ),
    Fields("LibraryEntry", "missing failed results", "F F - - - - F -", "F F - - - - A -", ANALYSTS),
    Fields(
        "ConditionResult",
        "key condition enabled state measure actual threshold gap",
        "F F F - - - F -",
        why="rows of an entry, whose relation carries the rule: an enterprise gets no results",
    ),
    # ── the service ─────────────────────────────────────────────────────────────────────────────
    Fields("Viewer", "subject name role roleLabel units enterprise bank department", "F F F F F F F -", why=SERVICE),
    Fields("ExportField", "name label unit group type default", "F F F F F F F -", why=SERVICE),
    Fields(
        "Settings",
        "defaultReportYear defaultMonth defaultPageSize maxPageSize exportLinkHours pages",
        "F F F F F F F F",
        why=SERVICE,
    ),
    Fields(
        "PageSettings",
        "key title root order tabs exports exportRange picksFields defaults filters",
        "F F F F F F F F",
        why=SERVICE,
    ),
    Fields("PageDefault", "name value meaning", "F F F F F F F F", why=SERVICE),
    Fields("PageFilter", "argument label", "F F F F F F F F", why=SERVICE),
    Fields(
        "Unit",
        "code name kind shortCode zoneType city group host otherHostCodes isJurisdiction validFrom validTo successors",
        "F F F F F F F F",
        why="reference data (domain §3.10)",
    ),
    Fields("Neighbors", "previousId nextId position total", "F F - F F - F -", why="of rows of a list that is seen"),
    # ── roots ───────────────────────────────────────────────────────────────────────────────────
    Fields("Query", "settings units", "F F F F F F F F", why=SERVICE),
    Fields("Query", "viewer exportFields", "F F F F F F F -", why="whoever is signed in"),
    Fields("Query", "export exports", "F F F F F - F -", "O O O O O O O -", "our decision: as for the type Export"),
    Fields("Query", "enterprise enterprises customQuery", "F F F F F F F -", "F F O F F C X -", ANALYSTS),
    Fields("Query", "annualReport annualReports", "F F F - - F F -", "F F O - - C X -", ANALYSTS),
    Fields("Query", "creditRatings", "F F F - - F F -", "F F O - - C A -", ANALYSTS),
    Fields("Query", "vouchers", "F F F - - - F -", "F F O - - - A -", ANALYSTS),
    Fields("Query", "basicInfoReviewQueue", "F - - - - - - -", why="domain C4, §4.3: who decides; others filter lists"),
    Fields("Query", "annualReportReviewQueue", "F F - - - - - -", why="domain C13, C14, §4.3: who decides"),
    Fields("Query", "libraries library", "F F F - - - F -", "F F O - - - X -", ANALYSTS),
    Fields("Query", "statistics", "F F - - - F F -", why="what the pages and aggregates hang on; each has a line"),
    Fields("Query", "neighbors", "F F - F F - F -", why="domain C8, C11, C17, C20: whoever goes through lists"),
    Fields("Query", "auditLog", "F F F F F F - -", "O O O F O O - -"),
    Fields("Mutation", "exportWorkbook", "F F F F F - F -", "F F F F F - A -", "design, “Exports”: analysts take rows"),
    Fields(
        "Mutation",
        "revealContact",
        "- F - F - - - -",
        "F F - F - - - -",
        "design, “Contacts”: the district sees them in full without",
    ),
    Fields(
        "Mutation",
        "saveLibraryConditions resetLibraryConditions",
        "F F - - - - - -",
        "- F - - - - - -",
        "design, “Libraries and conditions”: saved per district; the bureau's count for the city",
    ),
]
