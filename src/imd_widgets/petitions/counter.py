from asyncio import gather
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from imd_sdk.models import Count, Petition
from imd_widgets.caching.cache import CachedValue, Unavailable
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.languages import Language
from imd_widgets.widget.options import (
    N_,
    ButtonOptions,
    LiveOptions,
    SourceOptions,
    define_option,
)
from imd_widgets.widget.summary import WidgetSummary
from imd_widgets.widget.widget import Widget, WidgetRequest

MIN_REFRESH_SECONDS = 60
MAX_PLACES = 5
MAX_SIGNERS = 5
SECTIONS = {"milestones": 60, "places": 270, "signers": 340}
NOTHING = "none"


def _parse_sections(text: str) -> str:
    if text == NOTHING:
        return text
    names = {name.strip().lower() for name in text.split(",")}
    if not names <= set(SECTIONS):
        raise ValueError
    return ",".join(name for name in SECTIONS if name in names)


Sections = Annotated[str, AfterValidator(_parse_sections)]


class CounterOptions(SourceOptions, LiveOptions, ButtonOptions):
    show: Sections = define_option(
        NOTHING,
        title=N_("Also show"),
        help=N_("What else to show: none, or milestones, places, signers, separated by commas."),
        error=N_("“Also show” must be none, or milestones, places, signers, separated by commas."),
    )

    def shows(self, section: str) -> bool:
        return section in self.show.split(",")

    @property
    def styles(self) -> tuple[str, ...]:
        return () if self.show == NOTHING else ("counter_sections",)

    @property
    def is_always_revalidated(self) -> bool:
        """Names disappear at once when staff hide them."""
        return self.shows("signers")

    @property
    def extra_height(self) -> int:
        return sum(height for name, height in SECTIONS.items() if self.shows(name))


@dataclass(frozen=True)
class PetitionStatus:
    """Whether a petition is open, and since or until when, in words."""

    state: str
    day: str = ""
    moment: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True)
class SignatureCount:
    total: int
    goal: int
    as_of: datetime
    as_of_text: str
    is_stale: bool
    refresh_after: int

    @property
    def share(self) -> float:
        return self.total / self.goal if self.goal else 0

    @property
    def percent(self) -> float:
        return round(min(1.0, self.share) * 100, 2)


@dataclass(frozen=True)
class CountryCounts:
    """The countries with most signatures; None if the campaign did not respond."""

    top: tuple[tuple[str, int], ...]
    others: int


@dataclass(frozen=True)
class CounterView:
    petition: Petition
    count: SignatureCount
    status: PetitionStatus
    last_milestone: int
    places: CountryCounts | None = None
    signers: tuple[tuple[str, str], ...] | None = None

    @property
    def milestones(self) -> list[tuple[int, bool]]:
        return [(stone, stone <= self.count.total) for stone in self.petition.milestones]


async def load(request: WidgetRequest[CounterOptions]) -> CounterView:
    (petition, count), places, signers = await gather(
        load_petition_and_count(
            request.context.source, request.path_params["petition"], request.language
        ),
        _load_places(request),
        _load_signers(request),
    )
    counted = make_count(count, request.language)
    return CounterView(
        petition=petition,
        count=counted,
        status=make_status(petition, request.language),
        last_milestone=max((s for s in petition.milestones if s <= counted.total), default=0),
        places=places,
        signers=signers,
    )


async def load_petition_and_count(
    source: CachedCampaign, slug: str, language: Language
) -> tuple[Petition, CachedValue[Count]]:
    """Load both at once, so that readers wait only once for a slow campaign."""
    petition, count = await gather(source.get_petition(slug, language.tag), source.get_count(slug))
    return petition.value, count


async def _load_places(request: WidgetRequest[CounterOptions]) -> CountryCounts | None:
    if not request.options.shows("places"):
        return None
    try:
        places = (await request.context.source.list_places(request.path_params["petition"])).value
    except Unavailable:
        return None
    most = sorted(places, key=lambda place: (-place.count, place.country))
    named = (
        (request.language.territory(place.country), place.count) for place in most[:MAX_PLACES]
    )
    return CountryCounts(tuple(named), len(most) - MAX_PLACES)


async def _load_signers(
    request: WidgetRequest[CounterOptions],
) -> tuple[tuple[str, str], ...] | None:
    if not request.options.shows("signers"):
        return None
    try:
        signers = (
            await request.context.source.list_signers(request.path_params["petition"], MAX_SIGNERS)
        ).value
    except Unavailable:
        return None
    return tuple((signer.name, request.language.territory(signer.country)) for signer in signers)


def make_status(petition: Petition, language: Language) -> PetitionStatus:
    turns = {"closed": petition.closes_at, "upcoming": petition.opens_at}.get(petition.state)
    if turns is None:
        return PetitionStatus(petition.state)
    return PetitionStatus(
        petition.state,
        language.day(turns.astimezone(UTC)),
        language.moment(turns),
    )


def make_count(count: CachedValue[Count], language: Language) -> SignatureCount:
    return SignatureCount(
        total=count.value.total,
        goal=count.value.goal or 0,
        as_of=count.value.as_of.astimezone(UTC),
        as_of_text=language.moment(count.value.as_of),
        is_stale=count.is_stale,
        refresh_after=max(MIN_REFRESH_SECONDS, count.value.poll_after),
    )


def summarise(view: CounterView, language: Language) -> WidgetSummary:
    tally, slug = view.count, view.petition.slug
    return WidgetSummary(
        number=language.number(tally.total),
        words=language.ngettext("person has signed", "people have signed", tally.total),
        facts=(describe_progress(tally, language),) if tally.goal else (),
        link=f"/petitions/{slug}?lang={language.tag}",
        call=language.gettext(N_("Add your name")) if view.status.is_open else "",
        share=tally.share if tally.goal else None,
        data={
            "petition": slug,
            "state": str(view.status.state),
            "total": tally.total,
            "goal": tally.goal or None,
            "as_of": tally.as_of.isoformat(),
        },
    )


def describe_progress(tally: SignatureCount, language: Language) -> str:
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
    description=N_("How many people have signed, and how far it is to the goal."),
    height=540,
    heights={"en": 510, "es": 550, "ar": 510, "ru": 580, "uk": 550, "my": 720, "fil": 560},
    styles=("figure",),
    scripts=("refresh", "milestones"),
    summarise=summarise,
)
