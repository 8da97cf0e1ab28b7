"""Whatever happens to an account, in whatever order: a process that remembers and one that looks say the same.

Both agree with a model of twenty lines on every token.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass, field, replace

import pytest

from authz.errors import Unauthenticated
from authz.principal import Principal
from db.engine import Connection, connect
from db.enums import AccountStatus
from service import account_changes as changes
from service.account_changes import ExternalIdentity
from service.accounts import Accounts
from service.identity import Identity
from service.issuers import OpenIdIssuer
from service.openid import LEEWAY_SECONDS, Providers
from tests.fixtures.service import Service, serving
from tests.fixtures.town import BEIBEI_UNIT, YUBEI
from tests.service.ears import Ears
from tests.service.provider import FakeProvider, SigningKey, provider

LOGIN = YUBEI.subject
STEPS = 40


@dataclass
class Held:
    """One token, and what it says. ``says`` is None for a provider's, which says only who."""

    header: bytes
    says: Principal | None
    token_id: str | None
    issued: int


@dataclass
class Model:
    """What must hold, in no more words than the how-to has."""

    account: Principal | None = None
    is_active: bool = True
    counts_since: int = 0
    revoked: set[str | None] = field(default_factory=set[str | None])

    def expects(self, token: Held) -> Principal | None:
        """Who the token makes its holder; None: it is refused."""
        if token.issued < self.counts_since or (token.token_id is not None and token.token_id in self.revoked):
            return None
        if self.account is None:
            return token.says
        if not self.is_active or token.says not in (None, self.account):
            return None
        return self.account


class World:
    """The model and the real thing, changed together."""

    def __init__(self, service: Service, db: Connection, portal: FakeProvider, ears: Ears, dice: random.Random) -> None:
        assert service.app.state is not None
        state = service.app.state
        self.db, self.portal, self.ears, self.dice = db, portal, ears, dice
        self.tokens = state.tokens
        trusted = (OpenIdIssuer.model_validate(portal.setting()),)
        forgetful = Identity(state.tokens, Accounts(state.readers.primary), Providers(trusted))
        self.identities = {"remembers": state.identity, "never does": forgetful}
        self.model = Model()
        self.held: list[Held] = []
        self.moment = 1
        self.answers: Counter[tuple[bool, bool]] = Counter()
        """Whether the token was remembered, and whether its holder was let in."""

    async def step(self) -> str:
        """Do one thing; answer what it was."""
        self.moment += 1
        steps: list[Callable[[], Awaitable[None]]] = [self.issue, self.issue_elsewhere, self.revoke_all]
        if self.held:
            steps.append(self.revoke_one)
        steps += [self.add] if self.model.account is None else [self.disable, self.enable, self.move, self.remove]
        chosen = self.dice.choice(steps)
        await chosen()
        return chosen.__name__

    async def told(self) -> None:
        await self.ears.until("forget", LOGIN)

    async def issue(self) -> None:
        who = self.model.account or self.dice.choice([YUBEI, replace(YUBEI, units=(BEIBEI_UNIT,))])
        text = self.tokens.issue(who, 600)
        self.held.append(Held(b"Bearer " + text.encode(), who, self.tokens.verify(text).id, self.moment))

    async def issue_elsewhere(self) -> None:
        # By a clock as far ahead as may be: counted as signed now, the earliest moment that it can have been.
        token = self.portal.token(iat=time.time() + LEEWAY_SECONDS)
        self.held.append(Held(b"Bearer " + token.encode(), None, None, self.moment))

    async def add(self) -> None:
        await changes.add(self.db, YUBEI, ExternalIdentity(self.portal.issuer, "person-1"))
        self.model.account, self.model.is_active = YUBEI, True
        await self.told()

    async def disable(self) -> None:
        await self._set(AccountStatus.DISABLED, is_active=False)

    async def enable(self) -> None:
        await self._set(AccountStatus.ACTIVE, is_active=True)

    async def _set(self, status: AccountStatus, *, is_active: bool) -> None:
        await changes.set_status(self.db, LOGIN, status)
        if self.model.is_active != is_active:
            self.model.is_active, self.model.counts_since = is_active, self.moment
        await self.told()

    async def move(self) -> None:
        units = self.dice.choice([YUBEI.units, (BEIBEI_UNIT,)])
        await self.db.execute("UPDATE account SET units = $1 WHERE login = $2", list(units), LOGIN)
        self.model.account = replace(YUBEI, units=units)
        await self.told()

    async def remove(self) -> None:
        await self.db.execute("DELETE FROM account WHERE login = $1", LOGIN)
        self.model.account, self.model.counts_since = None, self.moment
        await self.told()

    async def revoke_all(self) -> None:
        await changes.revoke_of_subject(self.db, LOGIN, None)
        self.model.counts_since = self.moment
        await self.told()

    async def revoke_one(self) -> None:
        token = self.dice.choice(self.held)
        if token.token_id is not None and token.token_id not in self.model.revoked:
            await changes.revoke_token(self.db, token.token_id, None)
            self.model.revoked.add(token.token_id)
            await self.ears.until("forget_all")

    async def agree(self, after: list[str]) -> None:
        """Every token means the same to all three."""
        for token in self.held:
            expected = self.model.expects(token)
            self.answers[len(self.identities["remembers"]) > 0, expected is not None] += 1
            for name, identity in self.identities.items():
                for _ in range(2):
                    assert await _who(identity, token) == expected, (name, after, token)


async def _who(identity: Identity, token: Held) -> Principal | None:
    try:
        return await identity.of_header(token.header)
    except Unauthenticated:
        return None


@pytest.fixture
def portal() -> Generator[FakeProvider]:
    with provider(SigningKey.rsa("first")) as running:
        yield running


@pytest.fixture
async def world(
    town_copy: str, portal: FakeProvider, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncGenerator[World]:
    ears = Ears(monkeypatch)
    async with serving(town_copy, openid_issuers=[portal.setting()]) as service:
        await ears.until("hears")
        db = await connect(town_copy)
        yield World(service, db, portal, ears, random.Random(request.param))
        await db.close()


@pytest.mark.parametrize("world", range(6), indirect=True)
async def test_who_remembers_says_what_who_looks_says(world: World) -> None:
    done: list[str] = []
    for _ in range(STEPS):
        done.append(await world.step())
        await world.agree(done)
    assert len(world.answers) == 4, "each kind of answer was met"
    assert len(world.identities["never does"]) == 0
