"""Events as CSV (RFC 4180), for spreadsheets."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from imd_campaign.events.feeds.items import FeedItem

# Without it, Excel does not read the file as UTF-8.
BYTE_ORDER_MARK = "\ufeff"
# A cell that begins with one of these is a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PLACE_COLUMNS = (
    "place_name",
    "address",
    "locality",
    "region",
    "country",
    "latitude",
    "longitude",
    "precision",
)
COLUMNS = (
    *("id", "title", "kind", "starts_at", "ends_at", "time_zone", "online"),
    *PLACE_COLUMNS,
    *("distance_km", "host", "capacity", "places_left", "lang", "languages"),
    *("page_url", "url", "description", "updated_at"),
)


def write_table(items: Iterable[FeedItem]) -> Iterator[bytes]:
    yield f"{BYTE_ORDER_MARK}{_write_row(COLUMNS)}".encode()
    for item in items:
        values = _make_row(item)
        yield _write_row([_format(values[column]) for column in COLUMNS]).encode()


def _make_row(item: FeedItem) -> dict[str, Any]:
    values = item.event.model_dump(mode="json")
    place = values.pop("place") or {}
    place["place_name"] = place.pop("name", None)
    return {
        **values,
        **{name: place.get(name) for name in PLACE_COLUMNS},
        "page_url": item.page_url,
    }


def _format(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(value)
    return _neutralise(value) if isinstance(value, str) else str(value)


def _neutralise(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text


def _write_row(cells: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
