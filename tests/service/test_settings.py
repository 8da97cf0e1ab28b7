"""Settings: each described for both readers, and none of their values in a complaint."""

from __future__ import annotations

import re

import pytest
from pydantic import SecretStr, ValidationError

from service.settings import Settings
from tests.service.conftest import run_keqi


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_in_both_languages(name: str) -> None:
    description = Settings.model_fields[name].description or ""
    assert re.search(r"[\u4e00-\u9fff]", description)
    assert re.search(r"[A-Za-z]{3}.*\.$", description)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQI_PORT", "9000")
    monkeypatch.setenv("KEQI_READ_URLS", '["postgresql://a/b", "postgres://c/d"]')
    monkeypatch.setenv("KEQI_LOG_FORMAT", "")
    settings = Settings()
    assert settings.port == 9000
    assert settings.log_format == "console"
    assert [url.get_secret_value() for url in settings.read_urls] == ["postgresql://a/b", "postgres://c/d"]


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQI_SECRET", "s3cret" * 8)
    monkeypatch.setenv("KEQI_DATABASE_URL", "postgresql://me:passw0rd@somewhere/keqi")
    shown = repr(Settings()) + str(Settings().model_dump())
    assert "s3cret" not in shown
    assert "passw0rd" not in shown
    assert isinstance(Settings().database_url, SecretStr)


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEQI_SECRET", "hush-hush"), ("KEQI_DATABASE_URL", "mysql://me:hush-hush@somewhere"), ("KEQI_PORT", "hush-hush")],
)
def test_a_complaint_names_the_setting_and_not_its_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "hush-hush" not in str(refused.value)
    told = run_keqi("doctor", **{name: value})
    assert told.returncode == 2
    assert name in told.stderr
    assert "hush-hush" not in told.stderr + told.stdout
    assert "Traceback" not in told.stderr
