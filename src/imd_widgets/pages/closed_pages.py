"""What pages and files show once their subject is over or switched off."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import Context, get_context
from imd_widgets.languages import Language
from imd_widgets.pages.page_responses import get_language, get_path, render_page
from imd_widgets.theme import PLAIN, Appearance
from imd_widgets.urls import parse_widget_key
from imd_widgets.widget import sunset
from imd_widgets.widget.notices import SWITCHED_OFF
from imd_widgets.widget.summary import WidgetSummary, summarise_day
from imd_widgets.widget.sunset import SunsetView

Endpoint = Callable[[Request], Awaitable[Response]]
ClosedHandler = Callable[[Request, ClosedReason], Awaitable[Response]]
SAFE = frozenset(("GET", "HEAD"))


def get_closed_reason(request: Request) -> ClosedReason | None:
    context = get_context(request)
    return context.closing_rules.closed_reason(
        parse_widget_key(get_path(request)), request.path_params, context.clock()
    )


async def show_closed_page(request: Request, reason: ClosedReason) -> Response:
    """Show why the page is closed; a form is rejected, so that nobody takes it as accepted."""
    status = HTTPStatus.OK if request.method in SAFE else HTTPStatus.CONFLICT
    language = get_language(request)
    if reason is ClosedReason.OFF:
        title = language.gettext(SWITCHED_OFF.title)
        return render_page(request, "switched_off.html", status=status, title=title, sentences=())
    view = await sunset.load(
        sunset.make_request(get_context(request), language, PLAIN, request.path_params)
    )
    return render_page(request, "sunset_page.html", status=status, view=view, is_over=False)


def open_until_sunset(
    *routes: Route, when_closed: ClosedHandler = show_closed_page
) -> tuple[Route, ...]:
    """Guard routes that are about the campaign: they close when it is over or switched off."""
    return tuple(_guard(route, when_closed, frozenset(ClosedReason)) for route in routes)


def open_until_switched_off(*routes: Route) -> tuple[Route, ...]:
    """Guard a person's own pages, such as an order: they stay after the campaign is over."""
    return tuple(
        _guard(route, show_closed_page, frozenset((ClosedReason.OFF,))) for route in routes
    )


def _guard(route: Route, when_closed: ClosedHandler, reasons: frozenset[ClosedReason]) -> Route:
    endpoint: Endpoint = route.endpoint

    async def guarded(request: Request) -> Response:
        reason = get_closed_reason(request)
        if reason is not None and reason in reasons:
            return await when_closed(request, reason)
        return await endpoint(request)

    return Route(route.path, guarded, methods=list(route.methods or ()))


async def summarise_closed(
    reason: ClosedReason,
    context: Context,
    language: Language,
    appearance: Appearance,
    path_params: Mapping[str, str],
) -> WidgetSummary:
    """Summarise why the campaign is closed."""
    day = summarise_day(language)
    identity = {"petition": path_params.get("petition"), "state": str(reason)}
    nothing = {"total": None, "goal": None, "as_of": None}
    if reason is ClosedReason.OFF:
        words = language.gettext(SWITCHED_OFF.title)
        return WidgetSummary(day.number, words, (), day.link, data={**identity, **nothing})
    view = await sunset.load(sunset.make_request(context, language, appearance, path_params))
    as_of = view.as_of.isoformat() if view.as_of else None
    return WidgetSummary(
        number=language.number(view.signed) if view.signed else day.number,
        words=_describe_signatures(view, language),
        facts=(language.gettext(sunset.OVER),),
        link=view.link or day.link,
        data={**identity, **nothing, "total": view.signed or None, "as_of": as_of},
    )


def _describe_signatures(view: SunsetView, language: Language) -> str:
    if not view.signed:
        return language.gettext(sunset.THANKS)
    return language.ngettext("person has signed", "people have signed", view.signed)
