"""The filters of the event list."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._event_json import public_point
from imd_sdk.testing._folding import fold
from imd_sdk.testing._geometry import Point, distance_km, parse_box, parse_point
from imd_sdk.testing._problems import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from imd_sdk.testing._schemas import EventFilters, EventForm, MapFilters
    from imd_sdk.testing._state import Event, State


def public_events(state: State) -> list[Event]:
    return [event for event in state.events.values() if event.state == "public"]


def find_events(
    state: State, filters: EventFilters
) -> Iterator[tuple[tuple[Any, ...], Event, float | None]]:
    if filters.near is None and filters.radius_km is not None:
        raise invalid_parameter("radius_km", "can only be used together with near.")
    centre = None if filters.near is None else parse_point(filters.near)
    matches, radius = make_matcher(filters), filters.radius_km or 50.0
    for event in filter(matches, public_events(state)):
        if centre is None:
            yield (event.form.starts_at, event.id), event, None
        elif (away := _distance(event, centre)) is not None and away <= radius:
            yield (away, event.id), event, away


def _distance(event: Event, centre: Point) -> float | None:
    point = public_point(event)
    return None if point is None else distance_km(point, centre)


def make_matcher(filters: MapFilters) -> Callable[[Event], bool]:
    if filters.from_ and filters.to and filters.to < filters.from_:
        raise invalid_parameter("to", "must not be before from.")
    box = None if filters.bbox is None else parse_box(filters.bbox)
    words = fold(filters.q or "").split()[:8]

    def matches(event: Event) -> bool:
        point = public_point(event)
        return (
            (box is None or (point is not None and box.holds(point)))
            and _has_words(event.form, filters, words)
            and _is_in_dates(event, filters)
        )

    return matches


def _has_words(form: EventForm, filters: MapFilters, words: list[str]) -> bool:
    country = form.place and form.place.country
    return (
        (not filters.kind or form.kind in filters.kind)
        and (not filters.country or country in filters.country)
        and (filters.online is None or form.online == filters.online)
        and (not filters.language or bool(_languages(form) & {t.lower() for t in filters.language}))
        and all(word in _search_text(form) for word in words)
    )


def _languages(form: EventForm) -> set[str]:
    tags = {tag.lower() for tag in form.languages or [form.lang]}
    return tags | {tag.partition("-")[0] for tag in tags}


def _search_text(form: EventForm) -> str:
    locality = form.place.locality if form.place else ""
    host = "" if form.place and form.place.private else form.host.name
    return fold(f"{form.title}\n{form.description}\n{locality}\n{host}")


def _is_in_dates(event: Event, filters: MapFilters) -> bool:
    after = filters.from_ is None or last_day(event) >= filters.from_
    return after and (filters.to is None or event.form.starts_at.date() <= filters.to)


def last_day(event: Event) -> date:
    """The offset of a time is that of the event's zone, so its date is the day there."""
    starts_at, ends_at = event.form.starts_at, event.form.ends_at
    last = ends_at - timedelta(microseconds=1) if ends_at else starts_at
    return max(starts_at, last).date()
