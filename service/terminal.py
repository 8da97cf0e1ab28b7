"""How the command line speaks: results to standard output, everything else to standard error.

A result can be piped; a message, a spinner and a progress bar never get into it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from authz.errors import BadUserInput, KeqiError
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator

OUT = Console(highlight=False, soft_wrap=True)
"""Results."""

ERR = Console(stderr=True, highlight=False, soft_wrap=True)
"""Messages to the person at the terminal."""

FAILED = 1
MISUSED = 2


def settings() -> Settings:
    """The settings of the environment.

    Raises:
        BadUserInput: one has a value that cannot be used; its name, never its value, is told.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        setting, *inside = (str(part) for part in first["loc"])
        where = f"{'.'.join(inside)}: " if inside else ""
        raise _unusable(setting, where + first["msg"]) from None
    except SettingsError as error:
        setting = str(error).partition('field "')[2].partition('"')[0]
        raise _unusable(setting, "not JSON") from None


def _unusable(setting: str, why: str) -> BadUserInput:
    name = f"KEQI_{setting}".upper()
    return BadUserInput(name, f"设置 {name} 的值无法使用", detail=why)


def tell(error: KeqiError) -> int:
    """Print an error for a person; answer the exit code."""
    ERR.print("[red]✗[/red]", escape(error.message))
    if error.detail:
        ERR.print(f"  {error.detail}", style="dim", markup=False)
    return MISUSED if isinstance(error, BadUserInput) else FAILED


@contextmanager
def progress(label: str, total: int | None = None) -> Generator[ProgressBar]:
    """A progress bar on standard error for as long as the context lasts; a spinner where no total is known."""
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=ERR, transient=False) as bars:
        yield ProgressBar(bars, label, total)


class ProgressBar:
    """One bar; ``advance_to`` takes the whole so far."""

    def __init__(self, bars: Progress, label: str, total: int | None) -> None:
        self._bars = bars
        self._task = bars.add_task(label, total=total)

    def advance_to(self, done: int, total: int | None = None) -> None:
        """Show ``done`` of ``total``."""
        self._bars.update(self._task, completed=done, total=total)

    def relabel(self, label: str) -> None:
        """Say what is being done now."""
        self._bars.update(self._task, description=label)
