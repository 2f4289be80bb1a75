"""One range of bytes of a file (RFC 9110, section 14)."""

import re

from imd_campaign.web.http_errors import RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


def asked_for(header: str | None, if_range: str | None, tag: str, size: int) -> range | None:
    """The bytes to send, or None for all of them: also where the header is one we may ignore."""
    if header is None or (if_range is not None and if_range.strip() != tag):
        return None
    found = ONE_RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    return _range(found[1], found[2], size)


def _range(first: str, last: str, size: int) -> range | None:
    if not first:
        return _suffix(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeNotSatisfiable(size)
    return range(int(first), min(int(last), size - 1) + 1 if last else size)


def _suffix(length: int, size: int) -> range:
    if length == 0 or size == 0:
        raise RangeNotSatisfiable(size)
    return range(max(0, size - length), size)
