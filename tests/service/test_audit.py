"""The GraphQL-over-HTTP audit of the specification's own authors passes whole (design, GraphQL over HTTP)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from web.build import BuildError, install, node

HERE = Path(__file__).parent / "audit"
CHECKS = 61


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audit's packages, installed."""
    folder = tmp_path_factory.mktemp("audit")
    try:
        install(HERE, folder)
    except BuildError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    shutil.copy(HERE / "audit.js", folder)
    return folder


def test_every_check_of_the_audit_passes(audit: Path, service: str) -> None:
    command = [node(), "audit.js", f"{service}/graphql"]
    told = subprocess.run(command, cwd=audit, capture_output=True, text=True, timeout=120, check=True)
    results = json.loads(told.stdout)
    assert len(results) == CHECKS
    assert [each for each in results if each["status"] != "ok"] == []
