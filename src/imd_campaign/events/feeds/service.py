"""The feeds of public events: one function per format, each a generator of bytes."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from imd_campaign.context import Context
from imd_campaign.events import service, store
from imd_campaign.events.feeds import atom_export, csv_export, geojson_export, icalendar_export
from imd_campaign.events.feeds.items import FeedItem, read_rows
from imd_campaign.events.filters import Filters

Row = Mapping[Any, Any]

NAME = "International Migrants Day"


def write_calendar(context: Context, filters: Filters, limit: int | None) -> Iterator[bytes]:
    return icalendar_export.write_calendar(_read_soonest(context, filters, limit), NAME)


def write_event_calendar(context: Context, event: str) -> Iterator[bytes]:
    return icalendar_export.write_calendar([_make_item(context, service.get_row(context, event))])


def write_feature_collection(
    context: Context, filters: Filters, limit: int | None
) -> Iterator[bytes]:
    return geojson_export.write_feature_collection(_read_soonest(context, filters, limit))


def write_table(context: Context, filters: Filters, limit: int | None) -> Iterator[bytes]:
    return csv_export.write_table(_read_soonest(context, filters, limit))


def write_atom(context: Context, filters: Filters, limit: int, self_path: str) -> Iterator[bytes]:
    read_page = partial(store.list_latest_events, filters=filters)
    rows = read_rows(context.database, read_page, limit)
    return atom_export.write_feed(_make_items(context, rows), NAME, _get_site(context), self_path)


def _read_soonest(context: Context, filters: Filters, limit: int | None) -> Iterator[FeedItem]:
    read_page = partial(store.list_public_events, filters=filters)
    rows = read_rows(context.database, read_page, limit)
    return _make_items(context, rows)


def _make_items(context: Context, rows: Iterable[Row]) -> Iterator[FeedItem]:
    return (_make_item(context, row) for row in rows)


def _make_item(context: Context, row: Row) -> FeedItem:
    return FeedItem(
        event=service.make_public_event(row),
        revision=row["revision"],
        page_url=f"{_get_site(context)}/events/{quote(row['id'], safe='')}",
    )


def _get_site(context: Context) -> str:
    return context.settings.site_url.rstrip("/")
