"""What the service tells its own statements: who asks, the settings, the export catalogue, the link token."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import orjson

from authz.principal import Principal, Role
from schema.custom_query import catalogue, default_fields

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
