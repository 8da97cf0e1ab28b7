"""The one MetaData and the kinds of column the tables are built from.

Every column is made by one of these functions, so that its comment (Chinese label and unit), its
collation and its own CHECK constraint cannot be forgotten. No table is declared here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from db.enums import Labelled

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: Text in code-point order: answers must not depend on the locale of the machine.
Name = sa.Text(collation="C")
#: Amounts in 千元 (1,000 yuan) to one yuan, the unit of the annual reports (domain §2.1).
Kyuan = sa.Numeric(18, 3)
#: Amounts in 万元 (10,000 yuan) to one yuan, the unit of the registry and of the DL forms.
Wyuan = sa.Numeric(18, 4)
#: Amounts in million US dollars, used by the unicorn rule alone.
MillionUsd = sa.Numeric(18, 6)
#: Points of a hundred.
Score = sa.Numeric(5, 2)


def text(name: str, comment: str, most: int | None = None, *, nullable: bool = True) -> sa.Column[str]:
    """Text of at most ``most`` characters."""
    checks = [sa.CheckConstraint(f"char_length({name}) <= {most}", f"{name}_length")] if most else []
    return sa.Column(name, Name, *checks, nullable=nullable, comment=comment)


def texts(name: str, comment: str, allowed: type[Labelled] | None = None) -> sa.Column[list[str]]:
    """A list of texts, never null; with ``allowed``, of values of one enumeration."""
    checks = [sa.CheckConstraint(f"{name} <@ ARRAY[{_quoted(allowed)}]", f"{name}_known")] if allowed else []
    return sa.Column(name, sa.ARRAY(Name), *checks, nullable=False, server_default="{}", comment=comment)


def choice(
    name: str,
    comment: str,
    values: Iterable[Labelled],
    *,
    nullable: bool = True,
    key: bool = False,
) -> sa.Column[str]:
    """One value of an enumeration, held to it by a CHECK constraint; as a ``key``, part of the primary one."""
    check = sa.CheckConstraint(f"{name} IN ({_quoted(values)})", f"{name}_known")
    return sa.Column(name, Name, check, primary_key=key, nullable=nullable and not key, comment=comment)


def count(name: str, comment: str, *, nullable: bool = True) -> sa.Column[int]:
    """A number of things, zero or more; null means not reported."""
    return sa.Column(name, sa.Integer, _not_negative(name), nullable=nullable, comment=comment)


def kyuan(name: str, label: str, *, signed: bool = False) -> sa.Column[Decimal]:
    """An amount in 千元; ``signed`` where a loss or a debt may make it negative."""
    return _money(name, label, Kyuan, "千元", signed=signed)


def wyuan(name: str, label: str, *, nullable: bool = True) -> sa.Column[Decimal]:
    """An amount in 万元."""
    return _money(name, label, Wyuan, "万元", nullable=nullable)


def million_usd(name: str, label: str) -> sa.Column[Decimal]:
    """An amount in million US dollars."""
    return _money(name, label, MillionUsd, "百万美元")


def flag(name: str, comment: str, *, default: bool | None = None) -> sa.Column[bool]:
    """Yes or no; null means not answered, unless a ``default`` makes it never null."""
    if default is None:
        return sa.Column(name, sa.Boolean, nullable=True, comment=comment)
    return sa.Column(
        name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false(), comment=comment
    )


def score(name: str, label: str) -> sa.Column[Decimal]:
    """A score of 0 to 100 points; null means not scored."""
    check = sa.CheckConstraint(f"{name} BETWEEN 0 AND 100", f"{name}_of_hundred")
    return sa.Column(name, Score, check, nullable=True, comment=f"{label}(分)")


def year_key(comment: str) -> sa.Column[int]:
    """A calendar year as part of a primary key."""
    return sa.Column("year", sa.Integer, primary_key=True, autoincrement=False, comment=comment)


def day(name: str, comment: str, *, nullable: bool = True) -> sa.Column[date]:
    """A calendar day in Asia/Shanghai."""
    return sa.Column(name, sa.Date, nullable=nullable, comment=comment)


def moment(name: str, comment: str, *, nullable: bool = True, now: bool = False) -> sa.Column[datetime]:
    """A point in time; ``now`` fills it in by the database's clock."""
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default, comment=comment)


def uscc_key(*, comment: str = "统一社会信用代码") -> sa.Column[str]:
    """The enterprise's credit code as part of a primary key; its table says where it points."""
    return sa.Column("uscc", Name, primary_key=True, nullable=False, comment=comment)


def derived(name: str, kind: sa.types.TypeEngine[Any], expression: str, comment: str) -> sa.Column[Any]:
    """A stored generated column: always what the row's other columns say, never written."""
    return sa.Column(name, kind, sa.Computed(expression, persisted=True), nullable=True, comment=comment)


def owned_by_enterprise() -> sa.ForeignKeyConstraint:
    """(uscc, unit_code) → enterprise: a moved enterprise takes its rows along to the new unit."""
    return sa.ForeignKeyConstraint(
        ["uscc", "unit_code"], ["enterprise.uscc", "enterprise.unit_code"], onupdate="CASCADE"
    )


def required_unless_draft(columns: Iterable[str]) -> sa.CheckConstraint:
    """A draft may be incomplete; what was ever submitted has the form's required fields (domain §2.4)."""
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return sa.CheckConstraint(f"status = 'DRAFT' OR ({filled})", "complete_when_submitted")


def at_most(smaller: str, larger: str) -> sa.CheckConstraint:
    """``smaller`` ≤ ``larger`` wherever both are reported."""
    return sa.CheckConstraint(f"{smaller} <= {larger}", f"{smaller}_at_most")


def ordered(earlier: str, later: str) -> sa.CheckConstraint:
    """``earlier`` is not after ``later`` wherever both days are known."""
    return sa.CheckConstraint(f"{earlier} <= {later}", f"{later}_not_before")


def plausible_year() -> sa.CheckConstraint:
    """A year of this age: anything else is a typing error."""
    return sa.CheckConstraint("year BETWEEN 2000 AND 2100", "year_plausible")


def _money(
    name: str, label: str, kind: sa.Numeric[Decimal], unit: str, *, signed: bool = False, nullable: bool = True
) -> sa.Column[Decimal]:
    checks = () if signed else (_not_negative(name),)
    return sa.Column(name, kind, *checks, nullable=nullable, comment=f"{label}({unit})")


def _not_negative(name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{name} >= 0", f"{name}_not_negative")


def _quoted(values: Iterable[Labelled]) -> str:
    return ", ".join(f"'{value.value}'" for value in values)
