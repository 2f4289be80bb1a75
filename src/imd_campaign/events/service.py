from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.context import Context
from imd_campaign.errors import NotFound
from imd_campaign.events import store
from imd_campaign.events.clusters import CellSummary, SingleEvent
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import to_kilometres
from imd_campaign.events.index import cluster_store
from imd_campaign.events.schemas import Event, Place
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]

VISIBLE = ("public", "cancelled")


def list_events(context: Context, filters: Filters, page_request: PageRequest) -> Slice[Event]:
    with context.database.read() as connection:
        part = store.list_public_events(connection, filters, page_request)
    return Slice([make_public_event(row) for row in part.items], part.next)


def get(context: Context, event: str) -> Event:
    return make_public_event(get_row(context, event))


def get_row(context: Context, event: str) -> Row:
    with context.database.read() as connection:
        row = store.get(connection, event, VISIBLE)
    if row is None:
        raise NotFound
    return row


def list_clusters(context: Context, filters: Filters, zoom: int) -> list[dict[str, Any]]:
    with context.database.read() as connection:
        found = cluster_store.list_clusters(connection, filters, zoom)
    return [_make_cluster(summary, event) for summary, event in found]


def make_public_event(row: Row) -> Event:
    """Leave out who hosts at a private place, and how many come."""
    event = _make_event(row, _make_public_place(row))
    if not row["private"]:
        return event
    return event.model_copy(update={"host": None, "places_left": None})


def make_event_with_exact_place(context: Context, row: Row) -> Event:
    """Include the exact place: only for moderators, the host and accepted guests."""
    return _make_event(row, get_exact_place(context, row))


def make_event_with_area(row: Row) -> Event:
    """Include the host, and of a private place the area only: for moderators."""
    return _make_event(row, _make_public_place(row))


def get_exact_place(context: Context, row: Row) -> Place | None:
    place = _make_public_place(row)
    if place is None or row["locked_place"] is None:
        return place
    return place.model_copy(
        update={**context.vault.decrypt(row["locked_place"]), "precision": "exact"}
    )


def _make_public_place(row: Row) -> Place | None:
    if row["online"]:
        return None
    return Place(
        name=row["place_name"],
        address=row["address"],
        locality=row["locality"],
        region=row["region"],
        country=row["country"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        precision="area" if row["private"] else "exact",
    )


def _make_event(row: Row, place: Place | None) -> Event:
    zone = ZoneInfo(row["time_zone"])
    return Event(
        id=row["id"],
        title=row["title"],
        description=row["description"],
        lang=row["lang"],
        languages=row["languages"],
        kind=row["kind"],
        state=row["state"],
        starts_at=row["starts_at"].astimezone(zone),
        ends_at=_to_zone(zone, row["ends_at"]),
        time_zone=row["time_zone"],
        online=row["online"],
        url=row["url"],
        place=place,
        host=row["host"],
        capacity=row["capacity"],
        places_left=_count_free_places(row),
        distance_km=_to_kilometres(row["chord"]),
        updated_at=row["updated_at"],
    )


def _to_zone(zone: ZoneInfo, moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)


def _count_free_places(row: Row) -> int | None:
    return None if row["capacity"] is None else max(0, row["capacity"] - row["taken"])


def _to_kilometres(chord: float | None) -> float | None:
    return None if chord is None else round(to_kilometres(chord), 1)


def _make_cluster(summary: CellSummary, event: SingleEvent | None) -> dict[str, Any]:
    """Return a `Cluster` that needs no validation: there are hundreds, all from our own table."""
    point = summary.point
    return {
        "latitude": point.latitude,
        "longitude": point.longitude,
        "count": summary.total,
        "bbox": list(summary.box),
        "locality": summary.locality,
        "countries": summary.countries.split(),
        "event": event.id if event else None,
        "title": event.title if event else None,
        "lang": event.lang if event else None,
        "precision": ("area" if event.is_private else "exact") if event else None,
    }
