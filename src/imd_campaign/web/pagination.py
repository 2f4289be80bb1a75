import json
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from imd_campaign.crypto import Vault, decode_from_url, encode_for_urls
from imd_campaign.pagination import Key, PageRequest, Slice, make_cursor_error
from imd_campaign.web.dependencies import CurrentContext

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CURSOR_LENGTH = 1000

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None


class Cursors:
    """Encrypts where a page ended, bound to the list and its filters.

    A key contains more than its row shows: the second somebody signed, or the distance to a
    private place.
    """

    def __init__(self, vault: Vault, binding: str) -> None:
        self._vault = vault
        self._binding = f"cursor/{binding}"

    def write(self, key: Key) -> str:
        packed = json.dumps(key, default=_tag, separators=(",", ":")).encode()
        return encode_for_urls(self._vault.encrypt_bound(packed, self._binding))

    def read(self, cursor: str) -> Key:
        try:
            packed = self._vault.decrypt_bound(decode_from_url(cursor), self._binding)
            return tuple(map(_untag, json.loads(packed)))
        except (ValueError, LookupError, TypeError, OverflowError) as error:
            raise make_cursor_error() from error


def _tag(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    raise TypeError(type(value).__name__)


def _untag(value: Any) -> object:
    return datetime.fromisoformat(value["t"]).astimezone(UTC) if isinstance(value, dict) else value


class Paging:
    def __init__(self, page_request: PageRequest, cursors: Cursors) -> None:
        self.page_request = page_request
        self._cursors = cursors

    def page(self, part: Slice[T]) -> Page[T]:
        next_cursor = None if part.next is None else self._cursors.write(part.next)
        return Page(items=list(part.items), next=next_cursor)


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
