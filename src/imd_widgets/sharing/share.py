from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from imd_sdk.models import Message, ShareKit
from imd_widgets.caching.cache import CachedValue
from imd_widgets.days_left import days_until
from imd_widgets.languages import Language
from imd_widgets.sharing.networks import NEED_AN_ADDRESS, NETWORKS, Post
from imd_widgets.urls import web_address
from imd_widgets.widget.options import N_, LiveOptions, Zone, option
from imd_widgets.widget.page_metadata import CAMPAIGN
from imd_widgets.widget.widget import Widget, WidgetRequest

State = Literal["days", "hours", "minutes", "now", "over"]

STORM_LASTS = timedelta(hours=1)
DAYS_FROM = timedelta(hours=48)
RENEW_SECONDS: dict[State, int] = {
    "days": 3600,
    "hours": 600,
    "minutes": 60,
    "now": 300,
    "over": 3600,
}
COUNTED: dict[State, timedelta] = {
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
}


def _networks(text: str) -> str:
    names = [name.strip().lower() for name in text.split(",")]
    if not set(names) <= set(NETWORKS):
        raise ValueError
    return ",".join(dict.fromkeys(names))


Names = Annotated[str, AfterValidator(_networks)]


class ShareOptions(LiveOptions):
    zone: Zone = option(
        "UTC",
        title=N_("Time zone"),
        help=N_("The time zone of the start time: a name such as America/Mexico_City."),
        wrong=N_("The time zone must be a name such as Europe/Madrid or Asia/Manila."),
    )
    hashtags: Literal["show", "hide"] = option(
        "show",
        title=N_("Hashtags"),
        help=N_("Whether to show the campaign's hashtags and add them to posts."),
        wrong=N_("Hashtags must be one of: %(choices)s."),
    )
    networks: Names = option(
        ",".join(NETWORKS),
        title=N_("Networks"),
        help=N_("Where messages can be sent, in this order. Separate the names with commas."),
        wrong=N_(
            "Networks must be x, bluesky, mastodon, facebook, whatsapp, telegram, email or sms, "
            "separated by commas."
        ),
    )


@dataclass(frozen=True)
class ShareLink:
    """A link that takes a message to a network."""

    key: str
    name: str
    href: str
    via: str

    @property
    def leaves(self) -> bool:
        return not self.href.startswith(("mailto:", "sms:"))


@dataclass(frozen=True)
class Card:
    """A message, where it can go, and for where it is too long."""

    id: str
    text: str
    doors: tuple[ShareLink, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class ShareView:
    state: State
    left: int
    storm_at: datetime
    when: str
    zone: str
    lang: str
    hashtags: tuple[str, ...]
    cards: tuple[Card, ...]
    behind: bool

    @property
    def renew_after(self) -> int:
        return RENEW_SECONDS[self.state]


async def load(ask: WidgetRequest[ShareOptions]) -> ShareView:
    return view(ask, await ask.site.source.share_kit(ask.language.tag))


def view(ask: WidgetRequest[ShareOptions], reading: CachedValue[ShareKit]) -> ShareView:
    kit, language, zone = reading.value, ask.language, ZoneInfo(ask.options.zone)
    state, left = storm(kit.storm_at, ask.now, zone)
    shown = tuple(kit.hashtags) if ask.options.hashtags == "show" else ()
    return ShareView(
        state=state,
        left=left,
        storm_at=kit.storm_at,
        when=language.moment(kit.storm_at, zone, style="full"),
        zone=language.zone_name(kit.storm_at.astimezone(zone)),
        lang=kit.lang,
        hashtags=shown,
        cards=tuple(_cards(kit, language, ask.options)),
        behind=reading.stale,
    )


def storm(storm_at: datetime, now: datetime, zone: ZoneInfo) -> tuple[State, int]:
    """Before, now or after; before, the days of the calendar, or hours or minutes, rounded up."""
    left = storm_at - now
    if left <= -STORM_LASTS:
        return "over", 0
    if left <= timedelta():
        return "now", 0
    if left > DAYS_FROM:
        return "days", days_until(storm_at.astimezone(zone).date(), now, zone)
    state: State = "minutes" if left <= COUNTED["hours"] else "hours"
    return state, -(-left // COUNTED[state])


def _cards(kit: ShareKit, language: Language, options: ShareOptions) -> Iterator[Card]:
    for message in kit.messages:
        post = post_of(kit, message, language, hashtags=options.hashtags)
        names = [name for name in options.networks.split(",") if _reaches(name, post)]
        yield Card(
            id=message.id,
            text=post.text,
            doors=tuple(
                ShareLink(
                    name,
                    language.gettext(NETWORKS[name].name),
                    NETWORKS[name].href(post),
                    _way_out(name, message, language, options.hashtags),
                )
                for name in names
            ),
            warnings=tuple(_warnings(names, post, language)),
        )


def post_of(kit: ShareKit, message: Message, language: Language, *, hashtags: str) -> Post:
    return Post(
        words=message.text,
        address=web_address(kit.url),
        hashtags=tuple(kit.hashtags) if hashtags == "show" else (),
        subject=language.gettext(CAMPAIGN),
        server_page=_way_out("mastodon", message, language, hashtags),
    )


def _way_out(network: str, message: Message, language: Language, hashtags: str) -> str:
    asked = urlencode({"lang": language.tag, "hashtags": hashtags})
    return f"/share/{network}/{quote(message.id, safe='')}?{asked}"


def _reaches(name: str, post: Post) -> bool:
    return bool(post.address) or name not in NEED_AN_ADDRESS


def _warnings(names: list[str], post: Post, language: Language) -> Iterator[str]:
    for name in names:
        network = NETWORKS[name]
        if length := network.over(post):
            yield language.gettext(
                N_(
                    "Too long for %(network)s: it counts %(length)s characters and allows "
                    "%(limit)s."
                ),
                network=network.name,
                length=language.number(length),
                limit=language.number(network.limit),
            )


WIDGET = Widget(
    name="share",
    title=N_("Share storm"),
    path="/w/share",
    options=ShareOptions,
    load=load,
    meaning=N_("Messages and hashtags for the hour when everybody posts at once."),
    height=960,
    heights={"en": 930, "es": 960, "fr": 950, "ar": 930, "my": 1100, "fil": 980, "so": 990},
    link=N_("Post with us"),
    link_path="/w/share",
    styles=("figure",),
    scripts=("renew", "copy"),
)
