"""Compound growth (domain §3.2): compared without a root, so that no rounding decides; shown with six decimals."""

from __future__ import annotations

import sqlalchemy as sa

from schema.libraries.findings import Finding, Value, number, word


def growth_at_least(measure: str, now: Value, base: Value, years: int, rate: Value) -> Finding:
    """(now / base)^(1/years) - 1 ≥ rate; unknown where the base is missing or not positive."""
    positive = sa.case((base > 0, base))
    power = 1 + rate
    for _ in range(years - 1):
        power = power * (1 + rate)
    shown = compound(now, base, years)
    return Finding(now >= positive * power, shown, number(rate), rate - shown, word(measure))


def compound(now: Value, base: Value, years: int) -> Value:
    """The yearly rate of growth, for show."""
    exponent = sa.literal_column(f"(1::numeric / {years}::numeric(40,30))", sa.Numeric)
    rate = sa.func.power(now / sa.case((base > 0, base)), exponent, type_=sa.Numeric) - 1
    return sa.func.round(rate, 6, type_=sa.Numeric(18, 6))
