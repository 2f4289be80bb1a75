from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from imd_locale.language import UTC_ZONE
from imd_sdk.models import Campaign
from imd_widgets.caching.cache import CachedValue
from imd_widgets.days_left import count_days_until, group_by_offset
from imd_widgets.widget.options import N_, ButtonOptions, LiveOptions, check_zone, define_option
from imd_widgets.widget.widget import Widget, WidgetRequest

State = Literal["days", "hours", "today", "over"]

READER = "reader"
MAX_DAYS_IN_HOURS = 2
HOUR = timedelta(hours=1)
CLOCK_HEIGHT = 60
REFRESH_SECONDS: dict[State, int] = {"days": 600, "hours": 60, "today": 600, "over": 3600}


def _check_reader_or_zone(name: str) -> str:
    return READER if name == READER else check_zone(name)


ReaderOrZone = Annotated[str, AfterValidator(_check_reader_or_zone)]


class CountdownOptions(LiveOptions, ButtonOptions):
    zone: ReaderOrZone = define_option(
        READER,
        title=N_("Time zone"),
        help=N_(
            "The time zone of the count: reader for each reader's own (UTC without JavaScript), "
            "or a name such as America/Mexico_City."
        ),
        error=N_("The time zone must be reader, or a name such as Europe/Madrid or Asia/Manila."),
    )
    seconds: Literal["on", "off"] = define_option(
        "off",
        title=N_("Seconds"),
        help=N_("A clock that counts down the seconds while updates are on. Readers can pause it."),
        error=N_("Seconds must be one of: %(choices)s."),
    )

    @property
    def has_clock(self) -> bool:
        return self.is_scripted and self.seconds == "on"

    @property
    def scripts(self) -> tuple[str, ...]:
        reader = ("reader_time",) if self.zone == READER else ()
        return (*reader, "clock") if self.has_clock else reader

    @property
    def styles(self) -> tuple[str, ...]:
        return ("clock",) if self.seconds == "on" else ()

    @property
    def extra_height(self) -> int:
        return CLOCK_HEIGHT if self.seconds == "on" else 0


@dataclass(frozen=True)
class TimeLeft:
    """The days or hours left before the day, and the date on which the days were counted."""

    state: State
    left: int = 0
    counted_on: date | None = None


@dataclass(frozen=True)
class CountdownView:
    count: TimeLeft
    zone: str
    readers: tuple[tuple[int, TimeLeft], ...]
    """The count for readers whose clocks are at least this many minutes ahead of UTC."""
    day: date
    begins: str
    """In ISO 8601; without an offset, browsers take it for the reader's local time."""
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
    def counts(self) -> tuple[TimeLeft, ...]:
        return (self.count, *(count for _, count in self.readers))

    @property
    def left(self) -> int:
        return max(count.left for count in self.counts)

    @property
    def refresh_after(self) -> int:
        return min(REFRESH_SECONDS[count.state] for count in self.counts)


async def load(request: WidgetRequest[CountdownOptions]) -> CountdownView:
    return make_view(request, await request.context.source.get_campaign(request.language.tag))


def make_view(
    request: WidgetRequest[CountdownOptions], campaign: CachedValue[Campaign]
) -> CountdownView:
    day, now, of_reader = campaign.value.day, request.now, request.options.zone == READER
    zone = UTC_ZONE if of_reader else ZoneInfo(request.options.zone)
    begins = _get_midnight(day, zone)
    return CountdownView(
        count=compute_time_left(day, now, zone),
        zone="UTC" if of_reader else request.language.zone_name(begins),
        readers=tuple(group_by_offset(lambda theirs: compute_time_left(day, now, theirs)))
        if of_reader
        else (),
        day=day,
        begins=begins.replace(tzinfo=None if of_reader else zone).isoformat(),
        convention_turns=campaign.value.convention_turns,
        day_turns=campaign.value.day_turns,
        petition=campaign.value.petition,
    )


def compute_time_left(day: date, now: datetime, zone: tzinfo) -> TimeLeft:
    days = count_days_until(day, now, zone)
    if days > MAX_DAYS_IN_HOURS:
        return TimeLeft("days", days, now.astimezone(zone).date())
    if days > 0:
        left = _get_midnight(day, zone).astimezone(UTC) - now
        return TimeLeft("hours", -(-left // HOUR))
    return TimeLeft("over" if days < 0 else "today")


def _get_midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


WIDGET = Widget(
    name="countdown",
    title=N_("Countdown"),
    path="/w/countdown",
    options=CountdownOptions,
    load=load,
    description=N_("The days until 18 December, then the hours, then the day itself."),
    height=550,
    heights={"en": 530, "ar": 510, "ur": 570, "my": 730, "fil": 570, "so": 570},
    styles=("figure",),
    scripts=("refresh",),
)
