"""A single byte range: https://www.rfc-editor.org/rfc/rfc9110#section-14."""

import re
from collections.abc import Mapping

ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE | re.ASCII)


class RangeNotSatisfiable(Exception):  # noqa: N818 - a state that is reported, not a fault
    pass


def parse_range(headers: Mapping[str, str], etag: str, size: int) -> range | None:
    """Return the bytes to send, or None for all, also if the header may be ignored."""
    if headers.get("if-range", etag).strip() != etag:
        return None
    found = ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(int(last) + 1, size) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size:
        raise RangeNotSatisfiable
    return range(start, stop)
