from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from imd_widgets.availability import word_of
from imd_widgets.context import Context
from imd_widgets.languages import Language
from imd_widgets.responses.headers import widget_answer
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.theme import Appearance
from imd_widgets.widget.card import Card
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.page_metadata import about

O = TypeVar("O", bound=Options)  # noqa: E741 - the options of one widget

RETRY_SECONDS = "30"
FRAMED = "framed"


@dataclass(frozen=True)
class WidgetRequest(Generic[O]):
    """What one request asks of a widget."""

    site: Context
    language: Language
    options: O
    path: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Widget(Generic[O]):
    """One widget: `load` answers an `Ask` with the view that `templates/{name}.html` draws.

    What was made from the same readings within the same `step` of the clock, in seconds, is taken
    to be the same; `max_age` is how long others may keep it, where the settings do not say it.
    """

    name: str
    title: str
    path: str
    options: type[O]
    load: Callable[[WidgetRequest[O]], Awaitable[Any]]
    height: int
    heights: Mapping[str, int] = field(default_factory=dict)
    meaning: str = ""
    link: str = N_("Add your name")
    link_path: str = "/petitions/{petition}"
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    card: Callable[[Any, Language], Card] | None = None
    step: int = 1
    max_age: int | None = None

    @property
    def key(self) -> str:
        return word_of(self.path)

    def height_in(self, lang: str) -> int:
        return self.heights.get(lang, self.height)


@dataclass(frozen=True)
class Notice:
    """What is shown in a widget's place when there is nothing to show."""

    status: HTTPStatus
    title: str
    sentences: tuple[str, ...] = ()


MISSING_HERE = Notice(HTTPStatus.NOT_FOUND, N_("This is no longer available"))
OUT_OF_REACH = Notice(
    HTTPStatus.SERVICE_UNAVAILABLE,
    N_("The campaign cannot be reached right now"),
    (N_("This will be back as soon as the campaign responds."),),
)
SWITCHED_OFF = Notice(HTTPStatus.OK, N_("This is not shown at the moment"))
NOT_AS_ASKED = N_("This widget cannot be shown with these options")


def show(widget: Widget[O], ask: WidgetRequest[O], view: Any) -> PreparedResponse:
    site, options = ask.site, ask.options
    page = site.pages.render(
        f"{widget.name}.html",
        ask.language,
        look=options.look,
        styles=("widget", *widget.styles, widget.name, *options.styles),
        scripts=(FRAMED, *(widget.scripts if options.scripted else ()), *options.scripts),
        options=options,
        **_about(widget, ask),
        view=view,
    )
    max_age = site.settings.max_age if widget.max_age is None else widget.max_age
    home = site.settings.public_url
    answer = widget_answer(page, home=home, max_age=max_age, changed=_sunset(site))
    return replace(answer, kept=True)


def _about(widget: Widget[O], ask: WidgetRequest[O]) -> dict[str, Any]:
    """What stands in another widget's place has no address of its own."""
    if not widget.meaning:
        return {}
    public_url = ask.site.settings.public_url
    return {"about": about(widget, ask.options, ask.language, ask.path, public_url)}


def render_notice(
    site: Context, language: Language, look: Appearance, notice: Notice
) -> PreparedResponse:
    page = site.pages.render(
        "notice.html",
        language,
        look=look,
        styles=("widget", "notice"),
        scripts=(FRAMED,),
        title=language.gettext(notice.title),
        sentences=[language.gettext(sentence) for sentence in notice.sentences],
    )
    changed = _sunset(site)
    if notice.status == HTTPStatus.SERVICE_UNAVAILABLE:
        changed |= {"Cache-Control": "no-store", "Retry-After": RETRY_SECONDS}
    settings = site.settings
    return widget_answer(
        page,
        home=settings.public_url,
        status=notice.status,
        max_age=settings.max_age,
        changed=changed,
    )


def _sunset(site: Context) -> dict[str, str]:
    """https://www.rfc-editor.org/rfc/rfc8594"""
    sunset = site.settings.sunset
    if sunset is None:
        return {}
    link = site.settings.sunset_link or f"{site.settings.public_url}/"
    date = format_datetime(sunset.astimezone(UTC), usegmt=True)
    return {"Sunset": date, "Link": f'<{link}>; rel="sunset"'}
