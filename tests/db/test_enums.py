"""Enumerations: what is stored is the name, what people read is the Chinese word."""

from __future__ import annotations

import inspect

import pytest

from authz.principal import Role
from db import enums
from db.enums import AccountRole, HiTechField, Labelled, ReviewStatus

CLASSES = [
    found
    for _, found in inspect.getmembers(enums, inspect.isclass)
    if issubclass(found, Labelled) and found is not Labelled
]


@pytest.mark.parametrize("kind", CLASSES)
def test_value_is_the_name_and_labels_tell_values_apart(kind: type[Labelled]) -> None:
    members = list(kind)
    assert members
    assert [member.value for member in members] == [member.name for member in members]
    assert len({member.label for member in members}) == len(members)
    assert all(member.label and not member.label.isascii() for member in members)


def test_a_member_is_its_text() -> None:
    assert ReviewStatus.DRAFT == "DRAFT"
    assert f"{ReviewStatus.DRAFT}" == "DRAFT"
    assert ReviewStatus("DRAFT").label == "未提交"


def test_fields_are_the_eight_of_the_state_in_order() -> None:
    firsts = [member.label[0] for member in HiTechField]
    assert "".join(firsts) == "电生航新高新资先"


def test_accounts_have_every_role_but_the_public() -> None:
    roles = {role.value: role.label for role in Role if role is not Role.PUBLIC}
    assert {role.value: role.label for role in AccountRole} == roles
