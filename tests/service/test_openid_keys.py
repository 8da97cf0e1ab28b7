"""Published keys: which are read, and that nothing somebody publishes makes one that should not be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.issuers import USUAL_ALGORITHMS
from service.openid_keys import MOST_KEYS, MalformedKeys, published_keys
from tests.service.provider import SigningKey

RSA = SigningKey.rsa("r").jwk
EC = SigningKey.ec("e").jwk
ED = SigningKey.ed("d").jwk
NOT_SAID = object()


def changed(jwk: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**jwk, **changes}.items() if value is not NOT_SAID}


def read(*entries: Any, allowed: tuple[str, ...] = USUAL_ALGORITHMS) -> dict[str | None, tuple[str, ...]]:
    return {name: key.algorithms for name, key in published_keys({"keys": list(entries)}, allowed).items()}


def test_each_kind_of_key_has_its_own_algorithms() -> None:
    assert read(RSA, EC, ED) == {"r": ("RS256",), "e": ("ES256",), "d": ("EdDSA",)}
    assert read(changed(RSA, alg=NOT_SAID)) == {"r": ("RS256", "PS256"), None: ("RS256", "PS256")}
    assert read(changed(RSA, alg="PS256"))["r"] == ("PS256",)


def test_a_key_is_used_only_for_what_is_allowed() -> None:
    assert read(RSA, EC, allowed=("ES256",)) == {"e": ("ES256",), None: ("ES256",)}
    assert read(changed(EC, alg=NOT_SAID), allowed=("ES384",)) == {}


def test_a_key_without_a_name_is_found_only_where_it_is_the_only_one() -> None:
    nameless = changed(RSA, kid=NOT_SAID)
    assert list(read(nameless)) == [None]
    assert list(read(nameless, EC)) == ["e"]


def test_of_two_keys_of_one_name_the_first_counts() -> None:
    assert read(RSA, changed(EC, kid="r")) == {"r": ("RS256",)}


@pytest.mark.parametrize(
    "entry",
    [
        changed(RSA, use="enc"),
        changed(RSA, key_ops=["encrypt"]),
        changed(RSA, key_ops="verify"),
        changed(RSA, alg="RSA-OAEP"),
        changed(RSA, alg="HS256"),
        changed(RSA, alg="none"),
        changed(RSA, alg="ES256"),
        changed(RSA, n=NOT_SAID),
        changed(RSA, n=5),
        changed(RSA, n="!"),
        changed(RSA, e=""),
        changed(RSA, crv="P-256"),
        changed(EC, crv="P-384"),
        changed(EC, crv="secp256k1", alg=NOT_SAID),
        changed(EC, x=EC["y"]),
        changed(EC, kty=["EC"]),
        changed(ED, crv="Ed448"),
        changed(ED, x="AA"),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "o", "alg": "HS256"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "o"},
        SigningKey.rsa("small", 7, bits=1024).jwk,
        {},
        [],
        None,
        "key",
    ],
    ids=lambda entry: str(entry)[:60],
)
def test_what_is_no_usable_key_is_left_out(entry: Any) -> None:
    assert read(entry) == {}
    assert read(entry, RSA)["r"] == ("RS256",)


def test_a_private_key_that_was_published_is_only_a_public_one_here() -> None:
    private = SigningKey.rsa("p", 1)
    numbers = private.private.private_numbers()
    found = published_keys({"keys": [{**private.jwk, "d": "AQAB"}]}, USUAL_ALGORITHMS)["p"]
    assert found.material.public_numbers() == numbers.public_numbers


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}, {"keys": [RSA] * (MOST_KEYS + 1)}], ids=str)
def test_what_is_no_set_of_keys_is_told(document: dict[str, object]) -> None:
    with pytest.raises(MalformedKeys):
        published_keys(document, USUAL_ALGORITHMS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
members = st.sampled_from(["kty", "crv", "kid", "alg", "use", "key_ops", "n", "e", "x", "y", "d", "k"])


@given(st.sampled_from([RSA, EC, ED]), st.dictionaries(members, json_values, max_size=4))
def test_no_damage_to_a_key_is_more_than_a_key_less(jwk: dict[str, Any], damage: dict[str, Any]) -> None:
    for key in published_keys({"keys": [{**jwk, **damage}]}, USUAL_ALGORITHMS).values():
        assert set(key.algorithms) <= set(USUAL_ALGORITHMS)
        assert hasattr(key.material, "verify")
