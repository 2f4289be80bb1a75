"""Events as CSV (RFC 4180), for spreadsheets."""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from imd_campaign.events.feeds.items import FeedItem

# Without it, Excel does not read the file as UTF-8.
BYTE_ORDER_MARK = "\ufeff"
# Where a spreadsheet would read a formula, also after what separates cells in some languages:
# https://owasp.org/www-community/attacks/CSV_Injection
MARK = r" *[=+\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(rf"^(?={MARK}|[\t\r\n])|(?<=[;,\t\r\n])(?={MARK})")
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
    return FORMULA.sub("'", text)


def _write_row(cells: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
