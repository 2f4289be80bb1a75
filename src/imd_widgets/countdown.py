from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from imd_sdk.models import Campaign
from imd_widgets.cache import Reading
from imd_widgets.options import N_, LiveOptions, Zone, option
from imd_widgets.widget import Ask, Widget

HOURS_FROM = timedelta(days=2)
DOTTED_DAYS = 60


class CountdownOptions(LiveOptions):
    zone: Zone = option(
        "UTC",
        title=N_("Time zone"),
        help=N_("Where the day begins: a name such as America/Mexico_City."),
        wrong=N_("The time zone is a name such as Europe/Madrid or Asia/Manila."),
    )


@dataclass(frozen=True)
class CountdownView:
    state: Literal["days", "hours", "today", "over"]
    left: int
    steps: int
    day: date
    next_day: date
    zone: str
    anniversary: int
    observance: int
    petition: str | None
    changes_at: datetime
    behind: bool


async def load(ask: Ask[CountdownOptions]) -> CountdownView:
    return view(ask, await ask.site.source.campaign(ask.language.tag))


def view(ask: Ask[CountdownOptions], campaign: Reading[Campaign]) -> CountdownView:
    zone = ZoneInfo(ask.options.zone)
    day = campaign.value.day
    state, left, changes_at = remaining(day, ask.now.astimezone(zone))
    return CountdownView(
        state=state,
        left=left,
        steps=min(left, DOTTED_DAYS),
        day=day,
        next_day=day.replace(year=day.year + 1),
        zone=ask.options.zone.replace("_", " "),
        anniversary=campaign.value.anniversary,
        observance=campaign.value.observance,
        petition=campaign.value.petition,
        changes_at=changes_at,
        behind=campaign.stale,
    )


def remaining(
    day: date, here: datetime
) -> tuple[Literal["days", "hours", "today", "over"], int, datetime]:
    """What is left of the way to a day, and when that will next read differently."""
    begins = _midnight(day, here)
    if here.date() > day:
        return "over", 0, _midnight(day.replace(year=day.year + 1), here)
    if here.date() == day:
        return "today", 0, _midnight(day + timedelta(days=1), here)
    if begins.timestamp() - here.timestamp() > HOURS_FROM.total_seconds():
        return "days", (day - here.date()).days, _midnight(here.date() + timedelta(days=1), here)
    hours = -int((here.timestamp() - begins.timestamp()) // 3600)
    return "hours", hours, begins - timedelta(hours=hours - 1)


def _midnight(day: date, here: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=here.tzinfo)


WIDGET = Widget(
    name="countdown",
    title=N_("Countdown"),
    path="/w/countdown",
    options=CountdownOptions,
    load=load,
    height=420,
    styles=("figure",),
    scripts=("renew",),
)
