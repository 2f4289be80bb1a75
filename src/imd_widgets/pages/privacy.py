import json
import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import get_context
from imd_widgets.pages.page_responses import (
    Subject,
    describe_page,
    get_language,
    render_page,
)
from imd_widgets.pages.preview_images import make_title_endpoint
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.urls import keep_web_url
from imd_widgets.widget.options import N_

TITLE = N_("Privacy")
EMAIL_ADDRESS = re.compile(r"[^\s@:/?#]+@[^\s@:/?#]+")
IMAGE_PATH = "/pictures/privacy.png"
DESCRIPTION = N_(
    "The widgets do not track you. Everything you enter on our own pages is used for one "
    "purpose, and then deleted."
)


@dataclass(frozen=True)
class DataUse:
    """Data that people give us on one of our pages: why we keep them, and until when."""

    when: str
    data: tuple[str, ...]
    why: str
    until: str


DATA_USES = (
    DataUse(
        N_("You sign the petition"),
        (N_("name"), N_("e-mail"), N_("country"), N_("language")),
        N_(
            "To count you once, to ask you by e-mail to confirm that it was you, and, if you "
            "ticked the box, to show your name or send you news."
        ),
        N_(
            "An unconfirmed signature is deleted after 30 days. A confirmed signature is kept "
            "for the campaign until you withdraw it. Its name and e-mail address are encrypted so "
            "that the server itself cannot read them."
        ),
    ),
    DataUse(
        N_("You send a form"),
        (N_("part of your network address"),),
        N_("So that floods of forms from one network do not delay other people."),
        N_(
            "Your address itself is never stored. Only a code made from part of it is, and it is "
            "deleted after 48 hours."
        ),
    ),
    DataUse(
        N_("You say that it was not you who filled in a form"),
        (N_("e-mail"),),
        N_("To send no more e-mail to your address."),
        N_(
            "What was entered is deleted at once. Instead of your address, only a code made from "
            "it is kept, until you allow e-mails again."
        ),
    ),
    DataUse(
        N_("You ask what we keep about you"),
        (N_("e-mail"),),
        N_("To send you a link that shows it."),
        N_("The link works for 24 hours. The address is deleted after 30 days."),
    ),
    DataUse(
        N_("You say that you are coming to an event"),
        (N_("name"), N_("e-mail"), N_("number of guests"), N_("Message to the host")),
        N_(
            "To keep a place for you and to e-mail you how to find the event. Only the host of a "
            "private home sees who you are, to decide who comes."
        ),
        N_("Deleted 30 days after the event, or after 30 days if you do not confirm."),
    ),
    DataUse(
        N_("You order a poster"),
        (N_("name"), N_("e-mail"), N_("postal address")),
        N_("To send the poster to you."),
        N_(
            "Kept with the order, encrypted so that the server itself cannot read it. Deleted "
            "if you do not pay in time, or after 30 days if you do not confirm. To tell you about "
            "the order, the server can read your e-mail address until 30 days after the order was "
            "sent."
        ),
    ),
)


@dataclass(frozen=True)
class Operator:
    """Who is responsible, and where to ask; each may be empty."""

    name: str
    contact: str


async def _find_operator(request: Request) -> Operator:
    """Return what the settings say or, if they are silent, the campaign."""
    context, language = get_context(request), get_language(request)
    settings = context.settings
    if settings.operator or settings.contact:
        return Operator(settings.operator, settings.contact)
    try:
        campaign = (await context.source.get_campaign(language.tag)).value
    except (Unavailable, *MISSING_ERRORS):
        return Operator("", "")
    organisation = campaign.organisation
    if organisation is None:
        return Operator("", "")
    return Operator(organisation.name, _keep_contact(organisation.contact))


def _keep_contact(contact: str) -> str:
    """Drop what is neither a web URL nor an e-mail address: it becomes a link."""
    return contact if EMAIL_ADDRESS.fullmatch(contact) else keep_web_url(contact)


async def show_page(request: Request) -> Response:
    language = get_language(request)
    title, meaning = language.gettext(TITLE), language.gettext(DESCRIPTION)
    subject = Subject(title, meaning, image_path=IMAGE_PATH)
    return render_page(
        request,
        "privacy.html",
        metadata=describe_page(request, subject),
        data_uses=DATA_USES,
        operator=await _find_operator(request),
    )


async def serve_data(request: Request) -> Response:
    settings, operator = get_context(request).settings, await _find_operator(request)
    facts = {
        "service": "International Migrants Day widgets",
        "operator": operator.name or None,
        "contact": operator.contact or None,
        "host": urlsplit(settings.public_url).netloc,
        "statement": f"{settings.public_url}/privacy",
        "widgets": {
            "cookies": [],
            "storage": [],
            "third_party_hosts": [],
            "fingerprinting": False,
            "request_log": False,
            "referrer_sent": False,
        },
        "pages": [asdict(data_use) for data_use in DATA_USES],
    }
    written = json.dumps(facts, ensure_ascii=False).encode()
    return respond_with_data(request, written, "application/json", max_age=settings.max_age)


ROUTES = (
    Route("/privacy", show_page),
    Route(IMAGE_PATH, make_title_endpoint(TITLE)),
    Route("/privacy.json", serve_data),
)
