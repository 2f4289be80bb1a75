"""Requests and responses, as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    content: bytes
    timeout: float
    """Seconds that the client waits for the response."""


@dataclass(slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes
    is_truncated: bool = False
    """Whether only half of the body arrives."""


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """A validated request, as its handler receives it."""

    path_params: dict[str, str]
    query: Any
    form: Any
    headers: dict[str, str]
    list_id: str
    """What a cursor belongs to: the path and the filters."""
    cursors: dict[str, tuple[str, Any]] = field(repr=False)

    def page(self, rows: list[tuple[Any, Any]], to_wire: Callable[[Any], Any]) -> dict[str, Any]:
        """Return the page of the request from rows of a sort key and an item."""
        after = self._key_of(self.query.cursor)
        rows = sorted(rows, key=lambda row: row[0])
        rest = [row for row in rows if after is None or row[0] > after]
        shown = rest[: self.query.limit]
        next_cursor = self._cursor_at(shown[-1][0]) if len(rest) > len(shown) else None
        return {"items": [to_wire(item) for _, item in shown], "next": next_cursor}

    def _key_of(self, cursor: str | None) -> Any:
        if cursor is None:
            return None
        list_id, key = self.cursors.get(cursor, ("", None))
        if list_id != self.list_id:
            raise invalid_parameter(
                "cursor", "is not valid for this list. Begin again without a cursor."
            )
        return key

    def _cursor_at(self, key: Any) -> str:
        cursor = hashlib.sha256(f"{self.list_id} {key}".encode()).hexdigest()
        self.cursors[cursor] = self.list_id, key
        return cursor

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> Response:
        return Response(status, headers, body)
