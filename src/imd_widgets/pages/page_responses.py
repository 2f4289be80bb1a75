from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import get_context
from imd_widgets.languages import Language
from imd_widgets.migrants_day import MIGRANTS_DAY
from imd_widgets.responses.response_factory import respond_with_page
from imd_widgets.urls import parse_widget_key
from imd_widgets.widget.options import N_
from imd_widgets.widget.page_metadata import (
    CAMPAIGN,
    PageMetadata,
    Preview,
    make_alternates,
    make_oembed_links,
)

DONE = {
    "saved": N_("Your change is saved."),
    "proposed": N_(
        "Your changes wait for our moderators. Until they decide, the event stays as it is."
    ),
    "unchanged": N_("You changed nothing, so nothing was sent to our moderators."),
    "withdrawn": N_("The changes are withdrawn."),
}
DAY_IMAGE_PATH = "/pictures/day.png"


@dataclass(frozen=True)
class Subject:
    """What a page is about. A page for one reader only gives the `path` of the public page."""

    title: str
    description: str
    path: str = ""
    image_path: str = DAY_IMAGE_PATH
    image_description: str = ""
    has_widget: bool = False
    """Whether `/oembed` returns a widget for it."""


def get_language(request: Request) -> Language:
    languages = get_context(request).languages
    return languages.find_nearest(request.query_params.get("lang", "")) or languages.source


def get_path(request: Request) -> str:
    """Return the path for use in links: never `//name`, which would be another site."""
    path: str = request.scope["path"]
    return quote(f"/{path.lstrip('/')}")


def render_page(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    is_cacheable: bool = True,
    form_action: str = "'self'",
    styles: tuple[str, ...] = (),
    **values: Any,
) -> Response:
    context = get_context(request)
    reason = context.closing_rules.closed_reason(
        parse_widget_key(get_path(request)), request.path_params, context.clock()
    )
    page = context.renderer.render(
        template,
        get_language(request),
        styles=("widget", "figure", "page", "form", *styles),
        path=get_path(request),
        **{"is_over": reason is ClosedReason.OVER, "preview": _make_day_preview(request), **values},
    )
    max_age = context.settings.max_age if is_cacheable and status == HTTPStatus.OK else None
    return respond_with_page(request, page, status=status, max_age=max_age, form_action=form_action)


def describe_page(request: Request, subject: Subject) -> PageMetadata:
    context, language = get_context(request), get_language(request)
    home, lang = context.settings.public_url, f"?lang={language.tag}"
    url = f"{home}{subject.path or get_path(request)}"
    text = subject.image_description or f"{subject.title} · {language.gettext(CAMPAIGN)}"
    return PageMetadata(
        subject.title,
        subject.description,
        url + lang,
        preview=Preview(f"{home}{subject.image_path}{lang}", text),
        oembed_links=make_oembed_links(url + lang, home) if subject.has_widget else (),
        alternates=make_alternates(url, context.languages),
        is_indexed=subject.path in ("", get_path(request)),
    )


def _make_day_preview(request: Request) -> Preview:
    context, language = get_context(request), get_language(request)
    text = f"{language.day(MIGRANTS_DAY)} · {language.gettext(CAMPAIGN)}"
    return Preview(f"{context.settings.public_url}{DAY_IMAGE_PATH}?lang={language.tag}", text)


def redirect_to(request: Request, path: str, *, done: str = "") -> Response:
    """Redirect after a form; the page may say what has been `done`, one of `DONE`."""
    query = urlencode({"lang": get_language(request).tag} | ({"done": done} if done else {}))
    headers = {"Cache-Control": "no-store"}
    return RedirectResponse(f"{path}?{query}", HTTPStatus.SEE_OTHER, headers)


def describe_done(request: Request) -> str:
    """Return the sentence that confirms what a form has done, if the page follows one."""
    return get_language(request).gettext(DONE.get(request.query_params.get("done", ""), ""))
