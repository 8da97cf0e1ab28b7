"""Who works with the pages: each person of the town as a fixture, at a desk of one service that all tests share.

Nobody changes the town's rows; a test that writes opens a service of its own (``tests.pages.desks.service_on``) on
``town_copy``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from authz.principal import PUBLIC, Principal
from tests.fixtures import town
from tests.pages.desks import Desk, service_on

Desks = Callable[[Principal], Desk]


@pytest.fixture(scope="session")
def desk_of(town_url: str) -> Generator[Desks]:
    """The desk of any principal."""
    with service_on(town_url) as desks:
        yield desks


@pytest.fixture(scope="session")
def city_desk_of(seeded_url: str) -> Generator[Desks]:
    """The desk of any principal of the seeded city: 600 enterprises, five years."""
    with service_on(seeded_url) as desks:
        yield desks


@pytest.fixture
def yubei(desk_of: Desks) -> Desk:
    """渝北区科技局: enterprises 1 to 5."""
    return desk_of(town.YUBEI)


@pytest.fixture
def beibei(desk_of: Desks) -> Desk:
    """北碚区科技局, the second unit: enterprises 8 to 10."""
    return desk_of(town.BEIBEI)


@pytest.fixture
def two_units(desk_of: Desks) -> Desk:
    """An officer of 渝北 and 两江新区: enterprises 1 to 7."""
    return desk_of(town.TWO_UNITS)


@pytest.fixture
def bureau(desk_of: Desks) -> Desk:
    """市科技局."""
    return desk_of(town.MUNICIPAL)


@pytest.fixture
def analyst(desk_of: Desks) -> Desk:
    """统计分析."""
    return desk_of(town.ANALYST)


@pytest.fixture
def qiming(desk_of: Desks) -> Desk:
    """重庆启明软件有限公司, enterprise 1."""
    return desk_of(town.QIMING)


@pytest.fixture
def bank(desk_of: Desks) -> Desk:
    """甲银行: enterprise 1 shares everything with it, 2 BASIC, 6 FINANCIAL."""
    return desk_of(town.BANK_A)


@pytest.fixture
def administrator(desk_of: Desks) -> Desk:
    """平台管理员, who has no part in the Chongqing system's reports, ratings and vouchers."""
    return desk_of(town.ADMIN)


@pytest.fixture
def department(desk_of: Desks) -> Desk:
    """责任部门."""
    return desk_of(town.DEPARTMENT)


@pytest.fixture
def public(desk_of: Desks) -> Desk:
    """Anybody, without a token."""
    return desk_of(PUBLIC)
