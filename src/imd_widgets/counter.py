from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from imd_sdk.models import Count, Petition
from imd_widgets.cache import Reading
from imd_widgets.cards.card import Card
from imd_widgets.languages import Language
from imd_widgets.options import N_, ButtonOptions, LiveOptions
from imd_widgets.widget import Ask, Widget

LEAST_SECONDS = 60


class CounterOptions(LiveOptions, ButtonOptions):
    pass


@dataclass(frozen=True)
class Tally:
    total: int
    goal: int
    as_of: datetime
    as_of_text: str
    behind: bool
    renew_after: int

    @property
    def share(self) -> float:
        return self.total / self.goal if self.goal else 0

    @property
    def walked(self) -> float:
        return round(min(1.0, self.share) * 100, 2)


@dataclass(frozen=True)
class CounterView:
    petition: Petition
    tally: Tally


async def load(ask: Ask[CounterOptions]) -> CounterView:
    slug = ask.path["petition"]
    petition = await ask.site.source.petition(slug, ask.language.tag)
    return CounterView(petition.value, tally(await ask.site.source.count(slug), ask.language))


def tally(count: Reading[Count], language: Language) -> Tally:
    return Tally(
        total=count.value.total,
        goal=count.value.goal or 0,
        as_of=count.value.as_of.astimezone(UTC),
        as_of_text=language.moment(count.value.as_of, ZoneInfo("UTC")),
        behind=count.stale,
        renew_after=max(LEAST_SECONDS, count.value.poll_after),
    )


def card(view: CounterView, language: Language) -> Card:
    tally, slug = view.tally, view.petition.slug
    return Card(
        number=language.number(tally.total),
        words=language.ngettext("person has signed", "people have signed", tally.total),
        facts=(reached(tally, language),) if tally.goal else (),
        link=f"/petitions/{slug}?lang={language.tag}",
        call=language.gettext(N_("Add your name")),
        share=tally.share if tally.goal else None,
        data={
            "petition": slug,
            "total": tally.total,
            "goal": tally.goal or None,
            "as_of": tally.as_of.isoformat(),
        },
    )


def reached(tally: Tally, language: Language) -> str:
    goal = language.number(tally.goal)
    if tally.share >= 1:
        return language.gettext(N_("The goal of %(goal)s is reached."), goal=goal)
    share = language.percent(tally.share)
    return language.gettext(N_("%(share)s of the goal of %(goal)s"), share=share, goal=goal)


WIDGET = Widget(
    name="counter",
    title=N_("Signature counter"),
    path="/w/counter/{petition}",
    options=CounterOptions,
    load=load,
    meaning=N_("How many have signed, and how far it is to the goal."),
    height=540,
    heights={"en": 510, "es": 550, "fr": 540, "ar": 510},
    styles=("figure",),
    scripts=("renew",),
    card=card,
)
