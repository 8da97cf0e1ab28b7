"""What the service tells its own statements: who asks, the settings, the export catalogue, the link token."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import orjson

from authz.principal import Principal, Role
from resolvers.page_settings import offered
from schema.custom_query import catalogue, default_fields
from schema.given import CHINA
from schema.page_settings import Default

if TYPE_CHECKING:
    from service.state import AppState

SECONDS_PER_HOUR = 3600.0


def providers(state: AppState) -> Mapping[str, Callable[[Principal], object]]:
    """Values by parameter name, each made only when a statement reads it."""
    settings = orjson.dumps(
        [
            {
                "default_report_year": state.settings.default_report_year,
                "default_page_size": state.settings.default_page_size,
                "max_page_size": state.settings.max_page_size,
                "export_link_hours": state.settings.export_ttl_hours,
            }
        ]
    )
    link_seconds = state.settings.export_ttl_hours * SECONDS_PER_HOUR
    return {
        "p_viewer": _viewer,
        "p_settings": lambda _principal: settings,
        "p_pages": lambda principal: _pages(principal.role),
        "p_page_filters": lambda principal: _page_filters(principal.role),
        "p_page_defaults": lambda principal: _page_defaults(principal.role, state),
        "p_smallest_cell": lambda _principal: state.settings.smallest_cell,
        "p_export_fields": lambda principal: _export_fields(principal.role),
        "p_export_token": lambda principal: state.tokens.issue_export_token(principal, link_seconds),
    }


def _viewer(principal: Principal) -> bytes:
    return orjson.dumps(
        [
            {
                "subject": principal.subject,
                "name": principal.name,
                "role": principal.role.value,
                "role_label": principal.role.label,
                "units": list(principal.units),
                "uscc": principal.uscc,
                "bank": principal.bank,
                "department": principal.department,
            }
        ]
    )


@functools.cache
def _export_fields(role: Role) -> bytes:
    chosen = set(default_fields(role))
    return orjson.dumps(
        [
            {
                "no": number,
                "name": entry.name,
                "label": entry.label,
                "unit": entry.unit,
                "group": entry.group,
                "type": entry.type,
                "default": entry.name in chosen,
            }
            for number, entry in enumerate(catalogue(role).values(), start=1)
        ]
    )


@functools.cache
def _pages(role: Role) -> bytes:
    return orjson.dumps(
        [
            {
                "no": number,
                "key": found.page.key,
                "title": found.page.title,
                "root": found.page.root,
                "sorting": found.order,
                "tabs": found.page.tabs,
                "exports": found.exports,
                "export_range": found.page.export if found.exports else None,
                "picks_fields": found.exports and found.page.picks_fields,
            }
            for number, found in enumerate(offered(role), start=1)
        ]
    )


@functools.cache
def _page_filters(role: Role) -> bytes:
    return orjson.dumps(
        [
            {"page": found.page.key, "no": number, "argument": argument, "label": label}
            for found in offered(role)
            for number, (argument, label) in enumerate(found.filters, start=1)
        ]
    )


def _closed_month() -> str:
    """The latest closed month here, as ``2023-05``: what ``schema.expressions.closed_month`` is to the database."""
    first = dt.datetime.now(CHINA).replace(day=1)
    return f"{first - dt.timedelta(days=1):%Y-%m}"


def _page_defaults(role: Role, state: AppState) -> bytes:
    decided: dict[Default, int | str | None] = {
        Default.YEAR: state.settings.default_report_year,
        Default.MONTH: _closed_month(),
        Default.THIS_YEAR: dt.datetime.now(CHINA).year,
        Default.LATEST: None,
    }
    return orjson.dumps(
        [
            {
                "page": found.page.key,
                "name": name,
                "value": orjson.dumps(decided[value] if isinstance(value, Default) else value).decode(),
                "meaning": value.meaning if isinstance(value, Default) else None,
            }
            for found in offered(role)
            for name, value in found.page.defaults.items()
        ]
    )
