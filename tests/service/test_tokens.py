"""Bearer tokens and export links: what is accepted, what is not, and that neither is ever echoed."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.errors import Unauthenticated
from authz.principal import Principal, Role
from schema.signatures import signed
from service.keys import KeyRing
from service.tokens import API, EXPORT_LINK, ISSUER, TokenAuthority

SECRET, NEXT_SECRET = b"a secret of the tests, and of nobody else", b"the secret that comes after it, of the tests"
KEYS = KeyRing.of_secret(SECRET)
OFFICER = Principal(Role.DISTRICT_OFFICER, subject="officer", name="渝北区科技局", units=("500112", "LIANGJIANG"))

names = st.text(min_size=1, max_size=20)


@pytest.fixture
def authority() -> TokenAuthority:
    return TokenAuthority(KEYS)


@given(
    st.builds(
        Principal,
        role=st.sampled_from(Role),
        subject=names,
        name=st.text(max_size=20),
        units=st.lists(names, max_size=3).map(tuple),
        uscc=st.none() | names,
        bank=st.none() | names,
        department=st.none() | names,
    )
)
def test_a_token_gives_back_the_principal_it_was_issued_for(principal: Principal) -> None:
    authority = TokenAuthority(KEYS)
    own = authority.verify(authority.issue(principal, 60))
    assert own.principal == principal
    assert own.issued_at < own.expires_at <= own.issued_at + 60


def claims(**changes: Any) -> dict[str, Any]:
    base = {"iss": ISSUER, "aud": API, "sub": "x", "role": "ANALYST", "iat": 0, "exp": 2**40, "jti": "1"}
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def sign(given: dict[str, Any], *, key: bytes = KEYS.current.material, kid: str = KEYS.current.id) -> str:
    return jwt.encode(given, key, algorithm="HS256", headers={"kid": kid})


def unsigned(given: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT", "kid": KEYS.current.id}, given)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


HOSTILE = {
    "nothing": "",
    "not a token": "abc",
    "three empty parts": "..",
    "another key": sign(claims(), key=b"another secret, as long as it has to be"),
    "unknown key id": sign(claims(), kid="0" * 12),
    "no signature at all": unsigned(claims()),
    "for export links": sign(claims(aud=EXPORT_LINK)),
    "for anything": sign(claims(aud=None)),
    "for a list": sign(claims(aud=[API, EXPORT_LINK])),
    "another issuer": sign(claims(iss="somebody")),
    "never expires": sign(claims(exp=None)),
    "expired": sign(claims(exp=1)),
    "no subject": sign(claims(sub=None)),
    "no role": sign(claims(role=None)),
    "a role that is none": sign(claims(role="ROOT")),
    "a role that is a list": sign(claims(role=["ANALYST"])),
    "units that are text": sign(claims(role="DISTRICT_OFFICER", units="500112")),
    "units that are numbers": sign(claims(role="DISTRICT_OFFICER", units=[500112])),
    "a bank that is a list": sign(claims(role="BANK_USER", bank=["X"])),
}


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_token_is_refused_and_not_echoed(authority: TokenAuthority, token: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        authority.verify(token)
    told = json.dumps(refused.value.formatted(), ensure_ascii=False)
    assert len(token) < 10 or token[:10] not in told
    assert refused.value.__cause__ is None


@given(st.text() | st.binary().map(lambda octets: base64.urlsafe_b64encode(octets).decode()) | st.just("e30.e30."))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    with pytest.raises(Unauthenticated):
        TokenAuthority(KEYS).verify(text)


def link(authority: TokenAuthority, export: uuid.UUID, principal: Principal, seconds: float = 60) -> str:
    """As the database writes it (``schema/exports.py``)."""
    token = authority.issue_export_token(principal, seconds)
    return f"{token}.{signed(f'{export}{token}', authority.signing_key)}"


def test_a_link_is_good_for_its_export_only(authority: TokenAuthority) -> None:
    mine, other = uuid.uuid4(), uuid.uuid4()
    token = link(authority, mine, OFFICER)
    assert authority.verify_export_link(token, mine).principal == OFFICER
    with pytest.raises(Unauthenticated):
        authority.verify_export_link(token, other)


def test_a_link_expires(authority: TokenAuthority) -> None:
    export = uuid.uuid4()
    with pytest.raises(Unauthenticated, match="过期"):
        authority.verify_export_link(link(authority, export, OFFICER, seconds=-60), export)


def test_a_link_is_no_bearer_token_and_a_bearer_token_no_link(authority: TokenAuthority) -> None:
    export = uuid.uuid4()
    with pytest.raises(Unauthenticated):
        authority.verify(authority.issue_export_token(OFFICER, 60))
    token = authority.issue(OFFICER, 60)
    with pytest.raises(Unauthenticated):
        authority.verify_export_link(f"{token}.{signed(f'{export}{token}', authority.signing_key)}", export)


# ── another secret ──────────────────────────────────────────────────────────────────────────────


def test_what_the_previous_secret_signed_still_verifies_and_it_signs_no_more() -> None:
    before, after = TokenAuthority(KEYS), TokenAuthority(KeyRing.of_secret(NEXT_SECRET, SECRET))
    export = uuid.uuid4()
    assert after.verify(before.issue(OFFICER, 60)).principal == OFFICER
    assert after.verify_export_link(link(before, export, OFFICER), export).principal == OFFICER
    assert jwt.get_unverified_header(after.issue(OFFICER, 60))["kid"] != KEYS.current.id
    assert after.signing_key != before.signing_key
    with pytest.raises(Unauthenticated, match="重新登录"):
        before.verify(after.issue(OFFICER, 60))


def test_a_secret_that_was_dropped_verifies_nothing() -> None:
    before, after = TokenAuthority(KEYS), TokenAuthority(KeyRing.of_secret(NEXT_SECRET))
    export = uuid.uuid4()
    with pytest.raises(Unauthenticated):
        after.verify(before.issue(OFFICER, 60))
    with pytest.raises(Unauthenticated):
        after.verify_export_link(link(before, export, OFFICER), export)


def test_a_secret_named_twice_is_one_key() -> None:
    ring = KeyRing.of_secret(SECRET, SECRET)
    assert ring.current == KEYS.current
    assert list(ring.known) == [KEYS.current.id]


def test_one_keys_link_signature_is_no_others() -> None:
    """A principal signed with the new key under an export signed with the old one: neither of them wrote that."""
    old, both = TokenAuthority(KEYS), TokenAuthority(KeyRing.of_secret(NEXT_SECRET, SECRET))
    export = uuid.uuid4()
    token = both.issue_export_token(OFFICER, 60)
    with pytest.raises(Unauthenticated):
        both.verify_export_link(f"{token}.{signed(f'{export}{token}', old.signing_key)}", export)
