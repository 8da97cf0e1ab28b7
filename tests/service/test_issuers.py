"""The setting that names trusted providers: what it may say, and what it is told otherwise."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from service.issuers import USUAL_ALGORITHMS, OpenIdIssuer
from service.settings import Settings
from tests.service.conftest import run_keqi
from tests.service.provider import KEYS, provider, says

GOOD = {"issuer": "https://login.example/realms/portal", "audience": "keqi"}


def test_issuers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"issuer": "https://other.example", "audience": ["a", "b"], "algorithms": ["ES256"]}
    monkeypatch.setenv("KEQI_OPENID_ISSUERS", json.dumps([GOOD, other]))
    first, second = Settings().openid_issuers
    assert (first.audience, first.algorithms) == (("keqi",), USUAL_ALGORITHMS)
    assert (second.audience, second.algorithms) == (("a", "b"), ("ES256",))


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:9000", "http://localhost/realms/x", "http://[::1]:80", "https://10.0.0.1:8443/oidc"]
)
def test_secure_addresses_and_this_machine_are_taken(issuer: str) -> None:
    assert OpenIdIssuer.model_validate({**GOOD, "issuer": issuer}).issuer == issuer


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://login.example"},
        {"issuer": "http://127.0.0.1.example"},
        {"issuer": "http://localhost.example"},
        {"issuer": "ftp://login.example"},
        {"issuer": "login.example"},
        {"issuer": "https://"},
        {"issuer": "https://user:word@login.example"},
        {"issuer": "https://login.example/?a=b"},
        {"issuer": "https://login.example/#a"},
        {"issuer": "https://login.example:port"},
        {"issuer": "https://[login.example"},
        {"issuer": "https://login.example/" + "x" * 300},
        {"audience": ""},
        {"audience": []},
        {"audience": ["a", ""]},
        {"algorithms": []},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"algorithms": ["RS256", "HS512"]},
        {"secret": "x"},
    ],
    ids=str,
)
def test_what_is_not_secure_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OpenIdIssuer.model_validate({**GOOD, **change})


def test_an_issuer_is_named_once() -> None:
    with pytest.raises(ValidationError, match="named twice"):
        Settings.model_validate({"openid_issuers": [GOOD, {**GOOD, "audience": "other"}]})


@pytest.mark.parametrize("value", ["nonsense", "[1]", '[{"issuer": "http://hush-hush.example", "audience": "a"}]'])
def test_a_complaint_names_the_setting_and_not_its_value(value: str) -> None:
    told = run_keqi("doctor", KEQI_OPENID_ISSUERS=value)
    assert told.returncode == 2
    assert "KEQI_OPENID_ISSUERS" in told.stderr
    assert "hush-hush" not in told.stderr + told.stdout
    assert "Traceback" not in told.stderr


def test_doctor_says_which_provider_is_silent_and_why() -> None:
    with provider() as portal:
        asked = {"KEQI_PORT": "0", "KEQI_OPENID_ISSUERS": portal.environment}
        well = run_keqi("doctor", **asked)
        assert "公钥可取得" in well.stdout
        portal.answers[KEYS] = says("", 503)
        ill = run_keqi("doctor", **asked)
        assert ill.returncode == 1
        assert f"{portal.issuer}（status 503）" in ill.stdout
        portal.answers[KEYS] = says('{"keys": []}')
        assert "no usable key" in run_keqi("doctor", **asked).stdout
