"""Events as calendars (RFC 5545, RFC 7986)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, vDuration, vUri
from icalendar import Event as Entry

from imd_campaign.events.feeds.items import FeedItem
from imd_campaign.events.feeds.zone_rules import ZoneRule, find_rule
from imd_campaign.events.schemas import Event, Place

PRODUCT = "-//imd-sdk//International Migrants Day//EN"
REFRESH_INTERVAL = timedelta(hours=1)
END = b"END:VCALENDAR\r\n"


def write_calendar(items: Iterable[FeedItem], name: str | None = None) -> Iterator[bytes]:
    """Write each time zone before the first event that needs it."""
    yield _make_calendar(name).to_ical().removesuffix(END)
    defined: set[str] = set()
    for item in items:
        rule = _find_rule(item.event)
        if rule and rule.name not in defined:
            defined.add(rule.name)
            yield rule.make_component().to_ical()
        yield _make_entry(item, rule).to_ical()
    yield END


def _make_calendar(name: str | None) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if name:  # RFC 7986, section 5, and what programs understood before it
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH_INTERVAL, {"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(REFRESH_INTERVAL))
    return calendar


def _find_rule(event: Event) -> ZoneRule | None:
    """Return the rule for an event's local times; None if they are to be in UTC."""
    rule = find_rule(event.time_zone)
    moments = (event.starts_at, event.ends_at or event.starts_at)
    return rule if rule and all(map(rule.describes, moments)) else None


def _make_entry(item: FeedItem, rule: ZoneRule | None) -> Entry:
    entry, event = Entry(), item.event
    zone = ZoneInfo(rule.name) if rule else UTC
    entry.add("uid", f"{event.id}@{urlsplit(item.page_url).hostname}")
    entry.add("sequence", item.revision)
    entry.add("dtstamp", event.updated_at)
    entry.add("last-modified", event.updated_at)
    entry.add("dtstart", event.starts_at.astimezone(zone))
    if event.ends_at:
        entry.add("dtend", event.ends_at.astimezone(zone))
    entry.add("summary", event.title, {"language": event.lang})
    entry.add("description", _describe(item), {"language": event.lang})
    entry.add("categories", [event.kind])
    entry.add("status", "CANCELLED" if event.state == "cancelled" else "CONFIRMED")
    entry.add("url", item.page_url)
    if event.online and event.url:
        parameters = {"VALUE": "URI", "FEATURE": "VIDEO"}  # RFC 7986, section 5.11
        entry.add("conference", vUri(event.url), parameters)
    if event.place:
        _add_place(entry, event.place)
    return entry


def _describe(item: FeedItem) -> str:
    """Repeat the URLs in the text: Google shows neither URL nor CONFERENCE."""
    parts = (item.event.description, item.event.url, item.page_url)
    return "\n\n".join(part for part in parts if part)


def _add_place(entry: Entry, place: Place) -> None:
    parts = (place.name, place.address, place.locality, place.region, place.country)
    entry.add("location", ", ".join(part for part in parts if part))
    if place.precision == "exact":
        entry.add("geo", (place.latitude, place.longitude))
