from collections.abc import Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar import Event as Entry

from imd_campaign.events.schemas import Event, Place

PRODUCT = "-//imd-sdk//International Migrants Day//EN"


def make_calendar(events: Sequence[Event], site_url: str, name: str | None = None) -> bytes:
    """RFC 5545. Takes events as the public sees them, so nothing private can get in."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if name:
        calendar.add("name", name)  # RFC 7986, section 5.1
        calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(_make_entry(event, site_url))
    if events:
        calendar.add_missing_timezones(*_find_zone_dates(events))
    content: bytes = calendar.to_ical()
    return content


def _find_zone_dates(events: Sequence[Event]) -> tuple[date, date]:
    starts = [event.starts_at.date() for event in events]
    ends = [event.ends_at.date() for event in events if event.ends_at]
    return min(starts) - timedelta(days=366), max(starts + ends) + timedelta(days=366)


def _make_entry(event: Event, site_url: str) -> Entry:
    entry = Entry()
    entry.add("uid", f"{event.id}@{urlsplit(site_url).hostname}")
    entry.add("dtstamp", event.updated_at)
    entry.add("last-modified", event.updated_at)
    entry.add("dtstart", _to_local(event.starts_at, event))
    if event.ends_at:
        entry.add("dtend", _to_local(event.ends_at, event))
    entry.add("summary", event.title, {"language": event.lang})
    entry.add("description", event.description, {"language": event.lang})
    entry.add("categories", [event.kind])
    entry.add("status", "CANCELLED" if event.state == "cancelled" else "CONFIRMED")
    entry.add("url", event.url or f"{site_url.rstrip('/')}/events/{event.id}")
    if event.place:
        _add_place(entry, event.place)
    return entry


def _to_local(moment: datetime, event: Event) -> datetime:
    return moment.astimezone(ZoneInfo(event.time_zone))


def _add_place(entry: Entry, place: Place) -> None:
    parts = (place.name, place.address, place.locality, place.region, place.country)
    entry.add("location", ", ".join(part for part in parts if part))
    if place.precision == "exact":
        entry.add("geo", (place.latitude, place.longitude))
