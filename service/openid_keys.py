"""The keys a provider publishes (JWKS), read: which of them can verify what.

A key carries the algorithms it may be used with, so a token can never choose one. No request is made here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MOST_KEYS = 64
SMALLEST_RSA_BITS, LARGEST_RSA_BITS = 2048, 8192

# Kind (and curve) of a key → the algorithms it can be used with, and the members that make it.
_KINDS: dict[tuple[str, str | None], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("RSA", None): (("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("n", "e")),
    ("EC", "P-256"): (("ES256",), ("x", "y")),
    ("EC", "P-384"): (("ES384",), ("x", "y")),
    ("EC", "P-521"): (("ES512",), ("x", "y")),
    ("OKP", "Ed25519"): (("EdDSA",), ("x",)),
}


class MalformedKeys(ValueError):
    """What was published is no set of keys."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One public key and the algorithms it may verify."""

    algorithms: tuple[str, ...]
    material: Any = field(repr=False)


def published_keys(document: Mapping[str, object], allowed: Collection[str]) -> dict[str | None, PublishedKey]:
    """The usable keys of a set, by id; under None the only one there is, for tokens that name none.

    A key of an unknown kind, for another use, too weak or damaged is left out, as RFC 7517 §5 has it.

    Raises:
        MalformedKeys: the document is no set, or one of more keys than anybody publishes.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise MalformedKeys("no list of keys")
    entries = cast("list[object]", listed)
    if len(entries) > MOST_KEYS:
        raise MalformedKeys(f"more than {MOST_KEYS} keys")
    found: dict[str | None, PublishedKey] = {}
    usable: list[PublishedKey] = []
    for entry in entries:
        key = _read(cast("dict[str, object]", entry), allowed) if isinstance(entry, dict) else None
        if key is None:
            continue
        usable.append(key)
        name = cast("dict[str, object]", entry).get("kid")
        if isinstance(name, str):
            found.setdefault(name, key)
    if len(usable) == 1:
        found[None] = usable[0]
    return found


def _read(entry: dict[str, object], allowed: Collection[str]) -> PublishedKey | None:
    operations = entry.get("key_ops", ["verify"])
    if entry.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    kind, curve = entry.get("kty"), entry.get("crv")
    if not isinstance(kind, str) or not (curve is None or isinstance(curve, str)):
        return None
    fitting, members = _KINDS.get((kind, curve), ((), ()))
    named = entry.get("alg")
    algorithms = tuple(each for each in fitting if each in allowed and (named is None or named == each))
    if not algorithms or not all(isinstance(entry.get(member), str) for member in members):
        return None
    # Nothing but the public members: a private key published by mistake is still only a public one here.
    public = {"kty": kind, "crv": curve, **{member: entry[member] for member in members}}
    try:
        material: Any = jwt.PyJWK(public, algorithms[0]).key
    except (jwt.PyJWTError, ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(material, RSAPublicKey) and not SMALLEST_RSA_BITS <= material.key_size <= LARGEST_RSA_BITS:
        return None
    return PublishedKey(algorithms, material)
