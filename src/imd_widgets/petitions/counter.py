from asyncio import gather
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from imd_sdk.models import Count, Petition
from imd_widgets.caching.cache import CachedValue, Unavailable
from imd_widgets.caching.source import Source
from imd_widgets.languages import Language
from imd_widgets.widget.card import Card
from imd_widgets.widget.options import N_, ButtonOptions, LiveOptions, option
from imd_widgets.widget.widget import Widget, WidgetRequest

LEAST_SECONDS = 60
PLACES = 5
SIGNERS = 5
SECTIONS = {"milestones": 60, "places": 270, "signers": 340}
NOTHING = "none"


def _sections(text: str) -> str:
    if text == NOTHING:
        return text
    names = {name.strip().lower() for name in text.split(",")}
    if not names <= set(SECTIONS):
        raise ValueError
    return ",".join(name for name in SECTIONS if name in names)


Sections = Annotated[str, AfterValidator(_sections)]


class CounterOptions(LiveOptions, ButtonOptions):
    show: Sections = option(
        NOTHING,
        title=N_("Also show"),
        help=N_("What else to show: none, or milestones, places, signers, separated by commas."),
        wrong=N_("“Also show” must be none, or milestones, places, signers, separated by commas."),
    )

    def shows(self, section: str) -> bool:
        return section in self.show.split(",")

    @property
    def styles(self) -> tuple[str, ...]:
        return () if self.show == NOTHING else ("sections",)

    @property
    def further_height(self) -> int:
        return sum(height for name, height in SECTIONS.items() if self.shows(name))


@dataclass(frozen=True)
class Standing:
    """Whether a petition takes names, and since or until when, in words."""

    state: str
    day: str = ""
    moment: str = ""

    @property
    def open(self) -> bool:
        return self.state == "open"


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
class Places:
    """The countries from where most have signed; None: the campaign did not say."""

    first: tuple[tuple[str, int], ...]
    further: int


@dataclass(frozen=True)
class CounterView:
    petition: Petition
    tally: Tally
    standing: Standing
    passed: int
    places: Places | None = None
    signers: tuple[tuple[str, str], ...] | None = None

    @property
    def milestones(self) -> list[tuple[int, bool]]:
        return [(stone, stone <= self.tally.total) for stone in self.petition.milestones]


async def load(ask: WidgetRequest[CounterOptions]) -> CounterView:
    (petition, count), places, signers = await gather(
        read_both(ask.site.source, ask.path["petition"], ask.language),
        _places(ask),
        _signers(ask),
    )
    counted = tally(count, ask.language)
    return CounterView(
        petition=petition,
        tally=counted,
        standing=standing(petition, ask.language),
        passed=max((s for s in petition.milestones if s <= counted.total), default=0),
        places=places,
        signers=signers,
    )


async def read_both(
    source: Source, slug: str, language: Language
) -> tuple[Petition, CachedValue[Count]]:
    """At once, so that a slow campaign keeps a reader waiting once."""
    petition, count = await gather(source.petition(slug, language.tag), source.count(slug))
    return petition.value, count


async def _places(ask: WidgetRequest[CounterOptions]) -> Places | None:
    if not ask.options.shows("places"):
        return None
    try:
        places = (await ask.site.source.places(ask.path["petition"])).value
    except Unavailable:
        return None
    most = sorted(places, key=lambda place: (-place.count, place.country))
    named = ((ask.language.territory(place.country), place.count) for place in most[:PLACES])
    return Places(tuple(named), len(most) - PLACES)


async def _signers(ask: WidgetRequest[CounterOptions]) -> tuple[tuple[str, str], ...] | None:
    if not ask.options.shows("signers"):
        return None
    try:
        signers = (await ask.site.source.signers(ask.path["petition"], SIGNERS)).value
    except Unavailable:
        return None
    return tuple((signer.name, ask.language.territory(signer.country)) for signer in signers)


def standing(petition: Petition, language: Language) -> Standing:
    turns = {"closed": petition.closes_at, "upcoming": petition.opens_at}.get(petition.state)
    if turns is None:
        return Standing(petition.state)
    return Standing(
        petition.state,
        language.day(turns.astimezone(UTC)),
        language.moment(turns),
    )


def tally(count: CachedValue[Count], language: Language) -> Tally:
    return Tally(
        total=count.value.total,
        goal=count.value.goal or 0,
        as_of=count.value.as_of.astimezone(UTC),
        as_of_text=language.moment(count.value.as_of),
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
        call=language.gettext(N_("Add your name")) if view.standing.open else "",
        share=tally.share if tally.goal else None,
        data={
            "petition": slug,
            "state": str(view.standing.state),
            "total": tally.total,
            "goal": tally.goal or None,
            "as_of": tally.as_of.isoformat(),
        },
    )


def reached(tally: Tally, language: Language) -> str:
    goal = language.number(tally.goal)
    if tally.share >= 1:
        return language.gettext(N_("The goal of %(goal)s has been reached."), goal=goal)
    share = language.percent(tally.share)
    return language.gettext(N_("%(share)s of the goal of %(goal)s"), share=share, goal=goal)


WIDGET = Widget(
    name="counter",
    title=N_("Signature counter"),
    path="/w/counter/{petition}",
    options=CounterOptions,
    load=load,
    meaning=N_("How many people have signed, and how far it is to the goal."),
    height=540,
    heights={"en": 510, "es": 550, "ar": 510, "ru": 580, "uk": 550, "my": 720, "fil": 560},
    styles=("figure",),
    scripts=("renew", "milestones"),
    card=card,
)
