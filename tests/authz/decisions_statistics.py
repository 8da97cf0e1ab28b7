"""The types of the statistics pages and their fields, for ``decisions``, which says once for all who sees them."""

from __future__ import annotations

STATISTICS: dict[str, str] = {
    "VoucherTables": "year byType bySize byIndustry byField",
    "VoucherTypeRow": "no enterprises applications appliedAmount approvedAmount name value",
    "VoucherSizeRow": "no enterprises applications appliedAmount approvedAmount name value",
    "VoucherIndustryRow": "no enterprises applications appliedAmount approvedAmount name value",
    "VoucherFieldRow": "no enterprises applications appliedAmount approvedAmount name value",
    "CultivationProgressTable": "month isFrozen rows total",
    "CultivationProgressRow": (
        "no unitName unit annualTargetTechEnterprise monthNewTechEnterprise ytdNewTechEnterprise"
        " totalTechEnterprise techCompletionRate annualTargetHnte monthNewHnte ytdNewHnte totalHnte"
        " hnteCompletionRate annualTargetTechSme monthNewTechSme ytdNewTechSme totalTechSme smeCompletionRate"
        " reserveHnteCount rank"
    ),
    "EnrolmentTables": "year reports sizes industries fields",
    "EnrolmentReportRow": (
        "no districtName zoneName unit zone registeredCount inLibraryCount reportedCount aboveScaleIndustrialCount"
    ),
    "EnrolmentSizeRow": (
        "no districtName zoneName unit zone largeCount mediumCount smallCount microCount unclassifiedCount"
        " inLibraryCount"
    ),
    "EnrolmentIndustryRow": (
        "no districtName zoneName unit zone primaryCount secondaryCount tertiaryCount unknownCount inLibraryCount"
    ),
    "EnrolmentFieldRow": (
        "no districtName zoneName unit zone electronicInformationCount biologyNewMedicineCount aerospaceCount"
        " newMaterialsCount highTechServicesCount newEnergySavingCount resourcesEnvironmentCount"
        " advancedManufacturingCount noneCount inLibraryCount"
    ),
    "AnnualReportTables": "year operation peopleAndPlatforms achievements",
    "ReportOperationRow": (
        "no districtName zoneName unit zone enterprises operatingRevenue mainBusinessRevenue"
        " highTechProductRevenue totalProfit taxPaid rdExpense rdIntensity totalAssets"
        " operatingRevenueReportedCount mainBusinessRevenueReportedCount highTechProductRevenueReportedCount"
        " totalProfitReportedCount taxPaidReportedCount rdExpenseReportedCount totalAssetsReportedCount"
    ),
    "ReportPeopleRow": (
        "no districtName zoneName unit zone enterprises staffTotal sciTechStaff rdStaff sciTechShare doctors"
        " masters newGraduatesHired platformsTotal platformsNational platformsMinisterial platformsMunicipal"
        " platformsDistrict platformsEnterprise enterprisesWithPlatform staffTotalReportedCount"
        " sciTechStaffReportedCount rdStaffReportedCount doctorsReportedCount mastersReportedCount"
        " newGraduatesHiredReportedCount"
    ),
    "ReportAchievementRow": (
        "no districtName zoneName unit zone enterprises patentApplications inventionApplications grantedThisYear"
        " validInventionPatents softwareCopyrights standardsLed standardsParticipated achievementConversions"
        " scienceAwards hiTechProducts patentApplicationsReportedCount inventionApplicationsReportedCount"
        " grantedThisYearReportedCount validInventionPatentsReportedCount softwareCopyrightsReportedCount"
        " achievementConversionsReportedCount"
    ),
    "CityOverview": "year districts zones",
    "OverviewDistrictRow": "no districtName unit inLibraryCount validHnteCount techSmeCount",
    "OverviewZoneRow": "no zoneName zone zoneType inLibraryCount",
}
"""Pages of statistics, and the rows of their tabs: what they are made of has the scope of the caller's units."""

TABS = (
    "VoucherTypeTable VoucherSizeTable VoucherIndustryTable VoucherFieldTable EnrolmentReportTable"
    " EnrolmentSizeTable EnrolmentIndustryTable EnrolmentFieldTable ReportOperationTable ReportPeopleTable"
    " ReportAchievementTable OverviewDistrictTable OverviewZoneTable"
)
"""Tables with a total row, one for each tab."""
