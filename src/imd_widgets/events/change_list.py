"""What a proposed change would change: each field as it is and as it would be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from imd_sdk.models import Event, HostedEvent, Place, ProposedChange
from imd_widgets.languages import Language
from imd_widgets.widget.options import N_

NONE = "–"
PLACE_LABELS = {
    "name": N_("Name of the place"),
    "address": N_("Street and house number"),
    "locality": N_("Town or city"),
    "region": N_("State or province"),
}


@dataclass(frozen=True)
class Difference:
    label: str
    old: str
    new: str


def list_differences(hosted: HostedEvent, language: Language) -> list[Difference]:
    if hosted.change is None:
        return []
    old, new = (_describe(shown, language) for shown in (hosted.event, hosted.change))
    return [
        Difference(label, before or NONE, after or NONE)
        for (label, before), (_, after) in zip(old, new, strict=True)
        if before != after
    ]


def _describe(shown: Event | ProposedChange, language: Language) -> Iterator[tuple[str, str]]:
    say, zone = language.gettext, ZoneInfo(shown.time_zone)
    yield say(N_("Title")), shown.title
    yield say(N_("Description")), shown.description
    yield say(N_("Start")), _format_time(shown.starts_at, zone, language)
    yield say(N_("End")), _format_time(shown.ends_at, zone, language)
    yield say(N_("Web page")), shown.url or ""
    yield from _describe_place(shown.place, language)


def _format_time(moment: datetime | None, zone: ZoneInfo, language: Language) -> str:
    if moment is None:
        return ""
    return f"{language.moment(moment, zone, style='full')} ({language.city(zone)})"


def _describe_place(place: Place | None, language: Language) -> Iterator[tuple[str, str]]:
    for name, label in PLACE_LABELS.items():
        yield language.gettext(label), (getattr(place, name) or "") if place else ""
    yield language.gettext(N_("Country")), language.territory(place.country) if place else ""
    point = f"{place.latitude}, {place.longitude}" if place else ""
    yield language.gettext(N_("Place on the map")), language.left_to_right(point)
