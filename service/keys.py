"""The keys that sign tokens: which there are, and where the embedded service keeps its own.

A key carries its algorithm, so a token can never choose one. Rotation means more than one key in the ring: the
current one signs, all verify. Nothing here logs or returns a key as text.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from authz.errors import BadUserInput
from service.settings import MIN_SECRET_LENGTH, Settings

KEPT_IN = "signing.key"


@dataclass(frozen=True, slots=True)
class Key:
    """One signing key: its id (header ``kid``), its only algorithm, its material."""

    id: str
    algorithm: str
    material: bytes = field(repr=False)

    @classmethod
    def of_secret(cls, secret: bytes) -> Key:
        """The HS256 key derived from a secret."""
        key_id = hashlib.sha256(b"keqi key id\0" + secret).hexdigest()[:12]
        return cls(key_id, "HS256", hashlib.sha256(b"keqi token key\0" + secret).digest())

    @property
    def signatures(self) -> bytes:
        """The key of what the database signs (cursors, links): derived, so that it signs no token."""
        return hashlib.sha256(b"keqi signatures" + self.material).digest()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key that signs and all that verify, by id."""

    current: Key
    known: Mapping[str, Key]

    @classmethod
    def of_secret(cls, secret: bytes, *previous: bytes) -> KeyRing:
        """A ring of HS256 keys: one derived from the service's secret, and those of secrets that only verify."""
        keys = [Key.of_secret(each) for each in (secret, *previous)]
        return cls(keys[0], {key.id: key for key in reversed(keys)})


def signing_keys(settings: Settings) -> KeyRing:
    """The ring of this service. Raises as ``signing_secret`` does."""
    previous = (secret.get_secret_value().encode() for secret in settings.previous_secrets)
    return KeyRing.of_secret(signing_secret(settings), *previous)


def signing_secret(settings: Settings) -> bytes:
    """The service's secret: the configured one, or the embedded service's own, made at first use.

    Raises:
        BadUserInput: an external database without ``KEQI_SECRET``; processes that share a database must share the
            secret, so none is made up in silence.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if not settings.is_embedded:
        raise BadUserInput(
            "KEQI_SECRET",
            f"使用外部数据库时必须设置 KEQI_SECRET（至少 {MIN_SECRET_LENGTH} 个字符，各进程一致）",
            detail="KEQI_SECRET is required with KEQI_DATABASE_URL; e.g. python -c 'import secrets; "
            "print(secrets.token_urlsafe(48))'",
        )
    return _kept_secret(settings.data_dir)


def _kept_secret(data_dir: Path) -> bytes:
    """The secret of the embedded service, made at first use and readable by its owner alone."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / KEPT_IN
    fresh = data_dir / f"{KEPT_IN}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # the first of two starting services wins; a half-written secret is never seen
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    secret = path.read_bytes().strip()
    if len(secret) < MIN_SECRET_LENGTH:
        raise BadUserInput(
            "KEQI_SECRET", f"密钥文件 {path} 已损坏，请删除后重新启动", detail=f"secret file too short: {path}"
        )
    return secret
