from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from imd_widgets.availability import ClosedReason, word_of
from imd_widgets.context import context_of
from imd_widgets.languages import Language
from imd_widgets.responses.headers import page_response
from imd_widgets.widget.card import THE_DAY
from imd_widgets.widget.page_metadata import (
    CAMPAIGN,
    PageMetadata,
    Preview,
    alternates,
    answers,
)

DAY_PICTURE = "/pictures/day.png"


@dataclass(frozen=True)
class Subject:
    """What a page is about. A page for one reader alone names the `path` of the public one."""

    title: str
    meaning: str
    path: str = ""
    picture_path: str = DAY_PICTURE
    picture_text: str = ""
    embedded: bool = False
    """Whether `/oembed` gives a widget for it."""


def language_of(request: Request) -> Language:
    languages = context_of(request).languages
    return languages.nearest(request.query_params.get("lang", "")) or languages.source


def path_of(request: Request) -> str:
    """As a link has it: never `//name`, which is another site."""
    path: str = request.scope["path"]
    return quote(f"/{path.lstrip('/')}")


def show(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    kept: bool = True,
    forms: str = "'self'",
    **values: Any,
) -> Response:
    site = context_of(request)
    end = site.ends.of(word_of(path_of(request)), request.path_params, site.clock())
    page = site.pages.render(
        template,
        language_of(request),
        styles=("widget", "figure", "page", "form"),
        path=path_of(request),
        **{"over": end is ClosedReason.OVER, "preview": _day_preview(request), **values},
    )
    max_age = site.settings.max_age if kept and status == HTTPStatus.OK else None
    return page_response(request, page, status=status, max_age=max_age, forms=forms)


def about(request: Request, subject: Subject) -> PageMetadata:
    site, language = context_of(request), language_of(request)
    home, lang = site.settings.public_url, f"?lang={language.tag}"
    address = f"{home}{subject.path or path_of(request)}"
    text = subject.picture_text or f"{subject.title} · {language.gettext(CAMPAIGN)}"
    return PageMetadata(
        subject.title,
        subject.meaning,
        address + lang,
        image=Preview(f"{home}{subject.picture_path}{lang}", text),
        answers=answers(address + lang, home) if subject.embedded else (),
        alternates=alternates(address, site.languages),
        listed=subject.path in ("", path_of(request)),
    )


def _day_preview(request: Request) -> Preview:
    site, language = context_of(request), language_of(request)
    text = f"{language.day(THE_DAY)} · {language.gettext(CAMPAIGN)}"
    return Preview(f"{site.settings.public_url}{DAY_PICTURE}?lang={language.tag}", text)


def redirect_to(request: Request, path: str, **query: str) -> Response:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    address = f"{path}?lang={language_of(request).tag}" + (f"&{asked}" if asked else "")
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
