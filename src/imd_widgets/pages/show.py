from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from imd_widgets.answers.headers import page_response
from imd_widgets.languages import Language
from imd_widgets.site import site_of
from imd_widgets.widget.about import About, tongues
from imd_widgets.widget.ends import End, word_of


def language_of(request: Request) -> Language:
    languages = site_of(request).languages
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
    site = site_of(request)
    end = site.ends.of(word_of(path_of(request)), request.path_params, site.clock())
    page = site.pages.render(
        template,
        language_of(request),
        styles=("widget", "figure", "page", "form"),
        path=path_of(request),
        **{"over": end is End.OVER, **values},
    )
    max_age = site.settings.max_age if kept and status == HTTPStatus.OK else None
    return page_response(request, page, status=status, max_age=max_age, forms=forms)


def about(request: Request, title: str, meaning: str) -> About:
    site = site_of(request)
    address = f"{site.settings.public_url}{path_of(request)}"
    own = f"{address}?lang={language_of(request).tag}"
    return About(title, meaning, own, tongues=tongues(address, site.languages))


def move_on(request: Request, path: str, **query: str) -> Response:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    address = f"{path}?lang={language_of(request).tag}" + (f"&{asked}" if asked else "")
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
