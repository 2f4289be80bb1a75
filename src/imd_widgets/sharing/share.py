from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from imd_sdk.models import Message, ShareKit
from imd_widgets.caching.cache import CachedValue
from imd_widgets.days_left import count_days_until
from imd_widgets.languages import Language
from imd_widgets.sharing.networks import NETWORKS, URL_REQUIRED, Post
from imd_widgets.urls import keep_web_url
from imd_widgets.widget.options import N_, LiveOptions, Zone, define_option
from imd_widgets.widget.page_metadata import CAMPAIGN
from imd_widgets.widget.widget import Widget, WidgetRequest

State = Literal["days", "hours", "minutes", "now", "over"]

STORM_LASTS = timedelta(hours=1)
DAYS_FROM = timedelta(hours=48)
REFRESH_SECONDS: dict[State, int] = {
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


def _parse_networks(text: str) -> str:
    names = [name.strip().lower() for name in text.split(",")]
    if not set(names) <= set(NETWORKS):
        raise ValueError
    return ",".join(dict.fromkeys(names))


Names = Annotated[str, AfterValidator(_parse_networks)]


class ShareOptions(LiveOptions):
    zone: Zone = define_option(
        "UTC",
        title=N_("Time zone"),
        help=N_("The time zone of the start time: a name such as America/Mexico_City."),
        error=N_("The time zone must be a name such as Europe/Madrid or Asia/Manila."),
    )
    hashtags: Literal["show", "hide"] = define_option(
        "show",
        title=N_("Hashtags"),
        help=N_("Whether to show the campaign's hashtags and add them to posts."),
        error=N_("Hashtags must be one of: %(choices)s."),
    )
    networks: Names = define_option(
        ",".join(NETWORKS),
        title=N_("Networks"),
        help=N_("Where messages can be sent, in this order. Separate the names with commas."),
        error=N_(
            "Networks must be x, bluesky, mastodon, facebook, whatsapp, telegram, email or sms, "
            "separated by commas."
        ),
    )


@dataclass(frozen=True)
class ShareLink:
    """A link that posts a message to a network."""

    key: str
    name: str
    href: str
    redirect: str

    @property
    def is_new_window(self) -> bool:
        return not self.href.startswith(("mailto:", "sms:"))


@dataclass(frozen=True)
class MessageView:
    """A message, the links to post it, and the networks for which it is too long."""

    id: str
    text: str
    links: tuple[ShareLink, ...]
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
    messages: tuple[MessageView, ...]
    is_stale: bool

    @property
    def refresh_after(self) -> int:
        return REFRESH_SECONDS[self.state]


async def load(request: WidgetRequest[ShareOptions]) -> ShareView:
    return make_view(request, await request.context.source.get_share_kit(request.language.tag))


def make_view(request: WidgetRequest[ShareOptions], cached: CachedValue[ShareKit]) -> ShareView:
    kit, language, zone = cached.value, request.language, ZoneInfo(request.options.zone)
    state, left = get_storm_state(kit.storm_at, request.now, zone)
    shown = tuple(kit.hashtags) if request.options.hashtags == "show" else ()
    return ShareView(
        state=state,
        left=left,
        storm_at=kit.storm_at,
        when=language.moment(kit.storm_at, zone, style="full"),
        zone=language.zone_name(kit.storm_at.astimezone(zone)),
        lang=kit.lang,
        hashtags=shown,
        messages=tuple(list_messages(kit, language, request.options)),
        is_stale=cached.is_stale,
    )


def get_storm_state(storm_at: datetime, now: datetime, zone: ZoneInfo) -> tuple[State, int]:
    """Return the state of the storm, and the days, hours or minutes left, rounded up."""
    left = storm_at - now
    if left <= -STORM_LASTS:
        return "over", 0
    if left <= timedelta():
        return "now", 0
    if left > DAYS_FROM:
        return "days", count_days_until(storm_at.astimezone(zone).date(), now, zone)
    state: State = "minutes" if left <= COUNTED["hours"] else "hours"
    return state, -(-left // COUNTED[state])


def list_messages(
    kit: ShareKit, language: Language, options: ShareOptions
) -> Iterator[MessageView]:
    for message in kit.messages:
        post = make_post(kit, message, language, hashtags=options.hashtags)
        names = [name for name in options.networks.split(",") if _accepts(name, post)]
        yield MessageView(
            id=message.id,
            text=post.text,
            links=tuple(
                ShareLink(
                    name,
                    language.gettext(NETWORKS[name].name),
                    NETWORKS[name].href(post),
                    _make_redirect_path(name, message, language, options.hashtags),
                )
                for name in names
            ),
            warnings=tuple(_list_warnings(names, post, language)),
        )


def make_post(kit: ShareKit, message: Message, language: Language, *, hashtags: str) -> Post:
    return Post(
        words=message.text,
        url=keep_web_url(kit.url),
        hashtags=tuple(kit.hashtags) if hashtags == "show" else (),
        subject=language.gettext(CAMPAIGN),
        server_page=_make_redirect_path("mastodon", message, language, hashtags),
    )


def _make_redirect_path(network: str, message: Message, language: Language, hashtags: str) -> str:
    query = urlencode({"lang": language.tag, "hashtags": hashtags})
    return f"/share/{network}/{quote(message.id, safe='')}?{query}"


def _accepts(name: str, post: Post) -> bool:
    return bool(post.url) or name not in URL_REQUIRED


def _list_warnings(names: list[str], post: Post, language: Language) -> Iterator[str]:
    for name in names:
        network = NETWORKS[name]
        if length := network.excess_length(post):
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
    description=N_("Messages and hashtags for the hour when everybody posts at once."),
    height=960,
    heights={"en": 930, "es": 960, "fr": 950, "ar": 930, "my": 1100, "fil": 980, "so": 990},
    link=N_("Post with us"),
    link_path="/w/share",
    styles=("figure", "share_links"),
    scripts=("refresh", "copy"),
)
