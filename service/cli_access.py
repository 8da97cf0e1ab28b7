"""``keqi token``: who asks."""

from __future__ import annotations

from typing import Annotated

import typer

from authz.errors import BadUserInput
from authz.principal import Principal, Role
from service.keys import signing_keys
from service.terminal import settings
from service.tokens import TokenAuthority

ROLES = ", ".join(Role)
RoleOption = Annotated[
    Role, typer.Option("--role", metavar="ROLE", help=f"角色。 One of {ROLES}.", case_sensitive=False)
]
Districts = Annotated[
    list[str] | None,
    typer.Option("--district", metavar="CODE", help="区县或功能区代码，可重复。 Unit code of a district officer."),
]
UsccOption = Annotated[
    str | None, typer.Option("--uscc", metavar="USCC", help="企业统一社会信用代码。 Credit code of an enterprise user.")
]
Bank = Annotated[str | None, typer.Option("--bank", metavar="CODE", help="合作银行代码。 Code of a bank user's bank.")]
Department = Annotated[
    str | None, typer.Option("--department", metavar="CODE", help="责任部门代码。 Code of a department officer's.")
]
Subject = Annotated[
    str | None,
    typer.Option("--subject", metavar="NAME", help="账号名，默认按角色生成。 Account name; made up if absent."),
]

NEEDED = {
    Role.DISTRICT_OFFICER: "district",
    Role.ENTERPRISE_USER: "uscc",
    Role.BANK_USER: "bank",
    Role.DEPARTMENT_OFFICER: "department",
}
"""Role → the option without which it would see no row at all."""


def token_command(
    role: RoleOption,
    district: Districts = None,
    uscc: UsccOption = None,
    bank: Bank = None,
    department: Department = None,
    subject: Subject = None,
    hours: Annotated[
        float, typer.Option(min=0.01, max=8760, metavar="HOURS", help="有效小时数。 Valid for so many hours.")
    ] = 12.0,
) -> None:
    """打印一个开发用令牌（只打印令牌本身）。 Print a bearer token for development, and nothing else."""
    principal = principal_of(role, district or [], uscc, bank, department, subject)
    authority = TokenAuthority(signing_keys(settings()))
    typer.echo(authority.issue(principal, hours * 3600))


def principal_of(
    role: Role,
    districts: list[str],
    uscc: str | None = None,
    bank: str | None = None,
    department: str | None = None,
    subject: str | None = None,
    name: str | None = None,
) -> Principal:
    """A principal from the command line's options; those its role does not know are refused.

    Raises:
        BadUserInput: the role's own scope is missing, or another role's was given.
    """
    given = {"district": ",".join(districts), "uscc": uscc, "bank": bank, "department": department}
    needed = NEEDED.get(role)
    for option, value in given.items():
        if option == needed and not value:
            raise BadUserInput(
                option, f"角色 {role.value} 需要 --{option}", detail=f"--role {role.value} needs --{option}"
            )
        if option != needed and value:
            raise BadUserInput(
                option, f"角色 {role.value} 不用 --{option}", detail=f"--role {role.value} takes no --{option}"
            )
    scope = given[needed] if needed else "city"
    return Principal(
        role=role,
        subject=subject or f"dev:{role.value.lower()}:{scope}",
        name=name or role.label,
        units=tuple(districts),
        uscc=uscc,
        bank=bank,
        department=department,
    )
