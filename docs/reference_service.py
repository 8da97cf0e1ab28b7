"""Reference pages of the service: settings, limits, errors, command line. Each row is read from the code."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from authz import errors
from authz.errors import ErrorCode, KeqiError
from authz.principal import Role
from schema import introspection
from service import documents, request, values
from service.cli import app
from service.issuers import OpenIdIssuer
from service.markdown import code, table
from service.refusals import STATUS
from service.settings import Settings

PREFIX = str(Settings.model_config.get("env_prefix", ""))
TYPE_NAMES: dict[object, str] = {
    str: "text", int: "number", float: "number", bool: "`true` or `false`", Path: "path", SecretStr: "text, secret",
    Role: "role", OpenIdIssuer: "provider",
}  # fmt: skip

SETTINGS = """# Settings

Environment variables, read once when a process starts. An empty one counts as absent; one that cannot be used stops the
start with a word about which and why.

"""

LIMITS = """# Limits

On by default, each with a setting. What is over a limit is refused with the limit's name and never cut short: code
`QUERY_TOO_COMPLEX` for what a query asks, `RATE_LIMITED` for how often, `TIMEOUT` for how long.

"""

OTHER_LIMITS = frozenset({"rate_limit", "request_seconds", "stall_seconds", "planning_seconds", "plan_cache_mib"})
FIXED = """
Fixed, for no legitimate request comes near them:

"""

ERRORS = """# Errors

An error has a `message` in Chinese that says what to do, and `extensions.code` from this closed list.
`extensions.detail` is for developers, in English; `extensions.field` names the argument or setting at fault, `path` the
place in the operation.

The status is that of a request of which nothing could run. An answer with `data` has status 200.

"""


def pages() -> dict[str, str]:
    """The four pages, by file name."""
    return {"settings.md": settings(), "limits.md": limits(), "errors.md": error_codes(), "cli.md": command_line()}


# ── settings and limits ─────────────────────────────────────────────────────────────────────────


def settings() -> str:
    """Every setting: variable, kind, default, meaning."""
    rows = [
        (code(PREFIX + name.upper()), kind(field.annotation), default(field), field.description)
        for name, field in Settings.model_fields.items()
    ]
    return (
        SETTINGS
        + table(("variable", "kind", "default", "meaning"), rows)
        + '\nA list is written as JSON: `KEQI_READ_URLS=\'["postgresql://…", "postgresql://…"]\'`.\n'
    )


def limits() -> str:
    """The settings that bound what one request, or one principal, may cost."""
    rows = [
        (field.description, default(field), code(PREFIX + name.upper()))
        for name, field in Settings.model_fields.items()
        if name.startswith("max_") or name in OTHER_LIMITS or name.endswith("_timeout_seconds")
    ]
    return LIMITS + table(("limit", "default", "setting"), rows) + FIXED + table(("limit", ""), fixed_limits())


def fixed_limits() -> list[tuple[str, object]]:
    """What no legitimate request comes near, and has no setting."""
    return [
        ("查询文本的行数。Lines of a document.", documents.MAX_LINES),
        ("一个文档的操作与片段数。Operations and fragments of a document.", documents.MAX_DEFINITIONS),
        ("一个字段的参数、一个对象字面量的项数。Arguments of a field, entries of a literal.", documents.MAX_ENTRIES),
        ("文档中数字的位数。Digits of a number in a document.", documents.MAX_DIGITS),
        ("变量的嵌套层数。Levels of lists and objects in variables.", values.MAX_NESTING),
        ("请求正文中逗号与括号的数量。Commas and opening brackets of a body.", request.MAX_PUNCTUATION),
        ("网址参数的数量。Parameters of an address.", request.MAX_URL_FIELDS),
        ("一次返回的错误数。Errors told of one request.", documents.MAX_ERRORS),
        (
            "内省代价，与工具通用的内省查询之比。Cost of an introspection, times the one of every tool.",
            introspection.ALLOWED,
        ),
    ]


def kind(annotation: object) -> str:
    """A setting's type in words."""
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(kind(part) for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is Literal:
        return ", ".join(code(value) for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "list of " + kind(get_args(annotation)[0])
    return TYPE_NAMES.get(annotation, str(annotation))


def default(field: FieldInfo) -> str:
    """A setting's default as one would write it."""
    value: object = field.get_default(call_default_factory=False)
    if value in (None, ()):
        return "–"
    if isinstance(value, bool | tuple):
        return code(json.dumps(value))
    return code(f"{value:g}" if isinstance(value, float) else value)


# ── errors ──────────────────────────────────────────────────────────────────────────────────────


def error_codes() -> str:
    """Every code with its HTTP status and meaning."""
    rows = [(code(each.value), STATUS[each], meaning(each)) for each in ErrorCode]
    return ERRORS + table(("code", "HTTP status", "meaning"), rows)


def meaning(wanted: ErrorCode) -> str:
    """First sentence of the exception that carries the code."""
    if wanted is ErrorCode.INTERNAL:
        return "A fault of keqi's own; the answer quotes the request's id, the log has the rest."
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, KeqiError) and each.code is wanted:
            return (each.__doc__ or "").split("\n\n")[0]
    return "Kept for what is to come; nothing answers with it yet."


# ── command line ────────────────────────────────────────────────────────────────────────────────


def command_line() -> str:
    """Every command with its arguments and options."""
    group = get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("keqi has commands")
    parts = ["# Command line\n\nExit code 0: done; 1: failed, with a word on why; 2: not understood.\n"]
    for name, command in commands(group):
        parts.append(f"\n## keqi {name}\n\n{paragraphs(command.help)}\n")
        rows = list(parameters(command.params))
        if rows:
            parts.append("\n" + table(("argument or option", "default", "meaning"), rows))
    return "".join(parts)


def commands(group: TyperGroup, *, prefix: str = "") -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Commands by name, those of a group after it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperCommand | TyperGroup):
            yield prefix + name, command
        if isinstance(command, TyperGroup):
            yield from commands(command, prefix=f"{prefix}{name} ")


def paragraphs(text: str | None) -> str:
    """Help text with its blank lines kept and the rest flowing."""
    return "\n\n".join(" ".join(part.split()) for part in (text or "").replace("\b", "").split("\n\n"))


def parameters(params: object) -> Iterator[tuple[str, str, str]]:
    """Rows for a command's arguments and options, as declared."""
    for each in params if isinstance(params, list) else ():  # pyright: ignore[reportUnknownVariableType]
        if isinstance(each, TyperArgument) and not each.hidden:
            yield code((each.metavar or each.name or "").upper()), chosen(each), each.help or ""
        elif isinstance(each, TyperOption) and not each.hidden and each.name not in {"help", "version"}:
            yield ", ".join(code(name) for name in (*each.opts, *each.secondary_opts)), chosen(each), each.help or ""


def chosen(each: TyperArgument | TyperOption) -> str:
    """What holds when it is not given."""
    if each.required:
        return "must be given"
    value: object = each.default
    if value in (None, False, "") or callable(value):
        return "–"
    return code(value)
