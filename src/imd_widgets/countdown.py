from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from imd_sdk.models import Campaign
from imd_widgets.answers.cache import Reading
from imd_widgets.widget.options import N_, ButtonOptions, LiveOptions, known_zone, option
from imd_widgets.widget.widget import Ask, Widget

State = Literal["days", "hours", "today", "over"]

EARTH = "earth"
FIRST = timezone(timedelta(hours=14))
LAST = timezone(timedelta(hours=-12))
FROM = N_("Begins at %(zone)s on %(moment)s UTC")
UNTIL = N_("Ends at %(zone)s on %(moment)s UTC")
HOURS_FROM = timedelta(hours=48)
CLOCK_HEIGHT = 60
RENEW_SECONDS: dict[State, int] = {"days": 600, "hours": 60, "today": 600, "over": 3600}


def _earth_or_zone(name: str) -> str:
    return EARTH if name == EARTH else known_zone(name)


EarthOrZone = Annotated[str, AfterValidator(_earth_or_zone)]


class CountdownOptions(LiveOptions, ButtonOptions):
    zone: EarthOrZone = option(
        EARTH,
        title=N_("Time zone"),
        help=N_(
            "Where the day begins: a name such as America/Mexico_City; earth is the whole Earth,"
            " from where it begins first to where it ends last."
        ),
        wrong=N_("The time zone is earth, or a name such as Europe/Madrid or Asia/Manila."),
    )
    seconds: Literal["on", "off"] = option(
        "off",
        title=N_("Seconds"),
        help=N_("A clock that counts the seconds, while updates are on; readers can pause it."),
        wrong=N_("Seconds are one of: %(choices)s."),
    )

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("seconds",) if self.seconds == "on" else ()

    @property
    def styles(self) -> tuple[str, ...]:
        return ("clock",) if self.seconds == "on" else ()

    @property
    def further_height(self) -> int:
        return CLOCK_HEIGHT if self.seconds == "on" else 0


@dataclass(frozen=True)
class Span:
    """The day, from its first instant where it is observed to its last."""

    day: date
    first: tzinfo = FIRST
    last: tzinfo = LAST

    @property
    def begins(self) -> datetime:
        return _midnight(self.day, self.first)

    @property
    def ends(self) -> datetime:
        return _midnight(self.day + timedelta(days=1), self.last)

    def at(self, now: datetime) -> tuple[State, int]:
        """Before, during or after; before, how many days or hours are left, never fewer."""
        if now >= self.ends:
            return "over", 0
        left = self.begins - now
        if left <= timedelta():
            return "today", 0
        if left > HOURS_FROM:
            return "days", (self.day - now.astimezone(self.first).date()).days
        return "hours", -(-left // timedelta(hours=1))


@dataclass(frozen=True)
class CountdownView:
    state: State
    left: int
    day: date
    begins: datetime
    where: str
    convention_turns: int
    day_turns: int
    petition: str | None

    @property
    def year(self) -> str:
        return str(self.day.year)

    @property
    def next_day(self) -> date:
        return self.day.replace(year=self.day.year + 1)

    @property
    def renew_after(self) -> int:
        return RENEW_SECONDS[self.state]


async def load(ask: Ask[CountdownOptions]) -> CountdownView:
    return view(ask, await ask.site.source.campaign(ask.language.tag))


def view(ask: Ask[CountdownOptions], campaign: Reading[Campaign]) -> CountdownView:
    span = span_of(campaign.value.day, ask.options.zone)
    state, left = span.at(ask.now)
    return CountdownView(
        state=state,
        left=left,
        day=span.day,
        begins=span.begins,
        where=_where(span, state, ask),
        convention_turns=campaign.value.convention_turns,
        day_turns=campaign.value.day_turns,
        petition=campaign.value.petition,
    )


def span_of(day: date, zone: str) -> Span:
    if zone == EARTH:
        return Span(day)
    here = ZoneInfo(zone)
    return Span(day, here, here)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _where(span: Span, state: State, ask: Ask[CountdownOptions]) -> str:
    """In words: where on Earth the day is meant, and until when."""
    language = ask.language
    if state == "over":
        return ""
    if ask.options.zone != EARTH:
        here = span.begins.astimezone(span.first)
        return language.zone_name(here)
    moment = span.ends if state == "today" else span.begins
    sentence, zone = (UNTIL, "UTC−12") if state == "today" else (FROM, "UTC+14")
    return language.gettext(sentence, zone=zone, moment=language.moment(moment))


WIDGET = Widget(
    name="countdown",
    title=N_("Countdown"),
    path="/w/countdown",
    options=CountdownOptions,
    load=load,
    meaning=N_("The days until 18 December, then the hours, then the day itself."),
    height=550,
    heights={"en": 530, "ar": 510, "ur": 570, "my": 730, "fil": 570, "so": 570},
    styles=("figure",),
    scripts=("renew",),
)
