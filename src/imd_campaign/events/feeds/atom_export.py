"""Events as an Atom feed (RFC 4287), the latest change first."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from itertools import chain, islice
from xml.etree.ElementTree import Element, SubElement, tostring

from imd_campaign.events.feeds.items import FeedItem
from imd_campaign.events.schemas import Event

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
NAMESPACE = "http://www.w3.org/2005/Atom"
END = "</feed>"
# The time of a feed without events, which has never changed.
NEVER = datetime(1990, 12, 18, tzinfo=UTC)
# What XML 1.0 cannot hold, not even as a reference: https://www.w3.org/TR/xml/#charsets
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_feed(
    items: Iterable[FeedItem], name: str, site_url: str, self_path: str
) -> Iterator[bytes]:
    """Write a feed; `self_path` has no host, because a client can claim any."""
    remaining = iter(items)
    first = list(islice(remaining, 1))
    updated = first[0].event.updated_at if first else NEVER
    head = _make_head(name, site_url, self_path, updated)
    yield f"{DECLARATION}{tostring(head, 'unicode').removesuffix(END)}\n".encode()
    for item in chain(first, remaining):
        yield f"{tostring(_make_entry(item), 'unicode')}\n".encode()
    yield f"{END}\n".encode()


def _make_head(name: str, site_url: str, self_path: str, updated: datetime) -> Element:
    feed = Element("feed", {"xmlns": NAMESPACE})
    _add(feed, "id", f"{site_url}{self_path}")
    _add(feed, "title", name)
    _add(feed, "updated", updated.isoformat())
    _add(SubElement(feed, "author"), "name", name)
    _add_link(feed, "self", "application/atom+xml", self_path)
    _add_link(feed, "alternate", "text/html", f"{site_url}/w/event-list")
    return feed


def _make_entry(item: FeedItem) -> Element:
    event = item.event
    entry = Element("entry", {"xml:lang": event.lang})
    _add(entry, "id", item.page_url)
    _add(entry, "title", event.title)
    _add(entry, "updated", event.updated_at.isoformat())
    if event.host:
        _add(SubElement(entry, "author"), "name", event.host)
    _add_link(entry, "alternate", "text/html", item.page_url)
    SubElement(entry, "category", {"term": event.kind})
    _add(entry, "content", _make_html(event)).set("type", "html")
    return entry


def _make_html(event: Event) -> str:
    when = f"{event.starts_at:%Y-%m-%d %H:%M} ({event.time_zone})"
    paragraphs = (when, _describe_place(event), *event.description.split("\n"))
    html = "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text.strip())
    url = escape(event.url or "")
    return f'{html}<p><a href="{url}">{url}</a></p>' if url else html


def _describe_place(event: Event) -> str:
    place = event.place
    if place is None:
        return ""
    parts = (place.name, place.address, place.locality, place.region, place.country)
    return ", ".join(part for part in parts if part)


def _add(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = NOT_XML.sub("", text)
    return element


def _add_link(parent: Element, relation: str, media_type: str, url: str) -> None:
    SubElement(parent, "link", {"rel": relation, "type": media_type, "href": url})
