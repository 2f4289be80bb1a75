from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.cache import MISSING, Unavailable
from imd_widgets.cards.card import Card
from imd_widgets.embed import widget_response
from imd_widgets.languages import Language
from imd_widgets.options import N_, BadOptions, Options, read
from imd_widgets.site import Site, site_of

O = TypeVar("O", bound=Options)  # noqa: E741 - the options of one widget

RETRY_SECONDS = "30"


@dataclass(frozen=True)
class Ask(Generic[O]):
    """What one request asks of a widget."""

    site: Site
    language: Language
    options: O
    path: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Widget(Generic[O]):
    """One widget: `load` answers an `Ask` with the view that `templates/{name}.html` draws."""

    name: str
    title: str
    path: str
    options: type[O]
    load: Callable[[Ask[O]], Awaitable[Any]]
    height: int
    heights: Mapping[str, int] = field(default_factory=dict)
    meaning: str = ""
    link: str = N_("Add your name")
    link_path: str = "/petitions/{petition}"
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    card: Callable[[Any, Language], Card] | None = None

    def route(self) -> Route:
        return Route(self.path, _endpoint(self), name=self.name)

    @property
    def key(self) -> str:
        return self.path.split("/")[2]

    def height_in(self, lang: str) -> int:
        return self.heights.get(lang, self.height)


@dataclass(frozen=True)
class Notice:
    """What is shown in a widget's place when there is nothing to show."""

    status: HTTPStatus
    title: str
    sentences: tuple[str, ...] = ()


MISSING_HERE = Notice(HTTPStatus.NOT_FOUND, N_("There is nothing here any more"))
OUT_OF_REACH = Notice(
    HTTPStatus.SERVICE_UNAVAILABLE,
    N_("The campaign cannot be reached just now"),
    (N_("This will be back as soon as it answers."),),
)
NOT_AS_ASKED = N_("This widget cannot be shown as asked")


def _endpoint(widget: Widget[O]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        site = site_of(request)
        try:
            options = read(widget.options, request.query_params, site.languages)
        except BadOptions as bad:
            notice = Notice(HTTPStatus.BAD_REQUEST, NOT_AS_ASKED, tuple(bad.faults.values()))
            return _turn_away(request, bad.language, bad.theme, notice)
        language = site.languages[options.lang]
        ask = Ask(site, language, options, request.path_params, site.clock())
        try:
            view = await widget.load(ask)
        except MISSING:
            return _turn_away(request, language, options.theme, MISSING_HERE)
        except Unavailable:
            return _turn_away(request, language, options.theme, OUT_OF_REACH)
        return _show(request, widget, ask, view)

    return endpoint


def _show(request: Request, widget: Widget[O], ask: Ask[O], view: Any) -> Response:
    page = ask.site.pages.render(
        f"{widget.name}.html",
        ask.language,
        theme=ask.options.theme,
        styles=("widget", *widget.styles, widget.name),
        scripts=widget.scripts if ask.options.scripted else (),
        options=ask.options,
        view=view,
    )
    return widget_response(request, page, max_age=ask.site.settings.max_age)


def _turn_away(request: Request, language: Language, theme: str, notice: Notice) -> Response:
    site = site_of(request)
    page = site.pages.render(
        "notice.html",
        language,
        theme=theme,
        styles=("widget", "notice"),
        title=language.gettext(notice.title),
        sentences=[language.gettext(sentence) for sentence in notice.sentences],
    )
    response = widget_response(request, page, status=notice.status, max_age=site.settings.max_age)
    if notice.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Retry-After"] = RETRY_SECONDS
    return response
