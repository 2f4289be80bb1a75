import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from imd_campaign.crypto import Vault
from imd_campaign.errors import FieldError, InvalidParameter
from imd_campaign.pagination import Key, PageRequest, Slice
from imd_campaign.web.dependencies import CurrentContext

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CURSOR_LENGTH = 1000

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: Sequence[T]
    next: str | None


class Cursors:
    """Where a page ended, unreadable outside and bound to the list and its filters.

    A key holds more than its row shows: the second somebody signed, a distance to a private place.
    """

    def __init__(self, vault: Vault, binding: str) -> None:
        self._vault = vault
        self._binding = f"cursor/{binding}"

    def write(self, key: Key) -> str:
        packed = json.dumps(key, default=_tagged, separators=(",", ":")).encode()
        return _encoded(self._vault.encrypt_bound(packed, self._binding))

    def read(self, cursor: str) -> Key:
        try:
            packed = self._vault.decrypt_bound(_decoded(cursor), self._binding)
        except ValueError as error:
            fault = FieldError("query", "cursor", "does not belong to this list.")
            raise InvalidParameter(fault) from error
        return tuple(map(_untagged, json.loads(packed)))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(cursor: str) -> bytes:
    data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    if _encoded(data) != cursor:
        raise ValueError("is not written as it was")
    return data


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    raise TypeError(type(value).__name__)


def _untagged(value: Any) -> object:
    return datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value


class Paging:
    def __init__(self, window: PageRequest, cursors: Cursors) -> None:
        self.window = window
        self._cursors = cursors

    def page(self, part: Slice[T]) -> Page[T]:
        following = None if part.next is None else self._cursors.write(part.next)
        return Page(items=part.items, next=following)


def paging(
    request: Request,
    context: CurrentContext,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items per page")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None,
        Query(
            min_length=1, max_length=MAX_CURSOR_LENGTH, description="`next` of the previous page"
        ),
    ] = None,
) -> Paging:
    cursors = Cursors(context.vault, _binding(request))
    after = None if cursor is None else cursors.read(cursor)
    return Paging(PageRequest(limit, after), cursors)


def _binding(request: Request) -> str:
    sent = sorted(request.query_params.multi_items())
    filters = [[name, value] for name, value in sent if name not in {"cursor", "limit"}]
    return json.dumps([request.url.path, filters])


Paged = Annotated[Paging, Depends(paging)]
