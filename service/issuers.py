"""Which OpenID providers are trusted: the type of ``KEQI_OPENID_ISSUERS``, and which addresses may be asked.

Nothing here asks anybody anything.
"""

from __future__ import annotations

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Asymmetric ones alone: with HS* the published key would be the secret, and "none" is no signature.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
USUAL_ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")


class OpenIdIssuer(BaseModel):
    """One provider: who issues, for whom, signed how.

    ``issuer`` is compared letter by letter with the tokens' ``iss``; a token's ``aud`` has to name one of
    ``audience``; ``algorithms`` are those its keys may sign with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(max_length=300)
    audience: tuple[str, ...] = Field(min_length=1)
    algorithms: tuple[Algorithm, ...] = Field(default=USUAL_ALGORITHMS, min_length=1)

    @field_validator("audience", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("audience")
    @classmethod
    def _names_somebody(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("audience 不能为空 (audience must not be empty)")
        return value

    @field_validator("issuer")
    @classmethod
    def _is_secure(cls, value: str) -> str:
        if (problem := unsafe(value)) is not None:
            raise ValueError(problem)
        return value


def unsafe(address: str) -> str | None:
    """What is wrong with a provider's address, in both languages; None where nothing is."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port  # read, because only then it is checked
    except ValueError:
        return "不是有效的地址 (not an address)"
    if not host or parts.query or parts.fragment or parts.username is not None:
        return "地址只能含协议、主机、端口和路径 (scheme, host, port and path only)"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return "地址应以 https:// 开头，仅本机开发可用 http (must be https, or http on loopback)"
    return None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself, by name or address; no name is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
