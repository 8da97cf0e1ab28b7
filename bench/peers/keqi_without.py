"""keqi with one duty taken out, to see what it costs: ``python -m bench.peers.keqi_without rules|audit serve``.

For the bench alone; the service itself has no such switch. Without rules, every role sees every row and every field in
clear; without audit, a read leaves no line. What may not be done here: make anything else faster.
"""

from __future__ import annotations

import sys
from typing import Any

from authz.principal import Role
from authz.rules import Rule, Verdict
from authz.scopes import Scope
from service.cli import main
from service.recorder import Recorder


def without_rules() -> None:
    """Every row, every field, to everyone; reads leave no line, which is measured apart."""

    def every_row(_scope: Scope, _role: Role) -> tuple[()]:
        return ()

    def in_full(_rule: Rule, _role: Role) -> Verdict:
        return Verdict.FULL

    vars_of: Any = Scope
    vars_of.of = every_row
    vars_of = Rule
    vars_of.verdict = in_full
    without_audit()


def without_audit() -> None:
    """No line is written for a read."""

    async def nothing(*_arguments: object) -> None:
        return

    recorder: Any = Recorder
    recorder.read = nothing


WITHOUT = {"rules": without_rules, "audit": without_audit}

if __name__ == "__main__":
    WITHOUT[sys.argv.pop(1)]()
    main()
