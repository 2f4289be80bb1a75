from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from imd_sdk.models import Count, Petition
from imd_widgets.cache import Reading
from imd_widgets.options import N_, LiveOptions, option
from imd_widgets.widget import Ask, Widget

UTC_ZONE = ZoneInfo("UTC")


class CounterOptions(LiveOptions):
    button: Literal["show", "hide"] = option(
        "show",
        title=N_("Button"),
        help=N_("A button that leads to the petition."),
        wrong=N_("The button is one of: %(choices)s."),
    )


@dataclass(frozen=True)
class CounterView:
    petition: Petition
    total: int
    goal: int
    share: float
    as_of: datetime
    as_of_text: str
    behind: bool
    poll_after: int

    @property
    def digits(self) -> int:
        return len(str(self.total))

    @property
    def walked(self) -> float:
        return round(min(1.0, self.share) * 100, 2)

    @property
    def reached(self) -> bool:
        return self.share >= 1


async def load(ask: Ask[CounterOptions]) -> CounterView:
    slug = ask.path["petition"]
    petition = await ask.site.source.petition(slug, ask.language.tag)
    return view(ask, petition.value, await ask.site.source.count(slug))


def view(ask: Ask[CounterOptions], petition: Petition, count: Reading[Count]) -> CounterView:
    total, goal = count.value.total, count.value.goal or 0
    return CounterView(
        petition=petition,
        total=total,
        goal=goal,
        share=total / goal if goal else 0,
        as_of=count.value.as_of.astimezone(UTC),
        as_of_text=ask.language.moment(count.value.as_of, UTC_ZONE),
        behind=count.stale,
        poll_after=max(60, count.value.poll_after),
    )


WIDGET = Widget(
    name="counter",
    title=N_("Signature counter"),
    path="/w/counter/{petition}",
    options=CounterOptions,
    load=load,
    height=420,
    styles=("figure",),
    scripts=("renew",),
)
