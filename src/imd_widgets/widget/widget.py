from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from imd_widgets.context import Context
from imd_widgets.languages import Language
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.response_factory import prepare_widget
from imd_widgets.theme import Appearance
from imd_widgets.urls import parse_widget_key
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.page_metadata import make_page_metadata
from imd_widgets.widget.summary import WidgetSummary

O = TypeVar("O", bound=Options)  # noqa: E741 - the options of one widget

RETRY_SECONDS = "30"
FRAME_SCRIPT = "frame_messages"


@dataclass(frozen=True)
class WidgetRequest(Generic[O]):
    """One request for a widget."""

    context: Context
    language: Language
    options: O
    path_params: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Widget(Generic[O]):
    """A widget: `load` returns the view that `templates/{name}.html` renders.

    A widget rendered from the same data within the same `step` of the clock, in seconds, is
    considered current. `max_age` overrides the settings' cache lifetime.
    """

    name: str
    title: str
    path: str
    options: type[O]
    load: Callable[[WidgetRequest[O]], Awaitable[Any]]
    height: int
    heights: Mapping[str, int] = field(default_factory=dict)
    description: str = ""
    link: str = N_("Add your name")
    link_path: str = "/petitions/{petition}"
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    summarise: Callable[[Any, Language], WidgetSummary] | None = None
    step: int = 1
    max_age: int | None = None

    @cached_property
    def key(self) -> str:
        return parse_widget_key(self.path)

    def get_height(self, lang: str) -> int:
        return self.heights.get(lang, self.height)


@dataclass(frozen=True)
class Notice:
    """What is shown in place of a widget when there is nothing to show."""

    status: HTTPStatus
    title: str
    sentences: tuple[str, ...] = ()


NOT_FOUND = Notice(HTTPStatus.NOT_FOUND, N_("This is no longer available"))
UNREACHABLE = Notice(
    HTTPStatus.SERVICE_UNAVAILABLE,
    N_("The campaign cannot be reached right now"),
    (N_("This will be back as soon as the campaign responds."),),
)
SWITCHED_OFF = Notice(HTTPStatus.OK, N_("This is not shown at the moment"))
INVALID_OPTIONS = N_("This widget cannot be shown with these options")


def render_widget(widget: Widget[O], request: WidgetRequest[O], view: Any) -> PreparedResponse:
    context, options = request.context, request.options
    page = context.renderer.render(
        f"{widget.name}.html",
        request.language,
        appearance=options.appearance,
        styles=("widget", *widget.styles, widget.name, *options.styles),
        scripts=(FRAME_SCRIPT, *(widget.scripts if options.is_scripted else ()), *options.scripts),
        options=options,
        **_make_metadata(widget, request),
        view=view,
    )
    max_age = _choose_max_age(widget, request)
    home = context.settings.public_url
    response = prepare_widget(
        page, home=home, max_age=max_age, extra_headers=_make_sunset_headers(context)
    )
    return replace(response, is_cached=True)


def _choose_max_age(widget: Widget[O], request: WidgetRequest[O]) -> int:
    if request.options.is_always_revalidated:
        return 0
    return request.context.settings.max_age if widget.max_age is None else widget.max_age


def _make_metadata(widget: Widget[O], request: WidgetRequest[O]) -> dict[str, Any]:
    """Make the page's metadata; a notice or the sunset view has no URL of its own."""
    if not widget.description:
        return {}
    public_url = request.context.settings.public_url
    return {
        "metadata": make_page_metadata(
            widget, request.options, request.language, request.path_params, public_url
        )
    }


def render_notice(
    context: Context, language: Language, appearance: Appearance, notice: Notice
) -> PreparedResponse:
    page = context.renderer.render(
        "notice.html",
        language,
        appearance=appearance,
        styles=("widget", "notice"),
        scripts=(FRAME_SCRIPT,),
        title=language.gettext(notice.title),
        sentences=[language.gettext(sentence) for sentence in notice.sentences],
    )
    extra_headers = _make_sunset_headers(context)
    if notice.status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra_headers |= {"Cache-Control": "no-store", "Retry-After": RETRY_SECONDS}
    settings = context.settings
    return prepare_widget(
        page,
        home=settings.public_url,
        status=notice.status,
        max_age=settings.max_age,
        extra_headers=extra_headers,
    )


def _make_sunset_headers(context: Context) -> dict[str, str]:
    """Make the Sunset header: https://www.rfc-editor.org/rfc/rfc8594"""
    sunset = context.settings.sunset
    if sunset is None:
        return {}
    link = context.settings.sunset_link or f"{context.settings.public_url}/"
    date = format_datetime(sunset.astimezone(UTC), usegmt=True)
    return {"Sunset": date, "Link": f'<{link}>; rel="sunset"'}
