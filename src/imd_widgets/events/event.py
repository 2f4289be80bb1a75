from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import EventClosed, ImdError, InvalidRequest, NotFound, RateLimited
from imd_sdk.models import Event
from imd_widgets.caching.cached_campaign import require_event_id
from imd_widgets.context import get_context
from imd_widgets.events.json_ld import make_event_data
from imd_widgets.images.title_card import TitleCard
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.forms import (
    FieldError,
    Form,
    choose_outage_message,
    list_field_errors,
    read_form,
)
from imd_widgets.pages.page_responses import (
    Subject,
    describe_page,
    get_language,
    redirect_to,
    render_page,
)
from imd_widgets.pages.preview_images import draw_closed_image, respond_with_image
from imd_widgets.pages.visitors import get_relay_options
from imd_widgets.urls import keep_web_url
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
    "message": N_("Enter a message of up to 500 characters, or leave it empty."),
}
TOO_MANY = N_("Too many sign-ups are arriving right now. Please try again in a minute.")
NOT_SENT = N_("Your sign-up could not be sent. What you entered is not lost: please try again.")
MAX_GUESTS = 9


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
    is_open: bool


async def show_page(request: Request) -> Response:
    return await _render(request, Form())


async def attend(request: Request) -> Response:
    values = await read_form(request)
    event_id = request.path_params["id"]
    language = get_language(request)
    try:
        await get_context(request).source.client.events.attend(
            require_event_id(event_id),
            name=values.get("name", ""),
            email=values.get("email", ""),
            guests=parse_guests(values.get("guests", "")),
            message=values.get("message") or None,
            lang=language.tag,
            proof=values.get("proof") or None,
            **get_relay_options(request),
        )
    except (InvalidRequest, EventClosed, RateLimited) as error:
        status, errors = _to_errors(error, language)
        return await _render(request, Form(values, errors), status)
    except NotFound:
        raise
    except ImdError as error:
        field_error = FieldError("", language.gettext(choose_outage_message(error, NOT_SENT)))
        return await _render(request, Form(values, (field_error,)), HTTPStatus.SERVICE_UNAVAILABLE)
    return redirect_to(request, f"/events/{quote(event_id)}/thanks")


async def show_thanks(request: Request) -> Response:
    event = await get_context(request).source.get_event(request.path_params["id"])
    shown = make_view(event.value, get_language(request), get_context(request).clock())
    return render_page(
        request,
        "event_thanks.html",
        metadata=describe_page(request, make_subject(shown)),
        event=event.value,
    )


async def draw_preview(request: Request) -> Response:
    context, language = get_context(request), get_language(request)
    event = await context.source.get_event(request.path_params["id"])
    return await respond_with_image(
        request, _make_title_card(make_view(event.value, language, context.clock()), language)
    )


def make_subject(shown: EventView) -> Subject:
    path = f"/events/{quote(shown.event.id, safe='')}"
    return Subject(
        shown.event.title,
        " · ".join(shown.near),
        path,
        image_path=f"{path}.png",
        image_description=" · ".join((shown.event.title, *shown.near)),
        has_widget=True,
    )


def _make_title_card(shown: EventView, language: Language) -> TitleCard:
    """Make the preview image's card; it names the town only, because hosts may be at home."""
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
        call=language.gettext(N_("I am coming")) if shown.is_open else "",
    )


def parse_guests(written: str, most: int = MAX_GUESTS) -> int:
    choices = {str(guests): guests for guests in range(most + 1)}
    return choices.get(written, -1)


def _to_errors(error: ImdError, language: Language) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
    if isinstance(error, RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS, (FieldError("", language.gettext(TOO_MANY)),)
    return HTTPStatus.CONFLICT, ()


async def _render(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    context = get_context(request)
    event = await context.source.get_event(request.path_params["id"])
    shown = make_view(event.value, get_language(request), context.clock())
    closed = status == HTTPStatus.CONFLICT and not form.errors
    return render_page(
        request,
        "event.html",
        status=status,
        scripts=("proof",),
        metadata=describe_page(request, make_subject(shown)),
        event_data=make_event_data(
            shown.event,
            context.settings.public_url,
            get_language(request).tag,
            has_form=shown.is_open,
        ),
        view=shown,
        event=shown.event,
        form=form,
        is_open=shown.is_open and not closed,
        guests=list_guest_choices(get_language(request)),
    )


def list_guest_choices(language: Language, most: int = MAX_GUESTS) -> list[tuple[str, str]]:
    return [(str(number), language.number(number)) for number in range(most + 1)]


def make_view(event: Event, language: Language, now: datetime) -> EventView:
    zone = ZoneInfo(event.time_zone)
    ends = event.ends_at or event.starts_at
    return EventView(
        event=event,
        kind=language.gettext(KINDS.get(event.kind, KINDS["other"])),
        when=language.moment(event.starts_at, zone, style="full"),
        until=_describe_end(event, language, zone),
        zone=language.city(zone),
        place=list_place_parts(event, language),
        near=[
            language.day(event.starts_at.astimezone(zone)),
            *list_place_parts(event, language)[-2:],
        ],
        link=keep_web_url(event.url),
        is_open=event.state == "public" and now < ends,
    )


def _describe_end(event: Event, language: Language, zone: ZoneInfo) -> str:
    if event.ends_at is None:
        return ""
    same = event.ends_at.astimezone(zone).date() == event.starts_at.astimezone(zone).date()
    return language.time(event.ends_at, zone) if same else language.moment(event.ends_at, zone)


def list_place_parts(event: Event, language: Language) -> list[str]:
    if event.place is None:
        return []
    where = event.place
    parts = (where.name, where.address, where.locality, where.region)
    return [*(part for part in parts if part), language.territory(where.country)]


ROUTES = (
    *open_until_sunset(Route("/events/{id}.png", draw_preview), when_closed=draw_closed_image),
    *open_until_sunset(
        Route("/events/{id}", show_page),
        Route("/events/{id}", attend, methods=["POST"]),
        Route("/events/{id}/thanks", show_thanks),
    ),
)
