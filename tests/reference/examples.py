"""How many examples a property gets, the same ones in every run. ``KEQI_EXAMPLES`` asks for more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.reference.dice import Dice
from tests.reference.operations import Operation, operations
from tests.reference.redacted import Sight
from tests.reference.values import Values


def for_each_operation(
    check: Callable[[Operation], None],
    sight: Sight,
    values: Values,
    catalogue: Sequence[str],
    *,
    examples: int,
    exported: bool = False,
    daring: int = 25,
    focus: frozenset[str] = frozenset(),
    shrinking: bool = True,
) -> None:
    """Check many operations as a principal might ask them; ``daring`` per cent may ask for too much.

    Raises:
        AssertionError: one of them failed; hypothesis prints the smallest it finds.
    """

    @_settings(examples, shrinking=shrinking)
    @given(operation=operations(values, sight, catalogue, exported=exported, daring=daring, focus=focus))
    def each(operation: Operation) -> None:
        check(operation)

    each()


def for_each_choice(check: Callable[[Dice], None], *, examples: int) -> None:
    """Check many throws of the dice.

    Raises:
        AssertionError: one of them failed.
    """

    @_settings(examples)
    @given(data=st.data())
    def each(data: st.DataObject) -> None:
        check(Dice.drawn(data.draw))

    each()


def _settings(examples: int, *, shrinking: bool = True) -> settings:
    return settings(
        max_examples=int(os.environ.get("KEQI_EXAMPLES", examples)),
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrinking else (Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=tuple(cast("Iterable[HealthCheck]", HealthCheck)),
    )
