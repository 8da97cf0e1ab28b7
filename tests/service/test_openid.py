"""Tokens of providers: what is believed, what is refused, and what a provider can do to us and we to it.

A provider over real HTTP, real keys; only the clock of the keys' age is the tests' own.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from authz.errors import Unauthenticated, Unavailable
from service import openid_documents
from service.issuers import OpenIdIssuer
from service.openid import LEEWAY_SECONDS, LONGEST_TOKEN, PAUSE_SECONDS, STALE_SECONDS, ForeignToken, Providers
from tests.service.provider import (
    AUDIENCE,
    DISCOVERY,
    KEYS,
    Answer,
    FakeProvider,
    SigningKey,
    elsewhere,
    lengthy,
    provider,
    says,
    trickling,
)

FIRST, SECOND = SigningKey.rsa("first"), SigningKey.ec("second")
FRESH_SECONDS = 600.0


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Trusting:
    """Our side: the providers we trust, and a clock."""

    def __init__(self, *trusted: FakeProvider, **more: Any) -> None:
        self.clock = Clock()
        issuers = tuple(OpenIdIssuer.model_validate(each.setting(**more)) for each in trusted)
        self.providers = Providers(issuers, FRESH_SECONDS, clock=self.clock)

    async def verify(self, token: str) -> ForeignToken:
        found = await self.providers.verify(token)
        assert found is not None
        return found

    async def refuses(self, token: str) -> Unauthenticated:
        with pytest.raises(Unauthenticated) as refused:
            await self.verify(token)
        told = json.dumps(refused.value.formatted(), ensure_ascii=False)
        assert token[:12] not in told
        assert token.rpartition(".")[2][:12] not in told or token.endswith(".")
        assert "person-1" not in told
        assert refused.value.__cause__ is None
        return refused.value


@pytest.fixture
def portal() -> Generator[FakeProvider]:
    with provider(FIRST, SECOND) as running:
        yield running


# ── what is believed ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "key",
    [FIRST, SECOND, SigningKey.rsa("p", 1, "PS256"), SigningKey.ed("d")],
    ids=lambda key: key.algorithm,
)
async def test_a_token_of_a_trusted_issuer_says_who(portal: FakeProvider, key: SigningKey) -> None:
    portal.published = [key]
    found = await Trusting(portal).verify(portal.token(key))
    assert (found.issuer, found.subject) == (portal.issuer, "person-1")
    assert found.signed_after <= time.time() < found.good_until


@pytest.mark.parametrize(
    ("claim", "seconds_from_now"), [("iat", 20), ("nbf", 20), ("exp", -10), ("iat", -0.5)], ids=str
)
async def test_a_clock_that_is_a_little_off_is_no_reason(
    portal: FakeProvider, claim: str, seconds_from_now: float
) -> None:
    changes: dict[str, Any] = {claim: time.time() + seconds_from_now}
    assert await Trusting(portal).verify(portal.token(**changes))


@pytest.mark.parametrize("changes", [{"aud": ["somebody", AUDIENCE]}, {"sub": "张三"}, {"sub": "a" * 255}], ids=str)
async def test_several_audiences_and_any_name_are_no_reason(portal: FakeProvider, changes: dict[str, Any]) -> None:
    assert await Trusting(portal).verify(portal.token(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["somebody", AUDIENCE], "azp": AUDIENCE},
        {"aud": AUDIENCE, "azp": "the portal that asked for it"},
        {"aud": [AUDIENCE], "azp": "the portal that asked for it"},
    ],
    ids=str,
)
async def test_whom_a_token_was_signed_for_matters_among_several_only(
    portal: FakeProvider, changes: dict[str, Any]
) -> None:
    assert await Trusting(portal).verify(portal.token(**changes))


async def test_a_token_counts_as_signed_when_a_clock_ahead_would_have_signed_it(portal: FakeProvider) -> None:
    issued = time.time() + LEEWAY_SECONDS
    found = await Trusting(portal).verify(portal.token(iat=issued))
    assert found.signed_after == issued - LEEWAY_SECONDS


async def test_an_access_token_is_as_good_as_an_id_token(portal: FakeProvider) -> None:
    token = FIRST.sign(portal.claims(), typ="at+JWT")
    assert (await Trusting(portal).verify(token)).subject == "person-1"


async def test_a_token_without_a_key_id_is_of_the_only_key(portal: FakeProvider) -> None:
    portal.published = [SigningKey.rsa(None)]
    assert await Trusting(portal).verify(portal.token())
    portal.published = [SigningKey.rsa(None), SECOND]
    await Trusting(portal).refuses(portal.token())


async def test_an_issuer_on_a_path_publishes_below_it(portal: FakeProvider) -> None:
    issuer = f"{portal.issuer}/realms/portal"
    portal.answers[f"/realms/portal{DISCOVERY}"] = says(
        json.dumps({"issuer": issuer, "jwks_uri": f"{portal.issuer}{KEYS}?realm=portal"})
    )
    trusting = Trusting(portal, issuer=issuer)
    assert (await trusting.verify(portal.token(iss=issuer))).issuer == issuer


async def test_who_is_not_trusted_is_not_asked(portal: FakeProvider) -> None:
    with provider() as other:
        assert await Trusting(portal).providers.verify(other.token()) is None
        assert await Providers().verify(portal.token()) is None
        assert not other.asked
    assert not portal.asked


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


def unsigned(claims: dict[str, Any], algorithm: str = "none") -> str:
    parts = ({"alg": algorithm, "typ": "JWT", "kid": "first"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def with_public_key_as_secret(claims: dict[str, Any], encoding: Encoding) -> str:
    """The classic: HS256 with what everybody may read. PyJWT refuses to sign so; an attacker does not."""
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    secret = FIRST.private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    text = unsigned(claims, "HS256").removesuffix(".")
    code = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


STRANGER = SigningKey.rsa("first", 5)


def now() -> int:
    return int(time.time())


REFUSED: dict[str, Callable[[FakeProvider], str]] = {
    "audience of somebody else": lambda p: p.token(aud="somebody"),
    "audiences of others": lambda p: p.token(aud=["somebody", "keqi"]),
    "several audiences, for another's use": lambda p: p.token(aud=[AUDIENCE, "somebody"], azp="somebody"),
    "several audiences, for nobody's use": lambda p: p.token(aud=[AUDIENCE, "somebody"], azp=[AUDIENCE]),
    "audience that only begins alike": lambda p: p.token(aud=AUDIENCE + "-2"),
    "no audience": lambda p: p.token(aud=None),
    "expired": lambda p: p.token(exp=now() - 3600),
    "never expires": lambda p: p.token(exp=None),
    "expires as text": lambda p: p.token(exp=str(now() + 3600)),
    "expires beyond all numbers": lambda p: p.token(exp=10**400),
    "expires at infinity": lambda p: p.token(exp=float("inf")),
    "not yet valid": lambda p: p.token(nbf=now() + 3600),
    "issued in the future": lambda p: p.token(iat=now() + 3600),
    "issued at no time": lambda p: p.token(iat=None),
    "issued at true": lambda p: p.token(iat=True),
    "issued before time": lambda p: p.token(iat=-5),
    "nobody": lambda p: p.token(sub=None),
    "nobody's name": lambda p: p.token(sub=""),
    "a number for a name": lambda p: p.token(sub=7),
    "a name with a NUL": lambda p: p.token(sub="person-1\0"),
    "half a character": lambda p: p.token(sub="\ud800"),
    "a name without end": lambda p: p.token(sub="x" * 256),
    "alg none": lambda p: unsigned(p.claims()),
    "alg None": lambda p: unsigned(p.claims(), "None"),
    "signed with the public key, PEM": lambda p: with_public_key_as_secret(p.claims(), Encoding.PEM),
    "signed with the public key, DER": lambda p: with_public_key_as_secret(p.claims(), Encoding.DER),
    "signed by a stranger": lambda p: STRANGER.sign(p.claims()),
    "signed by another of its keys": lambda p: SECOND.sign(p.claims(), kid="first"),
    "another algorithm of the same key": lambda p: SigningKey.rsa("first", 0, "PS256").sign(p.claims()),
    "unknown kid": lambda p: SigningKey.rsa("third", 0).sign(p.claims()),
    "kid that is a number": lambda p: FIRST.sign(p.claims(), kid="first") and raw_header(p, kid=7),
    "no kid among several keys": lambda p: SigningKey.rsa(None).sign(p.claims()),
    "brings its own key": lambda p: STRANGER.sign(p.claims(), jwk=STRANGER.jwk),
    "says where its key is": lambda p: STRANGER.sign(p.claims(), jku=f"{p.issuer}/mine", x5u=f"{p.issuer}/mine"),
    "critical extension": lambda p: FIRST.sign(p.claims(), crit=["exp"], exp=1),
    "log-out notice by type": lambda p: FIRST.sign(p.claims(), typ="logout+jwt"),
    "log-out notice by claim": lambda p: p.token(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
    "security event": lambda p: FIRST.sign(p.claims(), typ="secevent+jwt"),
    "changed afterwards": lambda p: changed_payload(p.token()),
    "cut off": lambda p: p.token()[:-1],
}


def raw_header(portal: FakeProvider, **headers: Any) -> str:
    """A token whose header PyJWT would not write; its signature is good."""
    return signed_anyway({"alg": "RS256", "typ": "JWT", **headers}, portal.claims())


def signed_anyway(head: object, claims: object) -> str:
    """What a provider would sign that has lost its mind."""
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)
    )
    signer = jwt.get_algorithm_by_name("RS256")
    code = signer.sign(text.encode(), FIRST.private)
    return f"{text}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def changed_payload(token: str) -> str:
    head, payload, code = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "person-2"
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{code}"


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
async def test_a_token_is_refused(portal: FakeProvider, made: Callable[[FakeProvider], str]) -> None:
    with capture_logs() as logged:
        token = made(portal)
        await Trusting(portal).refuses(token)
    assert token[:12] not in str(logged)
    assert not set(portal.asked) - {DISCOVERY, KEYS}


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["first", "RS256"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
header_names = st.sampled_from(["alg", "typ", "kid", "crit", "b64", "cty", "jwk", "zip"])
claim_names = st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "azp", "events", "role"])


@settings(max_examples=60, deadline=None)
@given(head=st.dictionaries(header_names, odd, max_size=3), claims=st.dictionaries(claim_names, odd, max_size=3))
def test_whatever_a_trusted_provider_signs_is_a_log_in_or_refused(
    signing: FakeProvider, head: dict[str, Any], claims: dict[str, Any]
) -> None:
    token = signed_anyway({"alg": "RS256", "typ": "JWT", "kid": "first", **head}, {**signing.claims(), **claims})

    async def asked() -> ForeignToken | None:
        trusting = Trusting(signing)
        try:
            return await trusting.providers.verify(token)
        finally:
            await trusting.providers.close()

    try:
        found = asyncio.run(asked())
    except Unauthenticated:
        return
    assert found is None or (found.issuer == signing.issuer and found.subject)


@pytest.fixture(scope="module")
def signing() -> Generator[FakeProvider]:
    with provider(FIRST) as running:
        yield running


async def test_a_token_of_another_issuer_is_refused_whoever_signed_it(portal: FakeProvider) -> None:
    with provider(SigningKey.rsa("first", 2)) as other:
        trusting = Trusting(portal, other)
        assert await trusting.verify(portal.token())
        assert await trusting.verify(other.token())
        await trusting.refuses(portal.token(iss=other.issuer))
        await trusting.refuses(other.token(iss=portal.issuer))


async def test_a_key_of_one_issuer_never_becomes_anothers(portal: FakeProvider) -> None:
    """A provider that publishes a key under another one's id, or under an id that the other does not use yet."""
    evil = SigningKey.rsa("second", 2)
    with provider(evil, SigningKey.rsa("coming", 3)) as other:
        trusting = Trusting(portal, other)
        assert await trusting.verify(other.token(evil))
        assert await trusting.verify(portal.token(SECOND))
        await trusting.refuses(evil.sign(portal.claims()))
        await trusting.refuses(SigningKey.rsa("coming", 3).sign(portal.claims()))


async def test_an_algorithm_that_is_not_allowed_is_refused_though_published(portal: FakeProvider) -> None:
    trusting = Trusting(portal, algorithms=["ES256"])
    assert await trusting.verify(portal.token(SECOND))
    await trusting.refuses(portal.token(FIRST))


async def test_a_token_of_any_length_costs_nothing(portal: FakeProvider) -> None:
    assert await Trusting(portal).providers.verify(portal.token(more="x" * LONGEST_TOKEN)) is None
    assert not portal.asked


# ── keys that change ────────────────────────────────────────────────────────────────────────────


async def test_a_rotated_key_works_at_once_and_a_withdrawn_one_no_longer_than_it_may(portal: FakeProvider) -> None:
    trusting, late = Trusting(portal), SigningKey.rsa("late", 3)
    old = portal.token(FIRST)
    good_until = (await trusting.verify(old)).good_until
    assert good_until <= time.time() + FRESH_SECONDS
    portal.published = [late]
    trusting.clock.now += PAUSE_SECONDS
    assert await trusting.verify(portal.token(late))
    await trusting.refuses(old)


async def test_a_withdrawn_key_ends_with_the_keys_age_though_nothing_else_is_asked(portal: FakeProvider) -> None:
    trusting = Trusting(portal)
    token = portal.token(FIRST)
    assert await trusting.verify(token)
    portal.published = [SECOND]
    trusting.clock.now += FRESH_SECONDS
    assert await trusting.verify(token)
    assert portal.fetches == 1
    trusting.clock.now += 1
    await trusting.refuses(token)
    assert portal.fetches == 2


async def test_a_provider_that_withdraws_everything_is_believed(portal: FakeProvider) -> None:
    trusting = Trusting(portal)
    assert await trusting.verify(portal.token(FIRST))
    token, portal.published = portal.token(FIRST), []
    trusting.clock.now += FRESH_SECONDS + 1
    await trusting.refuses(token)


async def test_made_up_key_ids_do_not_make_us_ask(portal: FakeProvider) -> None:
    trusting = Trusting(portal)
    assert await trusting.verify(portal.token())
    forged = [SigningKey(f"made-up-{number}", "RS256", STRANGER.private).sign(portal.claims()) for number in range(30)]
    for token in forged:
        await trusting.refuses(token)
    assert portal.fetches == 1
    trusting.clock.now += PAUSE_SECONDS
    await asyncio.gather(*(trusting.refuses(token) for token in forged))
    assert portal.fetches == 2
    assert await trusting.verify(portal.token())


async def test_all_who_wait_share_one_fetch_and_one_who_leaves_takes_nothing_away(portal: FakeProvider) -> None:
    trusting = Trusting(portal)
    with portal.closed():
        waiting = [asyncio.create_task(trusting.verify(portal.token(sub=f"person-{n}"))) for n in range(20)]
        await asyncio.to_thread(portal.somebody_waits.wait, 30)
        waiting[0].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert [each.subject for each in answers[1:] if isinstance(each, ForeignToken)] == [
        f"person-{n}" for n in range(1, 20)
    ]
    assert portal.fetches == 1


# ── a provider that is down, or worse ───────────────────────────────────────────────────────────


async def test_while_a_provider_is_down_known_keys_go_on_and_unknown_ones_are_told_so(portal: FakeProvider) -> None:
    trusting, known, unknown = Trusting(portal), portal.token(FIRST), SigningKey.rsa("late", 3)
    assert await trusting.verify(known)
    portal.stop()
    for seconds in (PAUSE_SECONDS, FRESH_SECONDS, STALE_SECONDS - 2 * FRESH_SECONDS):
        trusting.clock.now += seconds
        assert (await trusting.verify(known)).good_until > time.time()
        with pytest.raises(Unavailable, match="登录平台"):
            await trusting.verify(unknown.sign(portal.claims()))
    trusting.clock.now += 2 * FRESH_SECONDS
    with pytest.raises(Unavailable):
        await trusting.verify(known)
    portal.published.append(unknown)
    portal.start()
    trusting.clock.now += PAUSE_SECONDS
    assert await trusting.verify(portal.token(unknown))
    assert await trusting.verify(known)


async def test_a_provider_that_was_never_reached_is_unavailable(portal: FakeProvider) -> None:
    trusting, token = Trusting(portal), portal.token()
    portal.stop()
    with capture_logs() as logged:
        for _ in range(3):
            with pytest.raises(Unavailable) as told:
                await trusting.verify(token)
            assert token[:12] not in str(told.value.formatted())
    assert [entry["event"] for entry in logged] == ["openid keys not fetched"]
    assert token[:12] not in str(logged)


async def test_nobody_with_a_known_key_waits_for_a_provider_that_failed(portal: FakeProvider) -> None:
    trusting, token = Trusting(portal), portal.token()
    assert await trusting.verify(token)
    portal.answers[KEYS] = says("", 503)
    trusting.clock.now += FRESH_SECONDS + 1
    assert await trusting.verify(token)
    trusting.clock.now += PAUSE_SECONDS
    with portal.closed():
        assert await trusting.verify(token)  # a fetch is on its way, and this did not wait for it
        await asyncio.to_thread(portal.somebody_waits.wait, 30)
    await trusting.providers.close()


GATE = threading.Event()
BROKEN: dict[str, tuple[str, Answer]] = {
    "no discovery": (DISCOVERY, says("", 404)),
    "a login page": (DISCOVERY, says("<html>请登录</html>")),
    "a discovery that is a list": (DISCOVERY, says("[]")),
    "another issuer's discovery": (DISCOVERY, says('{"issuer": "https://evil.example", "jwks_uri": "https://evil.example"}')),
    "a discovery elsewhere": (DISCOVERY, elsewhere("http://localhost:1/")),
    "a discovery of megabytes": (DISCOVERY, lengthy(b" " * 65536)),
    "a discovery that trickles": (DISCOVERY, trickling(GATE)),
    "no keys": (KEYS, says("", 404)),
    "keys elsewhere": (KEYS, elsewhere("http://localhost:1/keys")),
    "keys elsewhere on the same host": (KEYS, elsewhere("/more-keys")),
    "keys of half a JSON": (KEYS, says('{"keys": [')),
    "keys that are no list": (KEYS, says('{"keys": {}}')),
    "keys nested without end": (KEYS, says('{"keys":' + "[" * 100_000)),
    "keys of megabytes": (KEYS, lengthy(b"[" * 65536)),
    "keys of announced megabytes": (KEYS, says(b"[" * 4_000_000)),
    "more keys than anybody has": (KEYS, says(json.dumps({"keys": [FIRST.jwk] * 65}))),
    "keys in no encoding": (KEYS, says(b"\xff\xfe")),
    "compressed keys": (KEYS, says(b"\x1f\x8b", 200, **{"content-encoding": "gzip"})),
    "a fault": (KEYS, says("", 500)),
    "keys that trickle": (KEYS, trickling(GATE)),
}  # fmt: skip


@pytest.mark.parametrize(("address", "answer"), BROKEN.values(), ids=BROKEN)
async def test_a_provider_that_answers_badly_spoils_nothing(
    portal: FakeProvider, address: str, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "trickl" in answer.__qualname__:
        monkeypatch.setattr(openid_documents, "FETCH_SECONDS", 0.2)
    GATE.clear()
    fresh, known = Trusting(portal), Trusting(portal)
    assert await known.verify(portal.token())
    portal.answers[address] = answer
    with pytest.raises(Unavailable):
        await fresh.verify(portal.token())
    known.clock.now += FRESH_SECONDS + 1
    assert await known.verify(portal.token())
    del portal.answers[address]
    fresh.clock.now += PAUSE_SECONDS
    assert await fresh.verify(portal.token())
    GATE.set()
    assert not set(portal.asked) - {DISCOVERY, KEYS}


@pytest.mark.parametrize(
    "address",
    ["http://keys.example/", "file:///etc/passwd", "https://user@keys.example/", "keys", "", None, 7, "http://[::1"],
    ids=str,
)
async def test_keys_are_fetched_from_secure_addresses_alone(portal: FakeProvider, address: object) -> None:
    portal.answers[DISCOVERY] = says(json.dumps({"issuer": portal.issuer, "jwks_uri": address}))
    with pytest.raises(Unavailable):
        await Trusting(portal).verify(portal.token())
    assert portal.asked == {DISCOVERY: 1}
