from dataclasses import replace
from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from imd_widgets.context import Context
from imd_widgets.languages import Language
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.response_factory import prepare_widget
from imd_widgets.theme import Appearance
from imd_widgets.widget.notices import RETRY_SECONDS, Notice
from imd_widgets.widget.page_metadata import make_page_metadata
from imd_widgets.widget.widget import O, Widget, WidgetRequest

FRAME_SCRIPT = "frame_messages"


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
