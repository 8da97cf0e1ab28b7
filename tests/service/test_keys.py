"""Where the secret comes from, who may read it, and that two services starting at once share one."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authz.errors import BadUserInput
from service.keys import KEPT_IN, KeyRing, signing_secret
from service.settings import Settings

LONG = "0123456789" * 4


@pytest.fixture(autouse=True)
def no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEQI_SECRET", "KEQI_DATABASE_URL", "KEQI_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_the_embedded_service_makes_its_secret_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "place")
    first = signing_secret(settings)
    path = settings.data_dir / KEPT_IN
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert signing_secret(settings) == first
    assert [entry.name for entry in settings.data_dir.iterdir()] == [KEPT_IN]


def test_a_secret_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    signing_secret(settings)
    (tmp_path / KEPT_IN).chmod(0o644)
    signing_secret(settings)
    assert stat.S_IMODE((tmp_path / KEPT_IN).stat().st_mode) == 0o600


def test_services_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(signing_secret, [settings] * 64))) == 1


def test_a_damaged_secret_is_not_used(tmp_path: Path) -> None:
    (tmp_path / KEPT_IN).write_text("short")
    with pytest.raises(BadUserInput, match="损坏"):
        signing_secret(Settings(data_dir=tmp_path))


def test_an_external_database_needs_a_secret_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQI_DATABASE_URL", "postgresql://someone@somewhere/keqi")
    with pytest.raises(BadUserInput, match="KEQI_SECRET"):
        signing_secret(Settings())
    monkeypatch.setenv("KEQI_SECRET", LONG)
    assert signing_secret(Settings()) == LONG.encode()


def test_a_key_shows_nothing_of_the_secret() -> None:
    ring = KeyRing.of_secret(LONG.encode())
    assert LONG not in repr(ring)
    assert repr(ring.current.material) not in repr(ring)
    assert ring.current.material != LONG.encode()
    assert KeyRing.of_secret(LONG.encode() + b"x").current.id != ring.current.id
