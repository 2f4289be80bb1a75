"""What must not be repeated: what somebody told us, and what opens a door; no I/O."""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORT = 5
PERSONAL = {
    "address",
    "email",
    "latitude",
    "lines",
    "longitude",
    "name",
    "postal_code",
    "reason",
    "reservation",
}
"""The fields of a body whose values are somebody's, or are a secret."""
SECRET_PARTS = {"/v1/confirmations/{token}", "/v1/orders/{id}"}
"""The addresses that open to whoever knows them."""


def secrets(route: str, path: str, body: bytes | None) -> set[str]:
    found = set(_personal(json.loads(body))) if body else set()
    if route in SECRET_PARTS:
        part = path.rpartition("/")[2]
        found |= {part, unquote(part)}
    return found


def everything(route: str, path: str, query: Mapping[str, Any], body: bytes | None) -> set[str]:
    """Collect all that a request says, where nobody knows what of it is somebody's."""
    parts = [part for part in path.split("/") if part not in route.split("/")]
    said = [parts, list(map(unquote, parts)), list(query.values()), json.loads(body or b"null")]
    return set(_personal(said, inside=True))


def _personal(value: Any, *, inside: bool = False) -> list[str]:
    if isinstance(value, dict):
        members = value.items()
        return [s for k, v in members for s in _personal(v, inside=inside or k in PERSONAL)]
    if isinstance(value, list):
        return [text for entry in value for text in _personal(entry, inside=inside)]
    return [str(value)] if inside and len(str(value)) > 1 else []


def scrubbed(value: Any, hidden: set[str]) -> Any:
    if not hidden:
        return value
    longest_first = sorted(set().union(*map(_ways, hidden)), key=len, reverse=True)
    pattern = re.compile("|".join(map(_spotted, longest_first)), re.IGNORECASE)
    return _blotted(value, pattern)


def _ways(secret: str) -> set[str]:
    """How it may be written: as it is, in JSON, in a URL."""
    in_url = quote(secret, safe="", errors="replace")
    return {secret, json.dumps(secret)[1:-1], in_url, in_url.replace("%20", "+")}


def _spotted(secret: str) -> str:
    """A short one only as a whole word: a Mr No must not cost every message its noes."""
    return re.escape(secret) if len(secret) > SHORT else rf"(?<!\w){re.escape(secret)}(?!\w)"


def _blotted(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub("…", value)
    if isinstance(value, list):
        return [_blotted(entry, pattern) for entry in value]
    if isinstance(value, dict):
        return {key: _blotted(member, pattern) for key, member in value.items()}
    return value


def term(value: Any) -> str:
    """A name out of a fixed set, such as a field's; whatever else it is, it is not shown."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.\[\]-]{1,100}", value) else "…"


SHOWN: ContextVar[str | None] = ContextVar("imd_sdk_shown", default=None)
"""What a log may show of the request that is under way, in place of its URL."""


class DiscreetFilter(logging.Filter):
    """The HTTP libraries log each URL, and a URL of ours can be a secret: log its pattern."""

    def filter(self, record: logging.LogRecord) -> bool:
        shown = SHOWN.get()
        if shown is not None and isinstance(record.args, tuple):
            record.args = tuple(
                shown if type(value).__name__ == "URL" else value for value in record.args
            )
        return True
