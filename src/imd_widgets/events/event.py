from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import EventClosed, ImdError, InvalidRequest, NotFound, RateLimited, SoldOut
from imd_sdk.models import Event
from imd_widgets.caching.source import named
from imd_widgets.context import context_of
from imd_widgets.events.json_ld import known
from imd_widgets.images.title_card import TitleCard
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.forms import Fault, Form, faults, read_form
from imd_widgets.pages.page_responses import (
    Subject,
    about,
    language_of,
    redirect_to,
    show,
)
from imd_widgets.pages.pictures import ended_picture, picture
from imd_widgets.urls import web_address
from imd_widgets.widget.options import N_

KINDS = {
    "action": N_("Action"),
    "gathering": N_("Gathering"),
    "vigil": N_("Vigil"),
    "potluck": N_("Potluck"),
    "rally": N_("Rally"),
    "march": N_("March"),
    "press": N_("Press event"),
    "online": N_("Online event"),
    "other": N_("Event"),
}
WORDS = {
    "name": N_("Enter your name, with up to 100 characters."),
    "email": N_("Enter a full e-mail address, such as name@example.org."),
    "guests": N_("Choose how many guests you will bring."),
}
TOO_MANY = N_("Too many replies are arriving right now. Please try again in a minute.")
NOT_SENT = N_("Your reply could not be sent. What you entered is not lost: please try again.")
FULL = N_("There are not enough places left for you and your guests.")
MOST_GUESTS = 9


@dataclass(frozen=True)
class EventView:
    event: Event
    kind: str
    when: str
    until: str
    zone: str
    place: list[str]
    near: list[str]
    link: str
    open: bool


async def page(request: Request) -> Response:
    return await _page(request, Form())


async def attend(request: Request) -> Response:
    values = await read_form(request)
    event_id = request.path_params["id"]
    language = language_of(request)
    source = context_of(request).source
    try:
        receipt = await source.client.events.attend(
            named(event_id),
            name=values.get("name", ""),
            email=values.get("email", ""),
            guests=_guests(values.get("guests", "")),
            lang=language.tag,
        )
    except (InvalidRequest, SoldOut, EventClosed, RateLimited) as error:
        status, complaints = _refusal(error, language)
        return await _page(request, Form(values, complaints), status)
    except NotFound:
        raise
    except ImdError:
        fault = Fault("", language.gettext(NOT_SENT))
        return await _page(request, Form(values, (fault,)), HTTPStatus.SERVICE_UNAVAILABLE)
    source.cache.expire(("event", event_id))
    answer = "accepted" if receipt.status == "accepted" else "waiting"
    return redirect_to(request, f"/events/{quote(event_id)}/thanks", answer=answer)


async def thanks(request: Request) -> Response:
    event = await context_of(request).source.event(request.path_params["id"])
    accepted = request.query_params.get("answer") == "accepted"
    also = "&answer=accepted" if accepted else ""
    shown = view(event.value, language_of(request), context_of(request).clock())
    return show(
        request,
        "event_thanks.html",
        about=about(request, subject(shown)),
        event=event.value,
        accepted=accepted,
        also=also,
    )


async def preview(request: Request) -> Response:
    site, language = context_of(request), language_of(request)
    event = await site.source.event(request.path_params["id"])
    return await picture(request, _card(view(event.value, language, site.clock()), language))


def subject(shown: EventView) -> Subject:
    path = f"/events/{quote(shown.event.id, safe='')}"
    return Subject(
        shown.event.title,
        " · ".join(shown.near),
        path,
        picture_path=f"{path}.png",
        picture_text=" · ".join((shown.event.title, *shown.near)),
        embedded=True,
    )


def _card(shown: EventView, language: Language) -> TitleCard:
    """Of where it is the town alone: whose home it is stays between the host and the guests."""
    event = shown.event
    where = language.territory(event.place.country) if event.place else ""
    town = (f"{event.place.locality} · {where}", where) if event.place else ()
    online = (language.gettext(N_("Online")),) if event.online else ()
    when = (shown.when, language.date(event.starts_at.date()))
    cancelled = (language.gettext(N_("This event is cancelled.")),)
    facts = (cancelled, when) if event.state == "cancelled" else (when,)
    return TitleCard(
        (event.title, shown.kind),
        event.lang,
        facts=(*facts, town or online),
        call=language.gettext(N_("I am coming")) if shown.open else "",
    )


def _guests(written: str) -> int:
    choices = {str(guests): guests for guests in range(MOST_GUESTS + 1)}
    return choices.get(written, -1)


def _refusal(error: ImdError, language: Language) -> tuple[HTTPStatus, tuple[Fault, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, faults(error, WORDS, language)
    if isinstance(error, SoldOut):
        return HTTPStatus.CONFLICT, (Fault("guests", language.gettext(FULL)),)
    if isinstance(error, RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS, (Fault("", language.gettext(TOO_MANY)),)
    return HTTPStatus.CONFLICT, ()


async def _page(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    site = context_of(request)
    event = await site.source.event(request.path_params["id"])
    shown = view(event.value, language_of(request), site.clock())
    closed = status == HTTPStatus.CONFLICT and not form.faults
    return show(
        request,
        "event.html",
        status=status,
        about=about(request, subject(shown)),
        known=known(
            shown.event,
            site.settings.public_url,
            language_of(request).tag,
            takes_answers=shown.open,
        ),
        view=shown,
        event=shown.event,
        form=form,
        open=shown.open and not closed,
        guests=[(str(n), language_of(request).number(n)) for n in range(MOST_GUESTS + 1)],
    )


def view(event: Event, language: Language, now: datetime) -> EventView:
    zone = ZoneInfo(event.time_zone)
    ends = event.ends_at or event.starts_at
    return EventView(
        event=event,
        kind=language.gettext(KINDS.get(event.kind, KINDS["other"])),
        when=language.moment(event.starts_at, zone, style="full"),
        until=_until(event, language, zone),
        zone=language.city(zone),
        place=place(event, language),
        near=[language.day(event.starts_at.astimezone(zone)), *place(event, language)[-2:]],
        link=web_address(event.url),
        open=event.state == "public" and now < ends,
    )


def _until(event: Event, language: Language, zone: ZoneInfo) -> str:
    if event.ends_at is None:
        return ""
    same = event.ends_at.astimezone(zone).date() == event.starts_at.astimezone(zone).date()
    return language.time(event.ends_at, zone) if same else language.moment(event.ends_at, zone)


def place(event: Event, language: Language) -> list[str]:
    if event.place is None:
        return []
    where = event.place
    parts = (where.name, where.address, where.locality, where.region)
    return [*(part for part in parts if part), language.territory(where.country)]


ROUTES = (
    *open_until_sunset(Route("/events/{id}.png", preview), instead=ended_picture),
    *open_until_sunset(
        Route("/events/{id}", page),
        Route("/events/{id}", attend, methods=["POST"]),
        Route("/events/{id}/thanks", thanks),
    ),
)
