"""What pages and files show once what they are about is over or switched off."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.availability import ClosedReason, word_of
from imd_widgets.context import Context, context_of
from imd_widgets.languages import Language
from imd_widgets.pages.page_responses import language_of, path_of, show
from imd_widgets.theme import PLAIN, Appearance
from imd_widgets.widget import sunset
from imd_widgets.widget.card import Card, plain
from imd_widgets.widget.sunset import SunsetView
from imd_widgets.widget.widget import SWITCHED_OFF

Endpoint = Callable[[Request], Awaitable[Response]]
Instead = Callable[[Request, ClosedReason], Awaitable[Response]]
SAFE = frozenset(("GET", "HEAD"))


def end_of(request: Request) -> ClosedReason | None:
    site = context_of(request)
    return site.ends.of(word_of(path_of(request)), request.path_params, site.clock())


async def page(request: Request, end: ClosedReason) -> Response:
    """A form that was sent is refused, so that nobody takes the page for a yes."""
    status = HTTPStatus.OK if request.method in SAFE else HTTPStatus.CONFLICT
    language = language_of(request)
    if end is ClosedReason.OFF:
        title = language.gettext(SWITCHED_OFF.title)
        return show(request, "turned_away.html", status=status, title=title, sentences=())
    view = await sunset.load(sunset.ask(context_of(request), language, PLAIN, request.path_params))
    return show(request, "ended.html", status=status, view=view, over=False)


def open_until_sunset(*routes: Route, instead: Instead = page) -> tuple[Route, ...]:
    """What tells of the campaign."""
    return tuple(_guarded(route, instead, frozenset(ClosedReason)) for route in routes)


def open_until_switched_off(*routes: Route) -> tuple[Route, ...]:
    """What is a person's own, such as an order: it stays, and says above that all is over."""
    return tuple(_guarded(route, page, frozenset((ClosedReason.OFF,))) for route in routes)


def _guarded(route: Route, instead: Instead, ends: frozenset[ClosedReason]) -> Route:
    asked: Endpoint = route.endpoint

    async def guarded(request: Request) -> Response:
        end = end_of(request)
        return await (instead(request, end) if end in ends and end else asked(request))

    return Route(route.path, guarded, methods=list(route.methods or ()))


async def card(
    end: ClosedReason,
    site: Context,
    language: Language,
    look: Appearance,
    places: Mapping[str, str],
) -> Card:
    """The same in a picture, a line of text, or a number."""
    day = plain(language)
    about = {"petition": places.get("petition"), "state": str(end)}
    nothing = {"total": None, "goal": None, "as_of": None}
    if end is ClosedReason.OFF:
        words = language.gettext(SWITCHED_OFF.title)
        return Card(day.number, words, (), day.link, data={**about, **nothing})
    view = await sunset.load(sunset.ask(site, language, look, places))
    as_of = view.as_of.isoformat() if view.as_of else None
    return Card(
        number=language.number(view.signed) if view.signed else day.number,
        words=_signed(view, language),
        facts=(language.gettext(sunset.OVER),),
        link=view.link or day.link,
        data={**about, **nothing, "total": view.signed or None, "as_of": as_of},
    )


def _signed(view: SunsetView, language: Language) -> str:
    if not view.signed:
        return language.gettext(sunset.THANKS)
    return language.ngettext("person has signed", "people have signed", view.signed)
