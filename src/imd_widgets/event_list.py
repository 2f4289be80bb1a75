from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from imd_widgets import agenda
from imd_widgets.cache import Reading
from imd_widgets.calendar import page_of, subscription_to
from imd_widgets.event_options import EventOptions, country_of
from imd_widgets.geography.circle import Circle
from imd_widgets.options import N_
from imd_widgets.programme import Programme, programme
from imd_widgets.widget import Ask, Widget

UTC_ZONE = ZoneInfo("UTC")
PATH = "/w/event-list"


class EventListOptions(EventOptions):
    pass


@dataclass(frozen=True)
class EventListView:
    days: list[agenda.Day]
    turn: agenda.Turn
    total: int
    countries: int
    whole: str
    circle: Circle | None
    calendar: str
    subscription: str
    limit: int
    as_of: datetime
    as_of_text: str
    behind: bool


async def load(ask: Ask[EventListOptions]) -> EventListView:
    return view(ask, await programme(ask.site.source, ask.now.year))


def view(ask: Ask[EventListOptions], reading: Reading[Programme]) -> EventListView:
    options, language = ask.options, ask.language
    wanted = [event for event in reading.value.events if options.wants(event)]
    listed = agenda.in_order(wanted, ask.now)
    leaf = agenda.leaf(options.page, len(listed))
    shown = listed[leaf.start : leaf.end]
    return EventListView(
        days=list(agenda.days(shown, language, ask.now, options.circle)),
        turn=agenda.turn(leaf, lambda page: PATH + options.address(page=page)),
        total=len(listed),
        countries=len({country_of(event) for event in listed} - {None}),
        whole=PATH + options.unsifted if reading.value.events else "",
        circle=options.circle,
        calendar=page_of(options),
        subscription=subscription_to(options, ask.site.settings.public_url),
        limit=reading.value.limit,
        as_of=reading.at,
        as_of_text=language.moment(reading.at, UTC_ZONE),
        behind=reading.stale,
    )


WIDGET = Widget(
    name="event_list",
    title=N_("Event list"),
    path=PATH,
    options=EventListOptions,
    load=load,
    meaning=N_("The events day by day, everywhere or around a city, and a calendar of them."),
    link=N_("Find an event"),
    link_path=PATH,
    height=920,
    heights={"en": 870, "es": 920, "fr": 910, "ar": 870, "my": 940, "fil": 1000},
    styles=("agenda",),
)
