"""Redaction: which values of a request are sensitive, and how errors and logs hide them."""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORT_LENGTH = 5
PERSONAL_FIELDS = {
    "address",
    "code",
    "email",
    "latitude",
    "lines",
    "longitude",
    "message",
    "name",
    "postal_code",
    "reason",
    "reservation",
}
"""The fields of a request body whose values are personal or secret."""
SECRET_ROUTES = {
    "/v1/attendances/{token}",
    "/v1/confirmations/{token}",
    "/v1/confirmations/{token}/rejection",
    "/v1/confirmations/{token}/unsubscription",
    "/v1/hosted-events/{token}",
    "/v1/hosted-events/{token}/cancellation",
    "/v1/hosted-events/{token}/change",
    "/v1/hosted-events/{token}/guests",
    "/v1/hosted-events/{token}/guests/{id}/decisions",
    "/v1/moderation/orders/{id}",
    "/v1/moderation/orders/{id}/decisions",
    "/v1/orders/{id}",
    "/v1/partner-pages/{token}",
    "/v1/personal-data/{token}",
    "/v1/personal-data/{token}/attendances/{id}",
    "/v1/personal-data/{token}/block",
    "/v1/personal-data/{token}/erasure",
    "/v1/personal-data/{token}/events/{id}",
    "/v1/personal-data/{token}/events/{id}/address",
    "/v1/personal-data/{token}/orders/{id}",
    "/v1/personal-data/{token}/signatures/{id}",
    "/v1/personal-data/{token}/signatures/{id}/public",
    "/v1/personal-data/{token}/signatures/{id}/updates",
}
"""The routes with a segment, in braces, that gives access to anyone who knows it."""


def sensitive_values(route: str, path: str, body: bytes | None) -> set[str]:
    """Collect the personal and secret values of a request to a known route."""
    found = set(_collect_values(json.loads(body))) if body else set()
    if route in SECRET_ROUTES:
        segments = zip(route.split("/"), path.split("/"), strict=True)
        secrets = [segment for name, segment in segments if name.startswith("{")]
        found |= {*secrets, *map(unquote, secrets)}
    return found


def all_values(route: str, path: str, query: Mapping[str, Any], body: bytes | None) -> set[str]:
    """Collect every value of a request to a route whose personal fields are not known."""
    segments = [segment for segment in path.split("/") if segment not in route.split("/")]
    decoded = list(map(unquote, segments))
    values = [segments, decoded, list(query.values()), json.loads(body or b"null")]
    return set(_collect_values(values, is_personal=True))


def _collect_values(value: Any, *, is_personal: bool = False) -> list[str]:
    if isinstance(value, dict):
        return [
            text
            for name, member in value.items()
            for text in _collect_values(member, is_personal=is_personal or name in PERSONAL_FIELDS)
        ]
    if isinstance(value, list):
        return [text for item in value for text in _collect_values(item, is_personal=is_personal)]
    return [str(value)] if is_personal and len(str(value)) > 1 else []


def redact(value: Any, sensitive: set[str]) -> Any:
    """Replace each sensitive value in a string, or in a JSON value's strings, by ``…``."""
    if not sensitive:
        return value
    spellings = set().union(*map(_spellings, sensitive))
    longest_first = sorted(spellings, key=len, reverse=True)
    pattern = re.compile("|".join(map(_as_pattern, longest_first)), re.IGNORECASE)
    return _replace_matches(value, pattern)


def _spellings(value: str) -> set[str]:
    """Return a value as it is, in JSON, in a URL's path and in a URL's query."""
    in_url = quote(value, safe="", errors="replace")
    return {value, json.dumps(value)[1:-1], in_url, in_url.replace("%20", "+")}


def _as_pattern(value: str) -> str:
    """Match a short value only as a whole word: "No" is a name, and part of many words."""
    literal = re.escape(value)
    return literal if len(value) > SHORT_LENGTH else rf"(?<!\w){literal}(?!\w)"


def _replace_matches(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub("…", value)
    if isinstance(value, list):
        return [_replace_matches(item, pattern) for item in value]
    if isinstance(value, dict):
        return {name: _replace_matches(member, pattern) for name, member in value.items()}
    return value


def safe_identifier(value: Any) -> str:
    """Return a short identifier, such as a field's name, unchanged; anything else as ``…``."""
    if isinstance(value, str) and re.fullmatch(r"[\w.\[\]-]{1,100}", value):
        return value
    return "…"


LOGGED_URL: ContextVar[str | None] = ContextVar("imd_sdk_logged_url", default=None)
"""What a log shows in place of the URL of the current request."""


class RedactingFilter(logging.Filter):
    """Replaces URLs in the HTTP library's log records: a URL of the API can be a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        url = LOGGED_URL.get()
        if url is not None and isinstance(record.args, tuple):
            record.args = tuple(
                url if type(value).__name__ == "URL" else value for value in record.args
            )
        return True
