"""Pages of a list: the link to the next one has an encrypted key, which shows nothing."""

from urllib.parse import urlencode

from imd_campaign.pagination import Key, PageRequest
from imd_campaign.web.pagination import MAX_CURSOR_LENGTH, Cursors
from imd_console.staff_request import StaffRequest

PAGE_SIZE = 30
CURSOR = "cursor"


def read_page_request(request: StaffRequest, *, size: int = PAGE_SIZE) -> PageRequest:
    cursor = request.query.get(CURSOR, "")
    if not 0 < len(cursor) <= MAX_CURSOR_LENGTH:
        return PageRequest(size)
    return PageRequest(size, _get_cursors(request).read(cursor))


def make_next_link(request: StaffRequest, key: Key | None) -> str | None:
    """Return the link to the next page with the same filters; None on the last page."""
    if key is None:
        return None
    query = {**_get_filters(request), CURSOR: _get_cursors(request).write(key)}
    return f"{request.path}?{urlencode(query)}"


def _get_cursors(request: StaffRequest) -> Cursors:
    binding = urlencode(sorted(_get_filters(request).items()))
    return Cursors(request.context.vault, f"{request.path}?{binding}")


def _get_filters(request: StaffRequest) -> dict[str, str]:
    return {name: value for name, value in request.query.items() if name != CURSOR}
