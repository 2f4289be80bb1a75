"""Request targets (RFC 9112, 3.2): routes filled in, and values written as query parameters."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

Query = dict[str, Any]


def fill_route(route: str, values: Mapping[str, str] | None) -> str:
    """Replace each name in braces by its value, as one path segment."""
    if not values:
        return route
    return route.format_map({name: _as_segment(name, value) for name, value in values.items()})


def _as_segment(name: str, value: str | None) -> str:
    """Encode one path segment (RFC 3986, 3.3): it can neither add segments nor climb."""
    if not isinstance(value, str) or value in {"", ".", ".."}:
        raise ValueError(f"{name} must be a string that names something")
    return quote(value, safe="", errors="replace")


def format_query(values: Query) -> dict[str, str | list[str]]:
    """Write the values that are given as strings."""
    return {name: format_parameter(value) for name, value in values.items() if value is not None}


def format_parameter(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return date.isoformat(value)
    if isinstance(value, str | int | float):
        return str(value)
    return [str(item) for item in value]
