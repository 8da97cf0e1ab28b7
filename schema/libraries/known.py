"""The eight libraries, in the order of the menu (domain §1.1)."""

from __future__ import annotations

from collections.abc import Mapping

from db.enums import LibraryKey
from schema.libraries.declare import Library
from schema.libraries.high_growth import HIGH_GROWTH
from schema.libraries.hnte_reserve import HNTE_RESERVE
from schema.libraries.incubation import INCUBATION
from schema.libraries.leading_cultivation import LEADING_CULTIVATION
from schema.libraries.national_sme_reserve import NATIONAL_SME_RESERVE
from schema.libraries.registers import HNTE_REGISTER, TECH_ENTERPRISE_REGISTER
from schema.libraries.star_reserve import STAR_RESERVE

LIBRARIES: Mapping[LibraryKey, Library] = {
    library.key: library
    for library in (
        INCUBATION,
        HNTE_RESERVE,
        STAR_RESERVE,
        LEADING_CULTIVATION,
        HIGH_GROWTH,
        NATIONAL_SME_RESERVE,
        TECH_ENTERPRISE_REGISTER,
        HNTE_REGISTER,
    )
}
