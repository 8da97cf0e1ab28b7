"""Who asks: accounts decide what a token may do, and a token that counts no longer stops at once, cached or not."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from authz.errors import Unauthenticated
from authz.principal import PUBLIC, Principal, Role
from db.engine import Connection, connect
from db.enums import AccountStatus
from service import account_changes as changes
from service import watch
from service.account_changes import ExternalIdentity
from service.identity import Identity
from service.openid import LEEWAY_SECONDS
from tests.fixtures.files import LIST, registered
from tests.fixtures.service import Answer, Service, serving
from tests.fixtures.town import BANK_A, BEIBEI_UNIT, QIMING, YUBEI, YUBEI_UNIT
from tests.service.ears import Ears
from tests.service.provider import FakeProvider, SigningKey, provider

WHO = "{ viewer { subject role name units { code } enterprise { uscc } bank department } }"
DEVELOPER = Principal(Role.ANALYST, "dev:analyst:city", "开发")
FIRST = SigningKey.rsa("first")


@pytest.fixture
def portal() -> Generator[FakeProvider]:
    with provider(FIRST) as running:
        yield running


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    return Ears(monkeypatch)


class Office:
    """A service with its own town, and the administrator's connection to its accounts."""

    def __init__(self, service: Service, db: Connection, portal: FakeProvider, ears: Ears) -> None:
        self.service, self.db, self.portal, self._ears = service, db, portal, ears
        assert service.app.state is not None
        self.identity: Identity = service.app.state.identity
        self.tokens = service.app.state.tokens

    async def who(self, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "*/*"}
        return await self.service.post(b'{"query": "%s"}' % WHO.encode(), headers)

    async def is_refused(self, token: str, word: str) -> None:
        answer = await self.who(token)
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED"), answer.body
        assert word in answer.errors[0]["message"]
        assert token[:12] not in answer.body.decode()

    async def add(self, account: Principal, subject: str | None = "person-1") -> None:
        identity = None if subject is None else ExternalIdentity(self.portal.issuer, subject)
        await changes.add(self.db, account, identity)
        await self._ears.until("forget", account.subject)


@pytest.fixture
async def office(town_copy: str, portal: FakeProvider, ears: Ears) -> AsyncGenerator[Office]:
    async with serving(town_copy, openid_issuers=[portal.setting()]) as service:
        db = await connect(town_copy)
        await ears.until("hears")
        yield Office(service, db, portal, ears)
        await db.close()


# ── accounts decide ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("account", [YUBEI, QIMING, BANK_A], ids=lambda account: account.role.value)
async def test_whoever_logged_in_elsewhere_is_what_the_account_says(office: Office, account: Principal) -> None:
    await office.add(account)
    viewer = (await office.who(office.portal.token())).data["viewer"]
    assert (viewer["subject"], viewer["role"], viewer["name"]) == (account.subject, account.role.value, account.name)
    assert [unit["code"] for unit in viewer["units"]] == list(account.units)
    assert viewer["bank"] == account.bank
    assert viewer["enterprise"] == (None if account.uscc is None else {"uscc": account.uscc})


async def test_claims_of_the_token_widen_nothing(office: Office) -> None:
    await office.add(YUBEI)
    claims: dict[str, Any] = {
        "role": "PLATFORM_ADMIN", "roles": ["MUNICIPAL_OFFICER"], "units": [BEIBEI_UNIT], "name": "市长",
        "bank": "BANK_A", "scope": "admin", "realm_access": {"roles": ["PLATFORM_ADMIN"]},
        "preferred_username": "admin-1",
    }  # fmt: skip
    viewer = (await office.who(office.portal.token(**claims))).data["viewer"]
    assert (viewer["role"], [unit["code"] for unit in viewer["units"]]) == ("DISTRICT_OFFICER", [YUBEI_UNIT])
    assert (viewer["name"], viewer["bank"]) == (YUBEI.name, None)


async def test_rows_are_those_of_the_account(office: Office) -> None:
    await office.add(YUBEI)
    counted = "{ enterprises { totalCount } }"
    headers = {"Authorization": f"Bearer {office.portal.token()}", "Content-Type": "application/json"}
    by_portal = await office.service.post(b'{"query": "%s"}' % counted.encode(), headers)
    assert by_portal.data == (await office.service.ask(counted, as_=YUBEI)).data


async def test_who_has_no_account_is_told_to_ask_for_one(office: Office) -> None:
    await office.add(YUBEI, "person-2")
    await office.is_refused(office.portal.token(), "开通")
    await office.is_refused(office.portal.token(sub="PERSON-2"), "开通")
    assert len(office.identity) == 0


async def test_the_same_name_at_another_provider_is_somebody_else(office: Office) -> None:
    await changes.add(office.db, YUBEI, ExternalIdentity("https://login.example", "person-1"))
    await office.is_refused(office.portal.token(), "开通")


@pytest.mark.parametrize("status", [status for status in AccountStatus if status is not AccountStatus.ACTIVE])
async def test_an_account_that_is_not_active_does_not_log_in(office: Office, status: AccountStatus) -> None:
    await office.add(YUBEI)
    await changes.set_status(office.db, YUBEI.subject, status)
    await office.is_refused(office.portal.token(), "停用")
    await office.is_refused(office.tokens.issue(YUBEI, 60), "停用")


async def test_a_token_that_names_no_account_is_refused_where_none_are_taken(town_copy: str) -> None:
    async with serving(town_copy, accountless_tokens=False) as service:
        refused = await service.ask(WHO, as_=DEVELOPER)
        assert (refused.status, refused.code) == (401, "UNAUTHENTICATED")
        assert "账号" in refused.errors[0]["message"]
        db = await connect(town_copy)
        await changes.add(db, YUBEI, None)
        await db.close()
        assert (await service.ask(WHO, as_=YUBEI)).data["viewer"]["subject"] == YUBEI.subject


async def test_a_token_of_an_issuer_nobody_trusts_is_refused(office: Office) -> None:
    with provider(FIRST) as other:
        await office.is_refused(other.token(), "无效")
        assert not other.asked


async def test_a_provider_that_is_down_is_told_as_such(office: Office) -> None:
    office.portal.stop()
    answer = await office.who(office.portal.token())
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert (await office.who(office.tokens.issue(DEVELOPER, 60))).status == 200


async def test_a_token_of_ours_that_says_more_than_the_account_is_refused(office: Office) -> None:
    await office.add(YUBEI, None)
    assert (await office.who(office.tokens.issue(YUBEI, 60))).data["viewer"]["subject"] == YUBEI.subject
    for claimed in (
        Principal(Role.MUNICIPAL_OFFICER, YUBEI.subject),
        Principal(Role.DISTRICT_OFFICER, YUBEI.subject, units=(YUBEI_UNIT, BEIBEI_UNIT)),
        Principal(Role.PUBLIC, YUBEI.subject),
    ):
        await office.is_refused(office.tokens.issue(claimed, 60), "变更")


@pytest.mark.parametrize("subject", ["a\0b", "\ud800"])
async def test_a_subject_that_no_column_holds_is_refused(office: Office, subject: str) -> None:
    await office.is_refused(office.tokens.issue(Principal(Role.ANALYST, subject), 60), "无效")


# ── tokens that count no longer ─────────────────────────────────────────────────────────────────


async def test_a_disabled_account_stops_at_once_whatever_it_holds(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    link = (await registered(office.service, {"query": LIST}, YUBEI))["downloadUrl"]
    tokens = [office.portal.token(), office.tokens.issue(YUBEI, 60)]
    for token in tokens:
        assert (await office.who(token)).status == 200
    remembered = len(office.identity)
    assert remembered >= 2
    await changes.set_status(office.db, YUBEI.subject, AccountStatus.DISABLED)
    await ears.until("forget", YUBEI.subject)
    assert len(office.identity) == 0
    for token in tokens:
        await office.is_refused(token, "停用")
    answer = await office.service.get(link)
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


async def test_an_enabled_account_starts_afresh(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    old = [office.portal.token(iat=int(datetime.now(UTC).timestamp()) - 5), office.tokens.issue(YUBEI, 60)]
    link = (await registered(office.service, {"query": LIST}, YUBEI))["downloadUrl"]
    await changes.set_status(office.db, YUBEI.subject, AccountStatus.DISABLED)
    await ears.until("forget", YUBEI.subject)
    await changes.set_status(office.db, YUBEI.subject, AccountStatus.ACTIVE)
    await ears.until("forget", YUBEI.subject)
    for token in old:
        await office.is_refused(token, "失效")
    assert (await office.service.get(link)).status == 401
    assert (await office.who(office.tokens.issue(YUBEI, 60))).status == 200
    assert (await office.who(office.portal.token(iat=time.time() + LEEWAY_SECONDS))).status == 200


async def test_a_changed_scope_counts_at_once(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    foreign, own = office.portal.token(), office.tokens.issue(YUBEI, 60)
    for token in (foreign, own):
        assert (await office.who(token)).status == 200
    await office.db.execute("UPDATE account SET units = $1 WHERE login = $2", [BEIBEI_UNIT], YUBEI.subject)
    await ears.until("forget", YUBEI.subject)
    assert (await office.who(foreign)).data["viewer"]["units"] == [{"code": BEIBEI_UNIT}]
    await office.is_refused(own, "变更")


async def test_a_removed_account_leaves_no_development_token_behind(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    foreign, own = office.portal.token(), office.tokens.issue(YUBEI, 60)
    assert (await office.who(own)).status == 200
    await office.db.execute("DELETE FROM account WHERE login = $1", YUBEI.subject)
    await ears.until("forget", YUBEI.subject)
    await office.is_refused(own, "失效")
    await office.is_refused(foreign, "开通")


async def test_a_renamed_account_and_one_handed_on_start_afresh(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    foreign, own = office.portal.token(), office.tokens.issue(YUBEI, 60)
    assert (await office.who(foreign)).status == 200
    await changes.link(office.db, YUBEI.subject, ExternalIdentity(office.portal.issuer, "person-2"))
    await ears.until("forget", YUBEI.subject)
    await office.is_refused(foreign, "开通")
    await office.is_refused(own, "失效")
    own = office.tokens.issue(YUBEI, 60)
    assert (await office.who(own)).status == 200
    await office.db.execute("UPDATE account SET login = 'yubei-new' WHERE login = $1", YUBEI.subject)
    await ears.until("forget", YUBEI.subject)
    await office.is_refused(own, "失效")


async def test_emptying_the_accounts_stops_them_all(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    own = office.tokens.issue(YUBEI, 60)
    assert (await office.who(own)).status == 200
    await office.db.execute("TRUNCATE account CASCADE")
    await ears.until("forget_all")
    await office.is_refused(own, "失效")


async def test_all_tokens_of_an_account_so_far_are_revoked(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    foreign, own = office.portal.token(), office.tokens.issue(YUBEI, 60)
    for token in (foreign, own):
        assert (await office.who(token)).status == 200
    since = await changes.revoke_of_account(office.db, YUBEI.subject, None)
    await ears.until("forget", YUBEI.subject)
    for token in (foreign, own):
        await office.is_refused(token, "失效")
    assert (await office.who(office.tokens.issue(YUBEI, 60))).status == 200
    earlier = await changes.revoke_of_account(office.db, YUBEI.subject, since - timedelta(days=1))
    assert earlier == since, "a moment once set is never set back"


async def test_a_provider_whose_clock_runs_ahead_outlives_no_cut_off(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    ahead = office.portal.token(iat=time.time() + LEEWAY_SECONDS)
    assert (await office.who(ahead)).status == 200
    await changes.revoke_of_account(office.db, YUBEI.subject, None)
    await ears.until("forget", YUBEI.subject)
    await office.is_refused(ahead, "失效")
    assert (await office.who(office.portal.token(iat=time.time() + LEEWAY_SECONDS))).status == 200


async def test_tokens_issued_after_the_moment_go_on(office: Office, ears: Ears) -> None:
    own = office.tokens.issue(DEVELOPER, 60)
    await changes.revoke_of_subject(office.db, DEVELOPER.subject, datetime.now(UTC) - timedelta(hours=1))
    await ears.until("forget", DEVELOPER.subject)
    assert (await office.who(own)).status == 200
    since = await changes.revoke_of_subject(office.db, DEVELOPER.subject, datetime.now(UTC) + timedelta(days=1))
    assert since <= datetime.now(UTC) + timedelta(seconds=1), "nobody is locked out beforehand"
    await ears.until("forget", DEVELOPER.subject)
    await office.is_refused(own, "失效")


async def test_one_token_is_revoked_and_its_siblings_are_not(office: Office, ears: Ears) -> None:
    one, other = office.tokens.issue(DEVELOPER, 60), office.tokens.issue(DEVELOPER, 60)
    for token in (one, other):
        assert (await office.who(token)).status == 200
    own = office.tokens.verify(one)
    await changes.revoke_token(office.db, own.id, datetime.fromtimestamp(own.expires_at, UTC))
    await ears.until("forget_all")
    await office.is_refused(one, "失效")
    assert (await office.who(other)).status == 200


async def test_a_revoked_token_is_kept_until_it_would_have_expired_anyway(office: Office) -> None:
    await changes.revoke_token(office.db, "old", datetime.now(UTC) - timedelta(days=2))
    await changes.revoke_token(office.db, "new", datetime.now(UTC) + timedelta(days=2))
    await changes.revoke_token(office.db, "new", None)
    assert [row["token_id"] for row in await office.db.fetch("SELECT token_id FROM revoked_token")] == ["new"]


async def test_a_development_token_needs_no_account(office: Office) -> None:
    assert (await office.who(office.tokens.issue(DEVELOPER, 60))).data["viewer"]["subject"] == DEVELOPER.subject


# ── what is remembered ──────────────────────────────────────────────────────────────────────────


async def test_a_token_is_looked_up_once(office: Office) -> None:
    """While the accounts are locked, only who is remembered gets through."""
    token = office.tokens.issue(DEVELOPER, 60)
    assert (await office.who(token)).status == 200
    async with office.db.transaction():
        await office.db.execute("LOCK TABLE account, token_cutoff, revoked_token IN ACCESS EXCLUSIVE MODE")
        assert (await office.who(token)).status == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await office.who(office.tokens.issue(DEVELOPER, 60))


async def test_an_answer_that_was_on_its_way_while_an_account_changed_is_not_remembered(office: Office) -> None:
    token = office.tokens.issue(DEVELOPER, 60)
    async with office.db.transaction():
        await office.db.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(office.identity.of_header(f"Bearer {token}".encode()))
        await _waits_for_a_lock(office.db)
        office.identity.forget("somebody")
    assert await asked == DEVELOPER
    assert len(office.identity) == 0
    assert await office.identity.of_header(f"Bearer {token}".encode()) == DEVELOPER
    assert len(office.identity) == 1


async def _waits_for_a_lock(db: Connection) -> None:
    async with asyncio.timeout(30):
        while not await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass


async def test_a_remembered_token_still_expires(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    header = f"Bearer {office.tokens.issue(DEVELOPER, 60)}".encode()
    assert await office.identity.of_header(header) == DEVELOPER
    later = time.time() + 61
    async with office.db.transaction():
        await office.db.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        monkeypatch.setattr(time, "time", lambda: later)
        with pytest.raises(TimeoutError):  # verified anew: it waits for the account
            async with asyncio.timeout(0.2):
                await office.identity.of_header(header)
    assert len(office.identity) == 0


async def test_memory_is_bounded_and_one_tokens_answer_is_never_anothers(town_url: str, ears: Ears) -> None:
    async with serving(town_url, token_cache_size=3) as service:
        await ears.until("hears")
        assert service.app.state is not None
        identity, tokens = service.app.state.identity, service.app.state.tokens
        who = [Principal(Role.BANK_USER, f"dev:bank:{number}", bank=str(number)) for number in range(8)]
        headers = [b"Bearer " + tokens.issue(each, 60).encode() for each in who]
        for _ in range(3):
            assert [await identity.of_header(header) for header in headers] == who
            assert len(identity) == 3


async def test_no_header_is_the_public_and_another_scheme_nobody(office: Office) -> None:
    assert await office.identity.of_header(None) is PUBLIC
    for header in (
        "Basic abc",
        "Bearer",
        "Bearer ",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer x" * 9000,
    ):
        answer = await office.service.post(
            b'{"query": "{ __typename }"}', {"Authorization": header, "Content-Type": "application/json"}
        )
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    for octets in (b"\xff\xfe", b"Bearer \xff", b""):
        with pytest.raises(Unauthenticated):
            await office.identity.of_header(octets)


async def test_guessing_tokens_is_limited_by_address(town_url: str) -> None:
    query = b'{"query": "{ __typename }"}'
    async with serving(town_url, rate_limit=3) as service:
        headers = [{"Authorization": f"Bearer {uuid.uuid4()}", "Content-Type": "application/json"} for _ in range(5)]
        codes = [(await service.post(query, each)).code for each in headers]
    assert codes == ["UNAUTHENTICATED"] * 3 + ["RATE_LIMITED"] * 2


# ── deaf ────────────────────────────────────────────────────────────────────────────────────────


async def test_while_the_watch_is_lost_nothing_is_remembered_and_nothing_missed(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    token = office.tokens.issue(YUBEI, 60)
    assert (await office.who(token)).status == 200
    await _deafen(office.db, ears)
    assert len(office.identity) == 0
    await changes.set_status(office.db, YUBEI.subject, AccountStatus.DISABLED)
    await office.is_refused(token, "停用")
    await ears.until("hears")
    await office.is_refused(token, "停用")
    assert (await office.who(office.tokens.issue(DEVELOPER, 60))).status == 200
    assert len(office.identity) == 1


async def _deafen(db: Connection, ears: Ears) -> None:
    ended = await db.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = $1",
        watch.APPLICATION_NAME,
    )
    assert ended
    await ears.until("is_deaf")


async def test_a_change_made_while_nobody_listened_is_known_afterwards(office: Office, ears: Ears) -> None:
    await office.add(YUBEI)
    token = office.tokens.issue(YUBEI, 60)
    assert (await office.who(token)).status == 200
    await _deafen(office.db, ears)
    assert (await office.who(token)).status == 200
    await changes.revoke_of_account(office.db, YUBEI.subject, None)
    await ears.until("hears")
    await office.is_refused(token, "失效")


async def test_a_subject_named_like_a_message_of_the_watch_is_only_a_subject(office: Office, ears: Ears) -> None:
    for subject in ("!", "forget", "*", "'; DROP TABLE account; --"):
        token = office.tokens.issue(Principal(Role.ANALYST, subject), 60)
        assert (await office.who(token)).status == 200
        await changes.revoke_of_subject(office.db, subject, None)
        await ears.until("forget", subject)
        await office.is_refused(token, "失效")


async def test_many_accounts_at_once_are_one_word(office: Office, ears: Ears) -> None:
    rows = [(f"many-{number}", "许多", "ANALYST", "ACTIVE") for number in range(300)]
    await office.db.copy_records_to_table("account", records=rows, columns=["login", "display_name", "role", "status"])
    await ears.until("forget_all")
    with pytest.raises(asyncpg.CheckViolationError):
        await office.db.execute("UPDATE account SET issuer = 'https://login.example' WHERE login = 'many-1'")
