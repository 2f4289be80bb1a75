"""Turns an entry of a calendar into the form of an event, and compares events."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from imd_campaign.calendars.entries import Entry
from imd_campaign.calendars.private_homes import is_probably_private
from imd_campaign.events.geography import Point, to_kilometres, to_vector
from imd_campaign.events.schemas import EventForm
from imd_campaign.events.submission import find_errors

Row = Mapping[Any, Any]

# Events of calendars have no host whom the server could write to.
NO_EMAIL = "calendar@campaign.example"
NEAR_KM = 5
SIMILAR = 0.6
LINK = re.compile(r"https?://", re.IGNORECASE)
HIDDEN = "…"
MIN_HIDDEN_LENGTH = 5
NO_TITLE = "the event has no title"


@dataclass(frozen=True, slots=True)
class Proposal:
    form: EventForm
    is_private: bool

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.form.model_dump_json().encode()).digest()


def make_proposal(
    entry: Entry, calendar: Row, now: datetime, *, is_home: bool = False
) -> Proposal | None:
    """Return the form of an event that can be proposed; None for one that cannot be held here.

    `is_home` is for events whose place a moderator has made private.
    """
    is_online = entry.url is not None and (not entry.location or bool(LINK.match(entry.location)))
    is_private = not is_online and (
        is_home
        or entry.is_confidential
        or is_probably_private(entry.location, f"{entry.title}\n{entry.description}")
    )
    title, description = entry.title, entry.description or entry.title
    if is_private:
        title, description = (_hide(text, entry.location) for text in (title, description))
    values = {
        "title": title,
        "description": description,
        "lang": calendar["lang"],
        "kind": "online" if is_online else "other",
        "starts_at": entry.starts_at.isoformat(),
        "ends_at": entry.ends_at.isoformat() if entry.ends_at else None,
        "time_zone": entry.time_zone,
        "online": is_online,
        "url": entry.url,
        "place": None if is_online else _make_place(entry, calendar, is_private=is_private),
        "host": {"name": calendar["name"], "email": NO_EMAIL},
    }
    try:
        form = EventForm.model_validate(values)
    except ValidationError:
        return None
    return None if list(find_errors(form, now)) else Proposal(form, is_private)


def _make_place(entry: Entry, calendar: Row, *, is_private: bool) -> Mapping[str, Any]:
    """Without coordinates in the calendar, the place is that of the group."""
    name, _, address = entry.location.partition(",")
    latitude, longitude = entry.point or (calendar["latitude"], calendar["longitude"])
    return {
        "name": name.strip()[:200] or None,
        "address": address.strip()[:200] or None,
        "locality": calendar["locality"],
        "country": calendar["country"],
        "latitude": latitude,
        "longitude": longitude,
        "private": is_private,
    }


def _hide(text: str, location: str) -> str:
    """Take the parts of a private address out of a text that everybody will see."""
    parts = [location, *location.split(",")]
    for part in sorted((part.strip() for part in parts), key=len, reverse=True):
        if len(part) >= MIN_HIDDEN_LENGTH:
            text = re.sub(re.escape(part), HIDDEN, text, flags=re.IGNORECASE)
    return text


def is_likely_same(form: EventForm, event: Row) -> bool:
    """Return whether an event of the same day is probably the one of a form."""
    return _is_near(form, event) and _is_similar(form.title, event["title"])


def _is_near(form: EventForm, event: Row) -> bool:
    if form.place is None or event["latitude"] is None:
        return form.online is bool(event["online"])
    if form.place.private or event["private"]:  # the place of one of them is rounded
        return form.place.locality.casefold() == (event["locality"] or "").casefold()
    one = to_vector(Point(form.place.latitude, form.place.longitude))
    other = to_vector(Point(event["latitude"], event["longitude"]))
    squared = sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
    return to_kilometres(squared) <= NEAR_KM


def _is_similar(one: str, other: str) -> bool:
    """Compare pairs of characters, in linear time: strangers choose both texts."""
    first, second = _list_pairs(one), _list_pairs(other)
    return 2 * len(first & second) >= SIMILAR * max(1, len(first) + len(second))


def _list_pairs(text: str) -> set[str]:
    joined = f" {' '.join(sorted(set(text.casefold().split())))} "
    return {joined[start : start + 2] for start in range(len(joined) - 1)}
