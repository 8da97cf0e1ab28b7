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
from authz.principal import PUBLIC, Principal, Role
from schema.signatures import signed
from service import tokens
from service.keys import KeyRing
from service.tokens import API, EXPORT_LINK, ISSUER, TokenAuthority

KEYS = KeyRing.of_secret(b"a secret of the tests, and of nobody else")
OFFICER = Principal(Role.DISTRICT_OFFICER, subject="officer", name="渝北区科技局", units=("500112", "LIANGJIANG"))

names = st.text(min_size=1, max_size=20)


@pytest.fixture
def authority() -> TokenAuthority:
    return TokenAuthority(KEYS, cache_size=3)


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
    token = authority.issue(principal, 60)
    assert authority.verify(token) == principal
    assert authority.of_header(b"bearer " + token.encode()) == principal


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
    for attempt in (lambda: authority.verify(token), lambda: authority.of_header(f"Bearer {token}".encode())):
        with pytest.raises(Unauthenticated) as refused:
            attempt()
        told = json.dumps(refused.value.formatted(), ensure_ascii=False)
        assert len(token) < 10 or token[:10] not in told
        assert refused.value.__cause__ is None


@pytest.mark.parametrize("header", [b"Basic abc", b"Bearer", b"Bearer ", b"\xff\xfe", b"Bearer \xff"])
def test_another_scheme_is_refused(authority: TokenAuthority, header: bytes) -> None:
    with pytest.raises(Unauthenticated):
        authority.of_header(header)


def test_no_header_is_the_public(authority: TokenAuthority) -> None:
    assert authority.of_header(None) is PUBLIC


def test_a_cached_token_still_expires(authority: TokenAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    header = b"Bearer " + authority.issue(OFFICER, 60).encode()
    assert authority.of_header(header) == OFFICER
    now = tokens.time.time()
    monkeypatch.setattr(jwt.api_jwt, "datetime", _Later(now + 3600))
    monkeypatch.setattr(tokens.time, "time", lambda: now + 3600)
    with pytest.raises(Unauthenticated, match="过期"):
        authority.of_header(header)


def test_one_tokens_cached_answer_is_never_anothers(authority: TokenAuthority) -> None:
    principals = [Principal(Role.BANK_USER, subject=f"bank-{number}", bank=str(number)) for number in range(8)]
    headers = [b"Bearer " + authority.issue(principal, 60).encode() for principal in principals]
    for _ in range(3):
        assert [authority.of_header(header) for header in headers] == principals


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


class _Later:
    """``datetime`` as PyJWT reads it, at another time."""

    def __init__(self, timestamp: float) -> None:
        self._timestamp = timestamp

    def now(self, tz: Any = None) -> Any:
        from datetime import datetime  # noqa: PLC0415 - shadowed by this stand-in

        return datetime.fromtimestamp(self._timestamp, tz)
