"""The events of a feed, read a part at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from imd_campaign.db import Connection, Database
from imd_campaign.events.schemas import Event
from imd_campaign.pagination import PageRequest, Slice

Row: TypeAlias = Mapping[Any, Any]

PART = 500


class ReadPage(Protocol):
    def __call__(self, connection: Connection, *, page_request: PageRequest) -> Slice[Row]: ...


@dataclass(frozen=True, slots=True)
class FeedItem:
    event: Event
    """As the public sees it, so that nothing private can get into a feed."""
    revision: int
    page_url: str


def read_rows(
    database: Database,
    read_page: ReadPage,
    limit: int | None = None,
) -> Iterator[Row]:
    """Read rows by their key, each part in a transaction of its own.

    None is open while the caller sends what was read, at the pace of its client.
    """
    page_request = PageRequest(_limit_part(limit))
    while True:
        with database.read() as connection:
            part = read_page(connection, page_request=page_request)
        yield from part.items
        limit = None if limit is None else limit - len(part.items)
        if part.next is None or limit == 0:
            return
        page_request = PageRequest(_limit_part(limit), part.next)


def _limit_part(limit: int | None) -> int:
    return PART if limit is None else min(PART, limit)
