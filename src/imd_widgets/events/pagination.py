"""Pages of the event list, by number."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

PER_PAGE = 25


@dataclass(frozen=True)
class PageSlice:
    """The number of a page of the list, and which events are on it."""

    number: int
    total: int

    @property
    def start(self) -> int:
        return (self.number - 1) * PER_PAGE

    @property
    def end(self) -> int:
        return self.number * PER_PAGE


@dataclass(frozen=True)
class Pagination:
    """The range of events on a page, and links to the pages before and after it."""

    first: int
    last: int
    total: int
    previous: str
    next: str


def make_slice(wanted: int, total: int) -> PageSlice:
    return PageSlice(max(1, min(wanted, ceil(total / PER_PAGE))), total)


def find_page(index: int) -> int:
    """Find the number of the page that lists an event, by its index in the list."""
    return index // PER_PAGE + 1


def paginate(page_slice: PageSlice, make_url: Callable[[int], str]) -> Pagination:
    return Pagination(
        first=page_slice.start + 1,
        last=min(page_slice.end, page_slice.total),
        total=page_slice.total,
        previous=make_url(page_slice.number - 1) if page_slice.number > 1 else "",
        next=make_url(page_slice.number + 1) if page_slice.end < page_slice.total else "",
    )
