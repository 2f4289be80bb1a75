from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from imd_sdk.models import Campaign
from imd_widgets.cache import Reading
from imd_widgets.options import N_, ButtonOptions, LiveOptions, Zone, option
from imd_widgets.widget import Ask, Widget

State = Literal["days", "hours", "today", "over"]

HOURS_FROM = timedelta(hours=48)
RENEW_SECONDS: dict[State, int] = {"days": 600, "hours": 60, "today": 600, "over": 3600}


class CountdownOptions(LiveOptions, ButtonOptions):
    zone: Zone = option(
        "UTC",
        title=N_("Time zone"),
        help=N_("Where the day begins: a name such as America/Mexico_City."),
        wrong=N_("The time zone is a name such as Europe/Madrid or Asia/Manila."),
    )


@dataclass(frozen=True)
class CountdownView:
    state: State
    left: int
    day: date
    anniversary: int
    observance: int
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
    day = campaign.value.day
    state, left = remaining(day, ask.now.astimezone(ZoneInfo(ask.options.zone)))
    return CountdownView(
        state=state,
        left=left,
        day=day,
        anniversary=campaign.value.anniversary,
        observance=campaign.value.observance,
        petition=campaign.value.petition,
    )


def remaining(day: date, here: datetime) -> tuple[State, int]:
    if here.date() > day:
        return "over", 0
    if here.date() == day:
        return "today", 0
    begins = datetime(day.year, day.month, day.day, tzinfo=here.tzinfo)
    left = timedelta(seconds=begins.timestamp() - here.timestamp())
    if left > HOURS_FROM:
        return "days", (day - here.date()).days
    return "hours", -(-left // timedelta(hours=1))


WIDGET = Widget(
    name="countdown",
    title=N_("Countdown"),
    path="/w/countdown",
    options=CountdownOptions,
    load=load,
    meaning=N_("The days until 18 December, then the hours, then the day itself."),
    height=540,
    heights={"en": 500, "es": 510, "fr": 510, "ar": 500},
    styles=("figure",),
    scripts=("renew",),
)
