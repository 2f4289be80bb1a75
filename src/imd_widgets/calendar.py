"""Events as files for calendars: one to put in, or a choice of them to subscribe to."""

from datetime import date
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.embed import data_response
from imd_widgets.event_options import EventOptions, asked_of_campaign
from imd_widgets.options import Options, read
from imd_widgets.show import show
from imd_widgets.site import site_of

PATH = "/events.ics"
PAGE = "/events/calendar"
NOT_FILTERS = {*Options.model_fields, "page"}


def address_of(options: EventOptions) -> str:
    return f"{PATH}?{_filters(options)}".rstrip("?")


def page_of(options: EventOptions) -> str:
    return f"{PAGE}?lang={options.lang}&{_filters(options)}".rstrip("&")


def subscription_to(options: EventOptions, public_url: str) -> str:
    return f"webcal://{urlsplit(public_url).netloc}{address_of(options)}"


def _filters(options: EventOptions) -> str:
    kept = options.model_dump(mode="json", exclude_defaults=True, exclude=NOT_FILTERS)
    return urlencode(kept, safe=",")


async def events(request: Request) -> Response:
    site = site_of(request)
    options = read(EventOptions, request.query_params, site.languages)
    filters = asked_of_campaign(options)
    filters["from_"] = options.since or date(site.clock().year, 1, 1)
    client = site.source.client
    key = ("calendar", *sorted((name, str(value)) for name, value in filters.items()))
    return answer(
        request, (await site.source.file(key, lambda: client.events.ics(**filters))).value
    )


async def events_page(request: Request) -> Response:
    site = site_of(request)
    options = read(EventOptions, request.query_params, site.languages)
    also = _filters(options)
    return show(
        request,
        "calendar.html",
        event=None,
        file=address_of(options),
        address=site.settings.public_url.rstrip("/") + address_of(options),
        subscription=subscription_to(options, site.settings.public_url),
        circle=options.circle,
        also=f"&{also}" if also else "",
    )


async def event_page(request: Request) -> Response:
    """A frame's sandbox lets nobody save a file, so a widget leads here, and here it comes."""
    event_id = request.path_params["id"]
    event = await site_of(request).source.event(event_id)
    file = f"/events/{quote(event_id, safe='')}.ics"
    return show(request, "calendar.html", event=event.value, file=file)


async def event(request: Request) -> Response:
    return answer(
        request, (await site_of(request).source.calendar(request.path_params["id"])).value
    )


def answer(request: Request, ics: bytes) -> Response:
    max_age = site_of(request).settings.max_age
    response = data_response(request, ics, "text/calendar; charset=utf-8", max_age=max_age)
    response.headers["Content-Disposition"] = 'attachment; filename="18-december.ics"'
    return response


ROUTES = (
    Route(PATH, events),
    Route(PAGE, events_page),
    Route("/events/{id}.ics", event),
    Route("/events/{id}/calendar", event_page),
)
